/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Tests on IPv6 extension headers. The root program has walked the chain, so
 * all of it is there, whole and in the packet; packets with such headers are
 * rare, and only they are walked again. None of these is UNREADABLE: what is
 * read lies in the frame. They are functions that the verifier meets once, or
 * part of one; no more than the walk's step is called from them.
 */
#ifndef TAMIZ_TEST_EXT6_BPF_H
#define TAMIZ_TEST_EXT6_BPF_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>

#include <tamiz/abi.h>
#include <tamiz/exthdr.h>

#if defined(TZ_HAS_frag) || defined(TZ_HAS_options) || defined(TZ_HAS_rt) || \
	defined(TZ_HAS_ah6) || defined(TZ_HAS_ipv6header) ||                 \
	defined(TZ_HAS_srh) || defined(TZ_ENDS_AT_AUTH)

#define TZ_EXT6_HOPOPTS 0
#define TZ_EXT6_ROUTING 43
#define TZ_EXT6_FRAGMENT 44
#define TZ_EXT6_ESP 50
#define TZ_EXT6_AUTH 51
#define TZ_EXT6_NONE 59
#define TZ_EXT6_DSTOPTS 60
#define TZ_EXT6_MAX 33 /* as many as the root walks, and the end */
#define TZ_EXT6_NOT_SOUGHT 256

struct tz_ext6 {
	struct xdp_md *ctx;
	__u32 off;    /* of the next header, from the start of the frame */
	__u32 number; /* its own */
	__u32 target, is_found;
	__u32 headers; /* TZ_HEADER_* of those before it */
};

/*
 * The headers that others follow: their bits, and how many bytes their length
 * counts; 8 more are there always. As a table, since from branches the
 * verifier would follow every combination of headers.
 */
static const struct {
	__u8 bit, unit;
} tz_ext6_kinds[64] = {
	[TZ_EXT6_HOPOPTS] = { TZ_HEADER_HOPOPTS, 8 },
	[TZ_EXT6_ROUTING] = { TZ_HEADER_ROUTING, 8 },
	[TZ_EXT6_FRAGMENT] = { TZ_HEADER_FRAGMENT, 0 },
	[TZ_EXT6_AUTH] = { TZ_HEADER_AUTH, 4 },
	[TZ_EXT6_DSTOPTS] = { TZ_HEADER_DSTOPTS, 8 },
};

/* The bit of a header that others follow; 0: it is the last. */
static __always_inline __u32 tz_ext6_bit(__u32 number)
{
	return number < 64 ? tz_ext6_kinds[number].bit : 0;
}

static long tz_ext6_step(__u32 i, void *arg)
{
	struct tz_ext6 *w = arg;
	__u32 number = w->number, bit = tz_ext6_bit(number);
	__u8 h[2];

	w->is_found = number == w->target;
	if (w->is_found || !bit ||
	    bpf_xdp_load_bytes(w->ctx, w->off, h, sizeof(h)))
		return 1;
	w->headers |= bit;
	w->off += 8u + h[1] * tz_ext6_kinds[number & 63].unit;
	w->number = h[0];
	return 0;
}

/*
 * The first header with the number @target, from the start of the frame; 0:
 * there is none.
 */
static __always_inline __u32 tz_ext6_find(struct xdp_md *ctx,
					  struct tz_scratch *s, __u32 target)
{
	struct tz_ext6 w = { .ctx = ctx, .target = target };

	if (!s || s->key.family != 6 || !tz_ext6_bit(s->key.first_nexthdr))
		return 0;
	w.off = s->key.l3_off + 40u;
	w.number = s->key.first_nexthdr;
	bpf_loop(TZ_EXT6_MAX, tz_ext6_step, &w, 0);
	return w.is_found ? w.off : 0;
}

static __always_inline __u64 tz_ext6_half(const __be32 *p)
{
	return (__u64)bpf_ntohl(p[0]) << 32 | bpf_ntohl(p[1]);
}

/* What lies from @off to the packet's end. */
static __always_inline __u32 tz_ext6_left(const struct tz_scratch *s, __u32 off)
{
	return s->key.l3_off + s->key.ip_len - off;
}

#endif

#ifdef TZ_ENDS_AT_AUTH

/*
 * To nft an authentication header is the final protocol (SEMANTICS 11.5).
 * Zero: the packet is the kernel's to judge.
 */
__noinline int tz_end_at_auth(struct xdp_md *ctx, struct tz_scratch *s)
{
	__u32 off = tz_ext6_find(ctx, s, TZ_EXT6_AUTH), left;

	if (!off || !s || s->key.class & TZ_CLASS_FRAGMENT)
		return 0;
	left = tz_ext6_left(s, off);
	if (left < 12)
		return 0;
	s->key.l4_off = off;
	s->key.l4_len = left;
	s->key.class = TZ_CLASS_WHOLE;
	s->key.l4 = (__u64)TZ_EXT6_AUTH << TZ_L4_PROTO_SHIFT;
	return 1;
}

