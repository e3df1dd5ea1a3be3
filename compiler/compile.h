/* SPDX-License-Identifier: GPL-2.0-only */
/* One compilation, as the files of the public interface share it. */
#pragma once

#include <linux/types.h>
#include <tamiz/judge.h>

#include "ast/ast.h"
#include "base/diag.h"
#include "base/vec.h"
#include "cbpf/cbpf.h"
#include "flow/flow.h"
#include "ir/ir.h"
#include "lower/pcapf.h"
#include "opt/plan.h"

struct tamiz {
	struct tz_arena *arena;
	struct tz_sources *sources;
	TZ_VEC(enum tamiz_language) languages; /* of the sources */
	struct tz_diags *diags;
	struct tamiz_options options;
	struct tz_plan_options plan_options;
	struct tz_ir *ir;
	bool is_read; /* ir holds all rules, without errors */
	struct tz_plan *plan;
	struct tz_pcapf *frames; /* rules of expressions at XDP; NULL: none */
	/* Of filters. */
	const struct tz_flow *whole; /* as it was read; NULL: no filter yet */
	const struct tz_flow *flow;  /* optimised */
	struct tz_pcapf *lines;      /* of rule files of expressions, or NULL */
	struct tz_cbpf as_read;      /* the last source, if it was a program */
	struct tz_cbpf program;
	TZ_VEC(struct tz_xt_rule) xt_rules;
	TZ_VEC(const char *) xt_chains;
	struct tz_buf emitted[TAMIZ_N_EMITS];
};

/* language.c: AUTO becomes what the source is written in. */
enum tamiz_language tz_language_of(const struct tz_source *source,
				   enum tamiz_language said);

/*
 * filter.c: expressions and programs to classic BPF. Diagnostics say what is
 * wrong.
 */
void tz_filter_compile(struct tamiz *t);
/* Forms of filters; false: there is no such one. */
bool tz_filter_emit(const struct tamiz *t, enum tamiz_emit form,
		    struct tz_buf *out);

/* frames.c: whether the sources are rules of expressions; then all of these. */
bool tz_frames_are_there(const struct tamiz *t);
void tz_frames_compile(struct tamiz *t);
bool tz_frames_emit(const struct tamiz *t, enum tamiz_emit form,
		    struct tz_buf *out);
struct tamiz_rule tz_frames_rule(const struct tamiz *t, size_t i);

/* frames_judge.c: such rules over the frames of a capture, in their order. */
struct tz_frames_run {
	const struct tz_pcapf *rules;
	__u64 *limits;             /* by rule: tamiz/limit.h */
	uint32_t *counted, *maybe; /* of the last frame */
};
struct tz_frames_run *tz_frames_run_new(struct tz_arena *arena,
					const struct tamiz *t);
/* @j says what the frame is, or nothing where it is not IP. */
void tz_frames_judge(struct tz_frames_run *run, const struct tamiz_frame *frame,
		     struct tamiz_judgement *j);

/*
 * samples.c: from the rules' names in the options to counters in the plan's;
 * a name that no rule has is an error.
 */
void tz_samples_resolve(struct tamiz *t);
