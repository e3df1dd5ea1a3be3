/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Filters: expressions, programs and rules of expressions to classic BPF. Each
 * source becomes a flow graph; several are alternatives. What of rules is no
 * filter (rates, samples, counts), and what is too large for one rule of
 * iptables, is the matter of xt.c.
 */
#include "filter.h"

#include <assert.h>
#include <string.h>

#include "backend/cbpf/best.h"
#include "backend/ebpf/socket.h"
#include "base/diag.h"
#include "cbpf/place.h"
#include "flow/graft.h"
#include "generate.h"
#include "lower/pcap.h"

_Static_assert(TAMIZ_LINK_EN10MB == TZ_LINK_EN10MB + 1 &&
		       TAMIZ_LINK_NET == TZ_LINK_NET + 1,
	       "the links of compile.h are those of lower/pcap.h");

struct tz_span tz_filter_span(const struct tz_source *source)
{
	return (struct tz_span){ source->base,
				 source->base + (uint32_t)source->len };
}

enum tz_link tz_filter_link(const struct tamiz_options *o)
{
	if (o->link)
		return (enum tz_link)(o->link - 1);
	switch (o->target) {
	case TAMIZ_TARGET_XT_BPF:
		return TZ_LINK_RAW;
	case TAMIZ_TARGET_SOCKET:
		return TZ_LINK_NET;
	case TAMIZ_TARGET_XDP:
	case TAMIZ_TARGET_CBPF:
	case TAMIZ_TARGET_TC:
		break;
	}
	return TZ_LINK_EN10MB;
}

struct tz_pcap_options tz_filter_pcap_options(const struct tamiz_options *o)
{
	return (struct tz_pcap_options){
		.link = tz_filter_link(o),
		.names = o->resolve_hosts ? &tz_names_system : &tz_names_local,
		.is_socket = o->target == TAMIZ_TARGET_SOCKET,
		.has_netmask = o->netmask_given,
		.netmask = o->netmask,
	};
}

static struct tz_flow *read_expression(struct tamiz *t,
				       const struct tz_source *source)
{
	struct tz_pcap_options options = tz_filter_pcap_options(&t->options);

	return tz_pcap_lower(t->arena, t->diags, tz_filter_span(source),
			     source->text, source->len, &options);
}

static struct tz_flow *read_program(struct tamiz *t,
				    const struct tz_source *source)
{
	struct tz_cbpf program;

	if (!tz_cbpf_read(t->arena, t->diags, tz_filter_span(source),
			  source->text, source->len, &program))
		return NULL;
	t->as_read = program;
	return tz_flow_decode(t->arena, &program);
}

/* NULL after a diagnostic. */
static struct tz_flow *read_source(struct tamiz *t, size_t i)
{
	const struct tz_source *source = tz_sources_at(t->sources, i);

	switch (t->languages.at[i]) {
	case TAMIZ_LANGUAGE_EXPRESSION:
		return read_expression(t, source);
	case TAMIZ_LANGUAGE_CBPF:
		return read_program(t, source);
	case TAMIZ_LANGUAGE_DNS:
	case TAMIZ_LANGUAGE_DNS_VALID:
	case TAMIZ_LANGUAGE_P0F:
	case TAMIZ_LANGUAGE_SUFFIX:
		return tz_generate(t, i);
	case TAMIZ_LANGUAGE_PCAP:
	case TAMIZ_LANGUAGE_IPTABLES:
	case TAMIZ_LANGUAGE_IPSET:
	case TAMIZ_LANGUAGE_AUTO:
		break;
	}
	tz_diag(t->diags, TZ_DIAG_NO_FILTER,
		(struct tz_span){ source->base, source->base },
		"rules of iptables have no form as classic BPF: they become an "
		"XDP program (-t xdp); an expression is given by -e");
	return NULL;
}

const struct tz_flow *tz_filter_any(struct tz_arena *arena,
				    const struct tz_flow *const *flows,
				    size_t n)
{
	struct tz_flow *any;

	if (n == 1)
		return flows[0];
	any = tz_flow_new(arena);
	any->root = TZ_FLOW_REJECT;
	while (n--) {
		struct tz_graft graft = { .yes = TZ_FLOW_ACCEPT,
					  .no = any->root,
					  .guards = true };

		any->root =
			tz_flow_graft(any, flows[n], flows[n]->root, &graft);
	}
	return any;
}

unsigned int tz_filter_max_insns(const struct tamiz_options *o)
{
	unsigned int most =
		o->target == TAMIZ_TARGET_XT_BPF ? TZ_CBPF_XT_MAX : TZ_CBPF_MAX;

	return o->max_insns && o->max_insns < most ? o->max_insns : most;
}

const struct tz_flow *tz_filter_shorten(const struct tamiz *t,
					struct tz_arena *arena,
					const struct tz_flow *flow)
{
	return t->options.unoptimized ? flow : tz_flow_optimize(arena, flow);
}

bool tz_filter_program(const struct tamiz *t, const struct tz_flow *flow,
		       struct tz_cbpf *program, size_t *needed)
{
	unsigned int most = tz_filter_max_insns(&t->options);

	return t->options.unoptimized
		       ? tz_cbpf_emit(t->arena, flow, most, program, needed)
		       : tz_cbpf_best(t->arena, flow, most, program, needed);
}

/*
 * The program of all sources. One that was read stays as it is where that is
 * wished or must be, or nothing shorter came of it.
 */
