/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A filter that is too large for one rule, as several rules. The way of a
 * packet through the flow graph is one, so a node v splits what matches in two:
 * ways round v, and ways over v. Rules for the first come first. Behind them,
 * where a way round v matches does not matter any more: tests that led there
 * are none (TZ_GRAFT_ANY), and what is left of the part before v is often no
 * more than the few tests that all alternatives begin with. If that part is
 * small, the rules for the ways over v each hold it; else it is a filter of its
 * own that leads to a new chain with rules for v and what is behind it. Both
 * parts are split again where they are too large. A packet on which a load
 * fails matches none of them.
 */
#include "filter.h"
#include "flow/graft.h"

/* Rather a chain than every rule with more than that before its own part. */
#define PREFIX_MAX 16
/* More rules than about that are no help. */
#define STEPS_MAX 4096

struct place {
	uint32_t node;
	bool is_waist; /* all ways to a match come over it */
};

struct cut {
	struct tamiz *t;
	const struct tz_flow *flow;
	/* Where it may be split, the nearest to the root first. */
	TZ_VEC(struct place) places;
};

static bool is_never(const struct tz_flow *flow)
{
	return flow->root == TZ_FLOW_REJECT;
}

static bool fits(const struct tamiz *t, const struct tz_flow *flow,
		 struct tz_cbpf *program)
{
	return tz_filter_program(t, flow, program, NULL);
}

static struct tz_flow *graft(const struct tamiz *t, const struct tz_flow *from,
			     uint32_t root, struct tz_graft how)
{
	struct tz_flow *flow = tz_flow_new(t->arena);

	flow->root = tz_flow_graft(flow, from, root, &how);
	return flow;
}

/* What matches without coming to @v. */
static struct tz_flow *ways_round(const struct cut *c, uint32_t v)
{
	return graft(c->t, c->flow, c->flow->root,
		     (struct tz_graft){ .yes = TZ_FLOW_ACCEPT,
					.no = TZ_FLOW_REJECT,
					.has_instead = true,
					.at = v,
					.instead = TZ_FLOW_REJECT });
}

/* What comes to @v, of what no way round it matches. */
static struct tz_flow *ways_to(const struct cut *c, uint32_t v)
{
	return graft(c->t, c->flow, c->flow->root,
		     (struct tz_graft){ .yes = TZ_GRAFT_ANY,
					.no = TZ_FLOW_REJECT,
					.has_instead = true,
					.at = v,
					.instead = TZ_FLOW_ACCEPT });
}

static const struct tz_graft plain = { .yes = TZ_FLOW_ACCEPT,
				       .no = TZ_FLOW_REJECT };

static struct tz_flow *ways_from(const struct cut *c, uint32_t v)
{
	return graft(c->t, c->flow, v, plain);
}

/* What matches by way of @v, of what no way round it matches. */
static struct tz_flow *ways_over(const struct cut *c, uint32_t v)
{
	struct tz_flow *flow = tz_flow_new(c->t->arena);
	struct tz_graft how = { .yes = TZ_GRAFT_ANY,
				.no = TZ_FLOW_REJECT,
				.has_instead = true,
				.at = v };

	how.instead = tz_flow_graft(flow, c->flow, v, &plain);
	flow->root = tz_flow_graft(flow, c->flow, c->flow->root, &how);
	return flow;
}

/* The variables in each term, a bit each. */
static uint32_t *term_vars(struct tz_arena *arena, const struct tz_flow *flow)
{
	uint32_t *vars = tz_new_array(arena, uint32_t, flow->terms.n);

	for (size_t i = 0; i < flow->terms.n; i++) {
		const struct tz_term *t = &flow->terms.at[i];

		if (t->kind == TZ_TERM_VAR)
			vars[i] = 1u << t->k;
		else if (t->kind == TZ_TERM_LOAD)
			vars[i] = vars[t->a];
		else if (t->kind >= TZ_TERM_ADD)
			vars[i] = vars[t->a] | vars[t->b];
	}
	return vars;
}

/* The variables that @n or what is behind it reads and others have set. */
static uint32_t live_at(const struct tz_flow_node *n, const uint32_t *vars,
			const uint32_t *live)
{
	switch (n->kind) {
	case TZ_FLOW_RETURN:
		return vars[n->a];
	case TZ_FLOW_TEST:
		return vars[n->a] | vars[n->b] | live[n->yes] | live[n->no];
	case TZ_FLOW_NEED:
		return vars[n->a] | live[n->yes];
	case TZ_FLOW_LET:
		return vars[n->a] | (live[n->yes] & ~(1u << n->var));
	}
	return 0;
}

/* Whether a match can come of @n. */
static bool may_match(const struct tz_flow *flow, const struct tz_flow_node *n,
		      const bool *can)
{
	if (n->kind == TZ_FLOW_RETURN)
		return !tz_term_is_const(flow, n->a) || flow->terms.at[n->a].k;
	return can[n->yes] || (n->kind == TZ_FLOW_TEST && can[n->no]);
}

/* Notes that a way to a match leads to @node; counts those still ahead. */
static void meet(bool *met, const bool *can, uint32_t node, size_t *n_ahead)
{
	*n_ahead += can[node] && !met[node];
	met[node] |= can[node];
}

/*
 * Rules keep nothing for each other: no variable may be in use at the cut. From
 * the root on, all ways are at the nodes that are met and still ahead; where
 * that is one, it is a waist.
 */
