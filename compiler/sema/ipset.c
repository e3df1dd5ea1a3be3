/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Commands of ipset: create, add, del, flush, destroy, swap and rename, by
 * their names or letters. What else restore takes shows something, and changes
 * no set. Elements are read in ipset_element.c.
 */
#include "sema/ipset.h"

#include <stdarg.h>
#include <stdio.h>
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
	if (!tz_ipset_needs_value(r, i) ||
	    !tz_ipset_number(r, i + 1, UINT32_MAX / 1000, &number))
		return false;
	member->timeout_s = (uint32_t)number;
	return true;
}

static bool read_add_options(struct tz_ipset_reader *r, struct tz_ipset *set,
			     struct tz_ipset_member *member)
{
	static const struct tz_ipset_option harmless[] = {
		{ "packets", true }, { "bytes", true },   { "comment", true },
		{ "skbmark", true }, { "skbprio", true }, { "skbqueue", true },
	};
	bool has_value;

	for (size_t i = 3; i < r->n; i++) {
		const struct tz_ipset_word *word = &r->words[i];

		if (TZ_IPSET_IS_HARMLESS(harmless, word->text, &has_value)) {
			i += has_value;
		} else if (strcmp(word->text, "wildcard") == 0) {
			set->is_odd = true;
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

/* What a list has stays, as it does in the kernel. */
static bool is_free(struct tz_ipset_reader *r, const struct tz_ipset *set)
{
	for (size_t i = 0; i < r->sets->all.n; i++) {
		const struct tz_ipset *list = r->sets->all.at[i];

		for (size_t k = 0; list && k < list->list.n; k++)
			if (list->list.at[k] == set)
				return tz_ipset_fail(r, &r->words[1],
						     "'%s' is in the list '%s'",
						     set->name, list->name);
	}
	return true;
}

static void flush_or_destroy(struct tz_ipset_reader *r, bool is_flush)
{
	struct tz_ipset *set = r->n > 1 ? find_set(r, 1) : NULL;

	if (set && !is_flush && !is_free(r, set))
		return;
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
		{ "test", "-T", NOTHING },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcmp(rows[i].name, word) == 0 ||
		    strcmp(rows[i].letter, word) == 0)
			return rows[i].command;
	return N_COMMANDS;
}

/* Options of ipset itself may stand anywhere. */
static bool take_options(struct tz_ipset_reader *r)
{
	bool exists_is_fine = false;
	size_t n = 0;

	for (size_t i = 0; i < r->n; i++) {
		bool is_exist = tz_ipset_has_word(r, i, "-exist") ||
				tz_ipset_has_word(r, i, "-!");

		exists_is_fine |= is_exist;
		if (!is_exist && !tz_ipset_has_word(r, i, "-quiet") &&
		    !tz_ipset_has_word(r, i, "-q"))
			r->words[n++] = r->words[i];
	}
	r->n = n;
	return exists_is_fine;
}

static void carry_out(struct tz_ipset_reader *r)
{
	bool exists_is_fine = take_options(r);

	if (!r->n)
		return;

	switch (command_of(r->words[0].text)) {
	case CREATE:
		tz_ipset_create(r, exists_is_fine);
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
