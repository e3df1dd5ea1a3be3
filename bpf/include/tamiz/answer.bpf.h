/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What REJECT tells the sender, at XDP (--reject=answer): the segment or the
 * error that the kernel would send (SEMANTICS 9), made of the frame itself and
 * sent back by XDP_TX. Programs that answer define TZ_ANSWERS, TZ_ANSWER_RATE
 * (errors of ICMP a second, RSTs have no limit), TZ_ANSWER_TTL and
 * TZ_ANSWER_HOPS.
 *
 * All ways of the packet must end with the same answer, and what XDP cannot
 * know must not matter: the answer goes out only where routing, asked as for a
 * packet of this host (by the loopback device, whose forwarding must be on),
 * leads back through the device to a neighbour whose address is known, and, in
 * INPUT, where the packet was sent to this host. Else the packet goes up, in
 * replace it is dropped.
 */
#ifndef TAMIZ_ANSWER_BPF_H
#define TAMIZ_ANSWER_BPF_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>

#include <tamiz/abi.h>

/* What becomes of a packet that all ways drop. */
enum tz_reply {
	TZ_REPLY_ABOVE,  /* it goes up: the kernel knows what to say */
	TZ_REPLY_SILENT, /* it is dropped, and that is all */
	TZ_REPLY_SENT,
};

#ifndef TZ_ANSWERS

static __always_inline void tz_answers_begin(struct tz_scratch *s)
{
	(void)s;
}

static __always_inline int tz_answer_find(struct xdp_md *ctx,
					  struct tz_scratch *s)
{
	(void)ctx;
	(void)s;
	return TZ_REPLY_SILENT;
}

#else

#include <tamiz/control.bpf.h>
#include <tamiz/sum.bpf.h>

static __always_inline void tz_answers_begin(struct tz_scratch *s)
{
	s->key.answers = 0;
}

/* A way of the packet ends in a drop, with that answer. */
static __always_inline void tz_ends(struct tz_scratch *s, __u32 answer)
{
	s->key.answers |= 1u << (answer & 15);
}

/* Whether no way has another answer than none. */
static __always_inline int tz_ends_silently(const struct tz_scratch *s)
{
	return !(s->key.answers & ~(1u << TZ_ANSWER_NONE));
}

/* The way back, as it was found: link addresses, and whose answer it is. */
struct tz_reply_way {
	__u8 dst[6], src[6];
	__be32 from[4];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct tz_reply_way);
} tz_reply_ways SEC(".maps");

#define TZ_REPLY_ICMP 8 /* bytes of its header */

static __always_inline __u32 tz_reply_proto(const struct tz_packet_key *key)
{
	return key->l4 >> TZ_L4_PROTO_SHIFT & 0xff;
}

static __always_inline __be32 tz_reply_word(const struct tz_packet_key *key,
					    int i)
{
	__u64 word = key->addr[i / 2];

	return bpf_htonl(i % 2 ? (__u32)word : word >> 32);
}

static __always_inline int tz_reply_is_reset(const struct tz_scratch *s)
{
	return s->key.answers == 1u << TZ_ANSWER_RESET;
}

/* The type of ICMP, 0 to 255. */
static __always_inline __u32 tz_reply_type(const struct tz_packet_key *key)
{
	return key->l4 >> (TZ_L4_DPORT_SHIFT + 8) & 0xff;
}

/* Types that are no errors (icmp_pointers of net/ipv4/icmp.c). */
#define TZ_REPLY_TO4                                                     \
	(1u << 0 | 1u << 8 | 1u << 13 | 1u << 14 | 1u << 15 | 1u << 16 | \
	 1u << 17 | 1u << 18)

/*
 * Whether the kernel says nothing, whatever else holds: to a RST, to an error,
 * or to what was not sent to one host (nf_send_reset, __icmp_send, icmp6_send).
 */
static __always_inline int tz_reply_is_silent(const struct tz_scratch *s)
{
	const struct tz_packet_key *key = &s->key;
	__u32 type = tz_reply_type(key);
	int is_group = key->family == 4 ? (key->addr[0] >> 28 & 15) == 14
					: key->addr[2] >> 56 == 0xff;

	if (is_group)
		return 1;
	if (tz_reply_is_reset(s))
		return key->l4 >> TZ_L4_FLAGS_SHIFT & 4;
	if (key->link_type)
		return 1;
	if (key->family == 4)
		return tz_reply_proto(key) == 1 &&
		       (type > 18 || !(TZ_REPLY_TO4 >> (type & 31) & 1));
	return tz_reply_proto(key) == 58 && type < 128;
}

