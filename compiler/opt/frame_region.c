/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What tests of flow graphs say of regions. A test that is not of one of the
 * known loads, alone or masked, with a constant says nothing: it stays open.
 */
#include "opt/frame_region.h"

#include <linux/if_ether.h>
#include <netinet/in.h>

/* Where IPv4 begins; what is behind its options counts from there. */
#define NET 14

static const struct {
	uint8_t size, offset;
	bool is_behind;
} loads[] = {
	[TZ_FRAME_ETH_DST_HIGH] = { 2, 0, false },
	[TZ_FRAME_ETH_DST_LOW] = { 4, 2, false },
	[TZ_FRAME_ETH_SRC_HIGH] = { 2, 6, false },
	[TZ_FRAME_ETH_SRC_LOW] = { 4, 8, false },
	[TZ_FRAME_TYPE] = { 2, 12, false },
	[TZ_FRAME_FRAGMENT] = { 2, 20, false },
	[TZ_FRAME_PROTO4] = { 1, 23, false },
	[TZ_FRAME_SRC4] = { 4, 26, false },
	[TZ_FRAME_DST4] = { 4, 30, false },
	[TZ_FRAME_SPORT4] = { 2, 0, true },
	[TZ_FRAME_DPORT4] = { 2, 2, true },
	[TZ_FRAME_FIRST4] = { 1, 0, true },
	[TZ_FRAME_FLAGS4] = { 1, 13, true },
	[TZ_FRAME_SRC_ARP] = { 4, 28, false },
	[TZ_FRAME_DST_ARP] = { 4, 38, false },
	[TZ_FRAME_PROTO6] = { 1, 20, false },
	[TZ_FRAME_SRC6_0] = { 4, 22, false },
	[TZ_FRAME_SRC6_3] = { 4, 34, false },
	[TZ_FRAME_DST6_1] = { 4, 42, false },
	[TZ_FRAME_DST6_2] = { 4, 46, false },
	[TZ_FRAME_DST6_3] = { 4, 50, false },
	[TZ_FRAME_SPORT6] = { 2, 54, false },
	[TZ_FRAME_DPORT6] = { 2, 56, false },
	[TZ_FRAME_FIRST6] = { 1, 54, false },
	[TZ_FRAME_FLAGS6] = { 1, 67, false },
};

_Static_assert(sizeof(loads) / sizeof(loads[0]) == TZ_FRAME_N_LOADS,
	       "a row per load");

uint32_t tz_frame_full(enum tz_frame_load load)
{
	return UINT32_MAX >> (32 - 8 * loads[load].size);
}

struct tz_frame_values tz_frame_any(enum tz_frame_load load)
{
	return (struct tz_frame_values){ .hi = tz_frame_full(load) };
}

struct tz_frame_region tz_frame_everything(bool is_whole)
{
	struct tz_frame_region r = { .is_whole = is_whole };

	for (int i = 0; i < TZ_FRAME_N_LOADS; i++)
		r.at[i] = tz_frame_any((enum tz_frame_load)i);
	return r;
}

bool tz_frame_is_any(const struct tz_frame_region *r, enum tz_frame_load load)
{
	const struct tz_frame_values *v = &r->at[load];

	return !v->mask && !v->lo && v->hi == tz_frame_full(load);
}

bool tz_frame_is_one(const struct tz_frame_region *r, enum tz_frame_load load)
{
	return r->at[load].lo == r->at[load].hi;
}

bool tz_frame_holds(const struct tz_frame_region *outer,
		    const struct tz_frame_region *inner)
{
	if (outer->need > inner->need ||
	    outer->need_behind > inner->need_behind)
		return false;
	for (int i = 0; i < TZ_FRAME_N_LOADS; i++) {
		const struct tz_frame_values *o = &outer->at[i];
		const struct tz_frame_values *n = &inner->at[i];

		if (o->lo > n->lo || o->hi < n->hi || o->mask & ~n->mask ||
		    (o->value ^ n->value) & o->mask)
			return false;
	}
	return true;
}

/* ---- what is tested ---- */

/* (load & mask) op k */
struct question {
	enum tz_frame_load load;
	enum tz_flow_op op;
	uint32_t mask, k;
};

static bool find_load(const struct tz_flow *flow, uint32_t term,
		      enum tz_frame_load *load)
{
	const struct tz_term *t = &flow->terms.at[term];
	uint32_t at = 0, offset = t->k;
	bool is_behind = false;

