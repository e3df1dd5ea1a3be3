/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Constructors of the syntax tree, and its text form for --emit=ast. Lists
 * keep their last item, so that a file of n lines is built in n steps.
 */
#include "ast/ast.h"

#include <string.h>

struct tz_ast_file *tz_ast_file_new(struct tz_arena *arena,
				    const struct tz_source *source)
{
	struct tz_ast_file *file = tz_new(arena, struct tz_ast_file);

	file->arena = arena;
	file->source = source;
	return file;
}

/*
 * As iptables-restore 1.8.9 reads a word: between double quotes a backslash
 * takes the next byte as it is; outside of them it is an ordinary byte.
 */
static char *word_text(struct tz_arena *arena, const char *raw, size_t len)
{
	char *text = tz_arena_strndup(arena, raw, len);

	if (!memchr(raw, '"', len))
		return text;

	bool is_quoted = false;
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		if (raw[i] == '"') {
			is_quoted = !is_quoted;
			continue;
		}
		if (is_quoted && raw[i] == '\\' && i + 1 < len)
			i++;
		text[n++] = raw[i];
	}
	text[n] = '\0';
	return text;
}

struct tz_ast_word *tz_ast_word_new(struct tz_arena *arena, struct tz_span span,
				    const char *raw, size_t len)
{
	struct tz_ast_word *word = tz_new(arena, struct tz_ast_word);

	word->span = span;
	word->text = word_text(arena, raw, len);
	return word;
}

struct tz_ast_words tz_ast_words_add(struct tz_ast_words words,
				     struct tz_ast_word *word)
{
	if (words.last)
		words.last->next = word;
	else
		words.first = word;
	words.last = word;
	return words;
}

static struct tz_ast_table *open_table(const struct tz_ast_file *file)
{
	struct tz_ast_table *table = file->last_table;

	return table && !table->is_committed ? table : NULL;
}

void tz_ast_open_table(struct tz_arena *arena, struct tz_ast_file *file,
		       struct tz_ast_word *name)
{
	struct tz_ast_table *table = tz_new(arena, struct tz_ast_table);

	table->name = name;
	if (file->last_table)
		file->last_table->next = table;
	else
		file->tables = table;
	file->last_table = table;
}

void tz_ast_add_line(struct tz_arena *arena, struct tz_ast_file *file,
		     const struct tz_ast_line *line)
{
	struct tz_ast_table *table = open_table(file);
	struct tz_ast_line **first = table ? &table->lines : &file->strays;
	struct tz_ast_line **last =
		table ? &table->last_line : &file->last_stray;
	struct tz_ast_line *copy = tz_new(arena, struct tz_ast_line);

	*copy = *line;
	if (*last)
		(*last)->next = copy;
	else
		*first = copy;
	*last = copy;
}

void tz_ast_commit(struct tz_arena *arena, struct tz_ast_file *file,
		   struct tz_span span)
{
	struct tz_ast_table *table = open_table(file);

	if (table)
		table->is_committed = true;
	else
		tz_ast_add_line(arena, file,
				&(struct tz_ast_line){
					.command = TZ_AST_COMMIT,
					.span = span,
				});
}

static void print_word(const char *text, struct tz_buf *out)
{
	tz_buf_puts(out, " \"");
	for (const char *p = text; *p; p++) {
		unsigned char c = (unsigned char)*p;

		if (c == '"' || c == '\\')
			tz_buf_printf(out, "\\%c", c);
		else if (c < ' ' || c == 127)
			tz_buf_printf(out, "\\x%02x", c);
		else
			tz_buf_append(out, p, 1);
	}
	tz_buf_puts(out, "\"");
}

static void print_line(const struct tz_ast_line *line, struct tz_buf *out)
{
	static const char *const commands[] = {
		[TZ_AST_APPEND] = "append",       [TZ_AST_INSERT] = "insert",
		[TZ_AST_NEW_CHAIN] = "new-chain", [TZ_AST_POLICY] = "policy",
		[TZ_AST_CHAIN] = "chain",         [TZ_AST_COMMIT] = "commit",
		[TZ_AST_OTHER] = "other",
	};

	tz_buf_printf(out, "  %s", commands[line->command]);
	if (line->chain)
		print_word(line->chain->text, out);
	if (line->counters.are_given)
		tz_buf_printf(out, " [%llu:%llu]",
			      (unsigned long long)line->counters.packets,
			      (unsigned long long)line->counters.bytes);
	for (const struct tz_ast_word *w = line->words; w; w = w->next)
		print_word(w->text, out);
	tz_buf_puts(out, "\n");
}

void tz_ast_print(const struct tz_ast_file *file, struct tz_buf *out)
{
	tz_buf_puts(out, "file");
	print_word(file->source->name, out);
	tz_buf_puts(out, "\n");
	for (const struct tz_ast_line *l = file->strays; l; l = l->next)
		print_line(l, out);
	for (const struct tz_ast_table *t = file->tables; t; t = t->next) {
		tz_buf_puts(out, "table");
		print_word(t->name->text, out);
		tz_buf_puts(out, t->is_committed ? "\n" : " uncommitted\n");
		for (const struct tz_ast_line *l = t->lines; l; l = l->next)
			print_line(l, out);
	}
}
