/* SPDX-License-Identifier: GPL-2.0-only */
/* Sockets of the laboratory's receiver, and what -m socket finds of them. */
#pragma once

#include "ir/eval.h"

#define TZ_SOCKS_MAX 32

struct tz_socks {
	int fds[TZ_SOCKS_MAX];
	size_t n;
};

/*
 * Opens them in the present namespace, whose addresses and routes are there;
 * none of them sends anything. 0, or -errno after a message.
 */
int tz_socks_open(struct tz_socks *socks);
void tz_socks_close(struct tz_socks *socks);

/* What the kernel's rule finds, and what a program at XDP can prove. */
const struct tz_sockets *tz_socks_in_kernel(void);
const struct tz_sockets *tz_socks_at_xdp(void);
