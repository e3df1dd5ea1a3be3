/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The first match of each rule, side by side in memory: most rules of a long
 * chain are left by it, and reading them costs more than comparing. For who
 * judges many packets.
 */
#pragma once

#include "ir/view.h"

struct tz_head {
	/* the rule is left when the field is not from lo to lo + span */
	tz_value lo, span;
	size_t field; /* enum tz_field */
};

struct tz_heads {
	struct tz_head *const *of_chain; /* by index; one for each rule */
};

const struct tz_heads *tz_heads_new(struct tz_arena *arena,
				    const struct tz_ir *ir);

/* Those of @chain, or NULL. */
static inline const struct tz_head *tz_heads_of(const struct tz_view *view,
						const struct tz_ir_chain *chain)
{
	return view->heads ? view->heads->of_chain[chain->index] : NULL;
}

/* Whether the rule of @head does not match for its first match. */
static inline bool tz_head_refuses(const struct tz_head *head,
				   const struct tz_view *view)
{
	return view->values[head->field] - head->lo > head->span &&
	       view->states[head->field] == TZ_VIEW_KNOWN;
}
