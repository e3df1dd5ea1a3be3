/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One concrete evaluation of a rule set, as net/ipv4/netfilter/ip_tables.c
 * and nf_tables_core.c do it: rules in order, matches left to right, a stack
 * of return points (SEMANTICS 7, 10). What is unknown is asked of the caller.
 */
#include "ir/eval.h"

#include <assert.h>

#include "ir/heads.h"

struct run {
	const struct tz_ir *ir;
	const struct tz_view *view;
	const struct tz_eval_options *options;
	struct tz_eval_result *result;
	uint32_t n_steps;
	/* what drops at once and is true all the same (SEMANTICS 2.3) */
	const struct tz_ir_match *drops_and_holds;
};

/* How a table, or a rule of it, ends. */
enum ending { GOES_ON, ACCEPTED, DROPPED };

static unsigned int ask(struct run *run, const struct tz_ir_match *match)
{
	assert(run->options->opaque);
	switch (run->options->opaque(run->options->arg, match)) {
	case TZ_FALSE:
		return TZ_OUTCOME_FALSE;
	case TZ_TRUE:
		return TZ_OUTCOME_TRUE;
	case TZ_HOTDROP:
		return TZ_OUTCOME_HOTDROP;
	case TZ_UNKNOWN:
		break;
	}
	assert(!"the value of an unknown match must be given");
	return TZ_OUTCOME_FALSE;
}

static unsigned int match_leaf(struct run *run, const struct tz_ir_match *match)
{
	if (match->kind == TZ_IR_OPAQUE && match->opaque.effect == TZ_IR_WRITES)
		run->result->has_effect = true;

	unsigned int outcome = tz_view_outcomes(run->view, match);

	if (outcome == TZ_OUTCOME_HOTDROP &&
	    tz_view_holds_dropped(run->view, match))
		run->drops_and_holds = match;
	if ((outcome & TZ_OUTCOME_UNKNOWN) == TZ_OUTCOME_UNKNOWN)
		return ask(run, match);
	return outcome;
}

static unsigned int match_one(struct run *run, const struct tz_ir_match *match);

/* The operands left to right, up to the first that is not @neutral. */
static unsigned int match_list(struct run *run, const struct tz_ir_match *first,
			       unsigned int neutral)
{
	for (; first; first = first->next) {
		unsigned int outcome = match_one(run, first);

		if (outcome != neutral)
			return outcome;
	}
	return neutral;
}

/* Nesting is bounded by tz_ir_verify. */
static unsigned int match_one(struct run *run, const struct tz_ir_match *match)
{
	switch (match->kind) {
	case TZ_IR_NOT: {
		unsigned int outcome = match_one(run, match->operands);

		return outcome & TZ_OUTCOME_UNKNOWN
			       ? outcome ^ TZ_OUTCOME_UNKNOWN
			       : outcome;
	}
	case TZ_IR_AND:
		return match_list(run, match->operands, TZ_OUTCOME_TRUE);
	case TZ_IR_OR:
		return match_list(run, match->operands, TZ_OUTCOME_FALSE);
	case TZ_IR_IN:
	case TZ_IR_MASKED:
	case TZ_IR_IFACE:
	case TZ_IR_HEADER:
	case TZ_IR_TEST:
	case TZ_IR_OPAQUE:
		break;
	}
	return match_leaf(run, match);
}

static void count(struct run *run, uint32_t id)
{
	struct tz_eval_result *result = run->result;

	if (result->n_counted < result->counted_max)
		result->counted[result->n_counted] = id;
	result->n_counted++;
}

static enum ending drop(struct run *run, uint32_t decider)
{
	run->result->is_dropped = true;
	run->result->decider = &run->ir->counted.at[decider];
	return DROPPED;
}

static enum ending end_with_policy(struct run *run,
				   const struct tz_ir_chain *base)
{
	count(run, base->policy_id);
	return base->policy == TZ_IR_DROP ? drop(run, base->policy_id)
					  : ACCEPTED;
}

/* Where evaluation stands: the next rule of a chain. */
struct place {
	const struct tz_ir_chain *chain;
	size_t index;
};

struct stack {
	struct place at[TZ_IR_DEPTH_MAX];
	size_t n;
};

/* The verdict of a rule whose matches hold; @place is the rule after it. */
static enum ending apply(struct run *run, const struct tz_ir_rule *rule,
			 struct place *place, struct stack *stack)
{
	switch (rule->verdict) {
	case TZ_IR_ACCEPT:
		return ACCEPTED;
	case TZ_IR_REJECT:
		run->result->is_rejected = true;
		run->result->is_answered_above = tz_ir_rejects_above(rule);
		run->result->answer = rule->answer;
		return drop(run, rule->id);
	case TZ_IR_DROP:
		return drop(run, rule->id);
	case TZ_IR_RETURN:
		place->index = place->chain->rules.n;
		break;
	case TZ_IR_JUMP:
		/* A full stack drops in the kernel too (10.7). */
		if (stack->n == TZ_IR_DEPTH_MAX)
			return drop(run, rule->id);
		stack->at[stack->n++] = *place;
		*place = (struct place){ rule->chain, 0 };
		break;
	case TZ_IR_GOTO:
		*place = (struct place){ rule->chain, 0 };
		break;
	case TZ_IR_OTHER:
		if (!run->view->is_new || !tz_ir_writes_connection(rule))
			run->result->has_effect = true;
		break;
	case TZ_IR_LOG:
		run->result->has_effect = true;
		break;
	case TZ_IR_MODIFY:
		if (!tz_view_target_drops(run->view, rule))
			break;
		return drop(run, rule->id);
	case TZ_IR_CONTINUE:
		break;
	}
	return GOES_ON;
}

