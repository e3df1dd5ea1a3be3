/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ids that are no names: numbers, addresses, networks. Short forms as libpcap
 * reads them: `net 10.1` is 10.1.0.0/16, `net 10` is 10.0.0.0/8, but `host 10`
 * is 0.0.0.10.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>

#include "lower/pcap_build.h"

static struct tz_formula *refuse(struct tz_pcap_build *b,
				 const struct tz_pcap_node *node,
				 const char *text)
{
	tz_diag(b->diags, TZ_DIAG_QUALIFIER, node->span, "%s", text);
	return tz_pcap_nothing(b);
}

/* The protocol that ports are of; UINT32_MAX after a diagnostic. */
uint32_t tz_pcap_port_proto(struct tz_pcap_build *b,
			    const struct tz_pcap_quals *quals)
{
	switch (quals->proto) {
	case TZ_PCAP_ANY:
		return 0;
	case TZ_PCAP_TCP:
		return IPPROTO_TCP;
	case TZ_PCAP_UDP:
		return IPPROTO_UDP;
	case TZ_PCAP_SCTP:
		return IPPROTO_SCTP;
	default:
		tz_diag(b->diags, TZ_DIAG_QUALIFIER, quals->span,
			"'%s' has no ports, but 'tcp', 'udp' and 'sctp'",
			tz_pcap_proto_word(quals->proto));
		return UINT32_MAX;
	}
}

static struct tz_formula *port_number(struct tz_pcap_build *b,
				      const struct tz_pcap_node *node,
				      const struct tz_pcap_quals *quals)
{
	uint32_t port = node->number.value;
	uint32_t proto = tz_pcap_port_proto(b, quals);
	const struct tz_pcap_ports ports = { port, port, proto };

	if (proto == UINT32_MAX)
		return tz_pcap_nothing(b);
	if (port > 65535) {
		tz_diag(b->diags, TZ_DIAG_PORT_RANGE, node->number.span,
			"port %u is out of range 0-65535", port);
		return tz_pcap_nothing(b);
	}
	return tz_pcap_port(b, &ports, quals, node->span);
}

/* An IPv4 address or network: @address with @bits of it written. */
static struct tz_formula *address(struct tz_pcap_build *b, uint32_t number,
				  uint32_t mask,
				  const struct tz_pcap_node *node,
				  const struct tz_pcap_quals *quals)
{
	if (quals->proto == TZ_PCAP_LINK) {
		tz_diag(b->diags, TZ_DIAG_MAC_ADDRESS, node->span,
			"this is no address of the link layer; they look like "
			"00:11:22:33:44:55");
		return tz_pcap_nothing(b);
	}
	return tz_pcap_host(b, number, mask, quals, node->span);
}

static struct tz_formula *id_number(struct tz_pcap_build *b,
				    const struct tz_pcap_node *node,
				    const struct tz_pcap_quals *quals)
{
	uint32_t number = node->number.value, mask = UINT32_MAX;

	switch (quals->type) {
	case TZ_PCAP_NET:
		while (quals->proto != TZ_PCAP_DECNET && number &&
		       !(number & 0xff000000)) {
			number <<= 8;
			mask <<= 8;
		}
		break;
	case TZ_PCAP_UNTYPED:
	case TZ_PCAP_HOST:
		break;
	case TZ_PCAP_PORT:
	case TZ_PCAP_PORTRANGE:
		return port_number(b, node, quals);
	case TZ_PCAP_GATEWAY:
		return refuse(b, node, "a gateway is said by its name");
	case TZ_PCAP_PROTO:
		return tz_pcap_proto_number(b, number, quals, node->span);
	case TZ_PCAP_PROTOCHAIN:
		return tz_pcap_protochain(b, number, quals, node->span);
	}
	if (quals->proto == TZ_PCAP_DECNET)
		return tz_pcap_decnet_host(b, number, quals);
	return address(b, number, mask, node, quals);
}

/* One to four decimal bytes: how many bits, 0 after a diagnostic. */
static unsigned int read_dotted(struct tz_pcap_build *b,
				const struct tz_pcap_text *text,
				uint32_t *number)
{
	const char *s = text->text;
	unsigned int bits = 0;

	*number = 0;
	for (;;) {
		unsigned int byte = 0;

		while (*s >= '0' && *s <= '9' && byte <= 255)
			byte = byte * 10 + (unsigned int)(*s++ - '0');
		if (byte > 255 || (*s && *s != '.')) {
			tz_diag(b->diags, TZ_DIAG_ADDRESS, text->span,
				"'%s' is no IPv4 address: its parts are "
				"decimal, 0 to 255",
				text->text);
			return 0;
		}
		*number = *number << 8 | byte;
		bits += 8;
		if (!*s)
			return bits;
		s++;
	}
}

