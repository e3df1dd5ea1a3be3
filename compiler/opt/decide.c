/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What follows from a rule whose matches are narrowed. An unknown match makes a
 * drop worthless (some completion does not drop), an accept certain enough
 * (some completion accepts), and a jump or return happen "maybe". A rule whose
 * effects the kernel or a person relies on becomes "pass": the packet goes up.
 */
#include "opt/narrow.h"

#include <string.h>

/* A target of the nat table: nothing is lost with a packet that dies later. */
static bool translates_later(const struct tz_ir_rule *rule)
{
	return rule->is_nat && rule->owner->table == TZ_TABLE_NAT;
}

/* Whether the chain is walked to see what is not translated. */
static bool walks_nat(const struct tz_plan *plan,
		      const struct tz_plan_chain *chain)
{
	return plan->options->ct[tz_family_index(chain->ir->family)].walks_nat;
}

bool tz_decide_has_effect(const struct tz_ir_rule *rule)
{
	if (rule->verdict == TZ_IR_LOG || tz_ir_rejects_above(rule) ||
	    (rule->verdict == TZ_IR_OTHER && !translates_later(rule)))
		return true;
	for (const struct tz_ir_match *m = rule->matches; m; m = m->next)
		if (tz_narrow_may_write(m))
			return true;
	return false;
}

/*
 * Whether nothing can drop what the chain accepts, so that it need not count:
 * asked where there are states, by which a rule's matches hold, or may.
 */
static bool is_end(const struct tz_plan *plan,
		   const struct tz_plan_chain *chain)
{
	size_t family = tz_family_index(chain->ir->family);

	if (!plan->options->ct[family].is_on || plan->options->is_replace)
		return false;
	return chain->ir->table == TZ_TABLE_SECURITY ||
	       (chain->ir->table == TZ_TABLE_FILTER &&
		!plan->families[family].has_security);
}

/* Whether it matters that a way may end here, though it ends in a drop. */
static bool may_matter(const struct tz_plan *plan,
		       const struct tz_ir_rule *rule)
{
	return plan->states.n ||
	       plan->families[tz_family_index(rule->owner->family)].answers;
}

static bool reject(const struct tz_plan *plan, const struct tz_ir_rule *rule,
		   bool maybe, enum tz_action *action)
{
	*action = rule->answer == TZ_ANSWER_NONE ? TZ_ACT_DROP_COUNT
						 : TZ_ACT_ANSWER;
	if (maybe)
		*action = TZ_ACT_MAYBE_DROP;
	if (!rule->answers_here)
		*action = TZ_ACT_PASS;
	return !rule->answers_here || !maybe || may_matter(plan, rule);
}

/* What a rule does whose matches hold, or may hold. */
static bool action_of(const struct tz_plan *plan,
		      const struct tz_plan_chain *chain,
		      const struct tz_ir_rule *rule, bool maybe,
		      enum tz_action *action)
{
	switch (rule->verdict) {
	case TZ_IR_ACCEPT:
		*action = maybe || is_end(plan, chain) ? TZ_ACT_ACCEPT
						       : TZ_ACT_ACCEPT_COUNT;
		/* the ways that go on may have effects */
		if (maybe && chain->accepts_only_surely)
			*action = TZ_ACT_PASS;
		/* or translate, and that is all that is asked of nat */
		return !maybe || !chain->accepts_only_surely ||
		       chain->ir->table != TZ_TABLE_NAT;
	case TZ_IR_REJECT:
		return reject(plan, rule, maybe, action);
	case TZ_IR_DROP:
		*action = maybe ? TZ_ACT_MAYBE_DROP : TZ_ACT_DROP_COUNT;
		return !maybe || may_matter(plan, rule);
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
		*action = rule->is_logged ? TZ_ACT_LOG : TZ_ACT_COUNT;
		if (maybe && rule->is_logged)
			*action = TZ_ACT_MAYBE_LOG;
		return !maybe || rule->is_logged;
	case TZ_IR_OTHER:
		*action = TZ_ACT_PASS;
		/* a translation ends its table and is the flow's business */
		if (translates_later(rule) && !walks_nat(plan, chain))
			*action = TZ_ACT_ACCEPT;
		return true;
	case TZ_IR_LOG:
		*action =
			plan->options->is_replace ? TZ_ACT_COUNT : TZ_ACT_PASS;
		return !maybe || !plan->options->is_replace;
	}
	return false;
}

static bool same_terms(const struct tz_plan_term *a,
		       const struct tz_plan_term *b);

