/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What of a script is for iptables. Lines that cannot change its rules are
 * skipped with a warning; what might change them, or might decide whether they
 * are changed, is an error: tamiz is no shell, and what a shell would do with
 * the script the kernel says better than we could.
 */
#include <string.h>

#include "sema/sema.h"

enum kind {
	IPV4 = TZ_FOR_4,
	IPV6 = TZ_FOR_6,
	BOTH = TZ_FOR_BOTH,
	RESTORES,
	HARMLESS,
	TESTS,
	ENDS,
	SHELL,
	UNKNOWN,
};

static const struct program {
	const char *name;
	enum kind kind;
} programs[] = {
#define PROGRAM(name, kind) { name, kind },
#include "sema/programs.def"
#undef PROGRAM
};

/* What to do about whatever is the shell's. */
#define ADVICE "run the script, and give tamiz what iptables-save prints then"

struct reader {
	struct tz_arena *arena;
	struct tz_diags *diags;
	struct tz_sema_script *script;
	bool is_over; /* nothing behind is read */
};

/* ---- programs ---- */

static bool is_assignment(const char *word)
{
	size_t n = strspn(word, "_0123456789abcdefghijklmnopqrstuvwxyz"
				"ABCDEFGHIJKLMNOPQRSTUVWXYZ");

	return n > 0 && word[strspn(word, "0123456789")] &&
	       (word[n] == '=' || (word[n] == '+' && word[n + 1] == '='));
}

/*
 * The word that names the program: behind assignments and sudo. NULL: there
 * is none.
 */
static const struct tz_ast_word *program_of(const struct tz_ast_line *line)
{
	const struct tz_ast_word *w = line->words;

	while (w && is_assignment(w->text))
		w = w->next;
	if (!w || strcmp(w->text, "sudo") != 0)
		return w;
	w = w->next;
	while (w && (strcmp(w->text, "-n") == 0 || strcmp(w->text, "-E") == 0 ||
		     strcmp(w->text, "-H") == 0 || strcmp(w->text, "--") == 0))
		w = w->next;
	return w;
}

static enum kind kind_of(const struct tz_ast_line *line)
{
	const struct tz_ast_word *word = program_of(line);

	if (!word)
		return HARMLESS; /* assignments, redirections */

	const char *slash = strrchr(word->text, '/');
	const char *name = slash ? slash + 1 : word->text;

	for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++)
		if (strcmp(programs[i].name, name) == 0)
			return programs[i].kind;
	return UNKNOWN;
}

static bool is_iptables(enum kind kind)
{
	return kind <= BOTH;
}

/* ---- what is the shell's ---- */

static void refuse_shell(struct reader *r, const struct tz_ast_line *line)
{
	static const char *const what[] = {
		[TZ_AST_PLAIN] = "",
		[TZ_AST_VARIABLE] = "a variable is the shell's to fill in",
		[TZ_AST_SUBSTITUTION] = "commands in it are the shell's to run",
		[TZ_AST_BRACES] = "braces are the shell's to expand",
		[TZ_AST_REDIRECTION] = "a redirection is the shell's to do",
		[TZ_AST_HERE_DOCUMENT] = "a here-document is the shell's",
		[TZ_AST_BACKGROUND] = "jobs in the background have no order",
		[TZ_AST_GROUP] = "functions and subshells are the shell's",
	};

	tz_diag(r->diags, TZ_DIAG_SHELL, line->shell_span, "%s: " ADVICE,
		what[line->shell]);
	/* The lines behind are no commands of their own. */
	r->is_over |= line->shell == TZ_AST_HERE_DOCUMENT ||
		      line->shell == TZ_AST_GROUP;
}

static bool mentions_iptables(const struct tz_ast_line *line)
{
	for (const struct tz_ast_word *w = line->words; w; w = w->next)
		if (strstr(w->text, "tables"))
			return true;
	return false;
}

/* Whether a harmless program may stay so with what the shell does to it. */
static bool stays_harmless(const struct tz_ast_line *line)
{
	switch (line->shell) {
	case TZ_AST_PLAIN:
	case TZ_AST_VARIABLE:
	case TZ_AST_BRACES:
	case TZ_AST_REDIRECTION:
	case TZ_AST_BACKGROUND:
		return true;
	case TZ_AST_SUBSTITUTION:
		return !mentions_iptables(line);
	case TZ_AST_HERE_DOCUMENT:
	case TZ_AST_GROUP:
		return false;
	}
	return false;
}

/* ---- one command ---- */

