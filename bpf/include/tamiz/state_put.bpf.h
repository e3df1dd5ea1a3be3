/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The target SET on sets that the program keeps (tamiz/set.h; net/netfilter/
 * ipset: ip_set_core.c:ip_set_add, ip_set_hash_gen.h:mtype_add). A set that is
 * full takes no more; what has expired makes room, which is looked for so
 * often that a flood does not pay for it with each packet.
 */
#ifndef TAMIZ_STATE_PUT_BPF_H
#define TAMIZ_STATE_PUT_BPF_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include <tamiz/abi.h>
#include <tamiz/state.bpf.h>
#include <tamiz/test_set.bpf.h>

#ifdef TZ_KEEPS_put

#define TZ_PUT_DELETES 256u     /* beside TZ_PUT_* of tamiz/set.h */
#define TZ_PUT_NO_PLACE 0xffffu /* there are more words than can be said */
#define TZ_PUT_FULL (-7)        /* E2BIG */
#define TZ_PUT_SWEEP_NS 100000000ull

struct tz_put_sweep {
	__u64 now;
};

static long tz_put_sweep_one(void *map, const void *key,
			     struct tz_set_value *value,
			     struct tz_put_sweep *sweep)
{
	if (value->expires_ns && sweep->now >= value->expires_ns)
		bpf_map_delete_elem(map, key);
	return 0;
}

/* One CPU at a time, whose word is that of the rule: when it was done last. */
static __always_inline int tz_put_sweep(void *set, __u32 place, __u64 now)
{
	struct tz_put_sweep sweep = { .now = now };
	__u64 *word = bpf_map_lookup_elem(&tz_states, &place);
	__u64 was;

	if (!word || place == TZ_PUT_NO_PLACE)
		return 0;
	was = *(volatile __u64 *)word;
	if ((was && now - was < TZ_PUT_SWEEP_NS) ||
	    __sync_val_compare_and_swap(word, was, now) != was)
		return 0;
	bpf_for_each_map_elem(set, tz_put_sweep_one, &sweep, 0);
	return 1;
}

static __always_inline int tz_put_is_zero(const __u32 *words, int n)
{
	__u32 any = 0;

	for (int i = 0; i < 4; i++)
		any |= i < n ? words[i] : 0;
	return !any;
}

static __always_inline void tz_put_add(void *set, const __u32 *key, __u32 what,
				       __u32 seconds, __u32 place)
{
	struct tz_set_value *there = bpf_map_lookup_elem(set, key);
	struct tz_set_value value = {};
	__u64 now = bpf_ktime_get_boot_ns();

	if (there && !(what & TZ_PUT_EXIST) &&
	    (!there->expires_ns || now < there->expires_ns))
		return;
	if (seconds)
		value.expires_ns = now + seconds * 1000000000ull;
	if (bpf_map_update_elem(set, key, &value, BPF_ANY) == TZ_PUT_FULL &&
	    tz_put_sweep(set, place, now))
		bpf_map_update_elem(set, key, &value, BPF_ANY);
}

/*
 * Always holds, unless it may not or cannot be told. @what: TZ_PUT_*, and the
 * place of the rule's word above 16 bits.
 */
static __always_inline int tz_put(struct xdp_md *ctx, struct tz_scratch *s,
				  void *maps, const struct tz_set_shape *shape,
				  __u32 how, __u32 what, __u32 seconds)
{
	__u32 key[TZ_SET_WORDS_MAX] = {}, zero = 0;
	void *set;
	int n;

	if (!s || !tz_state_may_spend(ctx, s))
		return TZ_TEST_UNKNOWN;
	if (how >> TZ_SET_DIMS_SHIFT < shape->dimensions ||
	    (shape->family && s->key.family != shape->family))
		return TZ_TEST_TRUE;
	n = tz_set_key(s, shape, how, key);
	if (n < 0)
		return -1 - n == TZ_TEST_UNREADABLE ? TZ_TEST_UNKNOWN
						    : TZ_TEST_TRUE;
	if (what & TZ_PUT_NOT_ZERO && tz_put_is_zero(key, n))
		return TZ_TEST_TRUE;
	set = bpf_map_lookup_elem(maps, &zero);
	if (!set)
		return TZ_TEST_UNKNOWN;
	if (what & TZ_PUT_DELETES)
		bpf_map_delete_elem(set, key);
	else
		tz_put_add(set, key, what, seconds, what >> 16);
	return TZ_TEST_TRUE;
}

#endif

#endif
