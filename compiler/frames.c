/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rules of expressions for XDP and tc: files of them (.pcapf), expressions and
 * programs that stand alone, of which what matches is dropped. They judge
 * frames, and nobody after them: there is no plan, each is decided by its graph
 * alone. Counters are numbered as the rules.
 */
#include <errno.h>
#include <string.h>

#include "backend/backend.h"
#include "cbpf/place.h"
#include "compile.h"
#include "filter.h"
#include "generate.h"
#include "ir/packet.h"

static const char table[] = "frames";

static bool is_for_tc(const struct tamiz *t)
{
	return t->options.target == TAMIZ_TARGET_TC;
}

static const char *hook_name(const struct tamiz *t)
{
	return is_for_tc(t) ? "tc" : "XDP";
}

static bool is_net(enum tz_link link)
{
	return link == TZ_LINK_RAW || link == TZ_LINK_IPV4 ||
	       link == TZ_LINK_IPV6;
}

static struct tz_span span_of(const struct tz_source *source)
{
	return (struct tz_span){ source->base,
				 source->base + (uint32_t)source->len };
}

static void add_drop(struct tamiz *t, const struct tz_source *source,
		     const char *text, struct tz_flow *flow, bool asks_tag)
{
	struct tz_pcapf_rule rule = {
		.span = span_of(source),
		.action = TZ_PCAPF_DROP,
		.text = text,
		.flow = flow,
		.asks_tag = asks_tag,
	};

	if (flow &&
	    tz_pcapf_has_room(t->diags, rule.span, &t->frames->n_nodes, flow))
		tz_vec_push(t->arena, &t->frames->rules, rule);
}

/* A program as the text of a rule: as an expression where it is one. */
static const char *describe(struct tamiz *t, const struct tz_cbpf *program,
			    const struct tz_flow *flow)
{
	struct tz_buf out = { 0 };
	const char *text;

	tz_flow_describe(tz_flow_optimize(t->arena, flow), &out);
	if (out.len && out.text[out.len - 1] == '\n')
		out.text[--out.len] = '\0';
	text = strchr(out.text, '\n')
		       ? tz_arena_printf(t->arena,
					 "drop (a program of %zu instructions)",
					 program->n)
		       : tz_arena_printf(t->arena, "drop %s", out.text);
	tz_buf_free(&out);
	return text;
}

static void read_program(struct tamiz *t, const struct tz_source *source)
{
	struct tz_cbpf program;
	struct tz_flow *flow;
	const char *obstacle;

	if (!tz_cbpf_read(t->arena, t->diags, span_of(source), source->text,
			  source->len, &program))
		return;
	obstacle = tz_cbpf_obstacle(&program, is_for_tc(t) ? TZ_CBPF_AT_TC
							   : TZ_CBPF_AT_FRAME);
	if (obstacle) {
		tz_diag(t->diags, TZ_DIAG_UNDECIDABLE, span_of(source),
			"the program reads %s, which is not known at %s",
			obstacle, hook_name(t));
		return;
	}
	flow = tz_flow_decode(t->arena, &program);
	add_drop(t, source, describe(t, &program, flow), flow,
		 tz_cbpf_asks_tag(&program));
}

static void read_source(struct tamiz *t, size_t i)
{
	const struct tz_source *source = tz_sources_at(t->sources, i);
	struct tz_pcap_options options = tz_filter_pcap_options(&t->options);

	switch (t->languages.at[i]) {
	case TAMIZ_LANGUAGE_PCAP:
		tz_pcapf_read(t->arena, t->diags, source, &options, t->frames);
		return;
	case TAMIZ_LANGUAGE_EXPRESSION:
		add_drop(t, source,
			 tz_arena_printf(t->arena, "drop %s", source->text),
			 tz_pcap_lower(t->arena, t->diags, span_of(source),
				       source->text, source->len, &options),
			 false);
		return;
	case TAMIZ_LANGUAGE_CBPF:
		read_program(t, source);
		return;
	case TAMIZ_LANGUAGE_DNS:
	case TAMIZ_LANGUAGE_DNS_VALID:
	case TAMIZ_LANGUAGE_P0F:
	case TAMIZ_LANGUAGE_SUFFIX:
		add_drop(t, source,
			 tz_arena_printf(t->arena, "drop (%s) %s",
					 tz_generator_name(t->languages.at[i]),
					 source->text),
			 tz_generate(t, i), false);
		return;
	case TAMIZ_LANGUAGE_IPTABLES:
	case TAMIZ_LANGUAGE_IPSET:
	case TAMIZ_LANGUAGE_AUTO:
		break;
	}
	tz_diag(t->diags, TZ_DIAG_NO_FILTER,
		(struct tz_span){ source->base, source->base },
		is_for_tc(t)
			? "rules of iptables become an XDP program (-t xdp): "
			  "at tc there are rules of expressions only"
			: "rules of iptables and rules of expressions make two "
			  "programs: they cannot be compiled together");
}

