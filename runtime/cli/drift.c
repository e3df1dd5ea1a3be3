/* SPDX-License-Identifier: GPL-2.0-only */
/* How files differ from the live rules, for a person. */
#include "runtime/cli/cli.h"

#define SHOWN_MAX 10

static void say_rule(const struct tamiz_rule *rule, const char *what)
{
	cli_note("%s:%u: %s: %s/%s %s%s", rule->file, rule->line, what,
		 rule->table, rule->chain, rule->number ? "" : "policy ",
		 rule->number ? rule->text : rule->target);
}

static void say_missing(const struct tamiz *tamiz,
			const struct tamiz_drift *drift)
{
	if (!drift->n_missing)
		return;
	for (size_t i = 0; i < drift->n_missing && i < SHOWN_MAX; i++) {
		struct tamiz_rule rule = tamiz_rule(tamiz, drift->missing[i]);

		say_rule(&rule, "not live in the kernel");
	}
	if (drift->n_missing > SHOWN_MAX)
		cli_note("and %zu more", drift->n_missing - SHOWN_MAX);
	cli_note("%zu of %zu ingress rules are live in the kernel; what is "
		 "not live and XDP does not drop is enforced by nobody: load "
		 "the rules, or see --mode=replace",
		 drift->n_live, drift->n_compared);
}

/* Live rules that the files lack may accept what XDP will drop. */
static void say_extra(const struct tamiz_drift *drift)
{
	for (size_t i = 0; i < drift->n_extra && i < SHOWN_MAX; i++)
		say_rule(&drift->extra[i], "live, but not in the files");
	if (drift->n_extra > SHOWN_MAX)
		cli_note("and %zu more", drift->n_extra - SHOWN_MAX);
	if (drift->n_extra)
		cli_note("XDP may drop what these live rules accept: save the "
			 "live rules again and attach those");
	if (drift->is_reordered)
		cli_note("the live rules are in another order than in the "
			 "files: XDP may drop what the kernel accepts");
}

static bool is_missing(const struct tamiz_drift *drift, size_t rule)
{
	for (size_t i = 0; i < drift->n_missing; i++)
		if (drift->missing[i] == rule)
			return true;
	return false;
}

/*
 * Whether all that the rule does is done here. What REJECT takes may go up to
 * be answered, what LOG takes to be logged: that needs the kernel's rule.
 */
static bool is_done_here(const struct tamiz_rule *rule)
{
	return rule->keeps_state && rule->is_ingress &&
	       rule->replace != TAMIZ_IMPOSSIBLE;
}

void cli_print_own(const struct tamiz *tamiz, const struct tamiz_drift *drift)
{
	size_t n = 0;

	for (size_t i = 0; i < tamiz_n_rules(tamiz); i++) {
		struct tamiz_rule rule = tamiz_rule(tamiz, i);

		if (!is_done_here(&rule) || is_missing(drift, i))
			continue;
		if (n++ < SHOWN_MAX)
			say_rule(&rule, "counted here now (--state=own)");
	}
	if (n > SHOWN_MAX)
		cli_note("and %zu more", n - SHOWN_MAX);
	if (n)
		cli_note("the kernel counts what is passed up to these rules "
			 "once more: delete them there");
}

void cli_print_drift(const struct tamiz *tamiz, const struct tamiz_drift *drift)
{
	say_missing(tamiz, drift);
	say_extra(drift);
}
