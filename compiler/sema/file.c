/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The tables and chains of a file: first the chains, so that every jump finds
 * its own, then the rules in the order that -A and -I give them.
 */
#include <limits.h>
#include <string.h>

#include "sema/sema.h"
#include "sema/value.h"

/* linux/netfilter/x_tables.h: XT_EXTENSION_MAXNAMELEN, with the NUL. */
#define CHAIN_NAME_MAX 28

struct reader {
	struct tz_sema *sema;
	struct tz_sema_file *file;
	struct tz_sema_table *table; /* the open one */
};

/* ---- chains ---- */

static struct tz_sema_chain *add_chain(struct reader *r, const char *name,
				       struct tz_span span)
{
	struct tz_sema_chain *chain =
		tz_new(r->sema->arena, struct tz_sema_chain);
	enum tz_hook hook = tz_hook_by_name(name);

	chain->name = name;
	chain->span = span;
	chain->hook =
		tz_table_has_hook(r->table->table, hook) ? hook : TZ_HOOK_NONE;
	tz_vec_push(r->sema->arena, &r->table->chains, chain);
	tz_map_put(r->table->by_name, name, chain);
	return chain;
}

/* The chain of that name; a base chain need not be declared. */
static struct tz_sema_chain *find_chain(struct reader *r,
					const struct tz_ast_word *word)
{
	struct tz_sema_chain *chain = tz_map_get(r->table->by_name, word->text);
	struct tz_nearest nearest = { 0 };

	if (chain)
		return chain;
	if (tz_table_has_hook(r->table->table, tz_hook_by_name(word->text)))
		return add_chain(r, word->text, word->span);
	for (size_t i = 0; i < r->table->chains.n && i < 1000; i++)
		tz_nearest_offer(&nearest, word->text,
				 r->table->chains.at[i]->name);
	for (enum tz_hook h = 0; h < TZ_N_HOOKS; h++)
		if (tz_table_has_hook(r->table->table, h))
			tz_nearest_offer(&nearest, word->text, tz_hook_name(h));
	tz_diag(r->sema->diags, TZ_DIAG_UNKNOWN_CHAIN, word->span,
		"table %s has no chain '%s'%s%s%s",
		tz_table_name(r->table->table), word->text,
		nearest.name ? "; did you mean '" : "",
		nearest.name ? nearest.name : "", nearest.name ? "'?" : "");
	return NULL;
}

static bool check_name(struct reader *r, const struct tz_ast_word *word)
{
	static const char *const verdicts[] = { "ACCEPT", "DROP", "QUEUE",
						"RETURN" };
	const char *name = word->text;

	if (strlen(name) > CHAIN_NAME_MAX || !*name || *name == '-' ||
	    *name == '!') {
		tz_diag(r->sema->diags, TZ_DIAG_CHAIN_NAME, word->span,
			"a chain's name has 1 to %d bytes and does not begin "
			"with '-' or '!'",
			CHAIN_NAME_MAX);
		return false;
	}
	for (size_t i = 0; i < sizeof(verdicts) / sizeof(verdicts[0]); i++) {
		if (strcmp(name, verdicts[i]) != 0)
			continue;
		tz_diag(r->sema->diags, TZ_DIAG_CHAIN_NAME, word->span,
			"%s is a verdict: a chain needs another name", name);
		return false;
	}
	if (tz_ext_target(name, r->sema->family))
		tz_diag(r->sema->diags, TZ_DIAG_HIDDEN_TARGET, word->span,
			"the chain hides iptables' target %s: -j %s jumps to "
			"the chain",
			name, name);
	return true;
}

static void declare_chain(struct reader *r, const struct tz_ast_line *line)
{
	const struct tz_ast_word *word = line->chain;
	struct tz_sema_chain *chain = tz_map_get(r->table->by_name, word->text);

	if (chain && (chain->hook == TZ_HOOK_NONE ||
		      line->command == TZ_AST_NEW_CHAIN)) {
		tz_diag(r->sema->diags, TZ_DIAG_DUPLICATE_CHAIN, word->span,
			"chain '%s' exists already", word->text);
		tz_diag(r->sema->diags, TZ_DIAG_NOTE, chain->span,
			"here it is declared");
		return;
	}
	if (!chain) {
		if (!check_name(r, word))
			return;
		chain = add_chain(r, word->text, word->span);
	}
	if (line->command == TZ_AST_NEW_CHAIN && chain->hook != TZ_HOOK_NONE)
		tz_diag(r->sema->diags, TZ_DIAG_DUPLICATE_CHAIN, word->span,
			"'%s' is a base chain and exists always", word->text);
	if (line->command == TZ_AST_NEW_CHAIN && line->words)
		tz_diag(r->sema->diags, TZ_DIAG_BAD_ARGUMENT, line->words->span,
			"'%s' belongs to no option; -N takes one name",
			line->words->text);
}

