/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Passes over the IR that settle which rules have effects.
 *
 * Sets: where some rule reads the counters of an ipset (-m set --packets-gt
 * ...), a hit of any rule on a set changes what that rule sees (SEMANTICS
 * 6.12). Sets have no family and no table, so all of the files' rules are
 * looked at, and all of their matches on sets are made to write. Sets that some
 * rule changes (the target SET) are no longer what files say: unknown.
 *
 * Logs (--log=ring): a rule that logs is no reason to let a packet go up. Nor
 * is its `limit`, whose state no other rule reads: it only spares the log, for
 * which the program has a limit of its own. The same goes for a limit in a
 * chain that does nothing but log, or of a jump to one.
 *
 * Answers (--reject): a REJECT whose answer is not the kernel's is a drop. Its
 * `limit` spares answers alone, where all that it leaves is dropped behind it.
 * An answer that depends on what rules write of the packet is the kernel's.
 */
#include "opt/plan.h"

#include <string.h>

#include "model/ipset.h"

static bool is_set_match(const struct tz_ir_match *m)
{
	return m->kind == TZ_IR_OPAQUE && !strcmp(m->opaque.name, "set");
}

/* The number of matches on sets that did not write and now do. */
static size_t make_write(struct tz_ir_match *m)
{
	size_t n = 0;

	for (; m; m = m->next) {
		if (tz_ir_has_operands(m))
			n += make_write(m->operands);
		if (!is_set_match(m) || m->opaque.effect == TZ_IR_WRITES)
			continue;
		m->opaque.effect = TZ_IR_WRITES;
		n++;
	}
	return n;
}

bool tz_effects_reads_counters(const struct tz_ir_rule *rule)
{
	return strstr(rule->text, "--match-set") &&
	       (strstr(rule->text, "--packets-") ||
		strstr(rule->text, "--bytes-"));
}

static bool is_written(const struct tz_ipset *set)
{
	for (size_t i = 0; i < set->list.n; i++)
		if (set->list.at[i]->is_written && !set->list.at[i]->is_own)
			return true;
	return set->is_written && !set->is_own;
}

static size_t make_unknown(struct tz_ir_match *m, bool all)
{
	size_t n = 0;

	for (; m; m = m->next) {
		if (tz_ir_has_operands(m))
			n += make_unknown(m->operands, all);
		if (m->kind != TZ_IR_TEST || m->test.id != TZ_TEST_SET ||
		    !(all || is_written(m->test.set)))
			continue;
		m->kind = TZ_IR_OPAQUE;
		memset(&m->opaque, 0, sizeof(m->opaque));
		m->opaque.name = "set";
		m->opaque.reason =
			all ? "a rule reads the counters of the set"
			    : "rules change the set in the kernel (SET)";
		m->opaque.effect = TZ_IR_PURE;
		n++;
	}
	return n;
}

size_t tz_effects_of_sets(struct tz_ir *ir)
{
	bool is_read = false;
	size_t n = 0;

	for (size_t i = 0; i < ir->counted.n; i++)
		is_read |= ir->counted.at[i].rule &&
			   tz_effects_reads_counters(ir->counted.at[i].rule);
	for (size_t i = 0; i < ir->counted.n; i++)
		if (ir->counted.at[i].rule)
			n += make_unknown(ir->counted.at[i].rule->matches,
					  is_read);
	for (size_t i = 0; is_read && i < ir->counted.n; i++)
		if (ir->counted.at[i].rule)
			n += make_write(ir->counted.at[i].rule->matches);
	return n;
}

static size_t make_pure(struct tz_ir_match *m)
{
	size_t n = 0;

	for (; m; m = m->next) {
		if (m->kind != TZ_IR_OPAQUE || strcmp(m->opaque.name, "limit"))
			continue;
		n += m->opaque.effect != TZ_IR_PURE;
		m->opaque.effect = TZ_IR_PURE;
	}
	return n;
}

/* The audit log is not a person's: AUDIT stays with the kernel. */
static bool is_log(const struct tz_ir_rule *rule)
{
	static const char *const targets[] = { "LOG", "NFLOG", "ULOG",
					       "TRACE" };

	if (rule->verdict != TZ_IR_LOG)
		return false;
	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++)
		if (!strcmp(rule->target, targets[i]))
			return true;
	return false;
}

static bool is_limit(const struct tz_ir_match *leaf, const void *arg)
{
	(void)arg;
	return leaf->kind == TZ_IR_OPAQUE &&
	       !strcmp(leaf->opaque.name, "limit");
}

/* The next rule of the chain, or NULL. */
static const struct tz_ir_rule *behind(const struct tz_ir_rule *rule)
{
	const struct tz_ir_chain *chain = rule->owner;

	return rule->index + 1 < chain->rules.n
		       ? chain->rules.at[rule->index + 1]
		       : NULL;
}

