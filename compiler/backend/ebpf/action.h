/* SPDX-License-Identifier: GPL-2.0-only */
/* Inside backend/ebpf: the statements that a chain's function is made of. */
#pragma once

#include "backend/ebpf/emit.h"

struct tz_ebpf_printer {
	const struct tz_plan *plan;
	const struct tz_plan_chain *chain;
	struct tz_buf *out;
	bool has_maybe_return; /* the function keeps `back` */
	bool is_part;          /* not the chain's own function */
};

void tz_ebpf_line(struct tz_ebpf_printer *p, int depth, const char *text);
bool tz_ebpf_is_base(const struct tz_ebpf_printer *p);
/* A way ends in a drop: what its sender is told, a number or an expression. */
void tz_ebpf_ends(struct tz_ebpf_printer *p, int depth, const char *answer);
void tz_ebpf_leave(struct tz_ebpf_printer *p, int depth);
void tz_ebpf_call(struct tz_ebpf_printer *p, int depth,
		  const struct tz_plan_chain *target);
/* What follows a call of a chain whose verdict is in v. */
void tz_ebpf_after_call(struct tz_ebpf_printer *p, int depth,
			enum tz_action action);
/* In the nat table a packet may not count: its flow may have been there. */
bool tz_ebpf_action_counts(const struct tz_ebpf_printer *p,
			   enum tz_action action);
bool tz_ebpf_action_logs(enum tz_action action);
/*
 * The statements of an action but the call of a jump and what follows; @answer
 * is what ANSWER and MAYBE_DROP tell.
 */
void tz_ebpf_act(struct tz_ebpf_printer *p, int depth, enum tz_action action,
		 const char *answer);
