/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A pass over the IR: which lists of recent a program may keep. One that rules
 * of both families or of other hooks use (an OUTPUT rule that notes where
 * packets go) is fed where no program of ours sees it, and one that a rule
 * changes for packets which cannot be told at XDP would not hold what it
 * should: these are the kernel's, with all of their rules.
 */
#include <stdlib.h>
#include <string.h>

#include "opt/narrow.h"

/* A match on a list. */
struct use {
	struct tz_ir_match *match;
	const struct tz_ir_rule *rule;
};

struct uses {
	const struct tz_ir *ir;
	const struct tz_plan_options *options;
	const bool *is_elsewhere; /* by index of the chain */
	bool is_lost; /* a rule is about some list, who knows which */
	TZ_VEC(struct use) list;
};

static void mark_elsewhere(bool *is_elsewhere, const struct tz_ir_chain *chain)
{
	if (is_elsewhere[chain->index])
		return;
	is_elsewhere[chain->index] = true;
	for (size_t i = 0; i < chain->rules.n; i++)
		if (chain->rules.at[i]->chain)
			mark_elsewhere(is_elsewhere, chain->rules.at[i]->chain);
}

bool *tz_lists_elsewhere(struct tz_arena *arena, const struct tz_ir *ir)
{
	bool *is_elsewhere = tz_new_array(arena, bool, ir->chains.n + 1);

	for (size_t i = 0; i < ir->chains.n; i++) {
		const struct tz_ir_chain *chain = ir->chains.at[i];

		if (chain->hook != TZ_HOOK_NONE &&
		    (chain->table == TZ_TABLE_NAT ||
		     chain->hook == TZ_HOOK_OUTPUT ||
		     chain->hook == TZ_HOOK_POSTROUTING))
			mark_elsewhere(is_elsewhere, chain);
	}
	return is_elsewhere;
}

bool tz_lists_is_told(const struct tz_plan_options *options,
		      const struct tz_ir_rule *rule)
{
	bool has_nat = options->has_nat[tz_family_index(rule->owner->family)];
	bool knows_something;

	return !tz_narrow_obstacle(options, rule,
				   has_nat && rule->owner->hook !=
						      TZ_HOOK_PREROUTING,
				   &knows_something);
}

static bool is_recent(const struct tz_ir_match *m)
{
	return m->kind == TZ_IR_OPAQUE && m->opaque.state &&
	       m->opaque.state->id == TZ_STATE_RECENT;
}

/* Of which list, nobody can say who has only the rule as it was lowered. */
static bool is_lost(const struct tz_ir_match *m)
{
	return m->kind == TZ_IR_OPAQUE && !m->opaque.state &&
	       !strcmp(m->opaque.name, "recent");
}

static int by_name(const void *a, const void *b)
{
	const struct use *x = a, *y = b;
	int names = strcmp(x->match->opaque.state->name,
			   y->match->opaque.state->name);

	return names ? names
		     : (x->rule->id > y->rule->id) -
			       (x->rule->id < y->rule->id);
}

/* Of every rule in --mode=replace, and of those that only look, nothing. */
static const char *obstacle_of_rule(const struct uses *uses,
				    const struct use *use)
{
	const struct tz_plan_options *o = uses->options;
	const uint64_t *args = use->match->opaque.state->args;

	if (o->is_replace || !o->owns_state ||
	    (args[TZ_RECENT_ACTION] == TZ_RECENT_CHECK &&
	     !(args[TZ_RECENT_FLAGS] & TZ_RECENT_REAPS)))
		return NULL;
	return tz_lists_is_told(o, use->rule)
		       ? NULL
		       : "which packets change the list is not all known at "
			 "XDP";
}

static bool writes_besides(const struct use *use)
{
	for (const struct tz_ir_match *m = use->rule->matches; m; m = m->next)
		if (m != use->match && tz_narrow_may_write(m))
			return true;
	return use->rule->puts;
}

static struct tz_access access_of(const struct use *use)
{
	static const unsigned int actions[TZ_RECENT_N_ACTIONS] = {
		[TZ_RECENT_SET] = TZ_ACCESS_ADDS,
		[TZ_RECENT_CHECK] = TZ_ACCESS_READS,
		[TZ_RECENT_UPDATE] = TZ_ACCESS_READS | TZ_ACCESS_ADDS,
		[TZ_RECENT_REMOVE] = TZ_ACCESS_READS | TZ_ACCESS_REMOVES,
	};
	const uint64_t *args = use->match->opaque.state->args;
	unsigned int how = actions[args[TZ_RECENT_ACTION]];

