/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What programs of classic BPF look at: a walk along one of the program's ways,
 * from test to test, that writes into the packet what each of them asks for.
 */
#include <string.h>

#include "cbpf/cbpf.h"
#include "flow/flow.h"
#include "ir/draft.h"

struct walk {
	const struct tz_flow *flow;
	struct tz_rng *rng;
	struct tz_draft_image *image;
	bool *can_match; /* by node */
	struct tz_filter_packet packet;
	uint32_t vars[TZ_FLOW_VARS]; /* their values */
	uint32_t var_terms[TZ_FLOW_VARS];
};

static const struct tz_term *term_at(const struct walk *w, uint32_t term)
{
	return &w->flow->terms.at[term];
}

/* False where the packet has no such byte. */
static bool value_of(const struct walk *w, uint32_t term, uint32_t *value)
{
	bool lacks;

	return tz_flow_value(w->flow, &w->packet, w->vars, term, value, &lacks);
}

/* Whether the byte @at of the packet may be any. */
static bool is_free(const struct tz_draft_image *image, size_t at)
{
	if (at >= image->header)
		return at < image->room;
	if (image->family == TZ_IPV4)
		return at == 1 || at == 8 || at == 9 || (at >= 12 && at < 20);
	return at >= 6 && at < 40;
}

static void write_number(struct walk *w, uint32_t offset, unsigned int size,
			 uint32_t value)
{
	struct tz_draft_image *image = w->image;

	if (offset > INT32_MAX)
		offset -= (uint32_t)SKF_NET_OFF;
	for (unsigned int i = 0; i < size; i++) {
		size_t at = (size_t)offset + i;

		if (is_free(image, at))
			image->ip[at] = (uint8_t)(value >> 8 * (size - 1 - i));
	}
	if (offset < image->room && image->room - offset >= size &&
	    image->len < offset + size && !tz_rng_one_in(w->rng, 8)) {
		image->len = offset + size;
		w->packet.len = (uint32_t)image->len;
	}
}

/* Has @term the value @wanted, where that can be had by writing bytes. */
static void make(struct walk *w, uint32_t term, uint32_t wanted)
{
	const struct tz_term *t = term_at(w, term);
	uint32_t a = 0, b = 0;

	if (t->kind == TZ_TERM_VAR) {
		make(w, w->var_terms[t->k], wanted);
		w->vars[t->k] = wanted;
		return;
	}
	if (t->kind == TZ_TERM_LOAD) {
		if (value_of(w, t->a, &a))
			write_number(w, a + t->k, t->size, wanted);
		return;
	}
	if (t->kind < TZ_TERM_ADD || !tz_term_is_const(w->flow, t->b))
		return;
	b = term_at(w, t->b)->k;
	value_of(w, t->a, &a);
	switch (t->kind) {
	case TZ_TERM_ADD:
		make(w, t->a, wanted - b);
		break;
	case TZ_TERM_SUB:
		make(w, t->a, wanted + b);
		break;
	case TZ_TERM_MUL:
	case TZ_TERM_LSH:
		if (t->kind == TZ_TERM_LSH)
			b = b < 32 ? UINT32_C(1) << b : 0;
		make(w, t->a, b ? wanted / b : 0);
		break;
	case TZ_TERM_AND:
		make(w, t->a, (a & ~b) | (wanted & b));
		break;
	case TZ_TERM_XOR:
		make(w, t->a, wanted ^ b);
		break;
	case TZ_TERM_RSH:
		if (b < 32)
			make(w, t->a,
			     wanted << b | (a & ((UINT32_C(1) << b) - 1)));
		break;
	default:
		break;
	}
}

/* A value for which a comparison with @b is @wanted. */
static uint32_t value_for(struct walk *w, enum tz_flow_op op, bool wanted,
			  uint32_t a, uint32_t b)
{
	uint32_t away = tz_rng_one_in(w->rng, 2)
				? 0
				: (uint32_t)tz_rng_below(w->rng, 16);

	switch (op) {
	case TZ_FLOW_EQ:
		return wanted ? b : b + 1 + away;
	case TZ_FLOW_GT:
		return wanted ? b + 1 + away : b - away;
	case TZ_FLOW_GE:
		return wanted ? b + away : b - 1 - away;
	case TZ_FLOW_SET:
		return wanted ? a | (b & (~b + 1)) : a & ~b;
	}
	return b;
}

/* Follows one test; the node that the packet then goes to. */
static uint32_t take(struct walk *w, const struct tz_flow_node *n)
{
	uint32_t a = 0, b = 0;
	bool wanted = tz_rng_one_in(w->rng, 2);

	if (w->can_match[n->yes] != w->can_match[n->no])
		wanted = w->can_match[n->yes] != tz_rng_one_in(w->rng, 16);
	value_of(w, n->b, &b);
	if (!value_of(w, n->a, &a) || tz_flow_holds(n->op, a, b) != wanted)
		make(w, n->a, value_for(w, n->op, wanted, a, b));
	if (!value_of(w, n->a, &a) || !value_of(w, n->b, &b))
		return TZ_FLOW_REJECT;
	return tz_flow_holds(n->op, a, b) ? n->yes : n->no;
}

static void follow(struct walk *w)
{
	uint32_t at = w->flow->root;

	for (;;) {
		const struct tz_flow_node *n = &w->flow->nodes.at[at];

		switch (n->kind) {
		case TZ_FLOW_RETURN:
			return;
		case TZ_FLOW_TEST:
			at = take(w, n);
			break;
		case TZ_FLOW_LET:
			if (!value_of(w, n->a, &w->vars[n->var]))
				return;
			w->var_terms[n->var] = n->a;
			at = n->yes;
			break;
		case TZ_FLOW_NEED:
			at = n->yes;
			break;
		}
	}
}

/* Successors have smaller numbers. */
static void find_matching(struct walk *w)
{
	for (uint32_t i = 0; i <= w->flow->root; i++) {
		const struct tz_flow_node *n = &w->flow->nodes.at[i];

		if (n->kind == TZ_FLOW_RETURN)
			w->can_match[i] = n->a != TZ_TERM_ZERO;
		else
			w->can_match[i] = w->can_match[n->yes] ||
					  (n->kind == TZ_FLOW_TEST &&
					   w->can_match[n->no]);
	}
}

void tz_draft_put_filter(struct tz_draft_image *image, struct tz_rng *rng,
			 const struct tz_test *test)
{
	struct tz_arena *arena = tz_arena_new();
	struct tz_cbpf program = {
		.insns = (struct sock_filter *)(uintptr_t)test->bytes,
		.n = test->n_bytes / sizeof(struct sock_filter),
	};
	struct tz_flow *flow = tz_flow_decode(arena, &program);
	struct walk w = {
		.flow = flow,
		.rng = rng,
		.image = image,
		.can_match = tz_new_array(arena, bool, flow->nodes.n),
		.packet = {
			.frame = image->ip,
			.frame_len = image->room,
			.len = (uint32_t)image->len,
			.has_ad = UINT64_MAX, /* of 0 */
		},
	};

	find_matching(&w);
	follow(&w);
	tz_arena_free(arena);
}
