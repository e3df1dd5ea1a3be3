/* SPDX-License-Identifier: GPL-2.0-only */
/* One compilation, as the files of the public interface share it. */
#pragma once

#include <tamiz/compile.h>

#include "ast/ast.h"
#include "base/diag.h"
#include "ir/ir.h"
#include "opt/plan.h"

struct tamiz {
	struct tz_arena *arena;
	struct tz_sources *sources;
	struct tz_diags *diags;
	struct tamiz_options options;
	struct tz_plan_options plan_options;
	struct tz_ir *ir;
	bool is_read; /* ir holds all rules, without errors */
	struct tz_plan *plan;
	struct tz_buf emitted[TAMIZ_N_EMITS];
};

/*
 * samples.c: from the rules' names in the options to counters in the plan's;
 * a name that no rule has is an error.
 */
void tz_samples_resolve(struct tamiz *t);
