/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which rules of expressions go into tables, and the trees of these. All tables
 * are asked, and the first rule that any of them finds is the first of all.
 */
#include "opt/frame_table.h"

#include <netinet/in.h>

static enum tz_action action_of(const struct tz_pcapf_rule *rule)
{
	switch (rule->action) {
	case TZ_PCAPF_DROP:
		return TZ_ACT_DROP_COUNT;
	case TZ_PCAPF_ACCEPT:
		return TZ_ACT_ACCEPT_COUNT;
	case TZ_PCAPF_LIMIT:
		return TZ_ACT_MAYBE_DROP;
	case TZ_PCAPF_COUNT:
	case TZ_PCAPF_SAMPLE:
	case TZ_PCAPF_N_ACTIONS:
		break;
	}
	return TZ_ACT_COUNT;
}

_Static_assert(TZ_PCAPF_RULES_MAX <= TZ_HIT_TARGET_MAX,
	       "a hit has room for the number of a rate");

static uint64_t hit_of(const struct tz_frames_plan *p,
		       const struct tz_pcapf *pcapf, size_t i)
{
	return (uint64_t)(i + 1) << TZ_HIT_ORDER_SHIFT |
	       (uint64_t)action_of(&pcapf->rules.at[i]) << TZ_HIT_ACTION_SHIFT |
	       (uint64_t)p->rates[i] << TZ_HIT_TARGET_SHIFT | i;
}

/* Of one table: for whole frames, and for others. */
struct rows {
	tz_box_vec whole[TZ_FRAMES_N_TABLES], other[TZ_FRAMES_N_TABLES];
};

/* What all rules of a file may cost, in steps of frame_cover.c: a second. */
#define STEPS_MAX 8000000

/* Rules on their way into tables. */
struct work {
	struct tz_frames_plan *plan;
	const struct tz_pcapf *pcapf;
	struct rows rows;
	uint32_t steps;
	bool takes_going_on; /* rules behind which others are asked, too */
};

static bool add_boxes(struct work *w, size_t rule, bool is_whole,
		      tz_box_vec boxes[TZ_FRAMES_N_TABLES])
{
	struct tz_arena *scratch = tz_arena_new();
	tz_frame_regions regions = { 0 };
	bool fits = tz_frame_cover(scratch, w->pcapf->rules.at[rule].flow,
				   is_whole, &w->steps, &regions) &&
		    tz_frame_boxes(w->plan->trees.arena, &regions,
				   hit_of(w->plan, w->pcapf, rule), boxes);

	tz_arena_free(scratch);
	return fits;
}

/* Packets of one protocol, which is none that most are of. */
static bool is_rare(const struct tz_box *box)
{
	uint64_t proto = box->l4 >> TZ_L4_PROTO_SHIFT & 0xff;

	return (box->l4_mask >> TZ_L4_PROTO_SHIFT & 0xff) == 0xff &&
	       proto != IPPROTO_TCP && proto != IPPROTO_UDP;
}

static bool is_narrow(const struct tz_box *box, enum tz_frames_table table)
{
	/* MAC addresses are the last 48 of 128 bits */
	int least = table == TZ_FRAMES_IP4 ? 16 : 32;
	tz_value masks = box->src_mask | box->dst_mask;
	int bits = __builtin_popcountll((uint64_t)masks) +
		   __builtin_popcountll((uint64_t)(masks >> 64));

	return bits >= least || box->mac || is_rare(box) ||
	       box->sport_hi - box->sport_lo < 256 ||
	       box->dport_hi - box->dport_lo < 256;
}

/* Whether all boxes from @old on are. */
static bool are_narrow(const struct rows *rows, const struct rows *old)
{
	for (int t = 0; t < TZ_FRAMES_N_TABLES; t++)
		for (size_t i = old->whole[t].n; i < rows->whole[t].n; i++)
			if (!is_narrow(&rows->whole[t].at[i],
				       (enum tz_frames_table)t))
				return false;
	return true;
}

