/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is done to the blocks when their instructions stay: those that do the
 * same become one, whatever their registers mean. States are of no use from
 * here on, for a way passes a LET unseen.
 */
#include <string.h>

#include "backend/cbpf/code.h"

/* Past blocks in which nothing is left to do. */
static void thread(const struct tz_code *code, struct tz_code_way *way)
{
	const struct tz_code_block *block = &code->blocks[way->block];

	while (block->end == ENDS_JUMP && way->skip >= block->insns.n) {
		*way = block->yes;
		block = &code->blocks[way->block];
	}
}

static bool same_way(const struct tz_code_way *a, const struct tz_code_way *b)
{
	return a->block == b->block && a->skip == b->skip;
}

static bool same_filter(const struct sock_filter *a,
			const struct sock_filter *b)
{
	return a->code == b->code && a->k == b->k;
}

/* Whether both do the same to the registers, whatever those hold. */
static bool same_blocks(const struct tz_code_block *a,
			const struct tz_code_block *b)
{
	if (a->end != b->end || a->insns.n != b->insns.n)
		return false;
	if (a->end != ENDS_RETURN && !same_way(&a->yes, &b->yes))
		return false;
	if (a->end == ENDS_BRANCH &&
	    (!same_way(&a->no, &b->no) || !same_filter(&a->branch, &b->branch)))
		return false;
	for (size_t i = 0; i < a->insns.n; i++) {
		if (!same_filter(&a->insns.at[i].filter,
				 &b->insns.at[i].filter))
			return false;
	}
	return true;
}

static uint32_t hash_block(const struct tz_code_block *block)
{
	uint32_t hash = block->end * 31 + (uint32_t)block->insns.n;

	hash = hash * 31 + block->yes.block * 7 + block->no.block;
	for (size_t i = 0; i < block->insns.n; i++)
		hash = hash * 0x01000193 ^ (block->insns.at[i].filter.code +
					    block->insns.at[i].filter.k);
	return hash * 0x9e3779b1;
}

/*
 * Blocks that do the same become one, from the returns upwards; ways are led
 * past those that do nothing.
 */
static void merge_blocks(struct tz_code *code)
{
	/* Hundreds of plans are tried, most of them for some dozen blocks. */
	uint32_t bits = 4;

	while (bits < 16 && 1u << bits < code->n_blocks)
		bits++;

	uint32_t *first = tz_new_array(code->arena, uint32_t, 1u << bits);
	uint32_t *next = tz_new_array(code->arena, uint32_t, code->n_blocks);
	uint32_t *same = tz_new_array(code->arena, uint32_t, code->n_blocks);

	memset(first, 0xff, sizeof(*first) << bits);
	for (uint32_t i = 0; i < code->n_blocks; i++) {
		struct tz_code_block *block = &code->blocks[i];
		uint32_t *bucket, other;

		same[i] = i;
		if (!block->is_used)
			continue;
		for (size_t j = 0; j < tz_code_n_ways(block); j++) {
			struct tz_code_way *way = tz_code_way(block, j);

			thread(code, way);
			way->block = same[way->block];
		}
		if (block->end == ENDS_BRANCH &&
		    same_way(&block->yes, &block->no))
			block->end = ENDS_JUMP;
		bucket = &first[hash_block(block) >> (32 - bits)];
		for (other = *bucket; other != NOTHING; other = next[other]) {
			if (same_blocks(&code->blocks[other], block))
				break;
		}
		if (other != NOTHING) {
			same[i] = other;
			continue;
		}
		next[i] = *bucket;
		*bucket = i;
	}
	thread(code, &code->root);
	code->root.block = same[code->root.block];
}

/* How many ways lead to each block. */
static uint32_t *count_ways(struct tz_code *code)
{
	uint32_t *n = tz_new_array(code->arena, uint32_t, code->n_blocks);

	n[code->root.block]++;
	for (uint32_t i = 0; i < code->n_blocks; i++) {
		struct tz_code_block *block = &code->blocks[i];

		for (size_t j = 0; block->is_used && j < tz_code_n_ways(block);
		     j++)
			n[tz_code_way(block, j)->block]++;
	}
	return n;
}

/* Whether all that @block does is to put a constant in X. */
static bool only_sets_x(const struct tz_code_block *block)
{
	return block->end == ENDS_JUMP && block->insns.n == 1 &&
	       block->insns.at[0].filter.code == (BPF_LDX | BPF_IMM);
}

/*
 * What sets X on one way behind a branch may as well stand before it, where the
 * other way has no use for X: that saves the jump to where both meet.
 */
static void hoist(struct tz_code *code)
{
	const uint32_t *n = count_ways(code);

	for (uint32_t i = 0; i < code->n_blocks; i++)
		tz_code_find_live(code, &code->blocks[i]);
	for (uint32_t i = 0; i < code->n_blocks; i++) {
		struct tz_code_block *block = &code->blocks[i];

		if (!block->is_used || block->end != ENDS_BRANCH ||
		    tz_code_reads(&block->branch) >> PLACE_X & 1)
			continue;
		for (size_t j = 0; j < 2; j++) {
			struct tz_code_way *way = tz_code_way(block, j);
			const struct tz_code_way *other =
				tz_code_way(block, !j);
			struct tz_code_block *to = &code->blocks[way->block];
			uint32_t live = tz_code_live(
				&code->blocks[other->block], other->skip);

			if (n[way->block] != 1 || way->skip ||
			    !only_sets_x(to) || live >> PLACE_X & 1)
				continue;
			tz_vec_push(code->arena, &block->insns,
				    to->insns.at[0]);
			*way = to->yes;
			break;
		}
	}
}

static void mark_used(struct tz_code *code)
{
	for (uint32_t i = 0; i < code->n_blocks; i++)
		code->blocks[i].is_used = false;
	code->blocks[code->root.block].is_used = true;
	for (uint32_t i = code->n_blocks; i-- > 0;) {
		struct tz_code_block *block = &code->blocks[i];

		for (size_t j = 0; block->is_used && j < tz_code_n_ways(block);
		     j++)
			code->blocks[tz_code_way(block, j)->block].is_used =
				true;
	}
}

void tz_code_merge(struct tz_code *code, bool hoists)
{
	merge_blocks(code);
	mark_used(code);
	if (!hoists)
		return;
	hoist(code);
	mark_used(code);
}
