/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What generated rule programs lean on: counting along a packet's way, where
 * routing would send it, the end of the stage. They own the decision itself.
 *
 * Generated code defines TZ_N_COUNTERS, and TZ_IS_REPLACE where nobody judges
 * after it: then all that is passed counts too, and at once.
 */
#ifndef TAMIZ_RULES_BPF_H
#define TAMIZ_RULES_BPF_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>

#include <tamiz/abi.h>
#include <tamiz/answer.bpf.h>
#include <tamiz/control.bpf.h>
#include <tamiz/count.bpf.h>
#include <tamiz/ct.bpf.h>
#include <tamiz/end.bpf.h>
#include <tamiz/log.bpf.h>
#include <tamiz/maps.bpf.h>
#include <tamiz/reply.bpf.h>

/* What generated conditions read, as locals. */
#define TZ_READ_L4(s)                                                   \
	__u64 l4 TZ_UNUSED = (s)->key.l4, mac TZ_UNUSED = (s)->key.mac; \
	__u32 sport TZ_UNUSED = l4 >> TZ_L4_SPORT_SHIFT;                \
	__u32 dport TZ_UNUSED = l4 >> TZ_L4_DPORT_SHIFT & 0xffff;       \
	__u32 proto TZ_UNUSED = l4 >> TZ_L4_PROTO_SHIFT & 0xff;         \
	__u32 flags TZ_UNUSED = l4 >> TZ_L4_FLAGS_SHIFT & 0xff;         \
	__u32 class TZ_UNUSED = (s)->key.class
#define TZ_READ4(s)                                   \
	__u32 src TZ_UNUSED = (s)->key.addr[0] >> 32; \
	__u32 dst TZ_UNUSED = (s)->key.addr[0];       \
	TZ_READ_L4(s)
#define TZ_READ6(s)                                \
	__u64 src_hi TZ_UNUSED = (s)->key.addr[0]; \
	__u64 src_lo TZ_UNUSED = (s)->key.addr[1]; \
	__u64 dst_hi TZ_UNUSED = (s)->key.addr[2]; \
	__u64 dst_lo TZ_UNUSED = (s)->key.addr[3]; \
	TZ_READ_L4(s)

/*
 * A rule reads its packet anew. Else clang keeps the outcomes of comparisons
 * for later rules, and the verifier, which follows each of them as a number,
 * meets every combination.
 */
#define TZ_AGAIN4(s)                           \
	do {                                   \
		asm volatile("" ::: "memory"); \
		TZ_AGAIN_L4(s);                \
		src = (s)->key.addr[0] >> 32;  \
		dst = (s)->key.addr[0];        \
	} while (0)
#define TZ_AGAIN6(s)                           \
	do {                                   \
		asm volatile("" ::: "memory"); \
		TZ_AGAIN_L4(s);                \
		src_hi = (s)->key.addr[0];     \
		src_lo = (s)->key.addr[1];     \
		dst_hi = (s)->key.addr[2];     \
		dst_lo = (s)->key.addr[3];     \
	} while (0)
#define TZ_AGAIN_L4(s)                            \
	l4 = (s)->key.l4;                         \
	mac = (s)->key.mac;                       \
	sport = l4 >> TZ_L4_SPORT_SHIFT;          \
	dport = l4 >> TZ_L4_DPORT_SHIFT & 0xffff; \
	proto = l4 >> TZ_L4_PROTO_SHIFT & 0xff;   \
	flags = l4 >> TZ_L4_FLAGS_SHIFT & 0xff;   \
	class = (s)->key.class

/* A hop is lost before FORWARD (ip_forward, ip6_forward). */
static __always_inline __u8 tz_ttl(const struct tz_scratch *s)
{
	return s->key.ttl - (s->at == TZ_AT_FORWARD);
}

/* from <= address <= to, each in two halves. */
static __always_inline int tz_between(__u64 hi, __u64 lo, __u64 from_hi,
				      __u64 from_lo, __u64 to_hi, __u64 to_lo)
{
	return (hi > from_hi || (hi == from_hi && lo >= from_lo)) &&
	       (hi < to_hi || (hi == to_hi && lo <= to_lo));
}

/*
 * The end of a chain that drops what has not returned: @back is how much was
 * noted where it may have returned, ~0 when it cannot have.
 */
static __always_inline int tz_drop_or_return(struct tz_scratch *s, __u32 back)
{
	if (back == ~0u)
		return TZ_V_DROP;
	s->n_path = back;
	return TZ_V_RETURN;
}

/*
 * Replace speaks of frames: a first fragment with its L4 header is judged as a
 * whole packet, a later one as a fragment.
 */
