/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What reading the bytes of a packet needs, and the part of tz_packet_parse for
 * IPv6.
 */
#pragma once

#include "ir/eval.h"

enum {
	TZ_PROTO_ICMP = 1,
	TZ_PROTO_TCP = 6,
	TZ_PROTO_UDP = 17,
	TZ_PROTO_DCCP = 33,
	TZ_PROTO_ESP = 50,
	TZ_PROTO_AH = 51,
	TZ_PROTO_ICMP6 = 58,
	TZ_PROTO_NONE = 59,
	TZ_PROTO_IPCOMP = 108,
	TZ_PROTO_SCTP = 132,
	TZ_PROTO_UDPLITE = 136,
	/* IPv6 extension headers */
	TZ_PROTO_HOP_BY_HOP = 0,
	TZ_PROTO_ROUTING = 43,
	TZ_PROTO_FRAGMENT = 44,
	TZ_PROTO_DESTINATION = 60,
};

/* Headers without options. */
enum {
	TZ_ETH_LEN = 14,
	TZ_IPV4_LEN = 20,
	TZ_IPV6_LEN = 40,
	TZ_TCP_LEN = 20,
};

static inline uint16_t tz_be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

/* The number of @len bytes (at most 16) at @p, the first most significant. */
static inline tz_value tz_bytes_value(const uint8_t *p, size_t len)
{
	tz_value value = 0;

	for (size_t i = 0; i < len; i++)
		value = value << 8 | p[i];
	return value;
}

/* Whether ipv6_find_hdr walks over it (net/ipv6/exthdrs_core.c). */
static inline bool tz_is_extension(uint8_t proto)
{
	return proto == TZ_PROTO_HOP_BY_HOP || proto == TZ_PROTO_ROUTING ||
	       proto == TZ_PROTO_FRAGMENT || proto == TZ_PROTO_AH ||
	       proto == TZ_PROTO_DESTINATION;
}

/* How long the extension header @proto at @header says it is (RFC 8200, 4). */
static inline size_t tz_extension_len(uint8_t proto, const uint8_t *header)
{
	if (proto == TZ_PROTO_FRAGMENT)
		return 8;
	if (proto == TZ_PROTO_AH)
		return (header[1] + 2u) * 4;
	return (header[1] + 1u) * 8;
}

/*
 * What forwarding does to the header at @ip, 12 bytes of it: the TTL is one
 * less, and the IPv4 checksum says so (ip_forward, ip6_forward; RFC 1624).
 */
void tz_packet_spend_hop(enum tz_family family, uint8_t *ip);
/* frame, frame_len and l3 are set; fills the rest (packet6.c). */
enum tz_packet_kind tz_packet_parse_ipv6(struct tz_packet *packet);
