/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is asked of frames but for their type: LLC formats, broadcasts and
 * multicasts, the direction and the interface.
 * Sources: pcap-filter(7), IEEE 802.2 5.4, pcap-linktype(7).
 */
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <string.h>

#include "lower/pcap_build.h"

/* A format or a command: the control field & mask == value. */
static const struct {
	const char *word;
	uint8_t value, mask;
} llc_words[] = {
	{ "s", 0x01, 0x03 },     { "u", 0x03, 0x03 },    { "rr", 0x01, 0x0f },
	{ "rnr", 0x05, 0x0f },   { "rej", 0x09, 0x0f },  { "ui", 0x03, 0xef },
	{ "ua", 0x63, 0xef },    { "disc", 0x43, 0xef }, { "dm", 0x0f, 0xef },
	{ "sabme", 0x6f, 0xef }, { "test", 0xe3, 0xef }, { "xid", 0xaf, 0xef },
	{ "frmr", 0x87, 0xef },
};

struct tz_formula *tz_pcap_llc(struct tz_pcap_build *b,
			       const struct tz_pcap_node *node)
{
	const char *word = node->text.text;

	if (!tz_pcap_link_is_ether(b)) {
		tz_diag(b->diags, TZ_DIAG_LINK_TYPE, node->span,
			"'llc' needs Ethernet frames");
		return tz_pcap_nothing(b);
	}

	/* IPX without LLC begins with 0xffff. */
	uint32_t type = tz_pcap_load(b, TZ_PCAP_AT_TYPE, 0, 2);
	struct tz_formula *is_llc =
		tz_pcap_no(b, tz_pcap_test(b, TZ_FLOW_GT, type, 1500));

	is_llc = tz_pcap_and(
		b, is_llc,
		tz_pcap_no(b, tz_pcap_equal(b, TZ_PCAP_AT_LLC, 0, 2, 0xffff)));
	if (!word)
		return is_llc;
	if (strcasecmp(word, "i") == 0)
		return tz_pcap_and(
			b, is_llc,
			tz_pcap_no(b,
				   tz_pcap_test(b, TZ_FLOW_SET,
						tz_pcap_load(b, TZ_PCAP_AT_LLC,
							     2, 1),
						1)));
	for (size_t i = 0; i < sizeof(llc_words) / sizeof(llc_words[0]); i++)
		if (strcasecmp(word, llc_words[i].word) == 0)
			return tz_pcap_and(b, is_llc,
					   tz_pcap_masked(b, TZ_PCAP_AT_LLC, 2,
							  1, llc_words[i].value,
							  llc_words[i].mask));
	tz_diag(b->diags, TZ_DIAG_KEYWORD, node->text.span,
		"'%s' is no kind of LLC frame: i, s, u, rr, rnr, rej, ui, ua, "
		"disc, dm, sabme, test, xid or frmr",
		word);
	return tz_pcap_nothing(b);
}

static struct tz_formula *ether_cast(struct tz_pcap_build *b,
				     const struct tz_pcap_node *node,
				     bool is_broadcast)
{
	static const uint8_t all[6] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };

	if (!tz_pcap_link_is_ether(b)) {
		tz_diag(b->diags, TZ_DIAG_LINK_TYPE, node->span,
			"frames of this link have no address to tell a %s "
			"from; 'ip %s' asks the address of IPv4",
			is_broadcast ? "broadcast" : "multicast",
			is_broadcast ? "broadcast" : "multicast");
		return tz_pcap_nothing(b);
	}
	if (is_broadcast)
		return tz_pcap_with_header(b, tz_pcap_mac_at(b, 0, all));
	return tz_pcap_with_header(
		b, tz_pcap_test(b, TZ_FLOW_SET,
				tz_pcap_load(b, TZ_PCAP_AT_LINK, 0, 1), 1));
}

