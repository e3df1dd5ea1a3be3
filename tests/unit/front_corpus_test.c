/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The front-end over ../shared/corpus: every iptables-save file that the
 * kernel's tools load is read, and those that they refuse are refused; and of
 * iptables' own extension tests what says OK is accepted, what says FAIL is an
 * error, with the exceptions that count below. Skipped without ../shared.
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/front_help.h"

/* ---- iptables-save ---- */

/* One line of MANIFEST.tsv: name, kind, ..., status. */
static bool check_manifest_line(const char *corpus, char *line, size_t *n)
{
	char *name = strtok(line, "\t"), *kind = strtok(NULL, "\t"), *status;
	char path[8192];
	size_t len;

	if (!kind || !strstr(kind, "tables-save"))
		return true;
	status = strtok(NULL, "");
	snprintf(path, sizeof(path), "%s/%s", corpus, name);

	char *text = front_slurp(path, &len);

	if (!text)
		return true;

	struct front f = front_read(name, text, len, 0);
	bool is_loaded = strstr(status, "legacy=ok") != NULL;
	const char *broken = f.is_good ? tz_ir_verify(f.ir) : NULL;

	if (f.is_good != is_loaded || broken) {
		struct tz_buf out = front_diags(&f);

		printf("%s: iptables says %s\n%s%s\n", name, status,
		       out.text ? out.text : "", broken ? broken : "");
		tz_buf_free(&out);
	}

	bool is_right = f.is_good == is_loaded && !broken;

	++*n;
	front_free(&f);
	free(text);
	return is_right;
}

static void reads_what_the_kernel_loads(void **state)
{
	const char *shared = front_shared();
	char path[4200], corpus[4200];
	size_t len, n = 0, n_wrong = 0;

	(void)state;
	if (!shared) {
		printf("../shared is absent: skipped\n");
		skip();
	}
	snprintf(corpus, sizeof(corpus), "%s/corpus", shared);
	snprintf(path, sizeof(path), "%s/corpus/MANIFEST.tsv", shared);

	char *manifest = front_slurp(path, &len), *rest = manifest;

	assert_non_null(manifest);
	while (rest) {
		char *newline = strchr(rest, '\n');

		if (newline)
			*newline++ = '\0';
		n_wrong += !check_manifest_line(corpus, rest, &n);
		rest = newline;
	}
	free(manifest);
	printf("%zu files, %zu wrong\n", n, n_wrong);
	assert_true(n > 50);
	assert_int_equal(n_wrong, 0);
}

/* ---- iptables-extensions ---- */

struct score {
	size_t n_ok, n_ok_right, n_fail, n_fail_right, n_same, n_same_right;
};

struct suite {
	char chains[128], table[32];
	struct score *score;
	bool is_verbose;
};

static struct front read_rule(const struct suite *suite, enum tz_family family,
			      const char *rule)
{
	char chain[64], lines[4096];

	snprintf(chain, sizeof(chain), "%.*s", (int)strcspn(suite->chains, ","),
		 suite->chains);
	snprintf(lines, sizeof(lines), "-A %s %s", chain, rule);
	return front_table(family, suite->table, lines);
}

/* The text of the only rule is what iptables-save prints. */
static void check_text(const struct suite *suite, const struct front *f,
		       const char *rule, const char *expected)
{
	const char *wanted = strcmp(expected, "=") == 0 ? rule : expected;

	for (size_t i = 0; i < f->ir->counted.n; i++) {
		const struct tz_ir_rule *r = f->ir->counted.at[i].rule;

		if (!r)
			continue;
		suite->score->n_same++;
		if (strcmp(r->text, wanted) == 0)
			suite->score->n_same_right++;
		else if (suite->is_verbose)
			printf("  text: %s, not %s\n", r->text, wanted);
		return;
	}
}

static void check_rule(const struct suite *suite, enum tz_family family,
		       char *line)
{
	char *expected = strchr(line, ';'), *result;

	if (!expected)
		return;
	*expected++ = '\0';
	result = strchr(expected, ';');
	if (!result)
		return;
	*result++ = '\0';

	struct front f = read_rule(suite, family, line);
	bool is_ok = strncmp(result, "OK", 2) == 0;

	if (is_ok) {
		suite->score->n_ok++;
		suite->score->n_ok_right += f.is_good;
		if (f.is_good && !strstr(result, "NOMATCH"))
			check_text(suite, &f, line, expected);
	} else {
		suite->score->n_fail++;
		suite->score->n_fail_right += !f.is_good;
	}
	if (f.is_good != is_ok && suite->is_verbose)
		printf("  IPv%d %s: %s\n", (int)family, result, line);
	front_free(&f);
}

static void run_suite(const char *path, enum tz_family family,
		      struct score *score)
{
	size_t len;
	char *text = front_slurp(path, &len), *rest = text;
	struct suite suite = { .chains = "INPUT",
			       .table = "filter",
			       .score = score,
			       .is_verbose = getenv("VERBOSE") != NULL };

	while (rest && *rest) {
		char *line = rest, *newline = strchr(rest, '\n');

		if (newline)
			*newline++ = '\0';
		rest = newline;
		if (*line == ':')
			snprintf(suite.chains, sizeof(suite.chains), "%s",
				 line + 1);
		else if (*line == '*')
			snprintf(suite.table, sizeof(suite.table), "%s",
				 line + 1);
		else if (*line == '-' || *line == '!' || *line == ';')
			check_rule(&suite, family, line);
	}
	free(text);
}

static void agrees_with_iptables_tests(void **state)
{
	const char *shared = front_shared();
	char folder[4200], path[4600];
	struct score score = { 0 };

	(void)state;
	if (!shared) {
		printf("../shared is absent: skipped\n");
		skip();
	}
	snprintf(folder, sizeof(folder), "%s/corpus/iptables-extensions",
		 shared);

	DIR *dir = opendir(folder);

	assert_non_null(dir);
	for (const struct dirent *e; (e = readdir(dir));) {
		snprintf(path, sizeof(path), "%s/%s", folder, e->d_name);
		if (strncmp(e->d_name, "libxt_", 6) == 0 ||
		    strncmp(e->d_name, "libipt_", 7) == 0 ||
		    strcmp(e->d_name, "iptables.t") == 0)
			run_suite(path, TZ_IPV4, &score);
		if (strncmp(e->d_name, "libip6t_", 8) == 0)
			run_suite(path, TZ_IPV6, &score);
	}
	closedir(dir);
	printf("OK accepted %zu of %zu, FAIL refused %zu of %zu, "
	       "text as iptables-save %zu of %zu\n",
	       score.n_ok_right, score.n_ok, score.n_fail_right, score.n_fail,
	       score.n_same_right, score.n_same);
	assert_true(score.n_ok > 500);
	assert_int_equal(score.n_ok_right, score.n_ok);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_the_kernel_loads),
		cmocka_unit_test(agrees_with_iptables_tests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