static bool drops_all(const struct tz_ir_rule *rule)
{
	return rule && !rule->matches &&
	       (rule->verdict == TZ_IR_DROP || rule->verdict == TZ_IR_REJECT);
}

/*
 * What rules of @family may write of a packet before one rejects it, as
 * tz_ir_rule_writes() says it.
 */
static uint32_t writes_before(const struct tz_ir *ir, enum tz_family family)
{
	uint32_t writes = 0;

	for (size_t i = 0; i < ir->counted.n; i++) {
		const struct tz_ir_counted *c = &ir->counted.at[i];

		if (c->rule && c->chain->family == family &&
		    c->chain->hook != TZ_HOOK_OUTPUT &&
		    c->chain->hook != TZ_HOOK_POSTROUTING)
			writes |= tz_ir_rule_writes(c->rule);
	}
	return writes;
}

/*
 * An error quotes the packet as the rules left it, a RST is sent by its
 * addresses.
 */
static bool hides_answer(const struct tz_ir_rule *rule, uint32_t writes)
{
	return rule->answer == TZ_ANSWER_RESET ? tz_ir_writes_addresses(writes)
					       : tz_ir_writes_bytes(writes);
}

size_t tz_effects_of_rejects(struct tz_ir *ir, bool gives_answers,
			     uint32_t host_writes)
{
	const uint32_t writes[] = {
		writes_before(ir, TZ_IPV4) | host_writes,
		writes_before(ir, TZ_IPV6) | host_writes,
	};
	size_t n = 0;

	for (size_t i = 0; i < ir->counted.n; i++) {
		struct tz_ir_rule *rule = ir->counted.at[i].rule;

		if (!rule || rule->verdict != TZ_IR_REJECT)
			continue;
		if (gives_answers &&
		    hides_answer(rule, writes[rule->owner->family == TZ_IPV6]))
			continue;
		rule->answers_here = true;
		/* a limit before the same verdict spares nothing but answers */
		if (drops_all(behind(rule)))
			n += make_pure(rule->matches);
		if (!gives_answers)
			rule->answer = TZ_ANSWER_NONE;
		n++;
	}
	return n;
}

/* Whether one of @m writes, and is no limit. */
static bool writes_besides(const struct tz_ir_match *m)
{
	for (; m; m = m->next) {
		if (tz_ir_has_operands(m) && writes_besides(m->operands))
			return true;
		if (m->kind == TZ_IR_OPAQUE &&
		    m->opaque.effect == TZ_IR_WRITES &&
		    strcmp(m->opaque.name, "limit") != 0)
			return true;
	}
	return false;
}

/* Whether what comes into @chain goes on behind the jump, and is logged. */
static bool only_logs(const struct tz_ir_chain *chain)
{
	if (chain->hook != TZ_HOOK_NONE)
		return false;
	for (size_t i = 0; i < chain->rules.n; i++) {
		const struct tz_ir_rule *rule = chain->rules.at[i];

		if ((rule->verdict != TZ_IR_CONTINUE &&
		     rule->verdict != TZ_IR_RETURN) ||
		    writes_besides(rule->matches))
			return false;
	}
	return true;
}

/* The chain that @rule's limit would decide about; NULL: it is no such rule. */
static const struct tz_ir_chain *spared(const struct tz_ir_rule *rule)
{
	if (!rule || !tz_ir_any_leaf(rule->matches, is_limit, NULL))
		return NULL;
	if (rule->verdict == TZ_IR_JUMP)
		return rule->chain;
	return rule->verdict == TZ_IR_RETURN ? rule->owner : NULL;
}

/* Limits that spare the log for a whole chain of rules. */
static size_t purify_chains(struct tz_ir *ir)
{
	const struct tz_ir_chain *last = NULL;
	bool logs = false;
	size_t n = 0;

	for (size_t i = 0; i < ir->counted.n; i++) {
		struct tz_ir_rule *rule = ir->counted.at[i].rule;
		const struct tz_ir_chain *chain = spared(rule);

		if (!chain)
			continue;
		if (chain != last)
			logs = only_logs(chain);
		last = chain;
		if (logs)
			n += make_pure(rule->matches);
	}
	return n;
}

size_t tz_effects_of_logs(struct tz_ir *ir)
{
	size_t n = 0;

	for (size_t i = 0; i < ir->counted.n; i++) {
		struct tz_ir_rule *rule = ir->counted.at[i].rule;

		if (!rule || !is_log(rule))
			continue;
		rule->verdict = TZ_IR_CONTINUE;
		rule->is_logged = true;
		n += 1 + make_pure(rule->matches);
	}
	return n + purify_chains(ir);
}
