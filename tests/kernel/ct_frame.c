/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A client, 198.51.100.2 or 2001:db8:1::2, talks to a server, 203.0.113.2 or
 * 2001:db8:2::2. Checksums are right unless they are not to be.
 */
#include "ct_frame.h"

#include <assert.h>
#include <netinet/in.h>
#include <string.h>

#include "lib/lab.h"

#define ETH_LEN 14

static const uint8_t ends4[2][4] = { { 198, 51, 100, 2 }, { 203, 0, 113, 2 } };
static const uint8_t ends6[2][16] = {
	{ 0x20, 1, 0x0d, 0xb8, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2 },
	{ 0x20, 1, 0x0d, 0xb8, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2 },
};

static void put16(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static void put32(uint8_t *at, uint32_t value)
{
	put16(at, value >> 16);
	put16(at + 2, value);
}

static uint32_t sum16(uint32_t sum, const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i + 1 < len; i += 2)
		sum += (uint32_t)(bytes[i] << 8 | bytes[i + 1]);
	return len % 2 ? sum + (uint32_t)(bytes[len - 1] << 8) : sum;
}

static uint16_t fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static size_t put_ip(uint8_t *ip, const struct ct_frame_spec *spec,
		     size_t l4_len)
{
	if (spec->family == 4) {
		ip[0] = 0x45;
		put16(ip + 2, (uint32_t)(20 + l4_len));
		ip[8] = 64;
		ip[9] = spec->protocol;
		memcpy(ip + 12, ends4[spec->is_reply], 4);
		memcpy(ip + 16, ends4[!spec->is_reply], 4);
		ip[15] ^= spec->is_from_router;
		put16(ip + 10, fold(sum16(0, ip, 20)));
		return 20;
	}
	ip[0] = 0x60;
	put16(ip + 4, (uint32_t)l4_len);
	ip[6] = spec->protocol;
	ip[7] = 64;
	memcpy(ip + 8, ends6[spec->is_reply], 16);
	memcpy(ip + 24, ends6[!spec->is_reply], 16);
	ip[23] ^= spec->is_from_router;
	return 40;
}

static size_t header_len(uint8_t protocol)
{
	return protocol == IPPROTO_TCP ? 20 : 8;
}

/* Where the checksum of layer 4 stands; 0: there is none. */
static size_t sum_offset(uint8_t protocol)
{
	switch (protocol) {
	case IPPROTO_TCP:
		return 16;
	case IPPROTO_UDP:
		return 6;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		return 2;
	}
	return 0;
}

static void put_l4(uint8_t *l4, const struct ct_frame_spec *spec, size_t l4_len)
{
	uint16_t server = spec->server_port ? spec->server_port : 80;

	if (spec->protocol == IPPROTO_ICMP ||
	    spec->protocol == IPPROTO_ICMPV6) {
		l4[0] = spec->type;
		l4[1] = spec->code;
		put16(l4 + 4, spec->flow);
		return;
	}
	put16(l4, spec->is_reply ? server : spec->flow);
	put16(l4 + 2, spec->is_reply ? spec->flow : server);
	if (spec->protocol == IPPROTO_UDP)
		put16(l4 + 4, (uint32_t)l4_len);
	if (spec->protocol != IPPROTO_TCP)
		return;
	put32(l4 + 4, spec->seq);
	put32(l4 + 8, spec->ack);
	l4[12] = 5 << 4;
	l4[13] = spec->flags;
	put16(l4 + 14, 8192);
}

/* No zeros, which a sum would not miss. */
static void put_payload(uint8_t *at, const struct ct_frame_spec *spec)
{
	for (size_t i = 0; i < spec->payload_len; i++)
		at[i] = spec->payload ? spec->payload[i]
				      : (uint8_t)(1 + i * 7 % 251);
}

/* Before the checksum is made. */
static void harm_header(uint8_t *l4, enum ct_harm harm, size_t l4_len)
{
	if (harm == CT_DOFF_4)
		l4[12] = 4 << 4;
	if (harm == CT_DOFF_15)
		l4[12] = 15 << 4;
	if (harm == CT_LEN_7)
		put16(l4 + 4, 7);
	if (harm == CT_LEN_MORE)
		put16(l4 + 4, (uint32_t)l4_len + 1);
	if (harm == CT_LEN_LESS || harm == CT_LEN_LESS_NO_SUM)
		put16(l4 + 4, (uint32_t)l4_len - 1);
}