#endif

#ifdef TZ_HAS_frag

__noinline int tz_test_frag(struct xdp_md *ctx, struct tz_scratch *s, __u32 low,
			    __u32 high, __u32 flags)
{
	struct {
		__u8 next, reserved, offset, more;
		__be32 id;
	} h;
	__u32 off = tz_ext6_find(ctx, s, TZ_EXT6_FRAGMENT), word, id;

	if (!off || bpf_xdp_load_bytes(ctx, off, &h, sizeof(h)))
		return TZ_TEST_FALSE;
	id = bpf_ntohl(h.id);
	word = (__u32)h.offset << 8 | h.more;
	if ((id >= low && id <= high) == !!(flags & TZ_FRAG_NOT_ID) ||
	    (flags & TZ_FRAG_RES && (h.reserved || word & 6)) ||
	    (flags & TZ_FRAG_FIRST && word & 0xfff8) ||
	    (flags & TZ_FRAG_MORE && !(word & 1)) ||
	    (flags & TZ_FRAG_LAST && word & 1))
		return TZ_TEST_FALSE;
	return TZ_TEST_TRUE;
}

#endif

#ifdef TZ_HAS_options

/* @args: the header's number, flags, its length, then how many and which. */
static __always_inline int tz_test_options(struct xdp_md *ctx,
					   struct tz_scratch *s,
					   const __u64 *args, __u32 n_args)
{
	__u32 flags = args[1], off = tz_ext6_find(ctx, s, args[0]);
	__u32 at = 2, len;
	__u8 h[2];

	if (!off || bpf_xdp_load_bytes(ctx, off, h, sizeof(h)))
		return TZ_TEST_FALSE;
	len = (h[1] + 1u) * 8;
	if (flags & TZ_OPTIONS_LEN &&
	    (len == args[2]) == !!(flags & TZ_OPTIONS_NOT_LEN))
		return TZ_TEST_FALSE;
	for (__u32 i = 4; i < n_args && i < 4 + TZ_OPTIONS_MAX; i++) {
		__u32 wanted = args[i], step = 1;

		h[0] = h[1] = 0;
		if (at >= len ||
		    bpf_xdp_load_bytes(ctx, off + at, h, at + 1 < len ? 2 : 1))
			return TZ_TEST_FALSE;
		if (h[0] != wanted >> 8)
			return TZ_TEST_FALSE;
		if (h[0]) {
			__u32 wanted_len = wanted & 0xff;

			if (at + 1 >= len || (wanted_len != TZ_OPTION_ANY_LEN &&
					      wanted_len != h[1]))
				return TZ_TEST_FALSE;
			step = h[1] + 2u;
		}
		at += step;
		if (i + 1 < n_args && at > len)
			return TZ_TEST_FALSE;
	}
	return TZ_TEST_TRUE;
}

#endif

#ifdef TZ_HAS_rt

struct tz_rt_scan {
	struct xdp_md *ctx;
	const __u64 *list; /* n addresses, in halves */
	__u64 n, found;    /* 64 bits: on the stack the verifier knows them */
	__u32 off, is_strict;
};

static long tz_rt_step(__u32 i, void *arg)
{
	struct tz_rt_scan *scan = arg;
	__u64 found = scan->found;
	__be32 address[4];

	if (found >= scan->n || found >= TZ_RT_ADDRESSES_MAX ||
	    bpf_xdp_load_bytes(scan->ctx, scan->off + 16 * i, address,
			       sizeof(address)))
		return 1;
	if (tz_ext6_half(address) == scan->list[2 * found] &&
	    tz_ext6_half(address + 2) == scan->list[2 * found + 1]) {
		scan->found = found + 1;
		return 0;
	}
	return scan->is_strict ? 1 : 0;
}

static __always_inline int tz_rt_has_addresses(struct xdp_md *ctx, __u32 off,
					       __u32 len, const __u64 *args,
					       __u32 n_args)
{
	__u32 n_there = (len - 8) / 16;
	struct tz_rt_scan scan = {
		.ctx = ctx,
		.list = args + TZ_RT_ARG_ADDRESSES,
		.off = off + 8,
		.n = (n_args - TZ_RT_ARG_ADDRESSES) / 2,
		.is_strict = !(args[TZ_RT_ARG_FLAGS] & TZ_RT_AMONG),
	};

	if (scan.n > n_there || (scan.is_strict && scan.n != n_there))
		return 0;
	bpf_loop(n_there, tz_rt_step, &scan, 0);
	return scan.found == scan.n;
}

