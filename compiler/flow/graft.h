/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Filters made of filters: copies of a graph's nodes in another graph, with
 * other ends.
 */
#pragma once

#include "flow/flow.h"

/*
 * As an end: where it does not matter how the filter goes on. A test of which
 * one way leads there is none; what it loads may still fail.
 */
#define TZ_GRAFT_ANY UINT32_MAX

struct tz_graft {
	/* Nodes of the new graph, for returning something and 0; yes: or ANY */
	uint32_t yes, no;
	/*
	 * What ends a filter with 0, a load past the end or a division by zero,
	 * leads to @no as well, by tests of the length before it. Offsets from
	 * SKF_NET_OFF on are taken to be those of a socket's filter.
	 */
	bool guards;
	/* Instead of the old node @at and what is behind it: a new node. */
	bool has_instead;
	uint32_t at, instead;
};

/* The node of @into that is what @root is in @from. */
uint32_t tz_flow_graft(struct tz_flow *into, const struct tz_flow *from,
		       uint32_t root, const struct tz_graft *how);
