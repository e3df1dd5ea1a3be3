/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * recent: a list of addresses with the times at which they were seen (net/
 * netfilter/xt_recent.c). A list is the one value of an array, under one lock
 * as in the kernel: addresses are found by chains of a keyed hash, and hang in
 * the order in which they were last touched; the first goes when there is no
 * room. Nothing may be called under the lock: time and key are read before it.
 * A chain that is too long to be walked, which takes more than bad luck, says
 * UNKNOWN, with nothing done.
 */
#ifndef TAMIZ_STATE_RECENT_BPF_H
#define TAMIZ_STATE_RECENT_BPF_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include <tamiz/abi.h>
#include <tamiz/state.bpf.h>

#ifdef TZ_KEEPS_recent

/* enum tz_recent_action and TZ_RECENT_* of compiler/model/state.h */
#define TZ_RC_SET 0u
#define TZ_RC_CHECK 1u
#define TZ_RC_UPDATE 2u
#define TZ_RC_REMOVE 3u
#define TZ_RC_ACTION(how) ((how)&0xff)
#define TZ_RC_IS_INVERTED (1u << 8)
#define TZ_RC_REAPS (2u << 8)
#define TZ_RC_BY_TTL (4u << 8)
#define TZ_RC_BY_DST (8u << 8)

#define TZ_RC_CHAIN_MAX 32
#define TZ_RC_NOT_FOUND ~0u

struct tz_recent_head {
	struct bpf_spin_lock lock;
	__u32 seed;           /* of the hash; 0: none yet */
	__u64 now;            /* the latest time that was read */
	__u32 n, n_used;      /* entries in the list; places ever used */
	__u32 oldest, newest; /* places from 1 on; 0: none */
	__u32 unused;         /* places that were left, by chain */
	__u32 pad;
};

struct tz_recent_entry {
	__u64 addr[2];
	__u32 chain;        /* the next with its hash, or unused */
	__u32 older, newer; /* as they were touched */
	__u32 index, n_stamps, ttl;
};

/* The sizes of a list; numbers of places and stamps fit their fields. */
struct tz_recent_sizes {
	__u32 entries, stamps, buckets; /* the last two are powers of two */
	__u64 mask[2];
};

