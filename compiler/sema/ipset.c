/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Commands of ipset: create, add, del, flush, destroy, swap and rename, by
 * their names or letters. What else restore takes shows something, and changes
 * no set. Elements are read in ipset_element.c.
 */
#include "sema/ipset.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct tz_ipsets *tz_ipsets_new(struct tz_arena *arena)
{
	struct tz_ipsets *sets = tz_new(arena, struct tz_ipsets);

	sets->arena = arena;
	sets->by_name = tz_map_new(arena);
	return sets;
}

struct tz_ipset *tz_ipsets_find(const struct tz_ipsets *sets, const char *name)
{
	return tz_map_get(sets->by_name, name);
}

bool tz_ipset_fail(struct tz_ipset_reader *r, const struct tz_ipset_word *word,
		   const char *fmt, ...)
{
	char text[512]; /* a longer one ends early */
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	tz_diag(r->diags, TZ_DIAG_IPSET, word->span, "%s", text);
	return false;
}

/* ---- lines ---- */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v';
}

/* A word at @p of the line, which may stand in quotes; what is behind it. */
static char *read_word(struct tz_ipset_reader *r, char *p, uint32_t base)
{
	struct tz_ipset_word *word = &r->words[r->n++];
	bool is_quoted = *p == '"';

	word->span.begin = base + (uint32_t)(p - r->line);
	p += is_quoted;
	word->text = p;
	while (*p && (is_quoted ? *p != '"' : !is_blank(*p)))
		p++;
	word->span.end =
		base + (uint32_t)(p - r->line) + (is_quoted && *p == '"');
	if (*p)
		*p++ = '\0';
	return p;
}

/* False: the line holds no command. @base: where it is among all sources. */
static bool split_line(struct tz_ipset_reader *r, uint32_t base)
{
	char *p = r->line;

	r->n = 0;
	while (*p) {
		if (is_blank(*p)) {
			p++;
			continue;
		}
		if (*p == '#' && !r->n)
			return false;
		if (r->n == TZ_IPSET_WORDS_MAX)
			return tz_ipset_fail(r, &r->words[r->n - 1],
					     "more words than any command of "
					     "ipset has");
		p = read_word(r, p, base);
	}
	return r->n > 0;
}

/* ---- options ---- */

static bool read_number(struct tz_ipset_reader *r, size_t i, uint64_t max,
			uint64_t *number)
{
	const struct tz_ipset_word *word = &r->words[i];
	char *rest;
	unsigned long long value = strtoull(word->text, &rest, 0);

	if (*word->text < '0' || *word->text > '9' || *rest || value > max)
		return tz_ipset_fail(r, word, "'%s' is not a number up to %llu",
				     word->text, (unsigned long long)max);
	*number = value;
	return true;
}

struct option {
	const char *name;
	bool has_value;
};

/* What changes nothing of what the set holds. */
static bool is_harmless(const struct option *list, size_t n, const char *word,
			bool *has_value)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(list[i].name, word) != 0)
			continue;
		*has_value = list[i].has_value;
		return true;
	}
	return false;
}

#define IS_HARMLESS(list, word, has_value) \
	is_harmless(list, sizeof(list) / sizeof(*(list)), word, has_value)

static bool has_word(const struct tz_ipset_reader *r, size_t i,
		     const char *word)
{
	return strcmp(r->words[i].text, word) == 0;
}

static bool needs_value(struct tz_ipset_reader *r, size_t i)
{
	if (i + 1 < r->n)
		return true;
	return tz_ipset_fail(r, &r->words[i], "'%s' is followed by nothing",
			     r->words[i].text);
}

/* ---- create ---- */

static bool read_family(struct tz_ipset_reader *r, struct tz_ipset *set,
			size_t i)
{
	const char *word = r->words[i].text;

	if (strcmp(word, "inet") == 0 || strcmp(word, "ipv4") == 0)
		set->family = TZ_IPV4;
	else if (strcmp(word, "inet6") == 0 || strcmp(word, "ipv6") == 0)
		set->family = TZ_IPV6;
	else
		return tz_ipset_fail(r, &r->words[i],
				     "'%s' is no family: inet or inet6", word);
	return true;
}

