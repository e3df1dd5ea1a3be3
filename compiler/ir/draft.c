/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Drafts become frames: headers, lengths and checksums as RFC 791, 8200, 9293,
 * 768, 792 and 4443 have them, so that a plain frame is a good packet.
 */
#include "ir/draft.h"

#include <string.h>

/* Splitmix64 (Steele, Lea, Flood: OOPSLA 2014). */
uint64_t tz_rng_next(struct tz_rng *rng)
{
	uint64_t z = rng->state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

uint64_t tz_rng_below(struct tz_rng *rng, uint64_t n)
{
	return tz_rng_next(rng) % n;
}

bool tz_rng_one_in(struct tz_rng *rng, unsigned int n)
{
	return tz_rng_below(rng, n) == 0;
}

void tz_rng_fill(struct tz_rng *rng, uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		bytes[i] = (uint8_t)tz_rng_next(rng);
}

static void put_be16(uint8_t *p, size_t value)
{
	p[0] = (uint8_t)(value >> 8);
	p[1] = (uint8_t)value;
}

static void put_value(uint8_t *p, tz_value value, size_t len)
{
	for (size_t i = 0; i < len; i++)
		p[i] = (uint8_t)(value >> 8 * (len - 1 - i));
}

static uint32_t sum_words(uint32_t sum, const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i + 1 < len; i += 2)
		sum += (uint32_t)(bytes[i] << 8 | bytes[i + 1]);
	return len % 2 ? sum + ((uint32_t)bytes[len - 1] << 8) : sum;
}

