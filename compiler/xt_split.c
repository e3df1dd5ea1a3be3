/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A filter that is too large for one rule, as several rules. The way of a
 * packet through the flow graph is one, so a node v splits what matches in two:
 * ways round v, and ways over v. Rules for the first come first. If the target
 * ends there, it does not matter any more behind them how a way round v goes
 * on: tests that led there are none (TZ_GRAFT_ANY), and what is left of the
 * part before v is often no more than the few tests that all alternatives begin
 * with. If that part is small, the rules for the ways over v each hold it; else
 * it is a filter of its own that leads to a new chain with rules for v and what
 * is behind it. Both parts are split again where they are too large. A packet
 * on which a load fails matches none of them. Which loads are there to fail is
 * settled first, for all of them: the graph that is cut is the optimised one,
 * as one rule or a socket filter has it.
 *
 * A target that packets come back from is to find them once. Rules go to it by
 * goto, so that a packet leaves their chain. Where it would come back to more
 * of them from a chain that was jumped to, each way round v ends where it
 * matches: then no two rules match the same packet.
 */
#include <string.h>

#include "backend/cbpf/cbpf_emit.h"
#include "filter.h"
#include "flow/graft.h"
#include "flow/walk.h"

/* Rather a chain than every rule with more than that before its own part. */
#define PREFIX_MAX 16
/* What has more tests will hardly fit: it takes long to see that it does not.
 */
#define TESTS_PER_INSN 4
/* More rules than about that are no help. */
#define STEPS_MAX 4096
/* What is behind a cut is copied for each: the square of the size. */
#define TESTS_MAX 16384
/*
 * NFT_JUMP_STACK_SIZE is 16, with the base chain, that of the options and that
 * of the target; a goto counts.
 */
#define DEPTH_MAX 12

struct place {
	uint32_t node;
	bool is_waist; /* all ways to a match come over it */
};

struct job {
	struct tamiz *t;
	bool is_final; /* no packet comes back from the target */
	unsigned int n_steps;
	unsigned int n_jumps; /* to chains that packets come back from */
};

/* Where rules are put, and what they are like. */
struct spot {
	struct tz_xt_rule like;
	bool is_last;       /* no rule of the chain comes behind them */
	unsigned int depth; /* chains to here, that of the options is 0 */
};

struct cut {
	struct tamiz *t;
	struct tz_arena *arena; /* of the parts */
	uint32_t matched; /* what becomes of a way round that has matched */
	const struct tz_flow *flow;
	/* Where it may be split, the nearest to the root first. */
	TZ_VEC(struct place) places;
};

static bool is_never(const struct tz_flow *flow)
{
	return flow->root == TZ_FLOW_REJECT;
}

static size_t count_tests(struct tz_arena *arena, const struct tz_flow *flow)
{
	bool *met = tz_new_array(arena, bool, flow->nodes.n);
	size_t n = 0;

	met[flow->root] = true;
	for (uint32_t i = flow->root + 1; i-- > 0;) {
		const struct tz_flow_node *node = &flow->nodes.at[i];

		if (!met[i] || node->kind == TZ_FLOW_RETURN)
			continue;
		met[node->yes] = true;
		if (node->kind == TZ_FLOW_TEST) {
			met[node->no] = true;
			n++;
		}
	}
	return n;
}

/* Whether one rule can hold it; what is tried does not stay in memory. */
static bool fits(const struct tamiz *t, const struct tz_flow *flow)
{
	struct tz_arena *arena = tz_arena_new_within(t->arena);
	unsigned int most = tz_filter_max_insns(&t->options);
	bool is_small = count_tests(arena, flow) <= most * TESTS_PER_INSN;
	struct tz_cbpf program;

	is_small = is_small &&
		   tz_cbpf_emit(arena, tz_filter_shorten(t, arena, flow), most,
				&program, NULL);
	tz_arena_free(arena);
	return is_small;
}

