/* SPDX-License-Identifier: GPL-2.0-only */
/* Inside flow/, for decode.c: variables that are read at once need none. */
#pragma once

#include "flow/flow.h"

/* By node: the variables that some way from there reads; grows with them. */
struct tz_flow_live {
	TZ_VEC(uint32_t) at;
};

/*
 * The node that leads to @next with variable @var being @term. Where @var is
 * read by a few nodes only, those are copied with @term in its place.
 */
uint32_t tz_flow_set(struct tz_flow *flow, struct tz_flow_live *live,
		     uint32_t var, uint32_t term, uint32_t next);
