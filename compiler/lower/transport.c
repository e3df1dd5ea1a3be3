/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From the link header to the transport header; see the header. Graphs are
 * built from their ends, so that what follows comes as a node.
 */
#include "lower/transport.h"

#include <linux/if_ether.h>
#include <linux/in.h>

/* RFC 8200, 4; AH: RFC 4302. What ipv6_ext_hdr() of the kernel goes over. */
enum { HOP_BY_HOP = 0, ROUTING = 43, AUTH = 51, DESTINATION = 60 };

#define MORE_OR_OFFSET 0x3fff /* of IPv4: RFC 791 */

uint32_t tz_transport_net(enum tz_link link)
{
	switch (link) {
	case TZ_LINK_EN10MB:
		return ETH_HLEN;
	case TZ_LINK_LINUX_SLL:
		return 16;
	case TZ_LINK_LINUX_SLL2:
		return 20;
	case TZ_LINK_NULL:
	case TZ_LINK_LOOP:
		return 4;
	case TZ_LINK_NET:
		return (uint32_t)SKF_NET_OFF;
	case TZ_LINK_RAW:
	case TZ_LINK_IPV4:
	case TZ_LINK_IPV6:
	case TZ_N_LINKS:
		break;
	}
	return 0;
}

static uint32_t byte_at(struct tz_flow *flow, uint32_t base, uint32_t k)
{
	return tz_term_load(flow, 1, base, k);
}

/* Tests of the two bytes at @k for the Ethernet type of the family. */
static uint32_t by_type(struct tz_flow *flow, uint32_t k, uint32_t ipv4,
			uint32_t ipv6)
{
	uint32_t type = tz_term_load(flow, 2, TZ_TERM_ZERO, k);
	uint32_t node = tz_flow_test(flow, TZ_FLOW_EQ, type,
				     tz_term_const(flow, ETH_P_IPV6), ipv6,
				     TZ_FLOW_REJECT);

	return tz_flow_test(flow, TZ_FLOW_EQ, type,
			    tz_term_const(flow, ETH_P_IP), ipv4, node);
}

/* By the version in the IP header: where nothing else is before it. */
static uint32_t by_version(struct tz_flow *flow, uint32_t net, uint32_t ipv4,
			   uint32_t ipv6)
{
	uint32_t version = tz_term_arith(flow, TZ_TERM_AND,
					 byte_at(flow, TZ_TERM_ZERO, net),
					 tz_term_const(flow, 0xf0));
	uint32_t node =
		tz_flow_test(flow, TZ_FLOW_EQ, version,
			     tz_term_const(flow, 0x60), ipv6, TZ_FLOW_REJECT);

	return tz_flow_test(flow, TZ_FLOW_EQ, version,
			    tz_term_const(flow, 0x40), ipv4, node);
}

uint32_t tz_transport_family(struct tz_flow *flow, enum tz_link link,
			     uint32_t ipv4, uint32_t ipv6)
{
	switch (link) {
	case TZ_LINK_EN10MB:
		return by_type(flow, 12, ipv4, ipv6);
	case TZ_LINK_LINUX_SLL:
		return by_type(flow, 14, ipv4, ipv6);
	case TZ_LINK_LINUX_SLL2:
		return by_type(flow, 0, ipv4, ipv6);
	case TZ_LINK_IPV4:
		return ipv4;
	case TZ_LINK_IPV6:
		return ipv6;
	/* The numbers of AF_INET6 differ between systems. */
	case TZ_LINK_NULL:
	case TZ_LINK_LOOP:
	case TZ_LINK_RAW:
	case TZ_LINK_NET:
	case TZ_N_LINKS:
		break;
	}
	return by_version(flow, tz_transport_net(link), ipv4, ipv6);
}

/* Where the header behind that of IPv4 is. */
static uint32_t behind_ipv4(struct tz_flow *flow, uint32_t net)
{
	uint32_t words = tz_term_arith(flow, TZ_TERM_AND,
				       byte_at(flow, TZ_TERM_ZERO, net),
				       tz_term_const(flow, 15));
	uint32_t length =
		tz_term_arith(flow, TZ_TERM_LSH, words, tz_term_const(flow, 2));

	return tz_term_arith(flow, TZ_TERM_ADD, length,
			     tz_term_const(flow, net));
}

static bool has_ipv4(const struct tz_transport *t)
{
	return t->ipv4 && t->link != TZ_LINK_IPV6;
}

static bool has_ipv6(const struct tz_transport *t)
{
	return t->ipv6 && t->link != TZ_LINK_IPV4;
}

uint32_t tz_transport_at(struct tz_flow *flow, const struct tz_transport *t)
{
	uint32_t net = tz_transport_net(t->link);

	if (t->link == TZ_LINK_NET)
		return TZ_TERM_ZERO;
	if (!has_ipv6(t))
		return behind_ipv4(flow, net);
	if (t->is_given && !has_ipv4(t))
		return tz_term_const(flow, net + 40);
	return tz_term_var(flow, TZ_VAR_TRANSPORT);
}

