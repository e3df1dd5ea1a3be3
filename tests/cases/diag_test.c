/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Runs the cases of tests/cases/diag, and counts that every row of diag.def
 * has one. A case is rule text, a line `----`, and what is printed about it:
 *
 *     % replace          options of the case; "replace": the mode
 *     % sample RULE      --sample RULE=1/10
 *     % target NAME      socket or xt_bpf
 *     % cbpf             the files are programs, and so is what they become
 *     ==== NAME          begins a file of that name; without: "rules"
 *     % pcap LINK        each line behind it is a tcpdump expression
 *
 * `diag_test --update` writes what is printed into the cases.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "lower/pcap.h"
#include "tamiz/compile.h"

struct text {
	char *at;
	size_t len;
};

/*
 * Made by programs: they do not fit into a case (front_limits_test.c), or say a
 * number that may get better (tests/cli/filter.sh).
 */
static const enum tz_diag_id without_case[] = {
	TZ_DIAG_LINE_TOO_LONG,  TZ_DIAG_CHAIN_DEPTH, TZ_DIAG_TOO_MANY_OPTIONS,
	TZ_DIAG_TOO_MANY_RULES, TZ_DIAG_TOO_LARGE,   TZ_DIAG_TOO_MANY_INSNS,
};

static bool is_seen[TZ_N_DIAGS];

static struct text slurp(const char *path)
{
	struct text text = { 0 };
	FILE *file = fopen(path, "rb");

	if (!file)
		return text;
	if (fseek(file, 0, SEEK_END) == 0) {
		text.len = (size_t)ftell(file);
		rewind(file);
		text.at = calloc(1, text.len + 1);
	}
	if (text.at && fread(text.at, 1, text.len, file) != text.len)
		text.len = 0;
	fclose(file);
	return text;
}

/* The line that @text begins with, cut off; false at its end. */
static bool next_line(struct text *text, struct text *line)
{
	char *newline;

	if (text->len == 0)
		return false;
	newline = memchr(text->at, '\n', text->len);
	*line = (struct text){ text->at, newline ? (size_t)(newline - text->at)
						 : text->len };

	size_t step = newline ? line->len + 1 : line->len;

	text->at += step;
	text->len -= step;
	return true;
}

static bool begins(const struct text *line, const char *with)
{
	return line->len >= strlen(with) &&
	       memcmp(line->at, with, strlen(with)) == 0;
}

/* The text up to the line `----`, and the length of the whole head. */
static struct text head_of(struct text text, size_t *head_len)
{
	struct text rest = text, line;

	while (next_line(&rest, &line)) {
		if (line.len != 4 || !begins(&line, "----"))
			continue;
		*head_len = (size_t)(rest.at - text.at);
		return (struct text){ text.at, (size_t)(line.at - text.at) };
	}
	*head_len = text.len;
	return text;
}

static void add_file(struct tamiz *tamiz, const char *name, const char *begin,
		     const char *end)
{
	if (end > begin || strcmp(name, "rules") != 0)
		tamiz_add_text(tamiz, name, begin, (size_t)(end - begin));
}

static void set_sample(const struct text *line, struct tamiz_options *options)
{
	static char name[64];
	static const struct tamiz_sample sample = { name, 10 };

	snprintf(name, sizeof(name), "%.*s", (int)(line->len - 9),
		 line->at + 9);
	options->samples = &sample;
	options->n_samples = 1;
}

/* "% target NAME": of filters. */
static void set_target(const struct text *line, struct tamiz_options *options)
{
	options->target = begins(line, "% target socket") ? TAMIZ_TARGET_SOCKET
							  : TAMIZ_TARGET_XT_BPF;
}

static void set_cbpf(struct tamiz_options *options)
{
	options->from = TAMIZ_LANGUAGE_CBPF;
	options->target = TAMIZ_TARGET_CBPF;
}

/* Gives the files of the case to @tamiz, and its options. */
static void add_files(struct tamiz *tamiz, struct text head,
		      struct tamiz_options *options)
{
	char name[64] = "rules";
	const char *begin = head.at;
	struct text line;

	while (next_line(&head, &line)) {
		if (begins(&line, "% replace"))
			options->mode = TAMIZ_MODE_REPLACE;
		else if (begins(&line, "% sample "))
			set_sample(&line, options);
		else if (begins(&line, "% target "))
			set_target(&line, options);
		else if (begins(&line, "% cbpf"))
			set_cbpf(options);
		else if (begins(&line, "==== "))
			add_file(tamiz, name, begin, line.at);
		if (begins(&line, "==== "))
			snprintf(name, sizeof(name), "%.*s", (int)line.len - 5,
				 line.at + 5);
		if (begins(&line, "% ") || begins(&line, "==== "))
			begin = head.at;
	}
	add_file(tamiz, name, begin, head.at);
}

static void append(struct text *out, const char *s, size_t len)
{
	out->at = realloc(out->at, out->len + len + 1);
	memcpy(out->at + out->len, s, len);
	out->len += len;
	out->at[out->len] = '\0';
}

