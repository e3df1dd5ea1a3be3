/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Headers around headers: what `vlan`, `mpls`, `pppoes`, `geneve` and `vxlan`
 * test, and where that leaves everything behind them, to the end of the
 * expression, whichever way the test went.
 * Sources: IEEE 802.1Q, RFC 3032, RFC 2516, RFC 8926, RFC 7348.
 */
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <netinet/in.h>

#include "lower/pcap_build.h"

enum {
	GENEVE_PORT = 6081,
	VXLAN_PORT = 4789,
	UDP_LEN = 8,
	PPPOE_LEN = 6,
	/* What a tunnel is reached by, shared; then three of each tunnel. */
	VAR_OUTER = TZ_FLOW_VARS - 1,
	VARS_OF_TUNNEL = 3,
};

static bool number_fits(struct tz_pcap_build *b,
			const struct tz_pcap_node *node, const char *what,
			uint32_t max)
{
	if (!node->has_number || node->number.value <= max)
		return true;
	tz_diag(b->diags, TZ_DIAG_NUMBER, node->number.span,
		"%s %u is out of range 0-%u", what, node->number.value, max);
	return false;
}

/*
 * Packet sockets get frames without their outer tag, which the kernel keeps
 * beside them (net/core/dev.c, skb_vlan_untag); one that this host sends may
 * still have it, @in_frame. So what is behind it is moved by 0 or 4 bytes.
 */
static struct tz_formula *first_vlan(struct tz_pcap_build *b,
				     const struct tz_pcap_node *node,
				     struct tz_formula *in_frame)
{
	struct tz_flow *flow = b->flow;
	uint32_t is_off = tz_term_ad(flow, SKF_AD_VLAN_TAG_PRESENT);
	uint32_t moved = tz_term_arith(flow, TZ_TERM_XOR, is_off,
				       tz_term_const(flow, 1));
	struct tz_formula *off = tz_pcap_test(b, TZ_FLOW_EQ, is_off, 1), *id;

	moved = tz_term_arith(flow, TZ_TERM_LSH, moved, tz_term_const(flow, 2));
	b->type.base = b->payload.base = moved;
	if (!node->has_number)
		return tz_pcap_or(b, off, in_frame);
	id = tz_pcap_test(b, TZ_FLOW_EQ,
			  tz_term_arith(flow, TZ_TERM_AND,
					tz_term_ad(flow, SKF_AD_VLAN_TAG),
					tz_term_const(flow, 0x0fff)),
			  node->number.value);
	return tz_pcap_or(b, tz_pcap_and(b, off, id),
			  tz_pcap_and(b, tz_pcap_no(b, off), in_frame));
}

static struct tz_formula *vlan(struct tz_pcap_build *b,
			       const struct tz_pcap_node *node)
{
	struct tz_span span = node->span;

	if (!number_fits(b, node, "VLAN", 4095))
		return tz_pcap_nothing(b);
	if (b->n_labels || !tz_pcap_link_is_ether(b)) {
		tz_diag(b->diags, TZ_DIAG_LINK_TYPE, span,
			b->n_labels ? "there is no 'vlan' behind 'mpls'"
				    : "'vlan' needs Ethernet frames");
		return tz_pcap_nothing(b);
	}

	bool may_be_off = b->options->is_socket && !b->is_tunnel &&
			  b->payload.base == TZ_TERM_ZERO &&
			  b->payload.k == ETH_HLEN;
	struct tz_formula *tag = tz_pcap_type_is(b, ETH_P_8021Q, span);

	tag = tz_pcap_or(b, tag, tz_pcap_type_is(b, ETH_P_8021AD, span));
	tag = tz_pcap_or(b, tag, tz_pcap_type_is(b, ETH_P_QINQ1, span));
	if (node->has_number)
		tag = tz_pcap_and(b, tag,
				  tz_pcap_masked(b, TZ_PCAP_AT_NET, 0, 2,
						 node->number.value, 0x0fff));
	if (may_be_off)
		return first_vlan(b, node, tag);
	b->type.k += 4;
	b->payload.k += 4;
	return tag;
}

