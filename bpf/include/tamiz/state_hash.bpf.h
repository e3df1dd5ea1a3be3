/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * hashlimit: a bucket for each address, port or both (net/netfilter/
 * xt_hashlimit.c). The credits have 64 bits there, beside them stand the time
 * and, where bytes are counted, how often the bucket may still be filled: an
 * entry is changed under its own lock, which is as exact over CPUs as one word
 * would be. A table is a hash map of as many entries as the rule says; when it
 * is full, what has expired goes, at most once in the rule's interval, and if
 * nothing has, new packets drop as in the kernel. Nothing else is evicted.
 */
#ifndef TAMIZ_STATE_HASH_BPF_H
#define TAMIZ_STATE_HASH_BPF_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include <tamiz/abi.h>
#include <tamiz/state.bpf.h>

#ifdef TZ_KEEPS_hashlimit

struct tz_hash_rates {
	__u32 mode, src_bits, dst_bits, place;
	__u64 per_jiffy, cost, cap, full, full_of_bytes, expire, gc;
	__u64 interval, rate, burst; /* of rate-match */
};

/* Of a rule: what it takes for a match, and what it counts. */
#define TZ_HASH_HOW_ABOVE 1u
#define TZ_HASH_HOW_BYTES 2u

#define TZ_HASH_BY_DST 1u
#define TZ_HASH_BY_DPORT 2u
#define TZ_HASH_BY_SRC 4u
#define TZ_HASH_BY_SPORT 8u
#define TZ_HASH_BY_PORTS (TZ_HASH_BY_DPORT | TZ_HASH_BY_SPORT)
#define TZ_HASH_BYTES 32u

struct tz_hash_key4 {
	__u32 src, dst;
	__u16 sport, dport;
};

struct tz_hash_key6 {
	__u64 src[2], dst[2];
	__u16 sport, dport;
	__u32 pad;
};

struct tz_hash_bucket {
	struct bpf_spin_lock lock;
	__u32 is_gone; /* who holds it must look again */
	__u64 credit, cap, prev, expires;
};

/* Where rates are matched: what came in this interval; the last had more. */
#define TZ_HASH_CURRENT(b) ((b)->credit)
#define TZ_HASH_WAS_OVER(b) ((b)->cap)

/*
 * Names of 15 characters are whole in the kernel (runtime/share.c). Large
 * tables take memory as they fill.
 */