/* @args: TZ_RT_ARG_*. */
static __always_inline int tz_test_rt(struct xdp_md *ctx, struct tz_scratch *s,
				      const __u64 *args, __u32 n_args)
{
	struct {
		__u8 next, len, type, segments;
		__be32 reserved;
	} h;
	__u32 off = tz_ext6_find(ctx, s, TZ_EXT6_ROUTING);
	__u32 flags = args[TZ_RT_ARG_FLAGS], len;

	if (!off || bpf_xdp_load_bytes(ctx, off, &h, sizeof(h)))
		return TZ_TEST_FALSE;
	len = (h.len + 1u) * 8;
	if ((h.segments >= args[TZ_RT_ARG_LOW] &&
	     h.segments <= args[TZ_RT_ARG_HIGH]) ==
		    !!(flags & TZ_RT_NOT_SEGMENTS) ||
	    (flags & TZ_RT_LEN &&
	     (len == args[TZ_RT_ARG_LEN]) == !!(flags & TZ_RT_NOT_LEN)) ||
	    (flags & TZ_RT_TYPE &&
	     (h.type == args[TZ_RT_ARG_TYPE]) == !!(flags & TZ_RT_NOT_TYPE)) ||
	    (flags & TZ_RT_RES && h.reserved))
		return TZ_TEST_FALSE;
	if (n_args > TZ_RT_ARG_ADDRESSES &&
	    !tz_rt_has_addresses(ctx, off, len, args, n_args))
		return TZ_TEST_FALSE;
	return TZ_TEST_TRUE;
}

#endif

#ifdef TZ_HAS_ah6

/* @args: lowest and highest SPI, flags, the length or 0. */
static __always_inline int tz_test_ah6(struct xdp_md *ctx, struct tz_scratch *s,
				       const __u64 *args, __u32 n_args)
{
	struct {
		__u8 next, len;
		__be16 reserved;
		__be32 spi, sequence;
	} h;
	__u32 off = tz_ext6_find(ctx, s, TZ_EXT6_AUTH), flags = args[2], spi;

	if (!off || !s)
		return TZ_TEST_FALSE;
	if (tz_ext6_left(s, off) < sizeof(h) ||
	    bpf_xdp_load_bytes(ctx, off, &h, sizeof(h)))
		return TZ_TEST_HOTDROP;
	spi = bpf_ntohl(h.spi);
	if ((spi >= args[0] && spi <= args[1]) == !!(flags & TZ_AH_NOT_SPI) ||
	    (args[3] &&
	     ((h.len + 2u) * 4 == args[3]) == !!(flags & TZ_AH_NOT_LEN)) ||
	    (flags & TZ_AH_RES && h.reserved))
		return TZ_TEST_FALSE;
	return TZ_TEST_TRUE;
}

#endif

#ifdef TZ_HAS_ipv6header

__noinline int tz_test_ipv6header(struct xdp_md *ctx, struct tz_scratch *s,
				  __u32 wanted, __u32 is_inverted,
				  __u32 is_soft)
{
	struct tz_ext6 w = { .ctx = ctx, .target = TZ_EXT6_NOT_SOUGHT };

	if (!s)
		return TZ_TEST_FALSE;
	w.off = s->key.l3_off + 40u;
	w.number = s->key.first_nexthdr;
	if (tz_ext6_bit(w.number))
		bpf_loop(TZ_EXT6_MAX, tz_ext6_step, &w, 0);
	if (w.number == TZ_EXT6_NONE)
		w.headers |= TZ_HEADER_NONE;
	else if (w.number != TZ_EXT6_ESP)
		w.headers |= TZ_HEADER_PROTO;
	else if (tz_ext6_left(s, w.off) < 2)
		return TZ_TEST_FALSE;
	else
		w.headers |= TZ_HEADER_ESP;
	if (is_soft)
		return (w.headers & wanted) == (is_inverted ? 0 : wanted)
			       ? TZ_TEST_TRUE
			       : TZ_TEST_FALSE;
	return (w.headers == wanted) != is_inverted ? TZ_TEST_TRUE
						    : TZ_TEST_FALSE;
}

#endif

#ifdef TZ_HAS_mh

/* Behind -p 135. The header must end the chain (RFC 6275, 6.1.1). */
__noinline int tz_test_mh(struct xdp_md *ctx, struct tz_scratch *s, __u32 low,
			  __u32 high, __u32 is_inverted)
{
	__u8 h[6];

	if (!s || s->key.l4 & TZ_L4_LATER_FRAGMENT)
		return TZ_TEST_FALSE;
	if (s->key.l4_len < sizeof(h) ||
	    bpf_xdp_load_bytes(ctx, s->key.l4_off, h, sizeof(h)) || h[0] != 59)
		return TZ_TEST_HOTDROP;
	return (h[2] >= low && h[2] <= high) != is_inverted ? TZ_TEST_TRUE
							    : TZ_TEST_FALSE;
}

