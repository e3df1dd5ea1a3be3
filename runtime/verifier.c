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

static void read_log(const char *log, struct line *cause, struct line *quoted)
{
	*cause = *quoted = (struct line){ 0 };
	for (const char *at = log; *at; at = next_line(at)) {
		struct line line = line_at(at);

		if (line.len > 2 && !strncmp(at, "; ", 2))
			*quoted = (struct line){ at + 2, line.len - 2 };
		else if (!is_statistics(line))
			*cause = line;
	}
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

/* The inside of a comment of the form FILE:LINE in @line. */
static struct line mark_in(struct line line)
{
	const char *open = memmem(line.at, (size_t)line.len, "/* ", 3);
	const char *end = line.at + line.len;

	if (!open)
		return (struct line){ 0 };
	open += 3;

	const char *close = memmem(open, (size_t)(end - open), " */", 3);
	const char *colon =
		close ? memrchr(open, ':', (size_t)(close - open)) : NULL;

	if (!colon || colon + 1 == close)
		return (struct line){ 0 };
	for (const char *p = colon + 1; p < close; p++) {
		if (!isdigit((unsigned char)*p))
			return (struct line){ 0 };
	}
	return (struct line){ open, (int)(close - open) };
}

static struct line find_rule(const char *text, const char *place)
{
	struct line rule = { 0 };

	for (const char *at = text; *at && at <= place; at = next_line(at)) {
		struct line mark = mark_in(line_at(at));

		if (mark.at)
			rule = mark;
	}
	return rule;
}

int tz_verifier_explain(struct tamiz_message *message, int error,
			const char *log, const char *text)
{
	struct line cause, quoted, rule = { 0 };

	read_log(log, &cause, &quoted);
	if (!cause.at)
		return tz_message_fail(message, error,
				       "the kernel refused the program: %s",
				       strerror(-error));
	if (text && quoted.at) {
		const char *place = find_quoted(text, quoted);

		if (place)
			rule = find_rule(text, place);
	}
	return tz_message_fail(message, error,
			       "the verifier refused the program%s%.*s: %.*s",
			       rule.at ? " at the rule " : "", rule.len,
			       rule.at ? rule.at : "", cause.len, cause.at);
}