static __always_inline void tz_take_frames(struct tz_scratch *s)
{
	struct tz_packet_key *key = &s->key;

	if (key->l4 & TZ_L4_LATER_FRAGMENT)
		key->class = TZ_CLASS_FRAGMENT;
	else
		key->class &= TZ_CLASS_SHORT | TZ_CLASS_STUB;
	key->l4 = (key->l4 & ~(TZ_L4_SHORT | TZ_L4_FRAGMENT | TZ_L4_STUB)) |
		  key->class;
}

/*
 * Offload: commits what was noted on the packet's way; @first is where the
 * counters of its mode begin.
 */
static __always_inline void tz_commit(struct tz_scratch *s, __u32 first)
{
	__u32 n = s->n_path;

	for (__u32 i = 0; i < TZ_PATH_MAX && i < n; i++)
		tz_count(s, s->path[i], first);
}

/* The sum of the IPv4 options of the packet, as its checksum adds them. */
static __noinline __u32 tz_sum_options(struct xdp_md *ctx, __u32 off, __u32 len)
{
	__u16 words[20] = {};
	__u32 sum = 0;

	if (!len || len > sizeof(words) ||
	    bpf_xdp_load_bytes(ctx, off, words, len))
		return 0;
	for (int i = 0; i < 20; i++)
		sum += words[i];
	return sum;
}

static __always_inline int tz_ipv4_sum_is_good(struct xdp_md *ctx,
					       const struct tz_packet_key *key)
{
	void *data = (void *)(long)ctx->data;
	void *data_end = (void *)(long)ctx->data_end;
	const __u16 *word = data + (key->l3_off & 0x3f);
	__u32 options = (__u32)key->l4_off - key->l3_off - 20, sum = 0;

	if ((void *)(word + 10) > data_end)
		return 0;
	for (int i = 0; i < 10; i++)
		sum += word[i];
	if (options)
		sum += tz_sum_options(ctx, (__u32)key->l3_off + 20, options);
	sum = (sum & 0xffff) + (sum >> 16);
	return (sum & 0xffff) + (sum >> 16) == 0xffff;
}

/* Hop-by-hop options are read up to here; a longer header goes up. */
#define TZ_HOPOPTS_MAX 64

struct tz_hopopts {
	__u8 bytes[TZ_HOPOPTS_MAX];
	__u32 len, type, rest, padding, n_options;
	__u32 wants_length, is_bad;
};

/* One byte of the header: a step of the walk over its options. */
static long tz_hopopts_step(__u32 i, void *arg)
{
	struct tz_hopopts *h = arg;
	__u32 at = i + 2;

	if (at >= TZ_HOPOPTS_MAX || at >= h->len)
		return 1;

	__u8 byte = h->bytes[at];

	if (h->rest) { /* within an option's data */
		h->rest--;
		h->is_bad |= h->type == 1 && byte;
	} else if (h->wants_length) {
		h->wants_length = 0;
		h->rest = byte;
		h->padding = h->type == 1 ? h->padding + byte + 2 : 0;
		h->is_bad |= h->type == 5 && byte != 2;
	} else if (!byte) {
		h->padding++;
	} else {
		h->type = byte;
		h->wants_length = 1;
		h->n_options += byte != 1;
		h->is_bad |= byte & 0xc0 || byte == 7 || byte == 0x31;
	}
	h->is_bad |= h->padding > 7 || h->n_options > 8;
	return h->is_bad;
}

/*
 * Whether the kernel lets a packet with these hop-by-hop options through to
 * netfilter (net/ipv6/exthdrs.c, ip6_parse_tlv; SEMANTICS 1.9), as far as that
 * is simple: padding, router alert, and options to be skipped when unknown.
 */
static __noinline int tz_hopopts_are_good(struct xdp_md *ctx, __u32 off)
{
	struct tz_hopopts h = {};

	if (bpf_xdp_load_bytes(ctx, off, h.bytes, 8))
		return 0;

	__u32 len = (h.bytes[1] + 1u) * 8;

	/* the register that is compared must be the one that is passed */
	asm volatile("" : "+r"(len));
	if (len > TZ_HOPOPTS_MAX || bpf_xdp_load_bytes(ctx, off, h.bytes, len))
		return 0;
	h.len = len;
	bpf_loop(TZ_HOPOPTS_MAX, tz_hopopts_step, &h, 0);
	return !h.is_bad && !h.rest && !h.wants_length;
}

/*
 * What the kernel checks before netfilter and the root program left out: the
 * IPv4 header's checksum; IPv6 addresses that never arrive (SEMANTICS 1.2,
 * 1.7). A packet that fails is the kernel's to drop and to count.
 */
