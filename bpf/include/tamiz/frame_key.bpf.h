/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Tables of rules of expressions: keys of frames (frame.h), and the rules that
 * they find. Generated code defines, besides what classify.bpf.h needs, the
 * numbers of the tables that there are: TZ_FRAMES_IP4, TZ_FRAMES_IP6,
 * TZ_FRAMES_LINK; TZ_FRAMES_FLAGS, where some ask for TCP flags over IPv4;
 * TZ_FRAMES_GO_ON, where the search goes on behind some rules,
 * and TZ_N_RATES, where some of these have a rate.
 */
#ifndef TAMIZ_FRAME_KEY_BPF_H
#define TAMIZ_FRAME_KEY_BPF_H

#include <linux/bpf.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include <tamiz/classify.bpf.h>
#include <tamiz/ctx.bpf.h>
#include <tamiz/filter.bpf.h>
#include <tamiz/frame.h>
#include <tamiz/frames.bpf.h>

#if defined(TZ_HAS_frames) && defined(TZ_N_ROOTS)

/* As much of a frame is in keys, but for what is behind IPv4's options. */
#define TZ_FRAME_HEAD 72
/* The same of all but IPv6. */
#define TZ_FRAME_HEAD4 42

struct tz_frame_keys {
	struct tz_packet_key link, net;
	__u64 hit;  /* the next rule, see tree.h; 0: there is none */
	__u32 kind; /* enum tz_frame_kind */
	__u32 pad;
	__u8 head[TZ_FRAME_HEAD]; /* of a frame that is not in one piece */
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct tz_frame_keys);
} tz_frame_keys SEC(".maps");

static __always_inline struct tz_frame_keys *tz_frame_keys_get(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&tz_frame_keys, &zero);
}

/* ---- keys ---- */

static __always_inline __u32 tz_head16(const __u8 *head, __u32 at)
{
	return bpf_ntohs(*(const __be16 *)(head + at));
}

static __always_inline __u64 tz_head32(const __u8 *head, __u32 at)
{
	return bpf_ntohl(*(const __be32 *)(head + at));
}

#define TZ_FRAME_END(bit, n) ((__u64)(len >= (n)) << (bit)) |

static __always_inline void tz_key_link(struct tz_frame_keys *k,
					const __u8 *head, __u32 len)
{
	__u32 type = tz_head16(head, 12);

	k->link.addr[1] = (__u64)tz_head16(head, 6) << 32 | tz_head32(head, 8);
	k->link.addr[3] = (__u64)tz_head16(head, 0) << 32 | tz_head32(head, 2);
	k->link.l4 = (__u64)type << TZ_L4_SPORT_SHIFT |
		     TZ_FRAME_ENDS_LINK(TZ_FRAME_END) 0;
	k->link.class = len < 14;
	k->net.mac = k->link.addr[1];
	k->kind = type == 0x0800   ? TZ_FRAME_IPV4
		  : type == 0x86dd ? TZ_FRAME_IPV6
		  : type == 0x0806 ? TZ_FRAME_ARP
		  : type == 0x8035 ? TZ_FRAME_RARP
				   : TZ_FRAME_OTHER;
}

static __always_inline __u64 tz_key_proto(__u64 proto)
{
	return proto << TZ_L4_PROTO_SHIFT |
	       (proto == 6 || proto == 17 || proto == 132 ? TZ_FRAME_PORTS : 0);
}

static __always_inline void tz_key_ip4(struct tz_frame_keys *k,
				       const __u8 *head, __u32 len)
{
	k->net.addr[0] = tz_head32(head, 26) << 32 | tz_head32(head, 30);
	k->net.l4 = (__u64)TZ_FRAME_IPV4 << TZ_FRAME_KIND_SHIFT |
		    tz_key_proto(head[23]) |
		    (tz_head16(head, 20) & 0x1fff ? 0 : TZ_FRAME_UNFRAGMENTED) |
		    TZ_FRAME_ENDS_IPV4(TZ_FRAME_END) 0;
}

static __always_inline void tz_key_arp(struct tz_frame_keys *k,
				       const __u8 *head, __u32 len)
{
	k->net.class = len < 42;
	k->net.addr[0] = tz_head32(head, 28) << 32 | tz_head32(head, 38);
	k->net.l4 = (__u64)k->kind << TZ_FRAME_KIND_SHIFT |
		    TZ_FRAME_ENDS_ARP(TZ_FRAME_END) 0;
}

static __always_inline void tz_key_ip6(struct tz_frame_keys *k,
				       const __u8 *head, __u32 len)
{
	k->net.class = len < (head[20] == 6 ? 68 : 58);
	for (__u32 i = 0; i < 4; i++)
		k->net.addr[i] = tz_head32(head, 22 + 8 * i) << 32 |
				 tz_head32(head, 26 + 8 * i);
	k->net.l4 = tz_head32(head, 54) << TZ_L4_DPORT_SHIFT |
		    (__u64)head[67] << TZ_L4_FLAGS_SHIFT |
		    tz_key_proto(head[20]) | TZ_FRAME_ENDS_IPV6(TZ_FRAME_END) 0;
}

