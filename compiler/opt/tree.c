/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Builds classification trees (tree.h) over boxes.
 *
 * Boxes are parted by which of their fields are narrow, since one wide box
 * among narrow ones would be copied into every child. Each part is then cut:
 * a node takes the window of key bits that leaves the shortest lists, until a
 * list fits a leaf. A list ends at a box that takes the node's whole region.
 * The idea of cutting is that of HyperCuts (Singh et al., SIGCOMM 2003), the
 * parting that of EffiCuts (Vamanan et al., SIGCOMM 2010).
 */
#include "opt/plan.h"

#include <string.h>

#define LEAF_WANTED 8
#define ROOT_BITS 10
#define NODE_BITS 8
#define SAMPLE 256
/* Copies of a box that cutting may make, on average over a table. */
#define COPIES_MAX 24

/* Which part of the packet's space a node stands for. */
struct region {
	tz_value src, dst; /* masks of the bits that are known */
	uint64_t l4;       /* likewise */
	uint16_t sport_lo, sport_hi, dport_lo, dport_hi;
};

enum dimension { BY_SRC, BY_DST, BY_PROTO, BY_SPORT, BY_DPORT };

struct window {
	enum dimension by;
	unsigned int shift; /* in the field */
	unsigned int bits;
};

struct builder {
	struct tz_plan *plan;
	enum tz_family family;
	const struct tz_box *boxes;
	size_t n_entries, entries_max;
	bool failed;
};

struct list {
	const uint32_t *at; /* indices of boxes, in order */
	size_t n;
};

static unsigned int ones(tz_value mask)
{
	return (unsigned int)(__builtin_popcountll((uint64_t)mask) +
			      __builtin_popcountll((uint64_t)(mask >> 64)));
}

static unsigned int part_of(const struct builder *b, const struct tz_box *box)
{
	unsigned int narrow = b->family == TZ_IPV4 ? 8 : 16;
	bool src = ones(box->src_mask) >= narrow;
	bool dst = ones(box->dst_mask) >= narrow;

	if (src && dst)
		return 0;
	if (dst)
		return 1;
	if (src)
		return 2;
	if (box->dport_hi - box->dport_lo < 256)
		return 3;
	return box->sport_hi - box->sport_lo < 256 ? 4 : 5;
}

static bool covers(const struct tz_box *box, const struct region *r)
{
	return !(box->src_mask & ~r->src) && !(box->dst_mask & ~r->dst) &&
	       !(box->l4_mask & ~r->l4) && box->sport_lo <= r->sport_lo &&
	       box->sport_hi >= r->sport_hi && box->dport_lo <= r->dport_lo &&
	       box->dport_hi >= r->dport_hi && !box->mac &&
	       !tz_action_goes_on((enum tz_action)TZ_HIT_ACTION(box->hit));
}

/*
 * The children of a window that a box falls into: those that agree with
 * @value on @fixed, or the run [lo, hi] for ports. False: none.
 */
struct cover {
	uint32_t fixed, value;
	uint32_t lo, hi;
	bool is_run;
};

static struct cover cover_port(uint16_t box_lo, uint16_t box_hi, uint16_t lo,
			       uint16_t hi, unsigned int shift,
			       unsigned int bits)
{
	uint32_t mask = (1u << bits) - 1;
	uint16_t from = box_lo > lo ? box_lo : lo;
	uint16_t to = box_hi < hi ? box_hi : hi;

	return (struct cover){
		.is_run = true,
		.lo = (uint32_t)from >> shift & mask,
		.hi = (uint32_t)to >> shift & mask,
	};
}

static struct cover cover_mask(tz_value mask, tz_value value,
			       const struct window *w)
{
	uint32_t window = (1u << w->bits) - 1;
	uint32_t fixed = (uint32_t)(mask >> w->shift) & window;

	return (struct cover){
		.fixed = fixed,
		.value = (uint32_t)(value >> w->shift) & fixed,
	};
}

