/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests on which headers an IPv6 packet has (ipv6header), on the two kinds
 * that carry more (mh, srh), and on the interface part of its source address
 * (eui64), as net/ipv6/netfilter/ip6t_*.c has them (SEMANTICS 4.8, 4.9).
 */
#include <string.h>

#include <tamiz/exthdr.h>

#include "ir/packet.h"
#include "ir/test.h"

enum {
	SEGMENT_ROUTING = 4, /* the type of a routing header (RFC 8754) */
	SRH_LEN = 8,
	MOBILITY_LEN = 6, /* to its checksum (RFC 6275, 6.1.1) */
};

/* ---- ipv6header ---- */

/* The bit of an extension header; 0: it is none, or ends the chain. */
static unsigned int header_bit(uint8_t number)
{
	switch (number) {
	case TZ_PROTO_HOP_BY_HOP:
		return TZ_HEADER_HOPOPTS;
	case TZ_PROTO_ROUTING:
		return TZ_HEADER_ROUTING;
	case TZ_PROTO_FRAGMENT:
		return TZ_HEADER_FRAGMENT;
	case TZ_PROTO_AH:
		return TZ_HEADER_AUTH;
	case TZ_PROTO_DESTINATION:
		return TZ_HEADER_DSTOPTS;
	}
	return 0;
}

/*
 * The headers of the packet; false when fewer than two bytes of one are left.
 * Later fragments are walked through as if they were whole.
 */
static bool collect_headers(const struct tz_packet *p, unsigned int *headers)
{
	const uint8_t *ip = p->frame + p->l3;
	uint8_t number = ip[6];
	size_t at = TZ_IPV6_LEN;
	unsigned int bit;

	*headers = 0;
	while (at <= p->ip_len &&
	       ((bit = header_bit(number)) || number == TZ_PROTO_ESP)) {
		if (p->ip_len - at < 2)
			return false;
		if (number == TZ_PROTO_ESP)
			break;
		*headers |= bit;

		size_t len = tz_extension_len(number, ip + at);

		number = ip[at];
		at += len;
	}
	if (number == TZ_PROTO_NONE)
		*headers |= at <= p->ip_len ? TZ_HEADER_NONE : 0;
	else if (number == TZ_PROTO_ESP)
		*headers |= at <= p->ip_len ? TZ_HEADER_ESP : 0;
	else
		*headers |= TZ_HEADER_PROTO;
	return true;
}

unsigned int tz_test_ipv6header(const struct tz_view *view,
				const struct tz_test *test)
{
	uint64_t wanted = test->args[0];
	bool is_inverted = test->args[1], is_soft = test->args[2];
	unsigned int headers;

	if (!collect_headers(view->packet, &headers))
		return TZ_OUTCOME_FALSE;
	if (is_soft)
		return tz_outcome_of((headers & wanted) ==
				     (is_inverted ? 0 : wanted));
	return tz_outcome_of((headers == wanted) != is_inverted);
}

bool tz_test_ipv6header_is_sound(const struct tz_test *test)
{
	return test->n_args == 3 && test->args[0] < 256 && test->args[1] < 2 &&
	       test->args[2] < 2;
}

/* ---- mh ---- */

unsigned int tz_test_mh(const struct tz_view *view, const struct tz_test *test)
{
	const uint8_t *mh = view->packet->frame + view->packet->l4;

	if (view->fragment_offset)
		return TZ_OUTCOME_FALSE;
	if (view->l4_len < MOBILITY_LEN || mh[0] != TZ_PROTO_NONE)
		return TZ_OUTCOME_HOTDROP;
	return tz_outcome_of((mh[2] >= test->args[0] &&
			      mh[2] <= test->args[1]) != test->args[2]);
}

bool tz_test_mh_is_sound(const struct tz_test *test)
{
	return test->n_args == 3 && test->args[0] < 256 &&
	       test->args[1] < 256 && test->args[2] < 2;
}

/* ---- srh ---- */

/* The first routing header and what follows it; NULL: there is none whole. */
static const uint8_t *find_srh(const struct tz_packet *p, size_t *left)
{
	const uint8_t *ip = p->frame + p->l3;
	uint8_t number = ip[6];
	size_t at = TZ_IPV6_LEN;

	while (header_bit(number)) {
		if (at > p->ip_len || p->ip_len - at < SRH_LEN)
			return NULL;

		size_t len = tz_extension_len(number, ip + at);

		if (number == TZ_PROTO_ROUTING) {
			*left = p->ip_len - at;
			return len <= *left ? ip + at : NULL;
		}
		if (number == TZ_PROTO_FRAGMENT &&
		    tz_be16(ip + at + 2) & 0xfff8)
			return NULL;
		number = ip[at];
		at += len;
	}
	return NULL;
}