static void find_nodes(struct cut *c)
{
	const struct tz_flow *flow = c->flow;
	struct tz_arena *arena = c->t->arena;
	uint32_t *vars = term_vars(arena, flow);
	uint32_t *live = tz_new_array(arena, uint32_t, flow->nodes.n);
	bool *met = tz_new_array(arena, bool, flow->nodes.n);
	bool *can = tz_new_array(arena, bool, flow->nodes.n);
	size_t n_ahead = 0;

	for (size_t i = 0; i < flow->nodes.n; i++) {
		live[i] = live_at(&flow->nodes.at[i], vars, live);
		can[i] = may_match(flow, &flow->nodes.at[i], can);
	}
	meet(met, can, flow->root, &n_ahead);
	for (uint32_t i = flow->root + 1; i-- > 0;) {
		const struct tz_flow_node *n = &flow->nodes.at[i];
		struct place place = { .node = i, .is_waist = n_ahead == 1 };

		if (!met[i])
			continue;
		n_ahead--;
		if (n->kind == TZ_FLOW_RETURN)
			continue;
		meet(met, can, n->yes, &n_ahead);
		if (n->kind == TZ_FLOW_TEST)
			meet(met, can, n->no, &n_ahead);
		if (i != flow->root && !live[i])
			tz_vec_push(arena, &c->places, place);
	}
}

static bool round_fits(const struct cut *c, size_t i)
{
	struct tz_cbpf program;

	return fits(c->t, ways_round(c, c->places.at[i].node), &program);
}

/*
 * The last of the nodes whose ways round it fit in one rule: the farther a node
 * is from the root, the more ways are round it, nearly. Looked for from the
 * root, where the parts are small. SIZE_MAX: there is none.
 */
static size_t last_that_fits(const struct cut *c)
{
	size_t low = 0, step = 1, high;

	if (!c->places.n || !round_fits(c, 0))
		return SIZE_MAX;
	while (low + step < c->places.n && round_fits(c, low + step)) {
		low += step;
		step *= 2;
	}
	high = low + step < c->places.n ? low + step : c->places.n;
	while (low + 1 < high) {
		size_t middle = low + (high - low) / 2;

		if (round_fits(c, middle))
			low = middle;
		else
			high = middle;
	}
	return low;
}

/*
 * A waist with parts before and behind it that fit: the two rules of `(a or b
 * ...) and (c or d ...)`. SIZE_MAX: none.
 */
static size_t find_waist(const struct cut *c)
{
	struct tz_cbpf program;

	for (size_t i = 0; i < c->places.n; i++) {
		uint32_t v = c->places.at[i].node;

		if (c->places.at[i].is_waist &&
		    fits(c->t, ways_from(c, v), &program))
			return fits(c->t, ways_to(c, v), &program) ? i
								   : SIZE_MAX;
	}
	return SIZE_MAX;
}

static bool refuse(struct tamiz *t)
{
	tz_diag(t->diags, TZ_DIAG_TOO_MANY_INSNS, (struct tz_span){ 0 },
		"the filter cannot be split so that each part takes at most %u "
		"instructions: --object makes a socket filter of it, for "
		"--object-pinned",
		tz_filter_max_insns(&t->options));
	return false;
}

static bool split(struct tamiz *t, const struct tz_flow *flow,
		  const struct tz_xt_rule *like, unsigned int *steps);

static bool split_at(const struct cut *c, uint32_t v,
		     const struct tz_xt_rule *like, unsigned int *steps)
{
	struct tamiz *t = c->t;
	struct tz_flow *before = ways_round(c, v), *to = ways_to(c, v);
	struct tz_flow *over = ways_over(c, v);
	struct tz_xt_rule lead = *like, behind = *like;
	struct tz_cbpf program;

	if (!is_never(before) && !split(t, before, like, steps))
		return false;
	if (is_never(over))
		return true;
	if (fits(t, over, &program) ||
	    (fits(t, to, &program) && program.n <= PREFIX_MAX &&
	     over->nodes.n < c->flow->nodes.n))
		return split(t, over, like, steps);
	behind.chain = lead.target = tz_xt_new_chain(t);
	lead.is_goto = true;
	return lead.target && split(t, to, &lead, steps) &&
	       split(t, ways_from(c, v), &behind, steps);
}

static bool split(struct tamiz *t, const struct tz_flow *flow,
		  const struct tz_xt_rule *like, unsigned int *steps)
{
	struct cut c = { .t = t, .flow = flow };
	struct tz_xt_rule rule = *like;
	size_t at;

	if (fits(t, flow, &rule.program)) {
		tz_xt_add(t, rule);
		return true;
	}
	if (++*steps == STEPS_MAX)
		return refuse(t);
	find_nodes(&c);
	at = find_waist(&c);
	if (at == SIZE_MAX)
		at = last_that_fits(&c);
	if (at == SIZE_MAX && c.places.n)
		at = c.places.n / 2;
	return at == SIZE_MAX ? refuse(t)
			      : split_at(&c, c.places.at[at].node, like, steps);
}

bool tz_xt_split(struct tamiz *t, const struct tz_flow *flow,
		 const struct tz_xt_rule *like)
{
	unsigned int steps = 0;

	return split(t, flow, like, &steps);
}
