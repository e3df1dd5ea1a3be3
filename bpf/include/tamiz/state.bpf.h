/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Rates, quotas and counts of rules, kept by the program: in the kernel's own
 * arithmetic, exact over all CPUs by compare and exchange on one word for each
 * match. tz_state_NAME(ctx, s, place, numbers) says an enum tz_test_result;
 * UNKNOWN where nothing may be spent, and nothing was. Generated code defines
 * TZ_N_STATES and TZ_KEEPS_NAME.
 */
#ifndef TAMIZ_STATE_BPF_H
#define TAMIZ_STATE_BPF_H

#ifdef TZ_N_STATES

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include <tamiz/abi.h>
#include <tamiz/ct.bpf.h>
#include <tamiz/limit.h>
#include <tamiz/rules.bpf.h>

/* A rule's decisions ask once. */
#define TZ_NOT_SPENT (-1)
#define TZ_SPEND(answer, call) \
	(answer != TZ_NOT_SPENT ? answer : (answer = (call)))

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, TZ_N_STATES);
	__type(key, __u32);
	__type(value, __u64);
} tz_states SEC(".maps");

/* Where the packet goes, asked once. */
static __always_inline int tz_state_route(struct xdp_md *ctx,
					  struct tz_scratch *s)
{
	if (s->route == TZ_ROUTE_UNKNOWN)
		s->route = tz_route(ctx, s);
	return s->route;
}

/*
 * Whether the kernel would let the packet get as far as here, and no other way
 * is open. In replace nobody else judges, and the header was looked at first.
 */
static __always_inline int tz_state_may_spend(struct xdp_md *ctx,
					      struct tz_scratch *s)
{
	if (s->spending & (TZ_SPENDING_UNSURE | TZ_SPENDING_OTHERS))
		return 0;
#ifndef TZ_IS_REPLACE
	if (!(s->spending & TZ_SPENDING_GOOD) &&
	    !tz_header_is_good(ctx, &s->key))
		return 0;
	s->spending |= TZ_SPENDING_GOOD;
	if (s->at == TZ_AT_INPUT && tz_state_route(ctx, s) != TZ_ROUTE_INPUT)
		return 0;
	if (s->at == TZ_AT_FORWARD &&
	    tz_state_route(ctx, s) != TZ_ROUTE_FORWARD)
		return 0;
#ifdef TZ_CT
	/* the way so far is that of a packet without an entry */
	if (s->spending & TZ_SPENDING_BEHIND_RAW && !tz_ct_is_new(ctx, s))
		return 0;
#endif
#endif
	return 1;
}

/* What is not used clang does not pass; the verifier insists on it. */
#define TZ_TAKES(ctx) asm volatile("" ::"r"(ctx))

/* What a rule keeps at @place, when this packet may spend of it. */
static __always_inline __u64 *tz_state_word(struct xdp_md *ctx,
					    struct tz_scratch *s, __u32 place)
{
	return s && tz_state_may_spend(ctx, s)
		       ? bpf_map_lookup_elem(&tz_states, &place)
		       : 0;
}

#define TZ_TEST_OF(holds) ((holds) ? TZ_TEST_TRUE : TZ_TEST_FALSE)

#ifdef TZ_KEEPS_limit

#define TZ_CREDITS(cap, cost) ((__u64)(cap##u) << 32 | cost##u)

/* xt_limit.c. @credits: TZ_CREDITS. */
__noinline int tz_state_limit(struct xdp_md *ctx, struct tz_scratch *s,
			      __u32 place, __u32 per_jiffy, __u64 credits)
{
	TZ_TAKES(ctx);
	__u64 *word = tz_state_word(ctx, s, place);

	if (!word)
		return TZ_TEST_UNKNOWN;
	for (int i = 0; i < TZ_LIMIT_TRIES; i++) {
		__u64 was = *(volatile __u64 *)word;
		/* behind the word, so that it is no earlier than its time */
		__u32 now = bpf_jiffies64();
		__u64 next = tz_credit_take(was, now, per_jiffy, credits);
		int holds = tz_credit_holds(was, now, per_jiffy, credits);

		if (__sync_val_compare_and_swap(word, was, next) == was)
			return TZ_TEST_OF(holds);
	}
	return TZ_TEST_UNKNOWN;
}

/* nft_limit.c: @step a packet, of which @room may come early. */
__noinline int tz_state_limit_ns(struct xdp_md *ctx, struct tz_scratch *s,
				 __u32 place, __u64 step, __u64 room)
{
	TZ_TAKES(ctx);
	__u64 *word = tz_state_word(ctx, s, place);

	if (!word)
		return TZ_TEST_UNKNOWN;
	return TZ_TEST_OF(tz_limit_take(word, bpf_ktime_get_ns(), step, room));
}

#endif

#ifdef TZ_KEEPS_quota

/* xt_quota.c: the word is what was spent, all of it when it is short. */
__noinline int tz_state_quota(struct xdp_md *ctx, struct tz_scratch *s,
			      __u32 place, __u64 quota, __u32 is_inverted)
{
	TZ_TAKES(ctx);
	__u64 *word = tz_state_word(ctx, s, place);

	if (!word)
		return TZ_TEST_UNKNOWN;
	for (int i = 0; i < TZ_LIMIT_TRIES; i++) {
		__u64 was = *(volatile __u64 *)word;
		int fits = quota - was >= s->key.ip_len;
		__u64 next = fits ? was + s->key.ip_len : quota;

		if (__sync_val_compare_and_swap(word, was, next) == was)
			return TZ_TEST_OF(fits != (int)is_inverted);
	}
	return TZ_TEST_UNKNOWN;
}

#endif

#ifdef TZ_KEEPS_nth

#define TZ_NTH(packet, is_inverted) ((__u64)(packet) << 1 | is_inverted)

/* xt_statistic.c, mode nth: the word counts the packets. */
__noinline int tz_state_nth(struct xdp_md *ctx, struct tz_scratch *s,
			    __u32 place, __u64 every, __u64 which)
{
	TZ_TAKES(ctx);
	__u64 *word = tz_state_word(ctx, s, place);

	if (!word || !every)
		return TZ_TEST_UNKNOWN;

	__u64 n = __sync_fetch_and_add(word, 1);

	return TZ_TEST_OF((n % every == which >> 1) != (which & 1));
}

#endif

#include <tamiz/state_hash.bpf.h>
#include <tamiz/state_recent.bpf.h>
#include <tamiz/state_put.bpf.h>

#endif

#endif
