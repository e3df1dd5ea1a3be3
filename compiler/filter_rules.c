/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rule files of expressions (.pcapf) as filters. Lines are asked one after the
 * other until one decides; a line whose expression fails on a short packet does
 * not match, and the next one is asked. What no line decides is passed.
 */
#include "filter.h"

#include "flow/graft.h"

bool tz_filter_has_rules(const struct tamiz *t)
{
	for (size_t i = 0; i < t->languages.n; i++)
		if (t->languages.at[i] == TAMIZ_LANGUAGE_PCAP)
			return true;
	return false;
}

bool tz_filter_read_rules(struct tamiz *t)
{
	struct tz_pcap_options options = tz_filter_pcap_options(&t->options);

	t->lines = tz_new(t->arena, struct tz_pcapf);
	for (size_t i = 0; i < t->languages.n; i++) {
		const struct tz_source *source = tz_sources_at(t->sources, i);

		if (t->languages.at[i] == TAMIZ_LANGUAGE_PCAP)
			tz_pcapf_read(t->arena, t->diags, source, &options,
				      t->lines);
		else
			tz_diag(t->diags, TZ_DIAG_NO_FILTER,
				(struct tz_span){ source->base, source->base },
				"rules say what becomes of packets, this does "
				"not: they cannot be one filter");
	}
	return !tz_diags_have_errors(t->diags);
}

const struct tz_flow *tz_filter_of_rules(struct tamiz *t, size_t begin,
					 size_t end,
					 const struct tz_filter_ends *ends)
{
	struct tz_flow *flow = tz_flow_new(t->arena);
	uint32_t at = ends->undecided;

	while (end-- > begin) {
		const struct tz_pcapf_rule *rule = &t->lines->rules.at[end];
		struct tz_graft graft = { .no = at, .guards = true };

		if (rule->action != TZ_PCAPF_DROP &&
		    rule->action != TZ_PCAPF_ACCEPT)
			continue;
		graft.yes = rule->action == TZ_PCAPF_DROP ? ends->drop
							  : ends->accept;
		at = tz_flow_graft(flow, rule->flow, rule->flow->root, &graft);
	}
	flow->root = at;
	return flow;
}

const struct tz_flow *tz_filter_of_all_rules(struct tamiz *t)
{
	static const struct tz_filter_ends ends = { .drop = TZ_FLOW_REJECT,
						    .accept = TZ_FLOW_ACCEPT,
						    .undecided =
							    TZ_FLOW_ACCEPT };

	for (size_t i = 0; i < t->lines->rules.n; i++) {
		const struct tz_pcapf_rule *rule = &t->lines->rules.at[i];

		if (rule->action == TZ_PCAPF_LIMIT)
			tz_diag(t->diags, TZ_DIAG_NO_FILTER, rule->span,
				"a filter keeps no rate: this rule needs XDP "
				"(-t xdp) or iptables (-t xt_bpf)");
		else if (rule->action == TZ_PCAPF_COUNT ||
			 rule->action == TZ_PCAPF_SAMPLE)
			tz_diag(t->diags, TZ_DIAG_NO_EFFECT, rule->span,
				"a filter cannot %s: the rule is left out",
				tz_pcapf_action_name(rule->action));
	}
	return tz_filter_of_rules(t, 0, t->lines->rules.n, &ends);
}
