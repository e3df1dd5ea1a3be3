/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Jumps that come back to a chain that they left. The kernel refuses a table
 * where a base chain can get into one, by goto too; it takes loops that
 * nothing reaches (SEMANTICS 10.8). A depth-first walk without recursion: a
 * file may have as many chains as it likes, in one line of jumps.
 */
#include "sema/sema.h"

/* As ir/limits.h has it; the kernel has no limit (SEMANTICS 10.8). */
#define DEPTH_MAX 1024
/* Jumps of a loop that are shown. */
#define NOTES_MAX 8

static void report(struct tz_sema *sema, const struct tz_sema_chain *chain,
		   const struct tz_sema_rule *rule, bool is_reached)
{
	const struct tz_sema_chain *to = rule->chain;
	int n = 0;

	tz_diag(sema->diags,
		is_reached ? TZ_DIAG_CHAIN_LOOP : TZ_DIAG_UNUSED_LOOP,
		rule->target_span,
		chain == to ? "chain %s jumps to itself"
			    : "chain %s jumps back to %s, which leads to it%s",
		chain->name, to->name,
		is_reached ? "" : "; nothing leads there");
	for (const struct tz_sema_chain *c = chain; c != to && n < NOTES_MAX;
	     c = c->from, n++) {
		const struct tz_sema_rule *by =
			c->from->rules.at[c->from->next_rule - 1];

		tz_diag(sema->diags, TZ_DIAG_NOTE, by->target_span,
			"%s leads to %s here", c->from->name, c->name);
	}
}

static void reach(struct tz_sema_chain *from, const struct tz_sema_chain *to)
{
	if (from && from->height < to->height + 1)
		from->height = to->height + 1;
}

/* Visits all that @start leads to. */
static void walk(struct tz_sema *sema, struct tz_sema_chain *start,
		 bool is_reached)
{
	struct tz_sema_chain *chain = start;

	if (start->state != TZ_SEMA_NEW)
		return;
	start->state = TZ_SEMA_OPEN;
	while (chain) {
		if (chain->next_rule == chain->rules.n) {
			chain->state = TZ_SEMA_DONE;
			reach(chain->from, chain);
			chain = chain->from;
			continue;
		}

		const struct tz_sema_rule *rule =
			chain->rules.at[chain->next_rule++];
		struct tz_sema_chain *to = rule->chain;

		if (!to)
			continue;
		if (to->state == TZ_SEMA_DONE) {
			reach(chain, to);
			continue;
		}
		if (to->state == TZ_SEMA_OPEN) {
			report(sema, chain, rule, is_reached);
			continue;
		}
		to->state = TZ_SEMA_OPEN;
		to->from = chain;
		chain = to;
	}
}

void tz_sema_check_loops(struct tz_sema *sema, struct tz_sema_table *table)
{
	for (size_t i = 0; i < table->chains.n; i++) {
		struct tz_sema_chain *chain = table->chains.at[i];

		if (chain->hook == TZ_HOOK_NONE)
			continue;
		walk(sema, chain, true);
		if (chain->height > DEPTH_MAX)
			tz_diag(sema->diags, TZ_DIAG_CHAIN_DEPTH, chain->span,
				"%zu jumps lead from %s in a row; at most %d "
				"do here",
				chain->height, chain->name, DEPTH_MAX);
	}
	for (size_t i = 0; i < table->chains.n; i++)
		walk(sema, table->chains.at[i], false);
}
