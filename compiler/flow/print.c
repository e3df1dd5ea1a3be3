/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The text form of a flow graph, a line for each node that is reached, from the
 * root on; parse.c has its grammar, and reads it back as the same graph.
 */
#include <inttypes.h>

#include "flow/text.h"
#include "flow/walk.h"

const char *const tz_flow_term_signs[TZ_N_TERM_KINDS] = {
	[TZ_TERM_ADD] = "+",  [TZ_TERM_SUB] = "-", [TZ_TERM_MUL] = "*",
	[TZ_TERM_DIV] = "/",  [TZ_TERM_MOD] = "%", [TZ_TERM_AND] = "&",
	[TZ_TERM_OR] = "|",   [TZ_TERM_XOR] = "^", [TZ_TERM_LSH] = "<<",
	[TZ_TERM_RSH] = ">>",
};

const char *const tz_flow_op_signs[] = {
	[TZ_FLOW_EQ] = "==",
	[TZ_FLOW_GT] = ">",
	[TZ_FLOW_GE] = ">=",
	[TZ_FLOW_SET] = "&",
};

void tz_flow_put_number(struct tz_buf *out, uint32_t k)
{
	tz_buf_printf(out, k > 9 ? "0x%" PRIx32 : "%" PRIu32, k);
}

static void put_term(const struct tz_flow *flow, uint32_t number,
		     struct tz_buf *out);

static void put_load(const struct tz_flow *flow, const struct tz_term *t,
		     struct tz_buf *out)
{
	tz_buf_puts(out, "[");
	if (t->a != TZ_TERM_ZERO) {
		put_term(flow, t->a, out);
		tz_buf_puts(out, " + ");
	}
	tz_buf_printf(out, t->k > INT32_MAX ? "0x%" PRIx32 : "%" PRIu32, t->k);
	tz_buf_printf(out, ":%u]", t->size);
}

void tz_flow_put_leaf(const struct tz_term *t, struct tz_buf *out)
{
	if (t->kind == TZ_TERM_LEN)
		tz_buf_puts(out, "len");
	else if (t->kind == TZ_TERM_VAR)
		tz_buf_printf(out, "v%" PRIu32, t->k);
	else if (t->kind == TZ_TERM_CONST)
		tz_flow_put_number(out, t->k);
	else
		tz_buf_printf(out, "ad %" PRIu32, t->k);
}

static void put_term(const struct tz_flow *flow, uint32_t number,
		     struct tz_buf *out)
{
	const struct tz_term *t = &flow->terms.at[number];

	if (t->kind < TZ_TERM_LOAD) {
		tz_flow_put_leaf(t, out);
	} else if (t->kind == TZ_TERM_LOAD) {
		put_load(flow, t, out);
	} else {
		tz_buf_puts(out, "(");
		put_term(flow, t->a, out);
		tz_buf_printf(out, " %s ", tz_flow_term_signs[t->kind]);
		put_term(flow, t->b, out);
		tz_buf_puts(out, ")");
	}
}

static void put_target(const uint32_t *names, uint32_t node, struct tz_buf *out)
{
	if (node == TZ_FLOW_REJECT)
		tz_buf_puts(out, "reject");
	else if (node == TZ_FLOW_ACCEPT)
		tz_buf_puts(out, "accept");
	else
		tz_buf_printf(out, "n%" PRIu32, names[node]);
}

static void put_node(const struct tz_flow *flow, const uint32_t *names,
		     uint32_t node, struct tz_buf *out)
{
	const struct tz_flow_node *n = &flow->nodes.at[node];

	tz_buf_printf(out, "n%" PRIu32 ": ", names[node]);
	switch (n->kind) {
	case TZ_FLOW_RETURN:
		tz_buf_puts(out, "return ");
		put_term(flow, n->a, out);
		break;
	case TZ_FLOW_TEST:
		tz_buf_puts(out, "if ");
		put_term(flow, n->a, out);
		tz_buf_printf(out, " %s ", tz_flow_op_signs[n->op]);
		put_term(flow, n->b, out);
		break;
	case TZ_FLOW_NEED:
		tz_buf_puts(out, "need ");
		put_term(flow, n->a, out);
		break;
	case TZ_FLOW_LET:
		tz_buf_printf(out, "let v%" PRIu32 " = ", n->var);
		put_term(flow, n->a, out);
		break;
	}
	if (n->kind != TZ_FLOW_RETURN) {
		tz_buf_puts(out, " then ");
		put_target(names, n->yes, out);
	}
	if (n->kind == TZ_FLOW_TEST) {
		tz_buf_puts(out, " else ");
		put_target(names, n->no, out);
	}
	tz_buf_puts(out, "\n");
}

uint32_t *tz_flow_names(const struct tz_flow *flow)
{
	uint32_t *names = tz_flow_ways(flow->arena, flow);
	uint32_t name = TZ_FLOW_ACCEPT;

	for (uint32_t i = 0; i <= flow->root; i++)
		if (names[i])
			names[i] = i > TZ_FLOW_ACCEPT ? ++name : 1;
	return names;
}

void tz_flow_print(const struct tz_flow *flow, struct tz_buf *out)
{
	const uint32_t *names = tz_flow_names(flow);

	tz_buf_puts(out, "start ");
	put_target(names, flow->root, out);
	tz_buf_puts(out, "\n");
	for (uint32_t i = flow->root; i > TZ_FLOW_ACCEPT; i--)
		if (names[i])
			put_node(flow, names, i, out);
}
