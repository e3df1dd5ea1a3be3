/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A graph for people. Tests that share a way are one condition, with and, or
 * and not, as often as that goes on; where one condition is left and the filter
 * takes or refuses whole packets, it is an expression of tcpdump's language.
 * Else what is left is written as steps.
 *
 * A load that must not fail is written as t >= 0: that is so, unless it fails.
 */
#include <inttypes.h>

#include "flow/text.h"

/* Shared conditions are written twice up to this many tests. */
#define COPY_MAX 12
/* And conditions are joined up to this many. */
#define SIZE_MAX_TESTS 1000
/* Rounds of joining; each makes what is left smaller. */
#define ROUNDS_MAX 40

/* NOT is of a LEAF only. */
enum kind { LEAF, NOT, AND, OR };

struct cond {
	enum kind kind;
	const struct tz_flow_node *test; /* LEAF: a TEST or NEED */
	const struct cond *left, *right;
	uint32_t size; /* tests */
};

/* What has become of a node that tests. */
struct block {
	const struct cond *cond; /* NULL: a LET or RETURN */
	uint32_t yes, no;
	uint32_t n_ways; /* that lead here */
};

struct describe {
	const struct tz_flow *flow;
	struct block *blocks; /* by node; those that are not reached: no ways */
	struct tz_buf *out;
};

static const struct tz_term *term_at(const struct describe *d, uint32_t term)
{
	return &d->flow->terms.at[term];
}

/* ---- conditions ---- */

static const struct cond *new_cond(struct describe *d, enum kind kind,
				   const struct cond *left,
				   const struct cond *right)
{
	struct cond *c = tz_new(d->flow->arena, struct cond);

	*c = (struct cond){ .kind = kind, .left = left, .right = right };
	c->size = left->size + (right ? right->size : 0);
	return c;
}

static const struct cond *new_leaf(struct describe *d, uint32_t node)
{
	struct cond *c = tz_new(d->flow->arena, struct cond);

	c->kind = LEAF;
	c->test = &d->flow->nodes.at[node];
	c->size = 1;
	return c;
}

/* Not @c, with every not in front of a single test. */
static const struct cond *negate(struct describe *d, const struct cond *c)
{
	switch (c->kind) {
	case LEAF:
		return new_cond(d, NOT, c, NULL);
	case NOT:
		return c->left;
	case AND:
		return new_cond(d, OR, negate(d, c->left), negate(d, c->right));
	case OR:
		break;
	}
	return new_cond(d, AND, negate(d, c->left), negate(d, c->right));
}

static bool is_equality(const struct describe *d, const struct cond *c)
{
	return c->kind == LEAF && c->test->kind == TZ_FLOW_TEST &&
	       c->test->op == TZ_FLOW_EQ &&
	       d->flow->terms.at[c->test->b].kind == TZ_TERM_CONST;
}

/* Whether @c asks first that the term of @x is another constant than there. */
static bool excludes(const struct describe *d, const struct cond *c,
		     const struct cond *x)
{
	if (c->kind == OR)
		return excludes(d, c->left, x) && excludes(d, c->right, x);
	if (c->kind == AND)
		return excludes(d, c->left, x);
	return is_equality(d, c) && c->test->a == x->test->a &&
	       c->test->b != x->test->b;
}

/* if @c then @yes else @no. */
static const struct cond *choose(struct describe *d, const struct cond *c,
				 const struct cond *yes, const struct cond *no)
{
	if (!is_equality(d, c) || !excludes(d, no, c))
		no = new_cond(d, AND, negate(d, c), no);
	return new_cond(d, OR, new_cond(d, AND, c, yes), no);
}

/* ---- joining ---- */

static bool may_join(const struct describe *d, const struct block *b,
		     uint32_t node)
{
	const struct block *m = &d->blocks[node];

	return m->cond && b->cond->size + m->cond->size <= SIZE_MAX_TESTS &&
	       (m->n_ways == 1 || m->cond->size <= COPY_MAX);
}

/* @b and what it leads to where it holds. */
static bool join_yes(struct describe *d, struct block *b)
{
	const struct block *m = &d->blocks[b->yes];
	const struct cond *c = m->cond;

	if (!may_join(d, b, b->yes) || (m->no != b->no && m->yes != b->no))
		return false;
	b->yes = m->yes;
	if (m->no != b->no) {
		b->yes = m->no;
		c = negate(d, c);
	}
	b->cond = new_cond(d, AND, b->cond, c);
	return true;
}

/* @b and what it leads to where it does not. */
static bool join_no(struct describe *d, struct block *b)
{
	const struct block *m = &d->blocks[b->no];
	const struct cond *c = m->cond;

	if (!may_join(d, b, b->no) || (m->yes != b->yes && m->no != b->yes))
		return false;
	b->no = m->no;
	if (m->yes != b->yes) {
		b->no = m->yes;
		c = negate(d, c);
	}
	b->cond = new_cond(d, OR, b->cond, c);
	return true;
}