/*
 * Whether the checksum of layer 4 is right, where the kernel looks at it
 * (nf_reject_verify_csum, nf_ip_checksum).
 */
static __noinline int tz_reply_sum_is_good(struct xdp_md *ctx,
					   struct tz_scratch *s)
{
	const struct tz_packet_key *key = &s->key;
	struct tz_sum of = { ctx, key->l4_off, key->l4_len, 0 };
	__u16 udp_sum;

	switch (tz_reply_proto(key)) {
	case 33: /* DCCP, GRE, ESP, AH, SCTP, UDPLITE: it does not */
	case 47:
	case 50:
	case 51:
	case 132:
	case 136:
		return 1;
	case 17:
		if (bpf_xdp_load_bytes(ctx, of.off + 6, &udp_sum, 2))
			return 0;
		if (!udp_sum)
			return 1;
		break;
	case 1:
		if (key->family != 4)
			return 0;
		return tz_sum_all(&of) == 0xffff;
	case 6:
		break;
	case 58:
		if (key->family == 6)
			break;
		return 0;
	default:
		return 0;
	}
	of.sum = tz_sum_pseudo(key);
	return tz_sum_all(&of) == 0xffff;
}

/* Bytes of the packet that an error quotes: of 576 in all, of 1280. */
static __always_inline __u32 tz_reply_quoted(const struct tz_packet_key *key)
{
	__u32 most = key->family == 4 ? 576 - 28 : 1280 - 48;

	return key->ip_len < most ? key->ip_len : most;
}

static __always_inline __u32 tz_reply_len(const struct tz_scratch *s)
{
	__u32 header = s->key.family == 4 ? 20 : 40;

	if (tz_reply_is_reset(s))
		return header + 20;
	return header + TZ_REPLY_ICMP + tz_reply_quoted(&s->key);
}

#define TZ_REPLY_LOOPBACK 1 /* LOOPBACK_IFINDEX, in every namespace */
#define TZ_REPLY_SOURCE 16u /* BPF_FIB_LOOKUP_SRC, since Linux 6.7 */

static __always_inline void tz_reply_ask(const struct tz_scratch *s,
					 struct bpf_fib_lookup *fib)
{
	const struct tz_packet_key *key = &s->key;
	int is_reset = tz_reply_is_reset(s);
	/* an error that is sent on the way has an address of this host */
	int is_told = is_reset || s->at == TZ_AT_INPUT;

	fib->ifindex = TZ_REPLY_LOOPBACK;
	fib->tot_len = tz_reply_len(s);
	if (is_reset) {
		fib->l4_protocol = 6;
		fib->sport = bpf_htons((__u16)(key->l4 >> TZ_L4_DPORT_SHIFT));
		fib->dport = bpf_htons((__u16)(key->l4 >> TZ_L4_SPORT_SHIFT));
	} else {
		fib->l4_protocol = key->family == 4 ? 1 : 58;
	}
	if (key->family == 4) {
		fib->family = 2;
		fib->tos = is_reset ? 0 : key->tos & 0x1e;
		fib->ipv4_dst = tz_reply_word(key, 0);
		fib->ipv4_src = is_told ? tz_reply_word(key, 1) : 0;
		return;
	}
	fib->family = 10;
	for (int i = 0; i < 4; i++) {
		fib->ipv6_dst[i] = tz_reply_word(key, i);
		fib->ipv6_src[i] = is_told ? tz_reply_word(key, 4 + i) : 0;
	}
}

/* Whether @from is the address that the packet was sent to. */
static __always_inline int tz_reply_is_ours(const struct tz_packet_key *key,
					    const __be32 *from)
{
	if (key->family == 4)
		return from[0] == tz_reply_word(key, 1);
	return from[0] == tz_reply_word(key, 4) &&
	       from[1] == tz_reply_word(key, 5) &&
	       from[2] == tz_reply_word(key, 6) &&
	       from[3] == tz_reply_word(key, 7);
}

#define TZ_REPLY_BY_MAIN 1u /* BPF_FIB_LOOKUP_DIRECT */

