/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The rows of matches.def and targets.def against iptables: they are what the
 * installed one knows (its shared objects, and the text of its -h), and cover
 * the options that iptables' own tests use. What a test needs and does not
 * find is named, and the test is skipped.
 */
#include <ctype.h>
#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sema/ext.h"
#include "sema/own.h"

#define CORPUS "../shared/corpus/iptables-extensions"
#define TEXT_MAX 65536

struct row {
	const char *name;
	bool is_target;
};

static const struct row rows[] = {
#define RULE(...)
#define MATCH(name, ...) { #name, false },
#define TARGET(name, ...) { #name, true },
#include "sema/matches.def"
#include "sema/targets.def"
#undef TARGET
#undef MATCH
#undef RULE
};

#define N_ROWS (sizeof(rows) / sizeof(rows[0]))

static const struct tz_ext *find(const struct row *row, enum tz_family family)
{
	return row->is_target ? tz_ext_target(row->name, family)
			      : tz_ext_match(row->name, family);
}

static const char *command_of(enum tz_family family)
{
	return family == TZ_IPV4 ? "iptables" : "ip6tables";
}

/* What `iptables @args -h` prints, in @text; false when it fails. */
static bool read_help(enum tz_family family, const char *args,
		      char text[TEXT_MAX])
{
	char command[256];
	FILE *pipe;
	size_t len;

	snprintf(command, sizeof(command),
		 "PATH=$PATH:/usr/sbin:/sbin; %s %s -h 2>/dev/null",
		 command_of(family), args);
	/* No word of it comes from outside. NOLINTNEXTLINE(cert-env33-c) */
	pipe = popen(command, "r");
	assert_non_null(pipe);
	len = fread(text, 1, TEXT_MAX - 1, pipe);
	text[len] = '\0';
	return pclose(pipe) == 0;
}

/*
 * The next word that begins with "--" at or after @text, without the dashes,
 * in @name; returns what follows it, NULL when there is none.
 */
static const char *next_option(const char *text, char name[64])
{
	const char *begin = text;

	while ((begin = strstr(begin, "--")) != NULL) {
		size_t len = 0;

		while (isalnum((unsigned char)begin[2 + len]) ||
		       begin[2 + len] == '-')
			len++;
		if (len > 0 && len < 64 && isalnum((unsigned char)begin[2])) {
			memcpy(name, begin + 2, len);
			name[len] = '\0';
			return begin + 2 + len;
		}
		begin += 2;
	}
	return NULL;
}

/* Options that 1.8.9 takes and does not name in its -h. */
static bool is_silent(const char *ext, const char *option)
{
	static const char *const silent[] = {
		"hashlimit hashlimit",
		"rateest rateest",
		"rateest rateest-bps",
		"rateest rateest-pps",
		"set set",
		"time contiguous",
		"time localtz",
		"time utc",
		"ipcomp compres",
		"ttl ttl",
		"hl hl",
		"ECN ecn-tcp-cwr",
		"ECN ecn-tcp-ece",
		"ECN ecn-ip-ect",
	};
	char pair[160];

	snprintf(pair, sizeof(pair), "%s %s", ext, option);
	for (size_t i = 0; i < sizeof(silent) / sizeof(silent[0]); i++) {
		if (strcmp(silent[i], pair) == 0)
			return true;
	}
	return false;
}

static bool help_names(const char *help, const char *option)
{
	char name[64];

	while ((help = next_option(help, name)) != NULL) {
		if (strcmp(name, option) == 0)
			return true;
	}
	return false;
}

/* Whether a '!' stands right before the option, once at least. */
static bool help_inverts(const char *help, const char *option)
{
	const char *at = help;
	char name[64];

	while ((at = next_option(at, name)) != NULL) {
		const char *before = at - strlen(name) - 3;

		if (strcmp(name, option) != 0)
			continue;
		while (before >= help && (*before == ' ' || *before == ']'))
			before--;
		if (before >= help && *before == '!')
			return true;
	}
	return false;
}

/*
 * Rates and counts can be inverted, though -h has no '!' there; SET takes one
 * and forgets it; an alias stands on a line of its own in -h.
 */
