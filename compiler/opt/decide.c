/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What follows from a rule whose matches are narrowed. An unknown match makes a
 * drop worthless (some completion does not drop), an accept certain enough
 * (some completion accepts), and a jump or return happen "maybe". A rule whose
 * effects the kernel or a person relies on becomes "pass": the packet goes up.
 */
#include "opt/narrow.h"

/* Bits of the key's l4 word (abi.h). */
#define L4_MERGEABLE (1ull << 8)
#define L4_OFFSET_EIGHT (1ull << 10)

/* A target of the nat table: nothing is lost with a packet that dies later. */
static bool translates_later(const struct tz_ir_rule *rule)
{
	return rule->is_nat && rule->owner->table == TZ_TABLE_NAT;
}

bool tz_decide_has_effect(const struct tz_ir_rule *rule)
{
	if (rule->verdict == TZ_IR_LOG || rule->verdict == TZ_IR_REJECT ||
	    (rule->verdict == TZ_IR_OTHER && !translates_later(rule)))
		return true;
	for (const struct tz_ir_match *m = rule->matches; m; m = m->next)
		if (tz_narrow_may_write(m))
			return true;
	return false;
}

/* What a rule does whose matches hold, or may hold. */
static bool action_of(const struct tz_plan *plan,
		      const struct tz_plan_chain *chain,
		      const struct tz_ir_rule *rule, bool maybe,
		      enum tz_action *action)
{
	switch (rule->verdict) {
	case TZ_IR_ACCEPT:
		*action = maybe ? TZ_ACT_ACCEPT : TZ_ACT_ACCEPT_COUNT;
		/* the ways that go on may have effects */
		if (maybe && chain->accepts_only_surely)
			*action = TZ_ACT_PASS;
		return true;
	case TZ_IR_DROP:
		*action = TZ_ACT_DROP_COUNT;
		return !maybe;
	case TZ_IR_RETURN:
		*action = maybe ? TZ_ACT_MAYBE_RETURN : TZ_ACT_RETURN;
		return true;
	case TZ_IR_JUMP:
		*action = maybe ? TZ_ACT_MAYBE_JUMP : TZ_ACT_JUMP;
		return true;
	case TZ_IR_GOTO:
		*action = maybe ? TZ_ACT_MAYBE_GOTO : TZ_ACT_GOTO;
		return true;
	case TZ_IR_CONTINUE:
	case TZ_IR_MODIFY:
		*action = TZ_ACT_COUNT;
		return !maybe;
	case TZ_IR_OTHER:
		/* a translation ends its table and is the flow's business */
		*action = translates_later(rule) ? TZ_ACT_ACCEPT : TZ_ACT_PASS;
		return true;
	case TZ_IR_LOG:
		*action =
			plan->options->is_replace ? TZ_ACT_COUNT : TZ_ACT_PASS;
		return !maybe || !plan->options->is_replace;
	case TZ_IR_REJECT:
		*action = TZ_ACT_PASS;
		return true;
	}
	return false;
}

static bool same_terms(const struct tz_term *a, const struct tz_term *b)
{
	for (; a && b; a = a->next, b = b->next) {
		if (a->kind != b->kind || a->field != b->field ||
		    a->is_negated != b->is_negated || a->mask != b->mask ||
		    a->value != b->value || !tz_set_equal(a->set, b->set) ||
		    !same_terms(a->alternatives, b->alternatives))
			return false;
	}
	return !a && !b;
}

/* Adds a decision, or widens the one before it of the same rule. */
static void push(struct tz_plan *plan, struct tz_plan_chain *chain,
		 struct tz_decision decision)
{
	if (chain->decisions.n) {
		struct tz_decision *last =
			&chain->decisions.at[chain->decisions.n - 1];

		if (last->rule == decision.rule &&
		    last->action == decision.action &&
		    last->l4_mask == decision.l4_mask &&
		    last->l4 == decision.l4 &&
		    same_terms(last->terms, decision.terms)) {
			last->situations |= decision.situations;
			return;
		}
	}
	tz_vec_push(plan->arena, &chain->decisions, decision);
}

static void decide_situation(struct tz_plan *plan, struct tz_plan_chain *chain,
			     const struct tz_ir_rule *rule,
			     enum tz_situation situation)
{
	struct tz_narrowing n = {
		.arena = plan->arena,
		.options = plan->options,
		.is_after_nat = chain->is_after_nat,
		.family = chain->ir->family,
		.situation = situation,
	};
	struct tz_decision d = { .rule = rule, .situations = situation };

	tz_narrow(&n, rule);
	d.terms = n.terms;
	if (n.hotdrop && !n.never) {
		d.action = TZ_ACT_DROP;
		push(plan, chain, d);
		return;
	}
	if (n.offset_eight_drops) {
		d.action = TZ_ACT_DROP;
		d.l4_mask = d.l4 = L4_OFFSET_EIGHT;
		push(plan, chain, d);
	}
	if (n.never)
		return;
	if (n.writes || n.is_uneven) {
		d.action = TZ_ACT_PASS;
		push(plan, chain, d);
		return;
	}
	if (n.has_merge) {
		struct tz_decision merged = d;

		merged.terms = tz_narrow_merged(&n);
		merged.l4_mask = merged.l4 = L4_MERGEABLE;
		d.l4_mask = L4_MERGEABLE;
		if (action_of(plan, chain, rule, true, &merged.action))
			push(plan, chain, merged);
	}
	if (action_of(plan, chain, rule, n.maybe, &d.action))
		push(plan, chain, d);
}

void tz_decide(struct tz_plan *plan, struct tz_plan_chain *chain,
	       const struct tz_ir_rule *rule)
{
	decide_situation(plan, chain, rule, TZ_SIT_WHOLE);
	decide_situation(plan, chain, rule, TZ_SIT_SHORT);
	decide_situation(plan, chain, rule, TZ_SIT_STUB);
	decide_situation(plan, chain, rule, TZ_SIT_FRAGMENT);
}
