/* SPDX-License-Identifier: GPL-2.0-only */
/* How well a rule can be judged at the hook, per mode. */
#pragma once

#include "opt/plan.h"

enum tz_fit { TZ_FIT_EXACT, TZ_FIT_PARTIAL, TZ_FIT_IMPOSSIBLE };

struct tz_report {
	bool is_ingress; /* the plan reaches the rule's chain */
	enum tz_fit offload, replace;
	/* offload, of packets that the kernel has a connection for, too */
	enum tz_fit tracked;
	const char *offload_why, *replace_why, *tracked_why; /* "": exact */
};

/* Why nothing behind OUTPUT, POSTROUTING or in nat can be judged at XDP. */
extern const char tz_report_not_ingress[];

/* Makes room for the reports of @plan, which are found when asked for. */
void tz_report_begin(struct tz_plan *plan);
/* Of a rule of the plan's IR; reads as if the device were named. */
struct tz_report tz_report_rule(const struct tz_plan *plan,
				const struct tz_ir_rule *rule);
