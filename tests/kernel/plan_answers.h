/* SPDX-License-Identifier: GPL-2.0-only */
/* What programs of plan_random would tell the senders of what they drop. */
#pragma once

#include <tamiz/runtime.h>

#include "ir/eval.h"

/*
 * The program in @text drops what has one answer, whatever it is, and sends
 * none: the way back is not what is tested.
 */
void tz_plan_keep_answers(struct tz_buf *text);
/*
 * Whether the packet, which @program has just dropped, had the answer that all
 * completions give.
 */
bool tz_plan_answer_fits(const struct tamiz_program *program,
			 const struct tz_ir *ir, const struct tz_packet *packet,
			 const struct tz_possible_options *options);
