/* SPDX-License-Identifier: GPL-2.0-only */
#include "ir/states.h"

#include <stdlib.h>
#include <string.h>

#include "ir/packet.h"
#include "ir/states_recent.h"

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
		struct table *table;
	};
};

/* Of hashlimit: struct dsthash_ent, without the hash. */
struct entry {
	struct entry *next;
	struct key {
		tz_value src, dst;
		uint16_t sport, dport;
	} key;
	uint64_t credit, cap, prev, expires;
	/* of RATE_MATCH: what came in this interval, that the last had more */
	uint64_t current;
	bool was_over;
};

struct table {
	struct table *next;
	enum tz_family family;
	const struct tz_state
		*first; /* whose rates and masks are the table's */
	struct entry *entries;
	uint64_t n_entries;
	struct tz_recent_list *recent;
};

struct tz_states {
	struct tz_arena *arena;
	struct tz_state_kernel kernel;
	struct table *tables;
	TZ_VEC(struct kept) kept; /* by address of the match */
};

static int by_address(const void *a, const void *b)
{
	const struct kept *x = a, *y = b;

	return ((uintptr_t)x->match > (uintptr_t)y->match) -
	       ((uintptr_t)x->match < (uintptr_t)y->match);
}

/* The table of that name; the first rule makes it (SEMANTICS 6.5). */
static struct table *table_of(struct tz_states *states, enum tz_family family,
			      const struct tz_state *state)
{
	struct table *t = states->tables;

	while (t && (t->family != family || t->first->id != state->id ||
		     strcmp(t->first->name, state->name)))
		t = t->next;
	if (t)
		return t;
	t = tz_new(states->arena, struct table);
	t->family = family;
	t->first = state;
	t->next = states->tables;
	states->tables = t;
	return t;
}

static struct table *list_of(struct tz_states *states, enum tz_family family,
			     const struct tz_state *state)
{
	struct table *t = table_of(states, family, state);
	uint32_t stamps = tz_state_recent_stamps(state, &states->kernel);

	if (!t->recent)
		t->recent = tz_recent_list_new(
			states->arena, state,
			tz_state_recent_entries(&states->kernel), stamps);
	tz_recent_list_want(t->recent, stamps);
	return t;
}

static struct kept fresh(struct tz_states *states, enum tz_family family,
			 const struct tz_ir_match *m, struct tz_moment now)
{
	const struct tz_state *state = m->opaque.state;
	struct kept k = { .match = m };

	switch (state->id) {
	case TZ_STATE_LIMIT:
		k.limit.credit = tz_state_credits(state, states->kernel.hz).cap;
		k.limit.prev = now.jiffies;
		k.limit.tokens = tz_state_tokens(state).max_ns;
		k.limit.last = now.ns;
		break;
	case TZ_STATE_QUOTA:
		k.quota = state->args[TZ_QUOTA_BYTES];
		break;
	case TZ_STATE_HASHLIMIT:
		k.table = table_of(states, family, state);
		break;
	case TZ_STATE_RECENT:
		k.table = list_of(states, family, state);
		break;
	case TZ_STATE_NTH:
	case TZ_STATE_PUT:
	case TZ_N_STATES:
		break;
	}
	return k;
}

struct tz_states *tz_states_new(struct tz_arena *arena, const struct tz_ir *ir,
				const struct tz_state_kernel *kernel,
				struct tz_moment now)
{
	struct tz_states *states = tz_new(arena, struct tz_states);

