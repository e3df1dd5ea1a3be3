/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A tcpdump expression as a formula, and that as a flow graph. Terms are taken
 * from left to right; the order of tests and loads is that of libpcap's code
 * before its optimiser, for packets that end in the middle of it.
 */
#include "grammar/pcap.h"

#include "lower/pcap_build.h"

/* What an id without qualifiers takes: those of the term to the left. */
struct inherited {
	bool is_set;
	struct tz_pcap_quals quals;
};

static struct tz_formula *lower(struct tz_pcap_build *b,
				const struct tz_pcap_node *node,
				struct inherited *inherited);

/*
 * libpcap takes offsets that were never set where a tunnel did not match. The
 * kernel refuses such a program; here nothing is found inside.
 */
static void warn_of_tunnel(struct tz_pcap_build *b,
			   const struct tz_pcap_node *node)
{
	tz_diag(b->diags, TZ_DIAG_NEVER_MATCHES, node->span,
		"behind 'geneve' and 'vxlan' this is asked of the packet in "
		"the tunnel, and never holds for one without; let it stand "
		"before them");
}

static struct tz_formula *lower_list(struct tz_pcap_build *b,
				     const struct tz_pcap_node *first,
				     struct inherited *inherited)
{
	uint32_t n_vars = b->n_vars;
	struct tz_formula *f = lower(b, first, inherited);

	for (const struct tz_pcap_node *n = first->next; n; n = n->next) {
		if (b->n_vars > n_vars && (n->is_or || b->is_outside))
			warn_of_tunnel(b, n);

		struct tz_formula *next = lower(b, n, inherited);

		f = n->is_or ? tz_pcap_or(b, f, next) : tz_pcap_and(b, f, next);
	}
	return f;
}

static struct tz_formula *lower_id(struct tz_pcap_build *b,
				   const struct tz_pcap_node *node,
				   const struct inherited *inherited)
{
	if (inherited->is_set)
		return tz_pcap_id(b, node, &inherited->quals);
	tz_diag(b->diags, TZ_DIAG_SYNTAX, node->span,
		"what is this? The term before has no 'host', 'net', 'port' or "
		"'proto' that could be meant here, too");
	return tz_pcap_nothing(b);
}

/* A term that leaves nothing to those behind it. */
static struct tz_formula *lower_term(struct tz_pcap_build *b,
				     const struct tz_pcap_node *node)
{
	uint32_t len = tz_term_len(b->flow);

	switch (node->kind) {
	case TZ_PCAP_PROTOCOL:
		return tz_pcap_proto_is(b, node->quals.proto, node->span);
	case TZ_PCAP_RELATION:
		return tz_pcap_relation(b, node);
	case TZ_PCAP_BROADCAST:
	case TZ_PCAP_MULTICAST:
		return tz_pcap_cast(b, node);
	case TZ_PCAP_LESS:
		return tz_pcap_no(b, tz_pcap_test(b, TZ_FLOW_GT, len,
						  node->number.value));
	case TZ_PCAP_GREATER:
		return tz_pcap_test(b, TZ_FLOW_GE, len, node->number.value);
	case TZ_PCAP_BYTE:
		return tz_pcap_byte_is(b, node);
	case TZ_PCAP_INBOUND:
	case TZ_PCAP_OUTBOUND:
	case TZ_PCAP_IFINDEX:
		return tz_pcap_direction(b, node);
	case TZ_PCAP_LLC:
		return tz_pcap_llc(b, node);
	default:
		return tz_pcap_encap(b, node);
	}
}

static struct tz_formula *lower(struct tz_pcap_build *b,
				const struct tz_pcap_node *node,
				struct inherited *inherited)
{
	/* What stands in parentheses stays there. */
	struct inherited inner = *inherited;
	uint32_t n_vars = b->n_vars;
	struct tz_formula *f;

	switch (node->kind) {
	case TZ_PCAP_LIST:
		return lower_list(b, node->first, inherited);
	case TZ_PCAP_GROUP:
		return lower_list(b, node->first, &inner);
	case TZ_PCAP_NOT:
		f = tz_pcap_no(b, lower(b, node->first, inherited));
		b->is_outside |= b->n_vars > n_vars;
		return f;
	case TZ_PCAP_HEAD:
		*inherited = (struct inherited){ true, node->quals };
		return lower(b, node->first, inherited);
	case TZ_PCAP_ID_NUMBER:
	case TZ_PCAP_ID_NAME:
	case TZ_PCAP_ID_DOTTED:
	case TZ_PCAP_ID_MASK:
	case TZ_PCAP_ID_PREFIX:
	case TZ_PCAP_ID_IP6:
	case TZ_PCAP_ID_PREFIX6:
	case TZ_PCAP_ID_MAC:
		return lower_id(b, node, inherited);
	default:
		inherited->is_set = false;
		return lower_term(b, node);
	}
}

/* Whether an error was recorded behind the first @n_before. */
static bool has_errors(const struct tz_diags *diags, size_t n_before)
{
	for (size_t i = n_before; i < tz_diags_count(diags); i++)
		if (tz_diags_at(diags, i)->severity == TZ_ERROR)
			return true;
	return tz_diags_full(diags);
}

/*
 * On the ways that lead around a tunnel its places are where no packet is: the
 * first load ends the filter.
 */
static uint32_t let_nowhere(struct tz_pcap_build *b, uint32_t root)
{
	uint32_t nowhere = tz_term_const(b->flow, INT32_MAX);

	for (uint32_t var = 0; var < b->n_vars; var++)
		root = tz_flow_let(b->flow, var, nowhere, root);
	return root;
}

struct tz_flow *tz_pcap_lower(struct tz_arena *arena, struct tz_diags *diags,
			      struct tz_span span, const char *text, size_t len,
			      const struct tz_pcap_options *options)
{
	struct tz_pcap_build b = {
		.arena = arena,
		.diags = diags,
		.options = options,
		.names = options->names ? options->names : &tz_names_local,
		.is_first = true,
	};
	struct inherited inherited = { 0 };
	struct tz_pcap_node *root;
	size_t n_before = tz_diags_count(diags);

	if (len > TZ_LINE_MAX) {
		tz_diag(diags, TZ_DIAG_LINE_TOO_LONG, span,
			"the expression has more than %u bytes", TZ_LINE_MAX);
		return NULL;
	}
	tz_pcap_parse(arena, diags, span.begin, text, len, &root);
	if (has_errors(diags, n_before))
		return NULL;
	b.flow = tz_flow_new(arena);
	b.flow->drops_loads = !options->keeps_loads;
	tz_pcap_link_begin(&b);
	if (!root) {
		b.flow->root = TZ_FLOW_ACCEPT;
		return b.flow;
	}

	struct tz_formula *formula = lower(&b, root, &inherited);

	if (has_errors(diags, n_before))
		return NULL;
	b.flow->root = let_nowhere(&b, tz_formula_build(b.flow, formula,
							TZ_FLOW_ACCEPT,
							TZ_FLOW_REJECT));
	return b.flow;
}
