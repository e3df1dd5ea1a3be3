/* SPDX-License-Identifier: GPL-2.0-only */
/* What bind.c and find.c share while the words of a rule are read. */
#pragma once

#include "sema/sema.h"

/* An option and the extension that it belongs to. */
struct tz_choice {
	struct tz_sema_use *use;
	const struct tz_ext_option *row;
};

struct tz_binder {
	struct tz_sema *sema;
	const struct tz_sema_table *table;
	struct tz_sema_rule *rule;
	const struct tz_ast_word *word; /* the next one */
	const struct tz_ast_word *bang; /* a '!' that waits; or NULL */
	struct tz_sema_use *own;        /* the options of the rule itself */
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
/*
 * The option that @name (without "--") is or begins; loads the protocol's
 * match if that has it. False after an error at @word.
 */
bool tz_bind_find(struct tz_binder *b, const struct tz_ast_word *word,
		  const char *name, struct tz_choice *found);
/* Whether @name is a long option here, written out. */
bool tz_bind_is_long(const struct tz_binder *b, const char *name);
