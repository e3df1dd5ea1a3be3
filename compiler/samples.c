/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which rules the operator wants samples of: by their place in a table, as
 * `iptables -L --line-numbers` numbers them, or in a file. One name may mean
 * a rule of each family.
 */
#include "compile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_at_place(const struct tamiz_rule *rule, const char *name)
{
	size_t table_len = strlen(rule->table), chain_len = strlen(rule->chain);
	char number[16] = "policy";

	if (strncmp(name, rule->table, table_len) || name[table_len] != '/')
		return false;
	name += table_len + 1;
	if (strncmp(name, rule->chain, chain_len) || name[chain_len] != '/')
		return false;
	if (rule->number)
		snprintf(number, sizeof(number), "%u", rule->number);
	return !strcmp(name + chain_len + 1, number);
}

static bool is_at_line(const struct tamiz_rule *rule, const char *name)
{
	size_t file_len = strlen(rule->file);
	char line[16];

	snprintf(line, sizeof(line), ":%u", rule->line);
	return !strncmp(name, rule->file, file_len) &&
	       !strcmp(name + file_len, line);
}

static void add_sample(struct tamiz *t, const struct tamiz_sample *sample,
		       struct tz_plan_sample *out, size_t *n)
{
	size_t before = *n;

	for (size_t i = 0; i < tamiz_n_rules(t); i++) {
		struct tamiz_rule rule = tamiz_rule(t, i);

		if (!is_at_place(&rule, sample->rule) &&
		    !is_at_line(&rule, sample->rule))
			continue;
		if (*n < TZ_PLAN_SAMPLES_MAX)
			out[*n] = (struct tz_plan_sample){ (uint32_t)i,
							   sample->every };
		++*n;
	}
	if (*n == before)
		tz_diag(t->diags, TZ_DIAG_NO_SUCH_RULE, (struct tz_span){ 0 },
			"no rule \"%s\" to log samples of: name it by "
			"TABLE/CHAIN/NUMBER or FILE:LINE",
			sample->rule);
}

void tz_samples_resolve(struct tamiz *t)
{
	const struct tamiz_options *o = &t->options;
	struct tz_plan_sample *samples = tz_new_array(
		t->arena, struct tz_plan_sample, TZ_PLAN_SAMPLES_MAX);
	size_t n = 0;

	for (size_t i = 0; i < o->n_samples; i++)
		add_sample(t, &o->samples[i], samples, &n);
	if (n > TZ_PLAN_SAMPLES_MAX) {
		tz_diag(t->diags, TZ_DIAG_TOO_LARGE, (struct tz_span){ 0 },
			"%zu rules to log samples of are too many: at most %d",
			n, TZ_PLAN_SAMPLES_MAX);
		n = TZ_PLAN_SAMPLES_MAX;
	}
	t->plan_options.samples = samples;
	t->plan_options.n_samples = n;
}
