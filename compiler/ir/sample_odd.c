/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Packets that hurry a parser: each variation is one row of a table. Those
 * of drafts give whole packets of unusual form, those of frames also what is
 * cut, overlong, tagged or addressed to others. What routing would throw away
 * between the hooks (source routes, TTL 0) is left out: it proves nothing.
 */
#include "ir/draft.h"

#include <string.h>

#define N(array) (sizeof(array) / sizeof((array)[0]))

static void put_be16(uint8_t *p, size_t value)
{
	p[0] = (uint8_t)(value >> 8);
	p[1] = (uint8_t)value;
}

/* ---- IPv4 drafts ---- */

/* No operations, then the end of the list (RFC 791). */
static void options_of_padding(struct tz_draft *draft, struct tz_rng *rng)
{
	draft->between_len = 4 * (1 + tz_rng_below(rng, 10));
	memset(draft->between, 1, draft->between_len);
	draft->between[draft->between_len - 1] = 0;
}

/* A record route with room, and a router alert (RFC 2113). */
static void options_of_weight(struct tz_draft *draft, struct tz_rng *rng)
{
	static const uint8_t options[] = { 7, 11, 4, 0,   0, 0, 0, 0,
					   0, 0,  0, 148, 4, 0, 0, 0 };

	draft->between_len = tz_rng_one_in(rng, 2) ? 12 : sizeof(options);
	memcpy(draft->between, options, draft->between_len);
	if (draft->between_len == 12)
		draft->between[11] = 0;
}

static void tos_and_flags(struct tz_draft *draft, struct tz_rng *rng)
{
	draft->values[TZ_FIELD_TOS] = tz_rng_below(rng, 256);
	draft->values[TZ_FIELD_TTL] = 2 + tz_rng_below(rng, 254);
	if (tz_rng_one_in(rng, 2))
		draft->fragment |= 0x8000; /* the reserved flag */
}

/* ---- both ---- */

/* TCP's data offset says 0 to 60 bytes, whatever there is. */
static void tcp_data_offset(struct tz_draft *draft, struct tz_rng *rng)
{
	if (draft->values[TZ_FIELD_PROTO] == TZ_PROTO_TCP)
		draft->l4[12] = (uint8_t)tz_rng_next(rng);
}

static void l4_checksum(struct tz_draft *draft, struct tz_rng *rng)
{
	size_t at = tz_rng_below(rng, draft->l4_len + 1);

	if (at < draft->l4_len && at >= 4)
		draft->l4[at] ^= 1;
}

/* ---- IPv6 drafts ---- */

/* Hop-by-hop or destination options: router alert, PadN (RFC 8200, 4.2). */
static void push_options(struct tz_draft *draft, struct tz_rng *rng,
			 uint8_t number)
{
	static const uint8_t alert[8] = { 0, 0, 5, 2, 0, 0, 1, 0 };
	static const uint8_t padded[8] = { 0, 0, 1, 4, 0, 0, 0, 0 };
	static const uint8_t unknown[16] = { 0, 1, 0x1e, 8, 9, 9, 9, 9,
					     9, 9, 9,    9, 1, 2, 0, 0 };

	switch (tz_rng_below(rng, 3)) {
	case 0:
		tz_draft_push_extension(draft, number, alert, sizeof(alert));
		break;
	case 1:
		tz_draft_push_extension(draft, number, padded, sizeof(padded));
		break;
	default:
		tz_draft_push_extension(draft, number, unknown,
					sizeof(unknown));
	}
}

static void hop_by_hop(struct tz_draft *draft, struct tz_rng *rng)
{
	push_options(draft, rng, TZ_PROTO_HOP_BY_HOP);
}

static void destination(struct tz_draft *draft, struct tz_rng *rng)
{
	push_options(draft, rng, TZ_PROTO_DESTINATION);
}

/* Type 2, no segment left: the end of the way (RFC 6275, 6.4). */
static void routing(struct tz_draft *draft, struct tz_rng *rng)
{
	uint8_t body[24] = { 0, 2, 2, 0 };

	tz_rng_fill(rng, body + 8, 16);
	tz_draft_push_extension(draft, TZ_PROTO_ROUTING, body, sizeof(body));
}

