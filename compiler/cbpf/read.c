/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads the texts in which programs go about. What begins with a digit is
 * numbers, the count first (bytecode of -m bpf and nfbpf_compile, tcpdump
 * -ddd); what has a brace is C initialisers (tcpdump -dd, bpf_asm -c, our own);
 * the rest is asm.
 */
#include "cbpf/read.h"

#include <string.h>

struct tz_span tz_cbpf_span(const struct tz_cbpf_reader *r, size_t begin,
			    size_t end)
{
	uint32_t len = r->span.end - r->span.begin;

	if (begin >= len)
		begin = len ? len - 1 : 0;
	if (end > len)
		end = len;
	return (struct tz_span){ r->span.begin + (uint32_t)begin,
				 r->span.begin + (uint32_t)end };
}

bool tz_cbpf_fail(struct tz_cbpf_reader *r, size_t begin, const char *fmt, ...)
{
	size_t end = r->at > begin ? r->at : begin + 1;
	va_list ap;

	if (r->has_failed)
		return false;
	r->has_failed = true;
	va_start(ap, fmt);
	tz_diag(r->diags, TZ_DIAG_SYNTAX, tz_cbpf_span(r, begin, end), "%s",
		tz_arena_vprintf(r->arena, fmt, ap));
	va_end(ap);
	return false;
}