static struct cover cover_of(const struct tz_box *box, const struct region *r,
			     const struct window *w)
{
	switch (w->by) {
	case BY_SRC:
		return cover_mask(box->src_mask, box->src, w);
	case BY_DST:
		return cover_mask(box->dst_mask, box->dst, w);
	case BY_PROTO:
		return cover_mask(box->l4_mask, box->l4, w);
	case BY_SPORT:
		return cover_port(box->sport_lo, box->sport_hi, r->sport_lo,
				  r->sport_hi, w->shift, w->bits);
	case BY_DPORT:
		break;
	}
	return cover_port(box->dport_lo, box->dport_hi, r->dport_lo,
			  r->dport_hi, w->shift, w->bits);
}

static bool covers_child(const struct cover *c, uint32_t child)
{
	if (c->is_run)
		return child >= c->lo && child <= c->hi;
	return (child & c->fixed) == c->value;
}

/* How good a window is: the expected length of a list below it; lower wins. */
static double window_cost(const struct builder *b, struct list list,
			  const struct region *r, const struct window *w)
{
	uint32_t counts[1 << ROOT_BITS] = { 0 }, wild = 0;
	uint32_t n_children = 1u << w->bits;
	size_t step = list.n > SAMPLE ? list.n / SAMPLE : 1, sampled = 0;
	double sum = 0, squares = 0;

	for (size_t i = 0; i < list.n; i += step, sampled++) {
		struct cover c = cover_of(&b->boxes[list.at[i]], r, w);

		if (!c.is_run && !c.fixed) {
			wild++;
			continue;
		}
		if (!c.is_run && c.fixed == n_children - 1) {
			counts[c.value]++;
			continue;
		}
		for (uint32_t k = 0; k < n_children; k++)
			counts[k] += covers_child(&c, k);
	}
	for (uint32_t k = 0; k < n_children; k++) {
		double count = counts[k] + wild;

		sum += count;
		squares += count * count;
	}
	if (sum > (double)sampled * 4 && sum > sampled + n_children)
		return 1e30; /* too many copies */
	return sum > 0 ? squares / sum * (double)list.n / (double)sampled
		       : 1e30;
}

struct choice {
	struct window window;
	double cost;
};

static void try_window(const struct builder *b, struct list list,
		       const struct region *r, struct window w,
		       struct choice *best)
{
	double cost = window_cost(b, list, r, &w);

	/* of equals the smaller one: less memory */
	if (cost < best->cost * 0.98)
		*best = (struct choice){ w, cost };
}

/* The highest bit of a port that differs within the region, plus one. */
static unsigned int open_bits(uint16_t lo, uint16_t hi)
{
	unsigned int bits = 0;

	for (unsigned int differ = lo ^ hi; differ; differ >>= 1)
		bits++;
	return bits;
}

static void try_port(const struct builder *b, struct list list,
		     const struct region *r, enum dimension by,
		     unsigned int bits, struct choice *best)
{
	unsigned int open = by == BY_SPORT
				    ? open_bits(r->sport_lo, r->sport_hi)
				    : open_bits(r->dport_lo, r->dport_hi);

	if (!open)
		return;
	if (bits > open)
		bits = open;
	try_window(b, list, r, (struct window){ by, open - bits, bits }, best);
}

static void try_address(const struct builder *b, struct list list,
			const struct region *r, enum dimension by,
			unsigned int bits, struct choice *best)
{
	unsigned int width = b->family == TZ_IPV4 ? 32 : 128;
	tz_value known = by == BY_SRC ? r->src : r->dst;

	for (unsigned int shift = 0; shift + bits <= width; shift += 4) {
		tz_value window = tz_value_max(bits) << shift;

		/* a window lies within one word of the key */
		if (known & window || shift / 64 != (shift + bits - 1) / 64)
			continue;
		try_window(b, list, r, (struct window){ by, shift, bits },
			   best);
	}
}

static struct choice choose_window(const struct builder *b, struct list list,
				   const struct region *r, unsigned int depth)
{
	unsigned int most = depth ? NODE_BITS : ROOT_BITS, wanted = 2;
	struct choice best = { .cost = (double)list.n * 0.8 };
	const struct window proto = { BY_PROTO, 24, 5 };

	while (wanted < most && (size_t)2 << wanted < list.n)
		wanted++;
	for (unsigned int bits = wanted > 4 ? wanted - 2 : 2; bits <= wanted;
	     bits += 2) {
		try_address(b, list, r, BY_DST, bits, &best);
		try_address(b, list, r, BY_SRC, bits, &best);
		try_port(b, list, r, BY_DPORT, bits, &best);
		try_port(b, list, r, BY_SPORT, bits, &best);
	}
	if (!(r->l4 >> 24 & 31))
		try_window(b, list, r, proto, &best);
	return best;
}

