/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Conditions made of conditions. Front ends build them as they read; the graph
 * comes of the whole, each part being told where to go on if it holds, and
 * where if not.
 */
#include "flow/flow.h"

enum kind { CONST, TEST, AND, OR, NOT, LET };

struct tz_formula {
	enum kind kind;
	bool value;
	enum tz_flow_op op;
	uint32_t a, b; /* terms */
	uint32_t var;
	struct tz_formula *left, *right;
};

static struct tz_formula *new_formula(struct tz_flow *flow, enum kind kind)
{
	struct tz_formula *f = tz_new(flow->arena, struct tz_formula);

	f->kind = kind;
	return f;
}

struct tz_formula *tz_formula_const(struct tz_flow *flow, bool value)
{
	struct tz_formula *f = new_formula(flow, CONST);

	f->value = value;
	return f;
}

struct tz_formula *tz_formula_test(struct tz_flow *flow, enum tz_flow_op op,
				   uint32_t a, uint32_t b)
{
	struct tz_formula *f = new_formula(flow, TEST);

	f->op = op;
	f->a = a;
	f->b = b;
	return f;
}

static struct tz_formula *both(struct tz_flow *flow, enum kind kind,
			       struct tz_formula *a, struct tz_formula *b)
{
	struct tz_formula *f = new_formula(flow, kind);

	f->left = a;
	f->right = b;
	return f;
}

struct tz_formula *tz_formula_and(struct tz_flow *flow, struct tz_formula *a,
				  struct tz_formula *b)
{
	return both(flow, AND, a, b);
}

struct tz_formula *tz_formula_or(struct tz_flow *flow, struct tz_formula *a,
				 struct tz_formula *b)
{
	return both(flow, OR, a, b);
}

struct tz_formula *tz_formula_not(struct tz_flow *flow, struct tz_formula *a)
{
	return both(flow, NOT, a, NULL);
}

struct tz_formula *tz_formula_let(struct tz_flow *flow, uint32_t var,
				  uint32_t term)
{
	struct tz_formula *f = new_formula(flow, LET);

	f->var = var;
	f->a = term;
	return f;
}

/* Chains lean to the left: that side is the loop, the right one recurs. */
uint32_t tz_formula_build(struct tz_flow *flow, const struct tz_formula *f,
			  uint32_t yes, uint32_t no)
{
	for (;;) {
		uint32_t next;

		switch (f->kind) {
		case CONST:
			return f->value ? yes : no;
		case TEST:
			return tz_flow_test(flow, f->op, f->a, f->b, yes, no);
		case LET:
			return tz_flow_let(flow, f->var, f->a, yes);
		case NOT:
			next = yes;
			yes = no;
			no = next;
			break;
		case AND:
			yes = tz_formula_build(flow, f->right, yes, no);
			break;
		case OR:
			no = tz_formula_build(flow, f->right, yes, no);
			break;
		}
		f = f->left;
	}
}
