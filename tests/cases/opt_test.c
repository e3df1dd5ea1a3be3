/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Runs the cases of tests/cases/opt: what rules become in the plan, or in the
 * C. A case is rule text, a line `----`, and what must be found there:
 *
 *     % OPTION...        replace legacy nft nat no-device hides-routes
 *                        hides-sockets log=ring reject=drop reject=answer
 *                        state=own
 *                        no-conntrack loose expects chain=NAME c
 *     % repeat N LINE    LINE N times, with 0, 1, ... for every #
 *     ====               a second rule set, which must become the same C
 *     ----
 *     TEXT               is found, behind what was found before
 *     ! TEXT             is found nowhere
 *
 * Looked at is the plan (--emit=plan), or with `c` the C; blanks and line
 * breaks in it count as one blank.
 */
#include <ctype.h>
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "tamiz/compile.h"

struct test {
	const char *path;
	struct tamiz_options options;
	const char *chain;
	bool looks_at_c, has_second, is_good;
	struct tz_buf rules[2], seen;
	size_t at; /* behind what was found */
};

static void set_option(struct test *t, const char *word)
{
	struct tamiz_options *o = &t->options;

	if (!strcmp(word, "replace"))
		o->mode = TAMIZ_MODE_REPLACE;
	else if (!strcmp(word, "legacy"))
		o->backend = TAMIZ_BACKEND_LEGACY;
	else if (!strcmp(word, "nft"))
		o->backend = TAMIZ_BACKEND_NFT;
	else if (!strcmp(word, "nat"))
		o->host_has_nat = true;
	else if (!strcmp(word, "no-device"))
		o->ifname = NULL;
	else if (!strcmp(word, "log=ring"))
		o->log_ring = true;
	else if (!strcmp(word, "reject=answer"))
		o->answers = TAMIZ_ANSWERS_XDP;
	else if (!strcmp(word, "reject=drop"))
		o->answers = TAMIZ_ANSWERS_NOBODY;
	else if (!strcmp(word, "state=own"))
		o->owns_state = true;
	else if (!strcmp(word, "no-conntrack"))
		o->conntrack = TAMIZ_CONNTRACK_NONE;
	else if (!strcmp(word, "loose"))
		o->host_is_loose = true;
	else if (!strcmp(word, "expects"))
		o->host_has_expectations = true;
	else if (!strcmp(word, "hides-routes"))
		o->hides_routes = TAMIZ_HIDES_ROUTES4;
	else if (!strcmp(word, "hides-sockets"))
		o->hides_routes = TAMIZ_HIDES_SOCKETS;
	else if (!strcmp(word, "c"))
		t->looks_at_c = true;
	else if (!strncmp(word, "chain=", 6))
		t->chain = strdup(word + 6);
	else
		t->is_good = false;
}

static void repeat(struct tz_buf *out, char *spec)
{
	unsigned long n = strtoul(spec, &spec, 10);

	for (unsigned long i = 0; i < n; i++) {
		for (const char *c = spec + 1; *c; c++)
			if (*c == '#')
				tz_buf_printf(out, "%lu", i);
			else
				tz_buf_append(out, c, 1);
		tz_buf_puts(out, "\n");
	}
}

static void read_head(struct test *t, char *line)
{
	struct tz_buf *rules = &t->rules[t->has_second];

	if (!strcmp(line, "====")) {
		t->has_second = true;
	} else if (!strncmp(line, "% repeat ", 9)) {
		repeat(rules, line + 9);
	} else if (!strncmp(line, "% ", 2)) {
		for (char *word = strtok(line + 2, " "); word;
		     word = strtok(NULL, " "))
			set_option(t, word);
	} else {
		tz_buf_puts(rules, line);
		tz_buf_puts(rules, "\n");
	}
}

/* Blanks as one; of C without its comments and quotes of the rules. */
static void squeeze(struct tz_buf *out, const char *text, bool is_c)
{
	bool was_blank = true;

	for (const char *c = text; *c; c++) {
		if (is_c && c[0] == '/' && c[1] == '*') {
			const char *end = strstr(c + 2, "*/");

			c = end ? end + 1 : c;
			continue;
		}
		if (!isspace((unsigned char)*c))
			tz_buf_append(out, c, 1);
		else if (!was_blank)
			tz_buf_puts(out, " ");
		was_blank = isspace((unsigned char)*c);
	}
}