/* The part of a port's interval that is child @child of the window. */
static void narrow_port(uint16_t *lo, uint16_t *hi, const struct window *w,
			uint32_t child)
{
	uint32_t below = (1u << w->shift) - 1;
	uint32_t window = ((1u << w->bits) - 1) << w->shift;

	*lo = (uint16_t)((*lo & ~(window | below)) | child << w->shift);
	*hi = (uint16_t)(*lo | below);
}

static struct region child_region(const struct region *r,
				  const struct window *w, uint32_t child)
{
	struct region c = *r;
	tz_value bits = tz_value_max(w->bits) << w->shift;

	switch (w->by) {
	case BY_SRC:
		c.src |= bits;
		break;
	case BY_DST:
		c.dst |= bits;
		break;
	case BY_PROTO:
		c.l4 |= (uint64_t)bits;
		break;
	case BY_SPORT:
		narrow_port(&c.sport_lo, &c.sport_hi, w, child);
		break;
	case BY_DPORT:
		narrow_port(&c.dport_lo, &c.dport_hi, w, child);
		break;
	}
	return c;
}

/* A child of a node while the node's list is dealt out. */
struct child {
	struct region region;
	struct list list;
	uint32_t *room;   /* of list; NULL: it is only counted */
	bool is_complete; /* a box took all of the region */
};

static void give(struct child *child, uint32_t index, const struct tz_box *box)
{
	if (child->is_complete)
		return;
	if (child->room)
		child->room[child->list.n] = index;
	child->list.n++;
	child->is_complete = covers(box, &child->region);
}

/* One walk over the list: every box goes to the children it falls into. */
static void deal_out(const struct builder *b, struct list list,
		     const struct region *r, const struct window *w,
		     struct child *children)
{
	uint32_t window = (1u << w->bits) - 1;

	for (size_t i = 0; i < list.n; i++) {
		const struct tz_box *box = &b->boxes[list.at[i]];
		struct cover c = cover_of(box, r, w);
		uint32_t open = window & ~c.fixed, k = 0;

		if (c.is_run) {
			for (k = c.lo; k <= c.hi; k++)
				give(&children[k], list.at[i], box);
			continue;
		}
		do { /* the subsets of the bits that are not fixed */
			give(&children[c.value | k], list.at[i], box);
			k = (k - open) & open;
		} while (k);
	}
}

static struct child *make_children(const struct builder *b,
				   struct tz_arena *scratch, struct list list,
				   const struct region *r,
				   const struct window *w)
{
	uint32_t n = 1u << w->bits;
	struct child *children = tz_new_array(scratch, struct child, n);

	for (uint32_t k = 0; k < n; k++)
		children[k].region = child_region(r, w, k);
	deal_out(b, list, r, w, children);
	for (uint32_t k = 0; k < n; k++) {
		struct child *c = &children[k];

		c->list.at = c->room =
			tz_new_array(scratch, uint32_t, c->list.n);
		c->list.n = 0;
		c->is_complete = false;
	}
	deal_out(b, list, r, w, children);
	return children;
}

static uint64_t node_of(uint64_t order)
{
	return (order > TZ_ORDER_MAX ? TZ_ORDER_MAX : order)
	       << TZ_NODE_ORDER_SHIFT;
}

static uint64_t make_leaf(struct builder *b, struct list list)
{
	struct tz_plan_family *f =
		&b->plan->families[tz_family_index(b->family)];

	if (!list.n)
		return TZ_NODE_LEAF | node_of(TZ_ORDER_MAX);
	if (list.n > TZ_NODE_COUNT_MAX ||
	    f->entries.n + list.n > TZ_NODE_INDEX_MASK) {
		b->failed = true;
		return 0;
	}

	uint64_t leaf = TZ_NODE_LEAF |
			node_of(TZ_HIT_ORDER(b->boxes[list.at[0]].hit)) |
			(uint64_t)list.n << TZ_NODE_COUNT_SHIFT | f->entries.n;

	for (size_t i = 0; i < list.n; i++)
		tz_vec_push(b->plan->arena, &f->entries, &b->boxes[list.at[i]]);
	b->n_entries += list.n;
	return leaf;
}

