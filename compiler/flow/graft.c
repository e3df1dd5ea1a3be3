/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Parts of one graph in another: filters put together from filters, and cut in
 * pieces. The nodes are made anew by the constructors, so that what is known
 * of the new ways folds.
 */
#include <assert.h>

#include "flow/graft.h"
#include "flow/walk.h"

struct work {
	const struct tz_flow *from;
	struct tz_flow *into;
	const struct tz_graft *how;
	uint32_t *terms; /* by number in from; NONE: not yet */
	uint32_t *nodes;
};

#define NONE (UINT32_MAX - 1)

/* No term is deeper than TZ_TERM_WEIGHT_MAX. */
static uint32_t copy_term(struct work *w, uint32_t number)
{
	const struct tz_term *t = &w->from->terms.at[number];
	uint32_t *to = &w->terms[number];

	if (*to != NONE)
		return *to;
	if (t->kind < TZ_TERM_LOAD)
		return *to = tz_term_remake(w->into, t, 0, 0);
	*to = copy_term(w, t->a);
	return *to = tz_term_remake(w->into, t, *to, copy_term(w, t->b));
}

/* To @next when the packet has @n bytes, else to w->how->no. */
static uint32_t guard_len(struct work *w, uint32_t n, uint32_t next)
{
	return tz_flow_test(w->into, TZ_FLOW_GE, tz_term_len(w->into),
			    tz_term_const(w->into, n), next, w->how->no);
}

/* No packet has so many bytes; sums with that do not wrap. */
#define FAR 0xffffffu

/*
 * From SKF_NET_OFF on. The filters of sockets read there: their packets begin
 * behind the header of IP, which is 40 bytes of IPv6, or as long as IPv4 says.
 * The link header is there, where it is read.
 */
static uint32_t guard_header(struct work *w, const struct tz_term *t,
			     uint32_t next)
{
	struct tz_flow *flow = w->into;
	const uint32_t net = (uint32_t)SKF_NET_OFF, no = w->how->no;
	uint32_t end, first, ip_len, there;

	if (t->k < net || (t->a == TZ_TERM_ZERO && t->k - net + t->size <= 20))
		return next;
	first = tz_term_load(flow, 1, TZ_TERM_ZERO, net);
	end = tz_term_arith(flow, TZ_TERM_ADD, t->a,
			    tz_term_const(flow, t->k - net + t->size));
	ip_len = tz_term_arith(flow, TZ_TERM_LSH,
			       tz_term_arith(flow, TZ_TERM_AND, first,
					     tz_term_const(flow, 0xf)),
			       tz_term_const(flow, 2));
	there = tz_flow_test(
		flow, TZ_FLOW_GE,
		tz_term_arith(flow, TZ_TERM_ADD, tz_term_len(flow), ip_len),
		end, next, no);
	next = tz_flow_test(flow, TZ_FLOW_GE,
			    tz_term_arith(flow, TZ_TERM_ADD, tz_term_len(flow),
					  tz_term_const(flow, 40)),
			    end, next, no);
	next = tz_flow_test(flow, TZ_FLOW_EQ,
			    tz_term_arith(flow, TZ_TERM_AND, first,
					  tz_term_const(flow, 0xf0)),
			    tz_term_const(flow, 0x60), next, there);
	return tz_flow_test(flow, TZ_FLOW_GT, t->a, tz_term_const(flow, FAR),
			    no, next);
}

/* To @next when the bytes of the load @t are there, else to w->how->no. */
static uint32_t guard_load(struct work *w, const struct tz_term *t,
			   uint32_t next)
{
	struct tz_flow *flow = w->into;
	const uint32_t no = w->how->no;
	const uint32_t len = tz_term_len(flow);
	const uint64_t end = (uint64_t)t->k + t->size;
	const uint32_t size = tz_term_const(flow, t->size);

	if (t->k > INT32_MAX)
		return guard_header(w, t, next);
	if (end + flow->terms.at[t->a].bits <= INT32_MAX) {
		uint32_t last =
			tz_term_arith(flow, TZ_TERM_ADD, t->a,
				      tz_term_const(flow, (uint32_t)end));

		return tz_flow_test(flow, TZ_FLOW_GE, len, last, next, no);
	}

	uint32_t offset = tz_term_arith(flow, TZ_TERM_ADD, t->a,
					tz_term_const(flow, t->k));
	uint32_t most = tz_term_arith(flow, TZ_TERM_SUB, len, size);

	next = tz_flow_test(flow, TZ_FLOW_GT, offset, most, no, next);
	return tz_flow_test(flow, TZ_FLOW_GE, len, size, next, no);
}

/* To @next when @number, a term of into, can be had, else to w->how->no. */
static uint32_t guard(struct work *w, uint32_t number, uint32_t next)
{
	const struct tz_term t = w->into->terms.at[number];

	if (!w->how->guards || w->how->no == TZ_FLOW_REJECT || !t.need)
		return next;
	if (t.need != TZ_TERM_NEVER_SAFE)
		return guard_len(w, t.need, next);
	if (t.kind == TZ_TERM_LOAD)
		return guard(w, t.a, guard_load(w, &t, next));
	if (t.kind < TZ_TERM_ADD)
		return next; /* what the kernel knows beside the packet */
	if (t.kind == TZ_TERM_DIV || t.kind == TZ_TERM_MOD)
		next = tz_flow_test(w->into, TZ_FLOW_EQ, t.b, TZ_TERM_ZERO,
				    w->how->no, next);
	return guard(w, t.a, guard(w, t.b, next));
}

