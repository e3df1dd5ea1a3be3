/* SPDX-License-Identifier: GPL-2.0-only */
/* References of entries in the kernel's table. */
#pragma once

#include <stdint.h>

#include "ct_frame.h"

/*
 * Runs @prog_fd a million times on @frame, which must get @verdict each time,
 * as if it came in by @ifindex. 0 or -errno, -EPROTO for another verdict; the
 * time of a run to *@ns.
 */
int ct_leak_run(int prog_fd, const struct ct_frame *frame, uint32_t ifindex,
		uint32_t verdict, uint32_t *ns);
/*
 * Flushes the table of the current namespace and waits until no entry is left:
 * whoever is still referred to stays. 0 or -errno, -EBUSY when some stay.
 */
int ct_leak_flush(void);
