/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a source is written in, when nobody says: its name or its first line
 * that holds anything decides. A bare expression looks like anything: it is
 * added as one.
 */
#include <string.h>

#include "compile.h"

struct words {
	const char *const *at;
	size_t n;
};

static bool is_one_of(const char *word, size_t len, struct words words)
{
	for (size_t i = 0; i < words.n; i++)
		if (strlen(words.at[i]) == len &&
		    !memcmp(words.at[i], word, len))
			return true;
	return false;
}

#define WORDS(list) ((struct words){ (list), sizeof(list) / sizeof(*(list)) })

/* Rules of expressions begin with what becomes of the packets. */
static const char *const actions[] = { "drop", "accept", "count", "sample",
				       "limit" };

/* What `ipset restore` takes; rules of iptables begin with none of them. */
static const char *const set_commands[] = { "create", "add",	 "del",
					    "flush",  "destroy", "-exist" };

/* Programs that do not begin with a load or a return are rare in files. */
static const char *const mnemonics[] = {
	"ld",  "ldh", "ldb", "ldi", "ldx", "ldxb", "ldxi",
	"ret", "tax", "txa", "st",  "stx", "jmp",  "ja",
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_in_name(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') ||
	       (c >= 'A' && c <= 'Z') || c == '_';
}

/* The first line of @text that is neither blank nor a comment. */
static const char *find_line(const char *text, const char *end)
{
	const char *p = text;

	while (p < end) {
		while (p < end && is_blank(*p))
			p++;
		if (p == end || (*p != '#' && *p != ';'))
			break;
		while (p < end && *p != '\n')
			p++;
	}
	return p;
}

static bool is_program(const char *line, size_t len)
{
	size_t word = 0;

	/* "{ 0x28, 0, 0, 0x0000000c }," */
	if (*line == '{')
		return len > 3 && !memcmp(line + 1, " 0x", 3);
	/* "4,40 0 0 12,...", and -ddd */
	while (word < len && is_digit(line[word]))
		word++;
	if (word)
		return word == len || line[word] == ',' || is_blank(line[word]);
	while (word < len && is_in_name(line[word]))
		word++;
	if (!word || word == len)
		return is_one_of(line, word, WORDS(mnemonics));
	/* a label, or an instruction */
	return line[word] == ':' || (is_blank(line[word]) &&
				     is_one_of(line, word, WORDS(mnemonics)));
}

enum tamiz_language tz_language_of(const struct tz_source *source,
				   enum tamiz_language said)
{
	const char *end = source->text + source->len;
	const char *line = find_line(source->text, end);
	size_t name_len = strlen(source->name), len = (size_t)(end - line);
	size_t word = 0;

	if (said != TAMIZ_LANGUAGE_AUTO)
		return said;
	if (name_len > 6 && !strcmp(source->name + name_len - 6, ".pcapf"))
		return TAMIZ_LANGUAGE_PCAP;
	while (word < len && !is_blank(line[word]))
		word++;
	if (is_one_of(line, word, WORDS(actions)))
		return TAMIZ_LANGUAGE_PCAP;
	if (is_one_of(line, word, WORDS(set_commands)))
		return TAMIZ_LANGUAGE_IPSET;
	return len && is_program(line, len) ? TAMIZ_LANGUAGE_CBPF
					    : TAMIZ_LANGUAGE_IPTABLES;
}
