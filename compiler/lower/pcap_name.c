/* SPDX-License-Identifier: GPL-2.0-only */
/* Ids that are names: looked up in the databases of the options. */
#include <linux/if_ether.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "lower/pcap_build.h"

static struct tz_formula *unknown(struct tz_pcap_build *b, enum tz_diag_id id,
				  const struct tz_pcap_node *node,
				  const char *what)
{
	tz_diag(b->diags, id, node->text.span, "there is no %s '%s'", what,
		node->text.text);
	return tz_pcap_nothing(b);
}

/* What the addresses of a host make, while they come. */
struct host {
	struct tz_pcap_build *build;
	const struct tz_pcap_quals *quals;
	struct tz_span span;
	bool is_gateway;
	struct tz_formula *any; /* NULL: none so far */
};

static uint32_t be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	       (uint32_t)p[2] << 8 | p[3];
}

static void add_address(void *context, const uint8_t *bytes, size_t len)
{
	struct host *host = context;
	struct tz_pcap_build *b = host->build;
	enum tz_pcap_proto proto = host->quals->proto;
	struct tz_formula *f;

	if (len == 4 && proto != TZ_PCAP_IP6) {
		f = tz_pcap_host(b, be32(bytes), UINT32_MAX, host->quals,
				 host->span);
	} else if (len == 16 && !host->is_gateway &&
		   (proto == TZ_PCAP_ANY || proto == TZ_PCAP_IP6)) {
		struct tz_pcap_mask6 a;

		for (int i = 0; i < 4; i++) {
			a.address[i] = be32(bytes + 4 * i);
			a.mask[i] = UINT32_MAX;
		}
		f = tz_pcap_host6(b, &a, host->quals, host->span);
	} else {
		return;
	}
	host->any = host->any ? tz_pcap_or(b, host->any, f) : f;
}

/* NULL after a diagnostic. */
static struct tz_formula *look_up_host(struct tz_pcap_build *b,
				       const struct tz_pcap_node *node,
				       const struct tz_pcap_quals *quals,
				       bool is_gateway)
{
	struct host host = { b, quals, node->span, is_gateway, NULL };

	if (!b->names->host) {
		tz_diag(b->diags, TZ_DIAG_HOST_NAME, node->text.span,
			"host names are not looked up: the filter would depend "
			"on the answer; give the address of '%s'",
			node->text.text);
		return NULL;
	}
	if (b->names->host(node->text.text, add_address, &host) && host.any)
		return host.any;
	unknown(b, TZ_DIAG_HOST_NAME, node,
		quals->proto == TZ_PCAP_ANY ? "host" : "such address of host");
	return NULL;
}

static struct tz_formula *host_name(struct tz_pcap_build *b,
				    const struct tz_pcap_node *node,
				    const struct tz_pcap_quals *quals)
{
	struct tz_formula *f;
	uint8_t mac[6];

	if (quals->proto == TZ_PCAP_LINK) {
		if (!b->names->ether || !b->names->ether(node->text.text, mac))
			return unknown(b, TZ_DIAG_HOST_NAME, node,
				       "MAC address known of");
		return tz_pcap_ether_host(b, mac, quals, node->span);
	}
	if (quals->proto == TZ_PCAP_DECNET)
		return unknown(b, TZ_DIAG_HOST_NAME, node, "DECnet host");
	f = look_up_host(b, node, quals, false);
	return f ? f : tz_pcap_nothing(b);
}

static struct tz_formula *net_name(struct tz_pcap_build *b,
				   const struct tz_pcap_node *node,
				   const struct tz_pcap_quals *quals)
{
	uint32_t net, mask = UINT32_MAX;

	if (!b->names->network || !b->names->network(node->text.text, &net))
		return unknown(b, TZ_DIAG_HOST_NAME, node, "network");
	/* To the left, a byte for each that is 0. */
	while (net && !(net & 0xff000000)) {
		net <<= 8;
		mask <<= 8;
	}
	return tz_pcap_host(b, net, mask, quals, node->span);
}

