/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Events as text. A line begins with when, where and what; then come the
 * prefixes of the rules and the header, as the kernel's LOG prints them, so
 * that what reads the kernel's log can read this one behind the colon.
 */
#include "runtime/cli/log_text.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "runtime/json.h"
#include "runtime/scope.h"

static const char *verdict_name(enum tamiz_log_verdict verdict)
{
	static const char *const names[] = {
		[TAMIZ_LOG_DROPPED] = "dropped",
		[TAMIZ_LOG_WOULD_DROP] = "would drop",
		[TAMIZ_LOG_PASSED] = "passed",
	};

	return names[verdict];
}

/* Words of a rule file: what a terminal would obey is not printed. */
static void print_clean(FILE *out, const char *text)
{
	for (const unsigned char *c = (const void *)text; *c; c++)
		fputc(*c < ' ' || *c == 127 ? '?' : *c, out);
}

/* TABLE/CHAIN/NUMBER as --sample takes it, and FILE:LINE. */
static void print_rule(FILE *out, const struct tamiz_log_rule *rule)
{
	if (!rule->is_known) {
		fprintf(out, "rule #%u of rules that are gone", rule->id);
		return;
	}
	print_clean(out, rule->table);
	fputc('/', out);
	print_clean(out, rule->chain);
	if (rule->number)
		fprintf(out, "/%u (", rule->number);
	else
		fputs("/policy (", out);
	print_clean(out, rule->file);
	fprintf(out, ":%u)", rule->line);
}

static void print_time(FILE *out, uint64_t time_ns)
{
	time_t seconds = (time_t)(time_ns / 1000000000);
	char text[32] = "?";
	struct tm tm;

	if (localtime_r(&seconds, &tm))
		strftime(text, sizeof(text), "%F %T", &tm);
	fprintf(out, "%s.%06u", text,
		(unsigned int)(time_ns % 1000000000 / 1000));
}

static void print_reasons(FILE *out, const struct tamiz_log_event *event)
{
	for (size_t i = 0; i < event->n_logs; i++) {
		fputs(event->logs[i].is_certain ? ", logged by "
						: ", perhaps logged by ",
		      out);
		print_rule(out, &event->logs[i]);
	}
	if (event->is_sample)
		fputs(", sample", out);
	if (event->sampled) {
		fputs(" of ", out);
		print_rule(out, event->sampled);
	}
}

/* TRACE asks for the way of the packet. */
static bool is_traced(const struct tamiz_log_event *event)
{
	for (size_t i = 0; i < event->n_logs; i++)
		if (!strcmp(event->logs[i].target, "TRACE"))
			return true;
	return false;
}

static void print_path(FILE *out, const struct tamiz_log_event *event)
{
	fputs(", on the way ", out);
	for (size_t i = 0; i < event->n_path; i++) {
		if (i)
			fputs(" > ", out);
		print_rule(out, &event->path[i]);
	}
	if (event->is_cut)
		fputs(" > ...", out);
}

void cli_log_print_line(FILE *out, const struct tamiz_log_event *event,
			bool shows_path)
{
	print_time(out, event->time_ns);
	fprintf(out, " %s: %s", event->ifname, verdict_name(event->verdict));
	if (event->decider) {
		fputs(" by ", out);
		print_rule(out, event->decider);
	}
	print_reasons(out, event);
	if (shows_path || is_traced(event))
		print_path(out, event);
	fputs(": ", out);
	for (size_t i = 0; i < event->n_logs; i++)
		if (event->logs[i].prefix)
			print_clean(out, event->logs[i].prefix);
	fprintf(out, "%s\n", event->line);
}

static json_t *pack_rule(const struct tamiz_log_rule *rule)
{
	if (!rule)
		return json_null();
	if (!rule->is_known)
		return json_pack("{s:I}", "id", (json_int_t)rule->id);
	return json_pack("{s:I, s:o, s:o, s:i, s:o, s:i, s:o, s:o}", "id",
			 (json_int_t)rule->id, "table",
			 tz_json_text(rule->table), "chain",
			 tz_json_text(rule->chain), "number", (int)rule->number,
			 "file", tz_json_text(rule->file), "line",
			 (int)rule->line, "text", tz_json_text(rule->text),
			 "target", tz_json_text(rule->target));
}

