/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Link layers: where their headers are, what tells the type of what they
 * carry, and what else an expression may ask of them.
 * Sources: pcap-filter(7), pcap-linktype(7), IEEE 802.2, RFC 1661.
 */
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "lower/pcap_build.h"

enum {
	SAP_STP = 0x42,
	SAP_IPX = 0xe0,
	SAP_NETBEUI = 0xf0,
	SAP_ISO = 0xfe,
	SAP_IP = 0x06,
	COOKED_8023 = 1, /* ETH_P_802_3: IPX without LLC */
	COOKED_8022 = 4, /* ETH_P_802_2 */
};

static const struct {
	const char *name;
	enum tz_pcap_typing typing;
	uint32_t type, payload, net_nosnap;
} links[] = {
	[TZ_LINK_EN10MB] = { "en10mb", TZ_PCAP_ETHER, 12, 14, 3 },
	[TZ_LINK_RAW] = { "raw", TZ_PCAP_VERSION, 0, 0, 0 },
	[TZ_LINK_IPV4] = { "ipv4", TZ_PCAP_ALWAYS4, 0, 0, 0 },
	[TZ_LINK_IPV6] = { "ipv6", TZ_PCAP_ALWAYS6, 0, 0, 0 },
	[TZ_LINK_LINUX_SLL] = { "linux_sll", TZ_PCAP_COOKED, 14, 16, 0 },
	[TZ_LINK_LINUX_SLL2] = { "linux_sll2", TZ_PCAP_PLAIN, 0, 20, 0 },
	[TZ_LINK_NULL] = { "null", TZ_PCAP_FAMILY_HOST, 0, 4, 0 },
	[TZ_LINK_LOOP] = { "loop", TZ_PCAP_FAMILY_NET, 0, 4, 0 },
	[TZ_LINK_NET] = { "net", TZ_PCAP_VERSION, 0, (uint32_t)SKF_NET_OFF, 0 },
};

_Static_assert(sizeof(links) / sizeof(links[0]) == TZ_N_LINKS,
	       "a row per link type");

bool tz_link_by_name(const char *name, enum tz_link *link)
{
	for (size_t i = 0; i < TZ_N_LINKS; i++)
		if (strcasecmp(links[i].name, name) == 0) {
			*link = (enum tz_link)i;
			return true;
		}
	return false;
}

const char *tz_link_name(enum tz_link link)
{
	return links[link].name;
}

void tz_pcap_link_begin(struct tz_pcap_build *b)
{
	enum tz_link link = b->options->link;

	b->typing = links[link].typing;
	b->type.k = links[link].type;
	b->payload.k = links[link].payload;
	b->net_nosnap = links[link].net_nosnap;
	/* Sockets without the link header (SOCK_DGRAM) get more than IP. */
	if (link == TZ_LINK_RAW && b->options->is_socket)
		b->typing = TZ_PCAP_KERNEL;
}

bool tz_pcap_link_is_ether(const struct tz_pcap_build *b)
{
	return b->typing == TZ_PCAP_ETHER;
}

struct tz_formula *tz_pcap_with_header(struct tz_pcap_build *b,
				       struct tz_formula *x)
{
	struct tz_flow *flow = b->flow;

	if (!b->is_tunnel)
		return x;
	return tz_pcap_and(
		b,
		tz_pcap_no(b, tz_formula_test(flow, TZ_FLOW_EQ, b->link.base,
					      b->payload.base)),
		x);
}

static struct tz_formula *type_equals(struct tz_pcap_build *b, uint32_t type)
{
	return tz_pcap_equal(b, TZ_PCAP_AT_TYPE, 0, 2, type);
}

/* The SNAP header of RFC 1042 with @oui and @type; the last bytes first. */
static struct tz_formula *is_snap(struct tz_pcap_build *b, uint32_t oui,
				  uint32_t type)
{
	uint32_t low = (oui & 0xffff) << 16 | type;
	uint32_t high = 0xaaaa0300 | oui >> 16;

	return tz_pcap_and(b, tz_pcap_equal(b, TZ_PCAP_AT_LLC, 4, 4, low),
			   tz_pcap_equal(b, TZ_PCAP_AT_LLC, 0, 4, high));
}

/* Both of DSAP and SSAP, or the DSAP alone, right behind the type. */
static struct tz_formula *is_sap(struct tz_pcap_build *b, uint32_t sap)
{
	if (sap == SAP_ISO || sap == SAP_IP || sap == SAP_NETBEUI)
		return tz_pcap_equal(b, TZ_PCAP_AT_LLC, 0, 2, sap << 8 | sap);
	return tz_pcap_equal(b, TZ_PCAP_AT_TYPE, 2, 1, sap);
}

/* What the field holds where an LLC header follows. */
static struct tz_formula *has_llc(struct tz_pcap_build *b)
{
	if (b->typing == TZ_PCAP_COOKED)
		return type_equals(b, COOKED_8022);
	return tz_pcap_no(
		b, tz_pcap_test(b, TZ_FLOW_GT,
				tz_pcap_load(b, TZ_PCAP_AT_TYPE, 0, 2), 1500));
}

static struct tz_formula *is_ipx_sap(struct tz_pcap_build *b)
{
	return tz_pcap_equal(b, TZ_PCAP_AT_LLC, 0, 1, SAP_IPX);
}

/* IPX: an EtherType, SNAP, LLC, or without any, as Novell had it. */
static struct tz_formula *is_ipx(struct tz_pcap_build *b)
{
	struct tz_formula *type = type_equals(b, ETH_P_IPX);