/* Keys are of frames with their tag: not for who asks for the tag apart. */
static bool add_rule(struct work *w, size_t i)
{
	const struct tz_pcapf_rule *rule = &w->pcapf->rules.at[i];
	bool goes_on = tz_action_goes_on(action_of(rule));
	struct rows old = w->rows;

	if (!rule->asks_tag && (!goes_on || w->takes_going_on) &&
	    add_boxes(w, i, true, w->rows.whole) &&
	    (!goes_on || are_narrow(&w->rows, &old)) &&
	    add_boxes(w, i, false, w->rows.other))
		return true;
	w->rows = old;
	return false;
}

static bool add_table(struct tz_frames_plan *p, enum tz_frames_table table,
		      const struct rows *rows)
{
	enum tz_family family = table == TZ_FRAMES_IP4 ? TZ_IPV4 : TZ_IPV6;
	struct tz_roots roots = { 0 };

	if (!rows->whole[table].n && !rows->other[table].n)
		return true;
	if (!tz_tree_build(&p->trees, family, &rows->whole[table],
			   roots.whole) ||
	    !tz_tree_build(&p->trees, family, &rows->other[table], roots.other))
		return false;
	for (size_t i = 0; i < rows->whole[TZ_FRAMES_IP4].n; i++)
		p->asks_flags |= rows->whole[TZ_FRAMES_IP4].at[i].l4_mask >>
					 TZ_L4_FLAGS_SHIFT &
				 0xff;
	p->tables[table] = (int)p->trees.tables.n;
	tz_vec_push(p->trees.arena, &p->trees.tables, roots);
	return true;
}

static void number_rates(struct tz_frames_plan *p, const struct tz_pcapf *pcapf)
{
	uint32_t n = 0;

	p->rates = tz_new_array(p->trees.arena, uint32_t, pcapf->rules.n);
	for (size_t i = 0; i < pcapf->rules.n; i++) {
		p->rates[i] = n;
		n += pcapf->rules.at[i].action == TZ_PCAPF_LIMIT;
	}
}

/* Nothing in tables. */
static struct tz_frames_plan *new_plan(struct tz_arena *arena,
				       const struct tz_pcapf *pcapf)
{
	struct tz_frames_plan *p = tz_new(arena, struct tz_frames_plan);

	p->trees.arena = arena;
	p->is_in_table = tz_new_array(arena, bool, pcapf->rules.n);
	for (int t = 0; t < TZ_FRAMES_N_TABLES; t++)
		p->tables[t] = -1;
	number_rates(p, pcapf);
	return p;
}

/* All rules that fit; returns how many of them go on. */
static size_t add_rules(struct work *w)
{
	struct tz_frames_plan *p = w->plan;
	size_t n_going_on = 0;

	for (size_t i = 0; i < w->pcapf->rules.n; i++) {
		p->is_in_table[i] = add_rule(w, i);
		p->n_in_table += p->is_in_table[i];
		n_going_on +=
			p->is_in_table[i] &&
			tz_action_goes_on(action_of(&w->pcapf->rules.at[i]));
	}
	p->goes_on = n_going_on;
	return n_going_on;
}

struct tz_frames_plan *tz_frames_plan(struct tz_arena *arena,
				      const struct tz_pcapf *pcapf)
{
	struct work w = {
		.plan = new_plan(arena, pcapf),
		.pcapf = pcapf,
		.steps = STEPS_MAX,
		.takes_going_on = true,
	};
	bool fits = true;
	size_t n = add_rules(&w);

	if (n && n < TZ_FRAMES_GO_ON_MIN) {
		w = (struct work){ .plan = new_plan(arena, pcapf),
				   .pcapf = pcapf,
				   .steps = STEPS_MAX };
		add_rules(&w);
	}
	if (w.plan->n_in_table < TZ_FRAMES_TABLE_MIN)
		return new_plan(arena, pcapf);
	for (int t = 0; t < TZ_FRAMES_N_TABLES; t++)
		fits = fits &&
		       add_table(w.plan, (enum tz_frames_table)t, &w.rows);
	return fits ? w.plan : new_plan(arena, pcapf);
}
