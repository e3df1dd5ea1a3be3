/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Walks the tables of tree.h. Generated code defines, before it includes this
 * file, the sizes of its data, all powers of two (so that a mask bounds every
 * index): TZ_N_ROOTS, TZ_N_NODES, TZ_N_ENTRIES4, TZ_N_ENTRIES6; a size of a
 * family that has no tables is not defined.
 *
 * The functions are global: the verifier looks at them once, not at each call.
 */
#ifndef TAMIZ_CLASSIFY_BPF_H
#define TAMIZ_CLASSIFY_BPF_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include <tamiz/abi.h>
#include <tamiz/tree.h>

#ifdef TZ_N_ROOTS

extern struct tz_roots tz_tables[TZ_N_ROOTS];
extern __u64 tz_nodes[TZ_N_NODES];

/* Entries of a leaf that are compared in line; a longer one calls. */
#define TZ_LEAF_INLINE 8
#define TZ_LEAF_MAX TZ_NODE_COUNT_MAX

/* From a root to the leaf of the packet; 0 when there is none. */
static __always_inline __u64 tz_find_leaf(const __u64 *words, __u64 node)
{
	for (int depth = 0; depth <= TZ_TREE_DEPTH; depth++) {
		if (node & TZ_NODE_LEAF)
			return node;

		__u64 word = words[node >> TZ_NODE_WORD_SHIFT & 7];
		__u32 bits = node >> TZ_NODE_BITS_SHIFT & 15;
		__u64 child = word >> (node >> TZ_NODE_SHIFT_SHIFT & 63) &
			      ((1u << bits) - 1);

		node = tz_nodes[(node + child) & TZ_NODE_INDEX_MASK &
				(TZ_N_NODES - 1)];
	}
	return 0;
}

static __always_inline int tz_ports_hold(__u64 l4, __u16 sport,
					 __u16 sport_more, __u16 dport,
					 __u16 dport_more)
{
	__u16 from_s = (__u16)(l4 >> TZ_L4_SPORT_SHIFT) - sport;
	__u16 from_d = (__u16)(l4 >> TZ_L4_DPORT_SHIFT) - dport;

	return from_s <= sport_more && from_d <= dport_more;
}

static __always_inline int tz_mac_holds(__u64 mac, __u64 wanted)
{
	if (!wanted)
		return 1;
	return (mac == (wanted & 0xffffffffffffull)) ==
	       !(wanted & TZ_ENTRY_MAC_NOT);
}

static __always_inline int tz_entry4_holds(const struct tz_packet_key *key,
					   const struct tz_entry4 *e)
{
	return !(((key->addr[0] ^ e->addr) & e->addr_mask) |
		 ((key->l4 ^ e->l4) & e->l4_mask)) &&
	       tz_ports_hold(key->l4, e->sport, e->sport_more, e->dport,
			     e->dport_more) &&
	       tz_mac_holds(key->mac, e->mac);
}

static __always_inline int tz_entry6_holds(const struct tz_packet_key *key,
					   const struct tz_entry6 *e)
{
	return !(((key->addr[0] ^ e->addr[0]) & e->addr_mask[0]) |
		 ((key->addr[1] ^ e->addr[1]) & e->addr_mask[1]) |
		 ((key->addr[2] ^ e->addr[2]) & e->addr_mask[2]) |
		 ((key->addr[3] ^ e->addr[3]) & e->addr_mask[3]) |
		 ((key->l4 ^ e->l4) & e->l4_mask)) &&
	       tz_ports_hold(key->l4, e->sport, e->sport_more, e->dport,
			     e->dport_more) &&
	       tz_mac_holds(key->mac, e->mac);
}

/*
 * The first entry of @table, in the order of the rules and behind @floor (an
 * order, 0 at first), that takes the packet: its hit, or 0.
 */