/* To @found, which reads the offset as tz_transport_at says. */
static uint32_t go(struct tz_flow *flow, uint32_t at, uint32_t found)
{
	if (at == tz_term_var(flow, TZ_VAR_TRANSPORT))
		return found;
	return tz_flow_let(flow, TZ_VAR_TRANSPORT, at, found);
}

/* Over the extension header at @at, of (length byte + @more) units. */
static uint32_t skip(struct tz_flow *flow, uint32_t at, uint32_t unit,
		     uint32_t more, uint32_t next)
{
	uint32_t length = tz_term_arith(flow, TZ_TERM_MUL, byte_at(flow, at, 1),
					tz_term_const(flow, unit));
	uint32_t behind = tz_term_arith(
		flow, TZ_TERM_ADD, tz_term_arith(flow, TZ_TERM_ADD, at, length),
		tz_term_const(flow, unit * more));

	return tz_flow_let(flow, TZ_VAR_NEXT_HEADER, byte_at(flow, at, 0),
			   tz_flow_let(flow, TZ_VAR_TRANSPORT, behind, next));
}

static uint32_t is(struct tz_flow *flow, uint32_t term, uint32_t k,
		   uint32_t yes, uint32_t no)
{
	return tz_flow_test(flow, TZ_FLOW_EQ, term, tz_term_const(flow, k), yes,
			    no);
}

/* At @at stands the header of the kind @kind. */
static uint32_t walk(struct tz_flow *flow, uint8_t protocol, uint32_t kind,
		     uint32_t at, unsigned int n, uint32_t found)
{
	uint32_t node = TZ_FLOW_REJECT;

	if (n) {
		uint32_t next = walk(
			flow, protocol, tz_term_var(flow, TZ_VAR_NEXT_HEADER),
			tz_term_var(flow, TZ_VAR_TRANSPORT), n - 1, found);
		uint32_t over = skip(flow, at, 8, 1, next);

		node = is(flow, kind, AUTH, skip(flow, at, 4, 2, next), node);
		node = is(flow, kind, ROUTING, over, node);
		node = is(flow, kind, DESTINATION, over, node);
		node = is(flow, kind, HOP_BY_HOP, over, node);
	}
	return is(flow, kind, protocol, go(flow, at, found), node);
}

uint32_t tz_transport_walk(struct tz_flow *flow, enum tz_link link,
			   uint8_t protocol, unsigned int n_headers,
			   uint32_t found)
{
	uint32_t net = tz_transport_net(link);

	return walk(flow, protocol, byte_at(flow, TZ_TERM_ZERO, net + 6),
		    tz_term_const(flow, net + 40), n_headers, found);
}

/* @found is reached with the offset as tz_transport_at says it. */
static uint32_t find_ipv4(struct tz_flow *flow, const struct tz_transport *t,
			  uint32_t found)
{
	uint32_t net = tz_transport_net(t->link);
	uint32_t node = found;

	if (has_ipv6(t))
		node = go(flow, behind_ipv4(flow, net), node);
	if (t->is_given)
		return node;
	node = tz_flow_test(
		flow, TZ_FLOW_SET, tz_term_load(flow, 2, TZ_TERM_ZERO, net + 6),
		tz_term_const(flow, MORE_OR_OFFSET), TZ_FLOW_REJECT, node);
	return is(flow, byte_at(flow, TZ_TERM_ZERO, net + 9), t->protocol, node,
		  TZ_FLOW_REJECT);
}

static uint32_t find_ipv6(struct tz_flow *flow, const struct tz_transport *t,
			  uint32_t found)
{
	uint32_t net = tz_transport_net(t->link);

	if (!t->is_given)
		return tz_transport_walk(flow, t->link, t->protocol,
					 t->n_headers, found);
	if (!has_ipv4(t))
		return found;
	return go(flow, tz_term_const(flow, net + 40), found);
}

uint32_t tz_transport_find(struct tz_flow *flow, const struct tz_transport *t,
			   uint32_t found)
{
	uint32_t ipv4 = TZ_FLOW_REJECT, ipv6 = TZ_FLOW_REJECT;

	/* A socket's datagrams are of its protocol, and whole. */
	if (t->link == TZ_LINK_NET) {
		if (t->is_given || (t->ipv4 && t->ipv6))
			return found;
		return tz_transport_family(flow, t->link,
					   t->ipv4 ? found : TZ_FLOW_REJECT,
					   t->ipv6 ? found : TZ_FLOW_REJECT);
	}
	if (has_ipv4(t))
		ipv4 = find_ipv4(flow, t, found);
	if (has_ipv6(t))
		ipv6 = find_ipv6(flow, t, found);
	if (t->is_given && (!has_ipv4(t) || !has_ipv6(t)))
		return has_ipv4(t) ? ipv4 : ipv6;
	return tz_transport_family(flow, t->link, ipv4, ipv6);
}
