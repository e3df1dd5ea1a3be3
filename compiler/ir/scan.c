/* SPDX-License-Identifier: GPL-2.0-only */
/* Tokens of the IR's text form. */
#include <ctype.h>
#include <string.h>

#include "ir/text.h"

void tz_ir_scanner_init(struct tz_ir_scanner *scanner, struct tz_arena *arena,
			const struct tz_source *source)
{
	*scanner = (struct tz_ir_scanner){
		.arena = arena,
		.at = source->text,
		.end = source->text + source->len,
		.source_begin = source->text,
		.source_base = source->base,
	};
	tz_ir_scan(scanner);
}

static void skip_space(struct tz_ir_scanner *s)
{
	while (s->at < s->end) {
		if (*s->at == '#')
			while (s->at < s->end && *s->at != '\n')
				s->at++;
		else if (isspace((unsigned char)*s->at))
			s->at++;
		else
			return;
	}
}

static bool is_word_char(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '.' || c == ':';
}

static void scan_word(struct tz_ir_scanner *s)
{
	const char *begin = s->at;

	while (s->at < s->end && is_word_char(*s->at))
		s->at++;
	s->token = TZ_IR_TOKEN_WORD;
	s->text = tz_arena_strndup(s->arena, begin, (size_t)(s->at - begin));
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The character after a backslash; '\0' when there is none. */
static char scan_escape(struct tz_ir_scanner *s)
{
	if (s->at == s->end)
		return '\0';

	char c = *s->at++;

	if (c == '"' || c == '\\')
		return c;
	if (c != 'x' || s->end - s->at < 2)
		return '\0';

	int high = hex_digit(s->at[0]), low = hex_digit(s->at[1]);

	if (high < 0 || low < 0)
		return '\0';
	s->at += 2;
	return (char)(high << 4 | low);
}

/* The bytes from a quote to the next that no backslash hides, or the end. */
static size_t string_room(const struct tz_ir_scanner *s)
{
	const char *p = s->at + 1;

	while (p < s->end && *p != '"' && *p != '\n')
		p += *p == '\\' && p + 1 < s->end ? 2 : 1;
	return (size_t)(p - s->at);
}

static void scan_string(struct tz_ir_scanner *s)
{
	char *text = tz_arena_alloc(s->arena, string_room(s) + 1);
	size_t len = 0;

	s->at++;
	while (s->at < s->end && *s->at != '"') {
		char c = *s->at++;

		if (c == '\\')
			c = scan_escape(s);
		else if (c == '\n')
			return;
		if (!c)
			return;
		text[len++] = c;
	}
	if (s->at == s->end)
		return;
	s->at++;
	s->token = TZ_IR_TOKEN_STRING;
	s->text = text;
}

static void scan_sign(struct tz_ir_scanner *s)
{
	s->sign = *s->at++;
	if (s->sign == '=' && s->at < s->end && *s->at == '>') {
		s->at++;
		s->token = TZ_IR_TOKEN_ARROW;
	} else if (s->sign && strchr("{}()[],-&=", s->sign)) {
		s->token = TZ_IR_TOKEN_SIGN;
	}
}

void tz_ir_scan(struct tz_ir_scanner *s)
{
	skip_space(s);

	const char *begin = s->at;

	s->token = TZ_IR_TOKEN_BAD;
	if (begin == s->end)
		s->token = TZ_IR_TOKEN_END;
	else if (is_word_char(*begin))
		scan_word(s);
	else if (*begin == '"')
		scan_string(s);
	else
		scan_sign(s);
	s->span.begin = s->source_base + (uint32_t)(begin - s->source_begin);
	s->span.end = s->source_base + (uint32_t)(s->at - s->source_begin);
}
