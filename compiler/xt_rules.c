/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rule files of expressions as rules of iptables. Where they only drop and
 * accept, one filter matches what they drop. Else they stand in a chain of
 * their own: what decides together is a filter that drops and one that returns,
 * and rates and samples are -m hashlimit and -m statistic beside -m bpf.
 */
#include <string.h>

#include "filter.h"

static bool decides(const struct tz_pcapf_rule *rule)
{
	return rule->action == TZ_PCAPF_DROP || rule->action == TZ_PCAPF_ACCEPT;
}

/* The end of the lines from @begin on that only decide. */
static size_t end_of_deciding(const struct tz_pcapf *lines, size_t begin)
{
	while (begin < lines->rules.n && decides(&lines->rules.at[begin]))
		begin++;
	return begin;
}

static bool some_accept(const struct tz_pcapf *lines, size_t begin, size_t end)
{
	while (begin < end)
		if (lines->rules.at[begin++].action == TZ_PCAPF_ACCEPT)
			return true;
	return false;
}

/* Rules of the chain @chain, with others behind them. */
static bool add_deciding(struct tamiz *t, const char *chain, size_t begin,
			 size_t end)
{
	static const struct tz_filter_ends drop = { .drop = TZ_FLOW_ACCEPT };
	static const struct tz_filter_ends accept = { .accept =
							      TZ_FLOW_ACCEPT };
	struct tz_xt_rule like = { .chain = chain };
	size_t n_chains;

	if (!tz_xt_split(t, tz_filter_of_rules(t, begin, end, &drop), &like,
			 end == t->lines->rules.n))
		return false;
	if (end == t->lines->rules.n || !some_accept(t->lines, begin, end))
		return true;
	like.target = "RETURN";
	n_chains = t->xt_chains.n;
	if (!tz_xt_split(t, tz_filter_of_rules(t, begin, end, &accept), &like,
			 false))
		return false;
	if (t->xt_chains.n == n_chains)
		return true;
	tz_diag(t->diags, TZ_DIAG_TOO_MANY_INSNS,
		t->lines->rules.at[begin].span,
		"what is accepted from here on takes too many instructions for "
		"rules that return");
	return false;
}

/* "-m statistic ..." and the like, and what becomes of what they match. */
static struct tz_xt_rule rule_beside(struct tamiz *t,
				     const struct tz_pcapf_rule *line, size_t i)
{
	struct tz_place place = tz_sources_find(t->sources, line->span.begin);
	struct tz_xt_rule rule = { .target = "" };

	if (line->action == TZ_PCAPF_LIMIT) {
		rule.target = NULL;
		rule.more = tz_arena_printf(
			t->arena,
			" -m hashlimit --hashlimit-above %u/second "
			"--hashlimit-burst %u --hashlimit-name %s-%zu",
			line->rate, line->burst, tz_xt_name(t), i + 1);
	}
	if (line->action == TZ_PCAPF_SAMPLE) {
		rule.target =
			tz_arena_printf(t->arena, "LOG --log-prefix \"%s:%u \"",
					tz_xt_name(t), place.line);
		if (line->every > 1)
			rule.more = tz_arena_printf(
				t->arena,
				" -m statistic --mode nth --every %u "
				"--packet 0",
				line->every);
	}
	return rule;
}

/*
 * A packet meets the rule that counts, or holds a rate, once: a filter that is
 * too large for it stands in a chain of its own, which the packets come back
 * from.
 */
static bool add_beside(struct tamiz *t, const char *chain, size_t i)
{
	const struct tz_pcapf_rule *line = &t->lines->rules.at[i];
	struct tz_xt_rule rule = rule_beside(t, line, i);
	struct tz_xt_rule jump = { .chain = chain }, like = { .is_goto = true };

	rule.chain = chain;
	if (tz_filter_program(t, line->flow, &rule.program, NULL)) {
		tz_xt_add(t, rule);
		return true;
	}
	jump.target = like.chain = tz_xt_new_chain(t);
	rule.chain = like.target = tz_xt_new_chain(t);
	if (!rule.chain || !jump.target)
		return false;
	tz_xt_add(t, jump);
	tz_xt_add(t, rule);
	return tz_xt_split(t, line->flow, &like, true);
}

bool tz_xt_build_rules(struct tamiz *t)
{
	const struct tz_pcapf *lines = t->lines;
	const char *chain = tz_xt_new_chain(t);
	size_t i = 0;

	while (chain && i < lines->rules.n) {
		size_t end = end_of_deciding(lines, i);

		if (end > i ? !add_deciding(t, chain, i, end)
			    : !add_beside(t, chain, i))
			return false;
		i = end > i ? end : i + 1;
	}
	tz_xt_add(t, (struct tz_xt_rule){ .target = chain });
	return chain;
}

bool tz_xt_rules_only_decide(const struct tamiz *t)
{
	return end_of_deciding(t->lines, 0) == t->lines->rules.n;
}

/* All that a rule can take, to see which packets may be meant. */
static const struct tz_flow *any_of(struct tamiz *t)
{
	size_t n = t->lines->rules.n;
	const struct tz_flow **flows =
		tz_new_array(t->arena, const struct tz_flow *, n + 1);

	for (size_t i = 0; i < n; i++)
		flows[i] = t->lines->rules.at[i].flow;
	return tz_filter_any(t->arena, flows, n);
}

const struct tz_flow *tz_xt_filter_of_rules(struct tamiz *t)
{
	static const struct tz_filter_ends ends = { .drop = TZ_FLOW_ACCEPT };

	return tz_xt_rules_only_decide(t)
		       ? tz_filter_of_rules(t, 0, t->lines->rules.n, &ends)
		       : any_of(t);
}
