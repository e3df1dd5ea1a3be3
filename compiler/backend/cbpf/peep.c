/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Cleans what select.c wrote. A way into a block goes on behind those of its
 * first instructions whose work is done on that way; what nothing comes to, and
 * what makes a value that nobody reads, goes.
 */
#include <string.h>

#include "backend/cbpf/code.h"

uint32_t tz_code_live(const struct tz_code_block *block, size_t i)
{
	return i < block->insns.n ? block->insns.at[i].live : block->live;
}

/* Places that are read later, those of the blocks below being known. */
void tz_code_find_live(const struct tz_code *code, struct tz_code_block *block)
{
	uint32_t live = 0;

	for (size_t i = 0; i < tz_code_n_ways(block); i++) {
		const struct tz_code_way *way = tz_code_way(block, i);

		live |= tz_code_live(&code->blocks[way->block], way->skip);
	}
	if (block->end == ENDS_BRANCH)
		live |= tz_code_reads(&block->branch);
	block->live = live;
	for (size_t i = block->insns.n; i-- > 0;) {
		struct tz_code_insn *insn = &block->insns.at[i];
		int place = tz_code_writes(&insn->filter);

		if (place >= 0)
			live &= ~(1u << place);
		live |= tz_code_reads(&insn->filter);
		insn->live = live;
	}
}

/* A way that leads behind @skip instructions, and what is known on it. */
struct arrival {
	const struct tz_code_state *state;
	uint32_t skip;
	struct arrival *next;
};

static void arrive(struct tz_code *code, struct arrival **arrivals,
		   const struct tz_code_way *way,
		   const struct tz_code_state *state)
{
	struct arrival *arrival = tz_new(code->arena, struct arrival);

	*arrival = (struct arrival){
		.state = state,
		.skip = way->skip,
		.next = arrivals[way->block],
	};
	arrivals[way->block] = arrival;
}

/* What is known at the end of @block, from all ways into it. */
static void find_after(const struct tz_code *code, struct tz_code_block *block,
		       const struct arrival *arrivals)
{
	struct tz_code_state *state = &block->after;
	bool is_set = false;

	for (size_t i = 0; i <= block->insns.n; i++) {
		const struct tz_code_insn *insn;

		for (const struct arrival *a = arrivals; a; a = a->next) {
			if (a->skip != i)
				continue;
			if (is_set)
				tz_code_meet(state, a->state);
			else
				*state = *a->state;
			is_set = true;
		}
		if (!is_set || i == block->insns.n)
			continue;
		insn = &block->insns.at[i];
		if (tz_code_writes(&insn->filter) >= 0)
			state->at[tz_code_writes(&insn->filter)] = insn->value;
	}
	if (block->let_var != NOTHING)
		tz_code_assign(code->flow, state, block->let_var,
			       block->let_term);
}

/* What is known at the end of each block, from the root downwards. */
static void find_states(struct tz_code *code)
{
	struct arrival **arrivals =
		tz_new_array(code->arena, struct arrival *, code->n_blocks);
	struct tz_code_state nothing;

	tz_code_clear(&nothing);
	arrive(code, arrivals, &code->root, &nothing);
	for (uint32_t i = code->n_blocks; i-- > 0;) {
		struct tz_code_block *block = &code->blocks[i];

		if (!arrivals[i]) {
			block->is_used = false;
			continue;
		}
		find_after(code, block, arrivals[i]);
		for (size_t j = 0; j < tz_code_n_ways(block); j++)
			arrive(code, arrivals, tz_code_way(block, j),
			       &block->after);
	}
}

static bool is_known(const struct tz_code_value *value,
		     const struct tz_code_value *wanted)
{
	if (wanted->term != NOTHING && wanted->term == value->term)
		return true;
	return wanted->vars & value->vars;
}

/* Whether some place tells that evaluating what @wanted holds has not failed.
 */
static bool is_anywhere(const struct tz_code_state *state,
			const struct tz_code_value *wanted)
{
	for (size_t i = 0; i < N_PLACES; i++) {
		if (is_known(&state->at[i], wanted))
			return true;
	}
	return false;
}

/*
 * How many of the first instructions of @block have been done in @state: the
 * places that they write and that are read later have those values.
 */
static uint32_t find_skip(const struct tz_code_block *block,
			  const struct tz_code_state *state, uint32_t from)
{
	const struct tz_code_value *written[N_PLACES] = { NULL };
	uint32_t best = from, n_insns = (uint32_t)block->insns.n;

	if (block->end == ENDS_RETURN && n_insns)
		n_insns--;
	for (uint32_t i = from; i < n_insns; i++) {
		const struct tz_code_insn *insn = &block->insns.at[i];
		uint32_t live = tz_code_live(block, i + 1);
		bool is_done = true;

		if (tz_code_may_fail(&insn->filter) &&
		    !is_anywhere(state, &insn->value))
			break;
		written[tz_code_writes(&insn->filter)] = &insn->value;
		for (size_t p = 0; p < N_PLACES; p++) {
			if (written[p] && live >> p & 1 &&
			    !is_known(&state->at[p], written[p]))
				is_done = false;
		}
		if (is_done)
			best = i + 1;
	}
	return best;
}