	if (args[TZ_RECENT_FLAGS] & TZ_RECENT_IS_INVERTED)
		how |= TZ_ACCESS_IS_NEGATED;
	if (how & TZ_ACCESS_READS && writes_besides(use))
		how |= TZ_ACCESS_GATES;
	return (struct tz_access){ use->rule, how };
}

/* Whether what is remembered here alone keeps somebody out. */
static bool is_harmful(const struct uses *uses, const struct use *use, size_t n)
{
	struct tz_arena *arena = tz_arena_new();
	struct tz_access *accesses = tz_new_array(arena, struct tz_access, n);

	for (size_t i = 0; i < n; i++)
		accesses[i] = access_of(&use[i]);

	bool harms = tz_missed_harms(uses->ir, uses->options, accesses, n);

	tz_arena_free(arena);
	return harms;
}

/* Why the list of @n uses is the kernel's; NULL: it need not be. */
static const char *obstacle(const struct uses *uses, const struct use *use,
			    size_t n)
{
	uint64_t stamps = 0;

	if (uses->is_lost)
		return "another rule is about a list that only the kernel "
		       "keeps";
	for (size_t i = 0; i < n; i++) {
		const char *why = obstacle_of_rule(uses, &use[i]);
		uint32_t wants = tz_state_recent_stamps(
			use[i].match->opaque.state, &uses->options->kernel);

		if (use[i].rule->owner->family != use->rule->owner->family)
			return "rules of both families share the list";
		if (uses->is_elsewhere[use[i].rule->owner->index])
			return "rules that are not on a packet's way in use "
			       "the list, too";
		if (why)
			return why;
		stamps = wants > stamps ? wants : stamps;
	}
	if (is_harmful(uses, use, n))
		return "the kernel judges what passes, and would not know "
		       "whom the list lets in";
	return tz_state_recent_fits(&uses->options->kernel, stamps)
		       ? NULL
		       : "the list is too long for a program";
}

static size_t leave(const struct use *use, size_t n, const char *why)
{
	for (size_t i = 0; i < n; i++) {
		use[i].match->opaque.state = NULL;
		use[i].match->opaque.reason = why;
	}
	return n;
}

/* What is left to the kernel goes from the list of uses. */
static size_t leave_lists(struct uses *uses)
{
	struct use *at = uses->list.at;
	size_t n_left = 0, n_kept = 0;

	for (size_t i = 0, end; i < uses->list.n; i = end) {
		const char *name = at[i].match->opaque.state->name, *why;

		for (end = i; end < uses->list.n &&
			      !strcmp(at[end].match->opaque.state->name, name);)
			end++;
		why = obstacle(uses, &at[i], end - i);
		if (why)
			n_left += leave(&at[i], end - i, why);
		else
			while (i < end)
				at[n_kept++] = at[i++];
	}
	uses->list.n = n_kept;
	return n_left;
}

static void add_uses(struct uses *uses, struct tz_arena *arena,
		     const struct tz_ir_rule *rule)
{
	for (struct tz_ir_match *m = rule->matches; m; m = m->next) {
		uses->is_lost |= is_lost(m);
		if (is_recent(m))
			tz_vec_push(arena, &uses->list,
				    (struct use){ m, rule });
	}
}

size_t tz_effects_of_lists(struct tz_ir *ir,
			   const struct tz_plan_options *options)
{
	struct tz_arena *arena = tz_arena_new();
	struct uses uses = {
		.ir = ir,
		.options = options,
		.is_elsewhere = tz_lists_elsewhere(arena, ir),
	};
	size_t n = 0, more;

	for (size_t i = 0; i < ir->chains.n; i++) {
		const struct tz_ir_chain *chain = ir->chains.at[i];

		for (size_t r = 0; r < chain->rules.n; r++)
			add_uses(&uses, arena, chain->rules.at[r]);
	}
	if (uses.list.n)
		qsort(uses.list.at, uses.list.n, sizeof(struct use), by_name);
	/* a rule may use two lists */
	while (uses.list.n && (more = leave_lists(&uses)))
		n += more;
	tz_arena_free(arena);
	return n;
}