/*
 * The rest of the rule's matches is asked; if they hold, the rule counts and
 * its target runs, whatever it says of the packet.
 */
static void hold_dropped(struct run *run, const struct tz_ir_rule *rule)
{
	const struct tz_ir_match *rest = run->drops_and_holds->next;

	if (match_list(run, rest, TZ_OUTCOME_TRUE) != TZ_OUTCOME_TRUE)
		return;
	count(run, rule->id);
	if (rule->verdict == TZ_IR_LOG || rule->verdict == TZ_IR_OTHER)
		run->result->has_effect = true;
	run->result->is_rejected = rule->verdict == TZ_IR_REJECT;
	run->result->is_answered_above = tz_ir_answers(rule);
}

static enum ending run_rule(struct run *run, const struct tz_ir_rule *rule,
			    struct place *place, struct stack *stack)
{
	switch (match_list(run, rule->matches, TZ_OUTCOME_TRUE)) {
	case TZ_OUTCOME_TRUE:
		count(run, rule->id);
		return apply(run, rule, place, stack);
	case TZ_OUTCOME_HOTDROP:
		run->result->is_dropped = true;
		if (run->drops_and_holds)
			hold_dropped(run, rule);
		return DROPPED;
	}
	return GOES_ON;
}

/* Returns at the end of a chain pop; at the bottom is the base chain. */
static enum ending run_table(struct run *run, const struct tz_ir_chain *base)
{
	struct stack stack;
	struct place place = { base, 0 };

	stack.n = 0;
	for (;;) {
		if (place.index == place.chain->rules.n) {
			if (!stack.n)
				return end_with_policy(run, base);
			place = stack.at[--stack.n];
			continue;
		}
		if (run->n_steps++ == TZ_EVAL_STEPS_MAX)
			return ACCEPTED;

		const struct tz_head *heads =
			tz_heads_of(run->view, place.chain);

		if (heads && tz_head_refuses(&heads[place.index], run->view)) {
			place.index++;
			continue;
		}

		const struct tz_ir_rule *rule =
			place.chain->rules.at[place.index++];
		enum ending ending = run_rule(run, rule, &place, &stack);

		if (ending != GOES_ON)
			return ending;
	}
}

struct tz_way tz_way_find(const struct tz_ir *ir, enum tz_family family,
			  enum tz_route route)
{
	struct tz_ir_chain *const(*base)[TZ_N_HOOKS] =
		ir->base[family == TZ_IPV6];
	enum tz_hook routed =
		route == TZ_ROUTE_INPUT ? TZ_HOOK_INPUT : TZ_HOOK_FORWARD;

	/* the kernel's order (SEMANTICS 10.1) */
	return (struct tz_way){ {
		base[TZ_TABLE_RAW][TZ_HOOK_PREROUTING],
		base[TZ_TABLE_MANGLE][TZ_HOOK_PREROUTING],
		NULL, /* nat gives no verdict */
		base[TZ_TABLE_MANGLE][routed],
		base[TZ_TABLE_FILTER][routed],
		base[TZ_TABLE_SECURITY][routed],
	} };
}

void tz_eval_way(const struct tz_ir *ir, const struct tz_way *way,
		 const struct tz_view *pre, const struct tz_view *post,
		 const struct tz_eval_options *options,
		 struct tz_eval_result *result)
{
	struct run run = { .ir = ir, .options = options, .result = result };

	result->is_dropped = false;
	result->is_rejected = false;
	result->is_answered_above = false;
	result->answer = TZ_ANSWER_NONE;
	result->has_effect = false;
	result->decider = NULL;
	result->n_counted = 0;
	for (int i = 0; i < TZ_N_WAY && !result->is_dropped; i++) {
		run.view = i < TZ_N_PRE ? pre : post;
		if (way->chains[i])
			run_table(&run, way->chains[i]);
	}
}

void tz_eval_verdict(const struct tz_ir *ir, const struct tz_packet *packet,
		     enum tz_route route, const struct tz_eval_options *options,
		     struct tz_eval_result *result)
{
	struct tz_way way = tz_way_find(ir, packet->family, route);
	struct tz_view pre, post;

	tz_view_init(&pre, packet, options->backend, options->ifname);
	tz_view_set_context(&pre, &options->context);
	post = pre;
	tz_view_set_route(&post, route);
	tz_eval_way(ir, &way, &pre, &post, options, result);
}