/* A service or a number; *proto: of which protocol, 0 of several. */
static bool look_up_port(struct tz_pcap_build *b, const char *name,
			 uint32_t *port, uint32_t *proto)
{
	uint16_t tcp, udp;
	bool is_tcp, is_udp;
	char *end;

	*proto = 0;
	*port = (uint32_t)strtoul(name, &end, 10);
	if (end != name && !*end && end - name <= 9)
		return true;
	if (!b->names->service)
		return false;
	is_tcp = b->names->service(name, "tcp", &tcp);
	is_udp = b->names->service(name, "udp", &udp);
	if (is_tcp) {
		*port = tcp;
		*proto = is_udp && tcp == udp ? 0 : IPPROTO_TCP;
	} else if (is_udp) {
		*port = udp;
		*proto = IPPROTO_UDP;
	}
	return is_tcp || is_udp;
}

/* One port, or two of a range with a '-' between them. */
static bool read_ports(struct tz_pcap_build *b, const struct tz_pcap_node *node,
		       bool is_range, struct tz_pcap_ports *ports)
{
	const char *name = node->text.text;
	const char *dash = strchr(name, '-');
	uint32_t proto;

	if (!is_range) {
		if (!look_up_port(b, name, &ports->low, &ports->ip_proto))
			return false;
		ports->high = ports->low;
		return true;
	}
	if (!dash)
		return false;
	name = tz_arena_strndup(b->arena, name, (size_t)(dash - name));
	if (!look_up_port(b, name, &ports->low, &ports->ip_proto) ||
	    !look_up_port(b, dash + 1, &ports->high, &proto))
		return false;
	if (proto != ports->ip_proto)
		ports->ip_proto = 0;
	return true;
}

static struct tz_formula *port_name(struct tz_pcap_build *b,
				    const struct tz_pcap_node *node,
				    const struct tz_pcap_quals *quals)
{
	bool is_range = quals->type == TZ_PCAP_PORTRANGE;
	uint32_t wanted = tz_pcap_port_proto(b, quals);
	struct tz_pcap_ports ports;

	if (wanted == UINT32_MAX)
		return tz_pcap_nothing(b);
	if (!read_ports(b, node, is_range, &ports))
		return unknown(b, TZ_DIAG_PORT, node,
			       is_range ? "range of services" : "service");
	if (ports.low > 65535 || ports.high > 65535) {
		tz_diag(b->diags, TZ_DIAG_PORT_RANGE, node->text.span,
			"port %u is out of range 0-65535",
			ports.low > 65535 ? ports.low : ports.high);
		return tz_pcap_nothing(b);
	}
	if (ports.low > ports.high) {
		uint32_t low = ports.high;

		ports.high = ports.low;
		ports.low = low;
	}
	if (wanted && ports.ip_proto && wanted != ports.ip_proto) {
		tz_diag(b->diags, TZ_DIAG_PORT, node->text.span,
			"'%s' is a service of %s alone", node->text.text,
			ports.ip_proto == IPPROTO_TCP ? "tcp" : "udp");
		return tz_pcap_nothing(b);
	}
	if (wanted)
		ports.ip_proto = wanted;
	return tz_pcap_port(b, &ports, quals, node->span);
}

