/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The machine of classic BPF as the kernel has it since it translates these
 * programs (net/core/filter.c, bpf_convert_filter): A and X begin as 0, offsets
 * wrap, shifts by X use its low five bits, and what cannot be done -- a load
 * past the end, a division by zero -- ends the program with the answer 0.
 */
#include <assert.h>

#include "cbpf/cbpf.h"

struct machine {
	const struct tz_filter_packet *packet;
	uint32_t a, x, m[BPF_MEMWORDS];
};

static unsigned int size_of(uint16_t code)
{
	switch (BPF_SIZE(code)) {
	case BPF_B:
		return 1;
	case BPF_H:
		return 2;
	default:
		return 4;
	}
}

static bool load_abs(struct machine *m, const struct sock_filter *insn)
{
	uint32_t number = insn->k - (uint32_t)SKF_AD_OFF;

	if (insn->k < (uint32_t)SKF_AD_OFF)
		return tz_filter_load(m->packet, insn->k, size_of(insn->code),
				      &m->a);
	if (number != SKF_AD_ALU_XOR_X)
		return tz_filter_load_ad(m->packet, number, &m->a);
	m->a ^= m->x;
	return true;
}

static bool load(struct machine *m, const struct sock_filter *insn)
{
	switch (BPF_MODE(insn->code)) {
	case BPF_IMM:
		m->a = insn->k;
		return true;
	case BPF_MEM:
		m->a = m->m[insn->k];
		return true;
	case BPF_LEN:
		m->a = m->packet->len;
		return true;
	case BPF_IND:
		return tz_filter_load(m->packet, m->x + insn->k,
				      size_of(insn->code), &m->a);
	default:
		return load_abs(m, insn);
	}
}

static bool load_x(struct machine *m, const struct sock_filter *insn)
{
	uint32_t byte;

	switch (BPF_MODE(insn->code)) {
	case BPF_IMM:
		m->x = insn->k;
		return true;
	case BPF_MEM:
		m->x = m->m[insn->k];
		return true;
	case BPF_LEN:
		m->x = m->packet->len;
		return true;
	default: /* BPF_MSH: the length of an IPv4 header */
		if (!tz_filter_load(m->packet, insn->k, 1, &byte))
			return false;
		m->x = (byte & 0xf) << 2;
		return true;
	}
}

static bool compute(struct machine *m, const struct sock_filter *insn)
{
	uint32_t b = BPF_SRC(insn->code) == BPF_X ? m->x : insn->k;

	switch (BPF_OP(insn->code)) {
	case BPF_ADD:
		m->a += b;
		break;
	case BPF_SUB:
		m->a -= b;
		break;
	case BPF_MUL:
		m->a *= b;
		break;
	case BPF_DIV:
	case BPF_MOD:
		if (!b)
			return false;
		m->a = BPF_OP(insn->code) == BPF_DIV ? m->a / b : m->a % b;
		break;
	case BPF_AND:
		m->a &= b;
		break;
	case BPF_OR:
		m->a |= b;
		break;
	case BPF_XOR:
		m->a ^= b;
		break;
	case BPF_LSH:
		m->a <<= b & 31;
		break;
	case BPF_RSH:
		m->a >>= b & 31;
		break;
	case BPF_NEG:
		m->a = -m->a;
		break;
	}
	return true;
}

/* How many instructions a jump leaves out. */
static uint32_t jump(const struct machine *m, const struct sock_filter *insn)
{
	uint32_t b = BPF_SRC(insn->code) == BPF_X ? m->x : insn->k;

	switch (BPF_OP(insn->code)) {
	case BPF_JEQ:
		return m->a == b ? insn->jt : insn->jf;
	case BPF_JGT:
		return m->a > b ? insn->jt : insn->jf;
	case BPF_JGE:
		return m->a >= b ? insn->jt : insn->jf;
	case BPF_JSET:
		return m->a & b ? insn->jt : insn->jf;
	default: /* BPF_JA */
		return insn->k;
	}
}

uint32_t tz_cbpf_run(const struct tz_cbpf *program,
		     const struct tz_filter_packet *packet)
{
	size_t steps = 0;

	return tz_cbpf_count(program, packet, &steps);
}

uint32_t tz_cbpf_count(const struct tz_cbpf *program,
		       const struct tz_filter_packet *packet, size_t *steps)
{
	struct machine m = { .packet = packet };

	for (size_t i = 0; i < program->n; i++) {
		const struct sock_filter *insn = &program->insns[i];
		bool goes_on = true;

		++*steps;
		switch (BPF_CLASS(insn->code)) {
		case BPF_LD:
			goes_on = load(&m, insn);
			break;
		case BPF_LDX:
			goes_on = load_x(&m, insn);
			break;
		case BPF_ST:
			m.m[insn->k] = m.a;
			break;
		case BPF_STX:
			m.m[insn->k] = m.x;
			break;
		case BPF_ALU:
			goes_on = compute(&m, insn);
			break;
		case BPF_JMP:
			/* 32 bits: a protochain of libpcap jumps back. */
			i = (uint32_t)(i + jump(&m, insn));
			break;
		case BPF_RET:
			return BPF_RVAL(insn->code) == BPF_A ? m.a : insn->k;
		case BPF_MISC:
			if (BPF_MISCOP(insn->code) == BPF_TAX)
				m.x = m.a;
			else
				m.a = m.x;
			break;
		}
		if (!goes_on)
			return 0;
	}
	assert(!"a checked program ends with a return");
	return 0;
}
