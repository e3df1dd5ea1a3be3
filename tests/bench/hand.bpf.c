// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a person would write for one rule, `-p udp --dport 53 -j DROP`, as a
 * stage behind the same root: the measure of what generated code costs.
 */
#define TZ_N_COUNTERS 1
/* The ways that generated programs ask for, and this one does not. */
#pragma clang diagnostic ignored "-Wunused-function"
#include <tamiz/rules.bpf.h>

#define UDP 17ull
#define L4_MASK                                                          \
	(0xffffull << TZ_L4_DPORT_SHIFT | 0xffull << TZ_L4_PROTO_SHIFT | \
	 TZ_L4_SHORT | TZ_L4_FRAGMENT)
#define L4_WANTED (53ull << TZ_L4_DPORT_SHIFT | UDP << TZ_L4_PROTO_SHIFT)

SEC("xdp.frags")
int tz_rules(struct xdp_md *ctx)
{
	struct tz_scratch *s = tz_begin(ctx);

	if (!s || s->key.family != 4 || (s->key.l4 & L4_MASK) != L4_WANTED ||
	    !tz_header_is_good(ctx, &s->key))
		return tz_next_stage(ctx);
	tz_add(&tz_counters, 0, s->key.ip_len);
	return XDP_DROP;
}

char tz_license[] SEC("license") = "Dual BSD/GPL";
