/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The walk is that of eval.c as long as one way is open. An unknown match of a
 * rule that decides opens a second: from there on all ways are followed at
 * once, as in possible.c, and what is met may count or decide, or not.
 */
#include "ir/verdicts.h"

#include <string.h>

struct walk {
	struct tz_verdicts *v;
	struct tz_arena *arena;
	const struct tz_view *view;
	const struct tz_verdicts_options *options;
	const struct tz_ir_match *unknown; /* the first in this rule */
	/* what drops at once and is true all the same (SEMANTICS 2.3) */
	const struct tz_ir_match *drops_and_holds;
	uint32_t n_steps;
	bool is_routed;
	bool has_parted; /* other ways are open, or have ended */
	/* How a table may end: those that drop are in v already. */
	bool may_accept;
	uint32_t accepter;
};

static unsigned int assumed(struct walk *walk, const struct tz_ir_match *match,
			    unsigned int outcomes)
{
	const struct tz_verdicts_options *o = walk->options;

	switch (o->assume ? o->assume(o->arg, match) : TZ_UNKNOWN) {
	case TZ_FALSE:
		return TZ_OUTCOME_FALSE;
	case TZ_TRUE:
		return TZ_OUTCOME_TRUE;
	case TZ_UNKNOWN:
	case TZ_HOTDROP:
		break;
	}
	if (!walk->unknown)
		walk->unknown = match;
	return outcomes;
}

/* Whether @outcomes are more than one. */
static bool are_many(unsigned int outcomes)
{
	return outcomes & (outcomes - 1);
}

static unsigned int leaf_outcomes(void *arg, const struct tz_ir_match *leaf)
{
	struct walk *walk = arg;
	unsigned int outcomes = tz_view_outcomes(walk->view, leaf);

	if (outcomes & TZ_OUTCOME_HOTDROP &&
	    tz_view_holds_dropped(walk->view, leaf))
		walk->drops_and_holds = leaf;
	return are_many(outcomes) ? assumed(walk, leaf, outcomes) : outcomes;
}

static void decide(uint32_t *decider, uint32_t id)
{
	if (*decider == TZ_DECIDER_NONE)
		*decider = id;
	else if (*decider != id)
		*decider = TZ_DECIDER_MANY;
}

static void end(struct walk *walk, enum tz_ending ending, uint32_t id)
{
	if (ending == TZ_ENDS_ACCEPT) {
		walk->may_accept = true;
		decide(&walk->accepter, id);
		return;
	}
	walk->v->may[ending] = true;
	decide(&walk->v->deciders[ending], id);
}

static void count(struct walk *walk, uint32_t id, bool is_certain)
{
	if (is_certain && !walk->has_parted)
		tz_vec_push(walk->arena, &walk->v->counted, id);
	else
		tz_vec_push(walk->arena, &walk->v->maybe, id);
}

static void part(struct walk *walk, const struct tz_ir_rule *rule,
		 const struct tz_ir_match *unknown)
{
	walk->has_parted = true;
	if (walk->v->parting)
		return;
	walk->v->parting = rule;
	walk->v->unknown = unknown;
	walk->v->is_routed = walk->is_routed;
}

/* Whether the target lets somebody else decide about the packet. */
static bool hands_over(const struct tz_ir_rule *rule)
{
	static const char *const names[] = { "QUEUE", "NFQUEUE", "SYNPROXY",
					     "TPROXY" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(rule->target, names[i]))
			return true;
	return false;
}

/* Whether what is behind the rule depends on whether it matches. */
static bool is_deciding(const struct tz_ir_rule *rule)
{
	switch (rule->verdict) {
	case TZ_IR_CONTINUE:
	case TZ_IR_LOG:
	case TZ_IR_MODIFY:
		return false;
	case TZ_IR_OTHER:
		return hands_over(rule);
	case TZ_IR_ACCEPT:
	case TZ_IR_DROP:
	case TZ_IR_REJECT:
	case TZ_IR_RETURN:
	case TZ_IR_JUMP:
	case TZ_IR_GOTO:
		break;
	}
	return true;
}

/* Whether the packet may come back from @chain. */
static bool walk_chain(struct walk *walk, const struct tz_ir_chain *chain,
		       unsigned int depth);

/* The verdict where the matches may hold: may the next rule be met then? */
static bool apply(struct walk *walk, const struct tz_ir_rule *rule,
		  unsigned int depth, bool *may_return)
{
	switch (rule->verdict) {
	case TZ_IR_ACCEPT:
		end(walk, TZ_ENDS_ACCEPT, rule->id);
		return false;
	case TZ_IR_DROP:
		end(walk, TZ_ENDS_DROP, rule->id);
		return false;
	case TZ_IR_REJECT:
		end(walk, TZ_ENDS_REJECT, rule->id);
		return false;
	case TZ_IR_RETURN:
		*may_return = true;
		return false;
	case TZ_IR_JUMP:
		/* A full stack drops in the kernel too (10.7). */
		if (depth < TZ_IR_DEPTH_MAX)
			return walk_chain(walk, rule->chain, depth + 1);
		end(walk, TZ_ENDS_DROP, rule->id);
		return false;
	case TZ_IR_GOTO:
		*may_return |= walk_chain(walk, rule->chain, depth);
		return false;
	case TZ_IR_OTHER:
		if (!hands_over(rule))
			break;
		part(walk, rule, NULL);
		end(walk, TZ_ENDS_ACCEPT, rule->id);
		end(walk, TZ_ENDS_DROP, rule->id);
		break;
	case TZ_IR_MODIFY:
		if (!tz_view_target_drops(walk->view, rule))
			break;
		end(walk, TZ_ENDS_DROP, rule->id);
		return false;
	case TZ_IR_CONTINUE:
	case TZ_IR_LOG:
		break;
	}
	return true;
}

