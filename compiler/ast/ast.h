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

/* `-A CHAIN words...` and the other commands of an iptables-save file. */
enum tz_ast_command {
	TZ_AST_APPEND,    /* -A */
	TZ_AST_INSERT,    /* -I */
	TZ_AST_NEW_CHAIN, /* -N CHAIN */
	TZ_AST_POLICY,    /* -P CHAIN POLICY */
	TZ_AST_CHAIN,  /* `:CHAIN POLICY [0:0]`, the policy is the only word */
	TZ_AST_COMMIT, /* among the strays only */
	TZ_AST_OTHER,  /* -F, -D, ...: the chain is the command itself */
};

struct tz_ast_line {
	struct tz_ast_line *next;
	enum tz_ast_command command;
	struct tz_span span; /* the whole line, without its newline */
	struct tz_ast_counters counters;
	struct tz_ast_word *chain;
	struct tz_ast_word *words; /* what follows the chain, in order */
};

struct tz_ast_table {
	struct tz_ast_table *next;
	struct tz_ast_word *name; /* `*filter` without the star */
	struct tz_ast_line *lines, *last_line;
	bool is_committed;
};

struct tz_ast_file {
	struct tz_arena *arena; /* of the tree, and of what sema/ makes of it */
	struct tz_ast_file *next;
	const struct tz_source *source;
	struct tz_ast_table *tables, *last_table;
	struct tz_ast_line *strays, *last_stray; /* outside of every table */
};

struct tz_ast_file *tz_ast_file_new(struct tz_arena *arena,
				    const struct tz_source *source);
/* @raw: @len bytes as written; see word_text in ast.c for the quotes. */
struct tz_ast_word *tz_ast_word_new(struct tz_arena *arena, struct tz_span span,
				    const char *raw, size_t len);
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
void tz_ast_print(const struct tz_ast_file *file, struct tz_buf *out);