char tz_cbpf_here(const struct tz_cbpf_reader *r)
{
	return r->at < r->len ? r->text[r->at] : '\0';
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_at(const struct tz_cbpf_reader *r, const char *word)
{
	return r->len - r->at >= strlen(word) &&
	       memcmp(r->text + r->at, word, strlen(word)) == 0;
}

static void skip_line(struct tz_cbpf_reader *r)
{
	while (r->at < r->len && r->text[r->at] != '\n')
		r->at++;
}

void tz_cbpf_skip(struct tz_cbpf_reader *r)
{
	for (;;) {
		char c = tz_cbpf_here(r);

		if (is_blank(c)) {
			r->at++;
		} else if (c == ';' || is_at(r, "//") ||
			   (c == '#' &&
			    (r->at == 0 || r->text[r->at - 1] == '\n'))) {
			skip_line(r);
		} else if (is_at(r, "/*")) {
			const char *end = memmem(r->text + r->at + 2,
						 r->len - r->at - 2, "*/", 2);

			r->at = end ? (size_t)(end - r->text) + 2 : r->len;
		} else {
			return;
		}
	}
}

bool tz_cbpf_accept(struct tz_cbpf_reader *r, char sign)
{
	tz_cbpf_skip(r);
	if (r->at == r->len || r->text[r->at] != sign)
		return false;
	r->at++;
	return true;
}

/* The value of a digit; 99 when it is none. */
static uint32_t digit_of(char c)
{
	if (is_digit(c))
		return (uint32_t)(c - '0');
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? (uint32_t)(c - 'a') + 10 : 99;
}

/* 0x, 0b or 0 in front of digits, left behind. */
static uint32_t base_of(struct tz_cbpf_reader *r)
{
	if (is_at(r, "0x") || is_at(r, "0X")) {
		r->at += 2;
		return 16;
	}
	if (is_at(r, "0b") || is_at(r, "0B")) {
		r->at += 2;
		return 2;
	}
	return tz_cbpf_here(r) == '0' ? 8 : 10;
}

bool tz_cbpf_number(struct tz_cbpf_reader *r, const char *what, uint32_t max,
		    bool is_signed, uint32_t *number)
{
	tz_cbpf_skip(r);

	size_t begin = r->at;
	bool is_negative = is_signed && tz_cbpf_here(r) == '-';
	uint64_t value = 0;

	if (is_negative || (is_signed && tz_cbpf_here(r) == '+'))
		r->at++;

	uint32_t base = base_of(r);
	size_t digits = r->at;

	for (uint32_t d; (d = digit_of(tz_cbpf_here(r))) < base; r->at++)
		if (value <= UINT32_MAX)
			value = value * base + d;
	if (r->at == digits)
		return tz_cbpf_fail(r, begin, "expected %s here", what);
	if (value > max || (is_negative && value > 1u << 31))
		return tz_cbpf_fail(r, begin, "%s is at most %u", what, max);
	*number = is_negative ? -(uint32_t)value : (uint32_t)value;
	return true;
}

bool tz_cbpf_push(struct tz_cbpf_reader *r, size_t begin,
		  struct sock_filter insn)
{
	if (r->insns.n == TZ_CBPF_MAX)
		return tz_cbpf_fail(r, begin,
				    "a program has at most %u instructions",
				    TZ_CBPF_MAX);
	tz_vec_push(r->arena, &r->insns, insn);
	tz_vec_push(r->arena, &r->places, tz_cbpf_span(r, begin, r->at));
	return true;
}

/* code, jt, jf and k, with commas between them where they are C. */
static bool read_insn(struct tz_cbpf_reader *r, bool is_c)
{
	static const struct {
		const char *what;
		uint32_t max;
	} parts[] = { { "the code of an instruction", UINT16_MAX },
		      { "jt, a number of instructions,", UINT8_MAX },
		      { "jf, a number of instructions,", UINT8_MAX },
		      { "k, the operand,", UINT32_MAX } };
	uint32_t part[4];

	tz_cbpf_skip(r);

	size_t begin = r->at;

	for (size_t i = 0; i < 4; i++) {
		if (is_c && i && !tz_cbpf_accept(r, ','))
			return tz_cbpf_fail(r, r->at, "expected ',' here");
		if (!tz_cbpf_number(r, parts[i].what, parts[i].max, is_c,
				    &part[i]))
			return false;
	}
	return tz_cbpf_push(r, begin,
			    (struct sock_filter){
				    .code = (uint16_t)part[0],
				    .jt = (uint8_t)part[1],
				    .jf = (uint8_t)part[2],
				    .k = part[3],
			    });
}

/* Between instructions in numbers: a comma, a line end, or both. */
static bool is_between(struct tz_cbpf_reader *r)
{
	bool is_there = false;

	for (; is_blank(tz_cbpf_here(r)); r->at++)
		is_there |= tz_cbpf_here(r) == '\n';
	return tz_cbpf_accept(r, ',') || is_there;
}

static bool read_numbers(struct tz_cbpf_reader *r)
{
	size_t begin = r->at, end;
	uint32_t n;

	if (!tz_cbpf_number(r, "the number of instructions", TZ_CBPF_MAX, false,
			    &n))
		return false;
	end = r->at;
	for (;;) {
		bool may_go_on = is_between(r);

		tz_cbpf_skip(r);
		if (r->at == r->len)
			break;
		if (!may_go_on)
			return tz_cbpf_fail(r, r->at, "expected ',' here");
		if (!read_insn(r, false))
			return false;
	}
	if (r->insns.n == n)
		return true;
	r->at = end;
	return tz_cbpf_fail(r, begin, "says %u instructions, but %zu follow", n,
			    r->insns.n);
}

static bool read_initialisers(struct tz_cbpf_reader *r)
{
	const char *brace = memchr(r->text, '{', r->len);
	bool is_array;

	r->at = (size_t)(brace - r->text) + 1;
	is_array = tz_cbpf_accept(r, '{');
	for (;;) {
		if (!read_insn(r, true))
			return false;
		tz_cbpf_accept(r, ',');
		if (!tz_cbpf_accept(r, '}'))
			return tz_cbpf_fail(r, r->at, "expected '}' here");
		tz_cbpf_accept(r, ',');
		if (!tz_cbpf_accept(r, '{'))
			break;
	}
	if (is_array && !tz_cbpf_accept(r, '}'))
		return tz_cbpf_fail(r, r->at, "expected '}' here");
	tz_cbpf_skip(r);
	if (r->at == r->len)
		return true;
	return tz_cbpf_fail(r, r->at, "expected the end of the program here");
}

static bool check(struct tz_cbpf_reader *r, const struct tz_cbpf *program)
{
	size_t at;
	const char *wrong = tz_cbpf_check(program, &at);

	if (!wrong)
		return true;
	tz_diag(r->diags, TZ_DIAG_PROGRAM,
		program->n ? r->places.at[at] : r->span,
		"the kernel refuses instruction %zu: %s", at, wrong);
	return false;
}

bool tz_cbpf_read(struct tz_arena *arena, struct tz_diags *diags,
		  struct tz_span span, const char *text, size_t len,
		  struct tz_cbpf *program)
{
	struct tz_cbpf_reader r = {
		.arena = arena,
		.diags = diags,
		.span = span,
		.text = text,
		.len = len,
	};
	bool is_read;

	tz_cbpf_skip(&r);
	if (r.at == r.len)
		is_read = tz_cbpf_fail(&r, 0, "expected a program here");
	else if (is_digit(tz_cbpf_here(&r)))
		is_read = read_numbers(&r);
	else if (memchr(text, '{', len))
		is_read = read_initialisers(&r);
	else
		is_read = tz_cbpf_read_asm(&r);

	struct tz_cbpf read = { .insns = r.insns.at, .n = r.insns.n };

	if (!is_read || !check(&r, &read))
		return false;
	*program = read;
	return true;
}
