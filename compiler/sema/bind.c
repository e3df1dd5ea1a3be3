/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Binds the words of a command to options, in the order and by the rules of
 * getopt_long and libxtables. How a long option is found is in find.c, what
 * the arguments mean in args.c, what an option of iptables itself does in
 * bind_own.c.
 */
#include <string.h>

#include "sema/bind.h"

/*
 * More options than any rule has: the checks of one against the others take
 * time that grows with the square of their number.
 */
#define OPTIONS_MAX 256

struct tz_sema_option *tz_sema_option(const struct tz_sema_use *use,
				      const char *meaning)
{
	struct tz_sema_option *found = NULL;

	for (struct tz_sema_option *o = use->options; o; o = o->next)
		if (strcmp(o->meaning->name, meaning) == 0)
			found = o;
	return found;
}

struct tz_sema_use *tz_bind_new_use(struct tz_binder *b,
				    const struct tz_ext *ext,
				    struct tz_span span)
{
	struct tz_sema_use *use = tz_new(b->sema->arena, struct tz_sema_use);

	use->ext = ext;
	use->span = span;
	tz_vec_push(b->sema->arena, &b->uses, use);
	return use;
}

void tz_bind_add_match(struct tz_binder *b, const struct tz_ext *ext,
		       struct tz_span span)
{
	struct tz_sema_use *use = tz_bind_new_use(b, ext, span);

	if (b->last_match)
		b->last_match->next = use;
	else
		b->rule->matches = use;
	b->last_match = use;
}

/* ---- arguments ---- */

static const struct tz_ast_word *next_word(struct tz_binder *b)
{
	const struct tz_ast_word *word = b->word;

	if (word)
		b->word = word->next;
	return word;
}

static unsigned int n_args(const struct tz_ext_option *row)
{
	switch (row->arg) {
	case TZ_ARG_NONE:
		return 0;
	case TZ_ARG_STRING2:
	case TZ_ARG_CHUNKS:
	case TZ_ARG_FLAGS:
		return 2;
	case TZ_ARG_OPTIONAL:
		return row->second_may_lack ? 2 : 1;
	case TZ_ARG_STRING:
	case TZ_ARG_PORT:
	case TZ_ARG_PORTS:
	case TZ_ARG_ICMP4:
	case TZ_ARG_ICMP6:
	case TZ_ARG_ADDRESS:
	case TZ_ARG_ADDRESS_RANGE:
	case TZ_ARG_PROTO:
	case TZ_ARG_IFACE:
	case TZ_ARG_MAC:
	case TZ_ARG_PATTERN:
	case TZ_ARG_HEX:
	case TZ_ARG_U32:
	case TZ_ARG_BYTECODE:
	case TZ_ARG_DNS_NAME:
	case TZ_ARG_P0F:
	case TZ_ARG_CHAIN:
	case TZ_ARG_TARGET:
	case TZ_ARG_MATCH:
		return 1;
	}
	return 1;
}

/*
 * `--dport ! 80`: iptables took it until 1.4 or so; 1.8.9 refuses it. It can
 * mean one thing only.
 */
static void take_old_bang(struct tz_binder *b, struct tz_sema_option *option)
{
	if (!b->word || strcmp(b->word->text, "!") != 0 ||
	    !option->row->may_invert)
		return;

	const struct tz_ast_word *bang = next_word(b);

	tz_diag(b->sema->diags, TZ_DIAG_OLD_NEGATION, bang->span,
		"iptables 1.8.9 refuses '!' behind the option; write "
		"'! --%s'",
		option->row->name);
	option->is_inverted = !option->is_inverted;
}

static bool takes_as_second(const struct tz_sema_option *option,
			    const struct tz_ast_word *word)
{
	if (!word)
		return false;
	/* -c 1,2 is one word, -c 1 2 are two. */
	if (option->row->letter == 'c')
		return !strchr(option->args[0]->text, ',');
	return word->text[0] != '-' && strcmp(word->text, "!") != 0;
}