static bool inverts_silently(const struct tz_ext *ext,
			     const struct tz_ext_option *option)
{
	return option->alias_of != NULL || strcmp(ext->name, "SET") == 0 ||
	       is_silent(ext->name, option->name) ||
	       strcmp(ext->name, "hashlimit") == 0 ||
	       strcmp(ext->name, "connlimit") == 0;
}

/* @help: what -h prints beyond the options of a rule. */
static void compare_with_help(const struct tz_ext *ext, const char *help)
{
	const char *at = help;
	char name[64];

	while ((at = next_option(at, name)) != NULL) {
		if (tz_ext_option(ext, name) == NULL)
			fail_msg("%s: iptables has --%s", ext->name, name);
	}
	for (size_t i = 0; i < ext->n_options; i++) {
		const struct tz_ext_option *option = &ext->options[i];
		const char *word = option->name;

		if (help_names(help, word) == is_silent(ext->name, word))
			fail_msg("%s: --%s is not as in -h", ext->name, word);
		if (help_inverts(help, word) != option->may_invert &&
		    !(option->may_invert && inverts_silently(ext, option)))
			fail_msg("%s: ! --%s is not as in -h", ext->name, word);
	}
}

static char base[TEXT_MAX], help[TEXT_MAX];

static void test_options_are_those_of_help(void **state)
{
	(void)state;
	size_t n = 0;

	for (int family = TZ_IPV4; family <= TZ_IPV6; family += 2) {
		if (!read_help(family, "", base)) {
			print_message("no %s here\n", command_of(family));
			skip();
		}
		for (size_t i = 0; i < N_ROWS; i++) {
			const struct tz_ext *ext = find(&rows[i], family);
			char args[64];

			snprintf(args, sizeof(args), "-%c %s",
				 rows[i].is_target ? 'j' : 'm', rows[i].name);
			/* tamiz's own */
			if (ext && tz_own_is(ext))
				continue;
			/*
			 * Without the extension, -m fails; -j takes a chain
			 * and has nothing to add.
			 */
			if (ext == NULL) {
				if (read_help(family, args, help))
					assert_string_equal(help, base);
				continue;
			}
			assert_true(read_help(family, args, help));
			assert_memory_equal(help, base, strlen(base));
			assert_true(strlen(help) > strlen(base));
			compare_with_help(ext, help + strlen(base));
			n++;
		}
	}
	assert_true(n > 150);
}

/* "libxt_tcp.so" in some folder: its family part and its name. */
static void check_object(const char *path)
{
	const char *file = strrchr(path, '/') + 1;
	char family[8], name[64];
	bool is_known = false;

	if (sscanf(file, "lib%7[a-z0-9]_%63[^.]", family, name) != 2)
		return;
	/* NAT holds DNAT and its like; standard holds ACCEPT and its like. */
	if (strcmp(name, "NAT") == 0 || strcmp(name, "standard") == 0)
		return;
	if (strcmp(family, "xt") == 0 || strcmp(family, "ipt") == 0)
		is_known = tz_ext_match(name, TZ_IPV4) != NULL ||
			   tz_ext_target(name, TZ_IPV4) != NULL;
	if (strcmp(family, "xt") == 0 || strcmp(family, "ip6t") == 0)
		is_known = is_known || tz_ext_match(name, TZ_IPV6) != NULL ||
			   tz_ext_target(name, TZ_IPV6) != NULL;
	if (strcmp(family, "ebt") == 0 || strcmp(family, "arpt") == 0)
		is_known = true; /* of other tools */
	if (!is_known)
		fail_msg("no row for %s", file);
}

static void test_every_shared_object_has_a_row(void **state)
{
	(void)state;
	glob_t found;

	if (glob("/usr/lib/*/xtables/lib*_*.so", 0, NULL, &found) != 0) {
		print_message("no shared objects of iptables here\n");
		skip();
	}
	for (size_t i = 0; i < found.gl_pathc; i++)
		check_object(found.gl_pathv[i]);
	assert_true(found.gl_pathc > 90);
	globfree(&found);
}

/* ---- against iptables' own tests ---- */

