/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Carries out the lines of a file, in their order, on tables that begin empty:
 * those of an iptables-save file, and the commands of a script.
 */
#include <limits.h>
#include <string.h>

#include "sema/sema.h"
#include "sema/value.h"

struct reader {
	struct tz_sema *sema;
	struct tz_sema_file *file;
	const struct tz_ast_line *line;
	struct tz_sema_command command; /* of the line */
	struct tz_sema_chain *chain;    /* that it names; or NULL */
};

/* ---- rules ---- */

/* The number in @word, from 0, if it is below @n; SIZE_MAX after an error. */
static size_t rule_number(struct reader *r, const struct tz_ast_word *word,
			  size_t n)
{
	uint64_t number;

	if (tz_value_number(word->text, word->text + strlen(word->text),
			    INT_MAX, &number) &&
	    number >= 1 && number <= n)
		return (size_t)number - 1;
	if (n == 0)
		tz_diag(r->sema->diags, TZ_DIAG_RULE_NUMBER, word->span,
			"'%s' is no rule of chain %s: it has none", word->text,
			r->chain->name);
	else
		tz_diag(r->sema->diags, TZ_DIAG_RULE_NUMBER, word->span,
			"'%s' is no place in chain %s: 1 to %zu are",
			word->text, r->chain->name, n);
	return SIZE_MAX;
}

static const struct tz_ast_word *number_word(const struct reader *r)
{
	return r->command.option->args[1];
}

static void insert(struct reader *r)
{
	const struct tz_ast_word *word = number_word(r);
	size_t i =
		word ? rule_number(r, word, tz_sema_n_rules(r->chain) + 1) : 0;

	if (i != SIZE_MAX)
		tz_sema_insert(r->sema, r->chain, r->command.rule, i);
}

static void no_such_rule(struct reader *r)
{
	tz_diag(r->sema->diags, TZ_DIAG_MISSING_RULE, r->line->span,
		"chain %s has no rule like this: %s", r->chain->name,
		tz_sema_rule_text(r->sema, r->command.rule));
}

static void delete (struct reader *r)
{
	if (!number_word(r)) {
		if (!tz_sema_remove_equal(r->sema, r->chain, r->command.rule))
			no_such_rule(r);
		return;
	}

	size_t i = rule_number(r, number_word(r), tz_sema_n_rules(r->chain));

	if (i != SIZE_MAX)
		tz_sema_remove(r->sema, r->chain, i);
}

static bool is_list(const struct tz_sema_option *addresses)
{
	return addresses && addresses->addresses.n > 1;
}

static void replace(struct reader *r)
{
	struct tz_sema_rule *rule = r->command.rule;
	const struct tz_sema_option *list = is_list(rule->src)   ? rule->src
					    : is_list(rule->dst) ? rule->dst
								 : NULL;

	if (list) {
		tz_diag(r->sema->diags, TZ_DIAG_SEVERAL_ADDRESSES, list->span,
			"-R puts one rule in the place of one; a list of "
			"addresses is several");
		return;
	}
	if (!number_word(r)) {
		tz_diag(r->sema->diags, TZ_DIAG_RULE_NUMBER,
			r->command.option->span,
			"-R needs the number of a rule behind the chain");
		return;
	}

	size_t i = rule_number(r, number_word(r), tz_sema_n_rules(r->chain));

	if (i == SIZE_MAX)
		return;
	if (tz_sema_insert(r->sema, r->chain, rule, i))
		tz_sema_remove(r->sema, r->chain, i + 1);
}

/* ---- commands ---- */

static void zero_rule(struct tz_sema_rule *rule)
{
	rule->counters = (struct tz_ast_counters){ 0 };
}

static void zero_chain(struct tz_sema_chain *chain)
{
	chain->packets = chain->bytes = 0;
	for (size_t i = 0; i < tz_sema_n_rules(chain); i++)
		zero_rule(tz_sema_rule(chain, i));
}

