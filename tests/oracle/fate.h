/* SPDX-License-Identifier: GPL-2.0-only */
/* Where a frame's way through the kernel ended. */
#pragma once

#include <stdbool.h>

#include "ir/eval.h"
#include "watch.h"

enum tz_fate {
	TZ_FATE_UNFILTERED, /* before netfilter */
	TZ_FATE_HELD, /* a fragment, kept for its datagram or thrown away */
	TZ_FATE_DROPPED_EARLY, /* by rules of PREROUTING */
	TZ_FATE_LOST,          /* between PREROUTING and INPUT or FORWARD */
	TZ_FATE_DROPPED,       /* by rules of INPUT or FORWARD */
	TZ_FATE_SURVIVED,
};

enum tz_fate tz_fate_of(struct tz_watch_seen seen, bool is_fragment);
const char *tz_fate_name(enum tz_fate fate);
