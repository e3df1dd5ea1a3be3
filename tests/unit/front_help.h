/* SPDX-License-Identifier: GPL-2.0-only */
/* A rule file read to the end, for tests of the front-end. */
#pragma once

#include "grammar/iptables.h"
#include "lower/lower.h"

struct front {
	struct tz_arena *arena;
	struct tz_sources *sources;
	struct tz_diags *diags;
	struct tz_ast_file *ast;
	struct tz_ir *ir;
	bool is_good; /* what tz_lower_file said, and parsed without errors */
};

/* Reads @text as the file @name; @family 0: by content. */
struct front front_read(const char *name, const char *text, size_t len,
			enum tz_family family);
/* The same for lines of one table: `*TABLE\nLINES\nCOMMIT\n`. */
struct front front_table(enum tz_family family, const char *table,
			 const char *lines);
void front_free(struct front *front);
/* All diagnostics as they are printed; the caller frees it. */
struct tz_buf front_diags(const struct front *front);
/* The whole file at @path; NULL when it is not there. */
char *front_slurp(const char *path, size_t *len);
/* Where ../shared of the source tree is, or NULL. */
const char *front_shared(void);
