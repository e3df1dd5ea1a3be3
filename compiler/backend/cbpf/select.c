/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A block of instructions for each node. What A, X and scratch memory hold is
 * followed from the root on; where ways meet, only what all of them agree on
 * is known. (peep.c lets ways in behind what they have done already.)
 */
#include "backend/cbpf/expr.h"

#include "flow/walk.h"

struct select {
	struct tz_code *code;
	const struct tz_flow *flow;
	struct tz_code_writer writer;
	struct tz_code_state *states; /* before each node */
	bool *is_entered;
	uint32_t *live; /* variables that are read after each node */
};

/* Successors have smaller numbers: they are done first. */
static void find_live(struct select *s, struct tz_arena *arena)
{
	uint32_t *before = tz_new_array(arena, uint32_t, s->flow->root + 1);

	s->live = tz_new_array(arena, uint32_t, s->flow->root + 1);
	for (uint32_t i = 0; i <= s->flow->root; i++) {
		const struct tz_flow_node *n = &s->flow->nodes.at[i];

		if (n->kind != TZ_FLOW_RETURN)
			s->live[i] = before[n->yes];
		if (n->kind == TZ_FLOW_TEST)
			s->live[i] |= before[n->no];
		before[i] = tz_flow_live(s->flow, i, before);
	}
}

static void enter(struct select *s, uint32_t node)
{
	struct tz_code_state *state = &s->states[node];

	if (s->is_entered[node])
		tz_code_meet(state, &s->writer.state);
	else
		*state = s->writer.state;
	s->is_entered[node] = true;
}

static const struct tz_term *term_at(const struct select *s, uint32_t term)
{
	return &s->flow->terms.at[term];
}

static uint32_t flipped(enum tz_flow_op op)
{
	return op == TZ_FLOW_GT   ? TZ_FLOW_GE
	       : op == TZ_FLOW_GE ? TZ_FLOW_GT
				  : op;
}

static void branch(struct tz_code_block *block, const struct tz_flow_node *n,
		   enum tz_flow_op op, unsigned int source, uint32_t k,
		   bool is_turned)
{
	static const uint8_t codes[] = {
		[TZ_FLOW_EQ] = BPF_JEQ,
		[TZ_FLOW_GT] = BPF_JGT,
		[TZ_FLOW_GE] = BPF_JGE,
		[TZ_FLOW_SET] = BPF_JSET,
	};

	block->end = ENDS_BRANCH;
	block->branch.code = (uint16_t)(BPF_JMP | codes[op] | source);
	block->branch.k = k;
	block->yes.block = is_turned ? n->no : n->yes;
	block->no.block = is_turned ? n->yes : n->no;
}

/*
 * (a & m) == m where m has all upper bits that there are is a >= m, without the
 * masking. True when the block is written so.
 */
static bool test_prefix(struct select *s, const struct tz_flow_node *n,
			struct tz_code_block *block)
{
	const struct tz_term *t = term_at(s, n->a);
	uint32_t k = term_at(s, n->b)->k, bits;

	if (n->op != TZ_FLOW_EQ || t->kind != TZ_TERM_AND ||
	    term_at(s, t->b)->kind != TZ_TERM_CONST ||
	    term_at(s, t->b)->k != k || tz_code_is_held(&s->writer, n->a))
		return false;
	/* Whether what the mask leaves out are the low bits and no others. */
	bits = term_at(s, t->a)->bits;
	if ((bits & (bits + 1)) || ((bits & ~k) & ((bits & ~k) + 1)))
		return false;
	tz_code_to_a(&s->writer, t->a);
	branch(block, n, TZ_FLOW_GE, BPF_K, k, false);
	return true;
}

static void select_test(struct select *s, const struct tz_flow_node *n,
			struct tz_code_block *block)
{
	struct tz_code_writer *w = &s->writer;
	bool turns = n->op == TZ_FLOW_GT || n->op == TZ_FLOW_GE;

	if (term_at(s, n->b)->kind == TZ_TERM_CONST) {
		if (test_prefix(s, n, block))
			return;
		tz_code_to_a(w, n->a);
		branch(block, n, n->op, BPF_K, term_at(s, n->b)->k, false);
	} else if (tz_code_pair_cost(w, n->a, n->b) <=
		   tz_code_pair_cost(w, n->b, n->a)) {
		tz_code_to_pair(w, n->a, n->b);
		branch(block, n, n->op, BPF_X, 0, false);
	} else {
		tz_code_to_pair(w, n->b, n->a);
		branch(block, n, flipped(n->op), BPF_X, 0, turns);
	}
}