/*
 * A packet that is dropped at once: where the match that does so is true, and
 * the rest of the rule's may be, the rule counts and rejects all the same.
 */
static void hotdrop(struct walk *walk, const struct tz_ir_rule *rule,
		    bool is_certain)
{
	unsigned int rest = TZ_OUTCOME_FALSE;

	if (walk->drops_and_holds)
		rest = tz_outcome_of_all(walk->view,
					 walk->drops_and_holds->next,
					 leaf_outcomes, walk);
	if (rest & TZ_OUTCOME_TRUE)
		count(walk, rule->id, is_certain && !are_many(rest));
	if (rest & TZ_OUTCOME_TRUE && rule->verdict == TZ_IR_REJECT)
		end(walk, TZ_ENDS_REJECT, rule->id);
	if (rest == TZ_OUTCOME_TRUE && rule->verdict == TZ_IR_REJECT)
		return;
	if (are_many(rest))
		part(walk, rule, walk->unknown);
	walk->v->may_hotdrop = true;
	end(walk, TZ_ENDS_DROP, rule->id);
}

/* Whether the next rule may be met. */
static bool walk_rule(struct walk *walk, const struct tz_ir_rule *rule,
		      unsigned int depth, bool *may_return)
{
	unsigned int outcomes;

	walk->unknown = walk->drops_and_holds = NULL;
	outcomes = tz_outcome_of_all(walk->view, rule->matches, leaf_outcomes,
				     walk);
	if (are_many(outcomes) &&
	    (outcomes & TZ_OUTCOME_HOTDROP || is_deciding(rule)))
		part(walk, rule, walk->unknown);
	if (outcomes & TZ_OUTCOME_HOTDROP)
		hotdrop(walk, rule, outcomes == TZ_OUTCOME_HOTDROP);

	bool goes_on = outcomes & (TZ_OUTCOME_FALSE | TZ_OUTCOME_BREAK);

	if (outcomes & TZ_OUTCOME_TRUE) {
		count(walk, rule->id, outcomes == TZ_OUTCOME_TRUE);
		goes_on |= apply(walk, rule, depth, may_return);
	}
	return goes_on;
}

static bool walk_chain(struct walk *walk, const struct tz_ir_chain *chain,
		       unsigned int depth)
{
	bool may_return = false;

	for (size_t i = 0; i < chain->rules.n; i++) {
		if (walk->n_steps++ == TZ_EVAL_STEPS_MAX)
			walk->v->is_given_up = true;
		if (walk->v->is_given_up)
			return false;
		if (!walk_rule(walk, chain->rules.at[i], depth, &may_return))
			return may_return;
	}
	return true;
}

/* Where no way has dropped the packet, all of them meet again here. */
static void rejoin(struct walk *walk)
{
	if (walk->v->may[TZ_ENDS_DROP] || walk->v->may[TZ_ENDS_REJECT])
		return;
	walk->has_parted = false;
	walk->v->parting = NULL;
	walk->v->unknown = NULL;
}

static void walk_table(struct walk *walk, const struct tz_ir_chain *base)
{
	rejoin(walk);
	walk->may_accept = false;
	walk->accepter = TZ_DECIDER_NONE;
	if (!walk_chain(walk, base, 0))
		return;
	count(walk, base->policy_id, true);
	end(walk, base->policy == TZ_IR_DROP ? TZ_ENDS_DROP : TZ_ENDS_ACCEPT,
	    base->policy_id);
}

static void clear(struct tz_verdicts *v)
{
	for (int i = 0; i < TZ_N_ENDINGS; i++) {
		v->may[i] = false;
		v->deciders[i] = TZ_DECIDER_NONE;
	}
	v->may_hotdrop = v->is_given_up = v->is_routed = false;
	v->parting = NULL;
	v->unknown = NULL;
	v->counted.n = v->maybe.n = 0;
}

void tz_verdicts_find(struct tz_verdicts *v, struct tz_arena *arena,
		      const struct tz_way *way, const struct tz_view *pre,
		      const struct tz_view *post,
		      const struct tz_verdicts_options *options)
{
	struct walk walk = {
		.v = v,
		.arena = arena,
		.options = options,
		.may_accept = true,
		.accepter = TZ_DECIDER_NONE,
	};

	clear(v);
	for (int i = 0; i < TZ_N_WAY && walk.may_accept && !v->is_given_up;
	     i++) {
		if (!way->chains[i])
			continue;
		walk.is_routed = i >= TZ_N_PRE;
		walk.view = walk.is_routed ? post : pre;
		walk_table(&walk, way->chains[i]);
	}
	v->may[TZ_ENDS_ACCEPT] = walk.may_accept;
	v->deciders[TZ_ENDS_ACCEPT] = walk.accepter;
}
