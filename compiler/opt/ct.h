/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inside opt/: packets by what is known of their connection. A program has, in
 * the l4 word of a packet, the states that it may be in and whether the kernel
 * is asked before it is dropped (bpf/include/tamiz/ct.bpf.h). These come in a
 * few combinations, the kinds; what a rule's matches answer is known for each.
 */
#pragma once

#include "opt/plan.h"

/* states 0: not known, and the kernel is not asked. */
struct tz_ct_kind {
	unsigned int states; /* TZ_CT_* */
	bool is_askable;
};

#define TZ_CT_KINDS_MAX 12

struct tz_ct_kinds {
	struct tz_ct_kind at[TZ_CT_KINDS_MAX];
	size_t n; /* at least 1 */
	/* states that programs show of all packets, be they of them or not */
	unsigned int shown;
};

/*
 * The kinds of packets that @rule may meet behind the raw table, in the
 * situation; one, unknown, where it makes no difference. @all: those too that
 * go up to the kernel whatever the rules say.
 */
void tz_ct_kinds_find(struct tz_ct_kinds *kinds,
		      const struct tz_plan_options *options,
		      const struct tz_ir_rule *rule, bool is_after_nat,
		      enum tz_situation situation, bool all);

/*
 * The same of packets for which the table has an entry, when all is told by it
 * but whether a segment fits its windows. Programs let them all go up.
 */
void tz_ct_tracked_find(struct tz_ct_kinds *kinds,
			const struct tz_plan_options *options,
			const struct tz_ir_rule *rule);

/* (l4 & mask) == value. */
struct tz_ct_cube {
	uint64_t mask, value;
};

/*
 * Masks that say the kinds in @wanted (bits by index) and no others of @kinds;
 * none holds together with another. Returns how many, at most @kinds->n.
 */
size_t tz_ct_cover(const struct tz_ct_kinds *kinds, unsigned int wanted,
		   struct tz_ct_cube *cubes);