static bool read_netmask(struct tz_ipset_reader *r, struct tz_ipset *set,
			 size_t i)
{
	uint64_t bits;

	if (set->type != TZ_IPSET_HASH_IP && set->type != TZ_IPSET_BITMAP_IP)
		return tz_ipset_fail(r, &r->words[i],
				     "sets of the type %s have no netmask",
				     tz_ipset_type_name(set->type));
	if (!read_number(r, i, set->family == TZ_IPV6 ? 128 : 32, &bits))
		return false;
	if (!bits)
		return tz_ipset_fail(r, &r->words[i],
				     "a netmask has at least one bit");
	set->netmask_bits = (uint8_t)bits;
	return true;
}

/* `range A-B` or A/BITS of a bitmap; of ports numbers. */
static bool read_range(struct tz_ipset_reader *r, struct tz_ipset *set,
		       size_t i)
{
	const struct tz_ipset_word *word = &r->words[i];
	struct tz_ipset_range range;
	unsigned int lo, hi;
	char rest;

	if (set->type == TZ_IPSET_BITMAP_PORT) {
		if (sscanf(word->text, "%u-%u%c", &lo, &hi, &rest) != 2 ||
		    lo > 65535 || hi > 65535)
			return tz_ipset_fail(r, word,
					     "'%s' is no range of ports",
					     word->text);
		range.lo = lo;
		range.hi = hi;
	} else if (!tz_ipset_range(TZ_IPV4, word->text, &range)) {
		return tz_ipset_fail(r, word, "'%s' is no range of addresses",
				     word->text);
	}
	set->first = (uint32_t)(range.lo < range.hi ? range.lo : range.hi);
	set->last = (uint32_t)(range.lo < range.hi ? range.hi : range.lo);
	return true;
}

static bool read_create_option(struct tz_ipset_reader *r, struct tz_ipset *set,
			       size_t *at)
{
	static const struct option harmless[] = {
		{ "hashsize", true },   { "counters", false },
		{ "comment", false },   { "skbinfo", false },
		{ "forceadd", false },  { "size", true },
		{ "markmask", true },   { "initval", true },
		{ "bucketsize", true }, { "probes", true },
		{ "resize", true },
	};
	size_t i = *at;
	uint64_t number;
	bool has_value;

	if (has_word(r, i, "-4") || has_word(r, i, "-6")) {
		set->family = has_word(r, i, "-4") ? TZ_IPV4 : TZ_IPV6;
		*at = i + 1;
		return true;
	}
	if (IS_HARMLESS(harmless, r->words[i].text, &has_value)) {
		*at = i + 1 + has_value;
		return !has_value || needs_value(r, i);
	}
	*at = i + 2;
	if (!needs_value(r, i))
		return false;
	if (has_word(r, i, "family"))
		return read_family(r, set, i + 1);
	if (has_word(r, i, "netmask"))
		return read_netmask(r, set, i + 1);
	if (has_word(r, i, "range") || has_word(r, i, "--range"))
		return read_range(r, set, i + 1);
	if (has_word(r, i, "maxelem")) {
		if (!read_number(r, i + 1, UINT32_MAX, &number))
			return false;
		set->maxelem = (size_t)number;
		return true;
	}
	if (has_word(r, i, "timeout")) {
		if (!read_number(r, i + 1, UINT32_MAX / 1000, &number))
			return false;
		set->has_timeout = true;
		set->timeout_s = (uint32_t)number;
		return true;
	}
	return tz_ipset_fail(r, &r->words[i],
			     "'%s' is no option of sets of the type %s",
			     r->words[i].text, tz_ipset_type_name(set->type));
}

/* Types that look at no address are of both families. */
static enum tz_family family_of(const struct tz_ipset *set)
{
	if (!tz_ipset_has(set->type, TZ_PART_IP) &&
	    !tz_ipset_has(set->type, TZ_PART_NET) &&
	    !tz_ipset_has(set->type, TZ_PART_OTHER))
		return (enum tz_family)0;
	return set->family ? set->family : TZ_IPV4;
}