static void put_sum(const uint8_t *ip, uint8_t *l4, size_t l4_len,
		    const struct ct_frame_spec *spec)
{
	size_t at = sum_offset(spec->protocol);
	uint32_t sum = (uint32_t)(spec->protocol + l4_len);

	if (!at || at + 2 > l4_len)
		return;
	sum = spec->family == 4 ? sum16(sum, ip + 12, 8)
				: sum16(sum, ip + 8, 32);
	if (spec->protocol == IPPROTO_ICMP)
		sum = 0;
	sum = fold(sum16(sum, l4, l4_len));
	if (spec->harm == CT_BAD_SUM)
		sum ^= 0x1234;
	if (spec->harm == CT_NO_SUM || spec->harm == CT_LEN_LESS_NO_SUM)
		sum = 0;
	put16(l4 + at, sum);
}

void ct_frame_build(struct ct_frame *frame, const struct ct_frame_spec *spec)
{
	size_t header = header_len(spec->protocol);
	size_t l4_len = header + spec->payload_len;
	uint8_t *ip = frame->bytes + ETH_LEN;

	assert(ETH_LEN + 40 + l4_len <= sizeof(frame->bytes));
	if (spec->harm == CT_SHORT)
		l4_len = 4;
	memset(frame, 0, sizeof(*frame));
	memcpy(frame->bytes, tz_lab_mac, 6);
	memcpy(frame->bytes + 6, tz_lab_sender_mac, 6);
	put16(frame->bytes + 12, spec->family == 4 ? 0x0800 : 0x86dd);

	uint8_t *l4 = ip + put_ip(ip, spec, l4_len);

	put_l4(l4, spec, l4_len);
	if (spec->harm == CT_SHORT)
		memset(l4 + 4, 0, header - 4);
	else
		put_payload(l4 + header, spec);
	harm_header(l4, spec->harm, l4_len);
	put_sum(ip, l4, l4_len, spec);
	frame->len = (size_t)(l4 - frame->bytes) + l4_len;
}

/* Ports that NAT translates into each other (ct_state.c). */
static void exchange_ports(uint8_t *ports)
{
	for (int i = 0; i < 4; i += 2)
		if (ports[i] == 0 && ports[i + 1] >= 82 && ports[i + 1] <= 83)
			ports[i + 1] ^= 1;
}

static void harm_quote4(uint8_t *ip, enum ct_quote_harm harm)
{
	ip[15] ^= harm == CT_QUOTE_SOURCE;
	ip[19] ^= harm == CT_QUOTE_OTHER_END;
	if (harm == CT_QUOTE_FIRST)
		ip[6] = 0x20;
	if (harm == CT_QUOTE_LATER)
		ip[7] = 1;
	if (harm == CT_QUOTE_OPTIONS)
		ip[0] = 0x46;
	if (harm == CT_QUOTE_NO_IHL)
		ip[0] = 0x40;
	if (harm == CT_QUOTE_VERSION)
		ip[0] = 0x95;
}

/* A fragment header (RFC 8200, 4.5), or destination options, come before. */
static size_t harm_quote6(uint8_t *ip, enum ct_quote_harm harm, size_t len)
{
	bool is_fragment = harm == CT_QUOTE_FIRST || harm == CT_QUOTE_LATER;
	uint8_t *more = ip + 40;

	ip[23] ^= harm == CT_QUOTE_SOURCE;
	ip[39] ^= harm == CT_QUOTE_OTHER_END;
	if (harm == CT_QUOTE_VERSION)
		ip[0] = 0x90;
	if (!is_fragment && harm != CT_QUOTE_OPTIONS)
		return len;
	memmove(more + 8, more, len - 40);
	memset(more, 0, 8);
	more[0] = ip[6];
	more[2] = harm == CT_QUOTE_LATER;
	more[3] = harm == CT_QUOTE_FIRST;
	if (!is_fragment)
		memcpy(more + 2, (uint8_t[]){ 1, 4 }, 2); /* PadN */
	ip[6] = is_fragment ? IPPROTO_FRAGMENT : IPPROTO_DSTOPTS;
	return len + 8;
}

size_t ct_frame_quote(const struct ct_frame *frame, enum ct_quote_harm harm,
		      uint8_t *quote, size_t max)
{
	uint8_t ip[sizeof(frame->bytes) + 8];
	size_t len = frame->len - ETH_LEN;
	bool is_v4 = frame->bytes[12] == 8;
	uint8_t *l4 = ip + (is_v4 ? 20 : 40), *proto = ip + (is_v4 ? 9 : 6);

	memcpy(ip, frame->bytes + ETH_LEN, len);
	l4[3] ^= harm == CT_QUOTE_PORT;
	if (harm == CT_QUOTE_EXCHANGED)
		exchange_ports(l4);
	if (harm == CT_QUOTE_TCP)
		*proto = IPPROTO_TCP;
	if (harm == CT_QUOTE_OTHER)
		*proto = 97;
	if (is_v4)
		harm_quote4(ip, harm);
	else
		len = harm_quote6(ip, harm, len);
	if (len > max)
		len = max;
	memcpy(quote, ip, len);
	return len;
}