bool tz_frames_are_there(const struct tamiz *t)
{
	for (size_t i = 0; i < t->languages.n; i++)
		if (t->languages.at[i] != TAMIZ_LANGUAGE_IPTABLES &&
		    t->languages.at[i] != TAMIZ_LANGUAGE_IPSET)
			return true;
	return false;
}

static void check_link(const struct tamiz *t)
{
	enum tz_link link = tz_filter_link(&t->options);

	if (link == TZ_LINK_EN10MB || (is_for_tc(t) && is_net(link)))
		return;
	tz_diag(t->diags, TZ_DIAG_LINK_TYPE, (struct tz_span){ 0 },
		is_for_tc(t)
			? "at tc packets begin with the Ethernet header, or, "
			  "on "
			  "a device without one, with the IP header: --link "
			  "en10mb, raw, ipv4 or ipv6"
			: "at XDP packets begin with the Ethernet header: "
			  "--link en10mb");
}

/* Who reads the log takes frames to begin with the Ethernet header. */
static void check_log(const struct tamiz *t)
{
	bool logs = t->options.sample_every || t->options.n_samples;

	for (size_t i = 0; i < t->frames->rules.n; i++)
		logs |= t->frames->rules.at[i].action == TZ_PCAPF_SAMPLE;
	if (logs && is_net(tz_filter_link(&t->options)))
		tz_diag(t->diags, TZ_DIAG_LINK_TYPE, (struct tz_span){ 0 },
			"packets without an Ethernet header cannot be logged: "
			"sample needs --link en10mb");
}

void tz_frames_compile(struct tamiz *t)
{
	const struct tamiz_options *o = &t->options;

	t->options.mode = TAMIZ_MODE_REPLACE;
	t->frames = tz_new(t->arena, struct tz_pcapf);
	check_link(t);
	for (size_t i = 0; i < t->languages.n; i++)
		if (!tz_diags_full(t->diags))
			read_source(t, i);
	check_log(t);
	for (size_t i = 0; i < t->frames->rules.n && !o->unoptimized; i++) {
		struct tz_pcapf_rule *rule = &t->frames->rules.at[i];

		rule->flow = tz_flow_optimize(t->arena, rule->flow);
	}
	t->plan_options = (struct tz_plan_options){
		.is_replace = true,
		.sample_every = o->sample_every,
		.snaplen = o->snaplen ? o->snaplen : TAMIZ_SNAPLEN_DEFAULT,
	};
	tz_samples_resolve(t);
}

static void print_rule(const struct tz_pcapf_rule *rule, struct tz_buf *out)
{
	tz_buf_puts(out, rule->text);
	if (rule->comment)
		tz_buf_printf(out, "  # %s", rule->comment);
	tz_buf_puts(out, "\n");
}

static enum tz_frames_hook hook_of(const struct tamiz *t)
{
	if (!is_for_tc(t))
		return TZ_FRAMES_AT_XDP;
	return is_net(tz_filter_link(&t->options)) ? TZ_FRAMES_AT_TC_NET
						   : TZ_FRAMES_AT_TC;
}

bool tz_frames_emit(const struct tamiz *t, enum tamiz_emit form,
		    struct tz_buf *out)
{
	if (tz_diags_have_errors(t->diags))
		return false;
	if (form == TAMIZ_EMIT_C) {
		tz_ebpf_frames(t->frames, tz_frames_plan(t->arena, t->frames),
			       hook_of(t), t->sources, &t->plan_options,
			       t->options.standalone, out);
		return true;
	}
	for (size_t i = 0; i < t->frames->rules.n; i++) {
		const struct tz_pcapf_rule *rule = &t->frames->rules.at[i];

		if (form == TAMIZ_EMIT_SAVE)
			print_rule(rule, out);
		if (form != TAMIZ_EMIT_IR)
			continue;
		tz_buf_printf(out, "# %s\n", rule->text);
		tz_flow_print(rule->flow, out);
	}
	return form == TAMIZ_EMIT_IR || form == TAMIZ_EMIT_SAVE;
}

struct tamiz_rule tz_frames_rule(const struct tamiz *t, size_t i)
{
	const struct tz_pcapf_rule *rule = &t->frames->rules.at[i];
	struct tz_place place = tz_sources_find(t->sources, rule->span.begin);

	return (struct tamiz_rule){
		.table = table,
		.chain = hook_name(t),
		.number = (unsigned int)i + 1,
		.file = place.source ? place.source->name : "",
		.line = place.line,
		.text = rule->text,
		.target = tz_pcapf_action_name(rule->action),
		.comment = rule->comment,
		.is_ingress = true,
		.offload = TAMIZ_EXACT,
		.replace = TAMIZ_EXACT,
		.offload_why = "",
		.replace_why = "",
		.tracked = TAMIZ_EXACT,
		.tracked_why = "",
	};
}

bool tamiz_judges_frames(const struct tamiz *t)
{
	return t->frames;
}