static bool finish_set(struct tz_ipset_reader *r, struct tz_ipset *set)
{
	size_t maxelem = set->maxelem;
	bool is_bitmap = set->type == TZ_IPSET_BITMAP_IP ||
			 set->type == TZ_IPSET_BITMAP_PORT;

	if (is_bitmap && !set->last)
		return tz_ipset_fail(r, &r->words[1],
				     "a set of the type %s has a range",
				     tz_ipset_type_name(set->type));
	tz_ipset_init(set, set->name, set->type, family_of(set));
	/* the kernel holds as many addresses in a bitmap */
	set->maxelem = is_bitmap ? 65536 : maxelem;
	return true;
}

static void create(struct tz_ipset_reader *r, bool exists_is_fine)
{
	const struct tz_ipset_word *name = &r->words[1];
	struct tz_ipsets *sets = r->sets;
	struct tz_ipset *set = tz_new(sets->arena, struct tz_ipset);
	size_t i = 3;

	if (r->n < 3) {
		tz_ipset_fail(r, &r->words[r->n - 1],
			      "create is followed by a name and a type");
		return;
	}
	set->type = tz_ipset_type_by_name(r->words[2].text);
	set->maxelem = TZ_IPSET_MAXELEM;
	set->span = name->span;
	if (strlen(name->text) > TZ_IPSET_NAME_MAX || !*name->text)
		tz_ipset_fail(r, name, "a set's name has 1 to %d bytes",
			      TZ_IPSET_NAME_MAX);
	else if (set->type == TZ_N_IPSETS)
		tz_ipset_fail(r, &r->words[2], "'%s' is no type of ipset",
			      r->words[2].text);
	else if (tz_ipsets_find(sets, name->text)) {
		if (!exists_is_fine)
			tz_ipset_fail(r, name, "there is a set '%s' already",
				      name->text);
	} else {
		set->name = tz_arena_strndup(sets->arena, name->text,
					     strlen(name->text));
		while (i < r->n)
			if (!read_create_option(r, set, &i))
				return;
		if (!finish_set(r, set))
			return;
		set->number = (uint32_t)sets->all.n;
		tz_vec_push(sets->arena, &sets->all, set);
		tz_map_put(sets->by_name, set->name, set);
	}
}

/* ---- members ---- */

static struct tz_ipset *find_set(struct tz_ipset_reader *r, size_t i)
{
	struct tz_ipset *set;

	if (i >= r->n) {
		tz_ipset_fail(r, &r->words[r->n - 1],
			      "the name of a set is "
			      "missing");
		return NULL;
	}
	set = tz_ipsets_find(r->sets, r->words[i].text);
	if (!set)
		tz_ipset_fail(r, &r->words[i], "there is no set '%s'",
			      r->words[i].text);
	return set;
}

static bool read_timeout(struct tz_ipset_reader *r, const struct tz_ipset *set,
			 size_t i, struct tz_ipset_member *member)
{
	uint64_t number;

	if (!set->has_timeout)
		return tz_ipset_fail(r, &r->words[i],
				     "the set '%s' was created without timeout",
				     set->name);
	if (!needs_value(r, i) ||
	    !read_number(r, i + 1, UINT32_MAX / 1000, &number))
		return false;
	member->timeout_s = (uint32_t)number;
	return true;
}

static bool read_add_options(struct tz_ipset_reader *r,
			     const struct tz_ipset *set,
			     struct tz_ipset_member *member)
{
	static const struct option harmless[] = {
		{ "packets", true }, { "bytes", true },   { "comment", true },
		{ "skbmark", true }, { "skbprio", true }, { "skbqueue", true },
		{ "-exist", false }, { "-!", false },     { "wildcard", false },
	};
	bool has_value;

	for (size_t i = 3; i < r->n; i++) {
		const struct tz_ipset_word *word = &r->words[i];

		if (IS_HARMLESS(harmless, word->text, &has_value)) {
			i += has_value;
		} else if (strcmp(word->text, "timeout") == 0) {
			if (!read_timeout(r, set, i++, member))
				return false;
		} else if (strcmp(word->text, "nomatch") == 0 &&
			   tz_ipset_has_nomatch(set->type)) {
			member->is_nomatch = true;
		} else {
			return tz_ipset_fail(r, word,
					     "'%s' is said of no member of a "
					     "set of the type %s",
					     word->text,
					     tz_ipset_type_name(set->type));
		}
	}
	return true;
}

