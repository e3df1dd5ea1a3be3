/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Frames from a description: Ethernet, IPv4 (RFC 791) or IPv6 (RFC 8200), and
 * TCP, UDP, ICMP or ICMPv6 with checksums. Broken packets are not made here:
 * whoever wants one breaks a whole one.
 */
#include "lib/frame.h"

#include <arpa/inet.h>
#include <assert.h>
#include <net/ethernet.h>
#include <netinet/in.h>
#include <string.h>

#define TTL 64

static void put16(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

/* Ones' complement sum of RFC 1071, not yet folded. */
static uint32_t sum16(uint32_t sum, const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i + 1 < len; i += 2)
		sum += (uint32_t)(bytes[i] << 8 | bytes[i + 1]);
	if (len % 2)
		sum += (uint32_t)(bytes[len - 1] << 8);
	return sum;
}

static uint16_t fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static size_t l4_header_len(uint8_t protocol)
{
	return protocol == IPPROTO_TCP ? 20 : 8;
}

/* Writes the header at @l4; returns where its checksum stands. */
static size_t put_l4(uint8_t *l4, const struct tz_frame_spec *spec,
		     size_t l4_len)
{
	if (spec->protocol == IPPROTO_ICMP ||
	    spec->protocol == IPPROTO_ICMPV6) {
		l4[0] = spec->icmp_type;
		l4[1] = spec->icmp_code;
		return 2;
	}
	put16(l4, spec->sport);
	put16(l4 + 2, spec->dport);
	if (spec->protocol == IPPROTO_UDP) {
		put16(l4 + 4, (uint32_t)l4_len);
		return 6;
	}
	assert(spec->protocol == IPPROTO_TCP);
	put16(l4 + 4, spec->sport); /* any sequence number will do */
	l4[12] = 5 << 4;            /* 20 bytes of header */
	l4[13] = spec->tcp_flags;
	put16(l4 + 14, 65535);
	return 16;
}

/* Writes the IP header; returns its length, 0 when @spec is of the other. */
static size_t put_ipv4(uint8_t *ip, const struct tz_frame_spec *spec,
		       size_t l4_len)
{
	if (inet_pton(AF_INET, spec->src, ip + 12) != 1)
		return 0;
	if (inet_pton(AF_INET, spec->dst, ip + 16) != 1)
		return 0;
	ip[0] = 0x45;
	put16(ip + 2, (uint32_t)(20 + l4_len));
	ip[8] = TTL;
	ip[9] = spec->protocol;
	put16(ip + 10, fold(sum16(0, ip, 20)));
	return 20;
}

static size_t put_ipv6(uint8_t *ip, const struct tz_frame_spec *spec,
		       size_t l4_len)
{
	int ok = inet_pton(AF_INET6, spec->src, ip + 8) == 1 &&
		 inet_pton(AF_INET6, spec->dst, ip + 24) == 1;

	assert(ok);
	(void)ok;
	ip[0] = 0x60;
	put16(ip + 4, (uint32_t)l4_len);
	ip[6] = spec->protocol;
	ip[7] = TTL;
	return 40;
}

void tz_frame_build(struct tz_frame *frame, const struct tz_frame_spec *spec)
{
	size_t l4_len = l4_header_len(spec->protocol) + spec->payload_len;
	uint8_t *ip = frame->bytes + ETHER_HDR_LEN;

	memset(frame, 0, sizeof(*frame));
	assert(ETHER_HDR_LEN + 40 + l4_len <= sizeof(frame->bytes));
	memcpy(frame->bytes, spec->dst_mac, 6);
	memcpy(frame->bytes + 6, spec->src_mac, 6);

	size_t ip_len = put_ipv4(ip, spec, l4_len);
	int is_ipv4 = ip_len != 0;

	if (!is_ipv4) {
		memset(ip, 0, 40);
		ip_len = put_ipv6(ip, spec, l4_len);
	}
	put16(frame->bytes + 12, is_ipv4 ? ETHERTYPE_IP : ETHERTYPE_IPV6);

	uint8_t *l4 = ip + ip_len;
	size_t check = put_l4(l4, spec, l4_len);
	/* The pseudo header: addresses, protocol, length. */
	uint32_t sum = (uint32_t)(spec->protocol + l4_len);

	sum = is_ipv4 ? sum16(sum, ip + 12, 8) : sum16(sum, ip + 8, 32);
	if (spec->protocol == IPPROTO_ICMP)
		sum = 0; /* ICMP has no pseudo header */
	put16(l4 + check, fold(sum16(sum, l4, l4_len)));
	frame->len = (size_t)(l4 - frame->bytes) + l4_len;
}