	states->arena = arena;
	states->kernel = *kernel;
	for (size_t i = 0; i < ir->counted.n; i++) {
		const struct tz_ir_rule *rule = ir->counted.at[i].rule;

		for (const struct tz_ir_match *m = rule ? rule->matches : NULL;
		     m; m = m->next)
			if (m->kind == TZ_IR_OPAQUE && m->opaque.state)
				tz_vec_push(arena, &states->kept,
					    fresh(states, rule->owner->family,
						  m, now));
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

/* ---- hashlimit ---- */

static tz_value masked(tz_value address, uint64_t bits, enum tz_family family)
{
	unsigned int width = family == TZ_IPV4 ? 32 : 128;

	if (!bits || bits >= width)
		return bits ? address : 0;
	return address >> (width - bits) << (width - bits);
}

/*
 * hashlimit_init_dst(); false: the packet drops. Where the ports are is
 * proto_ports_offset()'s to say.
 */
static bool find_key(const struct tz_state *state, const struct tz_packet *p,
		     struct key *key)
{
	uint64_t mode = state->args[TZ_HASHLIMIT_MODE];
	const uint8_t *l4 = p->frame + p->l4;
	size_t offset = p->proto == TZ_PROTO_AH ? 4 : 0;

	if (mode & TZ_HASHLIMIT_BY_SRC)
		key->src = masked(p->src, state->args[TZ_HASHLIMIT_SRC_BITS],
				  p->family);
	if (mode & TZ_HASHLIMIT_BY_DST)
		key->dst = masked(p->dst, state->args[TZ_HASHLIMIT_DST_BITS],
				  p->family);
	if (!(mode & (TZ_HASHLIMIT_BY_SPORT | TZ_HASHLIMIT_BY_DPORT)))
		return true;
	if (p->fragment_offset || (p->family == TZ_IPV6 && p->proto == 59))
		return false;
	switch (p->proto) {
	case 6:
	case 17:
	case 33:
	case 50:
	case TZ_PROTO_AH:
	case 132:
	case 136:
		break;
	default:
		return true;
	}
	if (p->l4_len < offset + 4)
		return false;
	if (mode & TZ_HASHLIMIT_BY_SPORT)
		key->sport = tz_be16(l4 + offset);
	if (mode & TZ_HASHLIMIT_BY_DPORT)
		key->dport = tz_be16(l4 + offset + 2);
	return true;
}

/*
 * dsthash_find() and dsthash_alloc_init(); NULL: the table is full. What has
 * expired is gone, as behind the collector's next run.
 */
static struct entry *find_entry(struct tz_states *states, struct table *t,
				const struct key *key, uint64_t now)
{
	struct tz_credits64 c = tz_state_credits64(t->first, states->kernel.hz);
	struct entry **at = &t->entries, *e;

	while ((e = *at)) {
		bool is_it = e->key.src == key->src && e->key.dst == key->dst &&
			     e->key.sport == key->sport &&
			     e->key.dport == key->dport;

		if ((int64_t)(now - e->expires) >= 0) {
			*at = e->next;
			t->n_entries--;
			continue;
		}
		if (is_it)
			return e;
		at = &e->next;
	}
	if (t->n_entries >= t->first->args[TZ_HASHLIMIT_MAX])
		return NULL;
	e = tz_new(states->arena, struct entry);
	*e = (struct entry){
		.next = t->entries,
		.key = *key,
		.credit = c.full,
		.cap = c.cap,
		.prev = now,
	};
	t->entries = e;
	t->n_entries++;
	return e;
}

/* rateinfo_recalc(). */
static void refill(struct entry *e, const struct tz_credits64 *c, uint64_t now,
		   bool counts_bytes)
{
	uint64_t was = e->credit, elapsed = now - e->prev;

	if (!elapsed || elapsed < c->interval)
		return;
	e->prev = now;
	if (c->interval) {
		e->was_over = e->current * c->interval > elapsed * c->rate;
		e->current = 0;
		return;
	}
	e->credit += elapsed * c->per_jiffy;
	if (counts_bytes && was >= e->credit)
		e->credit = c->full;
	if (e->credit > (counts_bytes ? c->full : e->cap))
		e->credit = counts_bytes ? c->full : e->cap;
}

/* hashlimit_byte_cost(). */
static uint64_t cost_of_bytes(struct entry *e, const struct tz_credits64 *c,
			      uint64_t len, uint32_t hz)
{
	uint64_t full = tz_state_full_of_bytes(hz);
	uint64_t cost = (len / 16 + 1) * c->cost;

	if (cost > full)
		cost = full;
	if (e->credit < cost && e->cap) {
		e->cap--;
		e->credit = full;
	}
	return (uint32_t)cost;
}

static bool is_within(struct entry *e, const struct tz_credits64 *c,
		      const struct tz_packet *packet, bool counts_bytes,
		      uint32_t hz)
{
	uint64_t cost;

	if (c->interval) {
		e->current += counts_bytes ? packet->ip_len : 1;
		return !e->was_over && e->current <= c->burst;
	}
	cost = counts_bytes ? cost_of_bytes(e, c, packet->ip_len, hz) : c->cost;
	if (e->credit < cost)
		return false;
	e->credit -= cost;
	return true;
}

/* The table is as its first rule says; what is counted says each one. */
static enum tz_truth ask_hashlimit(struct tz_states *states, struct kept *k,
				   const struct tz_state *state,
				   const struct tz_packet *packet, uint64_t now)
{
	const struct tz_state *first = k->table->first;
	uint64_t mode = state->args[TZ_HASHLIMIT_MODE];
	struct tz_credits64 c = tz_state_credits64(first, states->kernel.hz);
	struct key key = { 0 };
	struct entry *e;

	if (!find_key(first, packet, &key))
		return TZ_HOTDROP;
	e = find_entry(states, k->table, &key, now);
	if (!e)
		return TZ_HOTDROP;
	e->expires = now + c.expire;
	refill(e, &c, now, first->args[TZ_HASHLIMIT_MODE] & TZ_HASHLIMIT_BYTES);
	return is_within(e, &c, packet, mode & TZ_HASHLIMIT_BYTES,
			 states->kernel.hz) != !!(mode & TZ_HASHLIMIT_ABOVE)
		       ? TZ_TRUE
		       : TZ_FALSE;
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
				: ask_limit(k, state, states->kernel.hz,
					    now.jiffies);
		break;
	case TZ_STATE_QUOTA:
		holds = ask_quota(k, state, packet->ip_len);
		break;
	case TZ_STATE_NTH:
		holds = ask_nth(k, state);
		break;
	case TZ_STATE_HASHLIMIT:
		return ask_hashlimit(states, k, state, packet, now.jiffies);
	case TZ_STATE_RECENT:
		holds = tz_recent_list_ask(k->table->recent, state, packet,
					   states->kernel.hz, now.jiffies);
		break;
	case TZ_STATE_PUT: /* sets are as the files say here */
	case TZ_N_STATES:
		return TZ_UNKNOWN;
	}
	return holds ? TZ_TRUE : TZ_FALSE;
}
