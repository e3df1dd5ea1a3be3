/* SPDX-License-Identifier: GPL-2.0-only */
/* Programs are made from the first instruction on, as the kernel checks them.
 */
#include "cbpf_random.h"

#include <string.h>

#include "cbpf/code.h"

/* What bytes and constants are made of: few, so that they are often equal. */
static const uint8_t usual[] = { 0, 1, 2, 4, 6, 8, 15, 17, 53, 69, 128, 255 };

struct making {
	struct cbpf_dice *dice;
	struct sock_filter *insns;
	uint16_t ways[TZ_CBPF_MAX]; /* scratch that is written on all ways */
	uint16_t written;           /* on all ways to here */
	size_t i, n;
};

uint32_t cbpf_random_below(struct cbpf_dice *dice, uint32_t n)
{
	uint64_t z = dice->state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return (uint32_t)((z >> 33) % n);
}

static uint32_t below(struct making *m, uint32_t n)
{
	return cbpf_random_below(m->dice, n);
}

static uint8_t some_byte(struct cbpf_dice *dice)
{
	if (cbpf_random_below(dice, 6) == 0)
		return (uint8_t)cbpf_random_below(dice, 256);
	return usual[cbpf_random_below(dice, sizeof(usual))];
}

/* What a load of one, two or four bytes may give, and odd ones. */
static uint32_t some_constant(struct making *m)
{
	uint32_t k = some_byte(m->dice);

	switch (below(m, 8)) {
	case 0:
		return k << 8 | some_byte(m->dice);
	case 1:
		return k << 24 | below(m, 256) << 12 | some_byte(m->dice);
	case 2:
		return -k;
	case 3:
		return 1u << below(m, 32);
	default:
		return k;
	}
}

/* Mostly inside, sometimes near the end, rarely beyond. */
static uint32_t some_offset(struct making *m)
{
	switch (below(m, 24)) {
	case 0:
		return CBPF_RANDOM_PACKET_MAX - 4 + below(m, 6);
	case 1:
		return 0u - 1 - below(m, 6);
	case 2:
		return 0x7ffffff8 + below(m, 16);
	case 3:
		return below(m, CBPF_RANDOM_PACKET_MAX);
	default:
		return below(m, 20);
	}
}

static void put(struct making *m, uint16_t code, uint32_t k)
{
	m->insns[m->i++] = (struct sock_filter){ .code = code, .k = k };
}

static bool put_ancillary(struct making *m)
{
	uint32_t number = below(m, TZ_AD_N);

	if (4 * number != SKF_AD_ALU_XOR_X &&
	    !(m->dice->ancillary >> number & 1))
		return false;
	put(m, BPF_LD | BPF_W | BPF_ABS, (uint32_t)SKF_AD_OFF + 4 * number);
	return true;
}

static uint32_t absolute(struct making *m)
{
	uint32_t k = some_offset(m);

	if (m->dice->has_link && below(m, 4) == 0)
		return below(m, 34) +
		       (uint32_t)(below(m, 2) ? SKF_NET_OFF : SKF_LL_OFF);
	return k < (uint32_t)SKF_AD_OFF ? k : 0;
}

static void put_load(struct making *m)
{
	static const uint16_t sizes[] = { BPF_W, BPF_H, BPF_B };
	uint16_t size = sizes[below(m, 3)];

	switch (below(m, 10)) {
	case 0:
		put(m, BPF_LD | BPF_IMM, some_constant(m));
		break;
	case 1:
		put(m, BPF_LD | BPF_W | BPF_LEN, 0);
		break;
	case 2:
		if (!put_ancillary(m))
			put(m, BPF_MISC | BPF_TXA, 0);
		break;
	case 3:
	case 4:
	case 5:
		put(m, BPF_LD | size | BPF_IND, some_offset(m));
		break;
	default:
		put(m, BPF_LD | size | BPF_ABS, absolute(m));
		break;
	}
}

static void put_load_x(struct making *m)
{
	switch (below(m, 6)) {
	case 0:
		put(m, BPF_LDX | BPF_IMM, below(m, 24));
		break;
	case 1:
		put(m, BPF_LDX | BPF_IMM, some_constant(m));
		break;
	case 2:
		put(m, BPF_LDX | BPF_W | BPF_LEN, 0);
		break;
	case 3:
		put(m, BPF_LDX | BPF_B | BPF_MSH, some_offset(m));
		break;
	default:
		put(m, BPF_MISC | BPF_TAX, 0);
		break;
	}
}

/* Few words, so that ways meet with different things in the same one. */
static void put_scratch(struct making *m)
{
	uint32_t word = below(m, below(m, 4) ? 3 : BPF_MEMWORDS);

	if (m->written >> word & 1 && below(m, 2)) {
		put(m, below(m, 2) ? BPF_LD | BPF_MEM : BPF_LDX | BPF_MEM,
		    word);
	} else {
		put(m, below(m, 2) ? BPF_ST : BPF_STX, word);
		m->written |= (uint16_t)(1u << word);
	}
}