#undef TZ_FRAME_END

#ifdef TZ_AT_TC
#define TZ_FRAME_HAS_TAG(ctx) tz_tag_len(ctx)
/* There is no tag in front of IPv4. */
#define TZ_FRAME_LOAD(ctx, size, at) \
	TZ_LOAD_DIRECT(ctx, 0, at, size, tz_skb_load(ctx, at, size, 0))
#else
#define TZ_FRAME_HAS_TAG(ctx) 0
#define TZ_FRAME_LOAD(ctx, size, at) \
	TZ_LOAD_DIRECT(ctx, 0, at, size, tz_frame_load(ctx, at, size))
#endif

/* What is at @at, and maybe not whole: ports and TCP flags, as l4 has them. */
static __always_inline __u64 tz_key_behind(TZ_CTX *ctx, __u32 at, __u32 len)
{
	__u64 l4 = 0;
	long n;

	n = TZ_FRAME_LOAD(ctx, 4, at);
	if (n >= 0) {
		l4 = (__u64)n << TZ_L4_DPORT_SHIFT;
	} else {
		n = TZ_FRAME_LOAD(ctx, 2, at);
		if (n >= 0)
			l4 = (__u64)n << TZ_L4_SPORT_SHIFT;
		else if ((n = TZ_FRAME_LOAD(ctx, 1, at)) >= 0)
			l4 = (__u64)n << (TZ_L4_SPORT_SHIFT + 8);
	}
#ifdef TZ_FRAMES_FLAGS
	n = TZ_FRAME_LOAD(ctx, 1, at + 13);
	if (n >= 0)
		l4 |= (__u64)n << TZ_L4_FLAGS_SHIFT;
#endif
#define TZ_FRAME_END(bit, n) ((__u64)(len >= at + (n)) << (bit)) |
	return l4 | TZ_FRAME_ENDS_BEHIND(TZ_FRAME_END) 0;
#undef TZ_FRAME_END
}

/* `net` of all but IPv6, which is longer. */
static __always_inline void tz_key_net4(struct tz_frame_keys *k, TZ_CTX *ctx,
					const __u8 *head, __u32 len)
{
	__u32 behind = 14 + 4 * (head[14] & 15);

	if (k->kind == TZ_FRAME_IPV4) {
		tz_key_ip4(k, head, len);
		k->net.l4 |= tz_key_behind(ctx, behind, len);
		if (head[23] == 6 && k->net.l4 & TZ_FRAME_UNFRAGMENTED)
			behind += 10;
		k->net.class = len < 34 || len < behind + 4;
	} else if (k->kind != TZ_FRAME_OTHER) {
		tz_key_arp(k, head, len);
	}
}

/* A frame that is short, or not in one piece. */
__noinline int tz_key_slow(TZ_CTX *ctx, struct tz_frame_keys *k)
{
	__u32 len = tz_frame_len(ctx);
	__u32 n = len < TZ_FRAME_HEAD ? len : TZ_FRAME_HEAD;

	if (!k)
		return 0;
	__builtin_memset(k->head, 0, sizeof(k->head));
	asm volatile("" : "+r"(n));
	if (n && n <= TZ_FRAME_HEAD)
		tz_frame_copy(ctx, k->head, n);
	tz_key_link(k, k->head, len);
	if (k->kind == TZ_FRAME_IPV6)
		tz_key_ip6(k, k->head, len);
	else
		tz_key_net4(k, ctx, k->head, len);
	return 0;
}

__noinline int tz_key_make(TZ_CTX *ctx, struct tz_frame_keys *k)
{
	const __u8 *head = (void *)(long)ctx->data;
	const __u8 *end = (void *)(long)ctx->data_end;
	__u32 len = tz_frame_len(ctx);

	if (!k)
		return 0;
	if (head + TZ_FRAME_HEAD4 > end || TZ_FRAME_HAS_TAG(ctx))
		return tz_key_slow(ctx, k);
	tz_key_link(k, head, len);
	if (k->kind != TZ_FRAME_IPV6) {
		tz_key_net4(k, ctx, head, len);
		return 0;
	}
	if (head + TZ_FRAME_HEAD > end)
		return tz_key_slow(ctx, k);
	tz_key_ip6(k, head, len);
	return 0;
}

/* ---- rules ---- */

#ifdef TZ_N_RATES
/* Of the rules with a rate, by number; a power of two of them. */
struct tz_frame_rate {
	__u64 step, room;
};
extern struct tz_frame_rate tz_rates[TZ_N_RATES];
#endif

static __always_inline __u64 tz_sooner(__u64 a, __u64 b)
{
	return !b || (a && a < b) ? a : b;
}

