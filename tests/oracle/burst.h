/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bursts of TCP segments that GRO may merge: the rules see one long packet
 * where XDP sees several short ones (SEMANTICS 1.13).
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "probe.h"
#include "watch.h"

enum { TZ_BURST_LEN = 5 };

struct tz_burst {
	struct tz_watch_frame frames[TZ_BURST_LEN];
	const struct tz_ir_rule *rule; /* as in struct tz_probe */
	uint32_t headers_len;          /* of each, from the IP header */
};

struct tz_bursts {
	TZ_VEC(struct tz_burst) all;
};

/* Makes at most @max bursts of the whole TCP frames of @probes. */
void tz_burst_make(struct tz_bursts *bursts, const struct tz_probes *probes,
		   size_t max);
/* Bytes of payload that came through, of what the observer saw. */
uint32_t tz_burst_payload(const struct tz_burst *burst,
			  struct tz_watch_seen seen);
