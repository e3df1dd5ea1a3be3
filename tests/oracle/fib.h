/* SPDX-License-Identifier: GPL-2.0-only */
/* What the laboratory's routing tables say of an address. */
#pragma once

#include "ir/eval.h"

/* The kernel's answer, as far as the laboratory is set up. */
const struct tz_fib *tz_fib_of_kernel(bool is_router);
/* Whether a router sends @packet on, if no rule drops it. */
bool tz_fib_forwards(const struct tz_packet *packet);
/*
 * What a program at XDP may know of it: a router without routing rules tells
 * it what is sent on; a host tells nothing.
 */
const struct tz_fib *tz_fib_of_xdp(bool is_router);