/* @glued: the argument inside of the option's own word; NULL: none. */
static bool take_args(struct tz_binder *b, struct tz_sema_option *option,
		      const struct tz_ast_word *word,
		      const struct tz_ast_word *glued)
{
	unsigned int n = n_args(option->row);

	option->span.end = word->span.end;
	if (n == 0) {
		if (!glued)
			return true;
		tz_diag(b->sema->diags, TZ_DIAG_BAD_ARGUMENT, word->span,
			"--%s takes no argument", option->row->name);
		return false;
	}
	if (!glued)
		take_old_bang(b, option);
	if (option->row->arg == TZ_ARG_OPTIONAL && !glued &&
	    (!b->word || b->word->text[0] == '-' ||
	     strcmp(b->word->text, "!") == 0))
		return true;
	option->args[0] = glued ? glued : next_word(b);
	if (option->args[0] && n == 2 && takes_as_second(option, b->word))
		option->args[1] = next_word(b);
	for (unsigned int i = 0; i < n; i++) {
		if (option->args[i]) {
			option->span.end = option->args[i]->span.end;
			continue;
		}
		if (i == 1 && option->row->second_may_lack)
			continue;
		tz_diag(b->sema->diags, TZ_DIAG_MISSING_ARGUMENT, option->span,
			n == 2 ? "--%s needs two arguments"
			       : "--%s needs an argument",
			option->row->name);
		return false;
	}
	return true;
}

/* ---- one option ---- */

static bool check_repeat(struct tz_binder *b, const struct tz_sema_use *use,
			 const struct tz_sema_option *option)
{
	for (const struct tz_sema_option *o = use->options; o; o = o->next) {
		if (o->meaning == option->meaning && !option->row->may_repeat) {
			tz_diag(b->sema->diags, TZ_DIAG_REPEATED_OPTION,
				option->span, "--%s is given twice",
				option->meaning->name);
			tz_diag(b->sema->diags, TZ_DIAG_NOTE, o->span,
				"here is the first");
			return false;
		}
		if (tz_ext_options_conflict(o->row, option->row)) {
			tz_diag(b->sema->diags, TZ_DIAG_OPTION_CONFLICT,
				option->span,
				"--%s and --%s do not go together",
				o->row->name, option->row->name);
			return false;
		}
	}
	return true;
}

static bool check_bang(struct tz_binder *b, const struct tz_sema_option *option)
{
	if (!option->is_inverted || option->row->may_invert)
		return true;
	tz_diag(b->sema->diags, TZ_DIAG_NEGATION, option->span,
		"--%s cannot be negated", option->row->name);
	return false;
}

static bool bind_option(struct tz_binder *b, struct tz_choice choice,
			const struct tz_ast_word *word,
			const struct tz_ast_word *glued)
{
	/* The command itself is one of them. */
	if (b->n_options++ > OPTIONS_MAX) {
		tz_diag(b->sema->diags, TZ_DIAG_TOO_MANY_OPTIONS, word->span,
			"more than %d options in a rule", OPTIONS_MAX);
		return false;
	}

	struct tz_sema_option *option =
		tz_new(b->sema->arena, struct tz_sema_option);

	option->row = choice.row;
	option->meaning = tz_ext_option_meaning(choice.use->ext, choice.row);
	option->is_inverted = b->bang != NULL;
	option->span = (struct tz_span){ b->bang ? b->bang->span.begin
						 : word->span.begin,
					 word->span.end };
	b->bang = NULL;
	if (!take_args(b, option, word, glued) || !check_bang(b, option) ||
	    !check_repeat(b, choice.use, option) ||
	    !tz_sema_type(b->sema, b->rule, choice.use, option))
		return false;
	if (choice.use->last_option)
		choice.use->last_option->next = option;
	else
		choice.use->options = option;
	choice.use->last_option = option;
	return choice.use != b->own || tz_bind_apply(b, option);
}

/* The part of @word from its byte @at on, as a word of its own. */
static const struct tz_ast_word *
rest_of_word(struct tz_binder *b, const struct tz_ast_word *word, size_t at)
{
	struct tz_ast_word *rest = tz_new(b->sema->arena, struct tz_ast_word);

	rest->text = word->text + at;
	rest->span = word->span;
	/* With quotes the bytes of the text are not those of the file. */
	if (word->span.end - word->span.begin == strlen(word->text))
		rest->span.begin += (uint32_t)at;
	return rest;
}

