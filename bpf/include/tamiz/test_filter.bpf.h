/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What functions made of filters (classic BPF, tcpdump expressions) lean on:
 * loads from a packet, either from its IP header on, as -m bpf sees it, or from
 * the frame's beginning. What lies in the first piece of the frame is read
 * directly, by offsets known and unknown; the rest by a call. A load behind the
 * end ends the filter with the answer no.
 */
#ifndef TAMIZ_TEST_FILTER_BPF_H
#define TAMIZ_TEST_FILTER_BPF_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>

#include <tamiz/abi.h>
#include <tamiz/ctx.bpf.h>
#include <tamiz/filter.bpf.h>

#ifdef TZ_HAS_bpf

/* ---- from the IP header on ---- */

/*
 * Forwarding has written into the first bytes of the header (test_bytes.bpf.h):
 * what is at @at, from the IP header on, is put right in @bytes.
 */
static __always_inline int
tz_patch_hop(struct xdp_md *ctx, struct tz_scratch *s, __u32 at, __u8 bytes[4])
{
	__u8 head[16] = {};

	if (bpf_xdp_load_bytes(ctx, s->key.l3_off, head, 12))
		return -1;
	tz_spend_hop(s, head);
	for (__u32 i = 0; i < 4; i++)
		if (at + i < 12)
			bytes[i] = head[(at + i) & 15];
	return 0;
}

/*
 * net/core/filter.c, bpf_internal_load_pointer_neg_helper: offsets with the
 * sign bit reach what is linear in the kernel. The IP header is, and the
 * Ethernet header in front of it; a tag in between is taken out before.
 */
__noinline long tz_ip_load(struct xdp_md *ctx, struct tz_scratch *s,
			   __u32 offset, __u32 size)
{
	__u8 bytes[4] = {};
	__u64 at, end;

	asm volatile("" : "+r"(offset), "+r"(size));
	if (!s || size > 4 || !size)
		return TZ_LOAD_FAR;
	at = (__u64)s->key.l3_off + offset;
	end = (__u64)s->key.l3_off + s->key.ip_len;
	if (offset >= TZ_NET_OFF)
		at = (__u64)s->key.l3_off + (offset - TZ_NET_OFF);
	else if (offset >= TZ_LINK_OFF)
		at = offset - TZ_LINK_OFF;
	else if (offset >> 31)
		return TZ_LOAD_SHORT;
	if (at + size > end)
		return TZ_LOAD_SHORT;
#ifndef TZ_IS_REPLACE
	if (offset >> 31 && (at + size > (__u64)s->key.l3_off + 20 ||
			     (offset < TZ_NET_OFF && s->key.l3_off != 14)))
		return TZ_LOAD_FAR;
#endif
	if (bpf_xdp_load_bytes(ctx, at, bytes, size))
		return TZ_LOAD_FAR;
	at -= s->key.l3_off;
	if (s->at == TZ_AT_FORWARD && at + 3 < 15 &&
	    tz_patch_hop(ctx, s, at, bytes))
		return TZ_LOAD_FAR;
	return tz_number_of(bytes, size);
}

static __always_inline long tz_ip_get(struct xdp_md *ctx, struct tz_scratch *s,
				      __u32 size, __u32 offset)
{
	if (s->at == TZ_AT_FORWARD && offset < 12)
		return tz_ip_load(ctx, s, offset, size);
	if (offset <= TZ_NEAR_MAX && offset + size > s->key.ip_len)
		return TZ_LOAD_SHORT;
	return TZ_LOAD_DIRECT(ctx, (s->key.l3_off & 0x1f), offset, size,
			      tz_ip_load(ctx, s, offset, size));
}

/* What SKF_AD_OFF + number says: linux/filter.h. */
static __always_inline __u32 tz_ip_ad(const struct tz_scratch *s, __u32 number)
{
	if (number == 0) /* SKF_AD_PROTOCOL */
		return s->key.family == 6 ? 0x86dd : 0x0800;
	if (number == 4) /* SKF_AD_PKTTYPE */
		return s->key.link_type;
	return 0; /* tags are taken off */
}

#define TZ_IP_BEGIN                                \
	do {                                       \
		asm volatile("" ::"r"(ctx));       \
		if (!s || tz_is_rewritten(s))      \
			return TZ_TEST_UNREADABLE; \
	} while (0)
#define TZ_IP_GET(to, size, offset) \
	TZ_FILTER_TAKE(to, tz_ip_get(ctx, s, size, offset))
#define TZ_IP_CALL(to, size, offset) \
	TZ_FILTER_TAKE(to, tz_ip_load(ctx, s, offset, size))
#define TZ_IP_LEN ((__u32)s->key.ip_len)
#define TZ_IP_AD(number) tz_ip_ad(s, number)
#define TZ_IP_NO TZ_TEST_FALSE
#define TZ_IP_YES TZ_TEST_TRUE
#define TZ_IP_VALUE(number) ((number) ? TZ_TEST_TRUE : TZ_TEST_FALSE)

#endif

#ifdef TZ_HAS_frames

/* ---- from the Ethernet header on ---- */

__noinline long tz_frame_load(struct xdp_md *ctx, __u32 offset, __u32 size)
{
	__u8 bytes[4] = {};

	asm volatile("" : "+r"(offset), "+r"(size));
	if (size > 4 || !size)
		return TZ_LOAD_SHORT;
	if (offset >= TZ_NET_OFF)
		offset += TZ_FRAME_NET - TZ_NET_OFF;
	else if (offset >= TZ_LINK_OFF)
		offset -= TZ_LINK_OFF;
	if (offset >> 31 || bpf_xdp_load_bytes(ctx, offset, bytes, size))
		return TZ_LOAD_SHORT;
	return tz_number_of(bytes, size);
}

#define TZ_FRAME_BEGIN asm volatile("" ::"r"(ctx), "r"(s))
#define TZ_FRAME_GET(to, size, offset)                                       \
	TZ_FILTER_TAKE(to, ({                                                \
			       __u32 at = (offset);                          \
			       TZ_LOAD_DIRECT(ctx, 0, at, size,              \
					      tz_frame_load(ctx, at, size)); \
		       }))
#define TZ_FRAME_CALL(to, size, offset) \
	TZ_FILTER_TAKE(to, tz_frame_load(ctx, offset, size))
#define TZ_FRAME_LEN ((__u32)bpf_xdp_get_buff_len(ctx))
#define TZ_FRAME_AD(number) 0 /* nothing is known */
#define TZ_FRAME_NO TZ_TEST_FALSE
#define TZ_FRAME_YES TZ_TEST_TRUE
#define TZ_FRAME_VALUE(number) ((number) ? TZ_TEST_TRUE : TZ_TEST_FALSE)

/*
 * The same where the answer is which rule takes the frame, 0 for none; such
 * functions ask for the frame's length before they load.
 */
#define TZ_TAKEN_BEGIN                                     \
	const __u32 frame_len = bpf_xdp_get_buff_len(ctx); \
	TZ_FRAME_BEGIN
#define TZ_TAKEN_GET TZ_FRAME_GET
#define TZ_TAKEN_CALL TZ_FRAME_CALL
#define TZ_TAKEN_LEN frame_len
#define TZ_TAKEN_AD TZ_FRAME_AD
#define TZ_TAKEN_NO 0
#define TZ_TAKEN_YES 1
#define TZ_TAKEN_VALUE(number) (number)

#endif
#endif