static struct tz_formula *ip_broadcast(struct tz_pcap_build *b,
				       const struct tz_pcap_node *node)
{
	uint32_t host = ~b->options->netmask;

	if (!b->options->has_netmask) {
		tz_diag(b->diags, TZ_DIAG_MASK, node->span,
			"'ip broadcast' depends on the netmask of the network: "
			"say it (--netmask 255.255.255.0), or which addresses: "
			"'dst host 192.0.2.255'");
		return tz_pcap_nothing(b);
	}

	struct tz_formula *is_ip = tz_pcap_type_is(b, ETH_P_IP, node->span);
	struct tz_formula *zeros =
		tz_pcap_masked(b, TZ_PCAP_AT_NET, 16, 4, 0, host);
	struct tz_formula *ones =
		tz_pcap_masked(b, TZ_PCAP_AT_NET, 16, 4, host, host);

	return tz_pcap_and(b, is_ip, tz_pcap_or(b, zeros, ones));
}

struct tz_formula *tz_pcap_cast(struct tz_pcap_build *b,
				const struct tz_pcap_node *node)
{
	bool is_broadcast = node->kind == TZ_PCAP_BROADCAST;
	enum tz_pcap_proto proto = node->quals.proto;

	if (proto == TZ_PCAP_ANY || proto == TZ_PCAP_LINK)
		return ether_cast(b, node, is_broadcast);
	if (proto == TZ_PCAP_IP && is_broadcast)
		return ip_broadcast(b, node);
	if (proto == TZ_PCAP_IP) {
		struct tz_formula *is_ip =
			tz_pcap_type_is(b, ETH_P_IP, node->span);

		return tz_pcap_and(
			b, is_ip,
			tz_pcap_test(b, TZ_FLOW_GE,
				     tz_pcap_load(b, TZ_PCAP_AT_NET, 16, 1),
				     224));
	}
	if (proto == TZ_PCAP_IP6 && !is_broadcast) {
		struct tz_formula *is_ip6 =
			tz_pcap_type_is(b, ETH_P_IPV6, node->span);

		return tz_pcap_and(
			b, is_ip6,
			tz_pcap_equal(b, TZ_PCAP_AT_NET, 24, 1, 255));
	}
	tz_diag(b->diags, TZ_DIAG_QUALIFIER, node->span,
		is_broadcast ? "'%s' knows no broadcast, but 'ether' and 'ip'"
			     : "'%s' knows no multicast, but 'ether', 'ip' and "
			       "'ip6'",
		tz_pcap_proto_word(proto));
	return tz_pcap_nothing(b);
}

static struct tz_formula *is_outgoing(struct tz_pcap_build *b)
{
	uint32_t type;

	if (b->options->link == TZ_LINK_LINUX_SLL)
		type = tz_term_load(b->flow, 2, TZ_TERM_ZERO, 0);
	else if (b->options->link == TZ_LINK_LINUX_SLL2)
		type = tz_term_load(b->flow, 1, TZ_TERM_ZERO, 10);
	else
		type = tz_term_ad(b->flow, SKF_AD_PKTTYPE);
	return tz_pcap_test(b, TZ_FLOW_EQ, type, PACKET_OUTGOING);
}

struct tz_formula *tz_pcap_direction(struct tz_pcap_build *b,
				     const struct tz_pcap_node *node)
{
	bool is_index = node->kind == TZ_PCAP_IFINDEX;
	bool is_cooked = b->options->link == TZ_LINK_LINUX_SLL2 ||
			 (b->options->link == TZ_LINK_LINUX_SLL && !is_index);

	if (!b->options->is_socket && !is_cooked) {
		tz_diag(b->diags, TZ_DIAG_LINK_TYPE, node->span,
			"these packets do not tell %s; only sockets and "
			"'linux_sll' captures know",
			is_index ? "their interface" : "their direction");
		return tz_pcap_nothing(b);
	}
	if (is_index && is_cooked)
		return tz_pcap_test(b, TZ_FLOW_EQ,
				    tz_term_load(b->flow, 4, TZ_TERM_ZERO, 4),
				    node->number.value);
	if (is_index)
		return tz_pcap_test(b, TZ_FLOW_EQ,
				    tz_term_ad(b->flow, SKF_AD_IFINDEX),
				    node->number.value);
	if (node->kind == TZ_PCAP_OUTBOUND)
		return is_outgoing(b);
	return tz_pcap_no(b, is_outgoing(b));
}