static uint16_t fold(uint32_t sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static size_t address_len(enum tz_family family)
{
	return family == TZ_IPV4 ? 4 : 16;
}

/* RFC 9293 3.1, RFC 8200 8.1. */
static uint32_t pseudo_header(const struct tz_draft *draft)
{
	size_t len = address_len(draft->family);
	uint8_t addresses[32];

	put_value(addresses, draft->values[TZ_FIELD_SRC], len);
	put_value(addresses + len, draft->values[TZ_FIELD_DST], len);
	return sum_words((uint32_t)draft->values[TZ_FIELD_PROTO] +
				 (uint32_t)draft->l4_len,
			 addresses, 2 * len);
}

/* Where the checksum of a protocol is; 0: it has none that is made here. */
static size_t checksum_offset(uint8_t proto)
{
	switch (proto) {
	case TZ_PROTO_TCP:
		return 16;
	case TZ_PROTO_UDP:
	case TZ_PROTO_UDPLITE:
		return 6;
	case TZ_PROTO_ICMP:
	case TZ_PROTO_ICMP6:
		return 2;
	}
	return 0;
}

void tz_draft_put_checksum(struct tz_draft *draft)
{
	uint8_t proto = (uint8_t)draft->values[TZ_FIELD_PROTO];
	size_t at = checksum_offset(proto);

	if (!at || draft->l4_len < at + 2)
		return;

	uint32_t sum = proto == TZ_PROTO_ICMP ? 0 : pseudo_header(draft);

	put_be16(draft->l4 + at, 0);

	uint16_t checksum = fold(sum_words(sum, draft->l4, draft->l4_len));

	/* RFC 768: 0 would say that there is none. */
	put_be16(draft->l4 + at, checksum ? checksum : 0xffff);
}

size_t tz_draft_header_len(uint8_t proto)
{
	switch (proto) {
	case TZ_PROTO_TCP:
		return 20;
	case TZ_PROTO_SCTP:
	case TZ_PROTO_DCCP:
	case TZ_PROTO_AH:
		return 12;
	case TZ_PROTO_IPCOMP:
		return 4;
	case TZ_PROTO_NONE:
		return 0;
	}
	return 8;
}

size_t tz_draft_payload(const struct tz_draft *draft, size_t len)
{
	size_t wanted = (size_t)draft->values[TZ_FIELD_LENGTH];
	size_t header =
		tz_draft_header_len((uint8_t)draft->values[TZ_FIELD_PROTO]);
	size_t ip = draft->family == TZ_IPV4 ? TZ_IPV4_LEN : TZ_IPV6_LEN;

	if (!wanted)
		return len;
	if (wanted < ip + header)
		return 0;
	wanted -= ip + header;
	return wanted < TZ_DRAFT_L4_MAX - header ? wanted
						 : TZ_DRAFT_L4_MAX - header;
}

/*
 * What an ICMP error quotes: of its random payload as much becomes the header
 * of a packet as there is room for, mostly of one that went the other way.
 */
static void put_quote(struct tz_draft *draft)
{
	static const uint8_t protos[] = { TZ_PROTO_TCP, TZ_PROTO_UDP,
					  TZ_PROTO_UDP, TZ_PROTO_ICMP };
	bool is_v4 = draft->family == TZ_IPV4;
	size_t header = is_v4 ? TZ_IPV4_LEN : TZ_IPV6_LEN;
	uint8_t *ip = draft->l4 + 8, dice = draft->l4[5];

	if (draft->l4_len < 8 + header)
		return;
	ip[0] = is_v4 ? 0x45 : 0x60;
	ip[is_v4 ? 9 : 6] = protos[dice & 3];
	if (is_v4 && dice & 0xc)
		put_be16(ip + 6, 0x4000);
	if (dice & 0x30)
		put_value(ip + (is_v4 ? 12 : 8), draft->values[TZ_FIELD_DST],
			  address_len(draft->family));
}

void tz_draft_fill_l4(struct tz_draft *draft, struct tz_rng *rng,
		      size_t payload_len)
{
	uint8_t proto = (uint8_t)draft->values[TZ_FIELD_PROTO];
	uint8_t *l4 = draft->l4;

	draft->l4_len = tz_draft_header_len(proto) + payload_len;
	tz_rng_fill(rng, l4, draft->l4_len);
	if (proto == TZ_PROTO_IPCOMP) {
		put_value(l4 + 2, draft->values[TZ_FIELD_CPI], 2);
		return;
	}
	if (draft->l4_len < 8)
		return;
	put_value(l4, draft->values[TZ_FIELD_SPORT], 2);
	put_value(l4 + 2, draft->values[TZ_FIELD_DPORT], 2);
	switch (proto) {
	case TZ_PROTO_TCP:
		l4[12] = 5 << 4;
		l4[13] = (uint8_t)draft->values[TZ_FIELD_TCP_FLAGS];
		break;
	case TZ_PROTO_UDP:
		put_be16(l4 + 4, draft->l4_len);
		break;
	case TZ_PROTO_UDPLITE: /* RFC 3828: all is covered */
		put_be16(l4 + 4, 0);
		break;
	case TZ_PROTO_ICMP:
	case TZ_PROTO_ICMP6:
		l4[0] = (uint8_t)draft->values[TZ_FIELD_ICMP_TYPE];
		l4[1] = (uint8_t)draft->values[TZ_FIELD_ICMP_CODE];
		put_quote(draft);
		break;
	case TZ_PROTO_ESP:
		put_value(l4, draft->values[TZ_FIELD_SPI], 4);
		break;
	case TZ_PROTO_DCCP:
		l4[8] = (uint8_t)(draft->values[TZ_FIELD_DCCP_TYPE] << 1 |
				  (l4[8] & 0xe1));
		break;
	case TZ_PROTO_AH: /* as an IPv6 extension: 12 bytes long */
		l4[0] = TZ_PROTO_NONE;
		l4[1] = 1;
		put_value(l4 + 4, draft->values[TZ_FIELD_SPI], 4);
		break;
	}
	tz_draft_put_checksum(draft);
}

void tz_draft_push_extension(struct tz_draft *draft, uint8_t number,
			     const uint8_t *body, size_t len)
{
	if (draft->between_len + len > sizeof(draft->between) ||
	    draft->between_len + len + draft->l4_len > TZ_DRAFT_L4_MAX)
		return;
	memmove(draft->between + len, draft->between, draft->between_len);
	memcpy(draft->between, body, len);
	draft->between[0] = draft->first_header;
	draft->between_len += len;
	draft->first_header = number;
}

static size_t put_ipv4(const struct tz_draft *draft, uint8_t *ip)
{
	size_t header_len = TZ_IPV4_LEN + draft->between_len;

	ip[0] = (uint8_t)(4 << 4 | header_len / 4);
	ip[1] = (uint8_t)draft->values[TZ_FIELD_TOS];
	put_be16(ip + 2, header_len + draft->l4_len);
	put_be16(ip + 4, draft->id);
	put_be16(ip + 6, draft->fragment);
	ip[8] = (uint8_t)draft->values[TZ_FIELD_TTL];
	ip[9] = (uint8_t)draft->values[TZ_FIELD_PROTO];
	put_be16(ip + 10, 0);
	put_value(ip + 12, draft->values[TZ_FIELD_SRC], 4);
	put_value(ip + 16, draft->values[TZ_FIELD_DST], 4);
	memcpy(ip + TZ_IPV4_LEN, draft->between, draft->between_len);
	put_be16(ip + 10, fold(sum_words(0, ip, header_len)));
	return header_len;
}

static size_t put_ipv6(const struct tz_draft *draft, uint8_t *ip)
{
	uint8_t tos = (uint8_t)draft->values[TZ_FIELD_TOS];

	ip[0] = (uint8_t)(6 << 4 | tos >> 4);
	ip[1] = (uint8_t)(tos << 4);
	put_be16(ip + 2, draft->id); /* as a flow label */
	put_be16(ip + 4, draft->between_len + draft->l4_len);
	ip[6] = draft->first_header;
	ip[7] = (uint8_t)draft->values[TZ_FIELD_TTL];
	put_value(ip + 8, draft->values[TZ_FIELD_SRC], 16);
	put_value(ip + 24, draft->values[TZ_FIELD_DST], 16);
	memcpy(ip + TZ_IPV6_LEN, draft->between, draft->between_len);
	return TZ_IPV6_LEN + draft->between_len;
}

void tz_draft_to_frame(const struct tz_draft *draft,
		       struct tz_sample_frame *frame)
{
	uint8_t *bytes = frame->bytes;
	size_t header_len;

	memcpy(bytes, draft->dst_mac, 6);
	put_value(bytes + 6, draft->values[TZ_FIELD_MAC_SRC], 6);
	put_be16(bytes + 12, draft->family == TZ_IPV4 ? 0x0800 : 0x86dd);
	if (draft->family == TZ_IPV4)
		header_len = put_ipv4(draft, bytes + TZ_ETH_LEN);
	else
		header_len = put_ipv6(draft, bytes + TZ_ETH_LEN);
	memcpy(bytes + TZ_ETH_LEN + header_len, draft->l4, draft->l4_len);
	frame->len = TZ_ETH_LEN + header_len + draft->l4_len;
}

void tz_frame_fix_checksum(struct tz_sample_frame *frame, size_t l3)
{
	uint8_t *ip = frame->bytes + l3;

	if (frame->len < l3 + TZ_IPV4_LEN || ip[0] >> 4 != 4)
		return;

	size_t header_len = (ip[0] & 15u) * 4;

	if (frame->len < l3 + header_len || header_len < TZ_IPV4_LEN)
		return;
	put_be16(ip + 10, 0);
	put_be16(ip + 10, fold(sum_words(0, ip, header_len)));
}
