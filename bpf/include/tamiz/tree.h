/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The layout of classification tables, shared by the compiler that builds
 * them (compiler/opt/tree.c) and the code that walks them (classify.bpf.h).
 *
 * A table answers "which is the first of these rules that takes the packet".
 * It is a few trees over one array of nodes. A node is one word: an inner
 * node takes a window of bits of one word of the packet's key and adds it to
 * the index of its first child; a leaf names a run of entries, sorted.
 */
#ifndef TAMIZ_TREE_H
#define TAMIZ_TREE_H

#include <linux/types.h>

/* Trees of a table; a rule's entry is in the one that fits its shape. */
#define TZ_TREE_PARTS 6
/* Inner nodes on the way from a root to a leaf, at most. */
#define TZ_TREE_DEPTH 12

/*
 * Node: leaf bit 63; lowest order in the subtree 62-41; inner: key word
 * 40-38, shift 37-32, bits 31-28, first child 27-0; leaf: entries 40-28,
 * first entry 27-0. The words of a key are addr[0..3] and l4.
 */
#define TZ_NODE_LEAF (1ull << 63)
#define TZ_NODE_ORDER_SHIFT 41
#define TZ_NODE_WORD_SHIFT 38
#define TZ_NODE_SHIFT_SHIFT 32
#define TZ_NODE_BITS_SHIFT 28
#define TZ_NODE_COUNT_SHIFT 28
#define TZ_NODE_INDEX_MASK 0xfffffffull
#define TZ_NODE_COUNT_MAX 0x1fff
#define TZ_NODE_BITS_MAX 15
#define TZ_KEY_L4 4

/* Orders begin at 1; the largest stands for "nothing here". */
#define TZ_ORDER_MAX 0x3fffffu

/*
 * What a matching entry means: order 63-42, action 41-38, target 37-22, rule
 * 21-0. 0: no entry matched.
 */
#define TZ_HIT_ORDER_SHIFT 42
#define TZ_HIT_ACTION_SHIFT 38
#define TZ_HIT_TARGET_SHIFT 22
#define TZ_HIT_RULE_MASK 0x3fffffull
#define TZ_HIT_TARGET_MAX 0xffff

#define TZ_HIT_ORDER(hit) ((__u32)((hit) >> TZ_HIT_ORDER_SHIFT))
#define TZ_HIT_ACTION(hit) ((hit) >> TZ_HIT_ACTION_SHIFT & 15)
#define TZ_HIT_TARGET(hit) ((hit) >> TZ_HIT_TARGET_SHIFT & TZ_HIT_TARGET_MAX)
#define TZ_HIT_RULE(hit) ((__u32)((hit)&TZ_HIT_RULE_MASK))

/* What happens when a rule's known matches hold. */
enum tz_action {
	TZ_ACT_PASS,   /* an effect, or not ours to judge: to the kernel */
	TZ_ACT_ACCEPT, /* may be accepted; counts nothing */
	TZ_ACT_ACCEPT_COUNT,
	TZ_ACT_DROP, /* hotdrop: counts nothing */
	TZ_ACT_DROP_COUNT,
	TZ_ACT_ANSWER, /* the same, and the sender is told `target` */
	TZ_ACT_RETURN,
	TZ_ACT_COUNT, /* counts and goes on */
	TZ_ACT_LOG,   /* the same, and what is dropped later is logged */
	TZ_ACT_MAYBE_LOG, /* its matches are unknown: does not count */
	TZ_ACT_JUMP,
	TZ_ACT_GOTO,
	/* An unknown match: happens or does not. */
	TZ_ACT_MAYBE_DROP, /* where that matters; what it tells is `target` */
	TZ_ACT_MAYBE_RETURN,
	TZ_ACT_MAYBE_JUMP,
	TZ_ACT_MAYBE_GOTO,
	TZ_N_ACTIONS
};

/*
 * An entry takes a packet when all of it holds. The mask of `l4` never covers
 * the ports, which are ranges: lo and how many follow. `mac`: 0, or
 * TZ_ENTRY_MAC with the source address to equal, or with TZ_ENTRY_MAC_NOT not
 * to equal.
 */
#define TZ_ENTRY_MAC (1ull << 63)
#define TZ_ENTRY_MAC_NOT (1ull << 62)

struct tz_entry4 {
	__u64 addr_mask, addr; /* src << 32 | dst */
	__u64 l4_mask, l4;
	__u16 sport, sport_more, dport, dport_more;
	__u64 mac;
	__u64 hit;
	__u64 pad;
};

struct tz_entry6 {
	__u64 addr_mask[4], addr[4];
	__u64 l4_mask, l4;
	__u16 sport, sport_more, dport, dport_more;
	__u64 mac;
	__u64 hit;
	__u64 pad[3];
};

/* The roots of one table: for whole packets, and for fragments and short ones.
 */
struct tz_roots {
	__u64 whole[TZ_TREE_PARTS];
	__u64 other[TZ_TREE_PARTS];
};

#endif