/* Both ways of @b ask something, and go on to the same two places. */
static bool join_both(struct describe *d, struct block *b)
{
	const struct block *yes = &d->blocks[b->yes], *no = &d->blocks[b->no];
	const struct cond *c = no->cond;

	if (!may_join(d, b, b->yes) || !may_join(d, b, b->no) ||
	    b->cond->size > COPY_MAX ||
	    yes->cond->size + no->cond->size > SIZE_MAX_TESTS / 2)
		return false;
	if (yes->yes == no->no && yes->no == no->yes)
		c = negate(d, c);
	else if (yes->yes != no->yes || yes->no != no->no)
		return false;
	b->cond = choose(d, b->cond, yes->cond, c);
	b->no = yes->no;
	b->yes = yes->yes;
	return true;
}

static void count_ways(struct describe *d)
{
	uint32_t root = d->flow->root;

	for (uint32_t i = 0; i <= root; i++)
		d->blocks[i].n_ways = i == root;
	for (uint32_t i = root + 1; i-- > 0;) {
		const struct block *b = &d->blocks[i];

		if (!b->n_ways || d->flow->nodes.at[i].kind == TZ_FLOW_RETURN)
			continue;
		d->blocks[b->yes].n_ways++;
		if (b->cond)
			d->blocks[b->no].n_ways++;
	}
}

static void join(struct describe *d)
{
	bool is_changed = true;

	for (int round = 0; is_changed && round < ROUNDS_MAX; round++) {
		is_changed = false;
		count_ways(d);
		for (uint32_t i = 0; i <= d->flow->root; i++) {
			struct block *b = &d->blocks[i];

			if (!b->n_ways || !b->cond)
				continue;
			while (join_yes(d, b) || join_no(d, b) ||
			       join_both(d, b))
				is_changed = true;
		}
	}
	count_ways(d);
}

static void make_blocks(struct describe *d)
{
	const struct tz_flow *flow = d->flow;

	d->blocks = tz_new_array(flow->arena, struct block, flow->nodes.n);
	for (uint32_t i = 0; i <= flow->root; i++) {
		const struct tz_flow_node *n = &flow->nodes.at[i];
		struct block *b = &d->blocks[i];

		b->yes = n->yes;
		b->no = n->kind == TZ_FLOW_TEST ? n->no : TZ_FLOW_REJECT;
		if (n->kind == TZ_FLOW_TEST || n->kind == TZ_FLOW_NEED)
			b->cond = new_leaf(d, i);
	}
}

/* ---- text ---- */

static void put_term(const struct describe *d, uint32_t number, bool is_inner);

/*
 * What @t counts its offset from, and the offset from there. A part that varies
 * may not lead from one into the other.
 */
static const char *place_of(const struct describe *d, const struct tz_term *t,
			    uint32_t *k)
{
	uint32_t last = t->k + term_at(d, t->a)->bits;

	*k = t->k;
	if (t->k <= INT32_MAX || t->k < (uint32_t)SKF_LL_OFF || last < t->k)
		return "link";
	if (last < (uint32_t)SKF_NET_OFF) {
		*k -= (uint32_t)SKF_LL_OFF;
		return "frame";
	}
	if (t->k < (uint32_t)SKF_NET_OFF)
		return "link";
	*k -= (uint32_t)SKF_NET_OFF;
	return "net";
}

static void put_load(const struct describe *d, const struct tz_term *t)
{
	uint32_t k;

	tz_buf_printf(d->out, "%s[", place_of(d, t, &k));
	if (t->a != TZ_TERM_ZERO) {
		put_term(d, t->a, k != 0);
		if (k > INT32_MAX)
			tz_buf_printf(d->out, " - %" PRIu32, -k);
		else if (k)
			tz_buf_printf(d->out, " + %" PRIu32, k);
	} else {
		tz_buf_printf(d->out, "%" PRIu32, k);
	}
	if (t->size > 1)
		tz_buf_printf(d->out, ":%u", t->size);
	tz_buf_puts(d->out, "]");
}

static void put_arith(const struct describe *d, const struct tz_term *t,
		      bool is_inner)
{
	const struct tz_term *b = term_at(d, t->b);

	tz_buf_puts(d->out, is_inner ? "(" : "");
	put_term(d, t->a, true);
	if (t->kind == TZ_TERM_ADD && b->kind == TZ_TERM_CONST &&
	    b->k > INT32_MAX) {
		tz_buf_puts(d->out, " - ");
		tz_flow_put_number(d->out, -b->k);
	} else {
		tz_buf_printf(d->out, " %s ", tz_flow_term_signs[t->kind]);
		put_term(d, t->b, true);
	}
	tz_buf_puts(d->out, is_inner ? ")" : "");
}

