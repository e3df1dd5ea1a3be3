/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From the terms of a decision to boxes: masks on addresses and the l4 word,
 * one range per port. Terms that one box cannot say (several intervals, a
 * negated mask) multiply the boxes; past TZ_BOXES_MAX the decision is better
 * compared in code. All of it happens on the stack: most decisions are one box.
 */
#include "opt/plan.h"

#include <assert.h>

#include <string.h>

#define L4_PROTO_SHIFT 24
#define L4_FLAGS_SHIFT 16
#define L4_SHORT 1ull
#define L4_FRAGMENT 2ull
#define L4_STUB 4ull

struct boxes {
	struct tz_box at[TZ_BOXES_MAX];
	size_t n;
};

struct product {
	enum tz_family family;
	struct boxes boxes;
	bool failed;
};

static void add_box(struct boxes *out, const struct tz_box *box, bool *failed)
{
	if (out->n < TZ_BOXES_MAX)
		out->at[out->n++] = *box;
	else
		*failed = true;
}

/* Copies what is in use only. */
static void copy_boxes(struct boxes *to, const struct boxes *from)
{
	to->n = from->n;
	memcpy(to->at, from->at, from->n * sizeof(from->at[0]));
}

/* Replaces every box by its combination with each of @n variants. */
typedef bool (*combine)(struct tz_box *box, const void *variant);

static void multiply(struct product *p, combine apply, const void *variants,
		     size_t size, size_t n)
{
	struct boxes out;

	out.n = 0;
	for (size_t i = 0; i < p->boxes.n && !p->failed; i++) {
		for (size_t j = 0; j < n; j++) {
			struct tz_box box = p->boxes.at[i];

			if (apply(&box, (const char *)variants + j * size))
				add_box(&out, &box, &p->failed);
		}
	}
	copy_boxes(&p->boxes, &out);
}

struct masked {
	enum tz_field field;
	tz_value mask, value;
};

/* Adds (value & mask) to a pair; false when it contradicts what is there. */
static bool merge_mask(tz_value *mask, tz_value *value, tz_value m, tz_value v)
{
	if (v & ~m || (*value ^ v) & *mask & m)
		return false;
	*mask |= m;
	*value |= v;
	return true;
}

static bool merge_l4(struct tz_box *box, uint64_t mask, uint64_t value)
{
	if (value & ~mask || (box->l4 ^ value) & box->l4_mask & mask)
		return false;
	box->l4_mask |= mask;
	box->l4 |= value;
	return true;
}

static bool takes_masks(enum tz_field field)
{
	return field == TZ_FIELD_SRC || field == TZ_FIELD_DST ||
	       field == TZ_FIELD_PROTO || field == TZ_FIELD_TCP_FLAGS;
}

static bool apply_mask(struct tz_box *box, const void *variant)
{
	const struct masked *m = variant;

	switch (m->field) {
	case TZ_FIELD_SRC:
		return merge_mask(&box->src_mask, &box->src, m->mask, m->value);
	case TZ_FIELD_DST:
		return merge_mask(&box->dst_mask, &box->dst, m->mask, m->value);
	case TZ_FIELD_PROTO:
		return merge_l4(box, (uint64_t)m->mask << L4_PROTO_SHIFT,
				(uint64_t)m->value << L4_PROTO_SHIFT);
	case TZ_FIELD_TCP_FLAGS:
		return merge_l4(box, (uint64_t)m->mask << L4_FLAGS_SHIFT,
				(uint64_t)m->value << L4_FLAGS_SHIFT);
	default:
		return false; /* takes_masks() keeps others away */
	}
}

static bool apply_port(struct tz_box *box, const void *variant,
		       uint16_t *box_lo, uint16_t *box_hi)
{
	const struct tz_interval *range = variant;
	uint16_t lo = (uint16_t)range->lo, hi = (uint16_t)range->hi;

	(void)box;
	if (lo > *box_lo)
		*box_lo = lo;
	if (hi < *box_hi)
		*box_hi = hi;
	return *box_lo <= *box_hi;
}

static bool apply_sport(struct tz_box *box, const void *variant)
{
	return apply_port(box, variant, &box->sport_lo, &box->sport_hi);
}

static bool apply_dport(struct tz_box *box, const void *variant)
{
	return apply_port(box, variant, &box->dport_lo, &box->dport_hi);
}

