/* SPDX-License-Identifier: GPL-2.0-only */
/* Reads the observer's notes: the last station tells the fate. */
#include "fate.h"

enum tz_fate tz_fate_of(struct tz_watch_seen seen, bool is_fragment)
{
	if (!(seen.stages & TZ_WATCH_ARRIVED))
		return TZ_FATE_UNFILTERED;
	if (seen.stages & TZ_WATCH_SURVIVED)
		return TZ_FATE_SURVIVED;
	if (seen.stages & TZ_WATCH_ROUTED)
		return TZ_FATE_DROPPED;
	/* ip_local_deliver and the defragmentation hook keep fragments. */
	if (is_fragment && (seen.stages & TZ_WATCH_PREROUTED ||
			    !(seen.stages & TZ_WATCH_DEFRAGMENTED)))
		return TZ_FATE_HELD;
	return seen.stages & TZ_WATCH_PREROUTED ? TZ_FATE_LOST
						: TZ_FATE_DROPPED_EARLY;
}

const char *tz_fate_name(enum tz_fate fate)
{
	static const char *const names[] = {
		[TZ_FATE_UNFILTERED] = "not filtered",
		[TZ_FATE_HELD] = "held",
		[TZ_FATE_DROPPED_EARLY] = "dropped in PREROUTING",
		[TZ_FATE_LOST] = "lost after PREROUTING",
		[TZ_FATE_DROPPED] = "dropped after routing",
		[TZ_FATE_SURVIVED] = "accepted",
	};

	return names[fate];
}
