/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From regions of frames to entries of tables. The EtherType says which table;
 * there every load has its place in the key, or the region is none. Entries
 * that differ by what the key has one bit for are one.
 */
#include "opt/frame_table.h"

#include <linux/if_ether.h>
#include <netinet/in.h>
#include <string.h>

#include <tamiz/abi.h>
#include <tamiz/frame.h>

struct end {
	uint8_t bit, len;
};

#define END(bit, len) { bit, len },
static const struct end ends_link[] = { TZ_FRAME_ENDS_LINK(END) },
			ends_ip4[] = { TZ_FRAME_ENDS_IPV4(END) },
			ends_arp[] = { TZ_FRAME_ENDS_ARP(END) },
			ends_ip6[] = { TZ_FRAME_ENDS_IPV6(END) },
			ends_behind[] = { TZ_FRAME_ENDS_BEHIND(END) };
#undef END

#define N(array) (sizeof(array) / sizeof((array)[0]))

/* A region while it becomes a box. */
struct work {
	const struct tz_frame_region *region;
	enum tz_frame_kind kind;
	uint32_t placed; /* loads that the box has, bits */
	struct tz_box box;
};

_Static_assert(TZ_FRAME_N_LOADS <= 32, "a bit per load");

static void require(struct work *w, uint64_t mask, uint64_t value)
{
	w->box.l4_mask |= mask;
	w->box.l4 |= value;
}

/* ---- loads ---- */

static const struct tz_frame_values *take(struct work *w,
					  enum tz_frame_load load)
{
	w->placed |= UINT32_C(1) << load;
	return &w->region->at[load];
}

/* Whether @load is known by bits, if at all. */
static bool is_masked(const struct work *w, enum tz_frame_load load)
{
	const struct tz_frame_values *v = &w->region->at[load];

	return v->mask == tz_frame_full(load) ||
	       (!v->lo && v->hi == tz_frame_full(load));
}

static bool put_address(struct work *w, const enum tz_frame_load *words,
			size_t n, tz_value *mask, tz_value *value)
{
	for (size_t i = 0; i < n; i++) {
		const struct tz_frame_values *v = take(w, words[i]);

		if (!is_masked(w, words[i]))
			return false;
		*mask = *mask << 32 | v->mask;
		*value = *value << 32 | v->value;
	}
	return true;
}

static bool put_byte(struct work *w, enum tz_frame_load load,
		     unsigned int shift)
{
	const struct tz_frame_values *v = take(w, load);

	require(w, (uint64_t)v->mask << shift, (uint64_t)v->value << shift);
	return is_masked(w, load);
}

static bool put_range(struct work *w, enum tz_frame_load load, uint16_t *lo,
		      uint16_t *hi)
{
	const struct tz_frame_values *v = take(w, load);

	*lo = (uint16_t)v->lo;
	*hi = (uint16_t)v->hi;
	return v->lo == v->hi || !v->mask;
}

/* The first byte of what the source port is the first two of. */
static bool put_first(struct work *w, enum tz_frame_load load)
{
	const struct tz_frame_values *v = take(w, load);
	uint16_t lo = (uint16_t)(v->lo << 8);
	uint16_t hi = (uint16_t)(v->hi << 8 | 0xff);

	if (lo > w->box.sport_lo)
		w->box.sport_lo = lo;
	if (hi < w->box.sport_hi)
		w->box.sport_hi = hi;
	return (v->lo == v->hi || !v->mask) &&
	       w->box.sport_lo <= w->box.sport_hi;
}

static bool put_mac(struct work *w, enum tz_frame_load high,
		    enum tz_frame_load low, tz_value *mask, tz_value *value)
{
	const struct tz_frame_values *h = take(w, high), *l = take(w, low);

	*mask = (tz_value)h->mask << 32 | l->mask;
	*value = (tz_value)h->value << 32 | l->value;
	return is_masked(w, high) && is_masked(w, low);
}

