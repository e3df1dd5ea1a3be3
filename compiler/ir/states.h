/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What matches of model/state.def keep, in the interpreter: the kernel's
 * arithmetic as its sources have it, over a clock that the caller gives. It
 * shares nothing with the programs (bpf/include/tamiz/state*.bpf.h) but the
 * arguments.
 */
#pragma once

#include "ir/eval.h"

struct tz_moment {
	uint64_t jiffies;
	uint64_t ns; /* of CLOCK_MONOTONIC */
};

struct tz_states;

/* As after loading the rules of @ir into @kernel at @now. */
struct tz_states *tz_states_new(struct tz_arena *arena, const struct tz_ir *ir,
				const struct tz_state_kernel *kernel,
				struct tz_moment now);
/*
 * The answer of @m, an opaque match with a state, for @packet; what it spends
 * is spent. TZ_UNKNOWN where the match has none.
 */
enum tz_truth tz_states_ask(struct tz_states *states,
			    const struct tz_ir_match *m,
			    const struct tz_packet *packet,
			    enum tz_backend backend, struct tz_moment now);