static bool one_service(const char *name, const char *protocol, uint16_t *port)
{
	if (strcmp(name, "smtp") != 0 || strcmp(protocol, "tcp") != 0)
		return false;
	*port = 25;
	return true;
}

/* What is printed about one expression. */
static void run_expression(enum tz_link link, const struct text *line,
			   struct text *out)
{
	static const struct tz_names names = { .service = one_service };
	const struct tz_pcap_options options = { .link = link,
						 .names = &names };
	struct tz_arena *arena = tz_arena_new();
	struct tz_sources *sources = tz_sources_new(arena);
	struct tz_diags *diags = tz_diags_new(arena, sources);
	const struct tz_source *source =
		tz_sources_add(sources, "expression", line->at, line->len);
	struct tz_span span = { source->base,
				source->base + (uint32_t)source->len };
	struct tz_buf printed = { 0 };
	bool is_taken = tz_pcap_lower(arena, diags, span, source->text,
				      source->len, &options);

	for (size_t i = 0; i < tz_diags_count(diags); i++) {
		tz_diag_print(diags, tz_diags_at(diags, i), &printed);
		is_seen[tz_diags_at(diags, i)->id] = true;
	}
	if (is_taken == tz_diags_have_errors(diags))
		tz_buf_puts(&printed, is_taken ? "taken with errors\n"
					       : "refused without an error\n");
	if (printed.len)
		append(out, printed.text, printed.len);
	tz_buf_free(&printed);
	tz_arena_free(arena);
}

/* The same about all of a case of them; false: it is none. */
static bool run_expressions(struct text head, struct text *out)
{
	char name[32];
	enum tz_link link;
	struct text line;

	if (!begins(&head, "% pcap ") || !next_line(&head, &line))
		return false;
	snprintf(name, sizeof(name), "%.*s", (int)line.len - 7, line.at + 7);
	if (!tz_link_by_name(name, &link))
		return false;
	while (next_line(&head, &line))
		run_expression(link, &line, out);
	return true;
}

/* What tamiz prints about the case; the caller frees it. */
static struct text run(struct text head)
{
	struct tamiz_options options = { .target = TAMIZ_TARGET_XDP };
	struct tamiz *tamiz = tamiz_new();
	struct text out = { calloc(1, 1), 0 };

	if (run_expressions(head, &out)) {
		tamiz_free(tamiz);
		return out;
	}
	add_files(tamiz, head, &options);
	tamiz_compile(tamiz, &options);
	for (size_t i = 0; i < tamiz_n_diagnostics(tamiz); i++) {
		struct tamiz_diagnostic d = tamiz_diagnostic(tamiz, i);

		append(&out, d.printed, strlen(d.printed));
		for (int id = 0; id < TZ_N_DIAGS; id++)
			if (strcmp(d.slug, tz_diag_slug(id)) == 0)
				is_seen[id] = true;
	}
	tamiz_free(tamiz);
	return out;
}

static bool run_case(const char *path, bool is_update)
{
	struct text text = slurp(path);
	size_t head_len;

	if (!text.at) {
		printf("FAIL: %s cannot be read\n", path);
		return false;
	}

	struct text head = head_of(text, &head_len), out = run(head);
	bool is_same = text.len - head_len == out.len &&
		       memcmp(text.at + head_len, out.at, out.len) == 0;

	if (is_update && !is_same) {
		FILE *file = fopen(path, "wb");

		fwrite(head.at, 1, head.len, file);
		fputs("----\n", file);
		fwrite(out.at, 1, out.len, file);
		fclose(file);
	} else if (!is_same) {
		printf("FAIL: %s\nexpected:\n%s\nprinted:\n%s\n", path,
		       text.at + head_len, out.at);
	}
	free(out.at);
	free(text.at);
	return is_same || is_update;
}

static bool check_rows(void)
{
	bool is_good = true;

	for (size_t i = 0; i < sizeof(without_case) / sizeof(*without_case);
	     i++)
		is_seen[without_case[i]] = true;
	for (int id = 0; id < TZ_N_DIAGS; id++) {
		if (is_seen[id])
			continue;
		printf("FAIL: no case for [%s]\n", tz_diag_slug(id));
		is_good = false;
	}
	return is_good;
}

int main(int argc, char **argv)
{
	bool is_update = argc > 1 && strcmp(argv[1], "--update") == 0;
	const char *top = getenv("top_srcdir");
	char folder[4096], path[4400];
	struct dirent **entries;
	bool is_good = true;
	int n_cases = 0;

	snprintf(folder, sizeof(folder), "%s/tests/cases/diag",
		 top ? top : ".");

	int n = scandir(folder, &entries, NULL, alphasort);

	for (int i = 0; i < n; i++) {
		const char *dot = strrchr(entries[i]->d_name, '.');

		if (dot && strcmp(dot, ".t") == 0) {
			snprintf(path, sizeof(path), "%s/%s", folder,
				 entries[i]->d_name);
			is_good &= run_case(path, is_update);
			n_cases++;
		}
		free(entries[i]);
	}
	if (n >= 0)
		free(entries);
	is_good &= check_rows();
	printf("%d cases of diagnostics\n", n_cases);
	return is_good && n_cases > 0 ? 0 : 1;
}