static struct tz_formula *mpls(struct tz_pcap_build *b,
			       const struct tz_pcap_node *node)
{
	struct tz_formula *label;

	if (!number_fits(b, node, "MPLS label", 0xfffff))
		return tz_pcap_nothing(b);
	if (b->n_labels) {
		/* The one before is not the last of the stack. */
		label = tz_pcap_masked(b, TZ_PCAP_AT_LABEL, 2, 1, 0, 0x01);
	} else if (b->typing == TZ_PCAP_ETHER) {
		label = tz_pcap_type_is(b, ETH_P_MPLS_UC, node->span);
	} else if (b->typing == TZ_PCAP_PPP) {
		label = tz_pcap_type_is(b, 0x0281, node->span);
	} else {
		tz_diag(b->diags, TZ_DIAG_LINK_TYPE, node->span,
			"'mpls' needs Ethernet frames or PPP");
		return tz_pcap_nothing(b);
	}
	if (node->has_number)
		label = tz_pcap_and(b, label,
				    tz_pcap_masked(b, TZ_PCAP_AT_NET, 0, 4,
						   node->number.value << 12,
						   0xfffff000));
	b->net += 4;
	b->net_nosnap += 4;
	b->n_labels++;
	return label;
}

static struct tz_formula *pppoes(struct tz_pcap_build *b,
				 const struct tz_pcap_node *node)
{
	if (!number_fits(b, node, "PPPoE session", 0xffff))
		return tz_pcap_nothing(b);

	struct tz_formula *session =
		tz_pcap_type_is(b, ETH_P_PPP_SES, node->span);

	if (node->has_number)
		session =
			tz_pcap_and(b, session,
				    tz_pcap_masked(b, TZ_PCAP_AT_NET, 0, 4,
						   node->number.value, 0xffff));
	b->typing = TZ_PCAP_PPP;
	b->link = b->payload;
	b->link.k += b->net + PPPOE_LEN;
	b->type = b->link;
	b->payload = b->link;
	b->payload.k += 2;
	b->net = 0;
	b->net_nosnap = 0;
	return session;
}

static struct tz_formula *let(struct tz_pcap_build *b, uint32_t var,
			      uint32_t term)
{
	return tz_formula_let(b->flow, var, term);
}

static uint32_t plus(struct tz_pcap_build *b, uint32_t term, uint32_t k)
{
	return tz_term_arith(b->flow, TZ_TERM_ADD, term,
			     tz_term_const(b->flow, k));
}

/*
 * The UDP header's place behind IPv4 (IPv6), in bytes from where the network
 * header of the outer packet is without its constant part.
 */
static struct tz_formula *let_outer(struct tz_pcap_build *b, bool is_ip4)
{
	struct tz_flow *flow = b->flow;
	uint32_t behind = tz_term_const(flow, 40);

	if (is_ip4) {
		behind = tz_pcap_load(b, TZ_PCAP_AT_NET, 0, 1);
		behind = tz_term_arith(flow, TZ_TERM_AND, behind,
				       tz_term_const(flow, 0xf));
		behind = tz_term_arith(flow, TZ_TERM_LSH, behind,
				       tz_term_const(flow, 2));
	}
	if (b->payload.base != TZ_TERM_ZERO)
		behind = tz_term_arith(flow, TZ_TERM_ADD, behind,
				       b->payload.base);
	return let(b, VAR_OUTER, behind);
}

/* UDP to the tunnel's port, with a sound header and the wanted network. */
static struct tz_formula *outer(struct tz_pcap_build *b,
				const struct tz_pcap_node *node, bool is_ip4)
{
	bool is_geneve = node->kind == TZ_PCAP_GENEVE;
	uint32_t port = is_geneve ? GENEVE_PORT : VXLAN_PORT;
	const struct tz_pcap_ports ports = { port, port, IPPROTO_UDP };
	enum tz_pcap_origin at =
		is_ip4 ? TZ_PCAP_AT_TRANSPORT4 : TZ_PCAP_AT_TRANSPORT6;
	struct tz_formula *f =
		is_ip4 ? tz_pcap_port4(b, &ports, TZ_PCAP_DST, node->span)
		       : tz_pcap_port6(b, &ports, TZ_PCAP_DST, node->span);

	/* Geneve: version 0. VXLAN: the flag that says there is a VNI. */
	f = tz_pcap_and(b, f,
			is_geneve ? tz_pcap_masked(b, at, UDP_LEN, 1, 0, 0xc0)
				  : tz_pcap_masked(b, at, UDP_LEN, 1, 8, 0x08));
	if (node->has_number)
		f = tz_pcap_and(b, f,
				tz_pcap_masked(b, at, UDP_LEN + 4, 4,
					       node->number.value << 8,
					       0xffffff00));
	return tz_pcap_and(b, f, let_outer(b, is_ip4));
}

