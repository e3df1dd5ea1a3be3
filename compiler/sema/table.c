/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tables and their chains, and the commands that make, name and remove them:
 * what iptables 1.8.9 refuses is an error with its reason.
 */
#include <ctype.h>
#include <string.h>

#include "sema/sema.h"

/* linux/netfilter/x_tables.h: XT_EXTENSION_MAXNAMELEN, with the NUL. */
#define CHAIN_NAME_MAX 28

enum tz_table tz_sema_table_by_name(struct tz_sema *sema,
				    const struct tz_ast_word *word)
{
	enum tz_table table = tz_table_by_name(word->text);
	struct tz_nearest nearest = { 0 };

	if (table != TZ_N_TABLES)
		return table;
	for (enum tz_table t = 0; t < TZ_N_TABLES; t++)
		tz_nearest_offer(&nearest, word->text, tz_table_name(t));
	tz_diag(sema->diags, TZ_DIAG_UNKNOWN_TABLE, word->span,
		nearest.name ? "no table '%s'; did you mean '%s'?"
			     : "no table '%s'; there are raw, mangle, nat, "
			       "filter and security",
		word->text, nearest.name);
	return TZ_N_TABLES;
}

struct tz_sema_table *tz_sema_table(struct tz_sema *sema,
				    struct tz_sema_file *file,
				    enum tz_table table, struct tz_span span)
{
	for (size_t i = 0; i < file->tables.n; i++)
		if (file->tables.at[i]->table == table)
			return file->tables.at[i];

	struct tz_sema_table *made = tz_new(sema->arena, struct tz_sema_table);

	made->table = table;
	made->span = span;
	made->by_name = tz_map_new(sema->arena);
	tz_vec_push(sema->arena, &file->tables, made);
	return made;
}

/* ---- finding chains ---- */

static struct tz_sema_chain *add_chain(struct tz_sema *sema,
				       struct tz_sema_table *table,
				       const char *name, struct tz_span span)
{
	struct tz_sema_chain *chain = tz_new(sema->arena, struct tz_sema_chain);
	enum tz_hook hook = tz_hook_by_name(name);

	chain->name = name;
	chain->span = span;
	chain->hook =
		tz_table_has_hook(table->table, hook) ? hook : TZ_HOOK_NONE;
	tz_vec_push(sema->arena, &table->chains, chain);
	tz_map_put(table->by_name, name, chain);
	return chain;
}

struct tz_sema_chain *tz_sema_find_chain(struct tz_sema *sema,
					 struct tz_sema_table *table,
					 const struct tz_ast_word *word)
{
	struct tz_sema_chain *chain = tz_map_get(table->by_name, word->text);
	struct tz_nearest nearest = { 0 };

	if (chain)
		return chain;
	if (tz_table_has_hook(table->table, tz_hook_by_name(word->text)))
		return add_chain(sema, table, word->text, word->span);
	for (size_t i = 0; i < table->chains.n && i < 1000; i++)
		tz_nearest_offer(&nearest, word->text,
				 table->chains.at[i]->name);
	for (enum tz_hook h = 0; h < TZ_N_HOOKS; h++)
		if (tz_table_has_hook(table->table, h))
			tz_nearest_offer(&nearest, word->text, tz_hook_name(h));
	tz_diag(sema->diags, TZ_DIAG_UNKNOWN_CHAIN, word->span,
		"table %s has no chain '%s'%s%s%s", tz_table_name(table->table),
		word->text, nearest.name ? "; did you mean '" : "",
		nearest.name ? nearest.name : "", nearest.name ? "'?" : "");
	return NULL;
}

/* ---- making them ---- */

static bool has_blank(const char *name)
{
	while (*name && !isspace((unsigned char)*name))
		name++;
	return *name != '\0';
}

static bool check_name(struct tz_sema *sema, const struct tz_ast_word *word)
{
	static const char *const verdicts[] = { "ACCEPT", "DROP", "QUEUE",
						"RETURN" };
	const char *name = word->text;

	if (strlen(name) > CHAIN_NAME_MAX || !*name || *name == '-' ||
	    *name == '!' || has_blank(name)) {
		tz_diag(sema->diags, TZ_DIAG_CHAIN_NAME, word->span,
			"a chain's name has 1 to %d bytes, no blank, and does "
			"not begin with '-' or '!'",
			CHAIN_NAME_MAX);
		return false;
	}
	for (size_t i = 0; i < sizeof(verdicts) / sizeof(verdicts[0]); i++) {
		if (strcmp(name, verdicts[i]) != 0)
			continue;
		tz_diag(sema->diags, TZ_DIAG_CHAIN_NAME, word->span,
			"%s is a verdict: a chain needs another name", name);
		return false;
	}
	if (tz_ext_target(name, sema->family))
		tz_diag(sema->diags, TZ_DIAG_HIDDEN_TARGET, word->span,
			"the chain hides iptables' target %s: -j %s jumps to "
			"the chain",
			name, name);
	return true;
}

/* Whether the name is free; says so if not. */
static bool check_free(struct tz_sema *sema, const struct tz_sema_table *table,
		       const struct tz_ast_word *name)
{
	const struct tz_sema_chain *chain =
		tz_map_get(table->by_name, name->text);

	if (tz_table_has_hook(table->table, tz_hook_by_name(name->text))) {
		tz_diag(sema->diags, TZ_DIAG_DUPLICATE_CHAIN, name->span,
			"'%s' is a base chain and exists always", name->text);
		return false;
	}
	if (!chain)
		return true;
	tz_diag(sema->diags, TZ_DIAG_DUPLICATE_CHAIN, name->span,
		"chain '%s' exists already", name->text);
	tz_diag(sema->diags, TZ_DIAG_NOTE, chain->span, "here it is declared");
	return false;
}