/* In the tables of addresses the source's, whole or not at all. */
static bool put_source_mac(struct work *w)
{
	tz_value mask, value;

	if (!put_mac(w, TZ_FRAME_ETH_SRC_HIGH, TZ_FRAME_ETH_SRC_LOW, &mask,
		     &value) ||
	    (mask && mask != tz_value_max(48)))
		return false;
	w->box.mac = mask ? TZ_ENTRY_MAC | (uint64_t)value : 0;
	return true;
}

/* Nothing is asked of loads that the box has no place for. */
static bool is_placed(const struct work *w)
{
	for (int i = 0; i < TZ_FRAME_N_LOADS; i++)
		if (!(w->placed >> i & 1) &&
		    !tz_frame_is_any(w->region, (enum tz_frame_load)i))
			return false;
	return true;
}

/* ---- how far the frame reaches ---- */

static bool put_end(struct work *w, uint32_t need, const struct end *ends,
		    size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (ends[i].len != need)
			continue;
		require(w, UINT64_C(1) << ends[i].bit,
			UINT64_C(1) << ends[i].bit);
		return true;
	}
	return false;
}

/* With an EtherType 14 bytes are there. */
static bool put_ends(struct work *w, const struct end *ends, size_t n)
{
	const struct tz_frame_region *r = w->region;

	return (r->need <= ETH_HLEN || put_end(w, r->need, ends, n)) &&
	       (!r->need_behind ||
		(w->kind == TZ_FRAME_IPV4 &&
		 put_end(w, r->need_behind, ends_behind, N(ends_behind))));
}

/* ---- tables ---- */

static bool put_link(struct work *w)
{
	const struct tz_frame_region *r = w->region;
	struct tz_box *box = &w->box;

	if (r->need_behind)
		return false;
	return (!r->need || put_end(w, r->need, ends_link, N(ends_link))) &&
	       put_range(w, TZ_FRAME_TYPE, &box->sport_lo, &box->sport_hi) &&
	       put_mac(w, TZ_FRAME_ETH_SRC_HIGH, TZ_FRAME_ETH_SRC_LOW,
		       &box->src_mask, &box->src) &&
	       put_mac(w, TZ_FRAME_ETH_DST_HIGH, TZ_FRAME_ETH_DST_LOW,
		       &box->dst_mask, &box->dst);
}

/* The one thing that fragments are asked. */
static bool put_fragment(struct work *w)
{
	const struct tz_frame_values *v = take(w, TZ_FRAME_FRAGMENT);

	if (v->mask)
		require(w, TZ_FRAME_UNFRAGMENTED, TZ_FRAME_UNFRAGMENTED);
	else if (v->lo)
		require(w, TZ_FRAME_UNFRAGMENTED, 0);
	return !v->mask || !v->lo;
}

static bool put_ip4(struct work *w)
{
	static const enum tz_frame_load src[] = { TZ_FRAME_SRC4 },
					dst[] = { TZ_FRAME_DST4 };
	struct tz_box *box = &w->box;

	return put_ends(w, ends_ip4, N(ends_ip4)) && put_fragment(w) &&
	       put_byte(w, TZ_FRAME_PROTO4, TZ_L4_PROTO_SHIFT) &&
	       put_byte(w, TZ_FRAME_FLAGS4, TZ_L4_FLAGS_SHIFT) &&
	       put_address(w, src, 1, &box->src_mask, &box->src) &&
	       put_address(w, dst, 1, &box->dst_mask, &box->dst) &&
	       put_range(w, TZ_FRAME_SPORT4, &box->sport_lo, &box->sport_hi) &&
	       put_first(w, TZ_FRAME_FIRST4) &&
	       put_range(w, TZ_FRAME_DPORT4, &box->dport_lo, &box->dport_hi);
}

