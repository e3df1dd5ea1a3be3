/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lines of rule files of expressions: the action and its numbers by hand, the
 * expression by pcap.h. What belongs together is brought on one line first, of
 * the same length, so that offsets stay those of the file.
 */
#include "lower/pcapf.h"

#include <ctype.h>
#include <string.h>

#include "base/diag.h"

/* A rule is on one line here: `at` is where its text begins in the file. */
struct line {
	struct tz_arena *arena;
	struct tz_diags *diags;
	char *text, *end; /* without the comment; blanks for '\' and newlines */
	char *comment;    /* NULL: none */
	uint32_t base;    /* offset of text[0] */
	char *at;         /* what is read next */
};

static const char *const names[] = {
	[TZ_PCAPF_DROP] = "drop",   [TZ_PCAPF_ACCEPT] = "accept",
	[TZ_PCAPF_COUNT] = "count", [TZ_PCAPF_SAMPLE] = "sample",
	[TZ_PCAPF_LIMIT] = "limit",
};

_Static_assert(sizeof(names) / sizeof(names[0]) == TZ_PCAPF_N_ACTIONS,
	       "a name per action");

const char *tz_pcapf_action_name(enum tz_pcapf_action action)
{
	return names[action];
}

/* ---- lines ---- */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v';
}

/* Blanks out @line's line ends and finds its comment. */
static void settle(struct line *line)
{
	for (char *p = line->text; p < line->end; p++) {
		if (*p == '#') {
			line->comment = p + 1;
			*line->end = '\0';
			line->end = p;
		} else if (*p == '\n') {
			*p = p[-1] = ' ';
		}
	}
	*line->end = '\0';
	while (line->end > line->text && is_blank(line->end[-1]))
		*--line->end = '\0';
	line->at = line->text;
}

/*
 * The end of the line at @p: of the last one, where '\' is the last byte of
 * others; a comment ends with its line.
 */
static const char *line_end(const char *p, const char *end)
{
	bool is_comment = false;

	for (; p < end; p++) {
		is_comment |= *p == '#';
		if (*p == '\n' && (is_comment || p[-1] != '\\'))
			break;
	}
	return p;
}

/* ---- the head of a rule ---- */

static struct tz_span span_of(const struct line *line, const char *begin,
			      const char *end)
{
	return (struct tz_span){
		line->base + (uint32_t)(begin - line->text),
		line->base + (uint32_t)(end - line->text),
	};
}

static void skip_blanks(struct line *line)
{
	while (is_blank(*line->at))
		line->at++;
}

static char *word_end(const struct line *line)
{
	char *p = line->at;

	while (*p && !is_blank(*p))
		p++;
	return p;
}

static bool read_action(struct line *line, struct tz_pcapf_rule *rule)
{
	const char *word = line->at, *end = word_end(line);

	for (int i = 0; i < TZ_PCAPF_N_ACTIONS; i++) {
		if (strlen(names[i]) != (size_t)(end - word) ||
		    strncmp(word, names[i], (size_t)(end - word)) != 0)
			continue;
		rule->action = (enum tz_pcapf_action)i;
		line->at += end - word;
		skip_blanks(line);
		return true;
	}
	tz_diag(line->diags, TZ_DIAG_KEYWORD, span_of(line, word, end),
		"'%.*s' is no action; a rule is drop, accept, count, "
		"sample 1/N or limit R/s[:BURST], and an expression",
		(int)(end - word), word);
	return false;
}

/* Digits, 1 to @max; false: there are none, or too many. */
static bool read_number(const char **p, uint32_t max, uint32_t *number)
{
	uint64_t value = 0;
	const char *first = *p;

	for (; isdigit((unsigned char)**p); ++*p)
		if (value <= max)
			value = value * 10 + (uint64_t)(**p - '0');
	*number = (uint32_t)value;
	return *p > first && value >= 1 && value <= max;
}

static bool bad_number(struct line *line, const char *form, uint32_t max)
{
	const char *end = word_end(line);

	tz_diag(line->diags, TZ_DIAG_NUMBER, span_of(line, line->at, end),
		"'%.*s' is not %s, with numbers of 1 to %u",
		(int)(end - line->at), line->at, form, max);
	return false;
}

/* 1/N */
static bool read_share(struct line *line, struct tz_pcapf_rule *rule)
{
	const char *p = line->at;

	if (strncmp(p, "1/", 2) != 0)
		return bad_number(line, "1/N", UINT32_MAX);
	p += 2;
	if (!read_number(&p, UINT32_MAX, &rule->every) || p != word_end(line))
		return bad_number(line, "1/N", UINT32_MAX);
	return true;
}

