/* SPDX-License-Identifier: GPL-2.0-only */
/* The way from a filter to the classic BPF program that is handed out. */
#pragma once

#include "backend/cbpf/cbpf_emit.h"

/*
 * As tz_cbpf_emit, after the passes of flow/: of several equal graphs the one
 * whose program is short and executes few instructions for a packet; the
 * shortest of them when the others exceed @max_insns.
 */
bool tz_cbpf_best(struct tz_arena *arena, const struct tz_flow *flow,
		  unsigned int max_insns, struct tz_cbpf *program,
		  size_t *needed);
/* How many instructions may be written for one less that is executed. */
#define TZ_CODE_STEP_COST 2
/* cost.c: instructions executed for a packet, about; @program is checked. */
double tz_cbpf_expected(struct tz_arena *arena, const struct tz_cbpf *program);