/* The sets of a list are asked in their order. */
static void change_list(struct tz_ipset_reader *r, struct tz_ipset *set,
			enum tz_ipset_action action)
{
	struct tz_ipset *member = find_set(r, 2);
	size_t at = 0, n = set->list.n;

	if (!member)
		return;
	while (at < n && set->list.at[at] != member)
		at++;
	if (member->type == TZ_IPSET_LIST_SET)
		tz_ipset_fail(r, &r->words[2], "'%s' is a list, too",
			      member->name);
	else if (action == TZ_IPSET_DELETE && at < n)
		memmove(&set->list.at[at], &set->list.at[at + 1],
			(--set->list.n - at) * sizeof(*set->list.at));
	else if (action == TZ_IPSET_ADD && at == n)
		tz_vec_push(r->sets->arena, &set->list, member);
}

static void change(struct tz_ipset_reader *r, enum tz_ipset_action action)
{
	struct tz_ipset *set = find_set(r, 1);
	struct tz_ipset_member member = { 0 };

	if (!set)
		return;
	member.timeout_s = set->timeout_s;
	if (r->n < 3)
		tz_ipset_fail(r, &r->words[1],
			      "the name of a set is followed by a member");
	else if (set->type == TZ_IPSET_LIST_SET)
		change_list(r, set, action);
	else if (tz_ipset_is_decidable(set->type) &&
		 read_add_options(r, set, &member))
		tz_ipset_element(r, set, &r->words[2], action, member);
}

/* ---- whole sets ---- */

static void forget(struct tz_ipsets *sets, struct tz_ipset *set)
{
	tz_map_put(sets->by_name, set->name, NULL);
	sets->all.at[set->number] = NULL;
}

static void flush_or_destroy(struct tz_ipset_reader *r, bool is_flush)
{
	struct tz_ipset *set = r->n > 1 ? find_set(r, 1) : NULL;

	for (size_t i = 0; i < r->sets->all.n; i++) {
		struct tz_ipset *each = r->sets->all.at[i];

		if (!each || (r->n > 1 && each != set))
			continue;
		if (is_flush)
			tz_ipset_flush(each);
		else
			forget(r->sets, each);
	}
}

/* Their names change places; whoever has a set in a list keeps the name. */
static void swap(struct tz_ipset_reader *r)
{
	struct tz_ipset *a = find_set(r, 1), *b = a ? find_set(r, 2) : NULL;

	if (!b)
		return;
	if (a->type != b->type || a->family != b->family) {
		tz_ipset_fail(r, &r->words[2],
			      "'%s' is not of the type of "
			      "'%s'",
			      b->name, a->name);
		return;
	}

	struct tz_ipset was = *a;

	*a = *b;
	a->name = was.name;
	a->number = was.number;
	was.name = b->name;
	was.number = b->number;
	*b = was;
}

static void rename_set(struct tz_ipset_reader *r)
{
	struct tz_ipset *set = find_set(r, 1);
	const char *name = r->n > 2 ? r->words[2].text : "";

	if (!set)
		return;
	if (!*name || strlen(name) > TZ_IPSET_NAME_MAX ||
	    tz_ipsets_find(r->sets, name)) {
		tz_ipset_fail(r, &r->words[r->n - 1],
			      "'%s' is no name for a new set", name);
		return;
	}
	tz_map_put(r->sets->by_name, set->name, NULL);
	set->name = tz_arena_strndup(r->sets->arena, name, strlen(name));
	tz_map_put(r->sets->by_name, set->name, set);
}

/* ---- commands ---- */

enum command {
	CREATE,
	ADD,
	DELETE,
	FLUSH,
	DESTROY,
	SWAP,
	RENAME,
	NOTHING,
	N_COMMANDS
};

