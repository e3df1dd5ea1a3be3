/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ports of a packet stand behind an IPv6 header or behind an IPv4 header of
 * some length, and are then compared with the same numbers. Such parts of a
 * graph, alike but for the base of their loads (that can be X) and one value
 * (that can be A), become one: either way puts its own into a variable.
 *
 * One of the two may have a test more, whose failing rejects, anywhere before
 * it accepts: it is made first. (Not a fragment: behind the protocol in
 * libpcap's order.)
 */
#include "backend/cbpf/share.h"

#include <string.h>

#include "flow/walk.h"

#define NONE TZ_NO_NODE
/* Larger graphs are taken as they are. */
#define MAX_NODES 250
/* Steps of one comparison. */
#define MAX_STEPS 4000

/* How a part @one is a part @two. */
struct alike {
	bool has_base, has_value;
	uint32_t base_one, base_two; /* terms under loads */
	uint32_t more;               /* one's offsets are so much more */
	uint32_t value_one, value_two;
	uint32_t extra; /* a node of @two only, or NONE */
};

struct share {
	struct tz_arena *arena;
	struct tz_flow *flow;
	struct alike now;
	unsigned int steps;
	size_t n_common; /* nodes */
};

static struct tz_term term_at(const struct share *s, uint32_t term)
{
	return s->flow->terms.at[term];
}

static struct tz_flow_node node_at(const struct share *s, uint32_t node)
{
	return s->flow->nodes.at[node];
}

static bool match_values(struct share *s, uint32_t one, uint32_t two)
{
	struct alike *now = &s->now;

	if (now->has_value)
		return now->value_one == one && now->value_two == two;
	now->has_value = true;
	now->value_one = one;
	now->value_two = two;
	return true;
}

static bool match_bases(struct share *s, const struct tz_term *one,
			const struct tz_term *two)
{
	struct alike *now = &s->now;

	if (now->has_base)
		return now->base_one == one->a && now->base_two == two->a &&
		       now->more == one->k - two->k;
	now->has_base = true;
	now->base_one = one->a;
	now->base_two = two->a;
	now->more = one->k - two->k;
	return true;
}

static bool match_terms(struct share *s, uint32_t one, uint32_t two)
{
	struct tz_term a = term_at(s, one), b = term_at(s, two);
	struct alike before = s->now;

	if (one == two)
		return true;
	if (a.kind == TZ_TERM_CONST || b.kind == TZ_TERM_CONST)
		return false;
	if (a.kind == b.kind && a.kind == TZ_TERM_LOAD && a.size == b.size &&
	    a.a != b.a && match_bases(s, &a, &b))
		return true;
	if (a.kind == b.kind && a.kind >= TZ_TERM_ADD &&
	    match_terms(s, a.a, b.a) && match_terms(s, a.b, b.b))
		return true;
	s->now = before;
	return match_values(s, one, two);
}

static bool match_nodes(struct share *s, uint32_t one, uint32_t two);

static bool match_same(struct share *s, const struct tz_flow_node *a,
		       const struct tz_flow_node *b)
{
	if (a->kind != b->kind || !match_terms(s, a->a, b->a))
		return false;
	switch (a->kind) {
	case TZ_FLOW_RETURN:
		return true;
	case TZ_FLOW_NEED:
		return match_nodes(s, a->yes, b->yes);
	case TZ_FLOW_LET:
		return a->var == b->var && match_nodes(s, a->yes, b->yes);
	case TZ_FLOW_TEST:
		return a->op == b->op && match_terms(s, a->b, b->b) &&
		       match_nodes(s, a->yes, b->yes) &&
		       match_nodes(s, a->no, b->no);
	}
	return false;
}

/* Where a test leads on that rejects otherwise, or NONE. */
static uint32_t behind(const struct tz_flow_node *n)
{
	return tz_flow_behind(n, TZ_FLOW_REJECT);
}

static bool match_nodes(struct share *s, uint32_t one, uint32_t two)
{
	struct tz_flow_node a = node_at(s, one), b = node_at(s, two);
	struct alike before = s->now;
	size_t n_before = s->n_common;

	if (one == two)
		return true;
	if (s->steps++ > MAX_STEPS || one <= TZ_FLOW_ACCEPT ||
	    two <= TZ_FLOW_ACCEPT)
		return false;
	s->n_common++;
	if (match_same(s, &a, &b))
		return true;
	s->now = before;
	s->n_common = n_before;
	if (behind(&b) == NONE || (s->now.extra != NONE && s->now.extra != two))
		return false;
	s->now.extra = two;
	if (match_nodes(s, one, behind(&b)))
		return true;
	s->now = before;
	return false;
}

/* Whether the extra test may be made before all else of the part at @two. */
static bool may_go_first(const struct share *s, uint32_t two, uint32_t *ways)
{
	struct tz_flow_node extra;

	if (s->now.extra == NONE)
		return true;
	extra = node_at(s, s->now.extra);
	if (term_at(s, extra.a).vars || term_at(s, extra.b).vars)
		return false;
	tz_flow_count_ways(s->flow, two, s->now.extra, ways);
	for (uint32_t i = TZ_FLOW_REJECT + 1; i <= two; i++) {
		if (ways[i] && node_at(s, i).kind == TZ_FLOW_RETURN)
			return false;
	}
	return true;
}

/* Variables that are set below @two mean another thing above. */
static bool has_lets(const struct share *s, uint32_t two, uint32_t *ways)
{
	tz_flow_count_ways(s->flow, two, NONE, ways);
	for (uint32_t i = 0; i <= two; i++) {
		if (ways[i] && node_at(s, i).kind == TZ_FLOW_LET)
			return true;
	}
	return false;
}

/* Copies nodes, with other terms, and others instead of two of them. */
struct copy {
	struct tz_flow *flow;
	uint32_t base, base_to, value, value_to; /* terms; NONE: none */
	uint32_t extra;                          /* is left out */
	uint32_t one, one_to, two, two_to;
	uint32_t *made; /* by number; NONE: not yet */
};

static struct copy new_copy(struct tz_arena *arena, struct tz_flow *flow)
{
	struct copy c = {
		.flow = flow,
		.base = NONE,
		.value = NONE,
		.extra = NONE,
		.one = NONE,
		.two = NONE,
		.made = tz_new_array(arena, uint32_t, flow->nodes.n),
	};

	memset(c.made, 0xff, flow->nodes.n * sizeof(*c.made));
	return c;
}

static uint32_t copy_term(const struct copy *c, uint32_t number)
{
	struct tz_term t = c->flow->terms.at[number];
	uint32_t a;

	if (number == c->value)
		return c->value_to;
	if (t.kind < TZ_TERM_LOAD)
		return number;
	if (t.kind == TZ_TERM_LOAD && t.a == c->base)
		a = c->base_to;
	else
		a = copy_term(c, t.a);
	return tz_term_remake(c->flow, &t, a, copy_term(c, t.b));
}

static uint32_t copy_node(struct copy *c, uint32_t number)
{
	struct tz_flow_node n = c->flow->nodes.at[number];
	uint32_t yes = 0, no = 0, a, made;

	if (c->made[number] != NONE)
		return c->made[number];
	if (number == c->one)
		return c->made[number] = c->one_to;
	if (number == c->two)
		return c->made[number] = c->two_to;
	if (number == c->extra)
		return c->made[number] = copy_node(c, behind(&n));
	if (n.kind != TZ_FLOW_RETURN)
		yes = copy_node(c, n.yes);
	if (n.kind == TZ_FLOW_TEST)
		no = copy_node(c, n.no);
	a = copy_term(c, n.a);
	made = tz_flow_remake(c->flow, &n, a, copy_term(c, n.b), yes, no);
	return c->made[number] = made;
}

/* Two variables that the graph does not use; false: there are none. */
static bool find_variables(const struct share *s, uint32_t vars[2])
{
	uint32_t used = 0, n = 0;

	for (size_t i = 0; i < s->flow->terms.n; i++) {
		if (s->flow->terms.at[i].kind == TZ_TERM_VAR)
			used |= 1u << s->flow->terms.at[i].k;
	}
	for (uint32_t v = 0; v < TZ_FLOW_VARS && n < 2; v++) {
		if (!(used >> v & 1))
			vars[n++] = v;
	}
	return n == 2;
}

/* The way into the common part for one of the two. */
static uint32_t enter(struct share *s, const uint32_t vars[2], uint32_t base,
		      uint32_t value, uint32_t common)
{
	if (s->now.has_value)
		common = tz_flow_let(s->flow, vars[1], value, common);
	if (s->now.has_base)
		common = tz_flow_let(s->flow, vars[0], base, common);
	return common;
}

/* False when the common part would not be @one with its own terms. */
static bool apply(struct share *s, uint32_t one, uint32_t two)
{
	const struct alike *now = &s->now;
	uint32_t vars[2], base, common, first, second;
	struct copy c;

	if (!find_variables(s, vars))
		return false;
	base = tz_term_arith(s->flow, TZ_TERM_ADD, now->base_one,
			     tz_term_const(s->flow, now->more));
	c = new_copy(s->arena, s->flow);
	c.base = now->has_base ? now->base_two : NONE;
	c.base_to = tz_term_var(s->flow, vars[0]);
	c.value = now->has_value ? now->value_two : NONE;
	c.value_to = tz_term_var(s->flow, vars[1]);
	c.extra = now->extra;
	common = copy_node(&c, two);

	c = new_copy(s->arena, s->flow);
	c.base = tz_term_var(s->flow, vars[0]);
	c.base_to = base;
	c.value = tz_term_var(s->flow, vars[1]);
	c.value_to = now->value_one;
	if (copy_node(&c, common) != one)
		return false;

	first = enter(s, vars, base, now->value_one, common);
	second = enter(s, vars, now->base_two, now->value_two, common);
	if (now->extra != NONE) {
		struct tz_flow_node n = node_at(s, now->extra);

		second = tz_flow_test(
			s->flow, n.op, n.a, n.b,
			n.yes == TZ_FLOW_REJECT ? TZ_FLOW_REJECT : second,
			n.yes == TZ_FLOW_REJECT ? second : TZ_FLOW_REJECT);
	}
	c = new_copy(s->arena, s->flow);
	c.one = one;
	c.one_to = first;
	c.two = two;
	c.two_to = second;
	s->flow->root = copy_node(&c, s->flow->root);
	return true;
}

/* How many nodes both have in common; 0: they cannot be shared. */
static size_t compare(struct share *s, uint32_t one, uint32_t two,
		      uint32_t *ways)
{
	s->now = (struct alike){ .extra = NONE };
	s->steps = 0;
	s->n_common = 0;
	if (!match_nodes(s, one, two) || s->n_common < 2 ||
	    (!s->now.has_base && !s->now.has_value) || has_lets(s, two, ways) ||
	    !may_go_first(s, two, ways))
		return 0;
	return s->n_common;
}

/* Two parts that could be one. */
struct found {
	size_t n_common;
	uint32_t one, two;
	struct alike alike;
};

#define MAX_FOUND 16

/* Sorted in, the most common nodes first. */
static void remember(const struct share *s, struct found *found, size_t *n,
		     struct found item)
{
	size_t i = *n;

	if (*n == MAX_FOUND && found[--i].n_common >= item.n_common)
		return;
	for (; i > 0 && found[i - 1].n_common < item.n_common; i--)
		found[i] = found[i - 1];
	found[i] = item;
	found[i].alike = s->now;
	if (*n < MAX_FOUND)
		++*n;
}

bool tz_code_share(struct tz_arena *arena, struct tz_flow *flow, size_t rank)
{
	struct share s = { .arena = arena, .flow = flow };
	const uint32_t *used = tz_flow_ways(arena, flow);
	uint32_t *ways = tz_new_array(arena, uint32_t, flow->nodes.n);
	struct found found[MAX_FOUND];
	size_t n_found = 0, n_used = 0;

	for (uint32_t i = 0; i <= flow->root; i++)
		n_used += used[i] > 0;
	if (n_used > MAX_NODES)
		return false;
	for (uint32_t one = 2; one <= flow->root; one++) {
		for (uint32_t two = 2; used[one] && two <= flow->root; two++) {
			struct found item = { .one = one, .two = two };

			if (one == two || !used[two])
				continue;
			item.n_common = compare(&s, one, two, ways);
			if (item.n_common)
				remember(&s, found, &n_found, item);
		}
	}
	if (rank >= n_found)
		return false;
	s.now = found[rank].alike;
	return apply(&s, found[rank].one, found[rank].two);
}