/* Lengths count words of 4 bytes less 2 (RFC 4302, 2.2). */
static void authentication(struct tz_draft *draft, struct tz_rng *rng)
{
	uint8_t body[24] = { 0, 4 };

	tz_rng_fill(rng, body + 4, 20);
	tz_draft_push_extension(draft, TZ_PROTO_AH, body, sizeof(body));
}

/* 2 to 40 headers; hop-by-hop anywhere but in front is skipped too. */
static void long_chain(struct tz_draft *draft, struct tz_rng *rng)
{
	static void (*const push[])(struct tz_draft *, struct tz_rng *) = {
		destination, destination, routing, hop_by_hop, authentication,
	};
	size_t n = 2 + tz_rng_below(rng, tz_rng_one_in(rng, 2) ? 4 : 39);

	for (size_t i = 0; i < n; i++)
		push[tz_rng_below(rng, N(push))](draft, rng);
	if (tz_rng_one_in(rng, 3))
		hop_by_hop(draft, rng);
}

/* Options that the kernel drops before netfilter, and their likes (1.9). */
static void strange_options(struct tz_draft *draft, struct tz_rng *rng)
{
	uint8_t body[16] = { 0, 1, 1, 12 };

	switch (tz_rng_below(rng, 5)) {
	case 0: /* PadN longer than 7 */
		break;
	case 1: /* 5 to 12 Pad1: over 7 is too much */
		memset(body + 2, 0, 14);
		body[2 + tz_rng_below(rng, 8)] = 0x1e;
		break;
	case 2: /* padding that is not zero */
		body[3] = 3;
		body[4] = 1;
		break;
	case 3: /* an unknown option, with or without action bits */
		body[2] = (uint8_t)(0x1e | tz_rng_below(rng, 4) << 6);
		break;
	default: /* an option that does not fit */
		body[2] = 0x1e;
		body[3] = (uint8_t)(13 + tz_rng_below(rng, 240));
	}
	tz_draft_push_extension(draft, TZ_PROTO_HOP_BY_HOP, body, sizeof(body));
}

/* An extension header that is cut, or says it is longer than the packet. */
static void broken_extension(struct tz_draft *draft, struct tz_rng *rng)
{
	static const uint8_t numbers[] = { TZ_PROTO_DESTINATION,
					   TZ_PROTO_ROUTING, TZ_PROTO_FRAGMENT,
					   TZ_PROTO_AH };
	uint8_t number = numbers[tz_rng_below(rng, N(numbers))];
	uint8_t body[8] = { 0, (uint8_t)(200 + tz_rng_below(rng, 56)) };

	if (tz_rng_one_in(rng, 2)) {
		tz_draft_push_extension(draft, number, body, sizeof(body));
		return;
	}
	draft->first_header = number;
	draft->l4_len = tz_rng_below(rng, 5);
	memset(draft->l4, 0, draft->l4_len);
	draft->between_len = 0;
	if (tz_rng_one_in(rng, 2))
		destination(draft, rng);
}

/* ---- frames ---- */

static void insert_tag(struct tz_sample_frame *frame, size_t type, size_t tag)
{
	uint8_t *at = frame->bytes + 12;

	if (frame->len + 4 > sizeof(frame->bytes))
		return;
	memmove(at + 4, at, frame->len - 12);
	put_be16(at, type);
	put_be16(at + 2, tag);
	frame->len += 4;
}

static void priority_tag(struct tz_sample_frame *frame, struct tz_rng *rng)
{
	size_t type = tz_rng_one_in(rng, 2) ? 0x8100 : 0x88a8;

	insert_tag(frame, 0x8100, tz_rng_below(rng, 8) << 13);
	if (tz_rng_one_in(rng, 2))
		insert_tag(frame, type, 0);
}

static void foreign_tag(struct tz_sample_frame *frame, struct tz_rng *rng)
{
	insert_tag(frame, 0x8100, 1 + tz_rng_below(rng, 4094));
	if (tz_rng_one_in(rng, 2))
		insert_tag(frame, 0x88a8, tz_rng_below(rng, 2) * 7);
}

