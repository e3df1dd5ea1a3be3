/* SPDX-License-Identifier: GPL-2.0-only */
/* What back ends offer: text from a plan. */
#pragma once

#include "lower/pcapf.h"
#include "opt/frame_table.h"
#include "opt/plan.h"

/*
 * The XDP program of @plan as C. With @is_standalone it includes nothing;
 * otherwise it needs <tamiz/rules.bpf.h> and what that includes.
 */
void tz_ebpf_emit(const struct tz_plan *plan, bool is_standalone,
		  struct tz_buf *out);

/* Where rules of expressions run. */
enum tz_frames_hook {
	TZ_FRAMES_AT_XDP,
	TZ_FRAMES_AT_TC,
	TZ_FRAMES_AT_TC_NET, /* of a device without a link header */
};

/*
 * ebpf/frames.c: rules of expressions as a program in C. Of @options it reads
 * what is to be logged.
 */
void tz_ebpf_frames(const struct tz_pcapf *pcapf,
		    const struct tz_frames_plan *plan, enum tz_frames_hook hook,
		    const struct tz_sources *sources,
		    const struct tz_plan_options *options, bool is_standalone,
		    struct tz_buf *out);
