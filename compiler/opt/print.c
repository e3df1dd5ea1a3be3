/* SPDX-License-Identifier: GPL-2.0-only */
/* The plan as text (--emit=plan): chains, segments, and what each rule does. */
#include "opt/plan.h"

static const char *const actions[] = {
	"pass",
	"accept",
	"accept, counted",
	"drop, not counted",
	"drop",
	"answer",
	"return",
	"count",
	"log",
	"maybe log",
	"jump",
	"goto",
	"maybe drop",
	"maybe return",
	"maybe jump",
	"maybe goto",
};

_Static_assert(sizeof(actions) / sizeof(actions[0]) == TZ_N_ACTIONS,
	       "a name per action");

static void print_situations(unsigned int situations, struct tz_buf *out)
{
	static const char *const names[] = { "whole", "short", "fragment",
					     "stub" };

	if (situations == TZ_SIT_ALL)
		return;
	for (int i = 0; i < 4; i++)
		if (situations >> i & 1)
			tz_buf_printf(out, " %s", names[i]);
}

/* What the decision asks of the l4 word: of GRO, of the connection. */
static void print_l4(const struct tz_decision *d, struct tz_buf *out)
{
	const uint64_t of_ct = TZ_L4_CT_STATES | TZ_L4_CT_ASKABLE;
	uint64_t mask = (d->l4_mask & of_ct) >> TZ_L4_CT_SHIFT;

	if (d->l4_mask & ~of_ct)
		tz_buf_puts(out,
			    d->l4 & ~of_ct ? ", mergeable" : ", not mergeable");
	if (mask)
		tz_buf_printf(out, ", connection 0x%x/0x%x",
			      (unsigned int)((d->l4 & of_ct) >> TZ_L4_CT_SHIFT),
			      (unsigned int)mask);
}

static void print_decision(const struct tz_decision *d, struct tz_buf *out)
{
	size_t n_terms = 0;

	for (const struct tz_plan_term *t = d->terms; t; t = t->next)
		n_terms++;
	tz_buf_printf(out, "    #%u %s", d->rule->id, actions[d->action]);
	if (d->target)
		tz_buf_printf(out, " %s", d->target->ir->name);
	tz_buf_printf(out, ": %zu terms", n_terms);
	print_l4(d, out);
	print_situations(d->situations, out);
	tz_buf_printf(out, "  (%s)\n", d->rule->text);
}

static void print_chain(const struct tz_plan_chain *chain, struct tz_buf *out)
{
	tz_buf_printf(out, "chain v%d %s %s%s level %u%s\n", chain->ir->family,
		      tz_table_name(chain->ir->table), chain->ir->name,
		      chain->is_after_nat ? " behind NAT" : "", chain->level,
		      chain->can_drop ? " drops" : "");
	for (size_t i = 0; i < chain->segments.n; i++) {
		const struct tz_segment *s = &chain->segments.at[i];

		if (s->is_table)
			tz_buf_printf(out, "  table %u, %zu decisions\n",
				      s->table, s->n);
		else
			tz_buf_printf(out, "  code, %zu decisions\n", s->n);
		for (size_t j = 0; j < s->n; j++)
			print_decision(&chain->decisions.at[s->first + j], out);
	}
}

void tz_plan_print(const struct tz_plan *plan, struct tz_buf *out)
{
	for (size_t i = 0; i < plan->chains.n; i++)
		print_chain(plan->chains.at[i], out);
	tz_buf_printf(out, "tables %zu, nodes %zu, entries %zu + %zu\n",
		      plan->tables.n, plan->nodes.n,
		      plan->families[0].entries.n, plan->families[1].entries.n);
}