static enum command command_of(const char *word)
{
	static const struct {
		const char *name, *letter;
		enum command command;
	} rows[] = {
		{ "create", "-N", CREATE },   { "add", "-A", ADD },
		{ "del", "-D", DELETE },      { "flush", "-F", FLUSH },
		{ "destroy", "-X", DESTROY }, { "swap", "-W", SWAP },
		{ "rename", "-E", RENAME },   { "COMMIT", "quit", NOTHING },
		{ "list", "-L", NOTHING },    { "save", "-S", NOTHING },
		{ "test", "-T", NOTHING },    { "n", "--create", CREATE },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcmp(rows[i].name, word) == 0 ||
		    strcmp(rows[i].letter, word) == 0)
			return rows[i].command;
	return N_COMMANDS;
}

/* `-exist` and `-!` may stand in front of the command. */
static bool take_exist(struct tz_ipset_reader *r)
{
	bool is_given = false;

	while (r->n > 1 && (has_word(r, 0, "-exist") || has_word(r, 0, "-!"))) {
		is_given = true;
		memmove(r->words, r->words + 1, --r->n * sizeof(*r->words));
	}
	if (r->n > 1 &&
	    (has_word(r, r->n - 1, "-exist") || has_word(r, r->n - 1, "-!"))) {
		is_given = true;
		r->n--;
	}
	return is_given;
}

static void carry_out(struct tz_ipset_reader *r)
{
	bool exists_is_fine = take_exist(r);

	switch (command_of(r->words[0].text)) {
	case CREATE:
		create(r, exists_is_fine);
		return;
	case ADD:
		change(r, TZ_IPSET_ADD);
		return;
	case DELETE:
		change(r, TZ_IPSET_DELETE);
		return;
	case FLUSH:
		flush_or_destroy(r, true);
		return;
	case DESTROY:
		flush_or_destroy(r, false);
		return;
	case SWAP:
		swap(r);
		return;
	case RENAME:
		rename_set(r);
		return;
	case NOTHING:
		return;
	case N_COMMANDS:
		break;
	}
	tz_ipset_fail(r, &r->words[0], "'%s' is no command of ipset",
		      r->words[0].text);
}

struct tz_ipset_reader *tz_ipset_reader_new(struct tz_arena *arena,
					    struct tz_ipsets *sets,
					    struct tz_diags *diags)
{
	struct tz_ipset_reader *r = tz_new(arena, struct tz_ipset_reader);

	r->sets = sets;
	r->diags = diags;
	r->line = tz_new_array(arena, char, TZ_LINE_MAX + 1);
	return r;
}

void tz_ipset_read_line(struct tz_ipset_reader *r, const char *text, size_t len,
			uint32_t base)
{
	if (len > TZ_LINE_MAX) {
		tz_diag(r->diags, TZ_DIAG_TOO_LARGE,
			(struct tz_span){ base, base + 1 },
			"a line has at most %u bytes", TZ_LINE_MAX);
		return;
	}
	memcpy(r->line, text, len);
	r->line[len] = '\0';
	if (split_line(r, base))
		carry_out(r);
}

void tz_ipset_read(struct tz_ipsets *sets, struct tz_diags *diags,
		   const struct tz_source *source)
{
	const char *p = source->text, *end = p + source->len;
	struct tz_arena *scratch = tz_arena_new();
	struct tz_ipset_reader *r = tz_ipset_reader_new(scratch, sets, diags);

	while (p < end && !tz_diags_full(diags)) {
		const char *newline = memchr(p, '\n', (size_t)(end - p));
		size_t len = (size_t)((newline ? newline : end) - p);

		tz_ipset_read_line(r, p, len,
				   source->base + (uint32_t)(p - source->text));
		p += len + 1;
	}
	tz_arena_free(scratch);
}

void tz_ipsets_settle(struct tz_ipsets *sets)
{
	size_t n = 0;

	for (size_t i = 0; i < sets->all.n; i++) {
		struct tz_ipset *set = sets->all.at[i];

		if (!set)
			continue;
		set->number = (uint32_t)n;
		sets->all.at[n++] = set;
	}
	sets->all.n = n;
}
