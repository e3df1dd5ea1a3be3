/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Constructors for the commands of a script: words as a shell reads them
 * (POSIX.1-2017, Shell Command Language, 2.2 Quoting), and what in them only
 * a shell could carry out.
 */
#include "ast/ast.h"

#include <ctype.h>
#include <string.h>

/* What a backslash takes its meaning from between double quotes. */
static bool is_escaped_in_quotes(char c)
{
	return c == '$' || c == '`' || c == '"' || c == '\\' || c == '\n';
}

/* Bytes of a line continuation at @raw; 0: there is none. */
static size_t continuation(const char *raw, size_t len)
{
	if (len >= 2 && raw[0] == '\\' && raw[1] == '\n')
		return 2;
	if (len >= 3 && raw[0] == '\\' && raw[1] == '\r' && raw[2] == '\n')
		return 3;
	return 0;
}

/* Where a walk over the bytes of a word is. */
struct walk {
	const char *raw;
	size_t len, at;
	char quote; /* the open one; 0: none */
};

/*
 * Takes one step: true with a byte of the word's text in *c, and whether it
 * stood there without any quoting.
 */
static bool next_byte(struct walk *w, char *c, bool *is_bare)
{
	while (w->at < w->len) {
		char at = w->raw[w->at];
		size_t skipped =
			w->quote == '\''
				? 0
				: continuation(w->raw + w->at, w->len - w->at);

		w->at += skipped ? skipped : 1;
		if (skipped)
			continue;
		if (w->quote ? at == w->quote : at == '"' || at == '\'') {
			w->quote = w->quote ? 0 : at;
			continue;
		}
		*c = at;
		*is_bare = w->quote != '\'';
		if (at == '\\' && w->at < w->len && w->quote != '\'' &&
		    (!w->quote || is_escaped_in_quotes(w->raw[w->at]))) {
			*c = w->raw[w->at++];
			*is_bare = false;
		}
		return true;
	}
	return false;
}

struct tz_ast_word *tz_ast_shell_word_new(struct tz_arena *arena,
					  struct tz_span span, const char *raw,
					  size_t len)
{
	struct tz_ast_word *word = tz_new(arena, struct tz_ast_word);
	struct walk w = { .raw = raw, .len = len };
	char *text = tz_arena_strndup(arena, raw, len), c;
	size_t n = 0;
	bool is_bare;

	while (next_byte(&w, &c, &is_bare))
		text[n++] = c;
	text[n] = '\0';
	word->span = span;
	word->text = text;
	return word;
}

/* {a,b} or {1..3}: at @w is what follows the opening brace. */
static bool is_brace_list(const struct walk *w)
{
	const char *rest = w->raw + w->at;
	const char *close = memchr(rest, '}', w->len - w->at);

	return close && (memchr(rest, ',', (size_t)(close - rest)) ||
			 memmem(rest, (size_t)(close - rest), "..", 2));
}

enum tz_ast_shell tz_ast_shell_of(const char *raw, size_t len)
{
	struct walk w = { .raw = raw, .len = len };
	enum tz_ast_shell found = TZ_AST_PLAIN;
	char c;
	bool is_bare;

	while (found == TZ_AST_PLAIN && next_byte(&w, &c, &is_bare)) {
		char next = w.at < len ? raw[w.at] : '\0';

		if (!is_bare)
			continue;
		if (c == '`' || (c == '$' && next == '('))
			found = TZ_AST_SUBSTITUTION;
		else if (c == '$' && next &&
			 (isalnum((unsigned char)next) ||
			  strchr(w.quote ? "_{@*#?!$-" : "_{@*#?!$-\"'", next)))
			found = TZ_AST_VARIABLE;
		else if (c == '{' && !w.quote && is_brace_list(&w))
			found = TZ_AST_BRACES;
	}
	return found;
}

struct tz_ast_call tz_ast_call_add(struct tz_ast_call call,
				   struct tz_ast_word *word,
				   enum tz_ast_shell shell, struct tz_span span)
{
	if (word)
		call.words = tz_ast_words_add(call.words, word);
	if (call.shell == TZ_AST_PLAIN) {
		call.shell = shell;
		call.shell_span = span;
	}
	return call;
}

void tz_ast_add_call(struct tz_arena *arena, struct tz_ast_file *file,
		     struct tz_ast_call call, enum tz_ast_join join,
		     struct tz_span span)
{
	tz_ast_add_line(arena, file,
			&(struct tz_ast_line){
				.kind = TZ_AST_CALL,
				.span = span,
				.words = call.words.first,
				.join = join,
				.shell = call.shell,
				.shell_span = call.shell_span,
			});
}

void tz_ast_background(struct tz_ast_file *file, struct tz_span span)
{
	struct tz_ast_line *last = file->last_stray;

	if (last->shell != TZ_AST_PLAIN)
		return;
	last->shell = TZ_AST_BACKGROUND;
	last->shell_span = span;
}
