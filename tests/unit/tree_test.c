/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Trees against a linear scan: the same boxes, random keys and keys made from
 * the boxes, every candidate in order. The walk is the one of the kernel
 * program, compiled for user space.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TZ_N_ROOTS 1
#define TZ_N_NODES (1 << 20)
#define TZ_N_ENTRIES4 (1 << 20)
#define TZ_N_ENTRIES6 (1 << 20)
#define __noinline __attribute__((noinline))
#include <tamiz/classify.bpf.h>
#undef __noinline

#include "opt/plan.h"

struct tz_roots tz_tables[TZ_N_ROOTS];
__u64 tz_nodes[TZ_N_NODES];
struct tz_entry4 tz_entries4[TZ_N_ENTRIES4];
struct tz_entry6 tz_entries6[TZ_N_ENTRIES6];

static long loop_here(__u32 n, void *step, void *arg, __u64 flags)
{
	long (*call)(__u32, void *) = (long (*)(__u32, void *))step;
	__u32 i = 0;

	(void)flags;
	while (i < n && !call(i, arg))
		i++;
	return i;
}

static uint64_t seed;

static uint64_t draw(void)
{
	uint64_t z = (seed += 0x9e3779b97f4a7c15ull);

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

static unsigned int below(unsigned int n)
{
	return (unsigned int)(draw() % n);
}

static tz_value draw_address(enum tz_family family)
{
	if (family == TZ_IPV4)
		return below(4) ? (0x0a000000 | below(1 << 16)) : draw() >> 32;
	return (tz_value)(below(4) ? 0x20010db800000000ull | below(1 << 16)
				   : draw())
		       << 64 |
	       (below(2) ? below(256) : draw());
}

static void draw_prefix(enum tz_family family, tz_value *mask, tz_value *value)
{
	static const unsigned int lens[] = { 0, 0, 8, 16, 20, 24, 28, 32 };
	unsigned int bits = family == TZ_IPV4 ? 32 : 128;
	unsigned int len = lens[below(8)] * (family == TZ_IPV4 ? 1 : 4);
	struct tz_interval i =
		tz_interval_of_prefix(draw_address(family), len, bits);

	*mask = tz_value_max(bits) & ~(i.lo ^ i.hi);
	*value = i.lo;
	if (!below(20)) { /* not contiguous */
		*mask &= ~((tz_value)0xff00);
		*value &= *mask;
	}
}

static void draw_ports(uint16_t *lo, uint16_t *hi)
{
	*lo = 0;
	*hi = 0xffff;
	switch (below(5)) {
	case 0:
		*lo = *hi = (uint16_t)below(64);
		return;
	case 1:
		*lo = (uint16_t)below(60000);
		*hi = (uint16_t)(*lo + below(5000));
		return;
	case 2:
		*lo = 1024;
		return;
	}
}

static struct tz_box draw_box(enum tz_family family, size_t order)
{
	static const unsigned int protos[] = { 6, 17, 1, 6, 17 };
	static const enum tz_action acts[] = { TZ_ACT_DROP_COUNT, TZ_ACT_COUNT,
					       TZ_ACT_JUMP };
	struct tz_box box = { 0 };

	draw_prefix(family, &box.src_mask, &box.src);
	draw_prefix(family, &box.dst_mask, &box.dst);
	if (below(4)) {
		box.l4_mask = 0xffull << TZ_L4_PROTO_SHIFT;
		box.l4 = (uint64_t)protos[below(5)] << TZ_L4_PROTO_SHIFT;
	}
	if (!below(6)) {
		box.l4_mask |= 0x12ull << TZ_L4_FLAGS_SHIFT;
		box.l4 |= 0x02ull << TZ_L4_FLAGS_SHIFT;
	}
	draw_ports(&box.sport_lo, &box.sport_hi);
	draw_ports(&box.dport_lo, &box.dport_hi);
	if (!below(10))
		box.mac = TZ_ENTRY_MAC | below(3) |
			  (below(2) ? TZ_ENTRY_MAC_NOT : 0);
	box.hit = (uint64_t)order << TZ_HIT_ORDER_SHIFT |
		  (uint64_t)acts[below(3)] << TZ_HIT_ACTION_SHIFT | order;
	return box;
}

static void draw_key(enum tz_family family, const tz_box_vec *boxes,
		     struct tz_packet_key *key)
{
	const struct tz_box *box = &boxes->at[below((unsigned int)boxes->n)];
	tz_value src = draw_address(family), dst = draw_address(family);
	uint64_t l4 = draw() & 0xff0000;
	uint16_t sport = (uint16_t)draw(), dport = (uint16_t)draw();

	if (below(5)) {
		src = (src & ~box->src_mask) | box->src;
		dst = (dst & ~box->dst_mask) | box->dst;
		l4 = (l4 & ~box->l4_mask) | box->l4;
		sport = (uint16_t)(box->sport_lo +
				   below(box->sport_hi - box->sport_lo + 1u));
		dport = (uint16_t)(box->dport_lo +
				   below(box->dport_hi - box->dport_lo + 1u));
	}
	*key = (struct tz_packet_key){
		.l4 = l4 | (uint64_t)sport << 48 | (uint64_t)dport << 32,
		.mac = below(3),
	};
	if (family == TZ_IPV4) {
		key->addr[0] = (uint64_t)(src << 32 | dst);
		return;
	}
	key->addr[0] = (uint64_t)(src >> 64);
	key->addr[1] = (uint64_t)src;
	key->addr[2] = (uint64_t)(dst >> 64);
	key->addr[3] = (uint64_t)dst;
}

static bool box_holds(enum tz_family family, const struct tz_box *b,
		      const struct tz_packet_key *k)
{
	bool is_v4 = family == TZ_IPV4;
	tz_value src = is_v4 ? k->addr[0] >> 32
			     : (tz_value)k->addr[0] << 64 | k->addr[1];
	tz_value dst = is_v4 ? (uint32_t)k->addr[0]
			     : (tz_value)k->addr[2] << 64 | k->addr[3];
	uint16_t sport = (uint16_t)(k->l4 >> 48);
	uint16_t dport = (uint16_t)(k->l4 >> 32);
	bool mac_equal = (b->mac & 0xffffffffffffull) == k->mac;

	return (src & b->src_mask) == b->src && (dst & b->dst_mask) == b->dst &&
	       (k->l4 & b->l4_mask) == b->l4 && sport >= b->sport_lo &&
	       sport <= b->sport_hi && dport >= b->dport_lo &&
	       dport <= b->dport_hi &&
	       (!b->mac || mac_equal == !(b->mac & TZ_ENTRY_MAC_NOT));
}

static uint64_t scan(enum tz_family family, const tz_box_vec *boxes,
		     const struct tz_packet_key *key, uint32_t floor)
{
	for (size_t i = 0; i < boxes->n; i++)
		if (TZ_HIT_ORDER(boxes->at[i].hit) > floor &&
		    box_holds(family, &boxes->at[i], key))
			return boxes->at[i].hit;
	return 0;
}

static void copy_entries(const struct tz_plan_family *f, enum tz_family family)
{
	for (size_t i = 0; i < f->entries.n; i++) {
		const struct tz_box *b = f->entries.at[i];
		struct tz_entry4 e4 = {
			.addr_mask =
				(uint64_t)(b->src_mask << 32 | b->dst_mask),
			.addr = (uint64_t)(b->src << 32 | b->dst),
		};
		struct tz_entry6 e6 = {
			.addr_mask = { (uint64_t)(b->src_mask >> 64),
				       (uint64_t)b->src_mask,
				       (uint64_t)(b->dst_mask >> 64),
				       (uint64_t)b->dst_mask },
			.addr = { (uint64_t)(b->src >> 64), (uint64_t)b->src,
				  (uint64_t)(b->dst >> 64), (uint64_t)b->dst },
		};

		e4.l4_mask = e6.l4_mask = b->l4_mask;
		e4.l4 = e6.l4 = b->l4;
		e4.sport = e6.sport = b->sport_lo;
		e4.dport = e6.dport = b->dport_lo;
		e4.sport_more = e6.sport_more =
			(uint16_t)(b->sport_hi - b->sport_lo);
		e4.dport_more = e6.dport_more =
			(uint16_t)(b->dport_hi - b->dport_lo);
		e4.mac = e6.mac = b->mac;
		e4.hit = e6.hit = b->hit;
		if (family == TZ_IPV4)
			tz_entries4[i] = e4;
		else
			tz_entries6[i] = e6;
	}
}

static void check_keys(enum tz_family family, const tz_box_vec *boxes)
{
	struct tz_scratch s = { 0 };

	for (int i = 0; i < 2000; i++) {
		uint32_t floor = 0;

		draw_key(family, boxes, &s.key);
		for (;;) {
			uint64_t want = scan(family, boxes, &s.key, floor);
			uint64_t got = family == TZ_IPV4
					       ? tz_find4(&s.key, 0, floor)
					       : tz_find6(&s.key, 0, floor);

			assert_int_equal(got, want);
			if (!want ||
			    !tz_action_goes_on(
				    (enum tz_action)TZ_HIT_ACTION(want)))
				break;
			floor = TZ_HIT_ORDER(want);
		}
	}
}

static void check_set(enum tz_family family, size_t n)
{
	struct tz_plan plan = { .arena = tz_arena_new() };
	tz_box_vec boxes = { 0 };

	for (size_t i = 0; i < n; i++)
		tz_vec_push(plan.arena, &boxes, draw_box(family, i + 1));
	memset(&tz_tables, 0, sizeof(tz_tables));
	assert_true(tz_tree_build(&plan, family, &boxes, tz_tables[0].whole));
	assert_true(plan.nodes.n < TZ_N_NODES);
	assert_true(plan.families[family == TZ_IPV6].entries.n < TZ_N_ENTRIES4);
	for (size_t i = 0; i < plan.nodes.n; i++)
		tz_nodes[i] = plan.nodes.at[i];
	copy_entries(&plan.families[family == TZ_IPV6], family);
	check_keys(family, &boxes);
	tz_arena_free(plan.arena);
}

static void trees_find_what_a_scan_finds(void **state)
{
	static const size_t sizes[] = { 1, 7, 20, 100, 400, 2000 };

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		check_set(TZ_IPV4, sizes[i]);
		check_set(TZ_IPV6, sizes[i]);
	}
}

