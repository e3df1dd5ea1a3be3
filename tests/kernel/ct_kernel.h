/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the kernel takes a frame for: rules of iptables, one for each state, and
 * their counters.
 */
#pragma once

#include <stdint.h>

/* Frames that the kernel itself sends come in by others. */
#define CT_DEV "tz-rx"

struct ct_kernel;

/*
 * Loads the rules, @raw and @nat among those of these tables ("" for none),
 * into the current namespace; ends the program when that cannot be.
 */
void ct_kernel_load(const char *raw, const char *nat);
/* Opens what counters are read by. Ends the program as well. */
struct ct_kernel *ct_kernel_open(void);
void ct_kernel_close(struct ct_kernel *kernel);
/*
 * Which of the rules has counted one packet more of @family since it was last
 * asked: TZ_CT_*. Waits for it; 0 when none did, several or several packets.
 */
uint32_t ct_kernel_state(struct ct_kernel *kernel, int family);
/* Whether any was counted since; forgets them. For IPv4. */
int ct_kernel_seen(struct ct_kernel *kernel);