struct comparison {
	uint64_t value;
	unsigned int arg, equal, greater, less;
};

/* Each of the questions about numbers that is asked has its answer. */
static bool numbers_hold(const uint8_t *srh, const uint64_t *args)
{
	uint16_t tag; /* compared in the host's order, as the kernel does */

	memcpy(&tag, srh + 6, sizeof(tag));

	const struct comparison all[] = {
		{ srh[0], TZ_SRH_ARG_NEXT, TZ_SRH_NEXT, 0, 0 },
		{ srh[1], TZ_SRH_ARG_LEN, TZ_SRH_LEN_EQ, TZ_SRH_LEN_GT,
		  TZ_SRH_LEN_LT },
		{ srh[3], TZ_SRH_ARG_SEGS, TZ_SRH_SEGS_EQ, TZ_SRH_SEGS_GT,
		  TZ_SRH_SEGS_LT },
		{ srh[4], TZ_SRH_ARG_LAST, TZ_SRH_LAST_EQ, TZ_SRH_LAST_GT,
		  TZ_SRH_LAST_LT },
		{ tag, TZ_SRH_ARG_TAG, TZ_SRH_TAG, 0, 0 },
	};
	uint64_t asked = args[TZ_SRH_ARG_BITS] & 0xffff;
	uint64_t inverted = args[TZ_SRH_ARG_BITS] >> TZ_SRH_NOT, holds = 0;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		uint64_t wanted = args[all[i].arg];

		if (all[i].value == wanted)
			holds |= all[i].equal;
		if (all[i].value > wanted)
			holds |= all[i].greater;
		if (all[i].value < wanted)
			holds |= all[i].less;
	}
	asked &= TZ_SRH_PSID - 1;
	return ((holds ^ inverted) & asked) == asked;
}

/* Whether segment @i is the one that the arguments at @sid want. */
static bool segment_is(const uint8_t *srh, size_t i, const uint64_t *sid)
{
	tz_value wanted = (tz_value)sid[0] << 64 | sid[1];
	tz_value mask = (tz_value)sid[2] << 64 | sid[3];
	tz_value segment = tz_bytes_value(srh + SRH_LEN + 16 * i, 16);

	return ((segment ^ wanted) & mask) == 0;
}

static bool segments_hold(const uint8_t *srh, size_t left, const uint64_t *args)
{
	uint64_t bits = args[TZ_SRH_ARG_BITS];
	const size_t at[] = { srh[3] + 1u, srh[3] - (size_t)1, 0 };
	const bool is_there[] = { srh[3] != srh[4], srh[3] != 0, true };

	for (size_t i = 0; i < 3; i++) {
		const uint64_t *sid = args + TZ_SRH_ARG_SIDS + 4 * i;
		uint64_t bit = TZ_SRH_PSID << i;

		if (!(bits & bit))
			continue;
		if (!is_there[i] || left < SRH_LEN + 16 * (at[i] + 1))
			return false;
		if (segment_is(srh, at[i], sid) == !!(bits & bit << TZ_SRH_NOT))
			return false;
	}
	return true;
}

unsigned int tz_test_srh(const struct tz_view *view, const struct tz_test *test)
{
	size_t left = 0;
	const uint8_t *srh = find_srh(view->packet, &left);

	return tz_outcome_of(srh && srh[2] == SEGMENT_ROUTING &&
			     srh[3] <= srh[4] &&
			     numbers_hold(srh, test->args) &&
			     segments_hold(srh, left, test->args));
}

bool tz_test_srh_is_sound(const struct tz_test *test)
{
	if (test->n_args != TZ_SRH_N_ARGS ||
	    test->args[TZ_SRH_ARG_BITS] > UINT32_MAX)
		return false;
	for (size_t i = TZ_SRH_ARG_NEXT; i < TZ_SRH_ARG_TAG; i++)
		if (test->args[i] > 255)
			return false;
	return test->args[TZ_SRH_ARG_TAG] <= UINT16_MAX;
}

/* ---- eui64 ---- */

/* RFC 4291, appendix A: the MAC address, with its universal bit turned. */
unsigned int tz_test_eui64(const struct tz_view *view,
			   const struct tz_test *test)
{
	uint64_t mac = view->packet->mac_src;
	uint64_t id =
		(mac & 0xffffff000000) << 16 | 0xfffe000000 | (mac & 0xffffff);

	(void)test;
	return tz_outcome_of((uint64_t)view->packet->src ==
			     (id ^ UINT64_C(0x0200000000000000)));
}

bool tz_test_eui64_is_sound(const struct tz_test *test)
{
	return test->n_args == 0;
}
