/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Frames by rules of expressions, for `tamiz run`: each graph is followed over
 * what was captured. Rates run by the times of the capture.
 */
#include <tamiz/limit.h>

#include "compile.h"
#include "ir/packet.h"

struct tz_frames_run *tz_frames_run_new(struct tz_arena *arena,
					const struct tamiz *t)
{
	struct tz_frames_run *run = tz_new(arena, struct tz_frames_run);
	size_t n = t->frames->rules.n;

	run->rules = t->frames;
	run->limits = tz_new_array(arena, __u64, n);
	run->counted = tz_new_array(arena, uint32_t, n);
	run->maybe = tz_new_array(arena, uint32_t, n);
	return run;
}

/* Whether what @rule drops is over its rate; @next is the rule's own. */
static bool exceeds(const struct tz_pcapf_rule *rule, __u64 *next,
		    int64_t time_ns)
{
	__u64 step = 1000000000u / rule->rate;

	return !tz_limit_take(next, (__u64)time_ns, step,
			      step * (rule->burst - 1));
}

static void decide(struct tamiz_judgement *j, enum tamiz_verdict verdict,
		   size_t rule)
{
	j->verdict = verdict;
	j->rule = rule;
}

static void depend(struct tamiz_judgement *j, size_t rule, const char *why)
{
	j->verdict = TAMIZ_UNKNOWN;
	j->depends_on = rule;
	j->why = why;
}

/* What rule @i does with a frame that it takes; false: the next is asked. */
static bool take(struct tz_frames_run *run, size_t i, int64_t time_ns,
		 struct tamiz_judgement *j)
{
	const struct tz_pcapf_rule *rule = &run->rules->rules.at[i];

	if (rule->action == TZ_PCAPF_LIMIT && time_ns < 0) {
		depend(j, i, "the capture does not say when it came");
		run->maybe[j->n_maybe++] = (uint32_t)i;
		return true;
	}
	if (rule->action == TZ_PCAPF_LIMIT &&
	    !exceeds(rule, &run->limits[i], time_ns))
		return false;
	run->counted[j->n_counted++] = (uint32_t)i;
	if (rule->action == TZ_PCAPF_DROP || rule->action == TZ_PCAPF_LIMIT)
		decide(j, TAMIZ_DROP, i);
	else if (rule->action == TZ_PCAPF_ACCEPT)
		decide(j, TAMIZ_ACCEPT, i);
	else
		return false;
	return true;
}

static bool decides(const struct tz_pcapf_rule *rule)
{
	return rule->action != TZ_PCAPF_COUNT &&
	       rule->action != TZ_PCAPF_SAMPLE;
}

void tz_frames_judge(struct tz_frames_run *run, const struct tamiz_frame *frame,
		     struct tamiz_judgement *j)
{
	struct tz_filter_packet packet = {
		.frame = frame->bytes,
		.frame_len = frame->len,
		.net = TZ_ETH_LEN,
		.len = (uint32_t)frame->wire_len,
	};
	bool is_cut = frame->len < frame->wire_len;

	decide(j, TAMIZ_ACCEPT, TAMIZ_NO_RULE);
	j->counted = run->counted;
	j->maybe = run->maybe;
	j->why = "";
	j->ip_len =
		frame->wire_len > TZ_ETH_LEN ? frame->wire_len - TZ_ETH_LEN : 0;
	for (size_t i = 0; i < run->rules->rules.n; i++) {
		const struct tz_pcapf_rule *rule = &run->rules->rules.at[i];
		uint32_t answer;
		bool is_known =
			tz_flow_eval_known(rule->flow, &packet, &answer) ||
			!is_cut;

		if (is_known && answer && take(run, i, frame->time_ns, j))
			return;
		if (is_known)
			continue;
		run->maybe[j->n_maybe++] = (uint32_t)i;
		if (!decides(rule))
			continue;
		depend(j, i, "these bytes were not captured");
		return;
	}
}
