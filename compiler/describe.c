/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a compilation tells of its rules: each rule's fit, and how much of what
 * the rules drop a program at XDP can drop, measured on packets drawn from
 * them.
 */
#include "compile.h"

#include <stdlib.h>
#include <string.h>

#include "ir/ct.h"
#include "ir/heads.h"
#include "ir/limits.h"
#include "ir/sample.h"
#include "opt/report.h"

/* Rules that sampling may evaluate in all, and packets at the most. */
#define WORK_MAX 20000000u
#define SAMPLES_MAX 4000u

size_t tamiz_n_rules(const struct tamiz *t)
{
	if (t->frames)
		return t->frames->rules.n;
	return t->ir ? t->ir->counted.n : 0;
}

static const char *policy_name(const struct tz_ir_chain *chain)
{
	return chain->policy == TZ_IR_DROP ? "DROP" : "ACCEPT";
}

static struct tamiz_rule describe_policy(const struct tamiz *t,
					 const struct tz_ir_chain *chain)
{
	struct tz_place place = tz_sources_find(t->sources, chain->span.begin);
	bool is_ingress = t->plan && chain->table != TZ_TABLE_NAT &&
			  (t->plan->of_ir_chain[chain->index * 2] ||
			   t->plan->of_ir_chain[chain->index * 2 + 1]);

	return (struct tamiz_rule){
		.family = chain->family,
		.table = tz_table_name(chain->table),
		.chain = chain->name,
		.file = place.source ? place.source->name : "",
		.line = place.line,
		.text = policy_name(chain),
		.target = policy_name(chain),
		.is_ingress = is_ingress,
		.offload = is_ingress ? TAMIZ_EXACT : TAMIZ_IMPOSSIBLE,
		.replace = is_ingress ? TAMIZ_EXACT : TAMIZ_IMPOSSIBLE,
		.offload_why = is_ingress ? "" : tz_report_not_ingress,
		.replace_why = is_ingress ? "" : tz_report_not_ingress,
		.tracked = is_ingress ? TAMIZ_EXACT : TAMIZ_IMPOSSIBLE,
		.tracked_why = is_ingress ? "" : tz_report_not_ingress,
	};
}

struct tamiz_rule tamiz_rule(const struct tamiz *t, size_t i)
{
	if (t->frames)
		return tz_frames_rule(t, i);

	const struct tz_ir_counted *c = &t->ir->counted.at[i];
	struct tamiz_rule out = describe_policy(t, c->chain);

	if (!c->rule)
		return out;

	struct tz_place place =
		tz_sources_find(t->sources, c->rule->span.begin);

	out.number = (unsigned int)c->rule->index + 1;
	out.file = place.source ? place.source->name : "";
	out.line = place.line;
	out.text = c->rule->text;
	out.target = c->rule->target;
	out.comment = c->rule->comment;
	out.is_own = c->rule->is_own;
	if (!t->plan)
		return out;

	struct tz_report r = tz_report_rule(t->plan, c->rule);

	for (const struct tz_ir_match *m = c->rule->matches; m; m = m->next)
		out.keeps_state |= m->kind == TZ_IR_OPAQUE && m->opaque.state &&
				   tz_plan_find_state(t->plan, m->opaque.state);
	out.is_ingress = r.is_ingress;
	out.writes = tz_ir_rule_writes(c->rule);
	out.offload = (enum tamiz_fit)r.offload;
	out.replace = (enum tamiz_fit)r.replace;
	out.offload_why = r.offload_why;
	out.replace_why = r.replace_why;
	out.tracked = (enum tamiz_fit)r.tracked;
	out.tracked_why = r.tracked_why;
	return out;
}

static enum tz_truth is_false(void *arg, const struct tz_ir_match *m)
{
	(void)arg;
	(void)m;
	return TZ_FALSE;
}

/* Judges one packet on one way: by the rules, and as XDP may. */
static void judge(const struct tamiz *t, const struct tz_heads *heads,
		  const struct tz_packet *packet, enum tz_route route,
		  struct tamiz_summary *s)
{
	const struct tz_plan_options *o = &t->plan_options;
	struct tz_eval_options concrete = {
		.backend = o->backends[TZ_BACKEND_LEGACY] ? TZ_BACKEND_LEGACY
							  : TZ_BACKEND_NFT,
		.ifname = o->ifname ? o->ifname : "",
		.context = { .heads = heads },
		.opaque = is_false,
	};
	struct tz_possible_options possible = {
		.backends = { o->backends[0], o->backends[1] },
		.ifname = concrete.ifname,
		.context = { .heads = heads },
		.ct = o->ct[tz_family_index(packet->family)],
		.has_nat = o->has_nat[tz_family_index(packet->family)],
		.may_merge = true,
		.udp_merges = o->udp_merges,
		.fragments_drop = o->fragments_drop,
		.routes = { [TZ_ROUTE_INPUT] = route == TZ_ROUTE_INPUT,
			    [TZ_ROUTE_FORWARD] = route == TZ_ROUTE_FORWARD },
	};
	struct tz_eval_result result = { 0 };

