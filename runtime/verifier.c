/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The verifier's log, trimmed to one line. Its last line but the statistics
 * is the cause. The last source line that it quotes ("; text", from kernel
 * 6.9 on "; text @ file:line") lies in the generated C behind a comment that
 * names the rule: file:line.
 */
#include "runtime/verifier.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/message.h"
#include "runtime/scope.h"

/* How many quoted lines are looked up before the rule stays unnamed. */
#define QUOTED_MAX 64

struct line {
	const char *at; /* NULL: there is none */
	int len;
};

static struct line line_at(const char *at)
{
	return (struct line){ at, (int)strcspn(at, "\n") };
}

static const char *next_line(const char *at)
{
	at += strcspn(at, "\n");
	return *at ? at + 1 : at;
}

/* kernel/bpf/verifier.c:print_verification_stats ends every log. */
static bool is_statistics(struct line line)
{
	static const char *const starts[] = { "processed ", "verification time",
					      "stack depth" };

	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
		if (!strncmp(line.at, starts[i], strlen(starts[i])))
			return true;
	}
	return line.len == 0;
}

/* The line before the one at @at; NULL when that is the first of @log. */
static const char *line_before(const char *log, const char *at)
{
	if (at == log)
		return NULL;
	for (at--; at > log && at[-1] != '\n';)
		at--;
	return at;
}

static struct line find_cause(const char *log)
{
	const char *at = log + strlen(log);

	while ((at = line_before(log, at))) {
		struct line line = line_at(at);

		if (!is_statistics(line))
			return line;
	}
	return (struct line){ 0 };
}

/* Where the quoted line is in the generated text; NULL: not found. */
static const char *find_quoted(const char *text, struct line quoted)
{
	const char *at = NULL, *end = quoted.at + quoted.len;

	for (const char *p = quoted.at; p + 3 < end; p++) {
		if (!strncmp(p, " @ ", 3))
			at = p;
	}
	if (at) {
		const char *colon = memrchr(at, ':', (size_t)(end - at));
		long number = colon ? strtol(colon + 1, NULL, 10) : 0;

		for (; number > 1 && *text; number--)
			text = next_line(text);
		return *text ? text : NULL;
	}
	for (; *text; text = next_line(text)) {
		struct line line = line_at(text);

		if (memmem(text, (size_t)line.len, quoted.at,
			   (size_t)quoted.len))
			return text;
	}
	return NULL;
}

/*
 * FILE:LINE at the beginning of a comment in @line: behind the number there is
 * the end of the comment, or a colon and more words.
 */
static struct line mark_in(struct line line)
{
	const char *at = memmem(line.at, (size_t)line.len, "/* ", 3);
	const char *end = line.at + line.len;

	if (!at)
		return (struct line){ 0 };
	at += 3;
	for (const char *p = at; p < end; p++) {
		const char *digit = p + 1;

		if (*p != ':')
			continue;
		while (digit < end && isdigit((unsigned char)*digit))
			digit++;
		if (digit > p + 1 && digit < end &&
		    (*digit == ':' || *digit == ' '))
			return (struct line){ at, (int)(digit - at) };
	}
	return (struct line){ 0 };
}

static struct line rule_before(const char *text, const char *place)
{
	struct line rule = { 0 };

	for (const char *at = text; *at && at <= place; at = next_line(at)) {
		struct line mark = mark_in(line_at(at));

		if (mark.at)
			rule = mark;
	}
	return rule;
}

/*
 * Helpers stand before all rules: when the verifier stopped in one, a line
 * that it quoted earlier is of the rule that called it.
 */
static struct line find_rule(const char *log, const char *text)
{
	const char *at = log + strlen(log);

	for (int i = 0; i < QUOTED_MAX && (at = line_before(log, at));) {
		struct line line = line_at(at), rule = { 0 };

		if (line.len <= 2 || strncmp(at, "; ", 2))
			continue;
		i++;

		const char *place = find_quoted(
			text, (struct line){ at + 2, line.len - 2 });

		if (place)
			rule = rule_before(text, place);
		if (rule.at)
			return rule;
	}
	return (struct line){ 0 };
}

int tz_verifier_explain(struct tamiz_message *message, int error,
			const char *log, const char *text)
{
	struct line cause = find_cause(log), rule = { 0 };

	if (!cause.at)
		return tz_message_fail(message, error,
				       "the kernel refused the program: %s",
				       strerror(-error));
	if (text)
		rule = find_rule(log, text);
	return tz_message_fail(message, error,
			       "the verifier refused the program%s%.*s: %.*s",
			       rule.at ? " at the rule " : "", rule.len,
			       rule.at ? rule.at : "", cause.len, cause.at);
}