static void compile(struct test *t, int which, enum tamiz_emit form,
		    struct tz_buf *out)
{
	struct tamiz *tamiz = tamiz_new();
	size_t len;

	t->options.chains = &t->chain;
	t->options.n_chains = t->chain ? 1 : 0;
	if (!t->chain)
		t->options.chains = NULL;
	tamiz_add_text(tamiz, "rules", t->rules[which].text,
		       t->rules[which].len);
	if (tamiz_compile(tamiz, &t->options)) {
		printf("FAIL: %s: %s", t->path,
		       tamiz_diagnostic(tamiz, 0).printed);
		t->is_good = false;
	} else {
		squeeze(out, tamiz_emit(tamiz, form, &len),
			form == TAMIZ_EMIT_C);
	}
	tz_buf_puts(out, "");
	tamiz_free(tamiz);
}

static void compare_second(struct test *t)
{
	struct tz_buf c[2] = { 0 };

	for (int i = 0; i < 2; i++)
		compile(t, i, TAMIZ_EMIT_C, &c[i]);
	if (strcmp(c[0].text, c[1].text) != 0) {
		printf("FAIL: %s: not the same:\n%s\n\n%s\n", t->path,
		       c[0].text, c[1].text);
		t->is_good = false;
	}
	tz_buf_free(&c[0]);
	tz_buf_free(&c[1]);
}

static void expect(struct test *t, const char *line)
{
	bool is_absent = !strncmp(line, "! ", 2);
	const char *wanted = is_absent ? line + 2 : line;
	const char *from = t->seen.text + (is_absent ? 0 : t->at);
	const char *found = strstr(from, wanted);

	if (found && !is_absent)
		t->at = (size_t)(found - t->seen.text) + strlen(wanted);
	if (!found == is_absent)
		return;
	printf("FAIL: %s: `%s`\n%s\n", t->path, line, t->seen.text);
	t->is_good = false;
}

static void end_head(struct test *t)
{
	compile(t, 0, t->looks_at_c ? TAMIZ_EMIT_C : TAMIZ_EMIT_PLAN, &t->seen);
	if (t->has_second)
		compare_second(t);
}

static bool run_case(const char *path)
{
	struct test t = { .path = path,
			  .options = { .ifname = "eth0" },
			  .is_good = true };
	FILE *file = fopen(path, "r");
	bool is_behind = false;
	char *line = NULL;
	size_t cap = 0;
	ssize_t len;

	if (!file)
		return false;
	while ((len = getline(&line, &cap, file)) >= 0) {
		if (len && line[len - 1] == '\n')
			line[len - 1] = '\0';
		if (!is_behind && !strcmp(line, "----")) {
			is_behind = true;
			end_head(&t);
		} else if (!is_behind) {
			read_head(&t, line);
		} else if (t.seen.len && *line) {
			expect(&t, line);
		}
	}
	free(line);
	fclose(file);
	tz_buf_free(&t.rules[0]);
	tz_buf_free(&t.rules[1]);
	tz_buf_free(&t.seen);
	free((char *)(uintptr_t)t.chain);
	if (!t.is_good || !is_behind)
		printf("FAIL: %s\n", path);
	return t.is_good && is_behind;
}

int main(void)
{
	const char *top = getenv("top_srcdir");
	char folder[4096], path[4400];
	struct dirent **files;
	int n_cases = 0, n_bad = 0;

	snprintf(folder, sizeof(folder), "%s/tests/cases/opt", top ? top : ".");

	int n = scandir(folder, &files, NULL, alphasort);

	for (int i = 0; i < n; i++) {
		const char *dot = strrchr(files[i]->d_name, '.');

		if (dot && strcmp(dot, ".t") == 0) {
			snprintf(path, sizeof(path), "%s/%s", folder,
				 files[i]->d_name);
			n_bad += !run_case(path);
			n_cases++;
		}
		free(files[i]);
	}
	if (n >= 0)
		free(files);
	printf("%d cases of plans, %d fail\n", n_cases, n_bad);
	return n_cases == 0 || n_bad ? 1 : 0;
}