static void logical_link(struct tz_sample_frame *frame, struct tz_rng *rng)
{
	put_be16(frame->bytes + 12, 40 + tz_rng_below(rng, 1400));
}

static void other_mac(struct tz_sample_frame *frame, struct tz_rng *rng)
{
	frame->bytes[5] ^= (uint8_t)(1 + tz_rng_below(rng, 255));
}

/* Bytes behind the packet: the padding of short Ethernet frames. */
static void padding(struct tz_sample_frame *frame, struct tz_rng *rng)
{
	size_t n = 1 + tz_rng_below(rng, 46);

	if (frame->len + n > sizeof(frame->bytes))
		return;
	tz_rng_fill(rng, frame->bytes + frame->len, n);
	frame->len += n;
}

static bool is_ipv4(const struct tz_sample_frame *frame)
{
	return frame->bytes[12] == 8;
}

/* The IP length: a little off, the header's own, 0, or too large. */
static void wrong_length(struct tz_sample_frame *frame, struct tz_rng *rng)
{
	uint8_t *ip = frame->bytes + TZ_ETH_LEN;
	uint8_t *at = is_ipv4(frame) ? ip + 2 : ip + 4;
	size_t len = (size_t)(at[0] << 8 | at[1]);
	size_t header_len = is_ipv4(frame) ? (ip[0] & 15u) * 4 : 0;

	switch (tz_rng_below(rng, 5)) {
	case 0:
		len = tz_rng_below(rng, len + 1);
		break;
	case 1:
		len = header_len + tz_rng_below(rng, 24);
		break;
	case 2:
		len = header_len ? header_len - 1 : 0;
		break;
	case 3:
		len += 1 + tz_rng_below(rng, 40);
		break;
	default:
		len = 0;
	}
	put_be16(at, len);
	tz_frame_fix_checksum(frame, TZ_ETH_LEN);
}

static void cut(struct tz_sample_frame *frame, struct tz_rng *rng)
{
	frame->len = TZ_ETH_LEN + tz_rng_below(rng, frame->len - TZ_ETH_LEN);
}

static void header_checksum(struct tz_sample_frame *frame, struct tz_rng *rng)
{
	if (is_ipv4(frame))
		frame->bytes[TZ_ETH_LEN + 10] ^=
			(uint8_t)(1 + tz_rng_below(rng, 255));
}

/* Another version, or another length of the IPv4 header. */
static void first_byte(struct tz_sample_frame *frame, struct tz_rng *rng)
{
	uint8_t *ip = frame->bytes + TZ_ETH_LEN;

	*ip = (uint8_t)(tz_rng_one_in(rng, 2)
				? (*ip & 0xf0) | tz_rng_below(rng, 16)
				: tz_rng_next(rng));
	tz_frame_fix_checksum(frame, TZ_ETH_LEN);
}

typedef void draft_fn(struct tz_draft *, struct tz_rng *);
typedef void frame_fn(struct tz_sample_frame *, struct tz_rng *);

void tz_draft_make_odd(struct tz_draft *draft, struct tz_rng *rng)
{
	static draft_fn *const ipv4[] = {
		options_of_padding, options_of_weight, tos_and_flags,
		tcp_data_offset,    l4_checksum,
	};
	static draft_fn *const ipv6[] = {
		hop_by_hop,      destination, routing,         authentication,
		long_chain,      long_chain,  strange_options, broken_extension,
		tcp_data_offset, l4_checksum,
	};

	if (draft->family == TZ_IPV4)
		ipv4[tz_rng_below(rng, N(ipv4))](draft, rng);
	else
		ipv6[tz_rng_below(rng, N(ipv6))](draft, rng);
}

void tz_frame_make_odd(struct tz_sample_frame *frame, struct tz_rng *rng)
{
	static frame_fn *const variations[] = {
		priority_tag, priority_tag, foreign_tag,     logical_link,
		other_mac,    padding,      padding,         wrong_length,
		wrong_length, cut,          header_checksum, first_byte,
	};

	variations[tz_rng_below(rng, N(variations))](frame, rng);
}