/* -Z [CHAIN [NUMBER]] */
static void zero(struct reader *r)
{
	const struct tz_sema_table *table = r->command.table;

	if (r->chain && number_word(r)) {
		size_t i = rule_number(r, number_word(r),
				       tz_sema_n_rules(r->chain));

		if (i != SIZE_MAX)
			zero_rule(tz_sema_rule(r->chain, i));
		return;
	}
	for (size_t i = 0; i < table->chains.n; i++)
		if (!r->chain || table->chains.at[i] == r->chain)
			zero_chain(table->chains.at[i]);
}

static void flush(struct reader *r)
{
	const struct tz_sema_table *table = r->command.table;

	for (size_t i = 0; i < table->chains.n; i++)
		if (!r->chain || table->chains.at[i] == r->chain)
			tz_sema_flush(table->chains.at[i]);
}

/*
 * -C, -L, -S: they change nothing. A check that fails ends a restored file;
 * what it means to a script is the script's to say (script.c).
 */
static void look(struct reader *r)
{
	if (r->command.letter == 'C' && r->line->kind == TZ_AST_COMMAND &&
	    !tz_sema_has_equal(r->sema, r->chain, r->command.rule))
		no_such_rule(r);
	else
		tz_diag(r->sema->diags, TZ_DIAG_SKIPPED_COMMAND, r->line->span,
			"-%c changes no rule: skipped", r->command.letter);
}

/* Finds the chain that the command names; false after an error. */
static bool find_chain(struct reader *r)
{
	const struct tz_sema_option *option = r->command.option;
	const struct tz_ast_word *name = option ? option->args[0] : NULL;

	r->chain = NULL;
	/* These look at names themselves. */
	if (!name || strchr("ENX", r->command.letter))
		return true;
	r->chain = tz_sema_find_chain(r->sema, r->command.table, name);
	if (!r->chain || !strchr("ACDIR", r->command.letter) ||
	    (r->command.letter == 'D' && number_word(r)))
		return r->chain != NULL;
	return tz_sema_check_rule(r->sema, r->command.table, r->chain,
				  r->command.rule);
}

static void set_policy(struct reader *r)
{
	struct tz_ast_counters counters = r->command.rule->counters;

	tz_sema_set_policy(r->sema, r->chain, number_word(r), counters);
}

static void carry_out(struct reader *r)
{
	const struct tz_sema_option *option = r->command.option;
	struct tz_sema_table *table = r->command.table;

	switch (r->command.letter) {
	case 'A':
		tz_sema_append(r->sema, r->chain, r->command.rule);
		break;
	case 'I':
		insert(r);
		break;
	case 'D':
		delete (r);
		break;
	case 'R':
		replace(r);
		break;
	case 'F':
		flush(r);
		break;
	case 'Z':
		zero(r);
		break;
	case 'P':
		set_policy(r);
		break;
	case 'N':
		tz_sema_new_chain(r->sema, table, option->args[0]);
		break;
	case 'X':
		tz_sema_delete_chain(r->sema, table, option->args[0],
				     option->span);
		break;
	case 'E':
		tz_sema_rename_chain(r->sema, table, option->args[0],
				     option->args[1]);
		break;
	default:
		look(r);
	}
}

/* @table: the open one, NULL in a script. */
static void run(struct reader *r, struct tz_sema_table *table,
		const struct tz_ast_line *line, const struct tz_ast_word *words)
{
	r->line = line;
	r->command = (struct tz_sema_command){ 0 };
	if (tz_sema_bind(r->sema, r->file, table, line, words, &r->command) &&
	    !r->command.is_other_family && find_chain(r))
		carry_out(r);
}

/* ---- iptables-save files ---- */

/* `:CHAIN POLICY` */
static void declare(struct reader *r, struct tz_sema_table *table,
		    const struct tz_ast_line *line)
{
	const struct tz_ast_word *policy = line->words;

	tz_sema_declare_chain(r->sema, table, line->chain);

	struct tz_sema_chain *chain =
		tz_map_get(table->by_name, line->chain->text);

	if (chain && strcmp(policy->text, "-") != 0)
		tz_sema_set_policy(r->sema, chain, policy, line->counters);
}

