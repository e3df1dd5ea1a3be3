/* SPDX-License-Identifier: GPL-2.0-only */
/* What the reference interpreter believes that the kernel does. */
#pragma once

#include <stdbool.h>

#include "ir/eval.h"

struct tz_belief {
	bool may_drop, may_pass;
	/*
	 * Nothing can be said: a target of unknown verdict was met, or too
	 * many unknown matches.
	 */
	bool is_open;
};

/*
 * All verdicts of @ir over @packet on @route, over every answer of the unknown
 * matches that @context leaves, when the packet was sent between two points of
 * time.
 */
struct tz_belief tz_believe(const struct tz_ir *ir,
			    const struct tz_packet *packet, enum tz_route route,
			    enum tz_backend backend, const char *ifname,
			    const struct tz_context *context,
			    const int64_t clock_ns[2]);
