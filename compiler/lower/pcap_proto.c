/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Protocols, chains of headers and ports.
 * Sources: pcap-filter(7), RFC 791, 8200, 4302; ISO 10589 and 9542.
 */
#include <linux/if_ether.h>
#include <netinet/in.h>

#include "lower/pcap_build.h"

enum { NLPID_ISIS = 0x83, SAP_ISO = 0xfe };

/* Where a protocol's number is looked for: the kinds of pcap_proto.def. */
enum kind { NONE, TYPE, IP, IP4, IP6, OSI, ISIS };

static const struct {
	enum kind kind;
	uint32_t number;
} protos[] = {
#define PROTO(id, word, kind, number, index) [TZ_PCAP_##id] = { kind, number },
#include "ast/pcap_proto.def"
#undef PROTO
};

static struct tz_formula *is_ip4_proto(struct tz_pcap_build *b, uint32_t number,
				       struct tz_span span)
{
	struct tz_formula *is_ip = tz_pcap_type_is(b, ETH_P_IP, span);

	return tz_pcap_and(b, is_ip,
			   tz_pcap_equal(b, TZ_PCAP_AT_NET, 9, 1, number));
}

/* In the fixed header, or in a fragment header right behind it. */
static struct tz_formula *is_ip6_proto(struct tz_pcap_build *b, uint32_t number,
				       struct tz_span span)
{
	struct tz_formula *is_ip6 = tz_pcap_type_is(b, ETH_P_IPV6, span);
	struct tz_formula *next =
		tz_pcap_equal(b, TZ_PCAP_AT_NET, 6, 1, number);
	struct tz_formula *fragment = tz_pcap_and(
		b, tz_pcap_equal(b, TZ_PCAP_AT_NET, 6, 1, IPPROTO_FRAGMENT),
		tz_pcap_equal(b, TZ_PCAP_AT_NET, 40, 1, number));

	return tz_pcap_and(b, is_ip6, tz_pcap_or(b, next, fragment));
}

static struct tz_formula *is_osi_proto(struct tz_pcap_build *b, uint32_t number,
				       struct tz_span span)
{
	struct tz_formula *is_iso = tz_pcap_type_is(b, SAP_ISO, span);

	return tz_pcap_and(
		b, is_iso,
		tz_pcap_equal(b, TZ_PCAP_AT_NET_NOSNAP, 0, 1, number));
}

static struct tz_formula *is_isis_type(struct tz_pcap_build *b, uint32_t number,
				       struct tz_span span)
{
	struct tz_formula *is_isis = is_osi_proto(b, NLPID_ISIS, span);

	return tz_pcap_and(
		b, is_isis,
		tz_pcap_equal(b, TZ_PCAP_AT_NET_NOSNAP, 4, 1, number));
}

/* The types of PDUs that a word stands for; ISO 10589, 9. */
static struct tz_formula *is_isis_word(struct tz_pcap_build *b,
				       enum tz_pcap_proto proto,
				       struct tz_span span)
{
	static const uint8_t types[][6] = {
		[TZ_PCAP_L1] = { 0x1a, 0x18, 0x12, 0x0f, 0x11 },
		[TZ_PCAP_L2] = { 0x1b, 0x19, 0x14, 0x10, 0x11 },
		[TZ_PCAP_IIH] = { 0x11, 0x0f, 0x10 },
		[TZ_PCAP_LSP] = { 0x12, 0x14 },
		[TZ_PCAP_SNP] = { 0x1b, 0x1a, 0x18, 0x19 },
		[TZ_PCAP_CSNP] = { 0x18, 0x19 },
		[TZ_PCAP_PSNP] = { 0x1a, 0x1b },
	};
	struct tz_formula *any = NULL;

	for (const uint8_t *type = types[proto]; *type; type++) {
		struct tz_formula *f = is_isis_type(b, *type, span);

		any = any ? tz_pcap_or(b, any, f) : f;
	}
	return any;
}

struct tz_formula *tz_pcap_proto_is(struct tz_pcap_build *b,
				    enum tz_pcap_proto proto,
				    struct tz_span span)
{
	uint32_t number = protos[proto].number;
	struct tz_formula *f;

	switch (protos[proto].kind) {
	case NONE:
		break;
	case TYPE:
		return tz_pcap_type_is(b, number, span);
	case IP:
		f = is_ip4_proto(b, number, span);
		return tz_pcap_or(b, f, is_ip6_proto(b, number, span));
	case IP4:
		return is_ip4_proto(b, number, span);
	case IP6:
		return is_ip6_proto(b, number, span);
	case OSI:
		return is_osi_proto(b, number, span);
	case ISIS:
		return is_isis_word(b, proto, span);
	}
	tz_diag(b->diags, TZ_DIAG_SYNTAX, span,
		"a link layer alone is no test; what of it? 'ether host', "
		"'ether proto', 'ether[0]'");
	return tz_pcap_nothing(b);
}

struct tz_formula *tz_pcap_proto_number(struct tz_pcap_build *b,
					uint32_t number,
					const struct tz_pcap_quals *quals,
					struct tz_span span)
{
	struct tz_formula *f;

