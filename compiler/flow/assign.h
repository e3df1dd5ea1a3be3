/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inside flow/, for decode.c: what the cells of the machine hold, as terms, and
 * how several of them are put into their variables at once.
 */
#pragma once

#include "flow/flow.h"

/* The variable of a cell has the cell's number. */
enum {
	TZ_CELL_A,
	TZ_CELL_X,
	TZ_CELL_M, /* and 15 more */
	TZ_N_CELLS = TZ_CELL_M + BPF_MEMWORDS
};

struct tz_flow_cells {
	uint32_t term[TZ_N_CELLS]; /* all begin as the constant 0 */
};

/* Which variables of cells each term reads; grows with the terms. */
struct tz_flow_reads {
	const struct tz_flow *flow;
	TZ_VEC(uint32_t) of;
};

/* A bit for each variable. */
uint32_t tz_flow_reads(struct tz_flow_reads *reads, uint32_t term);
/* Whether whoever comes to @node has evaluated @term soon after. */
bool tz_flow_evaluates(const struct tz_flow *flow, struct tz_flow_reads *reads,
		       uint32_t node, uint32_t term);
/*
 * The node that gives the variables of @mask the values that their cells have
 * in @cells, all at once, and leads to @next.
 */
uint32_t tz_flow_assign(struct tz_flow *flow, struct tz_flow_reads *reads,
			uint32_t mask, const struct tz_flow_cells *cells,
			uint32_t next);
