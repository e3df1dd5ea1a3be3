/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * --bytecode of -m bpf, "N,c t f k,c t f k ...", as libxt_bpf of iptables 1.8.9
 * reads it; what the kernel would not load is an error here.
 */
#include <ctype.h>
#include <string.h>

#include "sema/bytes.h"

struct reader {
	const char *at;
	const char *wanted; /* NULL: all is well */
};

/* A number as sscanf reads it, blanks in front of it too. */
static uint32_t number(struct reader *r, uint32_t max)
{
	uint64_t value = 0;

	while (isspace((unsigned char)*r->at))
		r->at++;
	if (!isdigit((unsigned char)*r->at) && !r->wanted)
		r->wanted = "a number";
	for (; isdigit((unsigned char)*r->at) && !r->wanted; r->at++) {
		value = value * 10 + (uint64_t)(*r->at - '0');
		if (value > max)
			r->wanted = max == UINT8_MAX    ? "a number up to 255"
				    : max == UINT16_MAX ? "a number up to 65535"
							: "a number of 32 bits";
	}
	return (uint32_t)value;
}

/* Up to the comma, or the end; iptables overlooks what follows a k. */
static void end_instruction(struct reader *r, bool is_last)
{
	r->at += strcspn(r->at, ",");
	if (!is_last && !*r->at)
		r->wanted = "as many instructions as the first number says";
	else if (is_last && *r->at && r->at[1])
		r->wanted = "no more instructions than the first number says";
	if (*r->at)
		r->at++;
}

static void read_program(struct reader *r, struct tz_arena *arena,
			 struct tz_cbpf *program)
{
	program->n = number(r, TZ_CBPF_XT_MAX);
	if (r->wanted || !program->n) {
		r->wanted = "the number of instructions, 1 to 64";
		return;
	}
	if (*r->at++ != ',') {
		r->at--;
		r->wanted = "',' and the first instruction";
		return;
	}
	program->insns = tz_new_array(arena, struct sock_filter, program->n);
	for (size_t i = 0; i < program->n && !r->wanted; i++) {
		struct sock_filter *insn = &program->insns[i];

		insn->code = (uint16_t)number(r, UINT16_MAX);
		insn->jt = (uint8_t)number(r, UINT8_MAX);
		insn->jf = (uint8_t)number(r, UINT8_MAX);
		insn->k = number(r, UINT32_MAX);
		if (!r->wanted)
			end_instruction(r, i + 1 == program->n);
	}
}

bool tz_bytes_type_bpf(struct tz_sema *sema, struct tz_sema_option *option)
{
	struct tz_cbpf *program = tz_new(sema->arena, struct tz_cbpf);
	const char *text = option->args[0]->text, *why;
	struct reader r = { .at = text };
	size_t at = 0;

	read_program(&r, sema->arena, program);
	if (r.wanted) {
		tz_diag(sema->diags, TZ_DIAG_BYTES, option->args[0]->span,
			"--bytecode wants %s at byte %zu of '%s'", r.wanted,
			(size_t)(r.at - text), text);
		return false;
	}
	why = tz_cbpf_check(program, &at);
	if (why) {
		tz_diag(sema->diags, TZ_DIAG_BYTES, option->args[0]->span,
			"--bytecode: the kernel does not load this program: "
			"instruction %zu: %s",
			at, why);
		return false;
	}
	option->program = program;
	return true;
}
