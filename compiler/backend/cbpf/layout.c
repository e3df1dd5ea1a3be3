/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Puts blocks in line. Jumps go forward only, so a block stands behind all that
 * lead to it. A block that ends in a jump should stand right before its target.
 *
 * The instructions are then written from the last to the first: where each
 * target is, is known when the branch to it is written. Offsets of branches
 * have 8 bits: what is farther is reached by a copy of a return, or by a jump,
 * right behind the branch.
 *
 * The kernel's check of what has been written to scratch memory takes a return
 * for an instruction that goes on (net/core/filter.c, check_load_and_stores):
 * what stands behind one may read only what was written before it, too. Where
 * that matters, returns stand at the end, with jumps to the very last between
 * them that nothing comes to.
 */
#include "backend/cbpf/code.h"

struct near {
	size_t position;
	uint32_t skip;
};

struct layout {
	const struct tz_code *code;
	struct tz_arena *arena;
	uint32_t
		*n_before; /* ways into each block from blocks not yet placed */
	TZ_VEC(uint32_t) ready; /* all that lead to them is placed */
	TZ_VEC(uint32_t) order;
	TZ_VEC(struct sock_filter) reversed;
	/*
	 * Positions are counted from the end, the last instruction's is 1: that
	 * of the first instruction of each block, and that of a copy of it or a
	 * jump to it, for far branches (0: none).
	 */
	size_t *position;
	struct near *near;
	bool returns_last;
	double *share; /* of packets, if branches go either way as often */
};

static const struct tz_code_block *block_at(const struct layout *l, uint32_t i)
{
	return &l->code->blocks[i];
}

static bool reads_scratch(const struct tz_code_block *block)
{
	uint32_t reads = 0;

	for (size_t i = 0; i < block->insns.n; i++)
		reads |= tz_code_reads(&block->insns.at[i].filter);
	return reads >> PLACE_M;
}

static void count_before(struct layout *l)
{
	for (uint32_t i = 0; i < l->code->n_blocks; i++) {
		const struct tz_code_block *block = block_at(l, i);

		if (!block->is_used || block->end == ENDS_RETURN)
			continue;
		l->n_before[block->yes.block]++;
		if (block->end == ENDS_BRANCH)
			l->n_before[block->no.block]++;
	}
}

static void find_shares(struct layout *l)
{
	l->share[l->code->root.block] = 1;
	for (uint32_t i = l->code->n_blocks; i-- > 0;) {
		const struct tz_code_block *block = block_at(l, i);

		if (block->end == ENDS_JUMP) {
			l->share[block->yes.block] += l->share[i];
		} else if (block->end == ENDS_BRANCH) {
			l->share[block->yes.block] += l->share[i] / 2;
			l->share[block->no.block] += l->share[i] / 2;
		}
	}
}

static void arrive(struct layout *l, uint32_t block)
{
	if (--l->n_before[block] == 0)
		tz_vec_push(l->arena, &l->ready, block);
}

static uint32_t take_ready(struct layout *l, size_t i)
{
	uint32_t block = l->ready.at[i];

	for (l->ready.n--; i < l->ready.n; i++)
		l->ready.at[i] = l->ready.at[i + 1];
	return block;
}

/* Whether @block may stand here and need no jump at its end. */
static bool falls_through(const struct layout *l, uint32_t block)
{
	const struct tz_code_block *b = block_at(l, block);

	return b->end == ENDS_BRANCH ||
	       (b->end == ENDS_JUMP && l->n_before[b->yes.block] == 1 &&
		!b->yes.skip);
}

/*
 * The latest of those that are ready, so that code stays together; but blocks
 * whose target has to wait for others come when nothing else is left, the least
 * used first: the last one falls through. Returns are last of all.
 */
static uint32_t choose(struct layout *l)
{
	size_t rarest = l->ready.n;

	for (size_t i = l->ready.n; i-- > 0;) {
		if (falls_through(l, l->ready.at[i]))
			return take_ready(l, i);
	}
	for (size_t i = 0; i < l->ready.n; i++) {
		uint32_t block = l->ready.at[i];

		if (block_at(l, block)->end == ENDS_JUMP &&
		    (rarest == l->ready.n ||
		     l->share[block] < l->share[l->ready.at[rarest]]))
			rarest = i;
	}
	if (rarest < l->ready.n)
		return take_ready(l, rarest);
	for (size_t i = l->ready.n; i-- > 0;) {
		if (reads_scratch(block_at(l, l->ready.at[i])))
			return take_ready(l, i);
	}
	return take_ready(l, l->ready.n - 1);
}

