/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How many instructions of a program are executed for a packet, about: chances
 * flow from the first instruction on, jumps lead forward only.
 */
#include "backend/cbpf/best.h"

#include "flow/likely.h"

/* What came to A: the size of a load, 0 for what was computed. */
static unsigned int loaded(const struct sock_filter *insn, unsigned int before)
{
	switch (insn->code & 0xff) {
	case BPF_LD | BPF_W | BPF_ABS:
	case BPF_LD | BPF_W | BPF_IND:
		return 4;
	case BPF_LD | BPF_H | BPF_ABS:
	case BPF_LD | BPF_H | BPF_IND:
		return 2;
	case BPF_LD | BPF_B | BPF_ABS:
	case BPF_LD | BPF_B | BPF_IND:
		return 1;
	case BPF_ALU | BPF_AND | BPF_K:
		return before;
	}
	if (BPF_CLASS(insn->code) == BPF_LD || BPF_CLASS(insn->code) == BPF_ALU)
		return 0;
	return before;
}

static double chance_of(const struct sock_filter *insn, unsigned int size)
{
	static const enum tz_flow_op ops[] = {
		[BPF_JEQ >> 4] = TZ_FLOW_EQ,
		[BPF_JGT >> 4] = TZ_FLOW_GT,
		[BPF_JGE >> 4] = TZ_FLOW_GE,
		[BPF_JSET >> 4] = TZ_FLOW_SET,
	};

	return tz_likely(size, ops[BPF_OP(insn->code) >> 4], insn->k);
}

double tz_cbpf_expected(struct tz_arena *arena, const struct tz_cbpf *program)
{
	double *chance = tz_new_array(arena, double, program->n);
	uint8_t *size = tz_new_array(arena, uint8_t, program->n);
	double sum = 0;

	chance[0] = 1;
	for (size_t i = 0; i < program->n; i++) {
		const struct sock_filter *insn = &program->insns[i];
		unsigned int now = loaded(insn, size[i]);
		size_t yes = i + 1, no = i + 1;
		double p = 1;

		sum += chance[i];
		if (BPF_CLASS(insn->code) == BPF_RET)
			continue;
		if (insn->code == (BPF_JMP | BPF_JA)) {
			yes += insn->k;
		} else if (BPF_CLASS(insn->code) == BPF_JMP) {
			yes += insn->jt;
			no += insn->jf;
			p = chance_of(insn, now);
		}
		chance[yes] += chance[i] * p;
		size[yes] = (uint8_t)now;
		if (p < 1) {
			chance[no] += chance[i] * (1 - p);
			size[no] = (uint8_t)now;
		}
	}
	return sum;
}
