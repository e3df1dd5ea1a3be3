/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Tests on the options of TCP. */
#ifndef TAMIZ_TEST_TCP_BPF_H
#define TAMIZ_TEST_TCP_BPF_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include <tamiz/abi.h>

#ifdef TZ_HAS_tcp_option

#define TZ_TCP_LEN 20
#define TZ_TCP_OPTIONS_MAX 40

struct tz_options {
	__u8 bytes[64]; /* a power of two, for the mask */
	__u32 len, next, kind, is_found;
};

/* net/netfilter/xt_tcpudp.c: a length of 0 or 1 is a step of 1, 0 no end. */
static long tz_options_step(__u32 i, void *arg)
{
	struct tz_options *o = arg;

	if (o->next >= o->len)
		return 1;

	__u8 kind = o->bytes[o->next & 63];
	__u8 len = o->bytes[(o->next + 1) & 63];

	if (kind == o->kind) {
		o->is_found = 1;
		return 1;
	}
	if (kind < 2 || o->next + 1 == o->len || !len)
		o->next++;
	else
		o->next += len;
	return 0;
}

/* Behind a test for a whole TCP header: l4_len is at least 20. */
static __noinline int tz_test_tcp_option(struct xdp_md *ctx,
					 struct tz_scratch *s, __u32 kind,
					 __u32 is_inverted)
{
	struct tz_options o = { .kind = kind };
	__u8 doff = 0;
	__u32 len;

	if (!s || bpf_xdp_load_bytes(ctx, s->key.l4_off + 12u, &doff, 1))
		return TZ_TEST_UNREADABLE;
	len = (doff >> 4) * 4u;
	if (len < TZ_TCP_LEN || len > s->key.l4_len)
		return TZ_TEST_HOTDROP;
	len -= TZ_TCP_LEN;
	if (len) {
		if (len > TZ_TCP_OPTIONS_MAX ||
		    bpf_xdp_load_bytes(ctx, s->key.l4_off + TZ_TCP_LEN, o.bytes,
				       len))
			return TZ_TEST_UNREADABLE;
		o.len = len;
		bpf_loop(TZ_TCP_OPTIONS_MAX, tz_options_step, &o, 0);
	}
	return o.is_found != is_inverted ? TZ_TEST_TRUE : TZ_TEST_FALSE;
}

#endif

#endif
