/* SPDX-License-Identifier: GPL-2.0-only */
/* What the iptables scanner and parser share. */
#pragma once

#include "grammar/iptables.h"

struct tz_iptables_context {
	struct tz_arena *arena;
	struct tz_diags *diags;
	const struct tz_source *source;
	struct tz_ast_file *file;
	void *scanner;
	uint32_t offset; /* of the next token, in the space of all sources */
	size_t n_tokens; /* so far */
};

/*
 * Counts one more token of the file; false when the tree of it would take more
 * memory than any rule set is worth, which has been said then.
 */
bool tz_iptables_take(struct tz_iptables_context *context);

/* Scanner over the context's source; it lives in the arena. */
void tz_iptables_scan_begin(struct tz_iptables_context *context);
/* Gives the source's text back as it was. */
void tz_iptables_scan_end(struct tz_iptables_context *context);
