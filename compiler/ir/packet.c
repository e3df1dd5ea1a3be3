/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From a frame's bytes to what netfilter's rules would see of it: the link
 * header and IPv4. What the kernel drops before its first hook is told apart,
 * in the order of net/ipv4/ip_input.c:ip_rcv_core; IPv6 is in packet6.c.
 */
#include "ir/packet.h"

#include <string.h>

enum {
	VLAN_LEN = 4,
	ETHERTYPE_IPV4 = 0x0800,
	ETHERTYPE_IPV6 = 0x86dd,
	ETHERTYPE_VLAN = 0x8100,
	ETHERTYPE_QINQ = 0x88a8,
};

/*
 * The ethertype behind tags with id 0, and in @l3 what follows it; 0 for a
 * frame that is cut or carries another tag (SEMANTICS 1.10). LLC lengths
 * come out as the small numbers they are (1.12).
 */
static uint16_t skip_tags(const uint8_t *frame, size_t len, size_t *l3)
{
	uint16_t type = tz_be16(frame + 12);

	*l3 = TZ_ETH_LEN;
	while (type == ETHERTYPE_VLAN || type == ETHERTYPE_QINQ) {
		if (len < *l3 + VLAN_LEN || tz_be16(frame + *l3) & 0xfff)
			return 0;
		type = tz_be16(frame + *l3 + 2);
		*l3 += VLAN_LEN;
	}
	return type;
}

static bool is_for_us(const uint8_t *frame, const uint8_t *own_mac)
{
	return !own_mac || frame[0] & 1 || !memcmp(frame, own_mac, 6);
}

/* RFC 1071: a header with its checksum in place sums to all ones. */
static bool checksum_holds(const uint8_t *header, size_t len)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < len; i += 2)
		sum += tz_be16(header + i);
	sum = (sum & 0xffff) + (sum >> 16);
	return ((sum & 0xffff) + (sum >> 16)) == 0xffff;
}

/* net/ethernet/eth.c, eth_type_trans: 0 host, 1 broadcast, 2 multicast. */
static uint8_t link_type_of(const uint8_t *dst)
{
	static const uint8_t broadcast[6] = { 255, 255, 255, 255, 255, 255 };

	if (!(dst[0] & 1))
		return 0;
	return memcmp(dst, broadcast, sizeof(broadcast)) ? 2 : 1;
}

static enum tz_packet_kind parse_ipv4(struct tz_packet *packet)
{
	const uint8_t *ip = packet->frame + packet->l3;
	size_t present = packet->frame_len - packet->l3;

	if (present < TZ_IPV4_LEN || ip[0] >> 4 != 4)
		return TZ_PACKET_UNFILTERED;

	size_t header_len = (ip[0] & 15u) * 4, total = tz_be16(ip + 2);

	if (header_len < TZ_IPV4_LEN || present < header_len ||
	    !checksum_holds(ip, header_len) || total > present ||
	    total < header_len)
		return TZ_PACKET_UNFILTERED;

	uint16_t fragment = tz_be16(ip + 6);

	packet->family = TZ_IPV4;
	packet->ip_len = total;
	packet->l4 = packet->l3 + header_len;
	packet->l4_len = total - header_len;
	packet->proto = ip[9];
	packet->ttl = ip[8];
	packet->tos = ip[1];
	packet->has_proto = true;
	packet->is_fragment = fragment & 0x3fff;
	packet->fragment_offset = (uint16_t)((fragment & 0x1fff) * 8);
	packet->src = tz_bytes_value(ip + 12, 4);
	packet->dst = tz_bytes_value(ip + 16, 4);
	packet->nft.l4 = packet->l4;
	packet->nft.l4_len = packet->l4_len;
	packet->nft.proto = packet->proto;
	packet->nft.has_proto = true;
	packet->nft.fragment_offset = packet->fragment_offset;
	return TZ_PACKET_FILTERED;
}

enum tz_packet_kind tz_packet_parse(const uint8_t *frame, size_t len,
				    const uint8_t *own_mac,
				    struct tz_packet *packet)
{
	size_t l3;

	if (len < TZ_ETH_LEN || !is_for_us(frame, own_mac))
		return TZ_PACKET_UNFILTERED;

	uint16_t type = skip_tags(frame, len, &l3);

	*packet = (struct tz_packet){
		.frame = frame,
		.frame_len = len,
		.l3 = l3,
		.mac_src = (uint64_t)tz_bytes_value(frame + 6, 6),
		.link_type = link_type_of(frame),
	};
	if (type == ETHERTYPE_IPV4)
		return parse_ipv4(packet);
	if (type == ETHERTYPE_IPV6)
		return tz_packet_parse_ipv6(packet);
	return TZ_PACKET_UNFILTERED;
}

void tz_packet_spend_hop(enum tz_family family, uint8_t *ip)
{
	unsigned int sum = (unsigned int)tz_be16(ip + 10) + 0x100;

	if (family == TZ_IPV6) {
		ip[7]--;
		return;
	}
	sum += sum >= 0xffff;
	ip[8]--;
	ip[10] = (uint8_t)(sum >> 8);
	ip[11] = (uint8_t)sum;
}
