/* SPDX-License-Identifier: GPL-2.0-only */
/* Walks all ways of a program for those that do not ask for a protocol. */
#include "ir/filter.h"

#include "cbpf/cbpf.h"
#include "flow/flow.h"
#include "ir/facts.h"

struct ways {
	const struct tz_flow *flow;
	enum tz_family family;
	bool *may; /* by node: a packet that may be merged can match there */
};

/* Whether @term is the byte @k of the packet. */
static bool is_byte(const struct ways *w, uint32_t term, uint32_t k)
{
	const struct tz_term *t = &w->flow->terms.at[term];

	return t->kind == TZ_TERM_LOAD && t->size == 1 &&
	       t->a == TZ_TERM_ZERO && t->k == k;
}

/* Whether @term is the version of IP, and the header's length as 0. */
static bool is_version(const struct ways *w, uint32_t term)
{
	const struct tz_term *t = &w->flow->terms.at[term];

	return t->kind == TZ_TERM_AND && is_byte(w, t->a, 0) &&
	       tz_term_is_const(w->flow, t->b) &&
	       w->flow->terms.at[t->b].k == 0xf0;
}

/* Whether a packet that may be merged can match behind a test. */
static bool test_may(const struct ways *w, const struct tz_flow_node *n)
{
	bool yes = w->may[n->yes], no = w->may[n->no];
	uint32_t k;

	if (n->op != TZ_FLOW_EQ || !tz_term_is_const(w->flow, n->b))
		return yes || no;
	k = w->flow->terms.at[n->b].k;
	if (is_version(w, n->a))
		return k == (uint32_t)w->family << 4 ? yes : no;
	if (is_byte(w, n->a, w->family == TZ_IPV4 ? 9 : 6) && k < 256 &&
	    tz_facts_never_merged((uint8_t)k))
		return no;
	return yes || no;
}

bool tz_filter_may_merge(enum tz_family family, const struct tz_test *test)
{
	struct tz_arena *arena = tz_arena_new();
	struct tz_cbpf program = {
		.insns = (struct sock_filter *)(uintptr_t)test->bytes,
		.n = test->n_bytes / sizeof(struct sock_filter),
	};
	struct tz_flow *flow = tz_flow_decode(arena, &program);
	struct ways w = {
		.flow = flow,
		.family = family,
		.may = tz_new_array(arena, bool, flow->nodes.n),
	};
	bool result;

	/* successors have smaller numbers */
	for (uint32_t i = 0; i <= flow->root; i++) {
		const struct tz_flow_node *node = &flow->nodes.at[i];

		if (node->kind == TZ_FLOW_RETURN)
			w.may[i] = node->a != TZ_TERM_ZERO;
		else if (node->kind == TZ_FLOW_TEST)
			w.may[i] = test_may(&w, node);
		else
			w.may[i] = w.may[node->yes];
	}
	result = w.may[flow->root];
	tz_arena_free(arena);
	return result;
}