static __always_inline int tz_header_is_good(struct xdp_md *ctx,
					     const struct tz_packet_key *key)
{
	const __u64 *addr = key->addr;

	if (key->family == 4)
		return tz_ipv4_sum_is_good(ctx, key);
	if (key->first_nexthdr == 0 &&
	    !tz_hopopts_are_good(ctx, (__u32)key->l3_off + 40))
		return 0;
	return addr[0] >> 56 != 0xff && (addr[0] || addr[1] != 1) &&
	       (addr[2] || addr[3] != 1) &&
	       (addr[2] >> 56 != 0xff || (addr[2] >> 48 & 15) > 1);
}

/* Where a packet goes after PREROUTING. */
enum tz_route {
	TZ_ROUTE_UNKNOWN, /* not asked yet */
	TZ_ROUTE_NOWHERE, /* routing itself drops it, or answers it */
	TZ_ROUTE_INPUT,
	TZ_ROUTE_FORWARD,
};

#define TZ_AF_INET 2
#define TZ_AF_INET6 10
#define TZ_FIB_BY_MAIN 1 /* BPF_FIB_LOOKUP_DIRECT */

static __always_inline int tz_is_multicast(const struct tz_packet_key *key)
{
	if (key->family == 6)
		return key->addr[2] >> 56 == 0xff;
	return ((__u32)key->addr[0] >> 28) == 14 ||
	       (__u32)key->addr[0] == 0xffffffff;
}

/* What routing rules may ask of layer 4 (ip rule: ipproto, sport, dport). */
static __always_inline void tz_ask_l4(const struct tz_packet_key *key,
				      struct bpf_fib_lookup *fib)
{
	__u8 proto = key->l4 >> TZ_L4_PROTO_SHIFT;

	fib->l4_protocol = proto;
	if (key->class || proto == 1 || proto == 58 || proto == 108)
		return;
	fib->sport = bpf_htons((__u16)(key->l4 >> TZ_L4_SPORT_SHIFT));
	fib->dport = bpf_htons((__u16)(key->l4 >> TZ_L4_DPORT_SHIFT));
}

/*
 * IPv6 forwards when `all` does, whatever the device says (ip6_forward), but
 * the lookup asks the device. The loopback device, which nobody configures,
 * knows what `all` says. Where it forwards for itself alone, so that lookups
 * can be made (answer.bpf.h), it still knows this host's addresses: those that
 * the table `main` would lead to and a lookup does not. That it is no way in
 * for routing rules is nothing to drop by, but replace has nothing better.
 */
static __always_inline long tz_ask_loopback(struct xdp_md *ctx,
					    struct bpf_fib_lookup *fib)
{
	long result;

	fib->ifindex = 1;
	result = bpf_fib_lookup(ctx, fib, sizeof(*fib), 0);
#ifndef TZ_IS_REPLACE
	if (result == BPF_FIB_LKUP_RET_NOT_FWDED) {
		long by_main = bpf_fib_lookup(ctx, fib, sizeof(*fib),
					      TZ_FIB_BY_MAIN);

		return by_main == BPF_FIB_LKUP_RET_SUCCESS ||
				       by_main == BPF_FIB_LKUP_RET_NO_NEIGH
			       ? result
			       : -1;
	}
	if (result != BPF_FIB_LKUP_RET_FWD_DISABLED)
		return -1;
#endif
	return result;
}

/*
 * Asks the kernel's FIB. Without forwarding every packet is local or dies
 * (result 5); with it, 4 is local or unroutable. A forwarded packet whose TTL
 * ends here, or that is too large for the way, is answered before FORWARD.
 */