/* `:CHAIN POLICY` and `-P CHAIN POLICY`. */
static void set_policy(struct reader *r, const struct tz_ast_line *line)
{
	const struct tz_ast_word *policy = line->words;
	struct tz_sema_chain *chain =
		tz_map_get(r->table->by_name, line->chain->text);

	if (line->command == TZ_AST_POLICY)
		chain = find_chain(r, line->chain);
	if (!chain)
		return; /* reported */
	if (!policy || policy->next) {
		tz_diag(r->sema->diags, TZ_DIAG_POLICY, line->span,
			"-P takes a chain and a policy, ACCEPT or DROP");
		return;
	}
	if (strcmp(policy->text, "-") == 0 && line->command == TZ_AST_CHAIN)
		return;
	if (chain->hook == TZ_HOOK_NONE) {
		tz_diag(r->sema->diags, TZ_DIAG_POLICY, policy->span,
			"only base chains have a policy; write '-' for %s",
			chain->name);
		return;
	}
	chain->drops = strcmp(policy->text, "DROP") == 0;
	if (!chain->drops && strcmp(policy->text, "ACCEPT") != 0)
		tz_diag(r->sema->diags, TZ_DIAG_POLICY, policy->span,
			"'%s' is no policy; ACCEPT and DROP are", policy->text);
	if (line->counters.are_given) {
		chain->packets = line->counters.packets;
		chain->bytes = line->counters.bytes;
	}
}

static void read_chains(struct reader *r, const struct tz_ast_table *table)
{
	for (const struct tz_ast_line *l = table->lines; l; l = l->next) {
		if (l->command == TZ_AST_CHAIN ||
		    l->command == TZ_AST_NEW_CHAIN)
			declare_chain(r, l);
		if (l->command == TZ_AST_CHAIN || l->command == TZ_AST_POLICY)
			set_policy(r, l);
	}
}

/* ---- rules ---- */

/* `-I CHAIN [NUMBER]`: where to insert, from 0; SIZE_MAX after an error. */
static size_t insert_position(struct reader *r,
			      const struct tz_sema_chain *chain,
			      const struct tz_ast_word **words)
{
	const struct tz_ast_word *word = *words;
	size_t n = chain->top.n + chain->rules.n;
	uint64_t number;

	if (!word || word->text[0] == '-' || word->text[0] == '!')
		return 0;
	*words = word->next;
	if (!tz_value_number(word->text, word->text + strlen(word->text),
			     INT_MAX, &number) ||
	    number < 1 || number > n + 1) {
		tz_diag(r->sema->diags, TZ_DIAG_RULE_NUMBER, word->span,
			"'%s' is no place in chain %s: 1 to %zu are",
			word->text, chain->name, n + 1);
		return SIZE_MAX;
	}
	return (size_t)number - 1;
}

/* Puts what stands on top in front of the other rules. */
static void join_top(struct reader *r, struct tz_sema_chain *chain)
{
	size_t n_top = chain->top.n, n = chain->rules.n;

	if (n_top == 0)
		return;
	for (size_t i = 0; i < n_top; i++)
		tz_vec_push(r->sema->arena, &chain->rules, NULL);
	memmove(chain->rules.at + n_top, chain->rules.at,
		n * sizeof(*chain->rules.at));
	for (size_t i = 0; i < n_top; i++)
		chain->rules.at[i] = chain->top.at[n_top - 1 - i];
	chain->top.n = 0;
}

/* Many files insert all their rules at the top: that takes no moving. */
static void insert_rule(struct reader *r, struct tz_sema_chain *chain,
			struct tz_sema_rule *rule, size_t at)
{
	if (at == 0) {
		tz_vec_push(r->sema->arena, &chain->top, rule);
		return;
	}
	join_top(r, chain);
	tz_vec_push(r->sema->arena, &chain->rules, rule);
	memmove(chain->rules.at + at + 1, chain->rules.at + at,
		(chain->rules.n - 1 - at) * sizeof(*chain->rules.at));
	chain->rules.at[at] = rule;
}

static void read_rule(struct reader *r, const struct tz_ast_line *line)
{
	struct tz_sema_chain *chain = find_chain(r, line->chain);
	const struct tz_ast_word *words = line->words;

	if (!chain)
		return;

	bool is_insert = line->command == TZ_AST_INSERT;
	size_t at = is_insert ? insert_position(r, chain, &words) : 0;

	if (at == SIZE_MAX)
		return;

	struct tz_sema_rule *rule =
		tz_sema_bind(r->sema, r->table, chain, line, words);

	if (rule && is_insert)
		insert_rule(r, chain, rule, at);
	else if (rule)
		tz_vec_push(r->sema->arena, &chain->rules, rule);
}

