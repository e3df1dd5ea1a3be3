/* SPDX-License-Identifier: GPL-2.0-only */
#include "ir/states.h"

#include <stdlib.h>

/* Of a match: what the kernel has behind its rule. */
struct kept {
	const struct tz_ir_match *match;
	union {
		struct { /* struct xt_limit_priv */
			uint32_t credit;
			uint64_t prev;
			uint64_t tokens, last; /* struct nft_limit */
		} limit;
		uint64_t quota; /* what is left */
		uint64_t count; /* of packets */
	};
};

struct tz_states {
	uint32_t hz;
	TZ_VEC(struct kept) kept; /* by address of the match */
};

static int by_address(const void *a, const void *b)
{
	const struct kept *x = a, *y = b;

	return ((uintptr_t)x->match > (uintptr_t)y->match) -
	       ((uintptr_t)x->match < (uintptr_t)y->match);
}

static struct kept fresh(const struct tz_ir_match *m, uint32_t hz,
			 struct tz_moment now)
{
	const struct tz_state *state = m->opaque.state;
	struct kept k = { .match = m };

	switch (state->id) {
	case TZ_STATE_LIMIT:
		k.limit.credit = tz_state_credits(state, hz).cap;
		k.limit.prev = now.jiffies;
		k.limit.tokens = tz_state_tokens(state).max_ns;
		k.limit.last = now.ns;
		break;
	case TZ_STATE_QUOTA:
		k.quota = state->args[TZ_QUOTA_BYTES];
		break;
	case TZ_STATE_NTH:
	case TZ_N_STATES:
		break;
	}
	return k;
}

struct tz_states *tz_states_new(struct tz_arena *arena, const struct tz_ir *ir,
				uint32_t hz, struct tz_moment now)
{
	struct tz_states *states = tz_new(arena, struct tz_states);

	states->hz = hz;
	for (size_t i = 0; i < ir->counted.n; i++) {
		const struct tz_ir_rule *rule = ir->counted.at[i].rule;

		for (const struct tz_ir_match *m = rule ? rule->matches : NULL;
		     m; m = m->next)
			if (m->kind == TZ_IR_OPAQUE && m->opaque.state)
				tz_vec_push(arena, &states->kept,
					    fresh(m, hz, now));
	}
	if (states->kept.n)
		qsort(states->kept.at, states->kept.n, sizeof(struct kept),
		      by_address);
	return states;
}

/* limit_mt() of xt_limit.c, in 32 bits as there (SEMANTICS 6.1). */
static bool ask_limit(struct kept *k, const struct tz_state *state, uint32_t hz,
		      uint64_t jiffies)
{
	struct tz_credits c = tz_state_credits(state, hz);
	uint32_t elapsed = (uint32_t)(jiffies - k->limit.prev);
	uint32_t credit = k->limit.credit + elapsed * c.per_jiffy;

	k->limit.prev = jiffies;
	if (credit > c.cap)
		credit = c.cap;
	k->limit.credit = credit < c.cost ? credit : credit - c.cost;
	return credit >= c.cost;
}

/* nft_limit_eval() of nft_limit.c (SEMANTICS 11.10). */
static bool ask_limit_nft(struct kept *k, const struct tz_state *state,
			  uint64_t ns)
{
	struct tz_tokens t = tz_state_tokens(state);
	uint64_t tokens = k->limit.tokens + (ns - k->limit.last);

	k->limit.last = ns;
	if (tokens > t.max_ns)
		tokens = t.max_ns;
	k->limit.tokens = tokens < t.cost_ns ? tokens : tokens - t.cost_ns;
	return tokens >= t.cost_ns;
}

/* quota_mt() of xt_quota.c (SEMANTICS 6.9). */
static bool ask_quota(struct kept *k, const struct tz_state *state,
		      uint64_t bytes)
{
	bool fits = k->quota >= bytes;

	k->quota = fits ? k->quota - bytes : 0;
	return fits != (bool)state->args[TZ_QUOTA_IS_INVERTED];
}

/* statistic_mt() of xt_statistic.c, mode nth (SEMANTICS 6.10). */
static bool ask_nth(struct kept *k, const struct tz_state *state)
{
	bool is_it = k->count == state->args[TZ_NTH_PACKET];

	k->count = (k->count + 1) % state->args[TZ_NTH_EVERY];
	return is_it != (bool)state->args[TZ_NTH_IS_INVERTED];
}

enum tz_truth tz_states_ask(struct tz_states *states,
			    const struct tz_ir_match *m,
			    const struct tz_packet *packet,
			    enum tz_backend backend, struct tz_moment now)
{
	const struct kept key = { .match = m };
	struct kept *k =
		states->kept.n ? bsearch(&key, states->kept.at, states->kept.n,
					 sizeof(key), by_address)
			       : NULL;
	const struct tz_state *state = k ? m->opaque.state : NULL;
	bool holds = false;

	if (!state)
		return TZ_UNKNOWN;
	switch (state->id) {
	case TZ_STATE_LIMIT:
		holds = backend == TZ_BACKEND_NFT
				? ask_limit_nft(k, state, now.ns)
				: ask_limit(k, state, states->hz, now.jiffies);
		break;
	case TZ_STATE_QUOTA:
		holds = ask_quota(k, state, packet->ip_len);
		break;
	case TZ_STATE_NTH:
		holds = ask_nth(k, state);
		break;
	case TZ_N_STATES:
		return TZ_UNKNOWN;
	}
	return holds ? TZ_TRUE : TZ_FALSE;
}
