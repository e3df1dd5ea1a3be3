/* SPDX-License-Identifier: GPL-2.0-only */
/* Inside flow/: the number of an equal term or node, or a new one. */
#pragma once

#include "flow/flow.h"

uint32_t tz_flow_keep_term(struct tz_flow *flow, struct tz_term term);
/* The same, with what follows of it; it is not simplified. */
uint32_t tz_term_keep(struct tz_flow *flow, struct tz_term term);
uint32_t tz_flow_keep_node(struct tz_flow *flow, struct tz_flow_node node);
/* Whether @term, being of no use, need not be evaluated: see drops_loads. */
bool tz_term_is_dropped(const struct tz_flow *flow, uint32_t term);
/* a op b, as the terms compute it; false for a division by zero. */
bool tz_term_compute(enum tz_term_kind kind, uint32_t a, uint32_t b,
		     uint32_t *result);
