/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Conditions that must all hold may be asked in any order: where one fails, be
 * it by a load past the end, the answer is 0 either way. A chain of them is
 * what all ways from a node to an answer other than 0 go through, one after the
 * other; the parts between are asked in the order of what they cost and how
 * often they say no.
 */
#include <string.h>

#include "flow/likely.h"
#include "flow/pass.h"
#include "flow/rebuild.h"

#define PARTS_MAX 16

/* From `entry` on: its ways lead to the next part's entry, or to REJECT. */
struct part {
	uint32_t entry, end;
	double passes; /* how likely it is that it holds */
	double cost;   /* instructions, about, that it takes */
};

struct chain {
	struct part parts[PARTS_MAX];
	size_t n;
};

/* Instructions that load or compute @term. */
static double cost_of(const struct tz_flow *flow, uint32_t term)
{
	const struct tz_term *t = &flow->terms.at[term];
	uint32_t k;

	if (t->kind == TZ_TERM_CONST)
		return 0;
	if (t->kind < TZ_TERM_LOAD || tz_term_is_header_len(flow, term, &k))
		return 1;
	return 1 + cost_of(flow, t->a) + cost_of(flow, t->b);
}

/* Follows the ways of @part from its entry: what it costs, and passes. */
static void weigh(const struct tz_flow *flow, struct part *part, double *chance)
{
	uint32_t term = TZ_NO_NODE;

	part->cost = 0;
	memset(chance, 0, ((size_t)part->entry + 1) * sizeof(*chance));
	chance[part->entry] = 1;
	for (uint32_t at = part->entry; at > part->end; at--) {
		const struct tz_flow_node *n = &flow->nodes.at[at];
		double yes;

		if (chance[at] <= 0 || n->kind != TZ_FLOW_TEST)
			continue;
		yes = tz_flow_likely(flow, n);
		part->cost +=
			chance[at] * (1 + cost_of(flow, n->b) +
				      (n->a == term ? 0 : cost_of(flow, n->a)));
		term = n->a;
		chance[n->yes] += chance[at] * yes;
		chance[n->no] += chance[at] * (1 - yes);
	}
	part->passes = chance[part->end];
}

/*
 * Cuts what follows @entry into parts: a node that is the only one met and not
 * gone through yet, REJECT aside, is where all ways meet. Tests only.
 */
static void cut(const struct tz_flow *flow, uint32_t entry, bool *is_met,
		struct chain *chain)
{
	size_t n_open = 1;
	uint32_t from = entry;

	memset(is_met, 0, ((size_t)entry + 1) * sizeof(*is_met));
	is_met[entry] = true;
	chain->n = 0;
	for (uint32_t at = entry; at > TZ_FLOW_REJECT; at--) {
		const struct tz_flow_node *n = &flow->nodes.at[at];
		uint32_t ways[2] = { n->yes, n->no };

		if (!is_met[at])
			continue;
		if (n_open == 1 && at != entry) {
			chain->parts[chain->n++] =
				(struct part){ .entry = from, .end = at };
			from = at;
		}
		if (n->kind != TZ_FLOW_TEST || chain->n == PARTS_MAX)
			break;
		n_open--;
		for (int i = 0; i < 2; i++) {
			if (ways[i] != TZ_FLOW_REJECT && !is_met[ways[i]]) {
				is_met[ways[i]] = true;
				n_open++;
			}
		}
	}
}

static double rank(const struct part *part)
{
	return (1 - part->passes) / part->cost;
}

/* The best first; whether that is another order. */
static bool sort(struct chain *chain)
{
	bool is_other = false;

	for (size_t i = 1; i < chain->n; i++) {
		struct part part = chain->parts[i];
		size_t j = i;

		for (; j && rank(&chain->parts[j - 1]) < rank(&part); j--)
			chain->parts[j] = chain->parts[j - 1];
		chain->parts[j] = part;
		is_other |= j != i;
	}
	return is_other;
}

/* A copy of @part that leads to @next. */
static uint32_t copy_part(struct tz_flow *flow, const struct part *part,
			  uint32_t next)
{
	uint32_t *map = tz_flow_new_map(flow->arena, part->entry);

	map[part->end] = next;
	return tz_flow_rebuild(flow, part->entry, map);
}

bool tz_flow_sort_conjuncts(struct tz_flow *flow, uint32_t entry)
{
	struct tz_arena *arena = flow->arena;
	bool *is_met = tz_new_array(arena, bool, (size_t)entry + 1);
	double *chance = tz_new_array(arena, double, (size_t)entry + 1);
	struct chain chain;
	uint32_t *map, next;

	cut(flow, entry, is_met, &chain);
	if (chain.n < 2)
		return false;
	next = chain.parts[chain.n - 1].end;
	for (size_t i = 0; i < chain.n; i++)
		weigh(flow, &chain.parts[i], chance);
	if (!sort(&chain))
		return false;
	for (size_t i = chain.n; i--;)
		next = copy_part(flow, &chain.parts[i], next);
	map = tz_flow_new_map(arena, flow->root);
	map[entry] = next;
	flow->root = tz_flow_rebuild(flow, flow->root, map);
	return true;
}