void tz_sema_declare_chain(struct tz_sema *sema, struct tz_sema_table *table,
			   const struct tz_ast_word *name)
{
	if (tz_table_has_hook(table->table, tz_hook_by_name(name->text)))
		tz_sema_find_chain(sema, table, name);
	else if (check_free(sema, table, name) && check_name(sema, name))
		add_chain(sema, table, name->text, name->span);
}

void tz_sema_new_chain(struct tz_sema *sema, struct tz_sema_table *table,
		       const struct tz_ast_word *name)
{
	if (!check_free(sema, table, name))
		return;
	if (!tz_ext_target(name->text, sema->family)) {
		if (check_name(sema, name))
			add_chain(sema, table, name->text, name->span);
		return;
	}
	/* Only a restored file may, and -E. */
	tz_diag(sema->diags, TZ_DIAG_CHAIN_NAME, name->span,
		"%s is a target of iptables: -N refuses it as a name",
		name->text);
}

void tz_sema_rename_chain(struct tz_sema *sema, struct tz_sema_table *table,
			  const struct tz_ast_word *from,
			  const struct tz_ast_word *to)
{
	struct tz_sema_chain *chain = tz_sema_find_chain(sema, table, from);

	if (!chain || !check_free(sema, table, to) || !check_name(sema, to))
		return;
	if (chain->hook != TZ_HOOK_NONE) {
		tz_diag(sema->diags, TZ_DIAG_CHAIN_NAME, from->span,
			"%s is a base chain: its name stays", chain->name);
		return;
	}
	tz_map_put(table->by_name, chain->name, NULL);
	tz_map_put(table->by_name, to->text, chain);
	chain->name = to->text;
	/* The texts of jumps hold the name. */
	for (size_t i = 0; i < table->chains.n; i++) {
		struct tz_sema_chain *c = table->chains.at[i];

		c->by_text = NULL;
		for (size_t j = 0; j < tz_sema_n_rules(c); j++)
			if (tz_sema_rule(c, j)->chain == chain)
				tz_sema_rule(c, j)->text = NULL;
	}
}

/* ---- removing them ---- */

static bool may_delete(struct tz_sema *sema, const struct tz_sema_chain *chain,
		       struct tz_span span)
{
	if (chain->hook != TZ_HOOK_NONE)
		tz_diag(sema->diags, TZ_DIAG_CHAIN_IN_USE, span,
			"%s is a base chain: it cannot be deleted",
			chain->name);
	else if (chain->n_jumps > 0)
		tz_diag(sema->diags, TZ_DIAG_CHAIN_IN_USE, span,
			"chain %s cannot be deleted: rules jump to it",
			chain->name);
	else if (tz_sema_n_rules(chain) > 0)
		tz_diag(sema->diags, TZ_DIAG_CHAIN_NOT_EMPTY, span,
			"chain %s cannot be deleted: it has rules; -F %s "
			"removes them",
			chain->name, chain->name);
	else
		return true;
	return false;
}

static void delete_one(struct tz_sema_table *table,
		       const struct tz_sema_chain *chain)
{
	size_t i = 0;

	while (table->chains.at[i] != chain)
		i++;
	tz_map_put(table->by_name, chain->name, NULL);
	memmove(&table->chains.at[i], &table->chains.at[i + 1],
		(table->chains.n - i - 1) * sizeof(*table->chains.at));
	table->chains.n--;
}

/* All user chains, or none. */
static void delete_all(struct tz_sema *sema, struct tz_sema_table *table,
		       struct tz_span span)
{
	size_t n = 0;

	for (size_t i = 0; i < table->chains.n; i++)
		if (table->chains.at[i]->hook == TZ_HOOK_NONE &&
		    !may_delete(sema, table->chains.at[i], span))
			return;
	for (size_t i = 0; i < table->chains.n; i++) {
		struct tz_sema_chain *chain = table->chains.at[i];

		if (chain->hook == TZ_HOOK_NONE)
			tz_map_put(table->by_name, chain->name, NULL);
		else
			table->chains.at[n++] = chain;
	}
	table->chains.n = n;
}

void tz_sema_delete_chain(struct tz_sema *sema, struct tz_sema_table *table,
			  const struct tz_ast_word *name, struct tz_span span)
{
	if (!name) {
		delete_all(sema, table, span);
		return;
	}

	const struct tz_sema_chain *chain =
		tz_sema_find_chain(sema, table, name);

	if (chain && may_delete(sema, chain, name->span))
		delete_one(table, chain);
}

/* ---- policies ---- */

void tz_sema_set_policy(struct tz_sema *sema, struct tz_sema_chain *chain,
			const struct tz_ast_word *policy,
			struct tz_ast_counters counters)
{
	if (chain->hook == TZ_HOOK_NONE) {
		tz_diag(sema->diags, TZ_DIAG_POLICY, policy->span,
			"only base chains have a policy; write '-' for %s",
			chain->name);
		return;
	}
	chain->drops = strcmp(policy->text, "DROP") == 0;
	if (!chain->drops && strcmp(policy->text, "ACCEPT") != 0)
		tz_diag(sema->diags, TZ_DIAG_POLICY, policy->span,
			"'%s' is no policy; ACCEPT and DROP are", policy->text);
	if (counters.are_given) {
		chain->packets = counters.packets;
		chain->bytes = counters.bytes;
	}
}
