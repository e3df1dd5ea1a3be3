/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SEMANTICS 8.12 for packets that the table has no entry for, and 14.2: which
 * of those that it cannot be asked about may be dropped. Programs do the same
 * in bpf/include/tamiz/ct.bpf.h; nothing is shared but these numbers.
 */
#include "ir/ct.h"

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

static struct tz_ct icmp(const struct tz_packet *p,
			 const struct tz_ct_options *options)
{
	enum icmp_kind kind = icmp_kind_of(p);
	unsigned int states = TZ_CT_INVALID;

	switch (kind) {
	case REQUEST:
		states |= first_states(options) | TZ_CT_ESTABLISHED;
		break;
	case REPLY:
		states |= TZ_CT_ESTABLISHED;
		break;
	case FAILURE:
		states |= TZ_CT_RELATED;
		break;
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

/* Whether nothing but its flags may make the packet INVALID. */
static bool is_well_formed(const struct tz_packet *p)
{
	const uint8_t *l4 = p->frame + p->l4;
	size_t len;

	if (p->proto == TZ_PROTO_TCP) {
		len = (l4[12] >> 4) * 4u;
		return len >= TZ_TCP_LEN && len <= p->l4_len && sum_is_good(p);
	}
	len = tz_be16(l4 + 4);
	return len >= 8 && len <= p->l4_len &&
	       (!tz_be16(l4 + 6) || sum_is_good(p));
}

static struct tz_ct find(const struct tz_packet *p,
			 const struct tz_ct_options *options)
{
	uint8_t icmp_proto =
		p->family == TZ_IPV4 ? TZ_PROTO_ICMP : TZ_PROTO_ICMP6;

	/* its datagram may have an entry */
	if (p->is_fragment)
		return (struct tz_ct){ .states = TZ_CT_ALL };
	if (p->l4_len < whole_len(p->proto))
		return (struct tz_ct){
			.states = TZ_CT_ALL,
			.may_go = p->proto == TZ_PROTO_TCP ||
				  p->proto == TZ_PROTO_UDP ||
				  p->proto == icmp_proto,
		};
	if (p->proto == icmp_proto)
		return icmp(p, options);
	if (p->proto != TZ_PROTO_TCP && p->proto != TZ_PROTO_UDP)
		return (struct tz_ct){ .states = TZ_CT_ALL & ~TZ_CT_UNTRACKED };
	return (struct tz_ct){
		.states = p->proto == TZ_PROTO_TCP ? tcp_states(p, options)
						   : first_states(options),
		.is_askable = true,
		.may_go = !options->is_found &&
			  (!options->tells_sums || is_well_formed(p)),
	};
}

struct tz_ct tz_ct_of(const struct tz_packet *packet,
		      const struct tz_ct_options *options)
{
	struct tz_ct ct = find(packet, options);

	if (options->notracks)
		ct.states |= TZ_CT_UNTRACKED;
	return ct;
}
