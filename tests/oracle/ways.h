/* SPDX-License-Identifier: GPL-2.0-only */
/* Routes of the laboratory's router, and what rpfilter finds by them. */
#pragma once

#include "ir/eval.h"

/*
 * Adds the routes to the present namespace; @dev: where frames come in, which
 * is up, as `tz-out` is. 0 or -errno.
 */
int tz_ways_lay(const char *dev);

/* tz_fib.leads_back of the kernel: of a router, and of a host without them. */
enum tz_truth tz_ways_in_kernel(void *arg, const struct tz_packet *packet,
				unsigned int flags);
enum tz_truth tz_ways_on_host(void *arg, const struct tz_packet *packet,
			      unsigned int flags);
/* What a program can prove on the router. */
enum tz_truth tz_ways_at_xdp(void *arg, const struct tz_packet *packet,
			     unsigned int flags);
