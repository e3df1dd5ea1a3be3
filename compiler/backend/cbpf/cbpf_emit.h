/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Classic BPF from a flow graph: the shortest program that this back end knows
 * to make, with the same answer for every packet. The kernel takes it.
 */
#pragma once

#include "cbpf/cbpf.h"
#include "flow/flow.h"

/*
 * False when @flow cannot be written in @max_insns instructions; *needed (not
 * NULL) tells how many it takes, also on success. It is 0 when more variables
 * and temporaries are in use at a time than there is scratch memory.
 */
bool tz_cbpf_emit(struct tz_arena *arena, const struct tz_flow *flow,
		  unsigned int max_insns, struct tz_cbpf *program,
		  size_t *needed);
