/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Collects the chains that ingress stands for (DESIGN 5): PREROUTING of raw
 * and mangle, INPUT and FORWARD of mangle, filter and security, and what they
 * reach. A chain that is reached before and after NAT is planned twice.
 */
#include "opt/plan.h"

#include <string.h>

static bool rule_has_effect(const struct tz_ir_rule *rule)
{
	if (rule->verdict == TZ_IR_LOG || rule->verdict == TZ_IR_REJECT ||
	    rule->verdict == TZ_IR_OTHER)
		return true;
	for (const struct tz_ir_match *m = rule->matches; m; m = m->next)
		if (m->kind == TZ_IR_OPAQUE && m->opaque.effect == TZ_IR_WRITES)
			return true;
	return false;
}

static void find_effects(struct tz_plan *plan)
{
	for (size_t i = 0; i < plan->ir->counted.n; i++) {
		const struct tz_ir_counted *c = &plan->ir->counted.at[i];
		struct tz_plan_family *f =
			&plan->families[tz_family_index(c->chain->family)];

		f->has_security |= c->chain->table == TZ_TABLE_SECURITY;
		if (c->rule && rule_has_effect(c->rule))
			f->has_effects[c->chain->table] = true;
	}
}

/* Whether a table that the kernel calls after that of @chain may drop. */
static bool another_follows(const struct tz_plan *plan,
			    const struct tz_ir_chain *chain)
{
	if (chain->table == TZ_TABLE_FILTER)
		return plan->families[tz_family_index(chain->family)]
			.has_security;
	return chain->table != TZ_TABLE_SECURITY;
}

static struct tz_plan_chain *
add_chain(struct tz_plan *plan, const struct tz_ir_chain *ir, bool is_after_nat)
{
	struct tz_plan_chain **known =
		&plan->of_ir_chain[ir->index * 2 + is_after_nat];

	if (*known)
		return *known;

	struct tz_plan_chain *chain = tz_new(plan->arena, struct tz_plan_chain);

	*known = chain;
	chain->ir = ir;
	chain->is_after_nat = is_after_nat;
	chain->index = (uint32_t)plan->chains.n;
	chain->accepts_only_surely = another_follows(plan, ir) &&
				     plan->families[tz_family_index(ir->family)]
					     .has_effects[ir->table];
	tz_vec_push(plan->arena, &plan->chains, chain);
	for (size_t i = 0; i < ir->rules.n; i++)
		tz_decide(plan, chain, ir->rules.at[i]);
	return chain;
}

/*
 * Links the jumps of @chain. Chains are added behind those that call them, so
 * a walk over plan->chains reaches all of them.
 */
static void link_targets(struct tz_plan *plan, struct tz_plan_chain *chain)
{
	for (size_t i = 0; i < chain->decisions.n; i++) {
		struct tz_decision *d = &chain->decisions.at[i];

		if (d->rule->verdict != TZ_IR_JUMP &&
		    d->rule->verdict != TZ_IR_GOTO)
			continue;
		if (d->action == TZ_ACT_DROP || d->action == TZ_ACT_PASS)
			continue;
		d->target =
			add_chain(plan, d->rule->chain, chain->is_after_nat);
	}
}

/*
 * A short chain with one caller needs no frame of its own: its code stands in
 * its caller's. So does a short base chain's.
 */
static void find_inline(struct tz_plan *plan)
{
	uint32_t *n_callers =
		tz_new_array(plan->arena, uint32_t, plan->chains.n);

	for (size_t i = 0; i < plan->chains.n; i++) {
		const struct tz_plan_chain *chain = plan->chains.at[i];

		for (size_t j = 0; j < chain->decisions.n; j++)
			if (chain->decisions.at[j].target)
				n_callers[chain->decisions.at[j]
						  .target->index]++;
	}
	for (size_t i = 0; i < plan->chains.n; i++) {
		struct tz_plan_chain *chain = plan->chains.at[i];
		bool is_base = chain->ir->hook != TZ_HOOK_NONE;

		chain->is_inline = chain->decisions.n < TZ_PLAN_TABLE_MIN &&
				   n_callers[i] + is_base == 1;
	}
}

/* A chain lies below all that call it: in rounds, until none moves. */
static void assign_levels(struct tz_plan *plan)
{
	for (bool changed = true; changed;) {
		changed = false;
		for (size_t i = 0; i < plan->chains.n; i++) {
			struct tz_plan_chain *chain = plan->chains.at[i];

			if (!chain->level)
				chain->level = !chain->is_inline;
			for (size_t j = 0; j < chain->decisions.n; j++) {
				struct tz_plan_chain *t =
					chain->decisions.at[j].target;
				unsigned int level =
					chain->level + (t && !t->is_inline);

				if (!t || t->level >= level)
					continue;
				t->level = level;
				changed = true;
			}
		}
	}
}

