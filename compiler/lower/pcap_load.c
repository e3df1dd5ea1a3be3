/* SPDX-License-Identifier: GPL-2.0-only */
/* Loads at places of a packet, and tests of what they give. */
#include "lower/pcap_build.h"

static struct tz_pcap_place moved(struct tz_pcap_place place, uint32_t by)
{
	place.k += by;
	return place;
}

static struct tz_pcap_place place_of(const struct tz_pcap_build *b,
				     enum tz_pcap_origin origin)
{
	switch (origin) {
	case TZ_PCAP_AT_LINK:
		return b->link;
	case TZ_PCAP_AT_TYPE:
		return b->type;
	case TZ_PCAP_AT_LLC:
		return b->payload;
	case TZ_PCAP_AT_NET:
	case TZ_PCAP_AT_TRANSPORT4:
		return moved(b->payload, b->net);
	case TZ_PCAP_AT_NET_NOSNAP:
		return moved(b->payload, b->net_nosnap);
	case TZ_PCAP_AT_LABEL:
		return moved(b->payload, b->net - 4);
	case TZ_PCAP_AT_TRANSPORT6:
		return moved(b->payload, b->net + 40);
	}
	return b->link;
}

static uint32_t load(struct tz_pcap_build *b, struct tz_pcap_place place,
		     uint32_t index, unsigned int size)
{
	struct tz_flow *flow = b->flow;

	if (place.base != TZ_TERM_ZERO)
		index = tz_term_arith(flow, TZ_TERM_ADD, index, place.base);
	return tz_term_load(flow, size, index, place.k);
}

/* The length of the IPv4 header. */
static uint32_t header_len(struct tz_pcap_build *b)
{
	struct tz_flow *flow = b->flow;
	uint32_t first = tz_pcap_load(b, TZ_PCAP_AT_NET, 0, 1);

	first = tz_term_arith(flow, TZ_TERM_AND, first,
			      tz_term_const(flow, 0xf));
	return tz_term_arith(flow, TZ_TERM_LSH, first, tz_term_const(flow, 2));
}

uint32_t tz_pcap_load_at(struct tz_pcap_build *b, enum tz_pcap_origin origin,
			 uint32_t index, unsigned int size)
{
	if (origin == TZ_PCAP_AT_TRANSPORT4)
		index = tz_term_arith(b->flow, TZ_TERM_ADD, index,
				      header_len(b));
	return load(b, place_of(b, origin), index, size);
}

uint32_t tz_pcap_load(struct tz_pcap_build *b, enum tz_pcap_origin origin,
		      uint32_t offset, unsigned int size)
{
	return tz_pcap_load_at(b, origin, tz_term_const(b->flow, offset), size);
}

struct tz_formula *tz_pcap_test(struct tz_pcap_build *b, enum tz_flow_op op,
				uint32_t term, uint32_t value)
{
	b->is_first = false;
	return tz_formula_test(b->flow, op, term,
			       tz_term_const(b->flow, value));
}

struct tz_formula *tz_pcap_equal(struct tz_pcap_build *b,
				 enum tz_pcap_origin origin, uint32_t offset,
				 unsigned int size, uint32_t value)
{
	return tz_pcap_test(b, TZ_FLOW_EQ,
			    tz_pcap_load(b, origin, offset, size), value);
}

struct tz_formula *tz_pcap_masked(struct tz_pcap_build *b,
				  enum tz_pcap_origin origin, uint32_t offset,
				  unsigned int size, uint32_t value,
				  uint32_t mask)
{
	uint32_t term = tz_pcap_load(b, origin, offset, size);

	term = tz_term_arith(b->flow, TZ_TERM_AND, term,
			     tz_term_const(b->flow, mask));
	return tz_pcap_test(b, TZ_FLOW_EQ, term, value);
}

struct tz_formula *tz_pcap_and(struct tz_pcap_build *b, struct tz_formula *x,
			       struct tz_formula *y)
{
	return tz_formula_and(b->flow, x, y);
}

struct tz_formula *tz_pcap_or(struct tz_pcap_build *b, struct tz_formula *x,
			      struct tz_formula *y)
{
	return tz_formula_or(b->flow, x, y);
}

struct tz_formula *tz_pcap_no(struct tz_pcap_build *b, struct tz_formula *x)
{
	return tz_formula_not(b->flow, x);
}

/* The last four bytes first, as libpcap asks. */
struct tz_formula *tz_pcap_mac_at(struct tz_pcap_build *b, uint32_t offset,
				  const uint8_t *mac)
{
	uint32_t high = (uint32_t)mac[0] << 8 | mac[1];
	uint32_t low = (uint32_t)mac[2] << 24 | (uint32_t)mac[3] << 16 |
		       (uint32_t)mac[4] << 8 | mac[5];

	return tz_pcap_and(
		b, tz_pcap_equal(b, TZ_PCAP_AT_LINK, offset + 2, 4, low),
		tz_pcap_equal(b, TZ_PCAP_AT_LINK, offset, 2, high));
}

struct tz_formula *tz_pcap_nothing(struct tz_pcap_build *b)
{
	return tz_formula_const(b->flow, false);
}