/* Which word of the key a window reads, and from which bit. */
static void place_window(const struct builder *b, const struct window *w,
			 unsigned int *word, unsigned int *shift)
{
	bool is_v4 = b->family == TZ_IPV4;

	*word = TZ_KEY_L4;
	switch (w->by) {
	case BY_SRC:
	case BY_DST:
		*word = is_v4 ? 0 : (w->by == BY_DST) * 2u + (w->shift < 64);
		*shift = is_v4 ? w->shift + (w->by == BY_SRC) * 32u
			       : w->shift % 64;
		return;
	case BY_PROTO:
		*shift = w->shift;
		return;
	case BY_SPORT:
		*shift = w->shift + 48;
		return;
	case BY_DPORT:
		*shift = w->shift + 32;
		return;
	}
}

static bool same_list(struct list a, struct list b)
{
	return a.n == b.n && !memcmp(a.at, b.at, a.n * sizeof(*a.at));
}

static uint64_t build_node(struct builder *b, struct list list,
			   const struct region *r, unsigned int depth);

static uint64_t build_children(struct builder *b, struct list list,
			       const struct region *r, const struct window *w,
			       unsigned int depth)
{
	struct tz_arena *scratch = tz_arena_new();
	uint32_t n_children = 1u << w->bits;
	uint64_t first = b->plan->nodes.n, last = 0;
	unsigned int word, shift = 0;
	struct child *children = make_children(b, scratch, list, r, w);

	for (uint32_t k = 0; k < n_children; k++)
		tz_vec_push(b->plan->arena, &b->plan->nodes, 0);
	for (uint32_t k = 0; k < n_children && !b->failed; k++) {
		const struct child *c = &children[k];

		/* a leaf says nothing of its region: equal ones are shared */
		if (!k || !same_list(c->list, c[-1].list) ||
		    !(last & TZ_NODE_LEAF))
			last = build_node(b, c->list, &c->region, depth + 1);
		b->plan->nodes.at[first + k] = last;
	}
	tz_arena_free(scratch);
	if (b->plan->nodes.n > TZ_NODE_INDEX_MASK)
		b->failed = true;
	place_window(b, w, &word, &shift);
	return node_of(TZ_HIT_ORDER(b->boxes[list.at[0]].hit)) |
	       (uint64_t)word << TZ_NODE_WORD_SHIFT |
	       (uint64_t)shift << TZ_NODE_SHIFT_SHIFT |
	       (uint64_t)w->bits << TZ_NODE_BITS_SHIFT | first;
}

static uint64_t build_node(struct builder *b, struct list list,
			   const struct region *r, unsigned int depth)
{
	if (list.n <= LEAF_WANTED || depth >= TZ_TREE_DEPTH ||
	    b->n_entries > b->entries_max)
		return make_leaf(b, list);

	struct choice choice = choose_window(b, list, r, depth);

	if (!choice.window.bits)
		return make_leaf(b, list);
	return build_children(b, list, r, &choice.window, depth);
}

bool tz_tree_build(struct tz_plan *plan, enum tz_family family,
		   const tz_box_vec *boxes, __u64 roots[TZ_TREE_PARTS])
{
	static const struct region everything = {
		.sport_hi = 0xffff,
		.dport_hi = 0xffff,
	};
	struct tz_arena *scratch = tz_arena_new();
	struct builder b = {
		.plan = plan,
		.family = family,
		.boxes = boxes->at,
		.entries_max = 4096 + boxes->n * COPIES_MAX,
	};
	uint32_t *room = tz_new_array(scratch, uint32_t, boxes->n);

	for (unsigned int part = 0; part < TZ_TREE_PARTS; part++) {
		struct list list = { .at = room };

		for (size_t i = 0; i < boxes->n; i++)
			if (part_of(&b, &boxes->at[i]) == part)
				room[list.n++] = (uint32_t)i;
		roots[part] = build_node(&b, list, &everything, 0);
	}
	tz_arena_free(scratch);
	return !b.failed;
}
