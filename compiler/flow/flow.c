/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Keeps terms and nodes once: a hash of each leads to the equal one. The
 * constructors that simplify are in term.c and node.c.
 */
#include "flow/index.h"

#include <string.h>

/* Open addressing over numbers; empty slots hold NONE. */
#define NONE UINT32_MAX

struct table {
	uint32_t *slots;
	size_t n, cap; /* cap is a power of two */
};

struct tz_flow_index {
	struct table terms, nodes;
};

static uint64_t mix(uint64_t hash, uint64_t x)
{
	hash = (hash ^ x) * 0x9e3779b97f4a7c15;
	return hash ^ hash >> 29;
}

static uint64_t hash_term(const struct tz_term *t)
{
	return mix(mix(mix(t->kind, t->size), (uint64_t)t->a << 32 | t->b),
		   t->k);
}

static uint64_t hash_node(const struct tz_flow_node *n)
{
	uint64_t hash = mix(n->kind, (uint64_t)n->op << 32 | n->var);

	hash = mix(hash, (uint64_t)n->a << 32 | n->b);
	return mix(hash, (uint64_t)n->yes << 32 | n->no);
}

static bool equal_terms(const struct tz_term *x, const struct tz_term *y)
{
	return x->kind == y->kind && x->size == y->size && x->a == y->a &&
	       x->b == y->b && x->k == y->k;
}

static bool equal_nodes(const struct tz_flow_node *x,
			const struct tz_flow_node *y)
{
	return x->kind == y->kind && x->op == y->op && x->var == y->var &&
	       x->a == y->a && x->b == y->b && x->yes == y->yes &&
	       x->no == y->no;
}

static void put(struct table *table, uint64_t hash, uint32_t number)
{
	size_t i = hash & (table->cap - 1);

	while (table->slots[i] != NONE)
		i = (i + 1) & (table->cap - 1);
	table->slots[i] = number;
	table->n++;
}

/* An empty table with room for the double; the caller puts all in again. */
static void grow(struct tz_arena *arena, struct table *table)
{
	table->cap = table->cap ? table->cap * 2 : 64;
	table->n = 0;
	table->slots = tz_new_array(arena, uint32_t, table->cap);
	memset(table->slots, 0xff, table->cap * sizeof(*table->slots));
}

uint32_t tz_flow_keep_term(struct tz_flow *flow, struct tz_term term)
{
	struct table *table = &flow->index->terms;
	uint64_t hash = hash_term(&term);

	for (size_t i = hash;; i++) {
		uint32_t at = table->slots[i & (table->cap - 1)];

		if (at == NONE)
			break;
		if (equal_terms(&flow->terms.at[at], &term))
			return at;
	}
	if (table->n * 2 >= table->cap) {
		grow(flow->arena, table);
		for (uint32_t i = 0; i < flow->terms.n; i++)
			put(table, hash_term(&flow->terms.at[i]), i);
	}
	tz_vec_push(flow->arena, &flow->terms, term);
	put(table, hash, (uint32_t)flow->terms.n - 1);
	return (uint32_t)flow->terms.n - 1;
}

uint32_t tz_flow_keep_node(struct tz_flow *flow, struct tz_flow_node node)
{
	struct table *table = &flow->index->nodes;
	uint64_t hash = hash_node(&node);

	for (size_t i = hash;; i++) {
		uint32_t at = table->slots[i & (table->cap - 1)];

		if (at == NONE)
			break;
		if (equal_nodes(&flow->nodes.at[at], &node))
			return at;
	}
	if (table->n * 2 >= table->cap) {
		grow(flow->arena, table);
		for (uint32_t i = 0; i < flow->nodes.n; i++)
			put(table, hash_node(&flow->nodes.at[i]), i);
	}
	tz_vec_push(flow->arena, &flow->nodes, node);
	put(table, hash, (uint32_t)flow->nodes.n - 1);
	return (uint32_t)flow->nodes.n - 1;
}

struct tz_flow *tz_flow_new(struct tz_arena *arena)
{
	struct tz_flow *flow = tz_new(arena, struct tz_flow);

	flow->arena = arena;
	flow->index = tz_new(arena, struct tz_flow_index);
	grow(arena, &flow->index->terms);
	grow(arena, &flow->index->nodes);

	/* TZ_TERM_ZERO, TZ_FLOW_REJECT, TZ_FLOW_ACCEPT, in this order. */
	tz_flow_return(flow, tz_term_const(flow, 0));
	tz_flow_return(flow, tz_term_const(flow, UINT32_MAX));
	flow->root = TZ_FLOW_REJECT;
	return flow;
}
