/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Tests on the bytes of a packet from its IP header on: u32 and string; and
 * what -m bpf (test_filter.bpf.h) shares with them. The kernel looks at them in
 * several hooks; in FORWARD it has taken one from the TTL, and behind routing
 * it may have written into IPv4 options.
 */
#ifndef TAMIZ_TEST_BYTES_BPF_H
#define TAMIZ_TEST_BYTES_BPF_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include <tamiz/abi.h>

#if defined(TZ_HAS_string) || defined(TZ_HAS_u32) || defined(TZ_HAS_bpf)

/* Whether the kernel may have changed what is looked at, who knows how. */
static __always_inline int tz_is_rewritten(const struct tz_scratch *s)
{
#ifdef TZ_IS_REPLACE
	return 0;
#else
	return s->at != TZ_AT_PREROUTING && s->key.family == 4 &&
	       s->key.l4_off - s->key.l3_off != 20;
#endif
}

/* What forwarding does to the header: ip_forward, ip6_forward. */
static __always_inline void tz_spend_hop(const struct tz_scratch *s, __u8 *ip)
{
	__u32 sum;

	if (s->key.family == 6) {
		ip[7]--;
		return;
	}
	sum = (ip[10] << 8 | ip[11]) + 0x100u;
	sum += sum >= 0xffff; /* RFC 1624 */
	ip[8]--;
	ip[10] = sum >> 8;
	ip[11] = sum;
}

#endif

#if defined(TZ_HAS_string) || defined(TZ_HAS_u32)

/* A packet up to this is copied; a power of two. The rest is room to read. */
#define TZ_COPY_MAX 16384
#define TZ_COPY_MASK (TZ_COPY_MAX - 1)
#define TZ_PATTERN_MAX 128

struct tz_copy {
	__u8 bytes[TZ_COPY_MAX + TZ_PATTERN_MAX];
};

/* The packet from its IP header on, once it was asked for. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct tz_copy);
} tz_copies SEC(".maps");

/* The packet as the kernel's rules see it; NULL: too long to be copied. */
static __always_inline __u8 *tz_copy_get(struct xdp_md *ctx,
					 struct tz_scratch *s)
{
	__u32 zero = 0, len = s->key.ip_len;
	struct tz_copy *copy = bpf_map_lookup_elem(&tz_copies, &zero);

	if (!copy || len > TZ_COPY_MAX || len < 20)
		return 0;
	if (s->is_copied)
		return copy->bytes;
	/* the register that is compared must be the one that is passed */
	asm volatile("" : "+r"(len));
	if (len > TZ_COPY_MAX || !len ||
	    bpf_xdp_load_bytes(ctx, s->key.l3_off, copy->bytes, len))
		return 0;
	if (s->at == TZ_AT_FORWARD)
		tz_spend_hop(s, copy->bytes);
	s->is_copied = 1;
	return copy->bytes;
}

#endif

#ifdef TZ_HAS_u32

/* A number of the packet: where the last one was loaded from; what it is. */
struct tz_u32 {
	__u64 origin;
	__u32 value, pad;
};

/* net/netfilter/xt_u32.c: what lies behind the packet ends the test. */
static __always_inline int tz_is_in(__u32 value, __u32 lo, __u32 hi)
{
	return lo <= value && value <= hi;
}

__noinline int tz_u32_load(struct xdp_md *ctx, struct tz_scratch *s,
			   struct tz_u32 *n, __u32 offset)
{
	__u8 bytes[4] = {}, *copy;
	__u64 at;

	if (!s || !n)
		return TZ_TEST_UNREADABLE;
	at = n->origin + offset;
	if (at + 4 > s->key.ip_len)
		return TZ_TEST_FALSE;
	if (s->at == TZ_AT_FORWARD && at < 12) {
		copy = tz_copy_get(ctx, s);
		if (!copy)
			return TZ_TEST_UNREADABLE;
		copy += at & 15;
		n->value = (__u32)copy[0] << 24 | copy[1] << 16 | copy[2] << 8 |
			   copy[3];
		return TZ_TEST_TRUE;
	}
	if (bpf_xdp_load_bytes(ctx, s->key.l3_off + (__u32)at, bytes, 4))
		return TZ_TEST_UNREADABLE;
	n->value = (__u32)bytes[0] << 24 | bytes[1] << 16 | bytes[2] << 8 |
		   bytes[3];
	return TZ_TEST_TRUE;
}

#endif

#ifdef TZ_HAS_string

/*
 * Horspool's search (Practical fast searching in strings, 1980): `skip` is how
 * far the pattern may move when this byte stands at its end, 0 if that is its
 * last; `next` how far when it is, and the pattern is not there.
 */
struct tz_pattern {
	__u8 value[TZ_PATTERN_MAX], mask[TZ_PATTERN_MAX];
	__u8 skip[256];
	__u16 len, from, to, next;
} __attribute__((aligned(8)));

static const struct tz_pattern tz_patterns[TZ_N_PATTERNS];

struct tz_search {
	const struct tz_pattern *pattern;
	const __u8 *text;
	__u32 at;  /* of the byte that may be the pattern's last */
	__u32 end; /* of the text */
	__u32 is_found, pad;
};

/* Eight bytes at a time; what is behind the pattern is masked. */
static __always_inline int tz_is_at(const struct tz_pattern *p,
				    const __u8 *text)
{
	for (int i = 0; i < TZ_PATTERN_MAX; i += 8) {
		__u64 word = *(const __u64 *)(text + i);

		if (i >= p->len)
			return 1;
		if ((word & *(const __u64 *)(p->mask + i)) !=
		    *(const __u64 *)(p->value + i))
			return 0;
	}
	return 1;
}

/* Some moves in a row: one that is no move stays where it is. */
static long tz_search_step(__u32 i, void *arg)
{
	struct tz_search *x = arg;
	const struct tz_pattern *p = x->pattern;
	const __u8 *text = x->text;
	/* the mask bounds it anew, or the verifier follows it on and on */
	__u32 at = x->at & 0xffff;

	for (int j = 0; j < 4; j++)
		at += p->skip[text[at & TZ_COPY_MASK]];
	if (at >= x->end)
		return 1;
	if (!p->skip[text[at & TZ_COPY_MASK]]) {
		x->is_found = tz_is_at(p, text + ((at + 1 - p->len) &
						  TZ_COPY_MASK));
		at += p->next;
	}
	x->at = at;
	return x->is_found;
}

/* net/core/skbuff.c:skb_find_text: from, and whole before to. */
__noinline int tz_test_string(struct xdp_md *ctx, struct tz_scratch *s,
			      __u32 number)
{
	struct tz_search x = {};

	if (!s || number >= TZ_N_PATTERNS || tz_is_rewritten(s))
		return TZ_TEST_UNREADABLE;
	x.pattern = &tz_patterns[number];
	x.end = s->key.ip_len;
	if (x.end > x.pattern->to)
		x.end = x.pattern->to;
	x.at = (__u32)x.pattern->from + x.pattern->len - 1;
	if (x.at >= x.end)
		return TZ_TEST_FALSE;
	x.text = tz_copy_get(ctx, s);
	if (!x.text)
		return TZ_TEST_UNREADABLE;
	bpf_loop(x.end - x.at, tz_search_step, &x, 0);
	return x.is_found ? TZ_TEST_TRUE : TZ_TEST_FALSE;
}

#endif

#endif
