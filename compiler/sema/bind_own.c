/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the options of iptables itself do: those of a rule, and the commands.
 * The table may be named behind a jump, so a jump is understood when all words
 * are read, as iptables does it.
 */
#include <string.h>

#include "sema/bind.h"
#include "sema/value.h"

/* ---- the table ---- */

/* Whether no word that is yet to come names the table. */
static bool table_is_final(const struct tz_binder *b)
{
	for (const struct tz_ast_word *w = b->word; w; w = w->next)
		if (strncmp(w->text, "-t", 2) == 0 ||
		    strncmp(w->text, "--t", 3) == 0)
			return false;
	return true;
}

static struct tz_sema_table *the_table(struct tz_binder *b)
{
	if (!b->table)
		b->table = tz_sema_table(b->sema, b->file, TZ_TABLE_FILTER,
					 b->rule->line->span);
	return b->table;
}

static bool set_table(struct tz_binder *b, const struct tz_sema_option *option)
{
	const struct tz_ast_word *word = option->args[0];
	enum tz_table table;

	if (b->rule->line->kind != TZ_AST_CALL) {
		tz_diag(b->sema->diags, TZ_DIAG_UNKNOWN_OPTION, option->span,
			"a rule file names the table in the line '*%s', not "
			"by -t",
			word->text);
		return false;
	}
	table = tz_sema_table_by_name(b->sema, word);
	if (table == TZ_N_TABLES)
		return false;
	b->table = tz_sema_table(b->sema, b->file, table, b->rule->line->span);
	return true;
}

/* ---- the options of a rule ---- */

static bool load_match(struct tz_binder *b, const struct tz_sema_option *option)
{
	const char *name = option->args[0]->text;
	const struct tz_ext *ext = tz_ext_match(name, b->sema->family);
	enum tz_family other = b->sema->family == TZ_IPV4 ? TZ_IPV6 : TZ_IPV4;

	if (ext) {
		tz_bind_add_match(b, ext, option->span);
		return true;
	}
	if (tz_ext_match(name, other))
		tz_diag(b->sema->diags, TZ_DIAG_UNKNOWN_MATCH,
			option->args[0]->span,
			"the match '%s' is for IPv%d only", name, (int)other);
	else
		tz_diag(b->sema->diags, TZ_DIAG_UNKNOWN_MATCH,
			option->args[0]->span,
			"iptables has no match named '%s'", name);
	return false;
}

static void unknown_target(struct tz_binder *b,
			   const struct tz_sema_table *table,
			   const struct tz_ast_word *word, bool is_goto)
{
	static const char *const targets[] = { "ACCEPT", "DROP",   "REJECT",
					       "RETURN", "LOG",    "DNAT",
					       "SNAT",   "MARK",   "NFLOG",
					       "QUEUE",  "NOTRACK" };
	struct tz_nearest nearest = { 0 };

	for (size_t i = 0; i < table->chains.n && i < 1000; i++)
		tz_nearest_offer(&nearest, word->text,
				 table->chains.at[i]->name);
	for (size_t i = 0; !is_goto && i < sizeof(targets) / sizeof(targets[0]);
	     i++)
		tz_nearest_offer(&nearest, word->text, targets[i]);
	tz_diag(b->sema->diags,
		is_goto ? TZ_DIAG_UNKNOWN_CHAIN : TZ_DIAG_UNKNOWN_TARGET,
		word->span, "table %s has no chain '%s'%s%s%s%s",
		tz_table_name(table->table), word->text,
		is_goto ? "" : ", and iptables no such target",
		nearest.name ? "; did you mean '" : "",
		nearest.name ? nearest.name : "", nearest.name ? "'?" : "");
}

/* Both NULL after it: the target is a chain's name. */
static bool find_target(struct tz_binder *b)
{
	const struct tz_ast_word *word = b->jump;
	const struct tz_sema_table *table = the_table(b);
	struct tz_sema_chain *chain = tz_map_get(table->by_name, word->text);

	b->jump = NULL;
	if (tz_table_has_hook(table->table, tz_hook_by_name(word->text))) {
		tz_diag(b->sema->diags, TZ_DIAG_JUMP_TO_BASE, word->span,
			"%s is a base chain: only the kernel jumps there",
			word->text);
		return false;
	}
	if (chain) {
		/* Options of a target of that name were read, for nothing. */
		b->hidden = b->rule->target;
		b->rule->target = NULL;
		b->rule->chain = chain;
		return true;
	}
	if (!b->rule->target)
		unknown_target(b, table, word, b->rule->is_goto);
	return b->rule->target != NULL;
}

static bool note_target(struct tz_binder *b,
			const struct tz_sema_option *option)
{
	const struct tz_ast_word *word = option->args[0];
	const struct tz_ext *ext = NULL;

	b->rule->is_goto = option->row->letter == 'g';
	b->rule->target_span = word->span;
	b->jump = word;
	if (!b->rule->is_goto)
		ext = tz_ext_target(word->text, b->sema->family);
	if (ext)
		b->rule->target = tz_bind_new_use(b, ext, option->span);
	/* A misspelt target is said before what its options would be. */
	return ext || !table_is_final(b) || find_target(b);
}

