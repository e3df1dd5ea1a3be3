/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the kernel refuses when a program is attached, in its order:
 * net/core/filter.c, bpf_check_classic and check_load_and_stores.
 */
#include <string.h>

#include "cbpf/code.h"

/* 0 .. SKF_AD_MAX in steps of four; all of them are taken at loads. */
static bool is_ancillary(uint32_t k)
{
	uint32_t number = k - (uint32_t)SKF_AD_OFF;

	return number < SKF_AD_MAX && number % 4 == 0;
}

static const char *check_insn(const struct sock_filter *insn, size_t rest)
{
	const struct tz_cbpf_code *code = tz_cbpf_code(insn->code);

	if (!code)
		return "the kernel has no such instruction";
	switch (code->operand) {
	case TZ_CBPF_ABS:
		if (insn->k >= (uint32_t)SKF_AD_OFF && !is_ancillary(insn->k))
			return "the kernel knows no such property of a packet";
		break;
	case TZ_CBPF_MEM:
		if (insn->k >= BPF_MEMWORDS)
			return "there are 16 words of scratch, M[0] to M[15]";
		break;
	case TZ_CBPF_TO:
		if (insn->k >= rest)
			return "jumps behind the end of the program";
		break;
	case TZ_CBPF_K_TO:
	case TZ_CBPF_X_TO:
		if (insn->jt >= rest || insn->jf >= rest)
			return "jumps behind the end of the program";
		break;
	case TZ_CBPF_K:
		if (BPF_CLASS(insn->code) != BPF_ALU)
			break;
		if ((BPF_OP(insn->code) == BPF_DIV ||
		     BPF_OP(insn->code) == BPF_MOD) &&
		    !insn->k)
			return "divides by zero";
		if ((BPF_OP(insn->code) == BPF_LSH ||
		     BPF_OP(insn->code) == BPF_RSH) &&
		    insn->k > 31)
			return "shifts by more than 31 bits";
		break;
	case TZ_CBPF_NONE:
	case TZ_CBPF_A:
	case TZ_CBPF_X:
	case TZ_CBPF_IND:
	case TZ_CBPF_MSH:
	case TZ_CBPF_LEN:
		break;
	}
	return NULL;
}

/*
 * Scratch is written before it is read on every way. As the kernel has it, a
 * return does not end a way: what stands behind one is judged with what was
 * written before it.
 */
static bool check_scratch(const struct tz_cbpf *program, size_t *at)
{
	uint16_t ways[TZ_CBPF_MAX], written = 0;

	memset(ways, 0xff, program->n * sizeof(*ways));
	for (size_t i = 0; i < program->n; i++) {
		const struct sock_filter *insn = &program->insns[i];
		const struct tz_cbpf_code *code = tz_cbpf_code(insn->code);

		written &= ways[i];
		if (code->operand == TZ_CBPF_MEM) {
			if (insn->code == BPF_ST || insn->code == BPF_STX) {
				written |= (uint16_t)(1u << insn->k);
			} else if (!(written >> insn->k & 1)) {
				*at = i;
				return false;
			}
		} else if (code->operand == TZ_CBPF_TO) {
			ways[i + 1 + insn->k] &= written;
			written = 0xffff;
		} else if (BPF_CLASS(insn->code) == BPF_JMP) {
			ways[i + 1 + insn->jt] &= written;
			ways[i + 1 + insn->jf] &= written;
			written = 0xffff;
		}
	}
	return true;
}

const char *tz_cbpf_check(const struct tz_cbpf *program, size_t *at)
{
	*at = 0;
	if (!program->n)
		return "a program has at least one instruction";
	if (program->n > TZ_CBPF_MAX) {
		*at = TZ_CBPF_MAX;
		return "a program has at most 4096 instructions";
	}
	for (size_t i = 0; i < program->n; i++) {
		const char *wrong =
			check_insn(&program->insns[i], program->n - i - 1);

		*at = i;
		if (wrong)
			return wrong;
	}
	if (BPF_CLASS(program->insns[*at].code) != BPF_RET)
		return "the last instruction must be a return";
	if (!check_scratch(program, at))
		return "reads scratch that some way to here has not written";
	return NULL;
}
