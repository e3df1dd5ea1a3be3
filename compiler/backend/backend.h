/* SPDX-License-Identifier: GPL-2.0-only */
/* What back ends offer: text from a plan. */
#pragma once

#include "opt/plan.h"

/*
 * The XDP program of @plan as C. With @is_standalone it includes nothing;
 * otherwise it needs <tamiz/rules.bpf.h> and what that includes.
 */
void tz_ebpf_emit(const struct tz_plan *plan, bool is_standalone,
		  struct tz_buf *out);
