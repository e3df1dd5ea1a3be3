/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a program remembers for rules (a list of recent, a set that rules
 * change) beside the kernel, which judges what passes. A list that lets packets
 * in cannot be the program's: the kernel does not know whom it holds, nor the
 * program whom the kernel has let in before. One that refuses them may: what is
 * not remembered comes in. But a packet that went up before a rule could take
 * its address from the list, by a rule that logs there, or whose match is not
 * known, would leave it refused.
 */
#include "ir/ct.h"
#include "opt/narrow.h"

/* What it means that a match holds. */
enum { ADMITS = 1, REFUSES = 2, BOTH = ADMITS | REFUSES };

struct search {
	const struct tz_ir *ir;
	const struct tz_plan_options *options;
};

/* Depth is bounded by tz_ir_verify; @seen: chains, by index. */
static unsigned int leaning(const struct tz_ir_rule *rule, bool *seen)
{
	unsigned int found = 0;

	switch (rule->verdict) {
	case TZ_IR_ACCEPT:
		return ADMITS;
	case TZ_IR_DROP:
	case TZ_IR_REJECT:
		return REFUSES;
	case TZ_IR_JUMP:
		if (seen[rule->chain->index])
			return 0;
		seen[rule->chain->index] = true;
		for (size_t i = 0; i < rule->chain->rules.n; i++) {
			const struct tz_ir_rule *r = rule->chain->rules.at[i];

			/* what returns goes on as if it had not jumped */
			if (r->verdict != TZ_IR_RETURN)
				found |= leaning(r, seen);
		}
		return found;
	case TZ_IR_RETURN:
	case TZ_IR_GOTO:
	case TZ_IR_OTHER:
		return BOTH;
	case TZ_IR_CONTINUE:
	case TZ_IR_LOG:
	case TZ_IR_MODIFY:
		break;
	}
	return 0;
}

static unsigned int leaning_of(const struct tz_ir *ir,
			       const struct tz_access *access)
{
	struct tz_arena *arena = tz_arena_new();
	unsigned int found =
		leaning(access->rule, tz_new_array(arena, bool, ir->chains.n));

	tz_arena_free(arena);
	if (access->how & TZ_ACCESS_GATES)
		return BOTH;
	if (access->how & TZ_ACCESS_IS_NEGATED)
		return (found & ADMITS ? REFUSES : 0u) |
		       (found & REFUSES ? ADMITS : 0u);
	return found;
}

/* Matches that a program may not know of whole packets. */
static bool is_unknown(const struct tz_ir_match *leaf, const void *arg)
{
	const struct search *search = arg;

	if (leaf->kind == TZ_IR_OPAQUE)
		return !tz_narrow_keeps(search->options, leaf);
	return leaf->kind == TZ_IR_TEST &&
	       (leaf->test.id == TZ_TEST_STATISTIC ||
		leaf->test.id == TZ_TEST_TIME ||
		leaf->test.id == TZ_TEST_SOCKET ||
		leaf->test.id == TZ_TEST_RPFILTER);
}

/* Whether packets that @rule takes, or may take, are left to the kernel. */
static bool passes_up(const struct search *search,
		      const struct tz_ir_rule *rule)
{
	if (rule->verdict == TZ_IR_LOG || rule->verdict == TZ_IR_OTHER ||
	    tz_ir_rejects_above(rule))
		return true;
	return rule->verdict != TZ_IR_CONTINUE &&
	       rule->verdict != TZ_IR_MODIFY &&
	       tz_ir_any_leaf(rule->matches, is_unknown, search);
}

/* NAT may stand between the two: ports and addresses are not the same then. */
static bool are_apart(const struct search *search, const struct tz_ir_rule *a,
		      const struct tz_ir_rule *b)
{
	bool has_nat =
		search->options->has_nat[tz_family_index(a->owner->family)];

	return (!has_nat || a->owner->table == b->owner->table) &&
	       tz_ct_rules_are_apart(a, b);
}

static bool may_precede(const struct tz_ir_rule *a, const struct tz_ir_rule *b)
{
	enum tz_hook x = a->owner->hook, y = b->owner->hook;

	if (a->owner->family != b->owner->family || x == TZ_HOOK_OUTPUT ||
	    x == TZ_HOOK_POSTROUTING)
		return false;
	if (a->owner == b->owner)
		return a->index < b->index;
	return x == TZ_HOOK_NONE || y == TZ_HOOK_NONE ||
	       x == TZ_HOOK_PREROUTING || x == y;
}

static bool is_missed(const struct search *search,
		      const struct tz_ir_rule *rule)
{
	for (size_t i = 0; i < search->ir->counted.n; i++) {
		const struct tz_ir_rule *other = search->ir->counted.at[i].rule;

		if (other && other != rule && passes_up(search, other) &&
		    may_precede(other, rule) && !are_apart(search, other, rule))
			return true;
	}
	return false;
}

bool tz_missed_harms(const struct tz_ir *ir,
		     const struct tz_plan_options *options,
		     const struct tz_access *accesses, size_t n)
{
	struct search search = { ir, options };
	unsigned int leans = 0;

	if (options->is_replace || !options->owns_state)
		return false;
	for (size_t i = 0; i < n; i++)
		if (accesses[i].how & TZ_ACCESS_READS)
			leans |= leaning_of(ir, &accesses[i]);
	for (size_t i = 0; i < n; i++) {
		unsigned int how = accesses[i].how;

		if ((how & TZ_ACCESS_ADDS && leans & ADMITS) ||
		    (how & TZ_ACCESS_REMOVES && leans & REFUSES &&
		     is_missed(&search, accesses[i].rule)))
			return true;
	}
	return false;
}
