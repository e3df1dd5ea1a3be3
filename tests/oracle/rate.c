/* SPDX-License-Identifier: GPL-2.0-only */
#include "rate.h"

#include <stdlib.h>
#include <string.h>

void rate_begin(struct rate_model *m, struct keep_instant from,
		struct keep_instant to)
{
	struct rate_sim sim = { .prev = from.jiffies };

	switch (m->state->id) {
	case TZ_STATE_LIMIT:
		sim.credit = tz_state_credits(m->state, m->hz).cap;
		break;
	case TZ_STATE_HASHLIMIT:
		sim.credit = tz_state_credits64(m->first, m->hz).full;
		sim.cap = tz_state_credits64(m->first, m->hz).cap;
		break;
	case TZ_STATE_QUOTA:
		sim.credit = m->state->args[TZ_QUOTA_BYTES];
		break;
	case TZ_STATE_NTH:
	case TZ_STATE_RECENT: /* recent.c */
	case TZ_STATE_PUT:
	case TZ_N_STATES:
		break;
	}
	sim.earliest = from.ns;
	sim.latest = to.ns;
	m->answers = calloc(m->n_packets, 1);
	m->n = 1;
	m->at[0].sim = sim;
}

/* --hashlimit-rate-match: in a place of its own, from the first packet on. */
static bool match_rate(struct rate_sim *s, const struct tz_credits64 *c,
		       uint32_t jiffies, uint64_t cost)
{
	uint32_t elapsed = jiffies - (uint32_t)s->prev;

	if (!s->is_there || elapsed >= c->interval) {
		s->was_over = s->is_there &&
			      s->credit * c->interval > elapsed * c->rate;
		s->credit = 0;
		s->prev = jiffies;
		s->is_there = true;
	}
	s->credit += cost;
	return !s->was_over && s->credit <= c->burst;
}

static bool step_hashlimit(const struct rate_model *m, struct rate_sim *s,
			   uint32_t jiffies)
{
	struct tz_credits64 c = tz_state_credits64(m->first, m->hz);
	uint64_t mode = m->state->args[TZ_HASHLIMIT_MODE], cost = c.cost;
	uint64_t full = tz_state_full_of_bytes(m->hz);
	bool is_above = mode & TZ_HASHLIMIT_ABOVE, holds;
	uint64_t *most = m->first->args[TZ_HASHLIMIT_MODE] & TZ_HASHLIMIT_BYTES
				 ? &full
				 : &s->cap;

	if (c.interval)
		return match_rate(s, &c, jiffies,
				  mode & TZ_HASHLIMIT_BYTES ? RATE_LEN : 1) !=
		       is_above;
	if (jiffies != (uint32_t)s->prev) {
		s->credit += (jiffies - (uint32_t)s->prev) * c.per_jiffy;
		if (s->credit > *most)
			s->credit = *most;
	}
	s->prev = jiffies;
	if (mode & TZ_HASHLIMIT_BYTES) {
		cost *= RATE_LEN / 16 + 1;
		if (cost > full)
			cost = full;
		if (s->credit < cost && s->cap) {
			s->cap--;
			s->credit = full;
		}
		cost = (uint32_t)cost;
	}
	holds = s->credit >= cost;
	s->credit -= holds ? cost : 0;
	return holds != is_above;
}

/* The answer at @jiffies, and what is left. */
static bool step(const struct rate_model *m, struct rate_sim *s,
		 uint32_t jiffies)
{
	uint32_t elapsed = jiffies - (uint32_t)s->prev;
	const struct tz_state *state = m->state;
	struct tz_credits c;
	bool holds;

	if (state->id == TZ_STATE_HASHLIMIT)
		return step_hashlimit(m, s, jiffies);
	s->prev = jiffies;
	switch (state->id) {
	case TZ_STATE_LIMIT:
		c = tz_state_credits(state, m->hz);
		s->credit = (uint32_t)(s->credit + elapsed * c.per_jiffy);
		if (s->credit > c.cap)
			s->credit = c.cap;
		holds = s->credit >= c.cost;
		s->credit -= holds ? c.cost : 0;
		return holds;
	case TZ_STATE_QUOTA:
		holds = s->credit >= RATE_LEN;
		s->credit = holds ? s->credit - RATE_LEN : 0;
		return holds;
	case TZ_STATE_NTH:
		holds = s->credit == state->args[TZ_NTH_PACKET];
		s->credit = (s->credit + 1) % state->args[TZ_NTH_EVERY];
		return holds;
	case TZ_STATE_HASHLIMIT:
	case TZ_STATE_RECENT:
	case TZ_STATE_PUT:
	case TZ_N_STATES:
		break;
	}
	return false;
}

/*
 * limit of nft: the bucket is full again between two times; what a packet says
 * narrows them.
 */
static enum rate_said see_nft(struct rate_model *m, struct keep_instant from,
			      struct keep_instant to, bool answer)
{
	struct tz_tokens t = tz_state_tokens(m->state);
	uint64_t room = t.max_ns - t.cost_ns;
	struct rate_sim *s = &m->at[0].sim;
	bool may_hold = s->earliest <= to.ns + room;
	bool may_fail = s->latest > from.ns + room;

	if (answer ? !may_hold : !may_fail)
		return RATE_WRONG;
	if (answer) {
		if (s->latest > to.ns + room)
			s->latest = to.ns + room;
		if (s->latest < to.ns)
			s->latest = to.ns;
		if (s->earliest < from.ns)
			s->earliest = from.ns;
		s->earliest += t.cost_ns;
		s->latest += t.cost_ns;
	} else if (s->earliest < from.ns + room) {
		s->earliest = from.ns + room;
	}
	return may_hold && may_fail ? RATE_EXCLUDED : RATE_JUDGED;
}

static bool is_known(const struct rate_model *m, const struct rate_sim *sim)
{
	for (size_t i = 0; i < m->n; i++)
		if (!memcmp(&m->at[i].sim, sim, sizeof(*sim)))
			return true;
	return false;
}

enum rate_said rate_see(struct rate_model *m, struct keep_instant from,
			struct keep_instant to, bool answer)
{
	struct rate_candidate before[RATE_CANDIDATES_MAX];
	size_t n = m->n;
	bool differ = false;

	m->answers[m->n_seen] = answer;
	if (m->is_nft)
		return see_nft(m, from, to, answer);
	memcpy(before, m->at, n * sizeof(*before));
	m->n = 0;
	for (size_t i = 0; i < n; i++) {
		for (uint32_t j = from.jiffies; (int32_t)(to.jiffies - j) >= 0;
		     j++) {
			struct rate_sim sim = before[i].sim;

			if (step(m, &sim, j) != answer) {
				differ = true;
				continue;
			}
			if (is_known(m, &sim) || m->n == RATE_CANDIDATES_MAX)
				continue;
			m->at[m->n].sim = sim;
			m->at[m->n].jiffies =
				calloc(m->n_packets, sizeof(uint32_t));
			if (m->n_seen)
				memcpy(m->at[m->n].jiffies, before[i].jiffies,
				       m->n_seen * sizeof(uint32_t));
			m->at[m->n++].jiffies[m->n_seen] = j;
		}
	}
	for (size_t i = 0; i < n; i++)
		free(before[i].jiffies);
	m->n_seen++;
	if (!m->n)
		return RATE_WRONG;
	return differ ? RATE_EXCLUDED : RATE_JUDGED;
}

void rate_end(struct rate_model *m)
{
	for (size_t i = 0; i < m->n; i++)
		free(m->at[i].jiffies);
	free(m->answers);
}