/* R/s[:BURST] */
static bool read_rate(struct line *line, struct tz_pcapf_rule *rule)
{
	static const char form[] = "R/s or R/s:BURST";
	const char *p = line->at;

	rule->burst = TZ_PCAPF_BURST_DEFAULT;
	if (!read_number(&p, TZ_PCAPF_RATE_MAX, &rule->rate) ||
	    strncmp(p, "/s", 2) != 0)
		return bad_number(line, form, TZ_PCAPF_RATE_MAX);
	p += 2;
	if (*p == ':') {
		p++;
		if (!read_number(&p, TZ_PCAPF_BURST_MAX, &rule->burst))
			return bad_number(line, form, TZ_PCAPF_BURST_MAX);
	}
	return p == word_end(line) || bad_number(line, form, TZ_PCAPF_RATE_MAX);
}

static bool read_numbers(struct line *line, struct tz_pcapf_rule *rule)
{
	if (rule->action == TZ_PCAPF_SAMPLE) {
		if (!read_share(line, rule))
			return false;
	} else if (rule->action == TZ_PCAPF_LIMIT) {
		if (!read_rate(line, rule))
			return false;
	} else {
		return true;
	}
	line->at = word_end(line);
	skip_blanks(line);
	return true;
}

/* ---- rules ---- */

/* Without blanks around it, and single ones within. */
static const char *tidy(struct tz_arena *arena, const char *text)
{
	struct tz_buf out = { 0 };
	const char *copy;

	for (const char *p = text; *p; p++) {
		if (!is_blank(*p))
			tz_buf_append(&out, p, 1);
		else if (out.len && p[1] && !is_blank(p[1]))
			tz_buf_puts(&out, " ");
	}
	copy = tz_arena_strndup(arena, out.text ? out.text : "", out.len);
	tz_buf_free(&out);
	return copy;
}

bool tz_pcapf_has_room(struct tz_diags *diags, struct tz_span span,
		       size_t *n_nodes, const struct tz_flow *flow)
{
	*n_nodes += flow->nodes.n;
	if (*n_nodes <= TZ_PCAPF_NODES_MAX)
		return true;
	tz_diag(diags, TZ_DIAG_TOO_COMPLEX, span,
		"what stands before this and this ask for too much: more than "
		"%d steps",
		TZ_PCAPF_NODES_MAX);
	tz_diags_stop(diags);
	return false;
}

static bool read_rule(struct line *line, const struct tz_pcap_options *options,
		      struct tz_pcapf *pcapf)
{
	struct tz_pcapf_rule rule = {
		.span = span_of(line, line->text, line->end),
		.text = tidy(line->arena, line->text),
		.comment =
			line->comment ? tidy(line->arena, line->comment) : NULL,
	};

	if (!read_action(line, &rule) || !read_numbers(line, &rule))
		return false;
	rule.flow = tz_pcap_lower(line->arena, line->diags,
				  span_of(line, line->at, line->end), line->at,
				  (size_t)(line->end - line->at), options);
	if (!rule.flow)
		return false;
	if (pcapf->rules.n == TZ_PCAPF_RULES_MAX) {
		tz_diag(line->diags, TZ_DIAG_TOO_MANY_RULES, rule.span,
			"more than %d rules", TZ_PCAPF_RULES_MAX);
		tz_diags_stop(line->diags);
		return false;
	}
	if (!tz_pcapf_has_room(line->diags, rule.span, &pcapf->n_nodes,
			       rule.flow))
		return false;
	tz_vec_push(line->arena, &pcapf->rules, rule);
	return true;
}

bool tz_pcapf_read(struct tz_arena *arena, struct tz_diags *diags,
		   const struct tz_source *source,
		   const struct tz_pcap_options *options,
		   struct tz_pcapf *pcapf)
{
	const char *end = source->text + source->len, *p = source->text;
	bool is_good = true;

	for (const char *next; p < end && !tz_diags_full(diags); p = next + 1) {
		while (p < end && (is_blank(*p) || *p == '\n'))
			p++;
		next = line_end(p, end);

		struct line line = {
			.arena = arena,
			.diags = diags,
			.text = tz_arena_strndup(arena, p, (size_t)(next - p)),
			.base = source->base + (uint32_t)(p - source->text),
		};

		line.end = line.text + (next - p);
		settle(&line);
		if (line.end > line.text)
			is_good &= read_rule(&line, options, pcapf);
	}
	return is_good;
}