static bool same_term(const struct tz_plan_term *a,
		      const struct tz_plan_term *b)
{
	if (a->kind != b->kind || a->field != b->field)
		return false;
	switch (a->kind) {
	case TZ_TERM_IN:
		return tz_set_equal(a->set, b->set);
	case TZ_TERM_MASKED:
		return a->mask == b->mask && a->value == b->value &&
		       a->is_negated == b->is_negated;
	case TZ_TERM_ANY:
		return same_terms(a->alternatives, b->alternatives);
	case TZ_TERM_TEST:
		return a->test == b->test && a->result == b->result;
	case TZ_TERM_STATE:
		return a->state == b->state &&
		       a->state_result == b->state_result;
	}
	return false;
}

static bool same_terms(const struct tz_plan_term *a,
		       const struct tz_plan_term *b)
{
	for (; a && b; a = a->next, b = b->next)
		if (!same_term(a, b))
			return false;
	return !a && !b;
}

/* The terms as the plan keeps them: narrow.c makes more than are needed. */
static struct tz_plan_term *keep_terms(struct tz_arena *arena,
				       const struct tz_plan_term *terms)
{
	struct tz_plan_term *copy = NULL, **tail = &copy;

	for (const struct tz_plan_term *t = terms; t; t = t->next) {
		*tail = tz_new(arena, struct tz_plan_term);
		**tail = *t;
		if (t->kind == TZ_TERM_ANY)
			(*tail)->alternatives =
				keep_terms(arena, t->alternatives);
		(*tail)->next = NULL;
		tail = &(*tail)->next;
	}
	return copy;
}

/*
 * Adds a decision, or widens one of the same rule. They are of different
 * situations, so their order is of no matter.
 */
static void push(struct tz_plan *plan, struct tz_plan_chain *chain,
		 struct tz_decision decision)
{
	struct tz_plan_term *kept = NULL;

	for (size_t i = chain->decisions.n; i-- > 0;) {
		struct tz_decision *other = &chain->decisions.at[i];

		if (other->rule != decision.rule)
			break;
		if (!same_terms(other->terms, decision.terms))
			continue;
		kept = other->terms;
		if (other->action == decision.action &&
		    other->answer == decision.answer &&
		    other->l4_mask == decision.l4_mask &&
		    other->l4 == decision.l4) {
			other->situations |= decision.situations;
			return;
		}
	}
	decision.terms = kept ? kept : keep_terms(plan->arena, decision.terms);
	tz_vec_push(plan->arena, &chain->decisions, decision);
}

/*
 * A hotdrop of a match that negates: iptables-legacy takes it for true too,
 * and if the rest of the rule holds, counts it and runs its target (SEMANTICS
 * 2.3); then it drops.
 */
static enum tz_action drop_that_holds(const struct tz_plan *plan,
				      const struct tz_early *early,
				      const struct tz_ir_rule *rule)
{
	const bool *backends = plan->options->backends;

	if (plan->options->is_replace)
		return TZ_ACT_DROP_COUNT;
	if (!backends[TZ_BACKEND_LEGACY])
		return TZ_ACT_DROP;
	if (rule->is_logged || tz_decide_has_effect(rule) ||
	    tz_ir_answers(rule))
		return TZ_ACT_PASS;
	/* of both, neither is known to count it */
	if (backends[TZ_BACKEND_NFT])
		return TZ_ACT_DROP;
	if (!early->is_last)
		return TZ_ACT_PASS;
	return TZ_ACT_DROP_COUNT;
}

/* All terms of the rule, but for the test of @early its hotdrop. */
static struct tz_plan_term *terms_that_hold(const struct tz_narrowing *n,
					    const struct tz_early *early)
{
	const struct tz_plan_term *last = early->terms;
	struct tz_plan_term *copy = keep_terms(n->arena, n->terms);

	while (last->next)
		last = last->next;
	for (struct tz_plan_term *t = copy; t; t = t->next)
		if (t->kind == TZ_TERM_TEST && t->test == last->test)
			t->result = last->result;
	return copy;
}

/* A hotdrop behind what is unknown: of all packets, or of what is merged. */
static void push_maybe_hotdrop(struct tz_plan *plan,
			       struct tz_plan_chain *chain,
			       const struct tz_narrowing *n,
			       const struct tz_early *early,
			       struct tz_decision d)
{
	bool may_merge = n->has_merge || n->has_segment;