#endif

#ifdef TZ_HAS_srh

struct tz_srh {
	__u8 next, len, type, segments, last, flags;
	__u16 tag; /* compared as it lies there, as the kernel does */
};

/* The bits of @value beside @wanted, of an EQ, GT, LT group at @bit. */
static __always_inline __u32 tz_srh_compare(__u32 value, __u32 wanted,
					    __u32 bit)
{
	if (value == wanted)
		return bit;
	return value > wanted ? bit << 1 : bit << 2;
}

static __always_inline int tz_srh_numbers_hold(const struct tz_srh *h,
					       const __u64 *args)
{
	__u32 asked = args[TZ_SRH_ARG_BITS] & (TZ_SRH_PSID - 1), holds = 0;
	__u32 inverted = args[TZ_SRH_ARG_BITS] >> TZ_SRH_NOT;

	if (h->next == args[TZ_SRH_ARG_NEXT])
		holds |= TZ_SRH_NEXT;
	if (h->tag == args[TZ_SRH_ARG_TAG])
		holds |= TZ_SRH_TAG;
	holds |= tz_srh_compare(h->len, args[TZ_SRH_ARG_LEN], TZ_SRH_LEN_EQ) |
		 tz_srh_compare(h->segments, args[TZ_SRH_ARG_SEGS],
				TZ_SRH_SEGS_EQ) |
		 tz_srh_compare(h->last, args[TZ_SRH_ARG_LAST], TZ_SRH_LAST_EQ);
	return ((holds ^ inverted) & asked) == asked;
}

/* Whether the segment at @off, with its mask, is that of @sid, or is not. */
static __always_inline int tz_srh_segment_holds(struct xdp_md *ctx,
						struct tz_scratch *s, __u32 off,
						const __u64 *sid,
						int is_inverted)
{
	__be32 a[4];

	if (tz_ext6_left(s, off) < sizeof(a) ||
	    off > s->key.l3_off + s->key.ip_len ||
	    bpf_xdp_load_bytes(ctx, off, a, sizeof(a)))
		return 0;
	return (!((tz_ext6_half(a) ^ sid[0]) & sid[2]) &&
		!((tz_ext6_half(a + 2) ^ sid[1]) & sid[3])) != is_inverted;
}

/* @args: TZ_SRH_ARG_*. */
static __always_inline int tz_test_srh(struct xdp_md *ctx, struct tz_scratch *s,
				       const __u64 *args, __u32 n_args)
{
	__u32 off = tz_ext6_find(ctx, s, TZ_EXT6_ROUTING);
	__u32 bits = args[TZ_SRH_ARG_BITS], not = bits >> TZ_SRH_NOT;
	const __u64 *sids = args + TZ_SRH_ARG_SIDS;
	struct tz_srh h;

	if (!off || !s || bpf_xdp_load_bytes(ctx, off, &h, sizeof(h)) ||
	    h.type != 4 || h.segments > h.last ||
	    !tz_srh_numbers_hold(&h, args))
		return TZ_TEST_FALSE;
	off += sizeof(h);
	if (bits & TZ_SRH_PSID &&
	    (h.segments == h.last ||
	     !tz_srh_segment_holds(ctx, s, off + 16 * (h.segments + 1u), sids,
				   !!(not &TZ_SRH_PSID))))
		return TZ_TEST_FALSE;
	if (bits & TZ_SRH_NSID &&
	    (!h.segments ||
	     !tz_srh_segment_holds(ctx, s, off + 16 * (h.segments - 1u),
				   sids + 4, !!(not &TZ_SRH_NSID))))
		return TZ_TEST_FALSE;
	if (bits & TZ_SRH_LSID &&
	    !tz_srh_segment_holds(ctx, s, off, sids + 8, !!(not &TZ_SRH_LSID)))
		return TZ_TEST_FALSE;
	return TZ_TEST_TRUE;
}

#endif

#ifdef TZ_HAS_eui64

/* RFC 4291, appendix A: the MAC address, with its universal bit turned. */
__noinline int tz_test_eui64(struct xdp_md *ctx, struct tz_scratch *s)
{
	__u64 mac, id;

	asm volatile("" ::"r"(ctx)); /* else clang passes none */
	if (!s)
		return TZ_TEST_FALSE;
	mac = s->key.mac;
	id = (mac & 0xffffff000000ull) << 16 | 0xfffe000000ull |
	     (mac & 0xffffffull);
	return s->key.addr[1] == (id ^ 1ull << 57) ? TZ_TEST_TRUE
						   : TZ_TEST_FALSE;
}

#endif

#endif