/* The same, moved to the left. */
static bool read_left(struct tz_pcap_build *b, const struct tz_pcap_text *text,
		      uint32_t *number, uint32_t *mask)
{
	unsigned int bits = read_dotted(b, text, number);

	if (!bits)
		return false;
	*number <<= 32 - bits;
	*mask = UINT32_MAX << (32 - bits);
	return true;
}

static struct tz_formula *decnet(struct tz_pcap_build *b,
				 const struct tz_pcap_node *node,
				 const struct tz_pcap_quals *quals)
{
	char *end;
	unsigned long area = strtoul(node->text.text, &end, 10);
	unsigned long host = *end == '.' ? strtoul(end + 1, &end, 10) : 1024;

	if (*end || area > 63 || host > 1023) {
		tz_diag(b->diags, TZ_DIAG_ADDRESS, node->text.span,
			"'%s' is no DECnet address: AREA.NODE, 0.0 to 63.1023",
			node->text.text);
		return tz_pcap_nothing(b);
	}
	return tz_pcap_decnet_host(b, (uint32_t)(area << 10 | host), quals);
}

/* What is said of an address where ports, protocols or gateways stand. */
static bool is_address_wanted(struct tz_pcap_build *b,
			      const struct tz_pcap_node *node,
			      const struct tz_pcap_quals *quals)
{
	switch (quals->type) {
	case TZ_PCAP_UNTYPED:
	case TZ_PCAP_HOST:
	case TZ_PCAP_NET:
		return true;
	case TZ_PCAP_PORT:
	case TZ_PCAP_PORTRANGE:
		refuse(b, node,
		       "a port is a number or a name, this is an address");
		return false;
	case TZ_PCAP_GATEWAY:
		refuse(b, node, "a gateway is said by its name");
		return false;
	case TZ_PCAP_PROTO:
	case TZ_PCAP_PROTOCHAIN:
		refuse(b, node,
		       "a protocol is a number or a name, this is an address");
		return false;
	}
	return false;
}

static struct tz_formula *id_dotted(struct tz_pcap_build *b,
				    const struct tz_pcap_node *node,
				    const struct tz_pcap_quals *quals)
{
	uint32_t number, mask;

	if (!is_address_wanted(b, node, quals))
		return tz_pcap_nothing(b);
	if (quals->proto == TZ_PCAP_DECNET)
		return decnet(b, node, quals);
	if (!read_left(b, &node->text, &number, &mask))
		return tz_pcap_nothing(b);
	return address(b, number, mask, node, quals);
}

static bool is_net_wanted(struct tz_pcap_build *b,
			  const struct tz_pcap_node *node,
			  const struct tz_pcap_quals *quals)
{
	if (quals->type == TZ_PCAP_NET)
		return true;
	if (is_address_wanted(b, node, quals))
		tz_diag(b->diags, TZ_DIAG_QUALIFIER, node->span,
			"a mask is for networks; say 'net'");
	return false;
}

/* `address mask mask` and `address/bits`. */
static struct tz_formula *id_masked(struct tz_pcap_build *b,
				    const struct tz_pcap_node *node,
				    const struct tz_pcap_quals *quals)
{
	uint32_t number, mask, own;

	if (!is_net_wanted(b, node, quals) ||
	    !read_left(b, &node->text, &number, &own))
		return tz_pcap_nothing(b);
	if (node->kind == TZ_PCAP_ID_MASK) {
		if (!read_left(b, &node->other, &mask, &own))
			return tz_pcap_nothing(b);
	} else {
		if (node->number.value > 32) {
			tz_diag(b->diags, TZ_DIAG_MASK, node->number.span,
				"a prefix of IPv4 has at most 32 bits");
			return tz_pcap_nothing(b);
		}
		mask = node->number.value
			       ? UINT32_MAX << (32 - node->number.value)
			       : 0;
	}
	if (number & ~mask) {
		tz_diag(b->diags, TZ_DIAG_MASK, node->span,
			"the address has bits outside of its mask: %u.%u.%u.%u "
			"remains",
			(number & mask) >> 24, (number & mask) >> 16 & 0xff,
			(number & mask) >> 8 & 0xff, number & mask & 0xff);
		return tz_pcap_nothing(b);
	}
	return address(b, number, mask, node, quals);
}