/* Frames to or from @name's MAC address, but not of its own IP addresses. */
static struct tz_formula *gateway(struct tz_pcap_build *b,
				  const struct tz_pcap_node *node,
				  const struct tz_pcap_quals *quals)
{
	struct tz_pcap_quals both = *quals;
	struct tz_formula *ether, *host;
	uint8_t mac[6];

	if (quals->proto != TZ_PCAP_ANY && quals->proto != TZ_PCAP_IP &&
	    quals->proto != TZ_PCAP_ARP && quals->proto != TZ_PCAP_RARP) {
		tz_diag(b->diags, TZ_DIAG_QUALIFIER, quals->span,
			"'%s' knows no gateways, but 'ip', 'arp' and 'rarp'",
			tz_pcap_proto_word(quals->proto));
		return tz_pcap_nothing(b);
	}
	if (!b->names->ether || !b->names->ether(node->text.text, mac))
		return unknown(b, TZ_DIAG_HOST_NAME, node,
			       "MAC address known of");
	both.dir = TZ_PCAP_SRC_OR_DST;
	both.type = TZ_PCAP_HOST;
	ether = tz_pcap_ether_host(b, mac, &both, node->span);
	host = look_up_host(b, node, &both, true);
	if (!host)
		return tz_pcap_nothing(b);
	return tz_pcap_and(b, ether, tz_pcap_no(b, host));
}

/* The types that `ether proto` has names for; the rest are LLC SAPs. */
static bool look_up_type(const char *name, uint32_t *number)
{
	static const struct {
		const char *name;
		uint32_t type;
	} types[] = {
		{ "aarp", ETH_P_AARP },    { "arp", ETH_P_ARP },
		{ "atalk", ETH_P_ATALK },  { "decnet", ETH_P_DNA_RT },
		{ "ip", ETH_P_IP },        { "ip6", ETH_P_IPV6 },
		{ "lat", ETH_P_LAT },      { "loopback", 0x9000 },
		{ "mopdl", ETH_P_DNA_DL }, { "moprc", ETH_P_DNA_RC },
		{ "rarp", ETH_P_RARP },    { "sca", ETH_P_SCA },
		{ "lldp", ETH_P_LLDP },    { "slow", ETH_P_SLOW },
		{ "iso", 0xfe },           { "stp", 0x42 },
		{ "ipx", 0xe0 },           { "netbeui", 0xf0 },
	};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(types[i].name, name) == 0) {
			*number = types[i].type;
			return true;
		}
	return false;
}

static bool look_up_osi(const char *name, uint32_t *number)
{
	*number = strcmp(name, "clnp") == 0   ? 0x81
		  : strcmp(name, "esis") == 0 ? 0x82
		  : strcmp(name, "isis") == 0 ? 0x83
					      : 0;
	return *number;
}

static bool look_up_proto(struct tz_pcap_build *b, const char *name,
			  enum tz_pcap_proto of, uint32_t *number)
{
	uint8_t ip_proto;

	if (of == TZ_PCAP_LINK)
		return look_up_type(name, number);
	if (of == TZ_PCAP_ISO)
		return look_up_osi(name, number);
	if ((of != TZ_PCAP_ANY && of != TZ_PCAP_IP && of != TZ_PCAP_IP6) ||
	    !b->names->protocol || !b->names->protocol(name, &ip_proto))
		return false;
	*number = ip_proto;
	return true;
}

struct tz_formula *tz_pcap_id_name(struct tz_pcap_build *b,
				   const struct tz_pcap_node *node,
				   const struct tz_pcap_quals *quals)
{
	uint32_t number;

	switch (quals->type) {
	case TZ_PCAP_UNTYPED:
	case TZ_PCAP_HOST:
		return host_name(b, node, quals);
	case TZ_PCAP_NET:
		return net_name(b, node, quals);
	case TZ_PCAP_PORT:
	case TZ_PCAP_PORTRANGE:
		return port_name(b, node, quals);
	case TZ_PCAP_GATEWAY:
		return gateway(b, node, quals);
	case TZ_PCAP_PROTO:
	case TZ_PCAP_PROTOCHAIN:
		break;
	}
	if (!look_up_proto(b, node->text.text, quals->proto, &number))
		return unknown(b, TZ_DIAG_PROTOCOL, node, "protocol");
	if (quals->type == TZ_PCAP_PROTO)
		return tz_pcap_proto_number(b, number, quals, node->span);
	return tz_pcap_protochain(b, number, quals, node->span);
}