/* What routing says of the packet's destination. */
static __noinline int tz_reply_asks_of(struct xdp_md *ctx, struct tz_scratch *s,
				       __u32 flags)
{
	const struct tz_packet_key *key = &s->key;
	struct bpf_fib_lookup fib = { .ifindex = TZ_REPLY_LOOPBACK };

	if (key->family == 4) {
		fib.family = 2;
		fib.ipv4_src = tz_reply_word(key, 0);
		fib.ipv4_dst = tz_reply_word(key, 1);
	} else {
		fib.family = 10;
		for (int i = 0; i < 4; i++) {
			fib.ipv6_src[i] = tz_reply_word(key, i);
			fib.ipv6_dst[i] = tz_reply_word(key, 4 + i);
		}
	}
	return bpf_fib_lookup(ctx, &fib, sizeof(fib), flags);
}

/*
 * Whether a destination that a lookup does not lead on to is an address of this
 * host: there is a route to it but for the table `local`, and it is none that
 * may be there for all of a network (broadcast, or RFC 4291 2.6.1).
 */
static __always_inline int tz_reply_is_local(struct xdp_md *ctx,
					     struct tz_scratch *s)
{
	const struct tz_packet_key *key = &s->key;
	int result;

	if (key->family == 4 ? (key->addr[0] & 3) == 3 : !key->addr[3])
		return 0;
	if (tz_reply_asks_of(ctx, s, 0) != BPF_FIB_LKUP_RET_NOT_FWDED)
		return 0;
	result = tz_reply_asks_of(ctx, s, TZ_REPLY_BY_MAIN);
	return result == BPF_FIB_LKUP_RET_SUCCESS ||
	       result == BPF_FIB_LKUP_RET_NO_NEIGH;
}

/*
 * Whether routing leads back the way the packet came, and an answer has the
 * address that the packet was sent to, or one of this host's.
 */
static __noinline int tz_reply_finds_way(struct xdp_md *ctx,
					 struct tz_scratch *s)
{
	const struct tz_packet_key *key = &s->key;
	struct bpf_fib_lookup fib = {};
	__u32 zero = 0;
	struct tz_reply_way *way = bpf_map_lookup_elem(&tz_reply_ways, &zero);
	int is_told = tz_reply_is_reset(s) || s->at == TZ_AT_INPUT;

	tz_reply_ask(s, &fib);
	if (!way || bpf_fib_lookup(ctx, &fib, sizeof(fib), TZ_REPLY_SOURCE) ||
	    fib.ifindex != ctx->ingress_ifindex)
		return 0;
	if (s->at == TZ_AT_INPUT && !tz_reply_is_ours(key, fib.ipv6_src) &&
	    !tz_reply_is_local(ctx, s))
		return 0;
	__builtin_memcpy(way->dst, fib.dmac, 6);
	__builtin_memcpy(way->src, fib.smac, 6);
	if (key->family == 4)
		way->from[0] = is_told ? tz_reply_word(key, 1) : fib.ipv4_src;
	else
		for (int i = 0; i < 4; i++)
			way->from[i] = is_told ? tz_reply_word(key, 4 + i)
					       : fib.ipv6_src[i];
	return 1;
}

/* Sources that are no host's; others have no way back. */
static __always_inline int tz_reply_has_sender(const struct tz_packet_key *key)
{
	if (key->family == 6)
		return (key->addr[0] || key->addr[1]) &&
		       key->addr[0] >> 56 != 0xff;
	return key->addr[0] >> 56 && key->addr[0] >> 60 < 14;
}

/*
 * All ways drop the packet: what is its sender told? Nothing is changed by
 * asking.
 */
static __noinline int tz_answer_find(struct xdp_md *ctx, struct tz_scratch *s)
{
	const struct tz_packet_key *key = &s->key;
	__u32 header = key->family == 4 ? 20 : 40;
	__u32 answers = key->answers;

	if (tz_ends_silently(s))
		return TZ_REPLY_SILENT;
	/* ways differ: which of them is taken only the kernel knows */
	if (answers & (answers - 1))
		return TZ_REPLY_ABOVE;
	if (key->class || (__u32)key->l4_off - key->l3_off != header)
		return TZ_REPLY_ABOVE;
	if (tz_reply_is_silent(s))
		return TZ_REPLY_SILENT;
	if (tz_cannot_answer() || key->link_type || !tz_reply_has_sender(key) ||
	    !tz_reply_finds_way(ctx, s) || !tz_reply_sum_is_good(ctx, s))
		return TZ_REPLY_ABOVE;
	return TZ_REPLY_SENT;
}

#endif
#endif