/* `-F [CHAIN]`: some people begin a file with it. */
static void flush(struct reader *r, const struct tz_ast_line *line)
{
	const struct tz_ast_word *word = line->words;
	struct tz_sema_chain *chain = word ? find_chain(r, word) : NULL;

	if (word && word->next)
		tz_diag(r->sema->diags, TZ_DIAG_BAD_ARGUMENT, word->next->span,
			"'%s' belongs to no option; -F takes one chain",
			word->next->text);
	for (size_t i = 0; i < r->table->chains.n; i++) {
		struct tz_sema_chain *each = r->table->chains.at[i];

		if (!word || each == chain)
			each->rules.n = each->top.n = 0;
	}
}

static void other_command(struct reader *r, const struct tz_ast_line *line)
{
	const char *command = line->chain->text;

	if (strcmp(command, "-F") == 0 || strcmp(command, "--flush") == 0)
		flush(r, line);
	else
		tz_diag(r->sema->diags, TZ_DIAG_UNSUPPORTED_COMMAND,
			line->chain->span,
			"'%s' is no command of a rule file here: -A, -I, -N, "
			"-P and -F are",
			command);
}

static void read_line(struct reader *r, const struct tz_ast_line *line)
{
	switch (line->command) {
	case TZ_AST_APPEND:
	case TZ_AST_INSERT:
		read_rule(r, line);
		break;
	case TZ_AST_OTHER:
		other_command(r, line);
		break;
	case TZ_AST_CHAIN:
	case TZ_AST_NEW_CHAIN:
	case TZ_AST_POLICY:
	case TZ_AST_COMMIT:
		break;
	}
}

/* ---- tables ---- */

/* iptables-restore flushes a table that comes again. */
static void replace_earlier(struct reader *r, const struct tz_ast_word *name)
{
	for (size_t i = 0; i < r->file->tables.n; i++) {
		struct tz_sema_table *earlier = r->file->tables.at[i];

		if (earlier->table != r->table->table)
			continue;
		tz_diag(r->sema->diags, TZ_DIAG_REPLACED_TABLE, name->span,
			"this table %s replaces the earlier one as a whole",
			name->text);
		tz_diag(r->sema->diags, TZ_DIAG_NOTE, earlier->span,
			"here is the earlier one");
		r->file->tables.at[i] = r->table;
		return;
	}
	tz_vec_push(r->sema->arena, &r->file->tables, r->table);
}

static void read_table(struct reader *r, const struct tz_ast_table *ast)
{
	enum tz_table table = tz_table_by_name(ast->name->text);
	struct tz_nearest nearest = { 0 };

	if (table == TZ_N_TABLES) {
		for (enum tz_table t = 0; t < TZ_N_TABLES; t++)
			tz_nearest_offer(&nearest, ast->name->text,
					 tz_table_name(t));
		tz_diag(r->sema->diags, TZ_DIAG_UNKNOWN_TABLE, ast->name->span,
			nearest.name ? "no table '%s'; did you mean '%s'?"
				     : "no table '%s'; there are raw, mangle, "
				       "nat, filter and security",
			ast->name->text, nearest.name);
		return;
	}
	r->table = tz_new(r->sema->arena, struct tz_sema_table);
	r->table->table = table;
	r->table->span = ast->name->span;
	r->table->by_name = tz_map_new(r->sema->arena);
	replace_earlier(r, ast->name);
	read_chains(r, ast);
	for (const struct tz_ast_line *l = ast->lines;
	     l && !tz_diags_full(r->sema->diags); l = l->next)
		read_line(r, l);
	for (size_t i = 0; i < r->table->chains.n; i++)
		join_top(r, r->table->chains.at[i]);
	tz_sema_check_loops(r->sema, r->table);
	if (!ast->is_committed)
		tz_diag(r->sema->diags, TZ_DIAG_MISSING_COMMIT, ast->name->span,
			"table %s has no COMMIT: iptables-restore would not "
			"load it",
			ast->name->text);
}

struct tz_sema_file *tz_sema_file(struct tz_arena *arena,
				  struct tz_diags *diags,
				  const struct tz_ast_file *file,
				  enum tz_family family)
{
	struct tz_sema *sema = tz_new(arena, struct tz_sema);
	struct reader r = {
		.sema = sema,
		.file = tz_new(arena, struct tz_sema_file),
	};

	*sema = (struct tz_sema){
		.arena = arena,
		.diags = diags,
		.family = family,
		.names = tz_map_new(arena),
	};
	r.file->sema = sema;
	if (file->strays)
		tz_diag(diags, TZ_DIAG_OUTSIDE_TABLE, file->strays->span,
			"the line belongs to no table: begin one with "
			"'*filter' and end it with 'COMMIT'");
	for (const struct tz_ast_table *t = file->tables;
	     t && !tz_diags_full(diags); t = t->next)
		read_table(&r, t);
	return r.file;
}