static bool make_program(struct tamiz *t, size_t *needed)
{
	const struct tz_cbpf *given = &t->as_read;
	bool is_alone = given->n && t->languages.n == 1;
	bool stays = t->options.unoptimized || tz_cbpf_asks_device(given);

	if (!is_alone || !stays)
		tz_filter_program(t, t->whole, &t->program, needed);
	if (!is_alone || (t->program.n && t->program.n <= given->n))
		return t->program.n;
	*needed = given->n;
	t->program = (struct tz_cbpf){ 0 };
	if (given->n <= tz_filter_max_insns(&t->options))
		t->program = *given;
	return t->program.n;
}

/* Why there is no program, and what can be done about it. */
static void refuse(struct tamiz *t, size_t needed)
{
	unsigned int most = tz_filter_max_insns(&t->options);

	if (!needed)
		tz_diag(t->diags, TZ_DIAG_TOO_MANY_INSNS, (struct tz_span){ 0 },
			"the filter needs more scratch memory than classic BPF "
			"has");
	else if (most == TZ_CBPF_XT_MAX)
		tz_diag(t->diags, TZ_DIAG_TOO_MANY_INSNS, (struct tz_span){ 0 },
			"the filter takes %zu instructions, and -m bpf of "
			"iptables at most %u: --split makes several rules of "
			"it, --object a socket filter for --object-pinned",
			needed, most);
	else
		tz_diag(t->diags, TZ_DIAG_TOO_MANY_INSNS, (struct tz_span){ 0 },
			"the filter takes %zu instructions, and %u is the most",
			needed, most);
}

/* All that was given, as one graph; NULL after diagnostics. */
static const struct tz_flow *read_all(struct tamiz *t, bool is_xt)
{
	size_t n = t->languages.n, n_nodes = 0;
	const struct tz_flow **flows =
		tz_new_array(t->arena, const struct tz_flow *, n);

	if (tz_filter_has_rules(t)) {
		if (!tz_filter_read_rules(t))
			return NULL;
		return is_xt ? tz_xt_filter_of_rules(t)
			     : tz_filter_of_all_rules(t);
	}
	for (size_t i = 0; i < n && !tz_diags_full(t->diags); i++) {
		flows[i] = read_source(t, i);
		if (flows[i])
			tz_pcapf_has_room(
				t->diags,
				tz_filter_span(tz_sources_at(t->sources, i)),
				&n_nodes, flows[i]);
	}
	return tz_diags_have_errors(t->diags)
		       ? NULL
		       : tz_filter_any(t->arena, flows, n);
}

/* Whether packets of the target can begin so. */
static bool check_link(struct tamiz *t)
{
	enum tz_link link = tz_filter_link(&t->options);

	if (t->options.target != TAMIZ_TARGET_XT_BPF || link == TZ_LINK_RAW ||
	    link == TZ_LINK_IPV4 || link == TZ_LINK_IPV6)
		return true;
	tz_diag(t->diags, TZ_DIAG_LINK_TYPE, (struct tz_span){ 0 },
		"packets begin with the IP header in rules of iptables: --link "
		"raw, ipv4 or ipv6");
	return false;
}

void tz_filter_compile(struct tamiz *t)
{
	bool is_xt = t->options.target == TAMIZ_TARGET_XT_BPF;
	size_t needed = 0;

	if (!check_link(t))
		return;
	t->whole = read_all(t, is_xt);
	if (!t->whole || tz_diags_have_errors(t->diags))
		return;
	t->flow = tz_filter_shorten(t, t->arena, t->whole);
	/* Rates and samples are in several rules, however small the filters. */
	if (is_xt && t->lines && !tz_xt_rules_only_decide(t)) {
		tz_xt_build(t);
		return;
	}
	if (!make_program(t, &needed) &&
	    !(is_xt && (t->options.xt.split || tz_xt_has_object(t))))
		refuse(t, needed);
	if (is_xt && !tz_diags_have_errors(t->diags))
		tz_xt_build(t);
}

static bool has_form(const struct tamiz *t, enum tamiz_emit form)
{
	if (form == TAMIZ_EMIT_SOCKET_C)
		return tz_ebpf_socket_knows(t->flow);
	if (form >= TAMIZ_EMIT_BYTECODE && form <= TAMIZ_EMIT_JSON)
		return t->program.n;
	if (form == TAMIZ_EMIT_COMMANDS)
		return t->options.target == TAMIZ_TARGET_XT_BPF;
	return form == TAMIZ_EMIT_FLOW || form == TAMIZ_EMIT_EXPRESSION;
}

_Static_assert(TAMIZ_EMIT_JSON - TAMIZ_EMIT_BYTECODE == TZ_CBPF_N_FORMS - 1,
	       "the forms of compile.h are those of cbpf.h");

bool tz_filter_emit(const struct tamiz *t, enum tamiz_emit form,
		    struct tz_buf *out)
{
	if (!t->flow || tz_diags_have_errors(t->diags) || !has_form(t, form))
		return false;
	if (form == TAMIZ_EMIT_FLOW)
		tz_flow_print(t->flow, out);
	else if (form == TAMIZ_EMIT_EXPRESSION)
		tz_flow_describe(t->flow, out);
	else if (form == TAMIZ_EMIT_SOCKET_C)
		tz_ebpf_socket(t->flow, out);
	else if (form == TAMIZ_EMIT_COMMANDS)
		tz_xt_print(t, out);
	else
		tz_cbpf_print(&t->program,
			      (enum tz_cbpf_form)(form - TAMIZ_EMIT_BYTECODE),
			      out);
	if (form == TAMIZ_EMIT_BYTECODE)
		tz_buf_puts(out, "\n");
	return true;
}

const struct sock_filter *tamiz_cbpf(const struct tamiz *t, size_t *n)
{
	bool is_there =
		t->flow && !tz_diags_have_errors(t->diags) && t->program.n;

	*n = is_there ? t->program.n : 0;
	return is_there ? t->program.insns : NULL;
}