/* How far all ways into each block may skip, by what is read below now. */
static uint32_t *find_floors(struct tz_code *code)
{
	uint32_t *floor = tz_new_array(code->arena, uint32_t, code->n_blocks);

	memset(floor, 0xff, code->n_blocks * sizeof(*floor));
	floor[code->root.block] = 0;
	for (uint32_t i = 0; i < code->n_blocks; i++) {
		struct tz_code_block *block = &code->blocks[i];

		for (size_t j = 0; block->is_used && j < tz_code_n_ways(block);
		     j++) {
			const struct tz_code_way *way = tz_code_way(block, j);
			uint32_t skip = find_skip(&code->blocks[way->block],
						  &block->after, way->skip);

			if (skip < floor[way->block])
				floor[way->block] = skip;
		}
	}
	return floor;
}

/*
 * From the returns upwards: what a way comes to rely on is known to be read
 * before the ways into its block are looked at. What falls into a block could
 * skip something only by a jump: it does so when all others do, or where
 * @jumps_skip. Returns whether a way has become shorter.
 */
static bool skip_done(struct tz_code *code, bool jumps_skip)
{
	const uint32_t *floor = find_floors(code);
	bool changed = false;

	for (uint32_t i = 0; i < code->n_blocks; i++) {
		struct tz_code_block *block = &code->blocks[i];

		if (!block->is_used)
			continue;
		for (size_t j = 0; j < tz_code_n_ways(block); j++) {
			struct tz_code_way *way = tz_code_way(block, j);
			uint32_t skip = find_skip(&code->blocks[way->block],
						  &block->after, way->skip);

			if (block->end == ENDS_JUMP && !jumps_skip &&
			    skip > floor[way->block])
				skip = way->skip;
			changed |= skip != way->skip;
			way->skip = skip;
		}
		tz_code_find_live(code, block);
	}
	return changed;
}

static void remove_insns(struct tz_code_block *block, size_t at, size_t n)
{
	memmove(&block->insns.at[at], &block->insns.at[at + n],
		(block->insns.n - at - n) * sizeof(*block->insns.at));
	block->insns.n -= n;
}

/*
 * Removes the instructions that have a mark in @is_gone, those of all blocks
 * one after the other, and moves the ways that led behind them.
 */
static void remove_gone(struct tz_code *code, const size_t *first,
			const bool *is_gone)
{
	for (uint32_t i = 0; i < code->n_blocks; i++) {
		struct tz_code_block *block = &code->blocks[i];

		for (size_t j = 0; block->is_used && j < tz_code_n_ways(block);
		     j++) {
			struct tz_code_way *way = tz_code_way(block, j);
			const bool *gone = &is_gone[first[way->block]];
			uint32_t n_gone = 0;

			for (uint32_t k = 0; k < way->skip; k++)
				n_gone += gone[k];
			way->skip -= n_gone;
		}
	}
	for (uint32_t i = 0; i < code->n_blocks; i++) {
		for (size_t j = code->blocks[i].insns.n; j-- > 0;) {
			if (is_gone[first[i] + j])
				remove_insns(&code->blocks[i], j, 1);
		}
	}
}

/* The least skip of the ways into each block. */
static uint32_t *find_entries(struct tz_code *code)
{
	uint32_t *entry = tz_new_array(code->arena, uint32_t, code->n_blocks);

	memset(entry, 0xff, code->n_blocks * sizeof(*entry));
	entry[code->root.block] = 0;
	for (uint32_t i = 0; i < code->n_blocks; i++) {
		struct tz_code_block *block = &code->blocks[i];

		for (size_t j = 0; block->is_used && j < tz_code_n_ways(block);
		     j++) {
			const struct tz_code_way *way = tz_code_way(block, j);

			if (way->skip < entry[way->block])
				entry[way->block] = way->skip;
		}
	}
	return entry;
}

/* Returns whether an instruction was of no use. */
static bool remove_useless(struct tz_code *code)
{
	uint32_t *entry = find_entries(code);
	size_t *first = tz_new_array(code->arena, size_t, code->n_blocks + 1);
	bool *is_gone, changed = false;

	for (uint32_t i = 0; i < code->n_blocks; i++)
		first[i + 1] = first[i] + code->blocks[i].insns.n;
	is_gone = tz_new_array(code->arena, bool, first[code->n_blocks]);
	for (uint32_t i = 0; i < code->n_blocks; i++) {
		const struct tz_code_block *block = &code->blocks[i];

		for (size_t j = 0; j < block->insns.n; j++) {
			const struct sock_filter *f =
				&block->insns.at[j].filter;
			int place = tz_code_writes(f);
			bool *gone = &is_gone[first[i] + j];

			*gone = j < entry[i] ||
				(place >= 0 && !tz_code_may_fail(f) &&
				 !(tz_code_live(block, j + 1) >> place & 1));
			changed |= *gone;
		}
	}
	if (changed)
		remove_gone(code, first, is_gone);
	return changed;
}

#define MAX_ROUNDS 6

void tz_code_clean(struct tz_code *code, bool jumps_skip)
{
	bool changed = true;

	for (uint32_t i = 0; i < code->n_blocks; i++)
		tz_code_find_live(code, &code->blocks[i]);
	for (unsigned int i = 0; changed && i < MAX_ROUNDS; i++) {
		find_states(code);
		changed = skip_done(code, jumps_skip);
		changed |= remove_useless(code);
	}
}