static void skip(struct reader *r, const struct tz_ast_line *line)
{
	const struct tz_ast_word *word = program_of(line);

	tz_diag(r->diags, TZ_DIAG_SKIPPED_COMMAND, line->span,
		word ? "'%s' changes no rule of iptables: skipped"
		     : "this changes no rule of iptables: skipped",
		word ? word->text : "");
}

static const struct tz_ast_word *broken_word(const struct tz_ast_word *words)
{
	while (words && !strpbrk(words->text, "\n\r"))
		words = words->next;
	return words;
}

static void take(struct reader *r, const struct tz_ast_line *line,
		 enum kind kind)
{
	const struct tz_ast_word *words = program_of(line)->next;
	const struct tz_ast_word *broken = broken_word(words);

	if (broken)
		tz_diag(r->diags, TZ_DIAG_BAD_ARGUMENT, broken->span,
			"a line ends inside of the quotes");
	else
		tz_vec_push(r->arena, &r->script->calls,
			    (struct tz_sema_call){
				    .line = line,
				    .words = words,
				    .families = (unsigned int)kind,
			    });
}

static void refuse(struct reader *r, const struct tz_ast_line *line,
		   enum kind kind)
{
	const struct tz_ast_word *word = program_of(line);

	if (kind == SHELL) {
		tz_diag(r->diags, TZ_DIAG_SHELL, word->span,
			"'%s' is for a shell: " ADVICE, word->text);
		r->is_over = true;
	} else if (kind == RESTORES) {
		tz_diag(r->diags, TZ_DIAG_UNKNOWN_PROGRAM, word->span,
			"'%s' loads another file: give tamiz that one",
			word->text);
	} else {
		tz_diag(r->diags, TZ_DIAG_UNKNOWN_PROGRAM, word->span,
			"'%s' may change the rules: take the line away if it "
			"does not, or " ADVICE,
			word->text);
	}
}

/* ---- lists: commands joined by && and the like ---- */

static const struct tz_ast_line *end_of_list(const struct tz_ast_line *line)
{
	do
		line = line->next;
	while (line && line->join != TZ_AST_THEN);
	return line;
}

/*
 * Where a list begins to decide whether what follows runs: `a && b` does not,
 * if `a` only does its work; NULL: nowhere.
 */
static const struct tz_ast_line *condition(const struct tz_ast_line *line,
					   const struct tz_ast_line *end)
{
	for (const struct tz_ast_line *l = line; l != end; l = l->next) {
		if (l->join == TZ_AST_OR || l->join == TZ_AST_PIPE)
			return l;
		if (l->next != end && l->next->join == TZ_AST_AND &&
		    !is_iptables(kind_of(l)) && kind_of(l) != HARMLESS)
			return l->next;
	}
	return NULL;
}

static void read_call(struct reader *r, const struct tz_ast_line *line,
		      const struct tz_ast_line *depends)
{
	enum kind kind = kind_of(line);

	/* `... || exit` is what must not happen; a bare exit does. */
	if (kind == HARMLESS || kind == TESTS || (kind == ENDS && depends)) {
		if (stays_harmless(line))
			skip(r, line);
		else
			refuse_shell(r, line);
	} else if (kind == ENDS) {
		r->is_over = true;
		if (line->next)
			tz_diag(r->diags, TZ_DIAG_SKIPPED_COMMAND, line->span,
				"the script ends here: what follows is "
				"skipped");
	} else if (kind == SHELL) {
		refuse(r, line, kind);
	} else if (line->shell != TZ_AST_PLAIN) {
		refuse_shell(r, line);
	} else if (is_iptables(kind) && depends) {
		tz_diag(r->diags, TZ_DIAG_SHELL, line->span,
			"whether this runs, or what becomes of it, depends on "
			"another command: " ADVICE);
	} else if (is_iptables(kind)) {
		take(r, line, kind);
	} else {
		refuse(r, line, kind);
	}
}

static void read_list(struct reader *r, const struct tz_ast_line *line,
		      const struct tz_ast_line *end)
{
	const struct tz_ast_line *depends = condition(line, end);

	for (; line != end && !r->is_over && !tz_diags_full(r->diags);
	     line = line->next)
		read_call(r, line, depends);
}

struct tz_sema_script *tz_sema_script(struct tz_arena *arena,
				      struct tz_diags *diags,
				      const struct tz_ast_file *file)
{
	struct reader r = {
		.arena = arena,
		.diags = diags,
		.script = tz_new(arena, struct tz_sema_script),
	};

	if (!file->is_script)
		return r.script;
	for (const struct tz_ast_line *l = file->strays; l && !r.is_over;) {
		const struct tz_ast_line *end = end_of_list(l);

		read_list(&r, l, end);
		l = end;
	}
	return r.script;
}
