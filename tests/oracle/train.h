/* SPDX-License-Identifier: GPL-2.0-only */
/* Fragment trains: the datagram that the kernel makes of them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "probe.h"

/*
 * The frame of the whole IPv4 datagram of the train that probe @last belongs
 * to, of the fragments up to and including @last: in the arena of @probes.
 * False when they do not make one, or for another family.
 */
bool tz_train_join(const struct tz_probes *probes, size_t last,
		   struct tz_frame_ref *whole);