static json_t *pack_log(const struct tamiz_log_rule *rule)
{
	json_t *json = pack_rule(rule);

	json_object_set_new(json, "certain", json_boolean(rule->is_certain));
	if (rule->prefix)
		json_object_set_new(json, "prefix", tz_json_text(rule->prefix));
	if (rule->level >= 0)
		json_object_set_new(json, "level", json_integer(rule->level));
	return json;
}

static json_t *pack_rules(const struct tamiz_log_rule *rules, size_t n,
			  json_t *pack(const struct tamiz_log_rule *rule))
{
	json_t *array = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(array, pack(&rules[i]));
	return array;
}

static json_t *number_or_null(int n)
{
	return n < 0 ? json_null() : json_integer(n);
}

static void add_header(json_t *json, const struct tamiz_log_header *header)
{
	json_object_set_new(
		json, "family",
		number_or_null(header->family ? header->family : -1));
	json_object_set_new(json, "src", tz_json_text(header->src));
	json_object_set_new(json, "dst", tz_json_text(header->dst));
	json_object_set_new(json, "protocol", number_or_null(header->proto));
	json_object_set_new(json, "sport", number_or_null(header->sport));
	json_object_set_new(json, "dport", number_or_null(header->dport));
}

int cli_log_print_json(FILE *out, const struct tamiz_log_event *event)
{
	json_t *json = json_pack(
		"{s:I, s:s, s:s, s:I, s:b, s:b, s:o, s:o, s:o, s:o, s:b, s:I, "
		"s:I}",
		"time_ns", (json_int_t)event->time_ns, "device", event->ifname,
		"verdict", verdict_name(event->verdict), "generation",
		(json_int_t)event->generation, "logged", (int)event->is_logged,
		"sample", (int)event->is_sample, "decider",
		pack_rule(event->decider), "logs",
		pack_rules(event->logs, event->n_logs, pack_log), "sampled",
		pack_rule(event->sampled), "path",
		pack_rules(event->path, event->n_path, pack_rule), "cut",
		(int)event->is_cut, "length", (json_int_t)event->frame_len,
		"captured", (json_int_t)event->captured);

	if (!json)
		return -ENOMEM;
	add_header(json, &event->header);
	json_object_set_new(json, "header", tz_json_text(event->line));

	int error = json_dumpf(json, out, JSON_COMPACT) ? -ENOMEM : 0;

	fputc('\n', out);
	json_decref(json);
	return error;
}

static int add_comment(struct cli_log_comments *comments, const char *what,
		       const struct tamiz_log_rule *rule)
{
	char **at = reallocarray(comments->at, comments->n + 1, sizeof(*at));
	char *text = NULL;
	size_t len;

	if (!at)
		return -ENOMEM;
	comments->at = at;

	FILE *out = open_memstream(&text, &len);

	if (!out)
		return -ENOMEM;
	fprintf(out, "%s ", what);
	print_rule(out, rule);
	if (*rule->text) {
		fputs(": ", out);
		print_clean(out, rule->text);
	}
	if (fclose(out))
		return -ENOMEM;
	at[comments->n++] = text;
	return 0;
}

int cli_log_comment(const struct tamiz_log_event *event,
		    struct cli_log_comments *comments)
{
	int error = 0;

	if (event->decider) {
		char what[32];

		snprintf(what, sizeof(what), "%s by",
			 verdict_name(event->verdict));
		error = add_comment(comments, what, event->decider);
	}
	for (size_t i = 0; i < event->n_logs && !error; i++)
		error = add_comment(comments,
				    event->logs[i].is_certain
					    ? "logged by"
					    : "perhaps logged by",
				    &event->logs[i]);
	if (event->sampled && !error)
		error = add_comment(comments, "sample of", event->sampled);
	return error;
}

void cli_log_comments_free(struct cli_log_comments *comments)
{
	for (size_t i = 0; i < comments->n; i++)
		free(comments->at[i]);
	free(comments->at);
}
