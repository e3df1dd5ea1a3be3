/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rules of expressions (.pcapf) in tables: those whose graphs ask nothing but
 * for values of header fields become entries, as many as there are, and one
 * search finds the first of them that takes a frame. The others are compared in
 * code. The keys are those of <tamiz/frame.h>.
 */
#pragma once

#include "lower/pcapf.h"
#include "opt/frame_region.h"
#include "opt/plan.h"

/* Up to so many such rules straight code is no slower. */
#define TZ_FRAMES_TABLE_MIN 24
/*
 * The same of rules behind which others are asked: a packet that several take
 * is looked up anew behind each, so they must be many, and narrow.
 */
#define TZ_FRAMES_GO_ON_MIN 64

enum tz_frames_table {
	TZ_FRAMES_IP4, /* and ARP, RARP */
	TZ_FRAMES_IP6,
	TZ_FRAMES_LINK,
	TZ_FRAMES_N_TABLES
};

struct tz_frames_plan {
	/*
	 * Its trees: an entry's order is the number of its rule, from 1, its
	 * target the number of the rate.
	 */
	struct tz_plan trees;
	bool *is_in_table; /* by rule */
	size_t n_in_table;
	bool goes_on;    /* behind some of them */
	bool asks_flags; /* of TCP over IPv4 */
	/* Of trees.tables; -1: none has entries in it. */
	int tables[TZ_FRAMES_N_TABLES];
	uint32_t *rates; /* by rule: how many LIMITs stand before */
};

struct tz_frames_plan *tz_frames_plan(struct tz_arena *arena,
				      const struct tz_pcapf *pcapf);

/* ---- between the files of opt/ ---- */

typedef TZ_VEC(struct tz_frame_region) tz_frame_regions;

/*
 * frame_cover.c: regions that together are what @flow takes, and no more; of
 * whole frames, or of all. False when it cannot be said so in few, or found out
 * in *steps, of which those that it took are taken.
 */
bool tz_frame_cover(struct tz_arena *arena, const struct tz_flow *flow,
		    bool is_whole, uint32_t *steps, tz_frame_regions *regions);
/*
 * frame_box.c: @regions, each a row of a table, with @hit. False when some of
 * them are none; then nothing was appended.
 */
bool tz_frame_boxes(struct tz_arena *arena, const tz_frame_regions *regions,
		    uint64_t hit, tz_box_vec boxes[TZ_FRAMES_N_TABLES]);
