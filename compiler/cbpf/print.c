/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Programs as text. The asm is what bpf_asm of the kernel reads: spaces stand
 * around the + of [x + k], labels have two characters and more. What an
 * instruction does not use (k of a tax) is in the numbers only.
 */
#include <assert.h>
#include <inttypes.h>

#include "cbpf/code.h"

/* Offsets and lengths are decimal; what would be negative is a pattern. */
static void put_number(struct tz_buf *out, uint32_t k)
{
	tz_buf_printf(out, k > INT32_MAX ? "0x%" PRIx32 : "%" PRIu32, k);
}

static void put_abs(struct tz_buf *out, uint32_t k)
{
	const char *name = NULL;

	if (k >= (uint32_t)SKF_AD_OFF)
		name = tz_cbpf_ad_name(k - (uint32_t)SKF_AD_OFF);
	if (name) {
		tz_buf_printf(out, " #%s", name);
		return;
	}
	tz_buf_puts(out, " [");
	put_number(out, k);
	tz_buf_puts(out, "]");
}

/* The immediate of @insn: bits and numbers in hex, but what it returns. */
static void put_immediate(struct tz_buf *out, const struct sock_filter *insn)
{
	tz_buf_puts(out, " #");
	if (BPF_CLASS(insn->code) == BPF_RET)
		put_number(out, insn->k);
	else
		tz_buf_printf(out, "0x%" PRIx32, insn->k);
}

/* A flat switch over operands; targets of jumps are the caller's. */
static void put_operand(struct tz_buf *out, const struct sock_filter *insn)
{
	switch (tz_cbpf_code(insn->code)->operand) {
	case TZ_CBPF_NONE:
	case TZ_CBPF_TO:
		break;
	case TZ_CBPF_A:
		tz_buf_puts(out, " a");
		break;
	case TZ_CBPF_X:
	case TZ_CBPF_X_TO:
		tz_buf_puts(out, " x");
		break;
	case TZ_CBPF_K:
	case TZ_CBPF_K_TO:
		put_immediate(out, insn);
		break;
	case TZ_CBPF_ABS:
		put_abs(out, insn->k);
		break;
	case TZ_CBPF_IND:
		tz_buf_puts(out, " [x + ");
		put_number(out, insn->k);
		tz_buf_puts(out, "]");
		break;
	case TZ_CBPF_MSH:
		tz_buf_puts(out, " 4*([");
		put_number(out, insn->k);
		tz_buf_puts(out, "]&0xf)");
		break;
	case TZ_CBPF_MEM:
		tz_buf_printf(out, " M[%" PRIu32 "]", insn->k);
		break;
	case TZ_CBPF_LEN:
		tz_buf_puts(out, " #len");
		break;
	}
}

static bool is_conditional(const struct sock_filter *insn)
{
	enum tz_cbpf_operand operand = tz_cbpf_code(insn->code)->operand;

	return operand == TZ_CBPF_K_TO || operand == TZ_CBPF_X_TO;
}

/* What jumps where the original would not, if bpf_asm has a name for it. */
static const char *inverted(const struct sock_filter *insn)
{
	switch (BPF_OP(insn->code)) {
	case BPF_JEQ:
		return "jneq";
	case BPF_JGE:
		return "jlt";
	case BPF_JGT:
		return "jle";
	default:
		return NULL;
	}
}

static bool is_jump(const struct sock_filter *insn)
{
	return BPF_CLASS(insn->code) == BPF_JMP;
}

/*
 * How @insn is written: its name, and the instructions whose labels it names.
 * One is enough where the other way is the next instruction. Returns how many.
 */
static size_t labels_of(const struct sock_filter *insn, size_t i,
			const char **name, size_t labels[2])
{
	*name = tz_cbpf_code(insn->code)->name;
	if (!is_jump(insn))
		return 0;
	if (!is_conditional(insn)) {
		labels[0] = i + 1 + insn->k;
		return 1;
	}
	labels[0] = i + 1 + insn->jt;
	labels[1] = i + 1 + insn->jf;
	if (!insn->jf)
		return 1;
	if (insn->jt || !inverted(insn))
		return 2;
	*name = inverted(insn);
	labels[0] = labels[1];
	return 1;
}

