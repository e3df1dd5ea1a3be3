/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whether a file speaks of IPv4 or IPv6, or both: iptables-save and
 * ip6tables-save print the same format. Words that only one of them takes
 * decide, the most frequent kind wins; without any, the file's name. Scripts
 * say it by their programs, and so do the outputs of both in one file by the
 * comments in front of their tables.
 */
#include <string.h>

#include "sema/sema.h"
#include "sema/value.h"

static bool is_one_of(const char *s, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(s, list[i]) == 0)
			return true;
	return false;
}

#define IS_ONE_OF(s, list) is_one_of(s, list, sizeof(list) / sizeof(*(list)))

static bool takes_address(const char *option)
{
	static const char *const options[] = {
		"-s",    "-d",          "--source",    "--destination",
		"--src", "--dst",       "--src-range", "--dst-range",
		"--to",  "--to-source", "--to-ports",  "--to-destination",
	};

	return option[0] == '-' && IS_ONE_OF(option, options);
}

/* 4, 6, or 0: what an address (with a mask, in a list, ...) is of. */
static int family_of_address(const char *s)
{
	size_t len = strcspn(s, "/,-");
	tz_value value;

	if (memchr(s, ':', len))
		return *s == '[' || tz_value_address(TZ_IPV6, s, s + len,
						     &value)
			       ? 6
			       : 4;
	return memchr(s, '.', len) &&
			       tz_value_address(TZ_IPV4, s, s + len, &value)
		       ? 4
		       : 0;
}

/* What the argument @word of @option tells. */
static int family_of_word(const char *option, const char *word)
{
	static const char *const words6[] = { "icmpv6", "icmp6", "ipv6-icmp" };

	if (takes_address(option))
		return family_of_address(word);
	if (strcmp(option, "-p") == 0)
		return IS_ONE_OF(word, words6) ? 6 : 0;
	if (strcmp(option, "-m") == 0) {
		bool has4 = tz_ext_match(word, TZ_IPV4);
		bool has6 = tz_ext_match(word, TZ_IPV6);

		return has4 == has6 ? 0 : has4 ? 4 : 6;
	}
	if (strcmp(option, "-j") == 0) {
		bool has4 = tz_ext_target(word, TZ_IPV4);
		bool has6 = tz_ext_target(word, TZ_IPV6);

		return has4 == has6 ? 0 : has4 ? 4 : 6;
	}
	if (strcmp(option, "--reject-with") == 0)
		return strncmp(word, "icmp6-", 6) == 0  ? 6
		       : strncmp(word, "icmp-", 5) == 0 ? 4
							: 0;
	if (strcmp(option, "--icmpv6-type") == 0)
		return 6;
	return strcmp(option, "--icmp-type") == 0 ? 4 : 0;
}

static bool ends_with(const char *s, const char *end)
{
	size_t len = strlen(s), end_len = strlen(end);

	return len >= end_len && strcmp(s + len - end_len, end) == 0;
}

static enum tz_family family_of_name(const char *name)
{
	const char *slash = strrchr(name, '/');
	const char *base = slash ? slash + 1 : name;

	return ends_with(base, ".v6") || ends_with(base, ".v6.save") ||
			       strstr(base, "ip6tables")
		       ? TZ_IPV6
		       : TZ_IPV4;
}

static enum tz_family family_of_content(const struct tz_ast_file *file)
{
	enum { enough = 64 }; /* words that tell, in a large file */
	size_t n4 = 0, n6 = 0;

	for (const struct tz_ast_table *t = file->tables; t; t = t->next) {
		for (const struct tz_ast_line *l = t->lines;
		     l && n4 + n6 < enough; l = l->next) {
			const char *option = "";

			for (const struct tz_ast_word *w = l->words; w;
			     w = w->next) {
				int family = family_of_word(option, w->text);

				n4 += family == 4;
				n6 += family == 6;
				if (strcmp(w->text, "!") != 0)
					option = w->text;
			}
		}
	}
	if (n4 == n6)
		return family_of_name(file->source->name);
	return n6 > n4 ? TZ_IPV6 : TZ_IPV4;
}

/* TZ_FOR_*: of what comments say. */
static unsigned int said_families(const struct tz_ast_file *file)
{
	unsigned int families = 0;

	for (const struct tz_ast_table *t = file->tables; t; t = t->next)
		families |= t->family == 4   ? TZ_FOR_4
			    : t->family == 6 ? TZ_FOR_6
					     : 0;
	return families;
}

/* A comment counts where others say the opposite: alone it may be old. */
bool tz_sema_takes(const struct tz_ast_file *file,
		   const struct tz_ast_table *table, enum tz_family family)
{
	if (said_families(file) != TZ_FOR_BOTH)
		return true;
	return (table->family ? table->family : 4) == (int)family;
}

unsigned int tz_sema_families(const struct tz_ast_file *file,
			      const struct tz_sema_script *script,
			      enum tz_family family)
{
	unsigned int found = 0;

	for (size_t i = 0; i < script->calls.n; i++)
		found |= script->calls.at[i].families;
	if (!file->is_script)
		found = said_families(file);
	if (!file->is_script && found != TZ_FOR_BOTH)
		found = (family ? family : family_of_content(file)) == TZ_IPV4
				? TZ_FOR_4
				: TZ_FOR_6;
	return family ? found & (family == TZ_IPV4 ? TZ_FOR_4 : TZ_FOR_6)
		      : found;
}