	if (!may_matter(plan, d.rule))
		return;
	d.terms = may_merge && !n->has_state ? tz_narrow_merged(n, early->terms)
					     : early->terms;
	if (early->is_merged)
		d.l4_mask = d.l4 =
			n->has_segment ? TZ_L4_SEGMENT : TZ_L4_MERGEABLE;
	d.action = TZ_ACT_MAYBE_DROP;
	push(plan, chain, d);
}

/*
 * What a test ends before the rest of the rule is asked: a hotdrop, of packets
 * that are as the kernel will see them, or a packet that cannot be judged.
 */
static void push_early(struct tz_plan *plan, struct tz_plan_chain *chain,
		       const struct tz_narrowing *n, struct tz_decision d)
{
	for (size_t i = 0; i < n->early.n; i++) {
		const struct tz_early *early = &n->early.at[i];

		d.terms = early->terms;
		d.l4_mask = d.l4 = 0;
		if (early->may_drop) {
			push_maybe_hotdrop(plan, chain, n, early, d);
			continue;
		}
		d.action = early->drops ? TZ_ACT_DROP : TZ_ACT_PASS;
		if (early->holds)
			d.action = drop_that_holds(plan, early, d.rule);
		if (d.action == TZ_ACT_DROP_COUNT && !early->is_last) {
			/* replace: it counts if the rest holds */
			d.terms = terms_that_hold(n, early);
			if (!n->never && !n->maybe)
				push(plan, chain, d);
			d.terms = early->terms;
			d.action = TZ_ACT_DROP;
		}
		bool is_certain = early->drops || n->has_state;

		if (early->is_of_segments || (is_certain && n->has_segment))
			d.l4_mask = TZ_L4_SEGMENT;
		else if (is_certain && n->has_merge)
			d.l4_mask = TZ_L4_MERGEABLE;
		if (!is_certain)
			d.terms = tz_narrow_merged(n, early->terms);
		push(plan, chain, d);
	}
}

/* The same of packets whose connection is known to begin with them. */
static bool action_for(const struct tz_plan *plan,
		       const struct tz_plan_chain *chain,
		       const struct tz_narrowing *n, bool maybe,
		       const struct tz_ir_rule *rule, enum tz_action *action)
{
	if (!n->kind.is_askable || !tz_ir_writes_connection(rule))
		return action_of(plan, chain, rule, maybe, action);
	*action = TZ_ACT_COUNT;
	return !maybe;
}

/*
 * The rule's action; before it, what follows where a test cannot tell. A rule
 * of which nothing can be told behind its terms is no different there.
 */
static void push_action(struct tz_plan *plan, struct tz_plan_chain *chain,
			const struct tz_narrowing *n, struct tz_decision d,
			bool maybe)
{
	bool passes = n->writes || n->is_uneven;
	struct tz_decision unsure;

	/* merged segments do not spend what single packets do */
	if (maybe && d.l4)
		passes |= n->has_state;

	d.action = TZ_ACT_PASS;
	unsure = d;
	unsure.answer = d.answer = d.rule->answer;
	if (n->unsure && (passes || action_for(plan, chain, n, true, d.rule,
					       &unsure.action))) {
		unsure.terms = tz_narrow_unsure(n, d.terms);
		push(plan, chain, unsure);
	}
	if (passes || action_for(plan, chain, n, maybe, d.rule, &d.action))
		push(plan, chain, d);
}

/* Targets that drop what is no whole TCP header (xt_TCPMSS.c and others). */
static bool target_may_drop(const struct tz_ir_rule *rule)
{
	return rule->verdict == TZ_IR_MODIFY &&
	       (!strcmp(rule->target, "TCPMSS") ||
		!strcmp(rule->target, "TCPOPTSTRIP") ||
		!strcmp(rule->target, "ECN"));
}

/* Where the kernel may drop the packet here, nothing is spent behind it. */
static void push_maybe_drop(struct tz_plan *plan, struct tz_plan_chain *chain,
			    const struct tz_narrowing *n, struct tz_decision d)
{
	bool may_merge = n->has_merge || n->has_segment;

	if (!n->may_drop && (n->never || !target_may_drop(d.rule)))
		return;
	d.terms = may_merge && !n->has_state ? tz_narrow_merged(n, n->terms)
					     : n->terms;
	d.action = TZ_ACT_MAYBE_DROP;
	push(plan, chain, d);
}

