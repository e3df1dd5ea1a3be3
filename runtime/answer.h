/* SPDX-License-Identifier: GPL-2.0-only */
/* What it takes to answer at XDP (--reject=answer), by device and host. */
#pragma once

#include <tamiz/runtime.h>

/*
 * Whether what @change's device, of number @ifindex, is given by XDP_TX goes
 * out, as far as that can be told. Notes what keeps answers from being given.
 */
bool tz_answer_goes_out(const struct tamiz_change *change, unsigned int ifindex,
			struct tamiz_notes *notes);
