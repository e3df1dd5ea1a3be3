/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bytes that must stand one behind the other, compared in the fewest and
 * widest loads.
 */
#pragma once

#include "flow/flow.h"

#define TZ_RUN_MAX 256

struct tz_run {
	uint8_t bytes[TZ_RUN_MAX];
	uint8_t free[TZ_RUN_MAX]; /* bits that may differ */
	size_t n;
};

/* Where something stands: at the term's number, and k behind it. */
struct tz_run_at {
	uint32_t term, k;
};

void tz_run_push(struct tz_run *run, uint8_t byte, uint8_t free);
/* @n bytes of which nothing is known. */
void tz_run_push_any(struct tz_run *run, size_t n);
/* The node that goes to @yes where @run stands at @at, else to @no. */
uint32_t tz_run_compare(struct tz_flow *flow, const struct tz_run *run,
			struct tz_run_at at, uint32_t yes, uint32_t no);
