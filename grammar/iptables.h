/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The reader of iptables-save and ip6tables-save files, and of files of
 * command lines (script.h). A line is words; what they mean is for sema/ to
 * say.
 */
#pragma once

#include "ast/ast.h"
#include "base/diag.h"

/*
 * Never NULL. Errors are recorded, and reading goes on with the next line; a
 * text with NUL bytes or lines longer than TZ_LINE_MAX is not read at all.
 */
struct tz_ast_file *tz_iptables_parse(struct tz_arena *arena,
				      struct tz_diags *diags,
				      const struct tz_source *source);
