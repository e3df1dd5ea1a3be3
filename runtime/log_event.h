/* SPDX-License-Identifier: GPL-2.0-only */
/* From a record of the ring to an event. */
#pragma once

#include <tamiz/abi.h>
#include <tamiz/log.h>

#include "runtime/log_rules.h"

/* An event and what its pointers lead to. */
struct tz_log_decoded {
	struct tamiz_log_event event;
	struct tamiz_log_rule decider, sampled;
	struct tamiz_log_rule logs[TZ_LOGS_MAX], path[TZ_PATH_MAX];
	char *line; /* owned */
};

/*
 * Whether @len bytes are an event of this version; the bytes are of anybody
 * who can write to the map. Then its generation is *generation.
 */
bool tz_log_check(const void *data, size_t len, unsigned int *generation);
/*
 * Decodes what tz_log_check took; the frame stays in @data. @boot_offset_ns:
 * from CLOCK_BOOTTIME to CLOCK_REALTIME. 0 or -ENOMEM.
 */
int tz_log_decode(const void *data, size_t len, const char *ifname,
		  const struct tz_log_rules *rules, int64_t boot_offset_ns,
		  struct tz_log_decoded *out);
void tz_log_decoded_clear(struct tz_log_decoded *decoded);