/* What lies too deep is left to the kernel. */
static void cut_deep_jumps(struct tz_plan *plan)
{
	for (size_t i = 0; i < plan->chains.n; i++) {
		struct tz_plan_chain *chain = plan->chains.at[i];

		for (size_t j = 0; j < chain->decisions.n; j++) {
			struct tz_decision *d = &chain->decisions.at[j];

			if (!d->target || d->target->level <= TZ_PLAN_LEVELS)
				continue;
			d->target = NULL;
			d->action = TZ_ACT_PASS;
		}
	}
}

/* Whether @chain may end otherwise than in a drop or a return. */
static bool may_let_pass(const struct tz_plan_chain *chain)
{
	if (chain->can_pass)
		return true;
	for (size_t i = 0; i < chain->decisions.n; i++) {
		const struct tz_decision *d = &chain->decisions.at[i];

		if (d->action <= TZ_ACT_ACCEPT_COUNT ||
		    (d->target && d->target->can_pass))
			return true;
	}
	return false;
}

static bool may_drop(const struct tz_plan_chain *chain)
{
	if (chain->can_drop || chain->ir->policy == TZ_IR_DROP)
		return true;
	for (size_t i = 0; i < chain->decisions.n; i++) {
		const struct tz_decision *d = &chain->decisions.at[i];

		if (d->action == TZ_ACT_DROP || d->action == TZ_ACT_DROP_COUNT)
			return true;
		/* below a maybe jump a drop is one of two ways */
		if ((d->action == TZ_ACT_JUMP || d->action == TZ_ACT_GOTO) &&
		    d->target->can_drop)
			return true;
	}
	return false;
}

/* Finds what each chain may do to a packet; callees mostly come later. */
static void find_outcomes(struct tz_plan *plan)
{
	for (bool changed = true; changed;) {
		changed = false;
		for (size_t i = plan->chains.n; i-- > 0;) {
			struct tz_plan_chain *chain = plan->chains.at[i];
			bool drops = may_drop(chain);
			bool passes = may_let_pass(chain);

			changed |= drops != chain->can_drop ||
				   passes != chain->can_pass;
			chain->can_drop = drops;
			chain->can_pass = passes;
		}
	}
}

/*
 * A jump to a chain without decisions only counts; one that happens or does
 * not, to a chain that only drops or returns, says nothing.
 */
static bool simplify_jump(struct tz_decision *d)
{
	bool is_empty = d->target && !d->target->decisions.n;

	switch (d->action) {
	case TZ_ACT_JUMP:
		if (!is_empty)
			return true;
		d->action = TZ_ACT_COUNT;
		break;
	case TZ_ACT_GOTO:
		if (!is_empty)
			return true;
		d->action = TZ_ACT_RETURN;
		break;
	case TZ_ACT_MAYBE_GOTO:
		if (!is_empty)
			return true;
		d->action = TZ_ACT_MAYBE_RETURN;
		break;
	case TZ_ACT_MAYBE_JUMP:
		return d->target->can_pass;
	default:
		return true;
	}
	d->target = NULL;
	return true;
}

static void simplify_chain(struct tz_plan_chain *chain)
{
	size_t n = 0;

	for (size_t i = 0; i < chain->decisions.n; i++)
		if (simplify_jump(&chain->decisions.at[i]))
			chain->decisions.at[n++] = chain->decisions.at[i];
	chain->decisions.n = n;
}

/* Marks what a hook's chains call, directly or not. */
static void mark_called(struct tz_plan *plan)
{
	for (size_t i = 0; i < plan->chains.n; i++)
		plan->chains.at[i]->is_called =
			plan->chains.at[i]->ir->hook != TZ_HOOK_NONE;
	for (bool changed = true; changed;) {
		changed = false;
		for (size_t i = 0; i < plan->chains.n; i++) {
			struct tz_plan_chain *chain = plan->chains.at[i];

			if (!chain->is_called)
				continue;
			for (size_t j = 0; j < chain->decisions.n; j++) {
				struct tz_plan_chain *t =
					chain->decisions.at[j].target;

				changed |= t && !t->is_called;
				if (t)
					t->is_called = true;
			}
		}
	}
}

/* Whether the operator asked for this base chain (--chain). */
static bool is_chosen(const struct tz_plan_options *options,
		      const struct tz_ir_chain *chain)
{
	if (!options->chains)
		return true;
	for (size_t i = 0; i < options->n_chains; i++) {
		const char *name = options->chains[i];
		const char *slash = strchr(name, '/');

		if (!slash && !strcmp(name, chain->name))
			return true;
		if (slash && !strcmp(slash + 1, chain->name) &&
		    strlen(tz_table_name(chain->table)) ==
			    (size_t)(slash - name) &&
		    !strncmp(name, tz_table_name(chain->table),
			     (size_t)(slash - name)))
			return true;
	}
	return false;
}

