/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Finds long options, as getopt_long and libxtables do it together: among the
 * rule's own, then in the extensions, the newest first; a name may be
 * abbreviated while it stays unambiguous; and where no extension has the
 * option, -p loads its protocol's match, once (SEMANTICS 6.3).
 */
#include <string.h>

#include "sema/bind.h"

static bool is_same(const struct tz_choice *a, struct tz_sema_use *use,
		    const struct tz_ext_option *row)
{
	return a->use == use && tz_ext_option_meaning(use->ext, a->row) ==
					tz_ext_option_meaning(use->ext, row);
}

/* Whether an earlier step of the search has covered the extension of @use. */
static bool is_hidden(const struct tz_binder *b, size_t i)
{
	for (size_t j = i + 1; j < b->uses.n; j++)
		if (b->uses.at[j]->ext == b->uses.at[i]->ext)
			return true;
	return false;
}

struct search {
	const char *name;
	size_t len;
	struct tz_choice found; /* row NULL: none */
	const char *other;      /* a second name that fits; NULL: none */
};

/* Adds the options of @use that @s->name begins; true: one is exactly it. */
static bool search_use(struct search *s, struct tz_sema_use *use)
{
	for (size_t i = 0; i < use->ext->n_options; i++) {
		const struct tz_ext_option *row = &use->ext->options[i];

		if (strncmp(row->name, s->name, s->len) != 0)
			continue;
		if (strlen(row->name) == s->len) {
			s->found = (struct tz_choice){ use, row };
			s->other = NULL;
			return true;
		}
		if (!s->found.row)
			s->found = (struct tz_choice){ use, row };
		else if (!is_same(&s->found, use, row))
			s->other = row->name;
	}
	return false;
}

static void search_all(struct tz_binder *b, struct search *s)
{
	if (search_use(s, b->own))
		return;
	for (size_t i = b->uses.n; i-- > 0;)
		if (!is_hidden(b, i) && search_use(s, b->uses.at[i]))
			return;
}

static bool has_ext(const struct tz_binder *b, const struct tz_ext *ext)
{
	for (size_t i = 0; i < b->uses.n; i++)
		if (b->uses.at[i]->ext == ext)
			return true;
	return false;
}

/*
 * The match that -p loads for an option that nobody knows: the one named like
 * the protocol (icmp6 for its three names, mh for mobility-header).
 */
static const struct tz_ext *protocol_match(const struct tz_binder *b)
{
	static const struct {
		uint8_t proto;
		const char *match;
	} rows[] = {
		{ 1, "icmp" },   { 6, "tcp" },      { 17, "udp" },
		{ 33, "dccp" },  { 50, "esp" },     { 51, "ah" },
		{ 58, "icmp6" }, { 108, "ipcomp" }, { 132, "sctp" },
		{ 135, "mh" },
	};

	if (!b->rule->proto)
		return NULL;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].proto == b->rule->proto->proto)
			return tz_ext_match(rows[i].match, b->sema->family);
	return NULL;
}

static void suggest(struct tz_binder *b, const struct tz_ast_word *word,
		    const char *name)
{
	struct tz_nearest nearest = { 0 };
	const struct tz_ext *more = protocol_match(b);

	for (size_t i = 0; i < b->own->ext->n_options; i++)
		tz_nearest_offer(&nearest, name, b->own->ext->options[i].name);
	for (size_t i = 0; i < b->uses.n; i++)
		for (size_t j = 0; j < b->uses.at[i]->ext->n_options; j++)
			tz_nearest_offer(&nearest, name,
					 b->uses.at[i]->ext->options[j].name);
	for (size_t j = 0; more && j < more->n_options; j++)
		tz_nearest_offer(&nearest, name, more->options[j].name);
	if (nearest.name)
		tz_diag(b->sema->diags, TZ_DIAG_UNKNOWN_OPTION, word->span,
			"no option --%s here; did you mean --%s?", name,
			nearest.name);
	else
		tz_diag(b->sema->diags, TZ_DIAG_UNKNOWN_OPTION, word->span,
			"no option --%s here; a match is loaded by -m NAME, or "
			"by -p in front of its option",
			name);
}

bool tz_bind_is_long(const struct tz_binder *b, const char *name)
{
	const struct tz_ext *more = protocol_match(b);

	if (!name[0] || !name[1])
		return false;
	for (size_t i = 0; i < b->uses.n; i++)
		if (tz_ext_option(b->uses.at[i]->ext, name))
			return true;
	return tz_ext_option(b->own->ext, name) ||
	       (more && tz_ext_option(more, name));
}

bool tz_bind_find(struct tz_binder *b, const struct tz_ast_word *word,
		  const char *name, struct tz_choice *found)
{
	struct search s = { .name = name, .len = strlen(name) };

	search_all(b, &s);
	if (!s.found.row) {
		const struct tz_ext *ext = protocol_match(b);

		if (ext && !b->has_implied && !has_ext(b, ext)) {
			b->has_implied = true;
			tz_bind_add_match(b, ext, word->span);
			search_all(b, &s);
		}
	}
	if (!s.found.row) {
		suggest(b, word, name);
		return false;
	}
	if (s.other) {
		tz_diag(b->sema->diags, TZ_DIAG_AMBIGUOUS_OPTION, word->span,
			"--%s may be --%s or --%s; write it out", name,
			s.found.row->name, s.other);
		return false;
	}
	*found = s.found;
	return true;
}
