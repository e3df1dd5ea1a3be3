/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A pass over the IR: sets that rules change (the target SET) and that others
 * ask. What the program keeps must hold all that the rules put there: a set
 * that a rule changes in ways that no program can, for packets that cannot be
 * told at XDP, or on another way than in, stays the kernel's, and with it what
 * else its rules change.
 */
#include "model/ipset.h"
#include "opt/narrow.h"
#include "sema/ipset.h"

struct puts {
	struct tz_ir *ir;
	const struct tz_plan_options *options;
	const bool *is_elsewhere; /* by index of the chain */
	uint32_t *n_told;         /* by number of the set */
};

static const struct tz_ipset *set_of(const struct puts *p,
				     const struct tz_ir_rule *rule)
{
	const uint64_t *args = rule->puts->args;
	uint64_t number =
		args[TZ_PUT_ADD] ? args[TZ_PUT_ADD] : args[TZ_PUT_DEL];

	return p->ir->sets->all.at[number - 1];
}

static bool is_told(const struct puts *p, const struct tz_ir_rule *rule)
{
	return rule->puts && !p->is_elsewhere[rule->owner->index] &&
	       (p->options->is_replace || tz_lists_is_told(p->options, rule));
}

static void mark_asked(const struct tz_ir_match *m, bool *is_asked)
{
	for (; m; m = m->next) {
		if (tz_ir_has_operands(m))
			mark_asked(m->operands, is_asked);
		if (m->kind != TZ_IR_TEST || m->test.id != TZ_TEST_SET)
			continue;
		is_asked[m->test.set->number] = true;
		for (size_t i = 0; i < m->test.set->list.n; i++)
			is_asked[m->test.set->list.at[i]->number] = true;
	}
}

/* Whether @m, or a match in it, asks the set. */
static bool asks(const struct tz_ir_match *m, const struct tz_ipset *set,
		 bool is_negated, unsigned int *how)
{
	bool found = false;

	for (; m; m = m->next) {
		if (tz_ir_has_operands(m))
			found |= asks(m->operands, set,
				      is_negated ^ (m->kind == TZ_IR_NOT), how);
		if (m->kind != TZ_IR_TEST || m->test.id != TZ_TEST_SET)
			continue;
		bool is_it = m->test.set == set;

		for (size_t i = 0; i < m->test.set->list.n; i++)
			is_it |= m->test.set->list.at[i] == set;
		if (is_it)
			*how |= TZ_ACCESS_READS |
				(is_negated ? TZ_ACCESS_IS_NEGATED : 0);
		found |= is_it;
	}
	return found;
}

static struct tz_access access_of(const struct puts *p,
				  const struct tz_ir_rule *rule,
				  const struct tz_ipset *set)
{
	unsigned int how = 0;
	bool writes = false, writes_set = rule->puts && set_of(p, rule) == set;

	for (const struct tz_ir_match *m = rule->matches; m; m = m->next)
		writes |= tz_narrow_may_write(m);
	if (asks(rule->matches, set, false, &how) &&
	    (writes || (rule->puts && !writes_set)))
		how |= TZ_ACCESS_GATES;
	if (writes_set && rule->puts->args[TZ_PUT_ADD])
		how |= TZ_ACCESS_ADDS;
	if (writes_set && rule->puts->args[TZ_PUT_DEL])
		how |= TZ_ACCESS_REMOVES;
	return (struct tz_access){ rule, how };
}

/* Whether somebody is kept out by what is put into @set here alone. */
static bool is_harmful(const struct puts *p, const struct tz_ipset *set)
{
	struct tz_arena *arena = tz_arena_new();
	TZ_VEC(struct tz_access) list = { 0 };

	for (size_t i = 0; i < p->ir->counted.n; i++) {
		const struct tz_ir_rule *rule = p->ir->counted.at[i].rule;
		struct tz_access access;

		if (!rule)
			continue;
		access = access_of(p, rule, set);
		if (access.how)
			tz_vec_push(arena, &list, access);
	}

	bool harms = tz_missed_harms(p->ir, p->options, list.at, list.n);

	tz_arena_free(arena);
	return harms;
}

/* Behind all others: by then they hold. */
static void add_match(struct tz_ir *ir, struct tz_ir_rule *rule)
{
	struct tz_ir_match **tail = &rule->matches;
	struct tz_ir_match *match =
		tz_ir_new_match(ir, TZ_IR_OPAQUE, rule->span);

	while (*tail)
		tail = &(*tail)->next;
	match->opaque.name = "SET";
	match->opaque.reason = "the target changes a set";
	match->opaque.effect = TZ_IR_WRITES;
	match->opaque.state = rule->puts;
	*tail = match;
	rule->verdict = TZ_IR_CONTINUE;
}

/* Which sets are the program's; false: none. */
static bool find_own(struct puts *p, const bool *is_asked)
{
	bool found = false;

	for (size_t i = 0; i < p->ir->counted.n; i++) {
		const struct tz_ir_rule *rule = p->ir->counted.at[i].rule;

		if (rule && tz_effects_reads_counters(rule))
			return false;
		if (rule && is_told(p, rule))
			p->n_told[set_of(p, rule)->number]++;
	}
	for (size_t i = 0; i < p->ir->sets->all.n; i++) {
		struct tz_ipset *set = p->ir->sets->all.at[i];

		if (!set || !set->is_written)
			continue;
		set->is_own = is_asked[i] && p->n_told[i] == set->n_written &&
			      !is_harmful(p, set);
		found |= set->is_own;
	}
	return found;
}

size_t tz_effects_of_puts(struct tz_ir *ir,
			  const struct tz_plan_options *options)
{
	struct tz_arena *arena = tz_arena_new();
	struct puts p = {
		.ir = ir,
		.options = options,
		.is_elsewhere = tz_lists_elsewhere(arena, ir),
		.n_told = tz_new_array(arena, uint32_t, ir->sets->all.n + 1),
	};
	bool *is_asked = tz_new_array(arena, bool, ir->sets->all.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < ir->counted.n; i++)
		if (ir->counted.at[i].rule)
			mark_asked(ir->counted.at[i].rule->matches, is_asked);
	if (find_own(&p, is_asked))
		for (size_t i = 0; i < ir->counted.n; i++) {
			struct tz_ir_rule *rule = ir->counted.at[i].rule;

			if (!rule || !rule->puts || !set_of(&p, rule)->is_own)
				continue;
			add_match(ir, rule);
			n++;
		}
	tz_arena_free(arena);
	return n;
}