/* What a term's variants are; past their number the term has failed. */
#define VARIANTS_MAX 128

struct variants {
	struct masked at[VARIANTS_MAX];
	size_t n;
};

static void add_variant(struct variants *out, struct masked variant,
			bool *failed)
{
	if (out->n < VARIANTS_MAX)
		out->at[out->n++] = variant;
	else
		*failed = true;
}

/* Splits [lo, hi] of a field of @bits into prefixes. */
static void add_prefixes(struct product *p, enum tz_field field,
			 unsigned int bits, struct tz_interval range,
			 struct variants *out)
{
	tz_value lo = range.lo, max = tz_value_max(bits);

	for (;;) {
		unsigned int host = 0;
		tz_value size_less_one = 0;

		while (host < bits) {
			tz_value larger = size_less_one * 2 + 1;

			if (lo & larger || range.hi - lo < larger)
				break;
			size_less_one = larger;
			host++;
		}
		add_variant(out,
			    (struct masked){ field, max & ~size_less_one, lo },
			    &p->failed);
		if (lo + size_less_one >= range.hi || p->failed)
			return;
		lo += size_less_one + 1;
	}
}

/* ICMP: a set of types becomes ranges of type << 8 | code. */
static void apply_icmp_set(struct product *p, const struct tz_plan_term *term)
{
	struct tz_interval ranges[128]; /* no set of 8 bits has more */
	struct tz_set set = term->set;

	if (term->field == TZ_FIELD_ICMP_TYPE) {
		for (size_t i = 0; i < set.n; i++)
			ranges[i] = (struct tz_interval){
				set.at[i].lo << 8,
				set.at[i].hi << 8 | 255,
			};
		multiply(p, apply_dport, ranges, sizeof(ranges[0]), set.n);
		return;
	}

	/* a code: only under a single type, which stands before it */
	struct boxes out;

	out.n = 0;
	for (size_t i = 0; i < p->boxes.n; i++) {
		uint16_t type = p->boxes.at[i].dport_lo >> 8;

		if (p->boxes.at[i].dport_hi >> 8 != type) {
			p->failed = true;
			return;
		}
		for (size_t j = 0; j < set.n; j++) {
			struct tz_box box = p->boxes.at[i];
			struct tz_interval range = {
				(tz_value)type << 8 | set.at[j].lo,
				(tz_value)type << 8 | set.at[j].hi,
			};

			if (apply_dport(&box, &range))
				add_box(&out, &box, &p->failed);
		}
	}
	copy_boxes(&p->boxes, &out);
}

static void apply_mac_set(struct product *p, const struct tz_plan_term *term)
{
	struct tz_set set = term->set;
	uint64_t mac;

	if (set.n == 1 && set.at[0].lo == set.at[0].hi)
		mac = TZ_ENTRY_MAC | (uint64_t)set.at[0].lo;
	else if (set.n == 2 && set.at[0].hi + 2 == set.at[1].lo)
		mac = TZ_ENTRY_MAC | TZ_ENTRY_MAC_NOT |
		      (uint64_t)(set.at[0].hi + 1);
	else
		p->failed = true;
	for (size_t i = 0; !p->failed && i < p->boxes.n; i++) {
		p->failed = p->boxes.at[i].mac != 0;
		p->boxes.at[i].mac = mac;
	}
}

static void apply_set(struct product *p, const struct tz_plan_term *term)
{
	unsigned int bits = tz_field_bits(term->field, p->family);
	struct variants prefixes;

	switch (term->field) {
	case TZ_FIELD_SPORT:
		multiply(p, apply_sport, term->set.at, sizeof(*term->set.at),
			 term->set.n);
		return;
	case TZ_FIELD_DPORT:
		multiply(p, apply_dport, term->set.at, sizeof(*term->set.at),
			 term->set.n);
		return;
	case TZ_FIELD_ICMP_TYPE:
	case TZ_FIELD_ICMP_CODE:
		apply_icmp_set(p, term);
		return;
	case TZ_FIELD_MAC_SRC:
		apply_mac_set(p, term);
		return;
	default:
		break;
	}
	if (!takes_masks(term->field)) { /* no box says it */
		p->failed = true;
		return;
	}
	prefixes.n = 0;
	for (size_t i = 0; i < term->set.n && !p->failed; i++)
		add_prefixes(p, term->field, bits, term->set.at[i], &prefixes);
	multiply(p, apply_mask, prefixes.at, sizeof(*prefixes.at), prefixes.n);
}