#define TZ_HASH_PREALLOCATED 131072
#define TZ_HASHLIMIT_MAP(name, family, max)                                   \
	struct {                                                              \
		__uint(type, BPF_MAP_TYPE_HASH);                              \
		__uint(max_entries, max);                                     \
		__uint(map_flags,                                             \
		       (max) > TZ_HASH_PREALLOCATED ? BPF_F_NO_PREALLOC : 0); \
		__type(key, struct tz_hash_key##family);                      \
		__type(value, struct tz_hash_bucket);                         \
	} name SEC(".maps")

/* What the callback of a sweep is told. */
struct tz_hash_sweep {
	void *map;
	__u64 now;
};

static long tz_hash_sweep_one(void *map, const void *key,
			      struct tz_hash_bucket *bucket,
			      struct tz_hash_sweep *sweep)
{
	__u64 now = sweep->now;
	__u32 is_gone;

	if ((__s64)(now - *(volatile __u64 *)&bucket->expires) < 0)
		return 0;
	bpf_spin_lock(&bucket->lock);
	is_gone = (__s64)(now - bucket->expires) >= 0;
	bucket->is_gone |= is_gone;
	bpf_spin_unlock(&bucket->lock);
	if (is_gone)
		bpf_map_delete_elem(map, key);
	return 0;
}

/* One CPU in an interval, whose word is that of the table's first rule. */
static __always_inline int
tz_hash_sweep(void *map, const struct tz_hash_rates *rates, __u64 now)
{
	struct tz_hash_sweep sweep = { .map = map, .now = now };
	__u32 place = rates->place;
	__u64 *word = bpf_map_lookup_elem(&tz_states, &place);
	__u64 was;

	if (!word)
		return 0;
	was = *(volatile __u64 *)word;
	if (was && now - was < rates->gc)
		return 0;
	if (__sync_val_compare_and_swap(word, was, now) != was)
		return 0;
	bpf_for_each_map_elem(map, tz_hash_sweep_one, &sweep, 0);
	return 1;
}

/* rateinfo_init(). */
static __always_inline void tz_hash_fill(struct tz_hash_bucket *b,
					 const struct tz_hash_rates *rates,
					 __u64 now)
{
	b->credit = rates->full;
	b->cap = rates->cap;
	b->prev = now;
}

/* rateinfo_recalc(), and whether the rate is kept, of those that match one. */
static __always_inline int tz_hash_match(struct tz_hash_bucket *b,
					 const struct tz_hash_rates *rates,
					 __u64 now, __u32 cost)
{
	__u64 elapsed = now - b->prev;

	if (elapsed && elapsed >= rates->interval) {
		b->prev = now;
		TZ_HASH_WAS_OVER(b) = TZ_HASH_CURRENT(b) * rates->interval >
				      elapsed * rates->rate;
		TZ_HASH_CURRENT(b) = 0;
	}
	TZ_HASH_CURRENT(b) += cost;
	return !TZ_HASH_WAS_OVER(b) && TZ_HASH_CURRENT(b) <= rates->burst;
}

/* rateinfo_recalc() of the others. */
static __always_inline void tz_hash_refill(struct tz_hash_bucket *b,
					   const struct tz_hash_rates *rates,
					   __u64 now)
{
	__u64 was = b->credit, most = b->cap;
	__u64 credit = was + (now - b->prev) * rates->per_jiffy;

	if (rates->mode & TZ_HASH_BYTES)
		most = rates->full;
	if (credit > most || (rates->mode & TZ_HASH_BYTES && credit < was))
		credit = most;
	/* at no time nothing changes, though the cap be less than before */
	if (now != b->prev)
		b->credit = credit;
	b->prev = now;
}

/* hashlimit_byte_cost(). */
static __always_inline __u32 tz_hash_cost(struct tz_hash_bucket *b,
					  const struct tz_hash_rates *rates,
					  __u32 len)
{
	__u64 cost = ((len >> 4) + 1) * rates->cost;

	if (cost > rates->full_of_bytes)
		cost = rates->full_of_bytes;
	if (b->credit < cost && b->cap) {
		b->cap--;
		b->credit = rates->full_of_bytes;
	}
	return cost;
}

static __always_inline int tz_hash_take(struct tz_hash_bucket *b,
					const struct tz_hash_rates *rates,
					__u64 now, __u32 len, __u32 how)
{
	__u64 cost = rates->cost;
	int holds;

	if ((__s64)(now - b->expires) >= 0)
		tz_hash_fill(b, rates, now);
	/* another CPU may have been here a moment later */
	if ((__s64)(now - b->prev) < 0)
		now = b->prev;
	b->expires = now + rates->expire;
	if (rates->interval)
		return tz_hash_match(b, rates, now,
				     how & TZ_HASH_HOW_BYTES ? len : 1);
	tz_hash_refill(b, rates, now);
	if (how & TZ_HASH_HOW_BYTES)
		cost = tz_hash_cost(b, rates, len);
	holds = b->credit >= cost;
	if (holds)
		b->credit -= cost;
	return holds;
}

/* Which entry of @map it is, then what it says: an enum tz_test_result. */
static __always_inline int tz_hash_ask(struct tz_scratch *s, void *map,
				       const void *key,
				       const struct tz_hash_rates *rates,
				       __u32 how)
{
	for (int i = 0; i < 4; i++) {
		struct tz_hash_bucket *b = bpf_map_lookup_elem(map, key);
		__u64 now = bpf_jiffies64();
		__u32 is_gone;
		int holds;

		if (!b) {
			struct tz_hash_bucket fresh = {};

			tz_hash_fill(&fresh, rates, now);
			fresh.expires = now + rates->expire;
			if (!bpf_map_update_elem(map, key, &fresh, BPF_NOEXIST))
				continue;
			b = bpf_map_lookup_elem(map, key);
			if (!b && !tz_hash_sweep(map, rates, now))
				return TZ_TEST_HOTDROP;
			continue;
		}
		bpf_spin_lock(&b->lock);
		is_gone = b->is_gone;
		holds = !is_gone &&
			tz_hash_take(b, rates, now, s->key.ip_len, how);
		bpf_spin_unlock(&b->lock);
		if (!is_gone)
			return TZ_TEST_OF(holds !=
					  (int)(how & TZ_HASH_HOW_ABOVE));
	}
	return TZ_TEST_UNKNOWN;
}

/* proto_ports_offset(): of AH and ESP it is the SPI, which stands there too. */
static __always_inline int tz_hash_has_ports(__u32 proto)
{
	return proto == 6 || proto == 17 || proto == 33 || proto == 50 ||
	       proto == 51 || proto == 132 || proto == 136;
}

/* The ports of a key, if the mode asks; 0: the packet drops. */
static __always_inline int tz_hash_ports(const struct tz_packet_key *key,
					 __u32 mode, __u16 *sport, __u16 *dport)
{
	__u32 proto = key->l4 >> TZ_L4_PROTO_SHIFT & 0xff;

	if (!(mode & TZ_HASH_BY_PORTS))
		return 1;
	if (key->l4 & TZ_L4_LATER_FRAGMENT || (key->family == 6 && proto == 59))
		return 0;
	if (!tz_hash_has_ports(proto))
		return 1;
	if (key->class & TZ_CLASS_STUB)
		return 0;
	if (mode & TZ_HASH_BY_SPORT)
		*sport = key->l4 >> TZ_L4_SPORT_SHIFT;
	if (mode & TZ_HASH_BY_DPORT)
		*dport = key->l4 >> TZ_L4_DPORT_SHIFT;
	return 1;
}

static __always_inline __u64 tz_hash_mask(__u32 bits)
{
	return !bits ? 0 : bits >= 64 ? ~0ull : ~0ull << (64 - bits);
}

static __always_inline int tz_hashlimit4(struct xdp_md *ctx,
					 struct tz_scratch *s, void *map,
					 const struct tz_hash_rates *rates,
					 __u32 how)
{
	struct tz_hash_key4 key = {};

	if (!s || !tz_state_may_spend(ctx, s))
		return TZ_TEST_UNKNOWN;
	if (!tz_hash_ports(&s->key, rates->mode, &key.sport, &key.dport))
		return TZ_TEST_HOTDROP;
	if (rates->mode & TZ_HASH_BY_SRC)
		key.src = s->key.addr[0] >> 32 &
			  tz_hash_mask(rates->src_bits) >> 32;
	if (rates->mode & TZ_HASH_BY_DST)
		key.dst = s->key.addr[0] & tz_hash_mask(rates->dst_bits) >> 32;
	return tz_hash_ask(s, map, &key, rates, how);
}

static __always_inline int tz_hashlimit6(struct xdp_md *ctx,
					 struct tz_scratch *s, void *map,
					 const struct tz_hash_rates *rates,
					 __u32 how)
{
	struct tz_hash_key6 key = {};
	__u32 src = rates->src_bits, dst = rates->dst_bits;

	if (!s || !tz_state_may_spend(ctx, s))
		return TZ_TEST_UNKNOWN;
	if (!tz_hash_ports(&s->key, rates->mode, &key.sport, &key.dport))
		return TZ_TEST_HOTDROP;
	if (rates->mode & TZ_HASH_BY_SRC) {
		key.src[0] = s->key.addr[0] & tz_hash_mask(src);
		key.src[1] =
			s->key.addr[1] & tz_hash_mask(src > 64 ? src - 64 : 0);
	}
	if (rates->mode & TZ_HASH_BY_DST) {
		key.dst[0] = s->key.addr[2] & tz_hash_mask(dst);
		key.dst[1] =
			s->key.addr[3] & tz_hash_mask(dst > 64 ? dst - 64 : 0);
	}
	return tz_hash_ask(s, map, &key, rates, how);
}

#endif

#endif