static bool put_arp(struct work *w)
{
	static const enum tz_frame_load src[] = { TZ_FRAME_SRC_ARP },
					dst[] = { TZ_FRAME_DST_ARP };
	struct tz_box *box = &w->box;

	return put_ends(w, ends_arp, N(ends_arp)) &&
	       put_address(w, src, 1, &box->src_mask, &box->src) &&
	       put_address(w, dst, 1, &box->dst_mask, &box->dst);
}

static bool put_ip6(struct work *w)
{
	static const enum tz_frame_load src[] = { TZ_FRAME_SRC6_0,
						  TZ_FRAME_SRC6_1,
						  TZ_FRAME_SRC6_2,
						  TZ_FRAME_SRC6_3 },
					dst[] = { TZ_FRAME_DST6_0,
						  TZ_FRAME_DST6_1,
						  TZ_FRAME_DST6_2,
						  TZ_FRAME_DST6_3 };
	struct tz_box *box = &w->box;

	return put_ends(w, ends_ip6, N(ends_ip6)) &&
	       put_byte(w, TZ_FRAME_PROTO6, TZ_L4_PROTO_SHIFT) &&
	       put_byte(w, TZ_FRAME_FLAGS6, TZ_L4_FLAGS_SHIFT) &&
	       put_address(w, src, 4, &box->src_mask, &box->src) &&
	       put_address(w, dst, 4, &box->dst_mask, &box->dst) &&
	       put_range(w, TZ_FRAME_SPORT6, &box->sport_lo, &box->sport_hi) &&
	       put_first(w, TZ_FRAME_FIRST6) &&
	       put_range(w, TZ_FRAME_DPORT6, &box->dport_lo, &box->dport_hi);
}

static enum tz_frame_kind kind_of(const struct tz_frame_region *r)
{
	if (!tz_frame_is_one(r, TZ_FRAME_TYPE))
		return TZ_FRAME_OTHER;
	switch (r->at[TZ_FRAME_TYPE].lo) {
	case ETH_P_IP:
		return TZ_FRAME_IPV4;
	case ETH_P_ARP:
		return TZ_FRAME_ARP;
	case ETH_P_RARP:
		return TZ_FRAME_RARP;
	case ETH_P_IPV6:
		return TZ_FRAME_IPV6;
	default:
		return TZ_FRAME_OTHER;
	}
}

/* Only what is said of the link layer is in the table of that. */
static bool is_of_link(const struct tz_frame_region *r)
{
	for (int i = TZ_FRAME_TYPE + 1; i < TZ_FRAME_N_LOADS; i++)
		if (!tz_frame_is_any(r, (enum tz_frame_load)i))
			return false;
	return r->need <= ETH_HLEN;
}

static bool put(struct work *w, enum tz_frames_table *table)
{
	if (is_of_link(w->region)) {
		*table = TZ_FRAMES_LINK;
		return put_link(w);
	}
	w->kind = kind_of(w->region);
	if (w->kind == TZ_FRAME_OTHER)
		return false;
	take(w, TZ_FRAME_TYPE);
	if (!put_source_mac(w))
		return false;
	if (w->kind == TZ_FRAME_IPV6) {
		*table = TZ_FRAMES_IP6;
		return put_ip6(w);
	}
	*table = TZ_FRAMES_IP4;
	require(w, UINT64_C(3) << TZ_FRAME_KIND_SHIFT,
		(uint64_t)w->kind << TZ_FRAME_KIND_SHIFT);
	return w->kind == TZ_FRAME_IPV4 ? put_ip4(w) : put_arp(w);
}

/* ---- several that are one ---- */

