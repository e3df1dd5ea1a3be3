/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * IPv6: what net/ipv6/ip6_input.c:ip6_rcv_core lets through to netfilter
 * (SEMANTICS 1.7-1.9), and the walk along the extension headers, once as
 * ip6tables does it and once as nft does (SEMANTICS 4, 11.4, 11.5).
 */
#include "ir/packet.h"

enum {
	/* hop-by-hop options */
	OPTION_PAD1 = 0,
	OPTION_PADN = 1,
	OPTION_ROUTER_ALERT = 5,
	OPTION_CALIPSO = 7,
	OPTION_IOAM = 0x31,
	PAD_MAX = 7,
	/* net.ipv6.max_hbh_opts_number as the kernel starts with */
	OPTIONS_MAX = 8,
};

/*
 * One option that is no padding, at @offset from the IPv6 header. CALIPSO
 * passes only where a DOI is configured, Jumbo needs more than 65,535 bytes
 * in one frame: neither is met here. An unknown option passes if its action
 * bits are 0.
 */
static bool option_passes(const uint8_t *option, size_t offset)
{
	switch (option[0]) {
	case OPTION_ROUTER_ALERT:
		return option[1] == 2;
	case OPTION_IOAM:
		return offset % 4 == 0;
	case OPTION_CALIPSO:
		return false;
	}
	return option[0] >> 6 == 0;
}

/* net/ipv6/exthdrs.c:ip6_parse_tlv over one hop-by-hop header. */
static bool options_pass(const uint8_t *ip, size_t header_len)
{
	size_t at = TZ_IPV6_LEN + 2, end = TZ_IPV6_LEN + header_len;
	size_t padding = 0, n_options = 0;

	while (at < end) {
		const uint8_t *option = ip + at;

		if (option[0] == OPTION_PAD1) {
			if (++padding > PAD_MAX)
				return false;
			at++;
			continue;
		}
		if (end - at < 2 || end - at < option[1] + 2u)
			return false;

		size_t len = option[1] + 2u;

		if (option[0] == OPTION_PADN) {
			padding += len;
			if (padding > PAD_MAX)
				return false;
			for (size_t i = 2; i < len; i++)
				if (option[i])
					return false;
		} else {
			if (++n_options > OPTIONS_MAX ||
			    !option_passes(option, at))
				return false;
			padding = 0;
		}
		at += len;
	}
	return true;
}

/* The hop-by-hop header that follows IPv6 at once (SEMANTICS 1.9). */
static bool hop_by_hop_passes(const uint8_t *ip, size_t ip_len)
{
	if (ip_len < TZ_IPV6_LEN + 8)
		return false;

	size_t header_len = (ip[TZ_IPV6_LEN + 1] + 1u) * 8;

	return ip_len >= TZ_IPV6_LEN + header_len &&
	       options_pass(ip, header_len);
}

static bool addresses_pass(tz_value src, tz_value dst)
{
	if (src == 1 || dst == 1 || src >> 120 == 0xff)
		return false;
	/* interface-local scope, and the reserved scope 0 */
	return dst >> 120 != 0xff || (dst >> 112 & 15) > 1;
}

/* What a walk along the header chain found. */
struct chain_end {
	size_t at; /* offset from the IPv6 header */
	uint8_t proto;
	bool is_parsed;
	bool has_fragment_header;
	bool goes_past_end;
	uint16_t fragment_offset; /* in bytes */
};

/* Bytes that must be there to read the header (ipv6_find_hdr). */
static size_t bytes_to_read(uint8_t proto)
{
	return proto == TZ_PROTO_ROUTING || proto == TZ_PROTO_FRAGMENT ? 4 : 2;
}

/* net/ipv6/exthdrs_core.c:ipv6_find_hdr without a target. */
static struct chain_end walk_chain(const uint8_t *ip, size_t ip_len,
				   bool stops_at_ah)
{
	struct chain_end end = { .at = TZ_IPV6_LEN, .proto = ip[6] };

	while (tz_is_extension(end.proto)) {
		const uint8_t *header = ip + end.at;

		if (end.at > ip_len ||
		    ip_len - end.at < bytes_to_read(end.proto))
			return end;
		if (end.proto == TZ_PROTO_AH && stops_at_ah)
			break;
		if (end.proto == TZ_PROTO_FRAGMENT) {
			end.has_fragment_header = true;
			end.fragment_offset = tz_be16(header + 2) & 0xfff8;
		}
		end.at += tz_extension_len(end.proto, header);
		end.proto = header[0];
		if (end.at > ip_len)
			end.goes_past_end = true;
		if (end.fragment_offset) {
			end.is_parsed = !tz_is_extension(end.proto);
			return end;
		}
	}
	end.is_parsed = true;
	return end;
}

static void read_chain(struct tz_packet *packet)
{
	const uint8_t *ip = packet->frame + packet->l3;
	size_t len = packet->ip_len;
	struct chain_end end = walk_chain(ip, len, false);

	packet->l4 = packet->l3 + end.at;
	packet->l4_len = end.at < len ? len - end.at : 0;
	packet->proto = end.proto;
	packet->has_proto = end.is_parsed;
	packet->is_fragment = end.has_fragment_header;
	packet->has_odd_extensions = end.goes_past_end;
	packet->fragment_offset = end.fragment_offset;

	end = walk_chain(ip, len, true);
	if (end.fragment_offset)
		end.at = 0;
	packet->nft.l4 = packet->l3 + end.at;
	packet->nft.l4_len = end.at < len ? len - end.at : 0;
	packet->nft.proto = end.proto;
	packet->nft.has_proto = end.is_parsed;
	packet->nft.fragment_offset = end.fragment_offset;
}

enum tz_packet_kind tz_packet_parse_ipv6(struct tz_packet *packet)
{
	const uint8_t *ip = packet->frame + packet->l3;
	size_t present = packet->frame_len - packet->l3;

	if (present < TZ_IPV6_LEN || ip[0] >> 4 != 6)
		return TZ_PACKET_UNFILTERED;
	packet->family = TZ_IPV6;
	packet->ttl = ip[7];
	packet->tos = (uint8_t)(tz_be16(ip) >> 4);
	packet->src = tz_bytes_value(ip + 8, 16);
	packet->dst = tz_bytes_value(ip + 24, 16);
	if (!addresses_pass(packet->src, packet->dst))
		return TZ_PACKET_UNFILTERED;

	size_t payload = tz_be16(ip + 4);

	/* A jumbogram's length would follow: nothing is trimmed (1.9). */
	packet->ip_len = present;
	if (payload || ip[6] != TZ_PROTO_HOP_BY_HOP) {
		if (payload > present - TZ_IPV6_LEN)
			return TZ_PACKET_UNFILTERED;
		packet->ip_len = payload + TZ_IPV6_LEN;
	}
	if (ip[6] == TZ_PROTO_HOP_BY_HOP &&
	    !hop_by_hop_passes(ip, packet->ip_len))
		return TZ_PACKET_UNFILTERED;
	read_chain(packet);
	return TZ_PACKET_FILTERED;
}