#define TZ_DEFINE_FIND(family, n_entries)                                      \
	extern struct tz_entry##family tz_entries##family[n_entries];          \
	struct tz_scan##family {                                               \
		const struct tz_packet_key *key;                               \
		__u64 best;                                                    \
		__u32 first, floor;                                            \
	};                                                                     \
	static long tz_scan_step##family(__u32 i, void *arg)                   \
	{                                                                      \
		struct tz_scan##family *scan = arg;                            \
		const struct tz_entry##family *e =                             \
			&tz_entries##family[(scan->first + i) &                \
					    ((n_entries)-1)];                  \
                                                                               \
		if (e->hit >= scan->best)                                      \
			return 1;                                              \
		if (TZ_HIT_ORDER(e->hit) <= scan->floor ||                     \
		    !tz_entry##family##_holds(scan->key, e))                   \
			return 0;                                              \
		scan->best = e->hit;                                           \
		return 1;                                                      \
	}                                                                      \
	static __always_inline __u64 tz_scan_long##family(                     \
		const struct tz_packet_key *key, __u64 leaf, __u64 best,       \
		__u32 floor)                                                   \
	{                                                                      \
		struct tz_scan##family scan = {                                \
			.key = key,                                            \
			.best = best,                                          \
			.first = (leaf & TZ_NODE_INDEX_MASK) + TZ_LEAF_INLINE, \
			.floor = floor,                                        \
		};                                                             \
		__u32 n = leaf >> TZ_NODE_COUNT_SHIFT & TZ_LEAF_MAX;           \
                                                                               \
		bpf_loop(n - TZ_LEAF_INLINE, tz_scan_step##family, &scan, 0);  \
		return scan.best;                                              \
	}                                                                      \
	static __always_inline __u64 tz_scan_leaf##family(                     \
		const struct tz_packet_key *key, __u64 leaf, __u64 best,       \
		__u32 floor)                                                   \
	{                                                                      \
		__u32 first = leaf & TZ_NODE_INDEX_MASK;                       \
		__u32 n = leaf >> TZ_NODE_COUNT_SHIFT & TZ_LEAF_MAX;           \
                                                                               \
		for (__u32 i = 0; i < TZ_LEAF_INLINE; i++) {                   \
			const struct tz_entry##family *e =                     \
				&tz_entries##family[(first + i) &              \
						    ((n_entries)-1)];          \
                                                                               \
			if (i >= n || e->hit >= best)                          \
				return best;                                   \
			if (TZ_HIT_ORDER(e->hit) > floor &&                    \
			    tz_entry##family##_holds(key, e))                  \
				return e->hit;                                 \
		}                                                              \
		if (n <= TZ_LEAF_INLINE)                                       \
			return best;                                           \
		return tz_scan_long##family(key, leaf, best, floor);           \
	}                                                                      \
	__noinline __u64 tz_find##family(const struct tz_packet_key *key,      \
					 __u32 table, __u32 floor)             \
	{                                                                      \
		__u64 best = ~0ull;                                            \
                                                                               \
		if (!key)                                                      \
			return 0;                                              \
                                                                               \
		const struct tz_roots *t =                                     \
			&tz_tables[table & (TZ_N_ROOTS - 1)];                  \
		const __u64 *roots = key->class ? t->other : t->whole;         \
                                                                               \
		for (int i = 0; i < TZ_TREE_PARTS; i++) {                      \
			__u64 node = roots[i];                                 \
                                                                               \
			if ((node >> TZ_NODE_ORDER_SHIFT & TZ_ORDER_MAX) >=    \
			    best >> TZ_HIT_ORDER_SHIFT)                        \
				continue;                                      \
			node = tz_find_leaf((const __u64 *)key, node);         \
			best = tz_scan_leaf##family(key, node, best, floor);   \
		}                                                              \
		return best == ~0ull ? 0 : best;                               \
	}

#ifdef TZ_N_ENTRIES4
TZ_DEFINE_FIND(4, TZ_N_ENTRIES4)
#endif
#ifdef TZ_N_ENTRIES6
TZ_DEFINE_FIND(6, TZ_N_ENTRIES6)
#endif

#endif /* TZ_N_ROOTS */

#endif
