/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The frame becomes the answer that answer.bpf.h found: a RST, whose bytes are
 * all new, or an error of ICMP, whose headers stand before what it quotes. What
 * differs from the kernel's is the identification of IPv4, which nobody reads:
 * no error is longer than 576 bytes.
 */
#ifndef TAMIZ_REPLY_BPF_H
#define TAMIZ_REPLY_BPF_H

#include <tamiz/answer.bpf.h>

#ifdef TZ_ANSWERS

#include <tamiz/limit.h>

/* The next time that an error may be sent (limit.h). */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} tz_reply_rate SEC(".maps");

/* As many may go out at once (icmp_msgs_burst). */
#define TZ_ANSWER_BURST 50ull

#define TZ_REPLY_FRAME_MIN 60 /* of Ethernet, without the checksum */

struct tz_reply_eth {
	__u8 dst[6], src[6];
	__be16 type;
} __attribute__((packed));

struct tz_reply_ip4 {
	__u8 version_ihl, tos;
	__be16 len, id, frag_off;
	__u8 ttl, proto;
	__u16 check;
	__be32 src, dst;
} __attribute__((packed));

struct tz_reply_ip6 {
	__be32 version;
	__be16 len;
	__u8 nexthdr, hops;
	__be32 src[4], dst[4];
} __attribute__((packed));

struct tz_reply_tcp {
	__be16 sport, dport;
	__be32 seq, ack;
	__u8 doff, flags;
	__be16 window;
	__u16 check;
	__be16 urgent;
} __attribute__((packed));

struct tz_reply_icmp {
	__u8 type, code;
	__u16 check;
	__be32 unused;
} __attribute__((packed));

static __always_inline __u32 tz_reply_add(const void *bytes, __u32 n_words)
{
	const __u16 *words = bytes;
	__u32 sum = 0;

	for (__u32 i = 0; i < n_words; i++)
		sum += words[i];
	return sum;
}

static __always_inline void tz_reply_fill_eth(struct tz_reply_eth *eth,
					      const struct tz_reply_way *way,
					      __u16 type)
{
	__builtin_memcpy(eth->dst, way->dst, 6);
	__builtin_memcpy(eth->src, way->src, 6);
	eth->type = bpf_htons(type);
}

/* Of the answer's IP header, which is returned, the sum without its length. */
static __always_inline __u32 tz_reply_fill_ip4(struct tz_reply_ip4 *ip,
					       const struct tz_scratch *s,
					       const struct tz_reply_way *way,
					       __u8 proto)
{
	ip->version_ihl = 0x45;
	ip->len = bpf_htons((__u16)tz_reply_len(s));
	ip->ttl = TZ_ANSWER_TTL;
	ip->proto = proto;
	ip->src = way->from[0];
	ip->dst = tz_reply_word(&s->key, 0);
	if (proto == 6) {
		ip->frag_off = bpf_htons(0x4000);
	} else {
		/* what precedence routing gives its own (RFC 1812 5.3.2) */
		ip->tos = (s->key.tos & 0x1e) | 0xc0;
		ip->id = (__u16)bpf_get_prandom_u32() | 1;
	}
	ip->check = ~tz_sum_fold(tz_reply_add(ip, 10));
	return tz_reply_add(&ip->src, 4) + bpf_htons(proto);
}

static __always_inline __u32 tz_reply_fill_ip6(struct tz_reply_ip6 *ip,
					       const struct tz_scratch *s,
					       const struct tz_reply_way *way,
					       __u8 proto)
{
	ip->version = bpf_htonl(0x60000000);
	ip->len = bpf_htons((__u16)(tz_reply_len(s) - 40));
	ip->nexthdr = proto;
	ip->hops = TZ_ANSWER_HOPS;
	for (int i = 0; i < 4; i++) {
		ip->src[i] = way->from[i];
		ip->dst[i] = tz_reply_word(&s->key, i);
	}
	return tz_reply_add(ip->src, 16) + bpf_htons(proto);
}

/*
 * RFC 9293 3.5.3: to a segment with an ACK a RST of what it acknowledges, to
 * others one that acknowledges it. @sum: of the pseudo header's addresses.
 */
