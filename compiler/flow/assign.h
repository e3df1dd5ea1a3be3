/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inside flow/, for decode.c: what the cells of the machine hold, as terms, and
 * how several of them are put into their variables at once.
 */
#pragma once

#include "flow/inline.h"

/* The variable of a cell has the cell's number. */
enum {
	TZ_CELL_A,
	TZ_CELL_X,
	TZ_CELL_M, /* and 15 more */
	TZ_N_CELLS = TZ_CELL_M + BPF_MEMWORDS
};

_Static_assert(TZ_N_CELLS <= TZ_FLOW_VARS, "each cell has a variable");

struct tz_flow_cells {
	uint32_t term[TZ_N_CELLS]; /* all begin as the constant 0 */
};

/* Whether whoever comes to @node has evaluated @term soon after. */
bool tz_flow_evaluates(const struct tz_flow *flow, uint32_t node,
		       uint32_t term);
/*
 * The node that gives the variables of @mask the values that their cells have
 * in @cells, all at once, and leads to @next. TZ_FLOW_NO_NODE: the values read
 * each other's variables in a ring, and no order is right.
 */
#define TZ_FLOW_NO_NODE UINT32_MAX
uint32_t tz_flow_assign(struct tz_flow *flow, struct tz_flow_live *live,
			uint32_t mask, const struct tz_flow_cells *cells,
			uint32_t next);
