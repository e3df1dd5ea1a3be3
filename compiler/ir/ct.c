/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SEMANTICS 8.12 for packets that the table has no entry for, and 14.2: which
 * of those that it cannot be asked about may be dropped. Programs do the same
 * in bpf/include/tamiz/ct.bpf.h; nothing is shared but these numbers.
 */
#include "ir/ct.h"

#include <string.h>

#include <tamiz/abi.h>

#include "ir/facts.h"
#include "ir/packet.h"

enum { FIN = 0x01, SYN = 0x02, RST = 0x04, ACK = 0x10 };

/* The bytes that a program wants of a header to take it for whole. */
static size_t whole_len(uint8_t proto)
{
	switch (proto) {
	case TZ_PROTO_TCP:
		return 20;
	case TZ_PROTO_SCTP:
	case TZ_PROTO_DCCP:
	case TZ_PROTO_AH:
		return 12;
	case TZ_PROTO_ICMP:
	case TZ_PROTO_UDP:
	case TZ_PROTO_ESP:
	case TZ_PROTO_ICMP6:
	case TZ_PROTO_UDPLITE:
		return 8;
	case TZ_PROTO_IPCOMP:
		return 4;
	}
	return 0;
}

static unsigned int first_states(const struct tz_ct_options *options)
{
	return options->expects ? TZ_CT_NEW | TZ_CT_RELATED : TZ_CT_NEW;
}

/*
 * nf_conntrack_proto_tcp.c:tcp_new. What opens nothing is INVALID, but for the
 * packets of its own flow just before it (14.1), behind which flags that no
 * segment has, and a SYN with an ACK, are INVALID as well. A data segment may
 * be given the FIN of another (tcp_gro_receive).
 */
static unsigned int tcp_states(const struct tz_packet *p,
			       const struct tz_ct_options *options)
{
	uint8_t flags = p->frame[p->l4 + 13] & (FIN | SYN | RST | ACK);
	unsigned int first = first_states(options);

	if (flags == SYN)
		return first;
	if (flags == ACK && options->is_loose && !tz_facts_may_be_merged(p))
		return first;
	if (flags == ACK || flags == (FIN | ACK) || (flags & ~ACK) == RST)
		return first | TZ_CT_INVALID;
	return TZ_CT_INVALID;
}

/* nf_conntrack_proto_icmp.c, nf_conntrack_proto_icmpv6.c. */
enum icmp_kind { REQUEST, REPLY, FAILURE, NEIGHBOUR, UNKNOWN };

static enum icmp_kind icmp_kind_of(const struct tz_packet *p)
{
	uint8_t type = p->frame[p->l4];

	if (p->family == TZ_IPV4) {
		if (type == 8 || type == 13 || type == 15 || type == 17)
			return REQUEST;
		if (type == 0 || type == 14 || type == 16 || type == 18)
			return REPLY;
		return (type >= 3 && type <= 5) || type == 11 || type == 12
			       ? FAILURE
			       : UNKNOWN;
	}
	if (type == 128 || type == 139)
		return REQUEST;
	if (type == 129 || type == 140)
		return REPLY;
	if (type < 128 || type == 137)
		return FAILURE;
	/* multicast router discovery, which older kernels call INVALID */
	if (type == 151 || type == 152)
		return NEIGHBOUR;
	return (type >= 130 && type <= 136) || type == 143 ? NEIGHBOUR
							   : UNKNOWN;
}

/* Of the packet that an error quotes. */
enum quote {
	QUOTE_NONE,  /* no connection has it */
	QUOTE_ASKED, /* TCP or UDP, for which the table can be asked */
	QUOTE_OTHER
};

/* What nf_conntrack_invert_icmp_tuple turns round: requests and answers. */
static bool has_answer(enum tz_family family, uint8_t type)
{
	static const uint8_t types[] = { 0, 8, 13, 14, 15, 16, 17, 18 };

	if (family == TZ_IPV4)
		return memchr(types, type, sizeof(types)) != NULL;
	return type == 128 || type == 129 || type == 139 || type == 140;
}

