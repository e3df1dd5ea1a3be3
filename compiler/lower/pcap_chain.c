/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * protochain: one header after another until the wanted protocol. libpcap
 * jumps backwards for it, which no kernel takes; here each step is written
 * out, and what has more headers than there are steps does not match.
 */
#include <linux/if_ether.h>
#include <netinet/in.h>

#include "lower/pcap_build.h"

enum {
	STEPS = 12,
	/* Tunnels have the lower ones, but no chain stands behind them. */
	VAR_PROTO = TZ_FLOW_VARS - 2,
	VAR_PLACE = TZ_FLOW_VARS - 3,
};

static struct tz_formula *is_proto(struct tz_pcap_build *b, uint32_t number)
{
	return tz_pcap_test(b, TZ_FLOW_EQ, tz_term_var(b->flow, VAR_PROTO),
			    number);
}

/* (the byte @offset behind the place + @more) * @unit */
static uint32_t len_at(struct tz_pcap_build *b, uint32_t offset, uint32_t more,
		       uint32_t unit)
{
	struct tz_flow *flow = b->flow;
	uint32_t at =
		tz_term_arith(flow, TZ_TERM_ADD, tz_term_var(flow, VAR_PLACE),
			      tz_term_const(flow, offset));
	uint32_t len = tz_pcap_load_at(b, TZ_PCAP_AT_NET, at, 1);

	len = tz_term_arith(flow, TZ_TERM_ADD, len, tz_term_const(flow, more));
	return tz_term_arith(flow, TZ_TERM_MUL, len, tz_term_const(flow, unit));
}

/* To the header at @next; the first byte of this one names it. */
static struct tz_formula *go_on(struct tz_pcap_build *b, uint32_t next)
{
	uint32_t place = tz_term_var(b->flow, VAR_PLACE);
	struct tz_formula *proto =
		tz_formula_let(b->flow, VAR_PROTO,
			       tz_pcap_load_at(b, TZ_PCAP_AT_NET, place, 1));

	return tz_pcap_and(b, proto, tz_formula_let(b->flow, VAR_PLACE, next));
}

/* The headers of RFC 8200: units of 8 bytes, the first not counted. */
static struct tz_formula *extension(struct tz_pcap_build *b)
{
	uint32_t next = tz_term_arith(b->flow, TZ_TERM_ADD, len_at(b, 1, 1, 8),
				      tz_term_var(b->flow, VAR_PLACE));
	struct tz_formula *is_one = is_proto(b, IPPROTO_HOPOPTS);

	is_one = tz_pcap_or(b, is_one, is_proto(b, IPPROTO_DSTOPTS));
	is_one = tz_pcap_or(b, is_one, is_proto(b, IPPROTO_ROUTING));
	is_one = tz_pcap_or(b, is_one, is_proto(b, IPPROTO_FRAGMENT));
	return tz_pcap_and(b, is_one, go_on(b, next));
}

/*
 * AH: units of 4 bytes less 2 (RFC 4302). libpcap forgets to add where AH
 * began, and goes on at that distance from the IP header; so it is here.
 */
static struct tz_formula *authentication(struct tz_pcap_build *b)
{
	return tz_pcap_and(b, is_proto(b, IPPROTO_AH),
			   go_on(b, len_at(b, 1, 2, 4)));
}

static struct tz_formula *steps(struct tz_pcap_build *b, uint32_t number,
				bool is_ip6)
{
	struct tz_formula *found = is_proto(b, number);

	for (int i = 1; i < STEPS; i++) {
		struct tz_formula *more =
			tz_pcap_no(b, is_proto(b, IPPROTO_NONE));
		struct tz_formula *next = authentication(b);

		if (is_ip6)
			next = tz_pcap_or(b, extension(b), next);
		more = tz_pcap_and(b, more, next);
		more = tz_pcap_and(b, more, found);
		found = tz_pcap_or(b, is_proto(b, number), more);
	}
	return found;
}

static struct tz_formula *chain(struct tz_pcap_build *b, uint32_t number,
				bool is_ip6, struct tz_span span)
{
	struct tz_flow *flow = b->flow;
	struct tz_formula *f =
		tz_pcap_type_is(b, is_ip6 ? ETH_P_IPV6 : ETH_P_IP, span);
	uint32_t place = tz_term_const(flow, 40);

	if (!is_ip6) {
		place = tz_pcap_load(b, TZ_PCAP_AT_NET, 0, 1);
		place = tz_term_arith(flow, TZ_TERM_AND, place,
				      tz_term_const(flow, 0xf));
		place = tz_term_arith(flow, TZ_TERM_LSH, place,
				      tz_term_const(flow, 2));
	}
	f = tz_pcap_and(b, f,
			tz_formula_let(flow, VAR_PROTO,
				       tz_pcap_load(b, TZ_PCAP_AT_NET,
						    is_ip6 ? 6 : 9, 1)));
	f = tz_pcap_and(b, f, tz_formula_let(flow, VAR_PLACE, place));
	return tz_pcap_and(b, f, steps(b, number, is_ip6));
}

struct tz_formula *tz_pcap_protochain(struct tz_pcap_build *b, uint32_t number,
				      const struct tz_pcap_quals *quals,
				      struct tz_span span)
{
	struct tz_formula *f;

	if (b->is_tunnel) {
		tz_diag(b->diags, TZ_DIAG_LINK_TYPE, span,
			"'protochain' does not go behind 'geneve' or 'vxlan'");
		return tz_pcap_nothing(b);
	}
	if (quals->proto == TZ_PCAP_IP || quals->proto == TZ_PCAP_IP6)
		return chain(b, number, quals->proto == TZ_PCAP_IP6, span);
	if (quals->proto != TZ_PCAP_ANY) {
		tz_diag(b->diags, TZ_DIAG_QUALIFIER, quals->span,
			"'%s' has no 'protochain', but 'ip' and 'ip6'",
			tz_pcap_proto_word(quals->proto));
		return tz_pcap_nothing(b);
	}
	f = chain(b, number, false, span);
	return tz_pcap_or(b, f, chain(b, number, true, span));
}