static void select_return(struct select *s, const struct tz_flow_node *n,
			  struct tz_code_block *block)
{
	const struct tz_term *t = term_at(s, n->a);
	struct tz_code_insn insn = {
		.filter = { .code = BPF_RET | BPF_K, .k = t->k },
	};

	if (t->kind != TZ_TERM_CONST) {
		tz_code_to_a(&s->writer, n->a);
		insn.filter.code = BPF_RET | BPF_A;
		insn.filter.k = 0;
	}
	tz_vec_push(s->writer.arena, &block->insns, insn);
	block->end = ENDS_RETURN;
}

static void select_let(struct select *s, const struct tz_flow_node *n,
		       uint32_t live, struct tz_code_block *block)
{
	struct tz_code_writer *w = &s->writer;
	unsigned int home = w->plan->home[n->var];

	block->yes.block = n->yes;
	if (live >> n->var & 1) {
		if (home == PLACE_X) {
			tz_code_to_x(w, n->a);
		} else {
			tz_code_to_a(w, n->a);
			if (home != PLACE_A &&
			    !tz_code_holds(s->flow, &w->state.at[home], n->a))
				tz_code_store(w, home);
		}
	} else if (tz_term_may_fail(s->flow, n->a, 0) &&
		   !tz_code_is_held(w, n->a)) {
		tz_code_to_a(w, n->a);
	}
	block->let_var = n->var;
	block->let_term = n->a;
	tz_code_assign(s->flow, &w->state, n->var, n->a);
}

/* Places of which a later node reads a variable. */
static uint32_t precious_places(const struct select *s, uint32_t node)
{
	uint32_t vars = s->live[node], places = 0;

	for (unsigned int i = 0; i < N_PLACES; i++) {
		if (s->states[node].at[i].vars & vars)
			places |= 1u << i;
	}
	return places;
}

static void select_node(struct select *s, uint32_t node)
{
	const struct tz_flow_node *n = &s->flow->nodes.at[node];
	struct tz_code_block *block = &s->code->blocks[node];
	struct tz_code_writer *w = &s->writer;

	w->state = s->states[node];
	w->block = block;
	w->precious = precious_places(s, node);
	w->next_temp = w->plan->first_temp;
	block->end = ENDS_JUMP;
	switch (n->kind) {
	case TZ_FLOW_RETURN:
		select_return(s, n, block);
		return;
	case TZ_FLOW_LET:
		select_let(s, n, s->live[node], block);
		enter(s, n->yes);
		return;
	case TZ_FLOW_NEED:
		if (!tz_code_is_held(w, n->a))
			tz_code_to_a(w, n->a);
		block->yes.block = n->yes;
		enter(s, n->yes);
		return;
	case TZ_FLOW_TEST:
		select_test(s, n, block);
		enter(s, n->yes);
		enter(s, n->no);
		return;
	}
}

bool tz_code_select(struct tz_arena *arena, const struct tz_flow *flow,
		    const struct tz_code_plan *plan, struct tz_code *code)
{
	struct select s = {
		.code = code,
		.flow = flow,
		.writer = { .flow = flow, .plan = plan, .arena = arena },
	};

	*code = (struct tz_code){
		.arena = arena,
		.flow = flow,
		.n_blocks = flow->root + 1,
		.root.block = flow->root,
	};
	code->blocks =
		tz_new_array(arena, struct tz_code_block, code->n_blocks);
	s.states = tz_new_array(arena, struct tz_code_state, code->n_blocks);
	s.is_entered = tz_new_array(arena, bool, code->n_blocks);
	find_live(&s, arena);
	tz_code_clear(&s.writer.state);
	enter(&s, flow->root);
	for (uint32_t i = code->n_blocks; i-- > 0 && !s.writer.failed;) {
		code->blocks[i].let_var = NOTHING;
		code->blocks[i].is_used = s.is_entered[i];
		if (!s.is_entered[i])
			continue;
		select_node(&s, i);
		code->blocks[i].after = s.writer.state;
	}
	return !s.writer.failed;
}
