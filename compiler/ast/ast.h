/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The syntax tree of a rule file: what was written, where, and nothing about
 * what it means. Grammar actions call the constructors below and nothing else.
 * Everything lives in the arena that the reader was given.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/source.h"

/* One word of a line: quotes and backslashes resolved. */
struct tz_ast_word {
	struct tz_ast_word *next;
	struct tz_span span; /* as written, with the quotes */
	const char *text;    /* terminated; holds no NUL byte */
};

/* Words in order, while the grammar collects them. */
struct tz_ast_words {
	struct tz_ast_word *first, *last; /* both NULL: none */
};

struct tz_ast_counters {
	bool are_given;
	uint64_t packets, bytes;
};

enum tz_ast_kind {
	TZ_AST_COMMAND, /* `-A CHAIN words...`, all of it in words */
	TZ_AST_CHAIN,   /* `:CHAIN POLICY [0:0]`, the policy is the only word */
	TZ_AST_COMMIT,  /* among the strays only */
	TZ_AST_CALL,    /* a command of a script, its program the first word */
};

/* How a command of a script follows the one before it. */
enum tz_ast_join { TZ_AST_THEN, TZ_AST_AND, TZ_AST_OR, TZ_AST_PIPE };

/* What only a shell can carry out. */
enum tz_ast_shell {
	TZ_AST_PLAIN,
	TZ_AST_VARIABLE,
	TZ_AST_SUBSTITUTION, /* of commands */
	TZ_AST_BRACES,       /* {1..3} */
	TZ_AST_REDIRECTION,
	TZ_AST_HERE_DOCUMENT,
	TZ_AST_BACKGROUND,
	TZ_AST_GROUP, /* a parenthesis: a subshell, a function */
};

struct tz_ast_line {
	struct tz_ast_line *next;
	enum tz_ast_kind kind;
	struct tz_span span; /* the whole line, without its newline */
	struct tz_ast_counters counters;
	struct tz_ast_word *chain; /* of TZ_AST_CHAIN */
	struct tz_ast_word *words; /* in order */
	/* Of TZ_AST_CALL; the first thing that is the shell's, and where. */
	enum tz_ast_join join;
	enum tz_ast_shell shell;
	struct tz_span shell_span;
};

/* A command of a script while the grammar collects it. */
struct tz_ast_call {
	struct tz_ast_words words;
	enum tz_ast_shell shell;
	struct tz_span shell_span;
};

struct tz_ast_table {
	struct tz_ast_table *next;
	struct tz_ast_word *name; /* `*filter` without the star */
	int family; /* 4 or 6, as a comment before it says; 0: none does */
	struct tz_ast_line *lines, *last_line;
	bool is_committed;
};

struct tz_ast_file {
	struct tz_arena *arena; /* of the tree, and of what sema/ makes of it */
	struct tz_ast_file *next;
	const struct tz_source *source;
	struct tz_ast_table *tables, *last_table;
	struct tz_ast_line *strays, *last_stray; /* outside of every table */
	size_t n_lines; /* added so far */
	int family;     /* of the tables that follow; see tz_ast_table */
	bool is_script; /* command lines: all of them are strays */
};

struct tz_ast_file *tz_ast_file_new(struct tz_arena *arena,
				    const struct tz_source *source);
/* @raw: @len bytes as written; see word_text in ast.c for the quotes. */
struct tz_ast_word *tz_ast_word_new(struct tz_arena *arena, struct tz_span span,
				    const char *raw, size_t len);
/* The same of a word of a shell: with both kinds of quotes. */
struct tz_ast_word *tz_ast_shell_word_new(struct tz_arena *arena,
					  struct tz_span span, const char *raw,
					  size_t len);
/* What of the shell is in the @len bytes at @raw, a word of it. */
enum tz_ast_shell tz_ast_shell_of(const char *raw, size_t len);
/* @call with @word, of kind @shell, at the end; NULL: not a word of it. */
struct tz_ast_call tz_ast_call_add(struct tz_ast_call call,
				   struct tz_ast_word *word,
				   enum tz_ast_shell shell,
				   struct tz_span span);
/* @words with @word at the end. */
struct tz_ast_words tz_ast_words_add(struct tz_ast_words words,
				     struct tz_ast_word *word);
void tz_ast_open_table(struct tz_arena *arena, struct tz_ast_file *file,
		       struct tz_ast_word *name);
/* Adds a line to the open table, or to the strays where none is open. */
void tz_ast_add_line(struct tz_arena *arena, struct tz_ast_file *file,
		     const struct tz_ast_line *line);
/* Ends the open table; a COMMIT at @span without one is a stray. */
void tz_ast_commit(struct tz_arena *arena, struct tz_ast_file *file,
		   struct tz_span span);
void tz_ast_add_call(struct tz_arena *arena, struct tz_ast_file *file,
		     struct tz_ast_call call, enum tz_ast_join join,
		     struct tz_span span);
/* `&` at @span, behind the last call. */
void tz_ast_background(struct tz_ast_file *file, struct tz_span span);
/* A comment; those of iptables-save say which family follows. */
void tz_ast_comment(struct tz_ast_file *file, const char *text, size_t len);
void tz_ast_print(const struct tz_ast_file *file, struct tz_buf *out);
