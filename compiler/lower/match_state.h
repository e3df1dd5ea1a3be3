/* SPDX-License-Identifier: GPL-2.0-only */
/* Rates, quotas and counts as rows of model/state.def. */
#pragma once

#include "lower/build.h"

/*
 * What @use asks of the state that it keeps, with defaults as iptables 1.8.9
 * sets them; NULL: only the kernel can tell.
 */
const struct tz_state *tz_lower_state(struct tz_builder *b,
				      const struct tz_sema_use *use);
