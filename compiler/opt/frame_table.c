/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which rules of expressions go into tables, and the trees of these. All tables
 * are asked, and the first rule that any of them finds is the first of all.
 */
#include "opt/frame_table.h"

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

static bool add_boxes(struct tz_frames_plan *p, const struct tz_flow *flow,
		      bool is_whole, uint64_t hit,
		      tz_box_vec boxes[TZ_FRAMES_N_TABLES])
{
	struct tz_arena *scratch = tz_arena_new();
	tz_frame_regions regions = { 0 };
	bool fits = tz_frame_cover(scratch, flow, is_whole, &regions) &&
		    tz_frame_boxes(p->trees.arena, &regions, hit, boxes);

	tz_arena_free(scratch);
	return fits;
}

/* Keys are of frames with their tag: not for who asks for the tag apart. */
static bool is_added(struct tz_frames_plan *p, const struct tz_pcapf *pcapf,
		     size_t i, struct rows *rows)
{
	const struct tz_pcapf_rule *rule = &pcapf->rules.at[i];
	uint64_t hit = hit_of(p, pcapf, i);
	struct rows old = *rows;

	if (!rule->asks_tag &&
	    add_boxes(p, rule->flow, true, hit, rows->whole) &&
	    add_boxes(p, rule->flow, false, hit, rows->other))
		return true;
	*rows = old;
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

struct tz_frames_plan *tz_frames_plan(struct tz_arena *arena,
				      const struct tz_pcapf *pcapf)
{
	struct tz_frames_plan *p = new_plan(arena, pcapf);
	struct rows rows = { 0 };
	bool fits = true;

	for (size_t i = 0; i < pcapf->rules.n; i++) {
		p->is_in_table[i] = is_added(p, pcapf, i, &rows);
		p->n_in_table += p->is_in_table[i];
		p->goes_on |= p->is_in_table[i] &&
			      tz_action_goes_on(action_of(&pcapf->rules.at[i]));
	}
	if (p->n_in_table < TZ_FRAMES_TABLE_MIN)
		return new_plan(arena, pcapf);
	for (int t = 0; t < TZ_FRAMES_N_TABLES; t++)
		fits = fits && add_table(p, (enum tz_frames_table)t, &rows);
	return fits ? p : new_plan(arena, pcapf);
}