	if (t->kind != TZ_TERM_LOAD)
		return false;
	if (t->a != TZ_TERM_ZERO) {
		is_behind = tz_term_is_header_len(flow, t->a, &at) && at == NET;
		if (!is_behind || offset < NET)
			return false;
		offset -= NET;
	}
	for (int i = 0; i < TZ_FRAME_N_LOADS; i++) {
		if (loads[i].size != t->size || loads[i].offset != offset ||
		    loads[i].is_behind != is_behind)
			continue;
		*load = (enum tz_frame_load)i;
		return true;
	}
	return false;
}

/* Of the fragment offset nothing is told but whether it is 0. */
static bool is_askable(const struct question *q)
{
	return q->load != TZ_FRAME_FRAGMENT ||
	       (q->op == TZ_FLOW_SET && (q->k & q->mask) == 0x1fff);
}

static bool read_question(const struct tz_flow *flow,
			  const struct tz_flow_node *node, struct question *q)
{
	const struct tz_term *a = &flow->terms.at[node->a];

	if (!tz_term_is_const(flow, node->b))
		return false;
	q->op = node->op;
	q->k = flow->terms.at[node->b].k;
	q->mask = UINT32_MAX;
	if (a->kind != TZ_TERM_AND)
		return find_load(flow, node->a, &q->load) && is_askable(q);
	if (!tz_term_is_const(flow, a->b))
		return false;
	q->mask = flow->terms.at[a->b].k;
	return find_load(flow, a->a, &q->load) && is_askable(q);
}

/* Loads may share bytes: each is known by itself alone, so not all is known. */
enum tz_frame_answer tz_frame_decide(const struct tz_flow *flow,
				     const struct tz_flow_node *node,
				     const struct tz_frame_region *region)
{
	const struct tz_frame_values *v;
	struct question q;

	if (!read_question(flow, node, &q))
		return TZ_FRAME_OPEN;
	v = &region->at[q.load];
	if (v->lo == v->hi)
		return tz_flow_holds(q.op, v->lo & q.mask, q.k) ? TZ_FRAME_YES
								: TZ_FRAME_NO;
	q.mask &= tz_frame_full(q.load);
	switch (q.op) {
	case TZ_FLOW_EQ:
		if (q.k & ~q.mask || (q.k ^ v->value) & v->mask & q.mask ||
		    (q.mask == tz_frame_full(q.load) &&
		     (q.k < v->lo || q.k > v->hi)))
			return TZ_FRAME_NO;
		return q.mask & ~v->mask ? TZ_FRAME_OPEN : TZ_FRAME_YES;
	case TZ_FLOW_SET:
		q.k &= q.mask;
		if (v->value & q.k || (q.load == TZ_FRAME_FRAGMENT && v->lo))
			return TZ_FRAME_YES;
		return q.k & ~v->mask ? TZ_FRAME_OPEN : TZ_FRAME_NO;
	case TZ_FLOW_GT:
	case TZ_FLOW_GE:
		break;
	}
	if (q.mask != tz_frame_full(q.load))
		return TZ_FRAME_OPEN;
	if (tz_flow_holds(q.op, v->lo, q.k))
		return TZ_FRAME_YES;
	return tz_flow_holds(q.op, v->hi, q.k) ? TZ_FRAME_OPEN : TZ_FRAME_NO;
}

static bool restrict_bits(struct tz_frame_region *region,
			  enum tz_frame_load load, uint32_t mask,
			  uint32_t value)
{
	struct tz_frame_values *v = &region->at[load];

	v->mask |= mask;
	v->value |= value & mask;
	if (v->mask != tz_frame_full(load))
		return true;
	if (v->value < v->lo || v->value > v->hi)
		return false;
	v->lo = v->hi = v->value;
	return true;
}

static bool restrict_range(struct tz_frame_values *v, uint32_t lo, uint32_t hi)
{
	if (lo > v->lo)
		v->lo = lo;
	if (hi < v->hi)
		v->hi = hi;
	return v->lo <= v->hi;
}

/* The outcome is open. */
bool tz_frame_restrict(const struct tz_flow *flow,
		       const struct tz_flow_node *node, bool is_yes,
		       struct tz_frame_region *region)
{
	struct tz_frame_values *v;
	struct question q;
	uint32_t full;

	if (!read_question(flow, node, &q))
		return true;
	v = &region->at[q.load];
	full = tz_frame_full(q.load);
	q.mask &= full;
	switch (q.op) {
	case TZ_FLOW_EQ:
		return !is_yes || restrict_bits(region, q.load, q.mask, q.k);
	case TZ_FLOW_SET:
		q.k &= q.mask;
		if (is_yes && q.load == TZ_FRAME_FRAGMENT)
			v->lo = 1;
		/* one bit of several is no region */
		if (is_yes && q.k & (q.k - 1))
			return true;
		return restrict_bits(region, q.load, q.k, is_yes ? q.k : 0);
	case TZ_FLOW_GT:
		if (q.mask != full)
			return true;
		return is_yes ? restrict_range(v, q.k + 1, full)
			      : restrict_range(v, 0, q.k);
	case TZ_FLOW_GE:
		if (q.mask != full)
			return true;
		return is_yes ? restrict_range(v, q.k, full)
			      : restrict_range(v, 0, q.k - 1);
	}
	return true;
}