static void decide_kind(struct tz_plan *plan, struct tz_plan_chain *chain,
			const struct tz_ir_rule *rule,
			enum tz_situation situation,
			const struct tz_ct_kind *kind, struct tz_arena *scratch)
{
	struct tz_narrowing n = {
		.arena = scratch,
		.sets = plan->arena,
		.options = plan->options,
		.is_after_nat = chain->is_after_nat,
		.family = chain->ir->family,
		.situation = situation,
		.kind = *kind,
	};
	struct tz_decision d = { .rule = rule, .situations = situation };
	uint64_t split;

	tz_narrow(&n, rule);
	if (may_matter(plan, rule))
		push_maybe_drop(plan, chain, &n, d);
	push_early(plan, chain, &n, d);
	d.terms = n.terms;
	if (n.hotdrop && !n.never) {
		d.action = TZ_ACT_DROP;
		push(plan, chain, d);
		return;
	}
	if (n.offset_eight_drops) {
		d.action = TZ_ACT_DROP;
		d.l4_mask = d.l4 = TZ_L4_OFFSET_EIGHT;
		push(plan, chain, d);
	}
	if (n.never)
		return;
	split = n.has_segment ? TZ_L4_SEGMENT : TZ_L4_MERGEABLE;
	if (n.has_merge || n.has_segment) {
		struct tz_decision merged = d;

		merged.terms = tz_narrow_merged(&n, n.terms);
		merged.l4_mask = merged.l4 = split;
		d.l4_mask = split;
		push_action(plan, chain, &n, merged, true);
	}
	push_action(plan, chain, &n, d, n.maybe);
}

static bool same_decisions(const struct tz_plan_chain *a,
			   const struct tz_plan_chain *b)
{
	for (size_t i = 0; i < a->decisions.n && i < b->decisions.n; i++) {
		const struct tz_decision *x = &a->decisions.at[i];
		const struct tz_decision *y = &b->decisions.at[i];

		if (x->action != y->action || x->answer != y->answer ||
		    x->l4_mask != y->l4_mask || x->l4 != y->l4 ||
		    !same_terms(x->terms, y->terms))
			return false;
	}
	return a->decisions.n == b->decisions.n;
}

/* What the kinds in @wanted become: @draft, under masks that say them. */
static void push_kinds(struct tz_plan *plan, struct tz_plan_chain *chain,
		       const struct tz_plan_chain *draft,
		       const struct tz_ct_kinds *kinds, unsigned int wanted)
{
	struct tz_ct_cube cubes[TZ_CT_KINDS_MAX];
	size_t n = tz_ct_cover(kinds, wanted, cubes);

	for (size_t i = 0; draft->decisions.n && i < n; i++) {
		for (size_t j = 0; j < draft->decisions.n; j++) {
			struct tz_decision d = draft->decisions.at[j];

			d.l4_mask |= cubes[i].mask;
			d.l4 |= cubes[i].value;
			push(plan, chain, d);
		}
	}
}

/* Kinds of packets of which the same follows are one. */
static void decide_situation(struct tz_plan *plan, struct tz_plan_chain *chain,
			     const struct tz_ir_rule *rule,
			     enum tz_situation situation,
			     struct tz_arena *scratch)
{
	struct tz_plan_chain drafts[TZ_CT_KINDS_MAX];
	unsigned int wanted[TZ_CT_KINDS_MAX];
	struct tz_ct_kinds kinds;
	size_t n = 0;

	tz_ct_kinds_find(&kinds, plan->options, rule, chain->is_after_nat,
			 situation, false);
	if (kinds.n == 1) {
		decide_kind(plan, chain, rule, situation, &kinds.at[0],
			    scratch);
		return;
	}
	for (size_t i = 0; i < kinds.n; i++) {
		size_t same = 0;

		drafts[n] = *chain;
		memset(&drafts[n].decisions, 0, sizeof(drafts[n].decisions));
		decide_kind(plan, &drafts[n], rule, situation, &kinds.at[i],
			    scratch);
		while (!same_decisions(&drafts[same], &drafts[n]))
			same++;
		if (same == n)
			wanted[n++] = 0;
		wanted[same] |= 1u << i;
	}
	for (size_t i = 0; i < n; i++)
		push_kinds(plan, chain, &drafts[i], &kinds, wanted[i]);
}

void tz_decide(struct tz_plan *plan, struct tz_plan_chain *chain,
	       const struct tz_ir_rule *rule)
{
	static const enum tz_situation situations[] = {
		TZ_SIT_WHOLE, TZ_SIT_SHORT, TZ_SIT_STUB, TZ_SIT_FRAGMENT
	};
	struct tz_arena *scratch = tz_arena_new();

	for (size_t i = 0; i < sizeof(situations) / sizeof(situations[0]); i++)
		decide_situation(plan, chain, rule, situations[i], scratch);
	tz_arena_free(scratch);
}
