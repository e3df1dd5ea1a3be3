/* SPDX-License-Identifier: GPL-2.0-only */
#pragma once

#include "lower/build.h"

/* `-m set`; false: nothing is known of the set. */
bool tz_lower_set(struct tz_builder *b, const struct tz_sema_use *use);
/* Of a target SET: the sets that it changes are no longer what files say. */
/*
 * Returns what it does as a state (TZ_STATE_PUT), for who keeps the sets; NULL:
 * only the kernel can.
 */
const struct tz_state *tz_lower_set_target(struct tz_ir *ir,
					   const struct tz_sema_use *use);