static void print_asm(const struct tz_cbpf *program, struct tz_buf *out)
{
	bool has_label[TZ_CBPF_MAX] = { false };
	const char *name;
	size_t labels[2];

	for (size_t i = 0; i < program->n; i++) {
		size_t n = labels_of(&program->insns[i], i, &name, labels);

		while (n--)
			has_label[labels[n]] = true;
	}
	for (size_t i = 0; i < program->n; i++) {
		const struct sock_filter *insn = &program->insns[i];
		size_t n = labels_of(insn, i, &name, labels);

		if (has_label[i])
			tz_buf_printf(out, "L%zu:", i);
		tz_buf_printf(out, "\t%s", name);
		put_operand(out, insn);
		for (size_t k = 0; k < n; k++)
			tz_buf_printf(out, "%s L%zu",
				      is_conditional(insn) ? "," : "",
				      labels[k]);
		tz_buf_puts(out, "\n");
	}
}

/* For people who read numbers: where jumps lead is a number of instruction. */
static void put_words(struct tz_buf *out, const struct sock_filter *insn,
		      size_t i)
{
	tz_buf_puts(out, tz_cbpf_code(insn->code)->name);
	put_operand(out, insn);
	if (is_conditional(insn))
		tz_buf_printf(out, ", %zu, %zu", i + 1 + insn->jt,
			      i + 1 + insn->jf);
	else if (is_jump(insn))
		tz_buf_printf(out, " %zu", i + 1 + insn->k);
}

static void print_c(const struct tz_cbpf *program, struct tz_buf *out)
{
	tz_buf_puts(out, "struct sock_filter filter[] = {\n");
	for (size_t i = 0; i < program->n; i++) {
		const struct sock_filter *insn = &program->insns[i];

		tz_buf_printf(out,
			      "\t{ 0x%02x, %3u, %3u, 0x%08" PRIx32
			      " }, /* %zu: ",
			      insn->code, insn->jt, insn->jf, insn->k, i);
		put_words(out, insn, i);
		tz_buf_puts(out, " */\n");
	}
	tz_buf_puts(out, "};\n");
}

/* No character of it needs an escape. */
static void print_json(const struct tz_cbpf *program, struct tz_buf *out)
{
	tz_buf_puts(out, "{\n  \"instructions\": [\n");
	for (size_t i = 0; i < program->n; i++) {
		const struct sock_filter *insn = &program->insns[i];

		tz_buf_printf(out,
			      "    {\"code\": %u, \"jt\": %u, \"jf\": %u, "
			      "\"k\": %" PRIu32 ", \"text\": \"",
			      insn->code, insn->jt, insn->jf, insn->k);
		put_words(out, insn, i);
		tz_buf_puts(out, i + 1 < program->n ? "\"},\n" : "\"}\n");
	}
	tz_buf_puts(out, "  ]\n}\n");
}

static void print_numbers(const struct tz_cbpf *program, const char *fmt,
			  struct tz_buf *out)
{
	for (size_t i = 0; i < program->n; i++) {
		const struct sock_filter *insn = &program->insns[i];

		tz_buf_printf(out, fmt, insn->code, insn->jt, insn->jf,
			      insn->k);
	}
}

void tz_cbpf_print(const struct tz_cbpf *program, enum tz_cbpf_form form,
		   struct tz_buf *out)
{
	switch (form) {
	case TZ_CBPF_BYTECODE:
		tz_buf_printf(out, "%zu", program->n);
		print_numbers(program, ",%u %u %u %u", out);
		break;
	case TZ_CBPF_DDD:
		tz_buf_printf(out, "%zu\n", program->n);
		print_numbers(program, "%u %u %u %u\n", out);
		break;
	case TZ_CBPF_DD:
		print_numbers(program, "{ 0x%x, %u, %u, 0x%08x },\n", out);
		break;
	case TZ_CBPF_ASM:
		print_asm(program, out);
		break;
	case TZ_CBPF_C:
		print_c(program, out);
		break;
	case TZ_CBPF_JSON:
		print_json(program, out);
		break;
	case TZ_CBPF_N_FORMS:
		assert(!"a form of no kind");
		break;
	}
}