/* Not equal under a mask: bit by bit, which is the first that differs. */
static bool differing_part(struct tz_frame_region *region,
			   const struct question *q, unsigned int part)
{
	uint32_t open = q->mask & ~region->at[q->load].mask;

	for (uint32_t bit = UINT32_C(1) << 31; bit; bit >>= 1)
		if (open & bit && !part--)
			return restrict_bits(region, q->load,
					     q->mask & ~(bit - 1),
					     (q->k ^ bit) & q->mask);
	return false;
}

bool tz_frame_part(const struct tz_flow *flow, const struct tz_flow_node *node,
		   bool is_yes, unsigned int part,
		   struct tz_frame_region *region)
{
	struct tz_frame_values *v;
	struct question q;
	uint32_t full;

	/* the two that are no region: other than a value, some of the bits */
	if (!read_question(flow, node, &q) || q.load == TZ_FRAME_FRAGMENT ||
	    is_yes != (q.op == TZ_FLOW_SET) || q.op == TZ_FLOW_GT ||
	    q.op == TZ_FLOW_GE)
		return part == 0 &&
		       tz_frame_restrict(flow, node, is_yes, region);
	v = &region->at[q.load];
	full = tz_frame_full(q.load);
	q.mask &= full;
	if (is_yes) {
		q.mask &= q.k;
		q.k = 0;
	}
	if (full != UINT16_MAX || q.mask != full || v->mask)
		return differing_part(region, &q, part);
	/* ports, types: below and above */
	if (part == 0 && q.k > v->lo)
		return restrict_range(v, 0, q.k - 1);
	return part == (q.k > v->lo) && q.k < full &&
	       restrict_range(v, q.k + 1, full);
}

static void raise_need(uint32_t *need, uint32_t n)
{
	if (*need < n)
		*need = n;
}

static bool is_value(const struct tz_frame_region *r, enum tz_frame_load load,
		     uint32_t value)
{
	return tz_frame_is_one(r, load) && r->at[load].lo == value;
}

/* What the whole frames of @r have, or only these bytes. */
static uint32_t whole_len(const struct tz_frame_region *r)
{
	if (!r->is_whole)
		return 0;
	if (is_value(r, TZ_FRAME_TYPE, ETH_P_IP))
		return 34;
	if (is_value(r, TZ_FRAME_TYPE, ETH_P_ARP) ||
	    is_value(r, TZ_FRAME_TYPE, ETH_P_RARP))
		return 42;
	if (is_value(r, TZ_FRAME_TYPE, ETH_P_IPV6))
		return is_value(r, TZ_FRAME_PROTO6, IPPROTO_TCP) ? 68 : 58;
	return ETH_HLEN;
}

static uint32_t whole_behind(const struct tz_frame_region *r)
{
	bool is_tcp = is_value(r, TZ_FRAME_PROTO4, IPPROTO_TCP) &&
		      r->at[TZ_FRAME_FRAGMENT].mask;

	if (!r->is_whole || !is_value(r, TZ_FRAME_TYPE, ETH_P_IP))
		return 0;
	return is_tcp ? 14 : 4;
}

bool tz_frame_reach(const struct tz_flow *flow, uint32_t term,
		    struct tz_frame_region *region)
{
	const struct tz_term *t = &flow->terms.at[term];
	uint32_t at, end;

	if (t->kind == TZ_TERM_CONST || t->kind == TZ_TERM_LEN)
		return true;
	if (t->kind < TZ_TERM_LOAD || t->kind == TZ_TERM_DIV ||
	    t->kind == TZ_TERM_MOD)
		return false;
	if (t->kind != TZ_TERM_LOAD)
		return tz_frame_reach(flow, t->a, region) &&
		       tz_frame_reach(flow, t->b, region);
	/* as from the link header or the network header */
	if (t->k > UINT16_MAX)
		return false;
	end = t->k + t->size;
	if (t->a == TZ_TERM_ZERO) {
		if (end > whole_len(region))
			raise_need(&region->need, end);
		return true;
	}
	if (!tz_term_is_header_len(flow, t->a, &at) || at != NET || t->k < NET)
		return false;
	if (whole_len(region) <= NET)
		raise_need(&region->need, NET + 1);
	if (end - NET > whole_behind(region))
		raise_need(&region->need_behind, end - NET);
	return true;
}
