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

/*
 * The bucket of net/netfilter/xt_limit.c in a word: a bit that it is in use,
 * 31 bits of its time in jiffies, 32 bits of credit. At least two credits a
 * jiffy, modulo 2^32 as in the kernel, need no more bits of the time.
 */
#define TZ_CREDIT_USED (1ull << 63)

/* What is there at @now; @credits: what fits, then what a packet costs. */
static inline __u32 tz_credit_at(__u64 word, __u32 now, __u32 per_jiffy,
				 __u64 credits)
{
	__u32 cap = credits >> 32;
	__u32 elapsed = (now - (__u32)(word >> 32)) & 0x7fffffff;
	__u32 credit = (__u32)word + elapsed * per_jiffy;

	return !(word & TZ_CREDIT_USED) || credit > cap ? cap : credit;
}

/* Whether a packet at @now is paid for. */
static inline int tz_credit_holds(__u64 word, __u32 now, __u32 per_jiffy,
				  __u64 credits)
{
	return tz_credit_at(word, now, per_jiffy, credits) >= (__u32)credits;
}

/* The word behind it. */
static inline __u64 tz_credit_take(__u64 word, __u32 now, __u32 per_jiffy,
				   __u64 credits)
{
	__u32 credit = tz_credit_at(word, now, per_jiffy, credits);

	if (credit >= (__u32)credits)
		credit -= (__u32)credits;
	return TZ_CREDIT_USED | (__u64)(now & 0x7fffffff) << 32 | credit;
}

#endif
