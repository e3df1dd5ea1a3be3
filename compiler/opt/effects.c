/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A pass over the IR: where some rule reads the counters of an ipset (-m set
 * --packets-gt ...), a hit of any rule on a set changes what that rule sees
 * (SEMANTICS 6.12). Sets have no family and no table, so all of the files'
 * rules are looked at, and all of their matches on sets are made to write.
 */
#include "opt/plan.h"

#include <string.h>

static bool is_set_match(const struct tz_ir_match *m)
{
	return m->kind == TZ_IR_OPAQUE && !strcmp(m->opaque.name, "set");
}

/* The number of matches on sets that did not write and now do. */
static size_t make_write(struct tz_ir_match *m)
{
	size_t n = 0;

	for (; m; m = m->next) {
		if (m->kind == TZ_IR_NOT || m->kind == TZ_IR_AND ||
		    m->kind == TZ_IR_OR)
			n += make_write(m->operands);
		if (!is_set_match(m) || m->opaque.effect == TZ_IR_WRITES)
			continue;
		m->opaque.effect = TZ_IR_WRITES;
		n++;
	}
	return n;
}

static bool reads_set_counters(const struct tz_ir_rule *rule)
{
	return strstr(rule->text, "--match-set") &&
	       (strstr(rule->text, "--packets-") ||
		strstr(rule->text, "--bytes-"));
}

size_t tz_effects_of_sets(struct tz_ir *ir)
{
	bool is_read = false;
	size_t n = 0;

	for (size_t i = 0; i < ir->counted.n; i++)
		is_read |= ir->counted.at[i].rule &&
			   reads_set_counters(ir->counted.at[i].rule);
	for (size_t i = 0; is_read && i < ir->counted.n; i++)
		if (ir->counted.at[i].rule)
			n += make_write(ir->counted.at[i].rule->matches);
	return n;
}
