/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Collects the chains that ingress stands for (DESIGN 5): PREROUTING of raw
 * and mangle, INPUT and FORWARD of mangle, filter and security, and what they
 * reach. A chain that is reached before and after NAT is planned twice.
 */
#include "opt/plan.h"

#include <string.h>

#include "opt/report.h"

static void find_effects(struct tz_plan *plan)
{
	for (size_t i = 0; i < plan->ir->counted.n; i++) {
		const struct tz_ir_counted *c = &plan->ir->counted.at[i];
		struct tz_plan_family *f =
			&plan->families[tz_family_index(c->chain->family)];

		f->has_security |= c->chain->table == TZ_TABLE_SECURITY;
		if (c->rule && tz_decide_has_effect(c->rule))
			f->has_effects[c->chain->table] = true;
		f->answers |= c->rule && c->rule->answers_here &&
			      c->rule->answer != TZ_ANSWER_NONE;
		if (c->rule && c->rule->is_logged)
			f->has_logs[c->chain->table] = true;
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

/* Whether nat is walked, for what it does not translate. */
static bool walks(const struct tz_plan *plan, const struct tz_ir_chain *ir)
{
	return ir->table == TZ_TABLE_NAT &&
	       plan->options->ct[tz_family_index(ir->family)].walks_nat;
}

static struct tz_plan_chain *
add_chain(struct tz_plan *plan, const struct tz_ir_chain *ir, bool is_after_nat)
{
	struct tz_plan_chain **known =
		&plan->of_ir_chain[ir->index * 2 + is_after_nat];

	if (*known)
		return *known;

	const struct tz_plan_family *f =
		&plan->families[tz_family_index(ir->family)];
	struct tz_plan_chain *chain = tz_new(plan->arena, struct tz_plan_chain);

	*known = chain;
	chain->ir = ir;
	chain->is_after_nat = is_after_nat;
	chain->index = (uint32_t)plan->chains.n;
	chain->accepts_only_surely =
		another_follows(plan, ir) &&
		(f->has_effects[ir->table] || f->answers || walks(plan, ir));
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

/*
 * Whether the chain of a hook is asked at all, and then whether its drops are
 * left to the kernel. The nat table drops nothing and sees the first packet of
 * a flow only; a chain that was not chosen is the kernel's. Where such a table
 * has effects, a later drop must not cut them off.
 */
static bool is_asked(const struct tz_plan *plan, const struct tz_ir_chain *ir,
		     bool *leaves_drops)
{
	const struct tz_plan_family *f =
		&plan->families[tz_family_index(ir->family)];

	*leaves_drops =
		ir->table == TZ_TABLE_NAT || !is_chosen(plan->options, ir);
	if (!*leaves_drops)
		return true;
	/* in nat/INPUT a packet is accepted already */
	if (ir->table == TZ_TABLE_NAT && ir->hook != TZ_HOOK_PREROUTING)
		return false;
	/* what they drop must not spend what is kept for later rules */
	return !plan->options->is_replace &&
	       (f->has_effects[ir->table] || f->has_logs[ir->table] ||
		(f->answers && ir->table != TZ_TABLE_NAT) || plan->states.n ||
		walks(plan, ir));
}

static void add_hook(struct tz_plan *plan, enum tz_family family,
		     enum tz_hook hook, struct tz_plan_hook *out)
{
	bool is_after_nat = hook != TZ_HOOK_PREROUTING &&
			    plan->options->has_nat[tz_family_index(family)];
	bool leaves_drops;

	for (int table = 0; table < TZ_N_TABLES; table++) {
		const struct tz_ir_chain *ir =
			tz_ir_find_chain(plan->ir, family, (enum tz_table)table,
					 tz_hook_name(hook));

		if (!ir || ir->hook != hook ||
		    !is_asked(plan, ir, &leaves_drops))
			continue;
		out->chains[out->n] = add_chain(plan, ir, is_after_nat);
		out->chains[out->n++]->leaves_drops = leaves_drops;
	}
}

static void mark_hook(struct tz_plan_hook *hook)
{
	for (size_t i = 0; i < hook->n; i++)
		hook->can_drop |= hook->chains[i]->can_drop &&
				  !hook->chains[i]->leaves_drops;
}

/* Whether @leaf is `-m socket --restore-skmark`, which sets the mark. */
static bool restores_mark(const struct tz_ir_match *leaf, const void *rule)
{
	return leaf->kind == TZ_IR_TEST && leaf->test.id == TZ_TEST_SOCKET &&
	       strstr(((const struct tz_ir_rule *)rule)->text,
		      "--restore-skmark");
}

/* Whether a rule changes what routing looks at: the mark, the TOS. */
static bool changes_route(const struct tz_ir_rule *rule)
{
	static const char *const harmless[] = {
		"NOTRACK", "CT",       "TTL",         "HL",
		"TCPMSS",  "CHECKSUM", "TCPOPTSTRIP",
	};

	if (tz_ir_any_leaf(rule->matches, restores_mark, rule))
		return true;
	if (tz_ir_writes_connection(rule))
		return strstr(rule->text, "--restore-mark");
	if (rule->verdict != TZ_IR_MODIFY)
		return false;
	for (size_t i = 0; i < sizeof(harmless) / sizeof(harmless[0]); i++)
		if (!strcmp(rule->target, harmless[i]))
			return false;
	return true;
}

/*
 * Whether @chain, or one that it calls, does. @seen by index; the depth of
 * calls is bounded by tz_ir_verify.
 */
static bool chain_changes_route(const struct tz_ir_chain *chain, bool *seen)
{
	if (seen[chain->index])
		return false;
	seen[chain->index] = true;
	for (size_t i = 0; i < chain->rules.n; i++) {
		const struct tz_ir_rule *rule = chain->rules.at[i];

		if (changes_route(rule) ||
		    (rule->chain && chain_changes_route(rule->chain, seen)))
			return true;
	}
	return false;
}

static bool route_is_hidden(const struct tz_plan *plan, enum tz_family family)
{
	const struct tz_ir *ir = plan->ir;
	bool *seen = tz_new_array(plan->arena, bool, ir->chains.n);

	if (plan->options->has_nat[tz_family_index(family)] &&
	    !plan->options->ct[tz_family_index(family)].walks_nat)
		return true;
	for (size_t i = 0; i < ir->chains.n; i++) {
		const struct tz_ir_chain *chain = ir->chains.at[i];

		if (chain->family == family &&
		    chain->hook == TZ_HOOK_PREROUTING &&
		    chain_changes_route(chain, seen))
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
	f->hides_some_routes = !f->hides_route &&
			       plan->options->has_nat[tz_family_index(family)];
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
	tz_report_begin(plan);
	tz_plan_number_states(plan);
	find_effects(plan);
	for (int i = 0; i < 2; i++) {
		struct tz_plan_family *f = &plan->families[i];

		add_hook(plan, families[i], TZ_HOOK_PREROUTING, &f->prerouting);
		add_hook(plan, families[i], TZ_HOOK_INPUT, &f->input);
		add_hook(plan, families[i], TZ_HOOK_FORWARD, &f->forward);
	}
	for (size_t i = 0; i < plan->chains.n; i++)
		link_targets(plan, plan->chains.at[i]);
	tz_calls_settle(plan);
	finish_family(plan, TZ_IPV4);
	finish_family(plan, TZ_IPV6);
	return plan;
}

bool tz_plan_answers(const struct tz_plan *plan)
{
	return plan->families[0].answers || plan->families[1].answers;
}

bool tz_plan_logs(const struct tz_plan *plan)
{
	bool has_logs = plan->options->sample_every || plan->options->n_samples;

	for (size_t i = 0; i < plan->chains.n; i++)
		has_logs |= plan->chains.at[i]->is_called &&
			    plan->chains.at[i]->can_log;
	return has_logs;
}