static __always_inline int tz_reply_fill_tcp(struct xdp_md *ctx,
					     const struct tz_packet_key *key,
					     struct tz_reply_tcp *tcp,
					     __u32 sum)
{
	struct tz_reply_tcp old;

	if (bpf_xdp_load_bytes(ctx, key->l4_off, &old, sizeof(old)))
		return 0;
	tcp->sport = old.dport;
	tcp->dport = old.sport;
	tcp->doff = 0x50;
	tcp->flags = 0x04;
	if (old.flags & 0x10) {
		tcp->seq = old.ack;
	} else {
		tcp->flags |= 0x10;
		tcp->ack = bpf_htonl(bpf_ntohl(old.seq) + (old.flags >> 1 & 1) +
				     (old.flags & 1) + key->l4_len -
				     (old.doff >> 4) * 4);
	}
	tcp->check = ~tz_sum_fold(sum + bpf_htons(20) + tz_reply_add(tcp, 10));
	return 1;
}

/* The frame becomes @len bytes long, where it was longer. */
static __always_inline int tz_reply_cut(struct xdp_md *ctx, __u32 len)
{
	__u32 was = bpf_xdp_get_buff_len(ctx);

	return was >= len && !bpf_xdp_adjust_tail(ctx, (int)(len - was));
}

static __noinline int tz_reply_reset4(struct xdp_md *ctx, struct tz_scratch *s,
				      struct tz_reply_way *way)
{
	struct {
		struct tz_reply_eth eth;
		struct tz_reply_ip4 ip;
		struct tz_reply_tcp tcp;
		__u8 padding[TZ_REPLY_FRAME_MIN - 54];
	} __attribute__((packed, aligned(2))) frame = {};
	__u32 sum;

	if (!s || !way)
		return XDP_DROP;
	tz_reply_fill_eth(&frame.eth, way, 0x0800);
	sum = tz_reply_fill_ip4(&frame.ip, s, way, 6);
	if (!tz_reply_fill_tcp(ctx, &s->key, &frame.tcp, sum))
		return XDP_DROP;
	/* what came was padded, or is shorter than a wire lets through */
	if (bpf_xdp_get_buff_len(ctx) < TZ_REPLY_FRAME_MIN) {
		if (!tz_reply_cut(ctx, 54) ||
		    bpf_xdp_store_bytes(ctx, 0, &frame, 54))
			return XDP_DROP;
	} else if (!tz_reply_cut(ctx, TZ_REPLY_FRAME_MIN) ||
		   bpf_xdp_store_bytes(ctx, 0, &frame, TZ_REPLY_FRAME_MIN)) {
		return XDP_DROP;
	}
	return XDP_TX;
}

static __noinline int tz_reply_reset6(struct xdp_md *ctx, struct tz_scratch *s,
				      struct tz_reply_way *way)
{
	struct {
		struct tz_reply_eth eth;
		struct tz_reply_ip6 ip;
		struct tz_reply_tcp tcp;
	} __attribute__((packed, aligned(2))) frame = {};
	__u32 sum;

	if (!s || !way)
		return XDP_DROP;
	tz_reply_fill_eth(&frame.eth, way, 0x86dd);
	sum = tz_reply_fill_ip6(&frame.ip, s, way, 6);
	if (!tz_reply_fill_tcp(ctx, &s->key, &frame.tcp, sum) ||
	    !tz_reply_cut(ctx, sizeof(frame)) ||
	    bpf_xdp_store_bytes(ctx, 0, &frame, sizeof(frame)))
		return XDP_DROP;
	return XDP_TX;
}

/* The sum of what is quoted, or 0. */
static __always_inline __u32 tz_reply_sum_quote(struct xdp_md *ctx,
						const struct tz_packet_key *key)
{
	struct tz_sum of = { ctx, key->l3_off, tz_reply_quoted(key), 0 };

	return tz_sum_all(&of);
}

/* Room for @len bytes, with the Ethernet header, before what is quoted. */
static __always_inline int tz_reply_make_room(struct xdp_md *ctx,
					      const struct tz_packet_key *key,
					      __u32 len)
{
	return tz_reply_cut(ctx, key->l3_off + tz_reply_quoted(key)) &&
	       !bpf_xdp_adjust_head(ctx, (int)key->l3_off - (int)len);
}

/* A hop is lost before FORWARD (ip_decrease_ttl). */
static __always_inline int tz_reply_age4(struct xdp_md *ctx, __u32 at)
{
	struct tz_reply_ip4 ip;
	__u32 sum;

	if (bpf_xdp_load_bytes(ctx, at, &ip, sizeof(ip)))
		return 0;
	sum = ip.check + (__u32)bpf_htons(0x0100);
	ip.check = sum + (sum >= 0xffff);
	ip.ttl--;
	return !bpf_xdp_store_bytes(ctx, at, &ip, sizeof(ip));
}

