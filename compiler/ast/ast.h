/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The syntax tree of a rule file: what was written, where, and nothing about
 * what it means. Grammar actions call the constructors below and nothing else.
 * Everything lives in the arena of the compilation.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/source.h"

/* One word of a line: quotes and backslashes resolved. */
struct tz_ast_word {
	struct tz_ast_word *next;
	struct tz_span span; /* as written, with the quotes */
	const char *text; /* terminated; holds no NUL byte */
	bool is_quoted; /* then a leading '-' or '!' has no meaning */
	bool is_bang; /* an unquoted word "!" */
};

struct tz_ast_counters {
	bool are_given;
	uint64_t packets, bytes;
};

/* `-A CHAIN words...` and the other commands of an iptables-save file. */
enum tz_ast_command {
	TZ_AST_APPEND, /* -A */
	TZ_AST_INSERT, /* -I */
	TZ_AST_NEW_CHAIN, /* -N, or `:CHAIN - [0:0]` */
	TZ_AST_POLICY, /* -P, or `:CHAIN ACCEPT [0:0]` */
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
	struct tz_ast_line *lines;
	bool is_committed;
};

struct tz_ast_file {
	struct tz_ast_file *next;
	const struct tz_source *source;
	struct tz_ast_table *tables;
};