	switch (quals->proto) {
	case TZ_PCAP_ANY:
		f = is_ip4_proto(b, number, span);
		return tz_pcap_or(b, f, is_ip6_proto(b, number, span));
	case TZ_PCAP_LINK:
		return tz_pcap_type_is(b, number, span);
	case TZ_PCAP_IP:
		return is_ip4_proto(b, number, span);
	case TZ_PCAP_IP6:
		return is_ip6_proto(b, number, span);
	case TZ_PCAP_ISO:
		return is_osi_proto(b, number, span);
	case TZ_PCAP_ISIS:
		return is_isis_type(b, number, span);
	default:
		tz_diag(b->diags, TZ_DIAG_QUALIFIER, quals->span,
			"'%s' does not say what it carries: 'ether', 'ip', "
			"'ip6', 'iso' and 'isis' have a 'proto'",
			tz_pcap_proto_word(quals->proto));
		return tz_pcap_nothing(b);
	}
}

struct tz_formula *tz_pcap_unfragmented(struct tz_pcap_build *b)
{
	return tz_pcap_no(b, tz_pcap_test(b, TZ_FLOW_SET,
					  tz_pcap_load(b, TZ_PCAP_AT_NET, 6, 2),
					  0x1fff));
}

/* The port of one end; @at: TRANSPORT4 or 6. */
static struct tz_formula *port_at(struct tz_pcap_build *b,
				  enum tz_pcap_origin at, uint32_t offset,
				  const struct tz_pcap_ports *ports)
{
	uint32_t port = tz_pcap_load(b, at, offset, 2);

	if (ports->low == ports->high)
		return tz_pcap_test(b, TZ_FLOW_EQ, port, ports->low);
	return tz_pcap_and(
		b, tz_pcap_test(b, TZ_FLOW_GE, port, ports->low),
		tz_pcap_no(b, tz_pcap_test(b, TZ_FLOW_GT, port, ports->high)));
}

static struct tz_formula *port_ends(struct tz_pcap_build *b,
				    enum tz_pcap_origin at,
				    const struct tz_pcap_ports *ports,
				    enum tz_pcap_dir dir)
{
	if (dir == TZ_PCAP_SRC || dir == TZ_PCAP_DST)
		return port_at(b, at, dir == TZ_PCAP_DST ? 2 : 0, ports);

	struct tz_formula *src = port_at(b, at, 0, ports);
	struct tz_formula *dst = port_at(b, at, 2, ports);

	return dir == TZ_PCAP_SRC_AND_DST ? tz_pcap_and(b, src, dst)
					  : tz_pcap_or(b, src, dst);
}

/* @one of each protocol that has ports: SCTP, TCP, UDP, or the wanted one. */
static struct tz_formula *
each_proto(struct tz_pcap_build *b, const struct tz_pcap_ports *ports,
	   enum tz_pcap_dir dir,
	   struct tz_formula *(*one)(struct tz_pcap_build *b,
				     const struct tz_pcap_ports *ports,
				     enum tz_pcap_dir dir))
{
	static const uint8_t all[] = { IPPROTO_SCTP, IPPROTO_TCP, IPPROTO_UDP };
	struct tz_pcap_ports each = *ports;
	struct tz_formula *any = NULL;

	if (ports->ip_proto)
		return one(b, ports, dir);
	for (size_t i = 0; i < sizeof(all); i++) {
		each.ip_proto = all[i];

		struct tz_formula *f = one(b, &each, dir);

		any = any ? tz_pcap_or(b, any, f) : f;
	}
	return any;
}

static struct tz_formula *one_port4(struct tz_pcap_build *b,
				    const struct tz_pcap_ports *ports,
				    enum tz_pcap_dir dir)
{
	struct tz_formula *f =
		tz_pcap_equal(b, TZ_PCAP_AT_NET, 9, 1, ports->ip_proto);

	f = tz_pcap_and(b, f, tz_pcap_unfragmented(b));
	return tz_pcap_and(b, f,
			   port_ends(b, TZ_PCAP_AT_TRANSPORT4, ports, dir));
}

static struct tz_formula *one_port6(struct tz_pcap_build *b,
				    const struct tz_pcap_ports *ports,
				    enum tz_pcap_dir dir)
{
	struct tz_formula *f =
		tz_pcap_equal(b, TZ_PCAP_AT_NET, 6, 1, ports->ip_proto);

	return tz_pcap_and(b, f,
			   port_ends(b, TZ_PCAP_AT_TRANSPORT6, ports, dir));
}

struct tz_formula *tz_pcap_port4(struct tz_pcap_build *b,
				 const struct tz_pcap_ports *ports,
				 enum tz_pcap_dir dir, struct tz_span span)
{
	struct tz_formula *is_ip = tz_pcap_type_is(b, ETH_P_IP, span);

	return tz_pcap_and(b, is_ip, each_proto(b, ports, dir, one_port4));
}

struct tz_formula *tz_pcap_port6(struct tz_pcap_build *b,
				 const struct tz_pcap_ports *ports,
				 enum tz_pcap_dir dir, struct tz_span span)
{
	struct tz_formula *is_ip6 = tz_pcap_type_is(b, ETH_P_IPV6, span);

	return tz_pcap_and(b, is_ip6, each_proto(b, ports, dir, one_port6));
}

struct tz_formula *tz_pcap_port(struct tz_pcap_build *b,
				const struct tz_pcap_ports *ports,
				const struct tz_pcap_quals *quals,
				struct tz_span span)
{
	struct tz_formula *f = tz_pcap_port6(b, ports, quals->dir, span);

	return tz_pcap_or(b, f, tz_pcap_port4(b, ports, quals->dir, span));
}