static void read_line(struct reader *r, struct tz_sema_table *table,
		      const struct tz_ast_line *line)
{
	if (line->kind == TZ_AST_CHAIN) {
		declare(r, table, line);
		return;
	}
	run(r, table, line, line->words);
	if (r->command.is_other_family)
		tz_diag(r->sema->diags, TZ_DIAG_OTHER_FAMILY, line->span,
			"a rule for IPv%d in a file for IPv%d is skipped",
			r->sema->family == TZ_IPV4 ? 6 : 4,
			(int)r->sema->family);
}

/* iptables-restore flushes a table that comes again. */
static void drop_earlier(struct reader *r, enum tz_table table,
			 const struct tz_ast_word *name)
{
	for (size_t i = 0; i < r->file->tables.n; i++) {
		struct tz_sema_table *earlier = r->file->tables.at[i];

		if (earlier->table != table)
			continue;
		tz_diag(r->sema->diags, TZ_DIAG_REPLACED_TABLE, name->span,
			"this table %s replaces the earlier one as a whole",
			name->text);
		tz_diag(r->sema->diags, TZ_DIAG_NOTE, earlier->span,
			"here is the earlier one");
		r->file->tables.at[i] = r->file->tables.at[--r->file->tables.n];
		return;
	}
}

static void finish_table(struct reader *r, struct tz_sema_table *table)
{
	for (size_t i = 0; i < table->chains.n; i++)
		tz_sema_settle(r->sema, table->chains.at[i]);
	tz_sema_check_loops(r->sema, table);
}

static void read_table(struct reader *r, const struct tz_ast_table *ast)
{
	enum tz_table name = tz_sema_table_by_name(r->sema, ast->name);

	if (name == TZ_N_TABLES)
		return;
	drop_earlier(r, name, ast->name);

	struct tz_sema_table *table =
		tz_sema_table(r->sema, r->file, name, ast->name->span);

	for (const struct tz_ast_line *l = ast->lines;
	     l && !tz_diags_full(r->sema->diags); l = l->next)
		read_line(r, table, l);
	finish_table(r, table);
	if (!ast->is_committed)
		tz_diag(r->sema->diags, TZ_DIAG_MISSING_COMMIT, ast->name->span,
			"table %s has no COMMIT: iptables-restore would not "
			"load it",
			ast->name->text);
}

static void read_tables(struct reader *r, const struct tz_ast_file *file)
{
	if (file->strays)
		tz_diag(r->sema->diags, TZ_DIAG_OUTSIDE_TABLE,
			file->strays->span,
			"the line belongs to no table: begin one with "
			"'*filter' and end it with 'COMMIT'");
	for (const struct tz_ast_table *t = file->tables;
	     t && !tz_diags_full(r->sema->diags); t = t->next)
		if (tz_sema_takes(file, t, r->sema->family))
			read_table(r, t);
}

/* ---- scripts ---- */

static void run_call(struct reader *r, struct tz_sema_call *call)
{
	size_t n_before = tz_diags_count(r->sema->diags);

	run(r, NULL, call->line, call->words);
	if (r->command.is_other_family && call->families != TZ_FOR_BOTH)
		tz_diag(r->sema->diags, TZ_DIAG_WRONG_FAMILY, call->line->span,
			"%s is for IPv%d", call->line->words->text,
			(int)r->sema->family);
	for (size_t i = n_before; i < tz_diags_count(r->sema->diags); i++)
		call->is_faulty |=
			tz_diags_at(r->sema->diags, i)->severity == TZ_ERROR;
}

static void run_script(struct reader *r, struct tz_sema_script *script)
{
	unsigned int family = r->sema->family == TZ_IPV4 ? TZ_FOR_4 : TZ_FOR_6;

	for (size_t i = 0;
	     i < script->calls.n && !tz_diags_full(r->sema->diags); i++) {
		struct tz_sema_call *call = &script->calls.at[i];

		/* What is for both families is reported once. */
		if (call->families & family && !call->is_faulty)
			run_call(r, call);
	}
	for (size_t i = 0; i < r->file->tables.n; i++)
		finish_table(r, r->file->tables.at[i]);
}

struct tz_sema_file *tz_sema_file(struct tz_arena *arena,
				  struct tz_diags *diags,
				  const struct tz_ast_file *file,
				  struct tz_sema_script *script,
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
	if (file->is_script)
		run_script(&r, script);
	else
		read_tables(&r, file);
	return r.file;
}