static __noinline int tz_reply_error4(struct xdp_md *ctx, struct tz_scratch *s,
				      struct tz_reply_way *way, __u32 code)
{
	struct {
		struct tz_reply_eth eth;
		struct tz_reply_ip4 ip;
		struct tz_reply_icmp icmp;
	} __attribute__((packed, aligned(2))) frame = {};
	__u32 sum;

	if (!s || !way)
		return XDP_DROP;
	tz_reply_fill_eth(&frame.eth, way, 0x0800);
	tz_reply_fill_ip4(&frame.ip, s, way, 1);
	frame.icmp.type = 3;
	frame.icmp.code = code;
	sum = tz_reply_sum_quote(ctx, &s->key);
	frame.icmp.check = ~tz_sum_fold(sum + tz_reply_add(&frame.icmp, 4));
	if (!sum || !tz_reply_make_room(ctx, &s->key, sizeof(frame)) ||
	    bpf_xdp_store_bytes(ctx, 0, &frame, sizeof(frame)))
		return XDP_DROP;
	/* the header's own sum keeps the quote's as it is */
	if (s->at == TZ_AT_FORWARD && !tz_reply_age4(ctx, sizeof(frame)))
		return XDP_DROP;
	return XDP_TX;
}

static __noinline int tz_reply_error6(struct xdp_md *ctx, struct tz_scratch *s,
				      struct tz_reply_way *way, __u32 code)
{
	struct {
		struct tz_reply_eth eth;
		struct tz_reply_ip6 ip;
		struct tz_reply_icmp icmp;
	} __attribute__((packed, aligned(2))) frame = {};
	__u8 hops;
	__u32 sum, quote;

	if (!s || !way)
		return XDP_DROP;
	tz_reply_fill_eth(&frame.eth, way, 0x86dd);
	sum = tz_reply_fill_ip6(&frame.ip, s, way, 58) + frame.ip.len;
	frame.icmp.type = 1;
	frame.icmp.code = code;
	quote = tz_reply_sum_quote(ctx, &s->key);
	hops = s->key.ttl;
	if (s->at == TZ_AT_FORWARD) {
		hops--;
		sum += 0xffff - bpf_htons(1);
	}
	frame.icmp.check =
		~tz_sum_fold(sum + quote + tz_reply_add(&frame.icmp, 4));
	if (!quote || !tz_reply_make_room(ctx, &s->key, sizeof(frame)) ||
	    bpf_xdp_store_bytes(ctx, 0, &frame, sizeof(frame)) ||
	    bpf_xdp_store_bytes(ctx, sizeof(frame) + 7, &hops, 1))
		return XDP_DROP;
	return XDP_TX;
}

static __always_inline int tz_reply_is_within_rate(void)
{
	__u32 zero = 0;
	__u64 *next = bpf_map_lookup_elem(&tz_reply_rate, &zero);
	__u64 step = 1000000000ull / TZ_ANSWER_RATE;

	return next && tz_limit_take(next, bpf_ktime_get_ns(), step,
				     step * (TZ_ANSWER_BURST - 1));
}

/*
 * The frame becomes the answer that tz_answer_find() found. Beyond the rate
 * there is none (icmp_global_allow).
 */
static __noinline int tz_answer_send(struct xdp_md *ctx, struct tz_scratch *s)
{
	__u32 zero = 0, answers = s->key.answers, code = 0;
	struct tz_reply_way *way = bpf_map_lookup_elem(&tz_reply_ways, &zero);

	if (!way)
		return XDP_DROP;
	if (tz_reply_is_reset(s))
		return s->key.family == 4 ? tz_reply_reset4(ctx, s, way)
					  : tz_reply_reset6(ctx, s, way);
	if (!tz_reply_is_within_rate())
		return XDP_DROP;
	while (code < 13 && answers >> (TZ_ANSWER_UNREACHABLE + code) != 1)
		code++;
	return s->key.family == 4 ? tz_reply_error4(ctx, s, way, code)
				  : tz_reply_error6(ctx, s, way, code);
}

#else

static __always_inline int tz_answer_send(struct xdp_md *ctx,
					  struct tz_scratch *s)
{
	(void)ctx;
	(void)s;
	return XDP_DROP;
}

#endif
#endif