	if (b->typing == TZ_PCAP_COOKED) {
		type = tz_pcap_or(b, type, type_equals(b, COOKED_8023));
		return tz_pcap_or(
			b, type,
			tz_pcap_and(b, has_llc(b),
				    tz_pcap_or(b, is_ipx_sap(b),
					       is_snap(b, 0, ETH_P_IPX))));
	}

	struct tz_formula *llc = has_llc(b);
	struct tz_formula *any = is_snap(b, 0, ETH_P_IPX);

	any = tz_pcap_or(b, any, is_ipx_sap(b));
	any = tz_pcap_or(b, any,
			 tz_pcap_equal(b, TZ_PCAP_AT_LLC, 0, 2, 0xffff));
	return tz_pcap_or(b, type, tz_pcap_and(b, llc, any));
}

static struct tz_formula *is_ether_type(struct tz_pcap_build *b, uint32_t type)
{
	if (type == SAP_IPX)
		return is_ipx(b);
	if (type == ETH_P_ATALK || type == ETH_P_AARP) {
		struct tz_formula *equal = type_equals(b, type);
		struct tz_formula *llc = has_llc(b);

		/* Apple's OUI is in the one, none in the other. */
		return tz_pcap_or(
			b, equal,
			tz_pcap_and(b, llc,
				    is_snap(b,
					    type == ETH_P_ATALK ? 0x080007 : 0,
					    type)));
	}
	if (type > 1500)
		return type_equals(b, type);

	struct tz_formula *llc = has_llc(b);

	return tz_pcap_and(b, llc, is_sap(b, type));
}

/* The protocol field of PPP; IANA's list. */
static struct tz_formula *is_ppp_type(struct tz_pcap_build *b, uint32_t type)
{
	static const struct {
		uint32_t type, ppp;
	} types[] = {
		{ ETH_P_IP, 0x21 },     { ETH_P_IPV6, 0x57 },
		{ ETH_P_DNA_RT, 0x27 }, { ETH_P_ATALK, 0x29 },
		{ 0x0600, 0x25 },       { SAP_ISO, 0x23 },
		{ SAP_STP, 0x31 },      { SAP_IPX, 0x2b },
	};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (types[i].type == type)
			return type_equals(b, types[i].ppp);
	return type_equals(b, type);
}

/* IPv4 or IPv6 by the version that stands in the header. */
static struct tz_formula *is_version(struct tz_pcap_build *b, uint32_t type)
{
	enum tz_pcap_origin at = TZ_PCAP_AT_NET;

	if (type == ETH_P_IP)
		return tz_pcap_masked(b, at, 0, 1, 0x40, 0xf0);
	if (type == ETH_P_IPV6)
		return tz_pcap_masked(b, at, 0, 1, 0x60, 0xf0);
	b->is_first = false;
	return tz_formula_const(b->flow, false);
}

/* An LLC frame has its SAP in the packet, and no type. */
static struct tz_formula *is_known(struct tz_pcap_build *b, uint32_t type)
{
	b->is_first = false;
	if (type <= 1500)
		return tz_formula_const(b->flow, false);
	return tz_pcap_test(b, TZ_FLOW_EQ, tz_term_ad(b->flow, SKF_AD_PROTOCOL),
			    type);
}

static struct tz_formula *is_family(struct tz_pcap_build *b, uint32_t type)
{
	uint32_t family = type == ETH_P_IP ? AF_INET : AF_INET6;

	if (type != ETH_P_IP && type != ETH_P_IPV6) {
		b->is_first = false;
		return tz_formula_const(b->flow, false);
	}
	if (b->typing == TZ_PCAP_FAMILY_HOST)
		family = htonl(family);
	return tz_pcap_equal(b, TZ_PCAP_AT_LINK, 0, 4, family);
}

/* Behind MPLS there is only the version to tell: the last label first. */
static struct tz_formula *is_labelled(struct tz_pcap_build *b, uint32_t type,
				      struct tz_span span)
{
	if (type != ETH_P_IP && type != ETH_P_IPV6) {
		tz_diag(b->diags, TZ_DIAG_LINK_TYPE, span,
			"behind 'mpls' only IPv4 and IPv6 can be told apart");
		return tz_pcap_nothing(b);
	}

	struct tz_formula *last =
		tz_pcap_masked(b, TZ_PCAP_AT_NET, (uint32_t)-2, 1, 0x01, 0x01);

	return tz_pcap_and(b, last, is_version(b, type));
}

struct tz_formula *tz_pcap_type_is(struct tz_pcap_build *b, uint32_t type,
				   struct tz_span span)
{
	if (b->n_labels)
		return is_labelled(b, type, span);
	switch (b->typing) {
	case TZ_PCAP_ETHER:
	case TZ_PCAP_COOKED:
		return is_ether_type(b, type);
	case TZ_PCAP_PLAIN:
		return type_equals(b, type);
	case TZ_PCAP_PPP:
		return is_ppp_type(b, type);
	case TZ_PCAP_VERSION:
		return is_version(b, type);
	case TZ_PCAP_KERNEL:
		return is_known(b, type);
	case TZ_PCAP_ALWAYS4:
	case TZ_PCAP_ALWAYS6:
		b->is_first = false;
		return tz_formula_const(b->flow,
					type == (b->typing == TZ_PCAP_ALWAYS4
							 ? ETH_P_IP
							 : ETH_P_IPV6));
	case TZ_PCAP_FAMILY_HOST:
	case TZ_PCAP_FAMILY_NET:
		return is_family(b, type);
	}
	return tz_pcap_nothing(b);
}