/*
 * nf_conntrack_icmpv6_redirect: it quotes in an option (RFC 4861, 4.5), and
 * must come from a neighbour. Older kernels call all of them INVALID.
 */
static enum quote quote_of_redirect(const struct tz_packet *p)
{
	const uint8_t *ip = p->frame + p->l3;
	bool is_near = ip[8] == 0xfe && (ip[9] & 0xc0) == 0x80;

	return is_near && ip[7] == 255 ? QUOTE_OTHER : QUOTE_NONE;
}

/*
 * net/netfilter/nf_conntrack_proto_icmp.c:nf_conntrack_inet_error. An error is
 * RELATED if it quotes what came from where it goes to, a first fragment or a
 * whole packet whose ports can be read, and whose connection is known.
 */
static enum quote quote_of(const struct tz_packet *p)
{
	const uint8_t *ip = p->frame + p->l3, *icmp = p->frame + p->l4;
	const uint8_t *quoted = icmp + 8;
	size_t len = p->l4_len - 8u, header = 40;
	uint8_t proto;

	if (p->family == TZ_IPV6 && icmp[0] == 137)
		return quote_of_redirect(p);
	if (p->family == TZ_IPV4) {
		if (len < 20 || memcmp(quoted + 12, ip + 16, 4) ||
		    tz_be16(quoted + 6) & 0x1fff)
			return QUOTE_NONE;
		header = (quoted[0] & 15) * 4u;
		proto = quoted[9];
		if (header > len)
			return QUOTE_NONE;
	} else {
		if (len < 40 || memcmp(quoted + 8, ip + 24, 16))
			return QUOTE_NONE;
		proto = quoted[6];
	}
	if (proto == TZ_PROTO_TCP || proto == TZ_PROTO_UDP)
		return len < header + 4 ? QUOTE_NONE : QUOTE_ASKED;
	if (proto != (p->family == TZ_IPV4 ? TZ_PROTO_ICMP : TZ_PROTO_ICMP6))
		return QUOTE_OTHER;
	if (len < header + 8 || !has_answer(p->family, quoted[header]))
		return QUOTE_NONE;
	return QUOTE_OTHER;
}

static struct tz_ct failure(const struct tz_packet *p,
			    const struct tz_ct_options *options)
{
	enum quote quote = quote_of(p);

	if (quote == QUOTE_OTHER)
		return (struct tz_ct){ .states = TZ_CT_RELATED | TZ_CT_INVALID,
				       .may_go = true };
	return (struct tz_ct){
		.states = TZ_CT_INVALID,
		.is_askable = true,
		.may_go = quote == QUOTE_NONE || !options->is_found,
	};
}

/* Nobody expects it, and if it is refused it has no entry (ct_requests.c). */
static struct tz_ct first_request(const struct tz_ct_options *options)
{
	return (struct tz_ct){
		.states = TZ_CT_NEW | TZ_CT_INVALID,
		.is_askable = true,
		.may_go = !options->is_found,
	};
}

static struct tz_ct icmp(const struct tz_packet *p,
			 const struct tz_ct_options *options)
{
	enum icmp_kind kind = icmp_kind_of(p);
	unsigned int states = TZ_CT_INVALID;

	switch (kind) {
	case REQUEST:
		if (options->knows_requests)
			return first_request(options);
		states |= first_states(options) | TZ_CT_ESTABLISHED;
		break;
	case REPLY:
		states |= TZ_CT_ESTABLISHED;
		break;
	case FAILURE:
		return failure(p, options);
	case NEIGHBOUR:
		states |= TZ_CT_UNTRACKED;
		break;
	case UNKNOWN:
		break;
	}
	return (struct tz_ct){ .states = states, .may_go = kind != REPLY };
}

static uint32_t add_words(uint32_t sum, const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i + 1 < len; i += 2)
		sum += tz_be16(bytes + i);
	if (len % 2)
		sum += (uint32_t)bytes[len - 1] << 8;
	return sum;
}

