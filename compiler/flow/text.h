/* SPDX-License-Identifier: GPL-2.0-only */
/* Inside flow/: what print.c, parse.c and describe.c share. */
#pragma once

#include "flow/flow.h"

/* By kind of term; NULL where it is no arithmetic. */
extern const char *const tz_flow_term_signs[TZ_N_TERM_KINDS];
/* By kind of test. */
extern const char *const tz_flow_op_signs[TZ_FLOW_SET + 1];
/* In hex, but for single digits. */
void tz_flow_put_number(struct tz_buf *out, uint32_t k);
/* A term that is made of no others. */
void tz_flow_put_leaf(const struct tz_term *t, struct tz_buf *out);
/*
 * By node: its number among those that are reached, from 2 on, the root's being
 * the largest; 0: not reached. REJECT and ACCEPT, where reached, have 1.
 */
uint32_t *tz_flow_names(const struct tz_flow *flow);
