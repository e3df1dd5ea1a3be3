/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A test of chance: net/netfilter/xt_statistic.c, mode random. */
#ifndef TAMIZ_TEST_CHANCE_BPF_H
#define TAMIZ_TEST_CHANCE_BPF_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include <tamiz/abi.h>

#ifdef TZ_HAS_statistic

/* @chance of 2^31. */
static __always_inline int tz_test_statistic(struct xdp_md *ctx,
					     struct tz_scratch *s,
					     __u32 chance, __u32 is_inverted)
{
	return ((bpf_get_prandom_u32() & 0x7fffffff) < chance) != is_inverted
		       ? TZ_TEST_TRUE
		       : TZ_TEST_FALSE;
}

#endif

#endif