static bool read_ip6(struct tz_pcap_build *b, const struct tz_pcap_text *text,
		     struct tz_pcap_mask6 *address6, uint32_t bits)
{
	struct in6_addr in6;

	if (inet_pton(AF_INET6, text->text, &in6) != 1) {
		tz_diag(b->diags, TZ_DIAG_ADDRESS, text->span,
			"'%s' is neither an IPv6 address nor a MAC address",
			text->text);
		return false;
	}
	for (uint32_t i = 0; i<4; i++, bits -= bits> 32 ? 32 : bits) {
		address6->address[i] = ntohl(in6.s6_addr32[i]);
		address6->mask[i] = bits >= 32 ? UINT32_MAX
				    : bits     ? UINT32_MAX << (32 - bits)
					       : 0;
	}
	return true;
}

static struct tz_formula *id_ip6(struct tz_pcap_build *b,
				 const struct tz_pcap_node *node,
				 const struct tz_pcap_quals *quals)
{
	uint32_t bits = node->has_number ? node->number.value : 128;
	struct tz_pcap_mask6 address6;

	if (!is_address_wanted(b, node, quals) ||
	    !read_ip6(b, &node->text, &address6, bits))
		return tz_pcap_nothing(b);
	if (bits > 128) {
		tz_diag(b->diags, TZ_DIAG_MASK, node->number.span,
			"a prefix of IPv6 has at most 128 bits");
		return tz_pcap_nothing(b);
	}
	if (bits < 128 && quals->type != TZ_PCAP_NET) {
		tz_diag(b->diags, TZ_DIAG_QUALIFIER, node->span,
			"a prefix is for networks; say 'net'");
		return tz_pcap_nothing(b);
	}
	for (int i = 0; i < 4; i++)
		if (address6.address[i] & ~address6.mask[i]) {
			tz_diag(b->diags, TZ_DIAG_MASK, node->span,
				"the address has bits behind the first %u, "
				"which are all that is asked",
				bits);
			return tz_pcap_nothing(b);
		}
	return tz_pcap_host6(b, &address6, quals, node->span);
}

static void read_mac(const char *s, uint8_t mac[6])
{
	size_t n = 0, n_digits = 0;

	/* Two digits a byte, or fewer before a separator. */
	for (size_t i = 0; i < 6; i++)
		mac[i] = 0;
	for (; *s && n < 6; s++) {
		bool is_separator = *s == ':' || *s == '-' || *s == '.';

		if (is_separator) {
			if (n_digits)
				n++;
			n_digits = 0;
			continue;
		}
		mac[n] = (uint8_t)(mac[n] << 4 |
				   (*s <= '9' ? *s - '0'
					      : (*s | 32) - 'a' + 10));
		if (++n_digits == 2 && s[1]) {
			n++;
			n_digits = 0;
		}
	}
}

static struct tz_formula *id_mac(struct tz_pcap_build *b,
				 const struct tz_pcap_node *node,
				 const struct tz_pcap_quals *quals)
{
	uint8_t mac[6];

	read_mac(node->text.text, mac);
	if (quals->proto != TZ_PCAP_LINK ||
	    (quals->type != TZ_PCAP_UNTYPED && quals->type != TZ_PCAP_HOST)) {
		tz_diag(b->diags, TZ_DIAG_QUALIFIER, node->span,
			"a MAC address stands behind 'ether host', 'ether src' "
			"or 'ether dst'");
		return tz_pcap_nothing(b);
	}
	return tz_pcap_ether_host(b, mac, quals, node->span);
}

struct tz_formula *tz_pcap_id(struct tz_pcap_build *b,
			      const struct tz_pcap_node *node,
			      const struct tz_pcap_quals *quals)
{
	switch (node->kind) {
	case TZ_PCAP_ID_NUMBER:
		return id_number(b, node, quals);
	case TZ_PCAP_ID_DOTTED:
		return id_dotted(b, node, quals);
	case TZ_PCAP_ID_MASK:
	case TZ_PCAP_ID_PREFIX:
		return id_masked(b, node, quals);
	case TZ_PCAP_ID_IP6:
	case TZ_PCAP_ID_PREFIX6:
		return id_ip6(b, node, quals);
	case TZ_PCAP_ID_MAC:
		return id_mac(b, node, quals);
	default:
		return tz_pcap_id_name(b, node, quals);
	}
}
