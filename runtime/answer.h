/* SPDX-License-Identifier: GPL-2.0-only */
/* What it takes to answer at XDP (--reject=answer), by device and host. */
#pragma once

#include <tamiz/runtime.h>

/*
 * Whether what the device @ifname is given by XDP_TX goes out, as far as that
 * can be told; @upper: what it is enslaved to, or NULL. Notes what keeps answers
 * from being given.
 */
bool tz_answer_goes_out(const char *ifname, unsigned int ifindex,
			const char *upper, struct tamiz_notes *notes);