static void put_term(const struct describe *d, uint32_t number, bool is_inner)
{
	const struct tz_term *t = term_at(d, number);

	if (t->kind > TZ_TERM_LOAD)
		put_arith(d, t, is_inner);
	else if (t->kind == TZ_TERM_LOAD)
		put_load(d, t);
	else if (t->kind == TZ_TERM_AD)
		tz_buf_printf(d->out, "ad(%" PRIu32 ")", t->k);
	else
		tz_flow_put_leaf(t, d->out);
}

static void put_test(const struct describe *d, const struct tz_flow_node *n,
		     bool is_negated)
{
	static const char *const ops[][2] = {
		[TZ_FLOW_EQ] = { "=", "!=" },
		[TZ_FLOW_GT] = { ">", "<=" },
		[TZ_FLOW_GE] = { ">=", "<" },
	};

	if (n->kind == TZ_FLOW_NEED) {
		put_term(d, n->a, false);
		tz_buf_puts(d->out, is_negated ? " < 0" : " >= 0");
		return;
	}
	put_term(d, n->a, n->op == TZ_FLOW_SET);
	if (n->op == TZ_FLOW_SET) {
		tz_buf_puts(d->out, " & ");
		put_term(d, n->b, true);
		tz_buf_puts(d->out, is_negated ? " = 0" : " != 0");
		return;
	}
	tz_buf_printf(d->out, " %s ", ops[n->op][is_negated]);
	put_term(d, n->b, false);
}

/* and and or are of one rank in tcpdump's language: what is mixed is told. */
static void put_cond(const struct describe *d, const struct cond *c,
		     enum kind outer)
{
	bool is_told = c->kind != outer && outer != LEAF;

	if (c->kind == LEAF || c->kind == NOT) {
		put_test(d, c->kind == NOT ? c->left->test : c->test,
			 c->kind == NOT);
		return;
	}
	tz_buf_puts(d->out, is_told ? "(" : "");
	put_cond(d, c->left, c->kind);
	tz_buf_puts(d->out, c->kind == AND ? " and " : " or ");
	put_cond(d, c->right, c->kind);
	tz_buf_puts(d->out, is_told ? ")" : "");
}

static void put_target(const struct describe *d, uint32_t node)
{
	if (node == TZ_FLOW_REJECT)
		tz_buf_puts(d->out, "return 0");
	else
		tz_buf_printf(d->out, "go to %" PRIu32, node);
}

static void put_step(const struct describe *d, uint32_t node)
{
	const struct tz_flow_node *n = &d->flow->nodes.at[node];
	const struct block *b = &d->blocks[node];

	tz_buf_printf(d->out, "%" PRIu32 ": ", node);
	if (b->cond) {
		tz_buf_puts(d->out, "if ");
		put_cond(d, b->cond, LEAF);
		tz_buf_puts(d->out, ": ");
		put_target(d, b->yes);
		tz_buf_puts(d->out, ", else ");
		put_target(d, b->no);
	} else if (n->kind == TZ_FLOW_LET) {
		tz_buf_printf(d->out, "v%" PRIu32 " = ", n->var);
		put_term(d, n->a, false);
		tz_buf_puts(d->out, ", ");
		put_target(d, b->yes);
	} else {
		tz_buf_puts(d->out, "return ");
		put_term(d, n->a, false);
	}
	tz_buf_puts(d->out, "\n");
}

/* The only return of another constant than 0 that is reached; 0: none. */
static uint32_t find_accept(const struct describe *d)
{
	uint32_t accept = TZ_FLOW_REJECT;

	for (uint32_t i = 1; i <= d->flow->root; i++) {
		const struct tz_flow_node *n = &d->flow->nodes.at[i];

		if (!d->blocks[i].n_ways || n->kind != TZ_FLOW_RETURN)
			continue;
		if (accept || !tz_term_is_const(d->flow, n->a))
			return TZ_FLOW_REJECT;
		accept = i;
	}
	return accept;
}

static bool put_expression(struct describe *d)
{
	const struct block *root = &d->blocks[d->flow->root];
	uint32_t accept = find_accept(d);

	if (d->flow->root == TZ_FLOW_REJECT) {
		tz_buf_puts(d->out, "len < 0");
	} else if (accept && d->flow->root == accept) {
		tz_buf_puts(d->out, "len >= 0");
	} else if (accept && root->cond && root->yes == accept &&
		   root->no == TZ_FLOW_REJECT) {
		put_cond(d, root->cond, LEAF);
	} else if (accept && root->cond && root->no == accept &&
		   root->yes == TZ_FLOW_REJECT) {
		put_cond(d, negate(d, root->cond), LEAF);
	} else {
		return false;
	}
	tz_buf_puts(d->out, "\n");
	return true;
}

void tz_flow_describe(const struct tz_flow *flow, struct tz_buf *out)
{
	struct describe d = { .flow = flow, .out = out };

	make_blocks(&d);
	join(&d);
	if (put_expression(&d))
		return;
	for (uint32_t i = flow->root + 1; i-- > 1;)
		if (d.blocks[i].n_ways)
			put_step(&d, i);
}
