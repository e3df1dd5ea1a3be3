/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Tests on the options of TCP. */
#ifndef TAMIZ_TEST_TCP_BPF_H
#define TAMIZ_TEST_TCP_BPF_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include <tamiz/abi.h>

#if defined(TZ_HAS_tcp_option) || defined(TZ_HAS_tcpmss)

#define TZ_TCP_LEN 20
#define TZ_TCP_OPTIONS_MAX 40

struct tz_options {
	__u8 bytes[64]; /* a power of two, for the mask */
	__u32 len, next, kind, is_found;
	__u32 mss, pad;
};

/*
 * The options of a TCP header: TZ_TEST_TRUE, or what the test says instead. In
 * a later fragment of IPv6 the kernel takes the IPv6 header for TCP's, since
 * ipv6_find_hdr leaves the offset that it was given.
 */
static __noinline int tz_options_load(struct xdp_md *ctx, struct tz_scratch *s,
				      struct tz_options *o)
{
	__u32 off = s->key.l4_off, whole = s->key.l4_len, len;
	__u8 doff = 0;

	if (s->key.l4 & TZ_L4_LATER_FRAGMENT && s->key.family == 6) {
		off = s->key.l3_off;
		whole = s->key.ip_len;
	}
	if (whole < TZ_TCP_LEN)
		return TZ_TEST_HOTDROP;
	if (bpf_xdp_load_bytes(ctx, off + 12, &doff, 1))
		return TZ_TEST_UNREADABLE;
	len = (doff >> 4) * 4u;
	if (len < TZ_TCP_LEN || len > whole)
		return TZ_TEST_HOTDROP;
	len -= TZ_TCP_LEN;
	if (!len)
		return TZ_TEST_TRUE;
	if (len > TZ_TCP_OPTIONS_MAX ||
	    bpf_xdp_load_bytes(ctx, off + TZ_TCP_LEN, o->bytes, len))
		return TZ_TEST_UNREADABLE;
	o->len = len;
	return TZ_TEST_TRUE;
}

/* net/netfilter/xt_tcpudp.c: a length of 0 or 1 is a step of 1, 0 no end. */
static __always_inline void tz_options_next(struct tz_options *o)
{
	__u8 kind = o->bytes[o->next & 63];
	__u8 len = o->bytes[(o->next + 1) & 63];

	if (kind < 2 || o->next + 1 == o->len || !len)
		o->next++;
	else
		o->next += len;
}

#endif

#ifdef TZ_HAS_tcp_option

static long tz_options_step(__u32 i, void *arg)
{
	struct tz_options *o = arg;

	if (o->next >= o->len)
		return 1;
	if (o->bytes[o->next & 63] == o->kind) {
		o->is_found = 1;
		return 1;
	}
	tz_options_next(o);
	return 0;
}

/* Behind a test for a whole TCP header: l4_len is at least 20. */
__noinline int tz_test_tcp_option(struct xdp_md *ctx, struct tz_scratch *s,
				  __u32 kind, __u32 is_inverted)
{
	struct tz_options o = { .kind = kind };
	int result = s ? tz_options_load(ctx, s, &o) : TZ_TEST_UNREADABLE;

	if (result != TZ_TEST_TRUE)
		return result;
	bpf_loop(TZ_TCP_OPTIONS_MAX, tz_options_step, &o, 0);
	return o.is_found != is_inverted ? TZ_TEST_TRUE : TZ_TEST_FALSE;
}

#endif

#ifdef TZ_HAS_tcpmss

static long tz_mss_step(__u32 i, void *arg)
{
	struct tz_options *o = arg;
	__u32 at = o->next;

	if (at >= o->len)
		return 1;
	if (o->bytes[at & 63] == 2 && o->len - at >= 4 &&
	    o->bytes[(at + 1) & 63] == 4) {
		o->is_found = 1;
		o->mss = o->bytes[(at + 2) & 63] << 8 | o->bytes[(at + 3) & 63];
		return 1;
	}
	tz_options_next(o);
	return 0;
}

/* net/netfilter/xt_tcpmss.c: the first option that is an MSS. */
__noinline int tz_test_tcpmss(struct xdp_md *ctx, struct tz_scratch *s,
			      __u32 lo, __u32 hi, __u32 is_inverted)
{
	struct tz_options o = {};
	int result = s ? tz_options_load(ctx, s, &o) : TZ_TEST_UNREADABLE;

	if (result != TZ_TEST_TRUE)
		return result;
	bpf_loop(TZ_TCP_OPTIONS_MAX, tz_mss_step, &o, 0);
	o.is_found &= o.mss >= lo && o.mss <= hi;
	return o.is_found != is_inverted ? TZ_TEST_TRUE : TZ_TEST_FALSE;
}

#endif

#endif