static struct tz_flow *graft(struct tz_arena *arena, const struct tz_flow *from,
			     uint32_t root, struct tz_graft how)
{
	struct tz_flow *flow = tz_flow_new(arena);

	flow->root = tz_flow_graft(flow, from, root, &how);
	return flow;
}

/* What matches without coming to @v. */
static struct tz_flow *ways_round(const struct cut *c, uint32_t v)
{
	return graft(c->arena, c->flow, c->flow->root,
		     (struct tz_graft){ .yes = TZ_FLOW_ACCEPT,
					.no = TZ_FLOW_REJECT,
					.has_instead = true,
					.at = v,
					.instead = TZ_FLOW_REJECT });
}

/* What comes to @v, of what no way round it matches. */
static struct tz_flow *ways_to(const struct cut *c, uint32_t v)
{
	return graft(c->arena, c->flow, c->flow->root,
		     (struct tz_graft){ .yes = c->matched,
					.no = TZ_FLOW_REJECT,
					.has_instead = true,
					.at = v,
					.instead = TZ_FLOW_ACCEPT });
}

static const struct tz_graft plain = { .yes = TZ_FLOW_ACCEPT,
				       .no = TZ_FLOW_REJECT };

static struct tz_flow *ways_from(const struct cut *c, uint32_t v)
{
	return graft(c->arena, c->flow, v, plain);
}

/* What matches by way of @v, of what no way round it matches. */
static struct tz_flow *ways_over(const struct cut *c, uint32_t v)
{
	struct tz_flow *flow = tz_flow_new(c->arena);
	struct tz_graft how = { .yes = c->matched,
				.no = TZ_FLOW_REJECT,
				.has_instead = true,
				.at = v };

	how.instead = tz_flow_graft(flow, c->flow, v, &plain);
	flow->root = tz_flow_graft(flow, c->flow, c->flow->root, &how);
	return flow;
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
	struct tz_arena *arena = c->arena;
	uint32_t *live = tz_new_array(arena, uint32_t, flow->nodes.n);
	bool *met = tz_new_array(arena, bool, flow->nodes.n);
	bool *can = tz_new_array(arena, bool, flow->nodes.n);
	size_t n_ahead = 0;