static bool bind_long(struct tz_binder *b, const struct tz_ast_word *word)
{
	const char *name = word->text + 2, *equals = strchr(name, '=');
	const struct tz_ast_word *glued = NULL;
	struct tz_choice choice;

	if (equals) {
		glued = rest_of_word(b, word,
				     (size_t)(equals + 1 - word->text));
		name = tz_arena_strndup(b->sema->arena, name,
					(size_t)(equals - name));
	}
	return tz_bind_find(b, word, name, &choice) &&
	       bind_option(b, choice, word, glued);
}

/* -p tcp, -ptcp, -fj DROP. */
static bool bind_short(struct tz_binder *b, const struct tz_ast_word *word)
{
	if (tz_bind_is_long(b, word->text + 1)) {
		tz_diag(b->sema->diags, TZ_DIAG_UNKNOWN_OPTION, word->span,
			"a long option begins with two dashes: -%s",
			word->text);
		return false;
	}
	for (size_t i = 1; word->text[i]; i++) {
		const struct tz_ext_option *row =
			tz_ext_option_letter(b->own->ext, word->text[i]);
		const struct tz_ast_word *glued = NULL;

		if (!row && word->text[i] == 'f') {
			tz_diag(b->sema->diags, TZ_DIAG_UNKNOWN_OPTION,
				word->span,
				"-f is for IPv4 only; ip6tables has -m frag");
			return false;
		}
		if (!row) {
			tz_diag(b->sema->diags, TZ_DIAG_UNKNOWN_OPTION,
				word->span, "a rule has no option -%c%s",
				word->text[i],
				word->text[2] ? "; long options begin with '--'"
					      : "");
			return false;
		}
		if (n_args(row) > 0 && word->text[i + 1])
			glued = rest_of_word(b, word, i + 1);
		if (!bind_option(b, (struct tz_choice){ b->own, row }, word,
				 glued))
			return false;
		if (n_args(row) > 0)
			return true;
	}
	return true;
}

static bool bind_word(struct tz_binder *b, const struct tz_ast_word *word)
{
	if (strcmp(word->text, "!") == 0) {
		if (b->bang) {
			tz_diag(b->sema->diags, TZ_DIAG_NEGATION, word->span,
				"two '!' in a row");
			return false;
		}
		b->bang = word;
		return true;
	}
	if (strncmp(word->text, "--", 2) == 0 && word->text[2])
		return bind_long(b, word);
	if (word->text[0] == '-' && word->text[1] && word->text[1] != '-')
		return bind_short(b, word);
	tz_diag(b->sema->diags, TZ_DIAG_BAD_ARGUMENT, word->span,
		word->text[0] == '#'
			? "'%s' belongs to no option; a comment has a line of "
			  "its own"
			: "'%s' belongs to no option; text with blanks needs "
			  "double quotes",
		word->text);
	return false;
}

static bool bind_words(struct tz_binder *b)
{
	bool is_good = true;

	/* iptables too stops reading at a -4 or -6 that is not its own. */
	for (const struct tz_ast_word *word;
	     is_good && !b->is_other_family && (word = next_word(b));)
		is_good = bind_word(b, word);
	if (is_good && b->bang) {
		tz_diag(b->sema->diags, TZ_DIAG_NEGATION, b->bang->span,
			"nothing follows the '!'");
		return false;
	}
	return is_good;
}

bool tz_sema_bind(struct tz_sema *sema, struct tz_sema_file *file,
		  struct tz_sema_table *table, const struct tz_ast_line *line,
		  const struct tz_ast_word *words,
		  struct tz_sema_command *command)
{
	struct tz_sema_use own = { .ext = tz_ext_rule(sema->family) };
	struct tz_binder b = {
		.sema = sema,
		.file = file,
		.table = table,
		.command = command,
		.rule = tz_new(sema->arena, struct tz_sema_rule),
		.word = words,
		.own = &own,
	};

	b.rule->line = line;
	b.rule->counters = line->counters;
	command->rule = b.rule;
	if (!bind_words(&b))
		return false;
	command->is_other_family = b.is_other_family;
	if (b.is_other_family)
		return true;
	if (!tz_bind_finish(&b))
		return false;
	for (size_t i = 0; i < b.uses.n; i++)
		if (b.uses.at[i] != b.hidden &&
		    !tz_sema_check_use(sema, b.uses.at[i]))
			return false;
	return true;
}
