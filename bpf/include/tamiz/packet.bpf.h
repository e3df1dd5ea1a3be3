/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * From a frame to a tz_packet_key: the one parser of all programs. It reads
 * what the kernel's netfilter would read, and marks as skipped whatever the
 * kernel drops, or takes elsewhere, before netfilter.
 *
 * What costs and matters only to packets that are about to be dropped (the
 * IPv4 header's checksum) is left to rules.bpf.h.
 */
#ifndef TAMIZ_PACKET_BPF_H
#define TAMIZ_PACKET_BPF_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>

#include <tamiz/abi.h>

#define TZ_ETH_LEN 14
#define TZ_MAC_BROADCAST 0xffffffffffffull
#define TZ_ETH_P_IPV4 0x0800
#define TZ_ETH_P_8021Q 0x8100
#define TZ_ETH_P_IPV6 0x86dd
#define TZ_ETH_P_8021AD 0x88a8

#define TZ_IPPROTO_ICMP 1
#define TZ_IPPROTO_TCP 6
#define TZ_IPPROTO_UDP 17
#define TZ_IPPROTO_DCCP 33
#define TZ_IPPROTO_ESP 50
#define TZ_IPPROTO_AH 51
#define TZ_IPPROTO_ICMPV6 58
#define TZ_IPPROTO_IPCOMP 108
#define TZ_IPPROTO_SCTP 132
#define TZ_IPPROTO_UDPLITE 136

/* IPv6 extension headers that netfilter walks over (ipv6_find_hdr). */
#define TZ_EXT_HOPOPTS 0
#define TZ_EXT_ROUTING 43
#define TZ_EXT_FRAGMENT 44
#define TZ_EXT_AUTH 51
#define TZ_EXT_DSTOPTS 60
#define TZ_EXT_MAX 32
/* Headers are read up to here: the verifier wants offsets well below 64 KiB. */
#define TZ_OFFSET_MASK 0x3fff

#define TZ_TCP_FIN 0x01
#define TZ_TCP_SYN 0x02
#define TZ_TCP_RST 0x04
#define TZ_TCP_PSH 0x08
#define TZ_TCP_URG 0x20

struct tz_eth {
	__u8 dst[6], src[6];
	__be16 type;
} __attribute__((packed));

struct tz_ipv4 {
	__u8 version_ihl, tos;
	__be16 tot_len, id, frag_off;
	__u8 ttl, protocol;
	__be16 check;
	__be32 src, dst;
} __attribute__((packed));

struct tz_ipv6 {
	__be32 version_class_flow;
	__be16 payload_len;
	__u8 nexthdr, hop_limit;
	__be32 src[4], dst[4];
} __attribute__((packed));

/*
 * Volatile: the device's address is set after the compiler has seen zeros
 * there.
 */
static __always_inline __u64 tz_mac_number(const volatile __u8 *mac)
{
	return (__u64)bpf_ntohl(*(const volatile __be32 *)mac) << 16 |
	       bpf_ntohs(*(const volatile __be16 *)(mac + 4));
}

static __always_inline __u64 tz_be64(__be32 high, __be32 low)
{
	return (__u64)bpf_ntohl(high) << 32 | bpf_ntohl(low);
}

/* The bytes of the L4 header that whole packets have (SEMANTICS 2.5). */
static __always_inline __u32 tz_l4_need(__u8 proto)
{
	switch (proto) {
	case TZ_IPPROTO_TCP:
		return 20;
	case TZ_IPPROTO_UDP:
	case TZ_IPPROTO_UDPLITE:
	case TZ_IPPROTO_ICMP:
	case TZ_IPPROTO_ICMPV6:
		return 8;
	case TZ_IPPROTO_ESP:
		return 8;
	case TZ_IPPROTO_SCTP:
	case TZ_IPPROTO_DCCP:
	case TZ_IPPROTO_AH:
		return 12;
	case TZ_IPPROTO_IPCOMP:
		return 4;
	}
	return 0;
}

/*
 * Whether GRO may merge this segment with others of its flow, with later ones,
 * or its length is wrong (tcp_error).
 */
static __always_inline __u64 tz_tcp_form(const __u8 *tcp, __u32 l4_len)
{
	const __u8 never = TZ_TCP_SYN | TZ_TCP_RST | TZ_TCP_URG;
	__u32 header = (tcp[12] >> 4) * 4;

	if (header < 20 || header > l4_len)
		return TZ_L4_MALFORMED;
	if (tcp[13] & never || l4_len <= header)
		return 0;
	return tcp[13] & (TZ_TCP_FIN | TZ_TCP_PSH)
		       ? TZ_L4_SEGMENT
		       : TZ_L4_SEGMENT | TZ_L4_MERGEABLE;
}

/* Whether its length is wrong (udp_error). */
static __always_inline __u64 tz_udp_form(const __u8 *udp, __u32 l4_len)
{
	__u32 len = bpf_ntohs(((const __be16 *)udp)[2]);

	return len < 8 || len > l4_len ? TZ_L4_MALFORMED : 0;
}

/*
 * Headers that are read behind their first four bytes: the SPI of AH (RFC
 * 4302), the type of DCCP (RFC 4340, 5.1).
 */
static __always_inline __u64 tz_parse_long(const __u8 *l4, __u8 proto)
{
	const __be32 *words = (const __be32 *)l4;

	if (proto == TZ_IPPROTO_AH)
		return (__u64)bpf_ntohl(words[1]) << TZ_L4_DPORT_SHIFT;
	return (__u64)bpf_ntohl(words[0]) << TZ_L4_DPORT_SHIFT |
	       (__u64)(l4[8] >> 1 & 15) << TZ_L4_FLAGS_SHIFT;
}

/*
 * The word of layer 4 of a packet whose header begins at @l4 and has @l4_len
 * bytes. A header that is not in the linear part of the frame cannot be read:
 * the packet is skipped.
 */
static __always_inline void tz_parse_l4(struct tz_packet_key *key, void *l4,
					void *data_end, __u8 proto, __u32 class)
{
	__u64 word = (__u64)proto << TZ_L4_PROTO_SHIFT;
	__u32 need = tz_l4_need(proto);
	const __u8 *bytes = l4;

	if (class & TZ_CLASS_SHORT) {
		word |= TZ_L4_LATER_FRAGMENT;
	} else if (key->l4_len < need) {
		class |= TZ_CLASS_SHORT;
		if (class & TZ_CLASS_FRAGMENT)
			goto done;
		if (key->l4_len < 4 || proto == TZ_IPPROTO_ICMP ||
		    proto == TZ_IPPROTO_ICMPV6) {
			class |= TZ_CLASS_STUB;
			goto done;
		}
		if (l4 + 4 > data_end)
			goto unreadable;
		word |= (__u64)bpf_ntohl(*(__be32 *)l4) << TZ_L4_DPORT_SHIFT;
	} else if (proto == TZ_IPPROTO_TCP) {
		if (l4 + 20 > data_end)
			goto unreadable;
		word |= (__u64)bpf_ntohl(*(__be32 *)l4) << TZ_L4_DPORT_SHIFT |
			(__u64)bytes[13] << TZ_L4_FLAGS_SHIFT |
			tz_tcp_form(bytes, key->l4_len);
	} else if (proto == TZ_IPPROTO_UDP) {
		if (l4 + 8 > data_end)
			goto unreadable;
		word |= (__u64)bpf_ntohl(*(__be32 *)l4) << TZ_L4_DPORT_SHIFT |
			tz_udp_form(l4, key->l4_len);
	} else if (proto == TZ_IPPROTO_ICMP || proto == TZ_IPPROTO_ICMPV6) {
		if (l4 + 2 > data_end)
			goto unreadable;
		word |= (__u64)(bytes[0] << 8 | bytes[1]) << TZ_L4_DPORT_SHIFT;
	} else if (proto == TZ_IPPROTO_AH || proto == TZ_IPPROTO_DCCP) {
		if (l4 + 12 > data_end)
			goto unreadable;
		word |= tz_parse_long(l4, proto);
	} else if (need) {
		if (l4 + 4 > data_end)
			goto unreadable;
		word |= (__u64)bpf_ntohl(*(__be32 *)l4) << TZ_L4_DPORT_SHIFT;
	}
	/* GRO merges what is inside of tunnels: IP in IP, GRE, ESP ... */
	if (!need || proto == TZ_IPPROTO_ESP)
		word |= TZ_L4_SEGMENT;
done:
	key->class = class;
	key->l4 = word | class;
	return;
unreadable:
	key->skip = TZ_SKIP_UNREADABLE;
}

/*
 * Whether the frame has @end bytes. Most are in one piece, which needs no
 * call.
 */
static __always_inline int tz_frame_holds(struct xdp_md *ctx, __u32 end)
{
	return end <= ctx->data_end - ctx->data ||
	       end <= bpf_xdp_get_buff_len(ctx);
}

/* IPv4: the checks of ip_rcv_core but the checksum (SEMANTICS 1.2). */
static __always_inline void tz_parse_ipv4(struct xdp_md *ctx,
					  struct tz_packet_key *key, void *data,
					  void *data_end, __u32 off)
{
	struct tz_ipv4 *ip = data + off;

	key->skip = TZ_SKIP_BAD_HEADER;
	if ((void *)(ip + 1) > data_end || ip->version_ihl >> 4 != 4)
		return;

	__u32 header = (ip->version_ihl & 15) * 4;
	__u32 total = bpf_ntohs(ip->tot_len);
	__u32 frag = bpf_ntohs(ip->frag_off);
	__u32 class = TZ_CLASS_WHOLE;

	if (header < 20 || total < header || !tz_frame_holds(ctx, off + total))
		return;
	if (frag & 0x1fff)
		class = TZ_CLASS_FRAGMENT | TZ_CLASS_SHORT;
	else if (frag & 0x2000)
		class = TZ_CLASS_FRAGMENT;
	key->skip = TZ_SKIP_NONE;
	key->family = 4;
	key->addr[0] = tz_be64(ip->src, ip->dst);
	key->ttl = ip->ttl;
	key->tos = ip->tos;
	key->ip_len = total;
	key->l4_off = off + header;
	key->l4_len = total - header;
	tz_parse_l4(key, data + off + header, data_end, ip->protocol, class);
	if ((frag & 0x1fff) == 1)
		key->l4 |= TZ_L4_OFFSET_EIGHT;
}

static __always_inline int tz_is_extension(__u8 nexthdr)
{
	return nexthdr == TZ_EXT_HOPOPTS || nexthdr == TZ_EXT_ROUTING ||
	       nexthdr == TZ_EXT_FRAGMENT || nexthdr == TZ_EXT_AUTH ||
	       nexthdr == TZ_EXT_DSTOPTS;
}

struct tz_ext_walk {
	__u32 off; /* of the next header, from the start of the frame */
	__u32 end; /* of the packet */
	__u32 class;
	__u8 nexthdr, has_auth;
};

/*
 * Steps over the extension headers at @walk->off (SEMANTICS 4.1-4.6). Zero
 * when the chain parses; a chain that runs past the packet, is longer than
 * TZ_EXT_MAX, or has extension headers behind a fragment header is the
 * kernel's to judge. Global: the verifier follows its ways once, and what
 * comes behind them once, not for each of them.
 */
int tz_walk_extensions(struct xdp_md *ctx, struct tz_ext_walk *walk);
__noinline int tz_walk_extensions(struct xdp_md *ctx, struct tz_ext_walk *walk)
{
	void *data = (void *)(long)ctx->data;
	void *data_end = (void *)(long)ctx->data_end;

	if (!walk)
		return -1;
	for (int i = 0; i < TZ_EXT_MAX; i++) {
		__u32 off = walk->off & TZ_OFFSET_MASK, len;
		__u8 *h = data + off;

		if (!tz_is_extension(walk->nexthdr))
			return 0;
		if ((void *)(h + 8) > data_end || off + 8 > walk->end)
			return -1;
		if (walk->nexthdr == TZ_EXT_FRAGMENT) {
			walk->class = TZ_CLASS_FRAGMENT;
			if (h[2] || h[3] & 0xf8)
				walk->class |= TZ_CLASS_SHORT;
			walk->nexthdr = h[0];
			walk->off = off + 8;
			return tz_is_extension(h[0]) ? -1 : 0;
		}
		walk->has_auth |= walk->nexthdr == TZ_EXT_AUTH;
		len = walk->nexthdr == TZ_EXT_AUTH ? (h[1] + 2) * 4
						   : (h[1] + 1) * 8;
		walk->nexthdr = h[0];
		walk->off = off + len;
		if (walk->off > walk->end || walk->off > TZ_OFFSET_MASK)
			return -1;
	}
	return tz_is_extension(walk->nexthdr) ? -1 : 0;
}

/* IPv6: the checks of ip6_rcv_core that concern the fixed header. */
static __always_inline void tz_parse_ipv6(struct xdp_md *ctx,
					  struct tz_packet_key *key, void *data,
					  void *data_end, __u32 off)
{
	struct tz_ipv6 *ip = data + off;

	key->skip = TZ_SKIP_BAD_HEADER;
	if ((void *)(ip + 1) > data_end)
		return;

	__u32 first = bpf_ntohl(ip->version_class_flow);
	__u32 total = 40 + bpf_ntohs(ip->payload_len);
	__u32 end = off + total;
	struct tz_ext_walk walk = { .off = off + 40, .nexthdr = ip->nexthdr };

	if (first >> 28 != 6 || !tz_frame_holds(ctx, end))
		return;
	key->skip = TZ_SKIP_EXTENSIONS;
	/* payload_len 0 with a hop-by-hop header: a jumbogram, or not */
	if (total == 40 && !ip->nexthdr)
		return;
	if (tz_is_extension(walk.nexthdr)) {
		/* a copy: what the call may change cannot stay in registers */
		struct tz_ext_walk there = walk;

		there.end = end;
		if (tz_walk_extensions(ctx, &there))
			return;
		walk = there;
	}
	key->skip = TZ_SKIP_NONE;
	key->family = 6;
	key->addr[0] = tz_be64(ip->src[0], ip->src[1]);
	key->addr[1] = tz_be64(ip->src[2], ip->src[3]);
	key->addr[2] = tz_be64(ip->dst[0], ip->dst[1]);
	key->addr[3] = tz_be64(ip->dst[2], ip->dst[3]);
	key->first_nexthdr = ip->nexthdr;
	key->has_auth = walk.has_auth;
	key->ttl = ip->hop_limit;
	key->tos = first >> 20;
	key->ip_len = total;
	key->l4_off = walk.off;
	key->l4_len = end - walk.off;
	tz_parse_l4(key, data + (walk.off & TZ_OFFSET_MASK), data_end,
		    walk.nexthdr, walk.class);
}

/*
 * Fills @key from the frame. Tags with id 0 are priority tags and are skipped
 * as the kernel does (SEMANTICS 1.10); other tags belong to another device.
 */
static __always_inline void tz_parse(struct xdp_md *ctx,
				     struct tz_packet_key *key, __u64 own_mac)
{
	void *data = (void *)(long)ctx->data;
	void *data_end = (void *)(long)ctx->data_end;
	struct tz_eth *eth = data;
	__u32 off = TZ_ETH_LEN;

	key->skip = TZ_SKIP_NOT_IP;
	if ((void *)(eth + 1) > data_end)
		return;

	__u16 type = bpf_ntohs(eth->type);
	__u64 dst = tz_mac_number(eth->dst);

	for (int i = 0; i < 2; i++) {
		__be16 *tag = data + off;

		if (type != TZ_ETH_P_8021Q && type != TZ_ETH_P_8021AD)
			break;
		if ((void *)(tag + 2) > data_end || tag[0] & bpf_htons(0x0fff))
			return;
		type = bpf_ntohs(tag[1]);
		off += 4;
	}
	key->mac = tz_mac_number(eth->src);
	key->l3_off = off;
	key->dst_is_unicast = dst == own_mac;
	key->link_type = !(eth->dst[0] & 1)        ? 0
			 : dst == TZ_MAC_BROADCAST ? 1
						   : 2;
	if (dst != own_mac && !(eth->dst[0] & 1)) {
		key->skip = TZ_SKIP_OTHER_HOST;
		return;
	}

	if (type == TZ_ETH_P_IPV4)
		tz_parse_ipv4(ctx, key, data, data_end, off);
	else if (type == TZ_ETH_P_IPV6)
		tz_parse_ipv6(ctx, key, data, data_end, off);
}

#endif