/* Cuts the next word off *@line, quotes resolved; NULL at its end. */
static char *cut_word(char **line)
{
	char *begin = *line + strspn(*line, " ");
	char *end;

	if (*begin == '\0')
		return NULL;
	if (*begin == '"') {
		end = strchr(begin + 1, '"');
		assert_non_null(end);
		*begin = '\0'; /* a quoted word is never an option */
	} else {
		end = begin + strcspn(begin, " ");
	}
	*line = *end == '\0' ? end : end + 1;
	*end = '\0';
	return begin;
}

struct loaded {
	enum tz_family family;
	const struct tz_ext *at[16];
	size_t n;
};

static void load(struct loaded *loaded, const struct tz_ext *ext)
{
	if (ext == NULL)
		return;
	assert_true(loaded->n < 16);
	loaded->at[loaded->n++] = ext;
}

static const struct tz_ext_option *known(const struct loaded *loaded,
					 const char *name)
{
	const struct tz_ext_option *option = NULL;

	for (size_t i = loaded->n; i > 0 && option == NULL; i--)
		option = tz_ext_option(loaded->at[i - 1], name);
	return option;
}

/* One rule that iptables takes: every option of it is in a row. */
static void check_rule(const char *file, char *rule, enum tz_family family)
{
	struct loaded loaded = { .family = family };
	bool is_inverted = false;

	load(&loaded, tz_ext_rule(family));
	for (char *word; (word = cut_word(&rule)) != NULL;) {
		const struct tz_ext_option *option = NULL;

		if (strncmp(word, "--", 2) == 0)
			option = known(&loaded, word + 2);
		else if (word[0] == '-' && isalnum((unsigned char)word[1]))
			option = tz_ext_option_letter(loaded.at[0], word[1]);
		if (option == NULL && word[0] == '-' && word[1] != '\0')
			fail_msg("%s: %s is in no row", file, word);
		if (option != NULL && is_inverted && !option->may_invert)
			fail_msg("%s: ! %s", file, word);
		is_inverted = strcmp(word, "!") == 0;
		if (option == NULL || option->letter == '\0' ||
		    strchr("mjp", option->letter) == NULL)
			continue;
		word = cut_word(&rule);
		assert_non_null(word);
		load(&loaded, option->letter == 'j'
				      ? tz_ext_target(word, family)
				      : tz_ext_match(word, family));
	}
}

static size_t check_file(const char *path, enum tz_family family)
{
	FILE *file = fopen(path, "r");
	char line[4096];
	size_t n = 0;

	assert_non_null(file);
	while (fgets(line, sizeof(line), file) != NULL) {
		char *end = strchr(line, ';');

		if (line[0] == '#' || line[0] == '%' || end == NULL ||
		    strstr(end, ";OK") == NULL)
			continue;
		*end = '\0';
		check_rule(path, line, family);
		n++;
	}
	fclose(file);
	return n;
}

static void test_options_of_iptables_tests_are_known(void **state)
{
	(void)state;
	static const struct {
		const char *files;
		enum tz_family family;
	} sets[] = {
		{ "libxt_*.t", TZ_IPV4 },
		{ "libipt_*.t", TZ_IPV4 },
		{ "libip6t_*.t", TZ_IPV6 },
		{ "iptables.t", TZ_IPV4 },
	};
	const char *top = getenv("top_srcdir");
	size_t n = 0;

	for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
		char pattern[4096];
		glob_t found;

		snprintf(pattern, sizeof(pattern), "%s/" CORPUS "/%s",
			 top != NULL ? top : ".", sets[i].files);
		if (glob(pattern, 0, NULL, &found) != 0) {
			print_message("no %s here\n", pattern);
			skip();
		}
		for (size_t k = 0; k < found.gl_pathc; k++)
			n += check_file(found.gl_pathv[k], sets[i].family);
		globfree(&found);
	}
	print_message("%zu rules\n", n);
	assert_true(n > 500);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_options_are_those_of_help),
		cmocka_unit_test(test_every_shared_object_has_a_row),
		cmocka_unit_test(test_options_of_iptables_tests_are_known),
	};

	return cmocka_run_group_tests_name("ext_iptables", tests, NULL, NULL);
}