/* Names of 15 characters are whole in the kernel (runtime/share.c). */
#define TZ_RECENT_MAP(name, n_entries, n_stamps, n_buckets)    \
	struct name##_list {                                   \
		struct tz_recent_head head;                    \
		__u32 buckets[n_buckets];                      \
		struct tz_recent_entry entries[n_entries + 1]; \
		__u64 stamps[(n_entries + 1) * n_stamps];      \
	};                                                     \
	struct {                                               \
		__uint(type, BPF_MAP_TYPE_ARRAY);              \
		__uint(max_entries, 1);                        \
		__type(key, __u32);                            \
		__type(value, struct name##_list);             \
	} name SEC(".maps")

/* The parts of the value, each of a size that the compiler knows. */
static __always_inline __u32 *tz_rc_bucket(struct tz_recent_head *head,
					   const struct tz_recent_sizes *sizes,
					   __u32 i)
{
	return (__u32 *)(head + 1) + (i & (sizes->buckets - 1));
}

static __always_inline struct tz_recent_entry *
tz_rc_entry(struct tz_recent_head *head, const struct tz_recent_sizes *sizes,
	    __u32 place)
{
	struct tz_recent_entry *first =
		(void *)((__u32 *)(head + 1) + sizes->buckets);

	/* clang must not find out what the verifier cannot */
	asm volatile("" : "+r"(place));
	return first + (place <= sizes->entries ? place : 0);
}

static __always_inline __u64 *tz_rc_stamp(struct tz_recent_head *head,
					  const struct tz_recent_sizes *sizes,
					  __u32 place, __u32 index)
{
	struct tz_recent_entry *first =
		(void *)((__u32 *)(head + 1) + sizes->buckets);
	__u64 *stamps = (void *)(first + sizes->entries + 1);

	asm volatile("" : "+r"(place));
	if (place > sizes->entries)
		place = 0;
	asm volatile("" : "+r"(index));
	return stamps + place * sizes->stamps + (index & (sizes->stamps - 1));
}

static __always_inline __u32 tz_rc_hash(const __u64 *addr, __u32 seed)
{
	__u64 x = (addr[0] ^ seed) * 0x9e3779b97f4a7c15ull;

	x = (x ^ x >> 32 ^ addr[1]) * 0xd6e8feb86659fd93ull;
	x ^= (__u64)seed << 32;
	return (x ^ x >> 32) * 0xd6e8feb86659fd93ull >> 32;
}

/* Its place; 0: it is not there; TZ_RC_NOT_FOUND: who knows. */
static __always_inline __u32 tz_rc_find(struct tz_recent_head *head,
					const struct tz_recent_sizes *sizes,
					const __u64 *addr, __u32 hash)
{
	__u32 place = *tz_rc_bucket(head, sizes, hash);

	for (int i = 0; i < TZ_RC_CHAIN_MAX; i++) {
		struct tz_recent_entry *e;

		if (!place)
			return 0;
		e = tz_rc_entry(head, sizes, place);
		if (e->addr[0] == addr[0] && e->addr[1] == addr[1])
			return place;
		place = e->chain;
	}
	return TZ_RC_NOT_FOUND;
}

/* ---- the order in which they were touched ---- */

static __always_inline void tz_rc_unhang(struct tz_recent_head *head,
					 const struct tz_recent_sizes *sizes,
					 struct tz_recent_entry *e)
{
	if (e->older)
		tz_rc_entry(head, sizes, e->older)->newer = e->newer;
	else
		head->oldest = e->newer;
	if (e->newer)
		tz_rc_entry(head, sizes, e->newer)->older = e->older;
	else
		head->newest = e->older;
}

static __always_inline void tz_rc_hang(struct tz_recent_head *head,
				       const struct tz_recent_sizes *sizes,
				       struct tz_recent_entry *e, __u32 place)
{
	e->older = head->newest;
	e->newer = 0;
	if (head->newest)
		tz_rc_entry(head, sizes, head->newest)->newer = place;
	else
		head->oldest = place;
	head->newest = place;
}

/* ---- who is there ---- */

/* recent_entry_remove(). Chains are no longer than what is walked here. */
static __always_inline void tz_rc_remove(struct tz_recent_head *head,
					 const struct tz_recent_sizes *sizes,
					 __u32 place)
{
	struct tz_recent_entry *e = tz_rc_entry(head, sizes, place);
	__u32 *bucket =
		tz_rc_bucket(head, sizes, tz_rc_hash(e->addr, head->seed));
	__u32 at = *bucket;

	if (at == place) {
		*bucket = e->chain;
	} else {
		for (int i = 0; i < TZ_RC_CHAIN_MAX && at; i++) {
			struct tz_recent_entry *before =
				tz_rc_entry(head, sizes, at);

			if (before->chain == place) {
				before->chain = e->chain;
				break;
			}
			at = before->chain;
		}
	}
	tz_rc_unhang(head, sizes, e);
	e->chain = head->unused;
	head->unused = place;
	head->n--;
}

/* recent_entry_init(). */
static __always_inline void tz_rc_add(struct tz_recent_head *head,
				      const struct tz_recent_sizes *sizes,
				      const __u64 *addr, __u32 hash, __u32 ttl)
{
	struct tz_recent_entry *e;
	__u32 place, *bucket;

	if (head->n >= sizes->entries)
		tz_rc_remove(head, sizes, head->oldest);
	if (head->unused) {
		place = head->unused;
		head->unused = tz_rc_entry(head, sizes, place)->chain;
	} else {
		place = ++head->n_used;
	}
	e = tz_rc_entry(head, sizes, place);
	bucket = tz_rc_bucket(head, sizes, hash);
	e->addr[0] = addr[0];
	e->addr[1] = addr[1];
	e->ttl = ttl;
	e->index = e->n_stamps = 1;
	e->chain = *bucket;
	*bucket = place;
	*tz_rc_stamp(head, sizes, place, 0) = head->now;
	tz_rc_hang(head, sizes, e, place);
	head->n++;
}

/* recent_entry_update(). */
static __always_inline void tz_rc_touch(struct tz_recent_head *head,
					const struct tz_recent_sizes *sizes,
					__u32 place, __u32 ttl)
{
	struct tz_recent_entry *e = tz_rc_entry(head, sizes, place);
	__u32 index = e->index & (sizes->stamps - 1);

	*tz_rc_stamp(head, sizes, place, index) = head->now;
	e->index = index + 1;
	if (e->index > e->n_stamps)
		e->n_stamps = e->index;
	e->ttl = ttl;
	tz_rc_unhang(head, sizes, e);
	tz_rc_hang(head, sizes, e, place);
}

/*
 * Whether it was seen often enough since @since, 0: ever. Times do not go
 * back, so that one of them tells.
 */
static __always_inline int tz_rc_was_seen(struct tz_recent_head *head,
					  const struct tz_recent_sizes *sizes,
					  __u32 place, __u32 hits,
					  __u32 jiffies)
{
	struct tz_recent_entry *e = tz_rc_entry(head, sizes, place);
	__u64 since = head->now - jiffies;

	if (!hits)
		hits = 1;
	if (e->n_stamps < hits)
		return 0;
	return !jiffies ||
	       (__s64)(*tz_rc_stamp(head, sizes, place, e->index - hits) -
		       since) >= 0;
}

/* recent_entry_reap(); @updated: not this one. */
static __always_inline void tz_rc_reap(struct tz_recent_head *head,
				       const struct tz_recent_sizes *sizes,
				       __u32 updated, __u32 jiffies)
{
	__u32 oldest = head->oldest;

	if (oldest != updated &&
	    !tz_rc_was_seen(head, sizes, oldest, 1, jiffies))
		tz_rc_remove(head, sizes, oldest);
}

/* ---- what a rule asks ---- */

struct tz_recent_question {
	__u64 addr[2];
	__u32 how, hits, jiffies, ttl;
};

/* recent_mt(), under the lock: an enum tz_test_result. */
static __always_inline int tz_rc_judge(struct tz_recent_head *head,
				       const struct tz_recent_sizes *sizes,
				       const struct tz_recent_question *q)
{
	__u32 action = TZ_RC_ACTION(q->how);
	int holds = !!(q->how & TZ_RC_IS_INVERTED), updates;
	__u32 hash = tz_rc_hash(q->addr, head->seed);
	__u32 place = tz_rc_find(head, sizes, q->addr, hash);

	if (place == TZ_RC_NOT_FOUND)
		return TZ_TEST_UNKNOWN;
	if (place && q->how & TZ_RC_BY_TTL) {
		__u32 ttl = tz_rc_entry(head, sizes, place)->ttl;

		if (ttl != q->ttl && ttl && q->ttl)
			return TZ_TEST_OF(holds);
	}
	if (!place) {
		if (action != TZ_RC_SET)
			return TZ_TEST_OF(holds);
		tz_rc_add(head, sizes, q->addr, hash, q->ttl);
		return TZ_TEST_OF(!holds);
	}
	if (action == TZ_RC_REMOVE) {
		tz_rc_remove(head, sizes, place);
		return TZ_TEST_OF(!holds);
	}
	if (action == TZ_RC_SET ||
	    tz_rc_was_seen(head, sizes, place, q->hits, q->jiffies))
		holds = !holds;
	updates = action == TZ_RC_SET || (action == TZ_RC_UPDATE && holds);
	if (q->how & TZ_RC_REAPS)
		tz_rc_reap(head, sizes, updates ? place : 0, q->jiffies);
	if (updates)
		tz_rc_touch(head, sizes, place, q->ttl);
	return TZ_TEST_OF(holds);
}

static __always_inline void tz_rc_address(const struct tz_scratch *s,
					  const struct tz_recent_sizes *sizes,
					  __u32 by_dst, __u64 *addr)
{
	const __u64 *from = s->key.addr;

	if (s->key.family == 4) {
		addr[0] = 0;
		addr[1] = by_dst ? from[0] & 0xffffffff : from[0] >> 32;
	} else {
		addr[0] = by_dst ? from[2] : from[0];
		addr[1] = by_dst ? from[3] : from[1];
	}
	addr[0] &= sizes->mask[0];
	addr[1] &= sizes->mask[1];
}

/*
 * @how: the action, the flags above it. @jiffies: what --seconds are, in 32
 * bits as in the kernel.
 */
static __always_inline int tz_recent(struct xdp_md *ctx, struct tz_scratch *s,
				     void *map,
				     const struct tz_recent_sizes *sizes,
				     __u32 how, __u32 hits, __u32 jiffies)
{
	struct tz_recent_question q = { .how = how,
					.hits = hits,
					.jiffies = jiffies };
	struct tz_recent_head *head;
	__u32 zero = 0, seed;
	__u64 now;
	int result;

	if (!s || !tz_state_may_spend(ctx, s))
		return TZ_TEST_UNKNOWN;
	head = bpf_map_lookup_elem(map, &zero);
	if (!head)
		return TZ_TEST_UNKNOWN;
	q.ttl = s->key.ttl;
	tz_rc_address(s, sizes, how & TZ_RC_BY_DST, q.addr);
	seed = *(volatile __u32 *)&head->seed;
	if (!seed)
		seed = bpf_get_prandom_u32() | 1;
	now = bpf_jiffies64();
	bpf_spin_lock(&head->lock);
	if (!head->seed)
		head->seed = seed;
	/* another CPU may have been here a moment later */
	if ((__s64)(now - head->now) > 0)
		head->now = now;
	result = tz_rc_judge(head, sizes, &q);
	bpf_spin_unlock(&head->lock);
	return result;
}

#endif

#endif
