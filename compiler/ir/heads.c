/* SPDX-License-Identifier: GPL-2.0-only */
#include "ir/heads.h"

static struct tz_head head_of(const struct tz_ir_rule *rule)
{
	const struct tz_ir_match *m = rule->matches;

	/* of the flags, some may be known and some not */
	if (!m || m->kind != TZ_IR_IN || m->in.set.n != 1 || m->is_stale ||
	    m->in.field == TZ_FIELD_TCP_FLAGS)
		return (struct tz_head){ .span = ~(tz_value)0 };

	struct tz_interval in = m->in.set.at[0];

	return (struct tz_head){ in.lo, in.hi - in.lo, (size_t)m->in.field };
}

const struct tz_heads *tz_heads_new(struct tz_arena *arena,
				    const struct tz_ir *ir)
{
	struct tz_heads *heads = tz_new(arena, struct tz_heads);
	struct tz_head **of_chain =
		tz_new_array(arena, struct tz_head *, ir->chains.n);

	for (size_t i = 0; i < ir->chains.n; i++) {
		const struct tz_ir_chain *chain = ir->chains.at[i];
		struct tz_head *at =
			tz_new_array(arena, struct tz_head, chain->rules.n);

		for (size_t j = 0; j < chain->rules.n; j++)
			at[j] = head_of(chain->rules.at[j]);
		of_chain[chain->index] = at;
	}
	heads->of_chain = of_chain;
	return heads;
}