/* Not equal under a mask: the first differing bit is one of its bits. */
static void apply_negated_mask(struct product *p,
			       const struct tz_plan_term *term)
{
	struct variants variants;
	tz_value above = 0;

	if (term->value & ~term->mask) /* never equal: no restriction */
		return;
	variants.n = 0;
	for (unsigned int bit = tz_field_bits(term->field, p->family);
	     bit-- > 0;) {
		tz_value one = (tz_value)1 << bit;

		if (!(term->mask & one))
			continue;
		add_variant(&variants,
			    (struct masked){ term->field, above | one,
					     (term->value & above) |
						     (~term->value & one) },
			    &p->failed);
		above |= one;
	}
	multiply(p, apply_mask, variants.at, sizeof(*variants.at), variants.n);
}

static void apply_terms(struct product *p, const struct tz_plan_term *terms);

static void apply_any(struct product *p, const struct tz_plan_term *term)
{
	struct boxes out;

	out.n = 0;
	for (const struct tz_plan_term *t = term->alternatives; t;
	     t = t->next) {
		struct product branch = { .family = p->family };
		struct tz_plan_term alone = *t;

		copy_boxes(&branch.boxes, &p->boxes);
		alone.next = NULL;
		apply_terms(&branch, &alone);
		p->failed |= branch.failed;
		for (size_t i = 0; !p->failed && i < branch.boxes.n; i++)
			add_box(&out, &branch.boxes.at[i], &p->failed);
	}
	copy_boxes(&p->boxes, &out);
}

static void apply_terms(struct product *p, const struct tz_plan_term *terms)
{
	for (const struct tz_plan_term *t = terms; t && !p->failed;
	     t = t->next) {
		struct masked m = { t->field, t->mask, t->value };

		switch (t->kind) {
		case TZ_TERM_IN:
			apply_set(p, t);
			break;
		case TZ_TERM_MASKED:
			if (!takes_masks(t->field))
				p->failed = true;
			else if (t->is_negated)
				apply_negated_mask(p, t);
			else
				multiply(p, apply_mask, &m, sizeof(m), 1);
			break;
		case TZ_TERM_ANY:
			apply_any(p, t);
			break;
		case TZ_TERM_TEST:
		case TZ_TERM_STATE:
			p->failed = true;
			break;
		}
	}
}

/*
 * Class bits for what the roots do not separate: a mask says any of these but
 * "stub or fragment", which segment.c takes apart.
 */
static void restrict_situations(struct tz_box *box, unsigned int situations)
{
	unsigned int others = situations & TZ_SIT_OTHER;

	assert(others != (TZ_SIT_STUB | TZ_SIT_FRAGMENT));
	if (!others || others == TZ_SIT_OTHER)
		return;
	if (!(others & TZ_SIT_FRAGMENT))
		box->l4_mask |= L4_FRAGMENT;
	if (!(others & TZ_SIT_STUB))
		box->l4_mask |= L4_STUB;
	if (others == TZ_SIT_FRAGMENT) {
		box->l4_mask |= L4_FRAGMENT;
		box->l4 |= L4_FRAGMENT;
	}
	if (others == TZ_SIT_STUB) {
		box->l4_mask |= L4_STUB;
		box->l4 |= L4_STUB;
	}
}

bool tz_box_decision(struct tz_arena *arena, enum tz_family family,
		     const struct tz_decision *decision, uint64_t hit,
		     tz_box_vec *out)
{
	struct product p;
	struct tz_box all = {
		.l4_mask = decision->l4_mask,
		.l4 = decision->l4,
		.sport_hi = 0xffff,
		.dport_hi = 0xffff,
		.hit = hit,
	};

	restrict_situations(&all, decision->situations);
	p.family = family;
	p.failed = false;
	p.boxes.at[0] = all;
	p.boxes.n = 1;
	apply_terms(&p, decision->terms);
	if (p.failed)
		return false;
	for (size_t i = 0; i < p.boxes.n; i++)
		tz_vec_push(arena, out, p.boxes.at[i]);
	return true;
}