	for (uint32_t i = 0; i < flow->nodes.n; i++) {
		live[i] = tz_flow_live(flow, i, live);
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

/* Whether the part in front of a cut there is small enough for one rule. */
static bool front_fits(const struct cut *c, size_t i)
{
	const struct place *place = &c->places.at[i];
	struct cut try = *c;
	bool is_small;

	try.arena = tz_arena_new_within(c->arena);
	is_small = fits(c->t, place->is_waist ? ways_to(&try, place->node)
					      : ways_round(&try, place->node));
	tz_arena_free(try.arena);
	return is_small;
}

/*
 * The last of the nodes with a small part in front: the farther a node is from
 * the root, the larger that is, nearly. Looked for from the root, where the
 * parts are small. SIZE_MAX: there is none.
 */
static size_t last_that_fits(const struct cut *c)
{
	size_t low = 0, step = 1, high;

	if (!c->places.n || !front_fits(c, 0))
		return SIZE_MAX;
	while (low + step < c->places.n && front_fits(c, low + step)) {
		low += step;
		step *= 2;
	}
	high = low + step < c->places.n ? low + step : c->places.n;
	while (low + 1 < high) {
		size_t middle = low + (high - low) / 2;

		if (front_fits(c, middle))
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
static bool back_fits(const struct cut *c, size_t i)
{
	struct cut try = *c;
	bool is_small;

	try.arena = tz_arena_new_within(c->arena);
	is_small = fits(c->t, ways_from(&try, c->places.at[i].node));
	tz_arena_free(try.arena);
	return is_small;
}

static size_t find_waist(const struct cut *c)
{
	for (size_t i = 0; i < c->places.n; i++) {
		if (c->places.at[i].is_waist && back_fits(c, i))
			return front_fits(c, i) ? i : SIZE_MAX;
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

static bool split(struct job *job, const struct tz_flow *flow,
		  const struct spot *spot);

/* Behind @v rules stand in a chain of their own. */
static bool split_chain(struct job *job, const struct cut *c, uint32_t v,
			const struct spot *spot)
{
	struct spot lead = *spot, behind = *spot;

	if (spot->depth == DEPTH_MAX)
		return refuse(job->t);
	behind.like.chain = lead.like.target = tz_xt_new_chain(job->t);
	behind.is_last = true;
	behind.depth++;
	lead.like.is_goto = spot->is_last;
	job->n_jumps += !spot->is_last;
	return lead.like.target && split(job, ways_to(c, v), &lead) &&
	       split(job, ways_from(c, v), &behind);
}

static bool split_at(struct job *job, struct cut *c, uint32_t v,
		     const struct spot *spot)
{
	const struct tz_flow *before = ways_round(c, v), *over, *to;
	struct spot first = *spot;
	struct tz_cbpf program;
	unsigned int n_jumps = job->n_jumps;
	bool is_flat;

	c->matched = TZ_GRAFT_ANY;
	first.is_last &= is_never(ways_over(c, v));
	if (!is_never(before) && !split(job, before, &first))
		return false;
	if (!job->is_final && (!spot->like.is_goto || job->n_jumps > n_jumps))
		c->matched = TZ_FLOW_REJECT;
	over = ways_over(c, v);
	to = ways_to(c, v);
	if (is_never(over))
		return true;
	is_flat = over->nodes.n < c->flow->nodes.n &&
		  (spot->depth == DEPTH_MAX ||
		   (fits(job->t, to) &&
		    tz_filter_program(job->t, to, &program, NULL) &&
		    program.n <= PREFIX_MAX));
	if (is_flat || fits(job->t, over))
		return split(job, over, spot);
	return split_chain(job, c, v, spot);
}

static bool is_never_program(const struct tz_cbpf *program)
{
	return program->n == 1 && program->insns[0].code == (BPF_RET | BPF_K) &&
	       !program->insns[0].k;
}

static bool split(struct job *job, const struct tz_flow *flow,
		  const struct spot *spot)
{
	struct cut c = { .t = job->t, .flow = flow };
	struct tz_xt_rule rule = spot->like;
	bool is_done;
	size_t at;

	if (fits(job->t, flow) &&
	    tz_filter_program(job->t, flow, &rule.program, NULL)) {
		if (!is_never_program(&rule.program))
			tz_xt_add(job->t, rule);
		return true;
	}
	if (++job->n_steps == STEPS_MAX)
		return refuse(job->t);
	c.arena = tz_arena_new_within(job->t->arena);
	find_nodes(&c);
	at = find_waist(&c);
	if (at == SIZE_MAX)
		at = last_that_fits(&c);
	if (at == SIZE_MAX && c.places.n)
		at = c.places.n / 2;
	is_done = at == SIZE_MAX
			  ? refuse(job->t)
			  : split_at(job, &c, c.places.at[at].node, spot);
	tz_arena_free(c.arena);
	return is_done;
}

bool tz_xt_split(struct tamiz *t, const struct tz_flow *flow,
		 const struct tz_xt_rule *like, bool is_last)
{
	struct job job = { .t = t, .is_final = !like->is_goto };
	struct spot spot = { .like = *like, .is_last = is_last, .depth = 2 };

	flow = tz_filter_shorten(t, t->arena, flow);
	if (count_tests(t->arena, flow) > TESTS_MAX) {
		tz_diag(t->diags, TZ_DIAG_TOO_COMPLEX, (struct tz_span){ 0 },
			"a filter of more than %u tests is not split: --object "
			"makes a socket filter of it, for --object-pinned",
			TESTS_MAX);
		return false;
	}
	return split(&job, flow, &spot);
}