static void put_arithmetic(struct making *m)
{
	static const uint16_t ops[] = { BPF_ADD, BPF_SUB, BPF_MUL, BPF_DIV,
					BPF_MOD, BPF_AND, BPF_OR,  BPF_XOR,
					BPF_LSH, BPF_RSH, BPF_AND, BPF_ADD };
	uint16_t op = ops[below(m, sizeof(ops) / sizeof(*ops))];
	uint32_t k = some_constant(m);

	if (below(m, 16) == 0) {
		put(m, BPF_ALU | BPF_NEG, 0);
	} else if (below(m, 3) == 0) {
		put(m, BPF_ALU | op | BPF_X, 0);
	} else {
		if (op == BPF_LSH || op == BPF_RSH)
			k &= 31;
		if ((op == BPF_DIV || op == BPF_MOD) && !k)
			k = 3;
		put(m, BPF_ALU | op | BPF_K, k);
	}
}

static void lead(struct making *m, size_t target)
{
	m->ways[target] &= m->written;
}

/* Short jumps mostly; ways that left each other soon meet again. */
static uint8_t some_way(struct making *m, size_t rest)
{
	size_t most = below(m, 4) ? 4 : 255;

	return (uint8_t)below(m, (uint32_t)(rest < most ? rest : most));
}

/* At least one instruction is behind. */
static void put_jump(struct making *m)
{
	static const uint16_t ops[] = { BPF_JEQ, BPF_JGT, BPF_JGE, BPF_JSET };
	size_t at = m->i, rest = m->n - at - 1;
	struct sock_filter *insn = &m->insns[at];

	if (below(m, 12) == 0) {
		put(m, BPF_JMP | BPF_JA, some_way(m, rest));
		lead(m, at + 1 + insn->k);
	} else {
		bool is_x = below(m, 4) == 0;

		put(m, BPF_JMP | ops[below(m, 4)] | (is_x ? BPF_X : BPF_K),
		    is_x ? 0 : some_constant(m));
		insn->jt = some_way(m, rest);
		insn->jf = some_way(m, rest);
		lead(m, at + 1 + insn->jt);
		lead(m, at + 1 + insn->jf);
	}
	m->written = 0xffff;
}

static void put_return(struct making *m)
{
	static const uint32_t answers[] = { 0, UINT32_MAX, 1, 7, 262144 };

	if (below(m, 2))
		put(m, BPF_RET | BPF_A, 0);
	else
		put(m, BPF_RET | BPF_K, answers[below(m, 5)]);
}

void cbpf_random_program(struct cbpf_dice *dice, struct sock_filter *insns,
			 struct tz_cbpf *program)
{
	struct making m = { .dice = dice, .insns = insns };

	m.n = 1 + cbpf_random_below(dice, (uint32_t)dice->most);
	memset(m.ways, 0xff, sizeof(m.ways));
	while (m.i + 1 < m.n) {
		uint32_t what = below(&m, 40);

		m.written &= m.ways[m.i];
		if (what < 11)
			put_load(&m);
		else if (what < 17)
			put_load_x(&m);
		else if (what < 23)
			put_scratch(&m);
		else if (what < 31)
			put_arithmetic(&m);
		else if (what < 39)
			put_jump(&m);
		else
			put_return(&m);
	}
	put_return(&m);
	*program = (struct tz_cbpf){ .insns = insns, .n = m.n };
}

void cbpf_random_damage(struct cbpf_dice *dice, struct tz_cbpf *program)
{
	struct sock_filter *insn =
		&program->insns[cbpf_random_below(dice, (uint32_t)program->n)];
	uint32_t number = cbpf_random_below(dice, 256);

	switch (cbpf_random_below(dice, 7)) {
	case 0:
		insn->code = (uint16_t)number;
		break;
	case 1:
		insn->code ^= (uint16_t)(1u << number % 16);
		break;
	case 2:
		insn->jt = (uint8_t)(number >> number % 8);
		break;
	case 3:
		insn->jf = (uint8_t)(number >> number % 8);
		break;
	case 4:
		insn->k = number >> number % 8;
		break;
	case 5:
		insn->k = (uint32_t)SKF_AD_OFF + number;
		break;
	case 6:
		program->n = number % (program->n + 1);
		break;
	}
}

size_t cbpf_random_packet(struct cbpf_dice *dice, uint8_t *bytes)
{
	size_t len = 1 + cbpf_random_below(dice, CBPF_RANDOM_PACKET_MAX);

	/* Short ones are dull: most loads fail. */
	if (len < 24 && cbpf_random_below(dice, 4))
		len += 24;
	for (size_t i = 0; i < len; i++)
		bytes[i] = some_byte(dice);
	return len;
}
