/* SPDX-License-Identifier: GPL-2.0-only */
/* The table of passes, until none of them changes anything. */
#include <assert.h>

#include "flow/pass.h"

static const struct {
	const char *name;
	struct tz_flow *(*run)(struct tz_arena *arena,
			       const struct tz_flow *flow);
} passes[] = {
	{ "thread", tz_flow_thread },
};

/* Rounds that find less and less. */
#define ROUNDS_MAX 8

struct tz_flow *tz_flow_optimize(struct tz_arena *arena,
				 const struct tz_flow *flow)
{
	struct tz_flow *best = NULL;

	for (int round = 0; round < ROUNDS_MAX; round++) {
		struct tz_flow *next = best;
		size_t n = best ? best->nodes.n : flow->nodes.n;

		for (size_t i = 0; i < sizeof(passes) / sizeof(passes[0]); i++)
			next = passes[i].run(arena, next ? next : flow);
		if (best && next->nodes.n >= n)
			break;
		best = next;
	}
	return best;
}
