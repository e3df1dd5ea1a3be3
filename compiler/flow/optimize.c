/* SPDX-License-Identifier: GPL-2.0-only */
/* The passes, until they find nothing more. */
#include "flow/pass.h"

/* Rounds that find less and less. */
#define ROUNDS_MAX 8

struct tz_flow *tz_flow_optimize(struct tz_arena *arena,
				 const struct tz_flow *flow)
{
	struct tz_flow *best = tz_flow_thread(arena, flow);

	/* Threaded, the chains of one part lead on into the next. */
	if (tz_flow_group(best))
		best = tz_flow_thread(arena, best);
	tz_flow_order(best);
	for (int round = 1; round < ROUNDS_MAX; round++) {
		struct tz_flow *next = tz_flow_thread(arena, best);
		bool is_smaller = next->nodes.n < best->nodes.n;

		best = next;
		if (!is_smaller)
			break;
	}
	return best;
}
