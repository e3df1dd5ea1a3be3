/* SPDX-License-Identifier: GPL-2.0-only */
/* What bind.c, bind_own.c and find.c share while words are read. */
#pragma once

#include "sema/sema.h"

/* An option and the extension that it belongs to. */
struct tz_choice {
	struct tz_sema_use *use;
	const struct tz_ext_option *row;
};

struct tz_binder {
	struct tz_sema *sema;
	struct tz_sema_file *file;
	struct tz_sema_table *table; /* NULL: not known yet */
	struct tz_sema_command *command;
	struct tz_sema_rule *rule;
	const struct tz_ast_word *word; /* the next one */
	const struct tz_ast_word *bang; /* a '!' that waits; or NULL */
	const struct tz_ast_word *jump; /* of -j or -g, not understood yet */
	struct tz_sema_use *own;        /* the options of iptables itself */
	struct tz_sema_use *hidden;     /* a target that a chain hides */
	/* Uses of extensions, the newest first. */
	TZ_VEC(struct tz_sema_use *) uses;
	struct tz_sema_use *last_match;
	size_t n_options;
	bool has_implied;
	bool is_other_family; /* -4 or -6 says that the rule is not ours */
};

/* A match that was asked for, by -m or by -p. */
void tz_bind_add_match(struct tz_binder *b, const struct tz_ext *ext,
		       struct tz_span span);
struct tz_sema_use *tz_bind_new_use(struct tz_binder *b,
				    const struct tz_ext *ext,
				    struct tz_span span);
/* What an option of iptables itself does; false after an error. */
bool tz_bind_apply(struct tz_binder *b, struct tz_sema_option *option);
/* When all words are read; false after an error. */
bool tz_bind_finish(struct tz_binder *b);
/*
 * The option that @name (without "--") is or begins; loads the protocol's
 * match if that has it. False after an error at @word.
 */
bool tz_bind_find(struct tz_binder *b, const struct tz_ast_word *word,
		  const char *name, struct tz_choice *found);
/* Whether @name is a long option here, written out. */
bool tz_bind_is_long(const struct tz_binder *b, const char *name);