static __noinline int tz_route(struct xdp_md *ctx, struct tz_scratch *s)
{
	const struct tz_packet_key *key = &s->key;
	struct bpf_fib_lookup fib = {
		.ifindex = ctx->ingress_ifindex,
		.tot_len = key->ip_len,
	};

	if (!key->dst_is_unicast || tz_is_multicast(key))
		return TZ_ROUTE_INPUT;
	tz_ask_l4(key, &fib);
	if (key->family == 4) {
		fib.family = TZ_AF_INET;
		fib.tos = key->tos;
		fib.ipv4_src = bpf_htonl(key->addr[0] >> 32);
		fib.ipv4_dst = bpf_htonl((__u32)key->addr[0]);
	} else {
		fib.family = TZ_AF_INET6;
		fib.flowinfo = bpf_htonl((__u32)key->tos << 20);
		for (int i = 0; i < 2; i++) {
			fib.ipv6_src[2 * i] = bpf_htonl(key->addr[i] >> 32);
			fib.ipv6_src[2 * i + 1] =
				bpf_htonl((__u32)key->addr[i]);
			fib.ipv6_dst[2 * i] = bpf_htonl(key->addr[i + 2] >> 32);
			fib.ipv6_dst[2 * i + 1] =
				bpf_htonl((__u32)key->addr[i + 2]);
		}
	}

	long result = bpf_fib_lookup(ctx, &fib, sizeof(fib), 0);

	if (result == BPF_FIB_LKUP_RET_FWD_DISABLED && key->family == 6)
		result = tz_ask_loopback(ctx, &fib);
	switch (result) {
	case BPF_FIB_LKUP_RET_FWD_DISABLED:
	case BPF_FIB_LKUP_RET_NOT_FWDED:
		return TZ_ROUTE_INPUT;
	case BPF_FIB_LKUP_RET_SUCCESS:
	case BPF_FIB_LKUP_RET_UNSUPP_LWT:
	case BPF_FIB_LKUP_RET_NO_NEIGH:
		return key->ttl > 1 ? TZ_ROUTE_FORWARD : TZ_ROUTE_NOWHERE;
	}
	return TZ_ROUTE_NOWHERE;
}

/* The packet that this stage judges; NULL: not ours, or not parsed. */
static __always_inline struct tz_scratch *tz_begin(struct xdp_md *ctx)
{
	struct tz_scratch *s = tz_scratch_get();

	if (!s || s->abi_version != TZ_ABI_VERSION || s->key.skip)
		return 0;
	s->n_path = 0;
	s->at = TZ_AT_PREROUTING;
	s->is_copied = 0;
	tz_ct_begin(ctx, s);
	tz_log_begin(s);
	tz_answers_begin(s);
#ifdef TZ_IS_REPLACE
	s->first_counter = tz_is_monitor() ? TZ_N_COUNTERS : 0;
#endif
	return s;
}

/*
 * Replace: a packet whose layer 4 nobody here can find is no packet to let
 * through.
 */
static __always_inline int tz_is_illegible(void)
{
	struct tz_scratch *s = tz_scratch_get();

	return s && s->abi_version == TZ_ABI_VERSION &&
	       (s->key.skip == TZ_SKIP_EXTENSIONS ||
		s->key.skip == TZ_SKIP_UNREADABLE);
}

/* What stands in the way of spending (state.bpf.h), and what was found out. */
#define TZ_SPENDING_UNSURE 1u /* this is one way of several */
#define TZ_SPENDING_OTHERS 2u /* the rules are the kernel's */
#define TZ_SPENDING_BEHIND_RAW 4u
#define TZ_SPENDING_GOOD 8u /* the kernel takes the header */

/* Whether a rule whose state is kept here was asked. */
static __always_inline int tz_has_spent(const struct tz_scratch *s)
{
#ifdef TZ_N_STATES
	return s->spending & TZ_SPENDING_GOOD;
#else
	(void)s;
	return 0;
#endif
}

/*
 * All ways drop the packet: counts and drops, and answers. In offload not if
 * the kernel would not have let the rules see it, more rules counted it than
 * there is room to note, or only the kernel knows its answer; replace has
 * looked before, and gives none then. Nor is there one behind a rule whose state
 * is kept here: the kernel may not have it, and accept.
 */
static __always_inline int tz_drop(struct xdp_md *ctx, struct tz_scratch *s)
{
	int is_monitor = tz_is_monitor();
	int reply, end;

#ifndef TZ_IS_REPLACE
	if (s->n_path > TZ_PATH_MAX || !tz_header_is_good(ctx, &s->key))
		return tz_next_stage(ctx);
#endif
	reply = tz_answer_find(ctx, s);
#ifndef TZ_IS_REPLACE
	if (reply == TZ_REPLY_ABOVE && !tz_has_spent(s))
		return tz_next_stage(ctx);
	tz_commit(s, is_monitor ? TZ_N_COUNTERS : 0);
#endif
	end = tz_end(ctx, s, is_monitor);
	if (end == XDP_DROP && reply == TZ_REPLY_SENT)
		return tz_answer_send(ctx, s);
	return end;
}

/* Replace: drops what tz_is_illegible said of. */
static __always_inline int tz_drop_illegible(struct xdp_md *ctx)
{
	struct tz_scratch *s = tz_scratch_get();

	if (!s)
		return XDP_DROP;
	s->n_path = 0;
	tz_log_begin(s);
	return tz_end(ctx, s, tz_is_monitor());
}

#endif