/* ---- commands ---- */

/*
 * iptables 1.8.9: which options go with which command, besides those that go
 * with all. 'd': -D CHAIN NUMBER.
 */
#define ALWAYS "mtwWvM46"
#define COMMANDS "ACDEFILNPRSXZ"
static const struct {
	char command;
	const char *options;
} allowed[] = {
	{ 'A', "sdpjgiocf" }, { 'I', "sdpjgiocf" }, { 'R', "sdpjgiocf" },
	{ 'D', "sdpjgiof" },  { 'C', "sdpjgiof" },  { 'd', "" },
	{ 'L', "nx\1" },      { 'P', "c" },
};

static bool is_allowed(char command, char letter)
{
	if (letter == command || strchr(ALWAYS, letter) ||
	    strchr(COMMANDS, letter))
		return true;
	for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++)
		if (allowed[i].command == command)
			return strchr(allowed[i].options, letter) != NULL;
	return false;
}

static bool set_command(struct tz_binder *b,
			const struct tz_sema_option *option)
{
	struct tz_sema_command *command = b->command;
	char letter = option->row->letter, before = command->letter;

	if (before == 'h')
		return true;
	/* `-L -Z` shows, then zeroes. */
	if (before == 'Z' && (letter == 'L' || letter == 'S'))
		return true;
	if (before && !(letter == 'Z' && (before == 'L' || before == 'S'))) {
		tz_diag(b->sema->diags, TZ_DIAG_COMMAND_CONFLICT, option->span,
			"-%c and -%c are two commands; each needs a line of "
			"its own",
			before, letter);
		return false;
	}
	command->letter = letter;
	command->option = option;
	return true;
}

static bool check_wait(struct tz_binder *b, const struct tz_sema_option *option)
{
	const struct tz_ast_word *word = option->args[0];
	uint64_t seconds;

	if (b->rule->line->kind != TZ_AST_CALL) {
		tz_diag(b->sema->diags, TZ_DIAG_UNKNOWN_OPTION, option->span,
			"--%s is for the command line, not for a rule file",
			option->row->name);
		return false;
	}
	if (!word ||
	    tz_value_number(word->text, word->text + strlen(word->text),
			    INT32_MAX, &seconds))
		return true;
	tz_diag(b->sema->diags, TZ_DIAG_NUMBER, word->span,
		"'%s' is no number of seconds", word->text);
	return false;
}

/* ---- all of them ---- */

bool tz_bind_apply(struct tz_binder *b, struct tz_sema_option *option)
{
	struct tz_sema_rule *rule = b->rule;

	switch (option->row->letter) {
	case 's':
		rule->src = option;
		break;
	case 'd':
		rule->dst = option;
		break;
	case 'p':
		rule->proto = option;
		break;
	case 'i':
		rule->in = option;
		break;
	case 'o':
		rule->out = option;
		break;
	case 'f':
		rule->fragment = option;
		break;
	case 'm':
		return load_match(b, option);
	case 'j':
	case 'g':
		return note_target(b, option);
	case 'c':
		rule->counters = (struct tz_ast_counters){
			.are_given = true,
			.packets = option->counters.packets,
			.bytes = option->counters.bytes,
		};
		break;
	case '4':
	case '6':
		if (option->row->letter - '0' != (int)b->sema->family)
			b->is_other_family = true;
		break;
	case 't':
		return set_table(b, option);
	case 'w':
	case 'W':
		return check_wait(b, option);
	case 'V':
	case 'h':
		b->command->letter = 'h';
		break;
	default:
		if (!strchr(COMMANDS, option->row->letter))
			return true;
		return set_command(b, option);
	}
	return true;
}

bool tz_bind_finish(struct tz_binder *b)
{
	struct tz_sema_command *command = b->command;
	char letter = command->letter;

	if (!letter) {
		tz_diag(b->sema->diags, TZ_DIAG_NO_COMMAND, b->rule->line->span,
			"no command: -A CHAIN adds a rule, -I, -D, -R, -N, -X, "
			"-F, -P, -E and -Z do the rest");
		return false;
	}
	command->table = the_table(b);
	if (letter == 'h')
		return true;
	if (letter == 'D' && command->option->args[1])
		letter = 'd';
	for (const struct tz_sema_option *o = b->own->options; o; o = o->next) {
		if (is_allowed(letter, o->row->letter))
			continue;
		tz_diag(b->sema->diags, TZ_DIAG_OPTION_CONFLICT, o->span,
			"--%s does not go with --%s%s", o->row->name,
			command->option->row->name,
			letter == 'd' ? " and a number" : "");
		return false;
	}
	return !b->jump || find_target(b);
}
