/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tries changes of the graph that leave its answers alone, one after the other,
 * and keeps those that make the program faster, but not longer. Parts that are
 * alike are shared where the instructions that this saves are worth those that
 * are executed for it.
 */
#include "backend/cbpf/best.h"

#include <string.h>

#include "backend/cbpf/share.h"
#include "flow/pass.h"
#include "flow/rebuild.h"

/*
 * Instructions that are written at most for one filter, over all tries; and
 * what a look at a graph costs, whose nodes are gone through for that.
 */
#define BUDGET 20000
#define LOOK_COST(n_nodes) ((n_nodes) / 64)

struct search {
	struct tz_arena *arena;
	struct tz_flow *flow;
	uint32_t root; /* of the best so far */
	struct tz_cbpf program;
	size_t longest; /* that is taken */
	double cost;
	size_t written;
	double step_cost;     /* as TZ_CODE_STEP_COST */
	const uint32_t *ways; /* to nodes, from ways_root; NULL: not known */
	uint32_t ways_root;
};

/* What an instruction that is not executed costs, to one that is. */
#define IDLE_COST 0.02

/* Makes the graph of that root the best one, if it is. */
static bool judge(struct search *s, uint32_t root)
{
	struct tz_flow flow = *s->flow;
	struct tz_cbpf program;
	size_t needed;
	double cost;

	flow.root = root;
	if (!tz_cbpf_emit(s->arena, &flow, UINT32_MAX, &program, &needed))
		return false;
	s->written += needed;
	cost = tz_cbpf_expected(s->arena, &program) +
	       IDLE_COST * (double)needed;
	if (s->program.n && (needed > s->longest || cost >= s->cost))
		return false;
	s->root = root;
	s->program = program;
	s->cost = cost;
	return true;
}

/* Whether node @at is one of the best graph. */
static bool is_met(struct search *s, uint32_t at)
{
	if (!s->ways || s->ways_root != s->root) {
		s->flow->root = s->root;
		s->ways = tz_flow_ways(s->arena, s->flow);
		s->ways_root = s->root;
	}
	return at <= s->root && s->ways[at];
}

static void sort_conjuncts(struct search *s)
{
	for (uint32_t at = s->root; at > TZ_FLOW_ACCEPT && s->written < BUDGET;
	     at--) {
		if (!is_met(s, at))
			continue;
		s->written += LOOK_COST(s->root);
		s->flow->root = s->root;
		if (tz_flow_sort_conjuncts(s->flow, at))
			judge(s, s->flow->root);
	}
}

static uint32_t lead_on(struct tz_flow *flow, uint32_t test, uint32_t answer,
			uint32_t next)
{
	return flow->nodes.at[test].yes == answer
		       ? tz_flow_relink(flow, test, answer, next)
		       : tz_flow_relink(flow, test, next, answer);
}

/* Whether two tests compare one term with constants. */
static bool are_alike(const struct tz_flow *flow, const struct tz_flow_node *x,
		      const struct tz_flow_node *y)
{
	return x->a == y->a && tz_term_is_const(flow, x->b) &&
	       tz_term_is_const(flow, y->b);
}

/*
 * The tests @at and the one behind it the other way round, which leads to
 * @answer as well: that may be the likelier one, or find its term in A still.
 * Unless that is the same, it may fail, and the answer must be 0 either way.
 */
static void swap(struct search *s, uint32_t at, uint32_t answer)
{
	struct tz_flow *flow = s->flow;
	uint32_t next = tz_flow_behind(&flow->nodes.at[at], answer), end;
	uint32_t *map;

	if (next == TZ_NO_NODE)
		return;
	end = tz_flow_behind(&flow->nodes.at[next], answer);
	if (end == TZ_NO_NODE ||
	    (answer != TZ_FLOW_REJECT &&
	     !are_alike(flow, &flow->nodes.at[at], &flow->nodes.at[next])))
		return;
	map = tz_flow_new_map(s->arena, s->root);
	map[at] = lead_on(flow, next, answer, lead_on(flow, at, answer, end));
	judge(s, tz_flow_rebuild(flow, s->root, map));
}

static void swap_neighbours(struct search *s)
{
	for (uint32_t at = s->root; at > TZ_FLOW_ACCEPT && s->written < BUDGET;
	     at--) {
		const struct tz_flow_node n = s->flow->nodes.at[at];

		if (!is_met(s, at) || n.kind != TZ_FLOW_TEST)
			continue;
		s->written += LOOK_COST(s->root);
		swap(s, at, n.yes);
		if (is_met(s, at))
			swap(s, at, n.no);
	}
}

static void use_ranges(struct search *s)
{
	s->flow->root = s->root;
	if (tz_flow_use_ranges(s->flow) && judge(s, s->flow->root))
		sort_conjuncts(s);
}

/* Pairs of parts that are tried, those with most in common. */
#define RANKS_MAX 8
static double price(const struct search *s)
{
	return (double)s->program.n +
	       s->step_cost * tz_cbpf_expected(s->arena, &s->program);
}

/* The best of the graphs in which two parts have become one. */
static struct search share_once(const struct search *from)
{
	struct search best = *from;

	for (size_t rank = 0; rank < RANKS_MAX; rank++) {
		struct search s = *from;

		s.flow->root = s.root;
		if (!tz_code_share(s.arena, s.flow, rank))
			continue;
		s.program.n = 0;
		if (judge(&s, s.flow->root) && price(&s) < price(&best))
			best = s;
	}
	best.longest = best.program.n;
	return best;
}

/* Shared parts as long as that is better; then the order of the rest. */
static void share(struct search *s)
{
	for (;;) {
		struct search next = share_once(s);

		if (next.root == s->root)
			break;
		*s = next;
	}
	s->written = 0;
	sort_conjuncts(s);
	swap_neighbours(s);
}

/* The best program at that price. */
static struct search find_best(struct tz_arena *arena,
			       const struct tz_flow *flow, double step_cost)
{
	struct search s = {
		.arena = arena,
		.flow = tz_flow_optimize(arena, flow),
		.step_cost = step_cost,
	};
	struct search shared;

	judge(&s, s.flow->root);
	s.longest = s.program.n;
	if (!s.program.n)
		return s;
	shared = s;
	share(&shared);
	sort_conjuncts(&s);
	use_ranges(&s);
	swap_neighbours(&s);
	share(&s);
	return price(&shared) < price(&s) ? shared : s;
}

static struct tz_cbpf copy_of(struct tz_arena *arena,
			      const struct tz_cbpf *from)
{
	struct tz_cbpf copy = {
		.insns = tz_new_array(arena, struct sock_filter, from->n),
		.n = from->n,
	};

	memcpy(copy.insns, from->insns, from->n * sizeof(*from->insns));
	return copy;
}

bool tz_cbpf_best(struct tz_arena *arena, const struct tz_flow *flow,
		  unsigned int max_insns, struct tz_cbpf *program,
		  size_t *needed)
{
	struct tz_arena *tries = tz_arena_new_within(arena);
	struct search s = find_best(tries, flow, TZ_CODE_STEP_COST);
	bool is_good;

	/* Where only short ones are taken, speed comes second. */
	if (s.program.n > max_insns)
		s = find_best(tries, flow, 0);
	if (needed)
		*needed = s.program.n;
	is_good = s.program.n && s.program.n <= max_insns;
	if (is_good)
		*program = copy_of(arena, &s.program);
	tz_arena_free(tries);
	return is_good;
}
