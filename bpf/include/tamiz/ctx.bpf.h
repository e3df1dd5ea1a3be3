/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a program is given, and what it says in the end: frames at XDP, socket
 * buffers at tc (TZ_AT_TC). Both are the frame as it is on the wire: at tc the
 * kernel has taken the outer VLAN tag out (__netif_receive_skb_core), or has
 * not put it in yet, and here it is where it belongs. Devices without a link
 * header (TZ_LINK_IS_NET) have packets from the IP header on, and no tags.
 */
#ifndef TAMIZ_CTX_BPF_H
#define TAMIZ_CTX_BPF_H

#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>

#ifdef TZ_LINK_IS_NET
#define TZ_FRAME_NET 0 /* where the network header is */
#else
#define TZ_FRAME_NET 14
#endif

#ifdef TZ_AT_TC

#define TZ_CTX struct __sk_buff
#define TZ_DROP TC_ACT_SHOT
/* The next filter is asked, if there is one. */
#define TZ_PASS TC_ACT_UNSPEC

/* A tag stands behind the addresses. */
#define TZ_TAG_AT 12
#define TZ_TAG_LEN 4

/* Bytes of the tag that is not in the buffer. */
static __always_inline __u32 tz_tag_len(struct __sk_buff *ctx)
{
#ifdef TZ_LINK_IS_NET
	return 0;
#else
	/* No comparison, or the verifier would follow both to the end. */
	return (ctx->vlan_present & 1) * TZ_TAG_LEN;
#endif
}

static __always_inline __u32 tz_tag_get(struct __sk_buff *ctx)
{
	return (__u32)bpf_ntohs((__u16)ctx->vlan_proto) << 16 |
	       (__u16)ctx->vlan_tci;
}

static __always_inline __u64 tz_frame_len(struct __sk_buff *ctx)
{
	return ctx->len + tz_tag_len(ctx);
}

/* The first @len bytes of the frame to @to; not 0: it ends before. */
static __always_inline long tz_frame_copy(struct __sk_buff *ctx, __u8 *to,
					  __u32 len)
{
	__u32 tag;

	if (!tz_tag_len(ctx) || len <= TZ_TAG_AT + TZ_TAG_LEN)
		return bpf_skb_load_bytes(ctx, 0, to, len);
	tag = bpf_htonl(tz_tag_get(ctx));
	__builtin_memcpy(to + TZ_TAG_AT, &tag, TZ_TAG_LEN);
	return bpf_skb_load_bytes(ctx, 0, to, TZ_TAG_AT) ||
	       bpf_skb_load_bytes(ctx, TZ_TAG_AT, to + TZ_TAG_AT + TZ_TAG_LEN,
				  len - TZ_TAG_AT - TZ_TAG_LEN);
}

#else

#define TZ_CTX struct xdp_md
#define TZ_DROP XDP_DROP
#define TZ_PASS XDP_PASS

static __always_inline __u64 tz_frame_len(struct xdp_md *ctx)
{
	return bpf_xdp_get_buff_len(ctx);
}

static __always_inline long tz_frame_copy(struct xdp_md *ctx, __u8 *to,
					  __u32 len)
{
	return bpf_xdp_load_bytes(ctx, 0, to, len);
}

#endif
#endif