static const struct fold {
	uint64_t mask, values[3];
	uint64_t bit; /* that says all of them; 0: they are all there are */
} folds[] = {
	{ UINT64_C(0xff) << TZ_L4_PROTO_SHIFT,
	  { (uint64_t)IPPROTO_TCP << TZ_L4_PROTO_SHIFT,
	    (uint64_t)IPPROTO_UDP << TZ_L4_PROTO_SHIFT,
	    (uint64_t)IPPROTO_SCTP << TZ_L4_PROTO_SHIFT },
	  TZ_FRAME_PORTS },
	{ UINT64_C(3) << TZ_FRAME_KIND_SHIFT,
	  { (uint64_t)TZ_FRAME_IPV4 << TZ_FRAME_KIND_SHIFT,
	    (uint64_t)TZ_FRAME_ARP << TZ_FRAME_KIND_SHIFT,
	    (uint64_t)TZ_FRAME_RARP << TZ_FRAME_KIND_SHIFT },
	  0 },
};

/* But for what @l4 has of them. */
static bool is_alike(const struct tz_box *a, const struct tz_box *b)
{
	return a->src_mask == b->src_mask && a->src == b->src &&
	       a->dst_mask == b->dst_mask && a->dst == b->dst &&
	       a->l4_mask == b->l4_mask && a->sport_lo == b->sport_lo &&
	       a->sport_hi == b->sport_hi && a->dport_lo == b->dport_lo &&
	       a->dport_hi == b->dport_hi && a->mac == b->mac;
}

/* The place of @like with @value instead in @boxes, or n. */
static size_t find(const tz_box_vec *boxes, const struct tz_box *like,
		   const struct fold *fold, uint64_t value)
{
	uint64_t l4 = (like->l4 & ~fold->mask) | value;
	size_t i = 0;

	while (i < boxes->n &&
	       (boxes->at[i].l4 != l4 || !is_alike(&boxes->at[i], like)))
		i++;
	return i;
}

static void remove_box(tz_box_vec *boxes, size_t i)
{
	memmove(&boxes->at[i], &boxes->at[i + 1],
		(--boxes->n - i) * sizeof(boxes->at[0]));
}

/* Makes one of @first and those that are like it; false: some are missing. */
static bool fold_box(tz_box_vec *boxes, const struct tz_box *first,
		     const struct fold *fold)
{
	const struct tz_box like = *first;
	size_t at = 0;

	if ((like.l4_mask & fold->mask) != fold->mask)
		return false;
	for (int k = 0; k < 3; k++) {
		at = find(boxes, &like, fold, fold->values[k]);
		if (at == boxes->n)
			return false;
	}
	boxes->at[at].l4_mask = (like.l4_mask & ~fold->mask) | fold->bit;
	boxes->at[at].l4 = (like.l4 & ~fold->mask) | fold->bit;
	for (int k = 0; k < 2; k++)
		remove_box(boxes, find(boxes, &like, fold, fold->values[k]));
	return true;
}

static void fold_boxes(tz_box_vec *boxes, const struct fold *fold)
{
	for (size_t i = 0; i < boxes->n;)
		i = fold_box(boxes, &boxes->at[i], fold) ? 0 : i + 1;
}

bool tz_frame_boxes(struct tz_arena *arena, const tz_frame_regions *regions,
		    uint64_t hit, tz_box_vec boxes[TZ_FRAMES_N_TABLES])
{
	tz_box_vec made[TZ_FRAMES_N_TABLES] = { 0 };

	for (size_t i = 0; i < regions->n; i++) {
		enum tz_frames_table table;
		struct work w = {
			.region = &regions->at[i],
			.box = { .sport_hi = 0xffff,
				 .dport_hi = 0xffff,
				 .hit = hit },
		};

		if (!put(&w, &table) || !is_placed(&w))
			return false;
		tz_vec_push(arena, &made[table], w.box);
	}
	for (int t = 0; t < TZ_FRAMES_N_TABLES; t++) {
		for (size_t i = 0; i < N(folds); i++)
			fold_boxes(&made[t], &folds[i]);
		for (size_t i = 0; i < made[t].n; i++)
			tz_vec_push(arena, &boxes[t], made[t].at[i]);
	}
	return true;
}