/* The first rule of the tables behind the order @floor that takes the frame. */
static __always_inline __u64 tz_frame_find(const struct tz_frame_keys *k,
					   __u32 floor)
{
	__u64 hit = 0;

#ifdef TZ_FRAMES_LINK
	hit = tz_find6(&k->link, TZ_FRAMES_LINK, floor);
#endif
#ifdef TZ_FRAMES_IP6
	if (k->kind == TZ_FRAME_IPV6)
		return tz_sooner(hit, tz_find6(&k->net, TZ_FRAMES_IP6, floor));
#endif
#ifdef TZ_FRAMES_IP4
	if (k->kind != TZ_FRAME_OTHER && k->kind != TZ_FRAME_IPV6)
		return tz_sooner(hit, tz_find4(&k->net, TZ_FRAMES_IP4, floor));
#endif
	return hit;
}

/* Before any rule is asked. */
static __always_inline void tz_frame_look(TZ_CTX *ctx)
{
	struct tz_frame_keys *k = tz_frame_keys_get();

	if (!k)
		return;
	tz_key_make(ctx, k);
	k->hit = tz_frame_find(k, 0);
}

/* The rule @hit takes the frame: what it says. */
static __always_inline int tz_frame_take(struct tz_scratch *s, __u64 hit)
{
	__u32 action = TZ_HIT_ACTION(hit);

#ifdef TZ_N_RATES
	if (action == TZ_ACT_MAYBE_DROP) {
		__u32 number = TZ_HIT_TARGET(hit) & (TZ_N_RATES - 1);

		if (!tz_limit_exceeds(number, tz_rates[number].step,
				      tz_rates[number].room))
			return TZ_V_NEXT;
		action = TZ_ACT_DROP_COUNT;
	}
#endif
	tz_note(s, TZ_HIT_RULE(hit));
	return action == TZ_ACT_DROP_COUNT     ? TZ_V_DROP
	       : action == TZ_ACT_ACCEPT_COUNT ? TZ_V_PASS
					       : TZ_V_NEXT;
}

#ifdef TZ_FRAMES_GO_ON

struct tz_frame_walk {
	struct tz_scratch *s;
	struct tz_frame_keys *k;
	__u32 end;
	int verdict;
};

static long tz_frame_step(__u32 i, void *arg)
{
	struct tz_frame_walk *walk = arg;
	__u64 hit = walk->k->hit;

	(void)i;
	if (!hit || TZ_HIT_ORDER(hit) >= walk->end)
		return 1;
	walk->verdict = tz_frame_take(walk->s, hit);
	if (walk->verdict != TZ_V_NEXT)
		return 1;
	walk->k->hit = tz_frame_find(walk->k, TZ_HIT_ORDER(hit));
	return 0;
}

#endif

/* What the rules of the tables before the order @end say that are left. */
__noinline int tz_frame_rules(struct tz_scratch *s, struct tz_frame_keys *k,
			      __u32 end)
{
	asm volatile("" : "+r"(end));
	if (!s || !k)
		return TZ_V_PASS;
#ifdef TZ_FRAMES_GO_ON
	struct tz_frame_walk walk = {
		.s = s, .k = k, .end = end, .verdict = TZ_V_NEXT
	};

	bpf_loop(TZ_N_COUNTERS, tz_frame_step, &walk, 0);
	return walk.verdict;
#else
	if (!k->hit || TZ_HIT_ORDER(k->hit) >= end)
		return TZ_V_NEXT;
	return tz_frame_take(s, k->hit);
#endif
}

/*
 * A rule in code takes the frame: what those before it say that are in tables,
 * and then it. @taken is its order, shifted, and whether it drops or passes.
 */
__noinline int tz_frame_taken(struct tz_scratch *s, struct tz_frame_keys *k,
			      __u32 taken)
{
	int v;

	asm volatile("" : "+r"(taken));
	if (!s || !k)
		return TZ_V_PASS;
	v = tz_frame_rules(s, k, taken >> 2);
	if (v != TZ_V_NEXT)
		return v;
	tz_note(s, (taken >> 2) - 1);
	return taken & 1 ? TZ_V_DROP : taken & 2 ? TZ_V_PASS : TZ_V_NEXT;
}

/*
 * Leaves the function if these decide. The hit is read anew each time: the
 * verifier would follow what is known of it through all that comes behind.
 */
#define TZ_FRAME_RULES(end)                                   \
	do {                                                  \
		__u64 hit = *(volatile const __u64 *)&k->hit; \
		int v = TZ_V_NEXT;                            \
		if (hit && TZ_HIT_ORDER(hit) < (__u32)(end))  \
			v = tz_frame_rules(s, k, end);        \
		if (v != TZ_V_NEXT)                           \
			return v;                             \
	} while (0)

#define TZ_FRAME_TAKEN(taken)                                              \
	do {                                                               \
		int v = (taken) ? tz_frame_taken(s, k, taken) : TZ_V_NEXT; \
		if (v != TZ_V_NEXT)                                        \
			return v;                                          \
	} while (0)

#endif
#endif
