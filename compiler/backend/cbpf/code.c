/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What instructions of classic BPF read and write, and what is known of the
 * registers between them.
 */
#include "backend/cbpf/code.h"

int tz_code_writes(const struct sock_filter *f)
{
	switch (BPF_CLASS(f->code)) {
	case BPF_LD:
	case BPF_ALU:
		return PLACE_A;
	case BPF_LDX:
		return PLACE_X;
	case BPF_ST:
	case BPF_STX:
		return PLACE_M + (int)f->k;
	case BPF_MISC:
		return BPF_MISCOP(f->code) == BPF_TAX ? PLACE_X : PLACE_A;
	default:
		return -1;
	}
}

static uint32_t operand(const struct sock_filter *f)
{
	return BPF_SRC(f->code) == BPF_X ? 1u << PLACE_X : 0;
}

uint32_t tz_code_reads(const struct sock_filter *f)
{
	switch (BPF_CLASS(f->code)) {
	case BPF_LD:
	case BPF_LDX:
		if (BPF_MODE(f->code) == BPF_MEM)
			return 1u << (PLACE_M + f->k);
		return BPF_MODE(f->code) == BPF_IND ? 1u << PLACE_X : 0;
	case BPF_ALU:
		if (BPF_OP(f->code) == BPF_NEG)
			return 1u << PLACE_A;
		return 1u << PLACE_A | operand(f);
	case BPF_JMP:
		return 1u << PLACE_A | operand(f);
	case BPF_RET:
		return BPF_RVAL(f->code) == BPF_A ? 1u << PLACE_A : 0;
	case BPF_STX:
		return 1u << PLACE_X;
	case BPF_ST:
		return 1u << PLACE_A;
	default:
		return BPF_MISCOP(f->code) == BPF_TAX ? 1u << PLACE_A
						      : 1u << PLACE_X;
	}
}

bool tz_code_may_fail(const struct sock_filter *f)
{
	unsigned int mode = BPF_MODE(f->code);

	switch (BPF_CLASS(f->code)) {
	case BPF_LD:
	case BPF_LDX:
		return mode == BPF_ABS || mode == BPF_IND || mode == BPF_MSH;
	case BPF_ALU:
		return BPF_SRC(f->code) == BPF_X &&
		       (BPF_OP(f->code) == BPF_DIV ||
			BPF_OP(f->code) == BPF_MOD);
	default:
		return false;
	}
}

size_t tz_code_n_ways(const struct tz_code_block *block)
{
	return block->end == ENDS_BRANCH ? 2 : block->end == ENDS_JUMP ? 1 : 0;
}

struct tz_code_way *tz_code_way(struct tz_code_block *block, size_t i)
{
	return i ? &block->no : &block->yes;
}

void tz_code_clear(struct tz_code_state *state)
{
	for (size_t i = 0; i < N_PLACES; i++)
		state->at[i] = (struct tz_code_value){ .term = NOTHING };
}

void tz_code_meet(struct tz_code_state *state,
		  const struct tz_code_state *other)
{
	for (size_t i = 0; i < N_PLACES; i++) {
		if (state->at[i].term != other->at[i].term)
			state->at[i].term = NOTHING;
		state->at[i].vars &= other->at[i].vars;
	}
}

bool tz_code_holds(const struct tz_flow *flow, const struct tz_code_value *v,
		   uint32_t term)
{
	const struct tz_term *t = &flow->terms.at[term];

	if (v->term == term)
		return true;
	return t->kind == TZ_TERM_VAR && v->vars >> t->k & 1;
}

void tz_code_assign(const struct tz_flow *flow, struct tz_code_state *state,
		    uint32_t var, uint32_t term)
{
	uint32_t bit = 1u << var;

	for (size_t i = 0; i < N_PLACES; i++) {
		struct tz_code_value *v = &state->at[i];
		bool is_it = tz_code_holds(flow, v, term);

		v->vars = is_it ? v->vars | bit : v->vars & ~bit;
		if (v->term != NOTHING && flow->terms.at[v->term].vars & bit)
			v->term = NOTHING;
	}
}
