/* SPDX-License-Identifier: GPL-2.0-only */
/* From the syntax tree of a rule file to the IR, by way of sema/. */
#pragma once

#include "ast/ast.h"
#include "base/diag.h"
#include "ir/ir.h"

/*
 * Adds the chains and rules of @file to @ir, in the kernel's order. @family 0:
 * decided by the file's content, then by its name. False after recorded
 * errors; then @ir is as it was. Of the tree and of what sema/ makes of it
 * the IR keeps strings only: the rest may be freed (tz_arena_new_within).
 */
bool tz_lower_file(struct tz_ir *ir, struct tz_diags *diags,
		   const struct tz_ast_file *file, enum tz_family family);