/*
 * Where the inner frame is, from the outer UDP header that VAR_OUTER leads to.
 * What Geneve carries may have no link header (RFC 8926, 3.4): then the type
 * is that of the Geneve header, and the payload begins at once.
 */
static struct tz_formula *inner(struct tz_pcap_build *b, bool is_geneve,
				uint32_t first_var)
{
	struct tz_flow *flow = b->flow;
	uint32_t type = first_var, link = first_var + 1,
		 payload = first_var + 2;
	uint32_t header = plus(b, tz_term_var(flow, VAR_OUTER),
			       b->payload.k + b->net + UDP_LEN);
	struct tz_formula *place, *ether;

	if (is_geneve) {
		uint32_t words = tz_term_load(flow, 1, header, 0);

		words = tz_term_arith(flow, TZ_TERM_AND, words,
				      tz_term_const(flow, 0x3f));
		words = tz_term_arith(flow, TZ_TERM_MUL, words,
				      tz_term_const(flow, 4));
		place = let(b, link,
			    tz_term_arith(flow, TZ_TERM_ADD, plus(b, words, 8),
					  header));
	} else {
		place = let(b, link, plus(b, header, 8));
	}
	ether = let(b, type, plus(b, tz_term_var(flow, link), 12));
	ether = tz_pcap_and(
		b, ether,
		let(b, payload, plus(b, tz_term_var(flow, link), 14)));
	if (!is_geneve)
		return tz_pcap_and(b, place, ether);

	struct tz_formula *is_ether = tz_pcap_test(
		b, TZ_FLOW_EQ, tz_term_load(flow, 2, header, 2), ETH_P_TEB);
	struct tz_formula *bare = let(b, type, plus(b, header, 2));

	bare = tz_pcap_and(b, bare, let(b, payload, tz_term_var(flow, link)));
	return tz_pcap_and(
		b, place, tz_pcap_or(b, tz_pcap_and(b, is_ether, ether), bare));
}

static struct tz_formula *tunnel(struct tz_pcap_build *b,
				 const struct tz_pcap_node *node)
{
	bool is_geneve = node->kind == TZ_PCAP_GENEVE;
	uint32_t first_var = b->n_vars;

	if (!number_fits(b, node, "network", 0xffffff))
		return tz_pcap_nothing(b);
	if (first_var + VARS_OF_TUNNEL > VAR_OUTER) {
		tz_diag(b->diags, TZ_DIAG_TOO_COMPLEX, node->span,
			"at most %d tunnels can be inside each other",
			VAR_OUTER / VARS_OF_TUNNEL);
		return tz_pcap_nothing(b);
	}
	b->n_vars += VARS_OF_TUNNEL;

	struct tz_formula *ip4 = outer(b, node, true);
	struct tz_formula *any = tz_pcap_or(b, ip4, outer(b, node, false));

	any = tz_pcap_and(b, any, inner(b, is_geneve, first_var));
	b->typing = TZ_PCAP_ETHER;
	b->type.base = tz_term_var(b->flow, first_var);
	b->link.base = tz_term_var(b->flow, first_var + 1);
	b->payload.base = tz_term_var(b->flow, first_var + 2);
	b->type.k = b->link.k = b->payload.k = 0;
	b->net = 0;
	b->is_tunnel = true;
	return any;
}

struct tz_formula *tz_pcap_encap(struct tz_pcap_build *b,
				 const struct tz_pcap_node *node)
{
	switch (node->kind) {
	case TZ_PCAP_VLAN:
		return vlan(b, node);
	case TZ_PCAP_MPLS:
		return mpls(b, node);
	case TZ_PCAP_PPPOED:
		return tz_pcap_type_is(b, ETH_P_PPP_DISC, node->span);
	case TZ_PCAP_PPPOES:
		return pppoes(b, node);
	default:
		return tunnel(b, node);
	}
}
