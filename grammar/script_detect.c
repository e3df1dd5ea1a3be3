/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which of the two languages of iptables a file speaks: the first line that
 * can only be one of them decides.
 */
#include <string.h>

#include "grammar/script.h"

enum language { UNKNOWN, SAVE, SCRIPT };

/* Words that scripts begin lines with; names of programs need no list. */
static bool is_shell_word(const char *word, size_t len)
{
	static const char *const words[] = {
		".",      "[[",     "{",        "cd",       "echo",
		"exit",   "exec",   "for",      "if",       "export",
		"ipset",  "case",   "set",      "sudo",     "sleep",
		"source", "while",  "function", "test",     "true",
		"until",  "printf", "unset",    "modprobe", "sysctl",
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strlen(words[i]) == len && memcmp(words[i], word, len) == 0)
			return true;
	return false;
}

/* @line: without the blanks before it, to its end, not empty. */
static enum language language_of(const char *line, size_t len)
{
	size_t word = 0;

	if (*line == '#')
		return len > 1 && line[1] == '!' ? SCRIPT : UNKNOWN;
	if (*line == '[' && len > 1)
		return line[1] >= '0' && line[1] <= '9' ? SAVE : SCRIPT;
	if (strchr("*:-", *line))
		return SAVE;
	while (word < len && !strchr(" \t\r;", line[word]))
		word++;
	if (word == 6 && memcmp(line, "COMMIT", 6) == 0)
		return SAVE;
	return memmem(line, word, "tables", 6) ||
			       memmem(line, word, "ipt46", 5) ||
			       memchr(line, '=', word) ||
			       memchr(line, '$', word) ||
			       is_shell_word(line, word)
		       ? SCRIPT
		       : UNKNOWN;
}

bool tz_script_is(const struct tz_source *source)
{
	const char *p = source->text, *end = source->text + source->len;
	enum language found = UNKNOWN;

	while (p < end && found == UNKNOWN) {
		const char *newline = memchr(p, '\n', (size_t)(end - p));
		const char *stop = newline ? newline : end;

		while (p < stop && (*p == ' ' || *p == '\t' || *p == '\r'))
			p++;
		if (p < stop)
			found = language_of(p, (size_t)(stop - p));
		p = stop + 1;
	}
	return found == SCRIPT;
}