	/* as of one that no connection is known for */
	if (possible.ct.is_on)
		concrete.context.ct_states =
			tz_ct_of(packet, &possible.ct).states;
	tz_eval_verdict(t->ir, packet, route, &concrete, &result);
	s->sampled++;
	if (!result.is_dropped || result.is_answered_above)
		return;
	s->dropped_by_rules++;
	if (tz_eval_possible(t->ir, packet, &possible) == TZ_MAY_DROP)
		s->dropped_by_xdp++;
}

/*
 * Rules that a packet may meet in @chain, at most TZ_EVAL_STEPS_MAX: chains
 * that are called twice count twice. @known by index of the chain; 0: not yet.
 * The depth of calls is bounded by tz_ir_verify.
 */
static uint32_t steps_of(const struct tz_ir_chain *chain, uint32_t *known)
{
	uint32_t *steps = &known[chain->index];

	if (*steps)
		return *steps;

	uint32_t sum = 1;

	for (size_t i = 0; i < chain->rules.n; i++) {
		const struct tz_ir_chain *called = chain->rules.at[i]->chain;

		sum += 1 + (called ? steps_of(called, known) : 0);
		if (sum > TZ_EVAL_STEPS_MAX)
			sum = TZ_EVAL_STEPS_MAX;
	}
	*steps = sum;
	return sum;
}

/* How many packets may be judged for WORK_MAX. */
static size_t n_samples(const struct tamiz *t, struct tz_arena *arena)
{
	const struct tz_ir *ir = t->ir;
	uint32_t *known = tz_new_array(arena, uint32_t, ir->chains.n);
	size_t n_steps = 1;

	for (size_t i = 0; i < ir->chains.n; i++)
		if (ir->chains.at[i]->hook != TZ_HOOK_NONE)
			n_steps += steps_of(ir->chains.at[i], known);

	size_t n = WORK_MAX / n_steps;

	return n < SAMPLES_MAX ? n : SAMPLES_MAX;
}

static void sample(const struct tamiz *t, enum tz_family family,
		   struct tamiz_summary *s)
{
	struct tz_arena *arena = tz_arena_new();
	size_t n = n_samples(t, arena);
	struct tz_sample_options options = {
		.seed = 1,
		.family = family,
		.ifname = t->plan_options.ifname,
		.avoids_martians = true,
	};
	struct tz_sampler *sampler = tz_sampler_new(arena, t->ir, &options);
	struct tz_sample_frame *frame = tz_new(arena, struct tz_sample_frame);
	const struct tz_heads *heads = tz_heads_new(arena, t->ir);

	for (size_t i = 0; i < n; i++) {
		struct tz_packet packet;

		tz_sampler_next(sampler, frame);
		if (tz_packet_parse(frame->bytes, frame->len, NULL, &packet) ==
		    TZ_PACKET_UNFILTERED)
			continue;
		judge(t, heads, &packet, TZ_ROUTE_INPUT, s);
		judge(t, heads, &packet, TZ_ROUTE_FORWARD, s);
	}
	tz_arena_free(arena);
}

struct tamiz_summary tamiz_summary(struct tamiz *t)
{
	struct tamiz_summary s = { 0 };

	if (!t->plan && !t->frames)
		return s;
	for (size_t i = 0; i < tamiz_n_rules(t); i++) {
		struct tamiz_rule r = tamiz_rule(t, i);

		s.has_v4 |= r.family == 4;
		s.has_v6 |= r.family == 6;
		if (!r.number)
			continue;
		s.n_rules++;
		if (!r.is_ingress)
			continue;
		s.n_ingress++;
		s.n_exact += r.offload == TAMIZ_EXACT;
		s.n_partial += r.offload == TAMIZ_PARTIAL;
		s.n_impossible += r.offload == TAMIZ_IMPOSSIBLE;
	}
	s.has_nat = t->plan_options.has_nat[0] || t->plan_options.has_nat[1];
	if (s.has_v4)
		sample(t, TZ_IPV4, &s);
	if (s.has_v6)
		sample(t, TZ_IPV6, &s);
	return s;
}
