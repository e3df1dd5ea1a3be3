/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A rate that holds over all CPUs: one word says when the next packet would
 * come if all came at the rate, and it is moved by compare and exchange alone
 * (GCRA, ITU-T I.371). The clock is an argument. Included from BPF C and from
 * tests.
 */
#ifndef TAMIZ_LIMIT_H
#define TAMIZ_LIMIT_H

#include <linux/types.h>

/* More CPUs that take from one word at once: one of them is taken to exceed. */
#define TZ_LIMIT_TRIES 64

/*
 * Whether a packet at @now is within the rate of one in @step, of which as many
 * as fit into @room may come early; *@next is 0 at first.
 */
static inline int tz_limit_take(__u64 *next, __u64 now, __u64 step, __u64 room)
{
	for (int i = 0; i < TZ_LIMIT_TRIES; i++) {
		__u64 was = *(volatile __u64 *)next;
		__u64 at = was > now ? was : now;

		if (at - now > room)
			return 0;
		if (__sync_val_compare_and_swap(next, was, at + step) == was)
			return 1;
	}
	return 0;
}

#endif