static uint32_t copy_return(struct work *w, const struct tz_flow_node *n)
{
	uint32_t value = copy_term(w, n->a);

	if (tz_term_is_const(w->into, value))
		return w->into->terms.at[value].k ? w->how->yes : w->how->no;
	if (w->how->yes == TZ_GRAFT_ANY)
		return w->how->no;
	return guard(w, value,
		     tz_flow_test(w->into, TZ_FLOW_EQ, value, TZ_TERM_ZERO,
				  w->how->no, w->how->yes));
}

/* Whether @next does no more, first of all, than need what @term needs. */
static bool is_needed_anyway(const struct tz_flow *flow, uint32_t term,
			     uint32_t next)
{
	uint32_t need = flow->terms.at[term].need;

	while (flow->nodes.at[next].kind == TZ_FLOW_NEED) {
		const struct tz_flow_node *n = &flow->nodes.at[next];
		uint32_t there = flow->terms.at[n->a].need;

		if (n->a == term ||
		    (there != TZ_TERM_NEVER_SAFE &&
		     need != TZ_TERM_NEVER_SAFE && there >= need))
			return true;
		next = n->yes;
	}
	return false;
}

/* As tz_flow_need(), but of the tests of a long list one need is left. */
static uint32_t need_once(struct tz_flow *flow, uint32_t term, uint32_t next)
{
	const struct tz_term t = flow->terms.at[term];

	if (t.kind >= TZ_TERM_ADD && t.kind != TZ_TERM_DIV &&
	    t.kind != TZ_TERM_MOD)
		return need_once(flow, t.a, need_once(flow, t.b, next));
	return is_needed_anyway(flow, term, next)
		       ? next
		       : tz_flow_need(flow, term, next);
}

/* Where it does not matter what comes, but for the failing of these terms. */
static uint32_t any_behind(const struct work *w, uint32_t a, uint32_t b)
{
	return tz_term_may_fail(w->into, a, 0) ||
			       tz_term_may_fail(w->into, b, 0)
		       ? w->how->no
		       : TZ_GRAFT_ANY;
}

static uint32_t copy_test(struct work *w, const struct tz_flow_node *n)
{
	uint32_t yes = w->nodes[n->yes], no = w->nodes[n->no];
	uint32_t a = copy_term(w, n->a), b = copy_term(w, n->b);

	if (yes == TZ_GRAFT_ANY && no == TZ_GRAFT_ANY)
		return any_behind(w, a, b);
	if (yes == TZ_GRAFT_ANY)
		yes = no;
	else if (no == TZ_GRAFT_ANY)
		no = yes;
	if (yes == no)
		return guard(w, a,
			     guard(w, b,
				   need_once(w->into, a,
					     need_once(w->into, b, yes))));
	return guard(w, a,
		     guard(w, b, tz_flow_test(w->into, n->op, a, b, yes, no)));
}

static uint32_t copy_node(struct work *w, const struct tz_flow_node *n)
{
	uint32_t a, next;

	switch (n->kind) {
	case TZ_FLOW_RETURN:
		return copy_return(w, n);
	case TZ_FLOW_TEST:
		return copy_test(w, n);
	case TZ_FLOW_NEED:
	case TZ_FLOW_LET:
		next = w->nodes[n->yes];
		a = copy_term(w, n->a);
		if (next == TZ_GRAFT_ANY)
			return any_behind(w, a, a);
		return guard(w, a,
			     n->kind == TZ_FLOW_NEED
				     ? tz_flow_need(w->into, a, next)
				     : tz_flow_let(w->into, n->var, a, next));
	}
	assert(!"a node of no kind");
	return TZ_FLOW_REJECT;
}

uint32_t tz_flow_graft(struct tz_flow *into, const struct tz_flow *from,
		       uint32_t root, const struct tz_graft *how)
{
	struct tz_arena *arena = tz_arena_new_within(into->arena);
	uint32_t *ways = tz_new_array(arena, uint32_t, (size_t)root + 1);
	struct work w = {
		.from = from,
		.into = into,
		.how = how,
		.terms = tz_new_array(arena, uint32_t, from->terms.n),
		.nodes = tz_new_array(arena, uint32_t, from->nodes.n),
	};

	assert(into != from);
	for (size_t i = 0; i < from->terms.n; i++)
		w.terms[i] = NONE;
	tz_flow_count_ways(from, root, how->has_instead ? how->at : TZ_NO_NODE,
			   ways);
	for (uint32_t i = 0; i <= root; i++) {
		if (how->has_instead && i == how->at)
			w.nodes[i] = how->instead;
		else if (ways[i])
			w.nodes[i] = copy_node(&w, &from->nodes.at[i]);
	}

	uint32_t result = w.nodes[root];

	tz_arena_free(arena);
	return result == TZ_GRAFT_ANY ? how->no : result;
}
