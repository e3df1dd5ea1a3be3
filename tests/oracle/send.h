/* SPDX-License-Identifier: GPL-2.0-only */
/* Sends frames, each behind its marker, and a fence behind all. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "watch.h"

struct tz_frame_ref {
	const uint8_t *bytes;
	size_t len;
};

/*
 * Sends frames 0 to @n - 1 (at most TZ_WATCH_MAX) through the packet socket
 * @tx and waits until @watch has seen the end of them. 0 or -errno.
 */
int tz_send_batch(int tx, const struct tz_watch *watch,
		  const struct tz_frame_ref *frames, size_t n);
/*
 * Waits until a frame gets through: a device that was just brought up throws
 * frames away until the kernel's link watch has been at work.
 */
int tz_send_warm_up(int tx, const struct tz_watch *watch);
