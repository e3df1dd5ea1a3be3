/* SPDX-License-Identifier: GPL-2.0-only */
/* How well each rule can be judged at the hook, in words. */
#include "opt/report.h"

const char tz_report_not_ingress[] = "not on a packet's way in";

/* What a verdict asks for that a program at XDP cannot do; NULL: nothing. */
static const char *verdict_obstacle(const struct tz_ir_rule *rule)
{
	switch (rule->verdict) {
	case TZ_IR_REJECT:
		return rule->answers_here ? NULL : "REJECT answers the sender";
	case TZ_IR_LOG:
		return "a person reads what this rule logs";
	case TZ_IR_MODIFY:
		return "the target changes the packet";
	case TZ_IR_OTHER:
		return "the target's verdict is not known here";
	case TZ_IR_CONTINUE:
	case TZ_IR_ACCEPT:
	case TZ_IR_DROP:
	case TZ_IR_RETURN:
	case TZ_IR_JUMP:
	case TZ_IR_GOTO:
		return NULL;
	}
	return NULL;
}

static struct tz_report find(const struct tz_plan *plan,
			     const struct tz_ir_rule *rule)
{
	struct tz_plan_chain **of = &plan->of_ir_chain[rule->owner->index * 2];
	bool knows_something;
	struct tz_report r = {
		.is_ingress =
			(of[0] || of[1]) && rule->owner->table != TZ_TABLE_NAT,
	};

	if (!r.is_ingress) {
		r.offload = r.replace = TZ_FIT_IMPOSSIBLE;
		r.offload_why = r.replace_why = tz_report_not_ingress;
		r.tracked = TZ_FIT_IMPOSSIBLE;
		r.tracked_why = tz_report_not_ingress;
		return r;
	}

	const char *obstacle = tz_narrow_obstacle(
		plan->options, rule, of[1] != NULL, &knows_something);

	r.offload_why = obstacle ? obstacle : "";
	if (obstacle)
		r.offload =
			knows_something ? TZ_FIT_PARTIAL : TZ_FIT_IMPOSSIBLE;

	r.tracked = r.offload;
	r.tracked_why = r.offload_why;
	if (!obstacle)
		obstacle =
			tz_narrow_tracked(plan->options, rule, of[1] != NULL);
	if (obstacle && r.offload == TZ_FIT_EXACT) {
		r.tracked = TZ_FIT_PARTIAL;
		r.tracked_why = obstacle;
	}

	struct tz_plan_options replace = *plan->options;

	replace.is_replace = true;
	obstacle = tz_narrow_obstacle(&replace, rule, of[1] != NULL,
				      &knows_something);
	if (!obstacle)
		obstacle = verdict_obstacle(rule);
	r.replace_why = obstacle ? obstacle : "";
	r.replace = obstacle ? TZ_FIT_IMPOSSIBLE : TZ_FIT_EXACT;
	return r;
}

void tz_report_begin(struct tz_plan *plan)
{
	plan->reports = tz_new_array(plan->arena, struct tz_report,
				     plan->ir->counted.n);
}

struct tz_report tz_report_rule(const struct tz_plan *plan,
				const struct tz_ir_rule *rule)
{
	struct tz_report *r = &plan->reports[rule->id];

	/* asked for by all who list the rules */
	if (!r->offload_why)
		*r = find(plan, rule);
	return *r;
}