/* The checksum of layer 4 with its pseudo header (RFC 793, 768, 8200). */
static bool sum_is_good(const struct tz_packet *p)
{
	bool is_v4 = p->family == TZ_IPV4;
	const uint8_t *ip = p->frame + p->l3;
	uint32_t sum = p->proto;

	sum += (uint32_t)(p->l4_len & 0xffff) + (uint32_t)(p->l4_len >> 16);
	sum = add_words(sum, ip + (is_v4 ? 12 : 8), is_v4 ? 8 : 32);
	sum = add_words(sum, p->frame + p->l4, p->l4_len);
	sum = (sum & 0xffff) + (sum >> 16);
	return (sum & 0xffff) + (sum >> 16) == 0xffff;
}

/* What tcp_error and udp_error refuse: lengths that cannot be. */
static bool is_malformed(const struct tz_packet *p)
{
	const uint8_t *l4 = p->frame + p->l4;
	bool is_tcp = p->proto == TZ_PROTO_TCP;
	size_t len = is_tcp ? (l4[12] >> 4) * 4u : tz_be16(l4 + 4);

	return len < (is_tcp ? TZ_TCP_LEN : 8) || len > p->l4_len;
}

/* UDP may do without. */
static bool has_good_sum(const struct tz_packet *p)
{
	const uint8_t *l4 = p->frame + p->l4;

	return (p->proto == TZ_PROTO_UDP && !tz_be16(l4 + 6)) || sum_is_good(p);
}

/*
 * The trackers of TCP, UDP and ICMP want a whole header; what others make of
 * less is not known.
 */
static struct tz_ct cut(bool is_known)
{
	return (struct tz_ct){
		.states = is_known ? TZ_CT_INVALID : TZ_CT_ALL,
		.may_go = is_known,
	};
}

bool tz_ct_is_in_order(const struct tz_packet *p)
{
	bool is_tcp_or_udp =
		p->proto == TZ_PROTO_TCP || p->proto == TZ_PROTO_UDP;

	return !p->is_fragment && p->l4_len >= whole_len(p->proto) &&
	       (!is_tcp_or_udp || (!is_malformed(p) && has_good_sum(p)));
}

static struct tz_ct find(const struct tz_packet *p,
			 const struct tz_ct_options *options)
{
	bool is_tcp = p->proto == TZ_PROTO_TCP,
	     is_udp = p->proto == TZ_PROTO_UDP;
	bool is_icmp = p->proto ==
		       (p->family == TZ_IPV4 ? TZ_PROTO_ICMP : TZ_PROTO_ICMP6);
	unsigned int states;

	/* its datagram may have an entry */
	if (p->is_fragment)
		return (struct tz_ct){ .states = TZ_CT_ALL };
	if (p->l4_len < whole_len(p->proto))
		return cut(is_tcp || is_udp || is_icmp);
	if (is_icmp)
		return icmp(p, options);
	if (!is_tcp && !is_udp)
		return (struct tz_ct){ .states = TZ_CT_ALL & ~TZ_CT_UNTRACKED };
	if (is_malformed(p))
		return (struct tz_ct){ .states = TZ_CT_INVALID,
				       .is_askable = true,
				       .may_go = !options->is_found };
	states = is_tcp ? tcp_states(p, options) : first_states(options);
	return (struct tz_ct){
		.states = states,
		.is_askable = true,
		/* what is INVALID already need not be in order */
		.may_go = !options->is_found &&
			  (!options->tells_sums || states & TZ_CT_INVALID ||
			   has_good_sum(p)),
	};
}

struct tz_ct tz_ct_of(const struct tz_packet *packet,
		      const struct tz_ct_options *options)
{
	struct tz_ct ct = find(packet, options);

	if (tz_ct_may_untrack(options, packet))
		ct.states |= TZ_CT_UNTRACKED;
	return ct;
}
