/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The tables of extensions, made from the rows of matches.def and targets.def,
 * and questions about them. Knows nothing of rules or packets.
 */
#include "sema/ext.h"

#include <string.h>

/* How the .def files write the properties of an option. */
#define INVERT .may_invert = true
#define REPEAT .may_repeat = true
#define REQUIRED .is_required = true
#define MAY_LACK .second_may_lack = true
#define WRITING .writes = true
#define ALIAS(name) .alias_of = name
#define ONE_OF(names) .conflicts = names
#define NEEDS(name) .needs = name

#define OPT(name_, arg_, ...)                                    \
	{                                                        \
		.name = name_, .arg = TZ_ARG_##arg_, __VA_ARGS__ \
	}
#define LETTER(name_, letter_, arg_, ...)                               \
	{                                                               \
		.name = name_, .letter = letter_, .arg = TZ_ARG_##arg_, \
		__VA_ARGS__                                             \
	}
#define OPTIONS(...) ((const struct tz_ext_option[]){ __VA_ARGS__ })
#define EXT(name_, families_, kind_, reason_, ...)                   \
	{                                                            \
		.name = name_, .families = families_, .kind = kind_, \
		.reason = reason_, .options = OPTIONS(__VA_ARGS__),  \
		.n_options = sizeof(OPTIONS(__VA_ARGS__)) /          \
			     sizeof(struct tz_ext_option),           \
	}

static const struct tz_ext rules[] = {
#define MATCH(...)
#define RULE(families, ...) \
	EXT("rule", TZ_FOR_##families, TZ_EXT_REAL, NULL, __VA_ARGS__),
#include "sema/matches.def"
#undef RULE
#undef MATCH
};

static const struct tz_ext matches[] = {
#define RULE(...)
#define MATCH(name, families, kind, reason, ...) \
	EXT(#name, TZ_FOR_##families, TZ_EXT_##kind, reason, __VA_ARGS__),
#include "sema/matches.def"
#undef MATCH
#undef RULE
};

static const struct tz_ext targets[] = {
#define TARGET(name, families, kind, reason, ...) \
	EXT(#name, TZ_FOR_##families, TZ_EXT_##kind, reason, __VA_ARGS__),
#include "sema/targets.def"
#undef TARGET
};

#define N_ROWS(table) (sizeof(table) / sizeof(*(table)))

static const struct tz_ext *find_row(const struct tz_ext *rows, size_t n,
				     const char *name, enum tz_family family)
{
	unsigned int bit = family == TZ_IPV4 ? TZ_FOR_4 : TZ_FOR_6;

	for (size_t i = 0; i < n; i++) {
		if ((rows[i].families & bit) != 0 &&
		    strcmp(rows[i].name, name) == 0)
			return &rows[i];
	}
	return NULL;
}

/* Whether @name is one of @words, which spaces separate. */
static bool has_word(const char *words, const char *name)
{
	size_t len = strlen(name);

	while (*words != '\0') {
		size_t n = strcspn(words, " ");

		if (n == len && memcmp(words, name, n) == 0)
			return true;
		words += n + strspn(words + n, " ");
	}
	return false;
}

static const char *meaning_of(const struct tz_ext_option *option)
{
	return option->alias_of != NULL ? option->alias_of : option->name;
}

/* Whether the list of @a names @b, which means something else. */
static bool excludes(const struct tz_ext_option *a,
		     const struct tz_ext_option *b)
{
	const char *name = meaning_of(b);

	return a->conflicts != NULL && strcmp(meaning_of(a), name) != 0 &&
	       has_word(a->conflicts, name);
}

const struct tz_ext *tz_ext_match(const char *name, enum tz_family family)
{
	/* libxtables maps both names before it looks for the extension. */
	if (strcmp(name, "icmpv6") == 0 || strcmp(name, "ipv6-icmp") == 0)
		name = "icmp6";
	return find_row(matches, N_ROWS(matches), name, family);
}

const struct tz_ext *tz_ext_target(const char *name, enum tz_family family)
{
	return find_row(targets, N_ROWS(targets), name, family);
}

const struct tz_ext *tz_ext_rule(enum tz_family family)
{
	return find_row(rules, N_ROWS(rules), "rule", family);
}

const struct tz_ext_option *tz_ext_option(const struct tz_ext *ext,
					  const char *name)
{
	for (size_t i = 0; i < ext->n_options; i++) {
		if (strcmp(ext->options[i].name, name) == 0)
			return &ext->options[i];
	}
	return NULL;
}

const struct tz_ext_option *tz_ext_option_letter(const struct tz_ext *ext,
						 char letter)
{
	for (size_t i = 0; i < ext->n_options; i++) {
		if (letter != '\0' && ext->options[i].letter == letter)
			return &ext->options[i];
	}
	return NULL;
}

const struct tz_ext_option *
tz_ext_option_meaning(const struct tz_ext *ext,
		      const struct tz_ext_option *option)
{
	if (option->alias_of == NULL)
		return option;
	return tz_ext_option(ext, option->alias_of);
}

bool tz_ext_options_conflict(const struct tz_ext_option *a,
			     const struct tz_ext_option *b)
{
	return excludes(a, b) || excludes(b, a);
}

bool tz_ext_writes(const struct tz_ext *ext,
		   const struct tz_ext_option *const *given, size_t n)
{
	if (ext->kind != TZ_EXT_WRITES)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (given[i]->writes)
			return true;
	}
	for (size_t i = 0; i < ext->n_options; i++) {
		if (ext->options[i].writes)
			return false;
	}
	return true;
}