/* Entries that no cut separates end in one long leaf. */
static void long_leaf_is_searched_whole(void **state)
{
	struct tz_plan plan = { .arena = tz_arena_new() };
	tz_box_vec boxes = { 0 };

	(void)state;
	for (size_t i = 0; i < 500; i++) {
		struct tz_box box = {
			.sport_hi = 0xffff,
			.dport_hi = 0xffff,
			.mac = TZ_ENTRY_MAC | i,
			.hit = (uint64_t)(i + 1) << TZ_HIT_ORDER_SHIFT |
			       (uint64_t)TZ_ACT_DROP_COUNT
				       << TZ_HIT_ACTION_SHIFT,
		};

		tz_vec_push(plan.arena, &boxes, box);
	}
	memset(&tz_tables, 0, sizeof(tz_tables));
	assert_true(tz_tree_build(&plan, TZ_IPV4, &boxes, tz_tables[0].whole));
	copy_entries(&plan.families[0], TZ_IPV4);
	for (size_t i = 0; i < 500; i++) {
		struct tz_scratch s = { .key = { .mac = i } };

		assert_int_equal(TZ_HIT_ORDER(tz_find4(&s.key, 0, 0)), i + 1);
	}
	tz_arena_free(plan.arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(trees_find_what_a_scan_finds),
		cmocka_unit_test(long_leaf_is_searched_whole),
	};

	bpf_loop = loop_here;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
