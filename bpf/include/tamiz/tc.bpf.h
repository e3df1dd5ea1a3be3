/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Loads of filters at tc, from the beginning of the frame as it is on the wire.
 * What lies in front of the tag that the kernel holds apart, or behind it, is
 * read directly where the buffer is linear; the rest by a call. A load behind
 * the end ends the filter with the answer no.
 */
#ifndef TAMIZ_TC_BPF_H
#define TAMIZ_TC_BPF_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include <tamiz/ctx.bpf.h>
#include <tamiz/filter.bpf.h>

/* Some of @offset to @offset + @size is in the tag. */
static __noinline long tz_tag_load(struct __sk_buff *ctx, __u32 offset,
				   __u32 size)
{
	__u32 tag = tz_tag_get(ctx), number = 0;

	for (__u32 at = offset; at < offset + 4 && at < offset + size; at++) {
		__u32 in_buffer = at < TZ_TAG_AT ? at : at - TZ_TAG_LEN;
		__u8 byte = tag >> (8 * (TZ_TAG_AT + 3 - at) & 31);

		if ((at < TZ_TAG_AT || at >= TZ_TAG_AT + TZ_TAG_LEN) &&
		    bpf_skb_load_bytes(ctx, in_buffer, &byte, 1))
			return TZ_LOAD_SHORT;
		number = number << 8 | byte;
	}
	return number;
}

/* @tag_len: of the tag that counts as part of the frame, or 0. */
__noinline long tz_skb_load(struct __sk_buff *ctx, __u32 offset, __u32 size,
			    __u32 tag_len)
{
	__u8 bytes[4] = {};

	asm volatile("" : "+r"(offset), "+r"(size), "+r"(tag_len));
	if (size > 4 || !size)
		return TZ_LOAD_SHORT;
	if (offset >= TZ_NET_OFF)
		offset += TZ_FRAME_NET - TZ_NET_OFF;
	else if (offset >= TZ_LINK_OFF)
		offset -= TZ_LINK_OFF;
	if (offset >> 31)
		return TZ_LOAD_SHORT;
	if (tag_len && offset + size > TZ_TAG_AT) {
		if (offset < TZ_TAG_AT + TZ_TAG_LEN)
			return tz_tag_load(ctx, offset, size);
		offset -= TZ_TAG_LEN;
	}
	if (bpf_skb_load_bytes(ctx, offset, bytes, size))
		return TZ_LOAD_SHORT;
	return tz_number_of(bytes, size);
}

/* Whether one move by @tag_len leads to where the load is in the buffer. */
#define TZ_IS_IN_BUFFER(at, size, tag_len)               \
	(!(tag_len) || (at) >= TZ_TAG_AT + TZ_TAG_LEN || \
	 (__u64)(at) + (size) <= TZ_TAG_AT)

static __always_inline long tz_skb_get(struct __sk_buff *ctx, __u32 size,
				       __u32 at, __u32 tag_len)
{
	if (!TZ_IS_IN_BUFFER(at, size, tag_len))
		return tz_skb_load(ctx, at, size, tag_len);
	return TZ_LOAD_DIRECT(ctx, 0,
			      at < TZ_TAG_AT + TZ_TAG_LEN ? at : at - tag_len,
			      size, tz_skb_load(ctx, at, size, tag_len));
}

/*
 * TZ_TAKEN: of frames (flow.h says what the names mean). TZ_APART: the same for
 * programs that ask for the tag themselves, and so know that it is not there.
 */
#define TZ_SKB_BEGIN(len_of_tag)                              \
	const __u32 tag_len = (len_of_tag);                   \
	const __u32 frame_len TZ_UNUSED = ctx->len + tag_len; \
	asm volatile("" ::"r"(ctx), "r"(s))
#define TZ_TAKEN_BEGIN TZ_SKB_BEGIN(tz_tag_len(ctx))
#define TZ_TAKEN_GET(to, size, offset) \
	TZ_FILTER_TAKE(to, tz_skb_get(ctx, size, offset, tag_len))
#define TZ_TAKEN_CALL(to, size, offset) \
	TZ_FILTER_TAKE(to, tz_skb_load(ctx, offset, size, tag_len))
#define TZ_TAKEN_LEN frame_len
#define TZ_TAKEN_AD(number) TZ_SKB_AD_##number
#define TZ_TAKEN_NO 0
#define TZ_TAKEN_YES 1
#define TZ_TAKEN_VALUE(number) (number)

#define TZ_APART_BEGIN TZ_SKB_BEGIN(0)
#define TZ_APART_GET TZ_TAKEN_GET
#define TZ_APART_CALL TZ_TAKEN_CALL
#define TZ_APART_LEN TZ_TAKEN_LEN
#define TZ_APART_AD TZ_TAKEN_AD
#define TZ_APART_NO TZ_TAKEN_NO
#define TZ_APART_YES TZ_TAKEN_YES
#define TZ_APART_VALUE TZ_TAKEN_VALUE

/* SKF_AD_* of linux/filter.h, as net/core/filter.c converts them. */
#define TZ_SKB_AD_0 bpf_ntohs((__u16)ctx->protocol)
#define TZ_SKB_AD_4 (ctx->pkt_type)
#define TZ_SKB_AD_8 (ctx->ifindex)
#define TZ_SKB_AD_20 (ctx->mark)
#define TZ_SKB_AD_24 (ctx->queue_mapping)
#define TZ_SKB_AD_32 (ctx->hash)
#define TZ_SKB_AD_36 bpf_get_smp_processor_id()
#define TZ_SKB_AD_44 (ctx->vlan_tci)
#define TZ_SKB_AD_48 (ctx->vlan_present)
#define TZ_SKB_AD_56 bpf_get_prandom_u32()
#define TZ_SKB_AD_60 bpf_ntohs((__u16)ctx->vlan_proto)

#endif