static void order_blocks(struct layout *l)
{
	bool is_next_known = false;

	tz_vec_push(l->arena, &l->ready, l->code->root.block);
	while (l->ready.n) {
		uint32_t at = is_next_known ? take_ready(l, l->ready.n - 1)
					    : choose(l);
		const struct tz_code_block *block = block_at(l, at);

		tz_vec_push(l->arena, &l->order, at);
		if (block->end == ENDS_BRANCH)
			arrive(l, block->no.block);
		if (block->end != ENDS_RETURN)
			arrive(l, block->yes.block);
		is_next_known =
			block->end == ENDS_JUMP &&
			!l->n_before[block->yes.block] && !block->yes.skip &&
			!(l->returns_last && l->ready.n > 1 &&
			  block_at(l, block->yes.block)->end == ENDS_RETURN);
	}
}

static void write(struct layout *l, struct sock_filter filter)
{
	tz_vec_push(l->arena, &l->reversed, filter);
}

static size_t target(const struct layout *l, const struct tz_code_way *way)
{
	return l->position[way->block] - way->skip;
}

/* An instruction that goes that way: a return of its own, or a jump. */
static void write_jump(struct layout *l, const struct tz_code_way *way)
{
	const struct tz_code_block *block = block_at(l, way->block);

	if (block->end == ENDS_RETURN && way->skip + 1 == block->insns.n &&
	    !l->returns_last)
		write(l, block->insns.at[way->skip].filter);
	else
		write(l,
		      (struct sock_filter){
			      .code = BPF_JMP | BPF_JA,
			      .k = (uint32_t)(l->reversed.n - target(l, way)),
		      });
}

/* Two that help may still come between the branch and its targets. */
#define MAX_OFFSET ((size_t)UINT8_MAX - 2)

/* Where a branch that is written next finds its way. */
static size_t reach(struct layout *l, const struct tz_code_way *way)
{
	struct near *near = &l->near[way->block];

	if (l->reversed.n - target(l, way) <= MAX_OFFSET)
		return target(l, way);
	if (near->position && near->skip == way->skip &&
	    l->reversed.n - near->position <= MAX_OFFSET)
		return near->position;
	write_jump(l, way);
	near->position = l->reversed.n;
	near->skip = way->skip;
	return near->position;
}

static void write_branch(struct layout *l, const struct tz_code_block *block)
{
	struct sock_filter filter = block->branch;
	size_t yes = reach(l, &block->yes), no = reach(l, &block->no);

	filter.jt = (uint8_t)(l->reversed.n - yes);
	filter.jf = (uint8_t)(l->reversed.n - no);
	write(l, filter);
}

static void write_block(struct layout *l, uint32_t number, uint32_t next)
{
	const struct tz_code_block *block = block_at(l, number);

	if (block->end == ENDS_BRANCH)
		write_branch(l, block);
	else if (block->end == ENDS_JUMP &&
		 (block->yes.block != next || block->yes.skip))
		write_jump(l, &block->yes);
	else if (l->returns_last && block->end == ENDS_RETURN &&
		 next != NOTHING && reads_scratch(block_at(l, next)))
		write(l,
		      (struct sock_filter){ .code = BPF_JMP | BPF_JA,
					    .k = (uint32_t)l->reversed.n - 1 });
	for (size_t i = block->insns.n; i-- > 0;)
		write(l, block->insns.at[i].filter);
	l->position[number] = l->reversed.n;
}

static void lay_out(const struct tz_code *code, bool returns_last,
		    struct tz_cbpf *program)
{
	struct layout l = {
		.code = code,
		.arena = code->arena,
		.returns_last = returns_last,
	};
	uint32_t next = NOTHING;

	l.n_before = tz_new_array(l.arena, uint32_t, code->n_blocks);
	l.position = tz_new_array(l.arena, size_t, code->n_blocks);
	l.near = tz_new_array(l.arena, struct near, code->n_blocks);
	l.share = tz_new_array(l.arena, double, code->n_blocks);
	count_before(&l);
	find_shares(&l);
	order_blocks(&l);
	for (size_t i = l.order.n; i-- > 0;) {
		write_block(&l, l.order.at[i], next);
		next = l.order.at[i];
	}
	program->n = l.reversed.n;
	program->insns = tz_new_array(l.arena, struct sock_filter, program->n);
	for (size_t i = 0; i < program->n; i++)
		program->insns[i] = l.reversed.at[program->n - 1 - i];
}

void tz_code_layout(const struct tz_code *code, struct tz_cbpf *program)
{
	size_t at;

	lay_out(code, false, program);
	if (program->n <= TZ_CBPF_MAX && tz_cbpf_check(program, &at))
		lay_out(code, true, program);
}