static void add_hook(struct tz_plan *plan, enum tz_family family,
		     enum tz_hook hook, struct tz_plan_hook *out)
{
	bool is_after_nat = hook != TZ_HOOK_PREROUTING &&
			    plan->options->has_nat[tz_family_index(family)];

	for (int table = 0; table < TZ_N_TABLES; table++) {
		const struct tz_ir_chain *ir =
			tz_ir_find_chain(plan->ir, family, (enum tz_table)table,
					 tz_hook_name(hook));

		if (table == TZ_TABLE_NAT || !ir || ir->hook != hook ||
		    !is_chosen(plan->options, ir))
			continue;
		out->chains[out->n++] = add_chain(plan, ir, is_after_nat);
	}
}

static void mark_hook(struct tz_plan_hook *hook)
{
	for (size_t i = 0; i < hook->n; i++)
		hook->can_drop |= hook->chains[i]->can_drop;
}

/*
 * Whether a rule changes, before routing, what routing looks at: the mark, the
 * TOS. (Rules of FORWARD and INPUT come too late for that, but their table's
 * user chains are shared: all of the table's rules are taken for such.)
 */
static bool changes_route(const struct tz_ir_rule *rule)
{
	static const char *const harmless[] = {
		"NOTRACK", "CT", "TTL", "HL", "TCPMSS", "CHECKSUM"
	};
	enum tz_table table = rule->owner->table;

	if (rule->verdict != TZ_IR_MODIFY ||
	    (table != TZ_TABLE_RAW && table != TZ_TABLE_MANGLE))
		return false;
	for (size_t i = 0; i < sizeof(harmless) / sizeof(harmless[0]); i++)
		if (!strcmp(rule->target, harmless[i]))
			return false;
	return true;
}

static bool route_is_hidden(const struct tz_plan *plan, enum tz_family family)
{
	if (plan->options->has_nat[tz_family_index(family)])
		return true;
	for (size_t i = 0; i < plan->ir->counted.n; i++) {
		const struct tz_ir_counted *c = &plan->ir->counted.at[i];

		if (c->rule && c->chain->family == family &&
		    c->chain->hook != TZ_HOOK_POSTROUTING &&
		    c->chain->hook != TZ_HOOK_OUTPUT && changes_route(c->rule))
			return true;
	}
	return false;
}

/* The plan's entries for one family; nothing to do where nothing can drop. */
static void finish_family(struct tz_plan *plan, enum tz_family family)
{
	struct tz_plan_family *f = &plan->families[tz_family_index(family)];

	mark_hook(&f->prerouting);
	mark_hook(&f->input);
	mark_hook(&f->forward);
	f->hides_route = route_is_hidden(plan, family);
	f->is_planned = f->prerouting.can_drop || f->input.can_drop ||
			f->forward.can_drop || plan->options->is_replace;
}

struct tz_plan *tz_plan_build(struct tz_arena *arena, const struct tz_ir *ir,
			      const struct tz_plan_options *options)
{
	static const enum tz_family families[] = { TZ_IPV4, TZ_IPV6 };
	struct tz_plan *plan = tz_new(arena, struct tz_plan);

	plan->arena = arena;
	plan->ir = ir;
	plan->options = options;
	plan->of_ir_chain =
		tz_new_array(arena, struct tz_plan_chain *, ir->chains.n * 2);
	find_effects(plan);
	for (int i = 0; i < 2; i++) {
		struct tz_plan_family *f = &plan->families[i];

		add_hook(plan, families[i], TZ_HOOK_PREROUTING, &f->prerouting);
		add_hook(plan, families[i], TZ_HOOK_INPUT, &f->input);
		add_hook(plan, families[i], TZ_HOOK_FORWARD, &f->forward);
	}
	for (size_t i = 0; i < plan->chains.n; i++)
		link_targets(plan, plan->chains.at[i]);
	find_inline(plan);
	assign_levels(plan);
	cut_deep_jumps(plan);
	find_outcomes(plan);
	for (size_t i = 0; i < plan->chains.n; i++)
		simplify_chain(plan->chains.at[i]);
	mark_called(plan);
	for (size_t i = 0; i < plan->chains.n; i++)
		if (plan->chains.at[i]->is_called)
			tz_segment_chain(plan, plan->chains.at[i]);
	finish_family(plan, TZ_IPV4);
	finish_family(plan, TZ_IPV6);
	return plan;
}
