/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A walk from the root of the graph: at some of the tests the bytes that are
 * compared become what they are compared with. Then the header is made whole.
 */
#include "xt_packets.h"

#include <stdlib.h>
#include <string.h>

static uint64_t dice = 88172645463325252u;

/* xorshift64: Marsaglia, Xorshift RNGs, 2003. */
static uint32_t below(uint32_t n)
{
	dice ^= dice << 13;
	dice ^= dice >> 7;
	dice ^= dice << 17;
	return (uint32_t)(dice >> 33) % n;
}

static struct tz_filter_packet view(const struct xt_packet *p)
{
	struct tz_filter_packet packet = {
		.frame = p->bytes,
		.frame_len = p->len,
		.len = (uint32_t)p->len,
		.has_ad = 1 << SKF_AD_PROTOCOL / 4 | 1 << SKF_AD_PKTTYPE / 4 |
			  1 << SKF_AD_VLAN_TAG_PRESENT / 4 |
			  1 << SKF_AD_VLAN_TAG / 4,
	};

	packet.ad[SKF_AD_PROTOCOL / 4] =
		p->bytes[0] >> 4 == 4 ? 0x0800 : 0x86dd;
	return packet;
}

bool xt_packet_matches(const struct tz_flow *flow, const struct xt_packet *p)
{
	struct tz_filter_packet packet = view(p);

	return tz_flow_eval(flow, &packet) != 0;
}

/* ---- a packet to begin with ---- */

static void begin(struct xt_packet *p)
{
	static const uint8_t protocols[] = { 6, 6, 17, 17, 1, 58, 132, 2, 50 };
	uint8_t protocol = protocols[below(sizeof(protocols))];
	size_t l4 = below(2) ? 20 : 40;

	memset(p, 0, sizeof(*p));
	for (size_t i = 0; i < XT_PACKET_MAX; i++)
		p->bytes[i] = (uint8_t)(below(4) ? 0 : below(256));
	p->len = l4 + below(XT_PACKET_MAX - 48) + 8;
	if (l4 == 20) {
		p->bytes[0] = below(8) ? 0x45 : 0x46;
		p->bytes[6] = (uint8_t)(below(8) ? 0x40 : 0x20);
		p->bytes[7] = (uint8_t)(below(8) ? 0 : below(256));
		p->bytes[8] = 64;
		p->bytes[9] = protocol;
	} else {
		p->bytes[0] = 0x60;
		p->bytes[6] = below(8) ? protocol : 44;
		p->bytes[7] = 64;
		p->bytes[8] = p->bytes[24] = 0x20; /* 2000::/8, both */
	}
}

/* ---- tests made true ---- */

/* What @term is worth in the packet; 0 where it fails. */
static uint32_t value_of(const struct tz_flow *flow, uint32_t term,
			 const struct xt_packet *p)
{
	const struct tz_term *t = &flow->terms.at[term];
	struct tz_filter_packet packet = view(p);
	uint32_t a, b, value = 0;

	switch (t->kind) {
	case TZ_TERM_CONST:
		return t->k;
	case TZ_TERM_LEN:
		return (uint32_t)p->len;
	case TZ_TERM_LOAD:
		tz_filter_load(&packet, value_of(flow, t->a, p) + t->k, t->size,
			       &value);
		return value;
	case TZ_TERM_AD:
		tz_filter_load_ad(&packet, t->k, &value);
		return value;
	case TZ_TERM_VAR:
	case TZ_N_TERM_KINDS:
		return 0;
	default:
		break;
	}
	a = value_of(flow, t->a, p);
	b = value_of(flow, t->b, p);
	return t->kind == TZ_TERM_ADD   ? a + b
	       : t->kind == TZ_TERM_SUB ? a - b
	       : t->kind == TZ_TERM_AND ? a & b
	       : t->kind == TZ_TERM_OR  ? a | b
	       : t->kind == TZ_TERM_LSH ? (b < 32 ? a << b : 0)
	       : t->kind == TZ_TERM_RSH ? (b < 32 ? a >> b : 0)
					: 0;
}

/* Writes so that @term is @wanted in the bits of @mask, where that is easy. */
static void make(const struct tz_flow *flow, uint32_t term, uint32_t wanted,
		 uint32_t mask, struct xt_packet *p)
{
	const struct tz_term *t = &flow->terms.at[term];
	uint32_t k = t->kind >= TZ_TERM_ADD ? flow->terms.at[t->b].k : 0, at;

	if (t->kind >= TZ_TERM_ADD && !tz_term_is_const(flow, t->b))
		return;
	if (t->kind == TZ_TERM_LEN && wanted >= 28 && wanted < XT_PACKET_MAX)
		p->len = wanted;
	if (t->kind == TZ_TERM_AND)
		make(flow, t->a, wanted, mask & k, p);
	if (t->kind == TZ_TERM_ADD)
		make(flow, t->a, wanted - k, mask, p);
	if (t->kind == TZ_TERM_LSH && k < 32)
		make(flow, t->a, wanted >> k, mask >> k, p);
	if (t->kind == TZ_TERM_RSH && k < 32)
		make(flow, t->a, wanted << k, mask << k, p);
	if (t->kind != TZ_TERM_LOAD)
		return;
	at = value_of(flow, t->a, p) + t->k;
	if (at >= p->len || p->len - at < t->size)
		return;
	for (uint32_t i = 0; i < t->size; i++) {
		uint32_t shift = 8 * (t->size - 1 - i);
		uint8_t *byte = &p->bytes[at + i];
		uint8_t keep = (uint8_t) ~(mask >> shift);

		*byte = (uint8_t)((*byte & keep) | (wanted >> shift & ~keep));
	}
}

static bool holds(const struct tz_flow *flow, const struct tz_flow_node *n,
		  const struct xt_packet *p)
{
	uint32_t a = value_of(flow, n->a, p), b = value_of(flow, n->b, p);

	return n->op == TZ_FLOW_EQ   ? a == b
	       : n->op == TZ_FLOW_GT ? a > b
	       : n->op == TZ_FLOW_GE ? a >= b
				     : (a & b) != 0;
}

static void make_true(const struct tz_flow *flow, const struct tz_flow_node *n,
		      struct xt_packet *p)
{
	uint32_t b = value_of(flow, n->b, p);

	if (n->op == TZ_FLOW_SET)
		make(flow, n->a, b, b, p);
	else
		make(flow, n->a, b + (n->op == TZ_FLOW_GT), UINT32_MAX, p);
}

static void walk(const struct tz_flow *flow, struct xt_packet *p)
{
	/* How often a test is made true: lists of alternatives are long. */
	uint32_t one_in = 1 + below(2) * below(12);
	uint32_t at = flow->root;

	while (flow->nodes.at[at].kind != TZ_FLOW_RETURN) {
		const struct tz_flow_node *n = &flow->nodes.at[at];

		if (n->kind != TZ_FLOW_TEST) {
			at = n->yes;
			continue;
		}
		if (n->yes != TZ_FLOW_REJECT && below(one_in) == 0)
			make_true(flow, n, p);
		at = holds(flow, n, p) ? n->yes : n->no;
	}
}

/* ---- what the kernel wants before it asks the rules ---- */

static void put16(uint8_t *at, size_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

/* ip_rcv_core(): version, lengths, checksum of the header. */
static bool finish4(struct xt_packet *p)
{
	size_t header = (size_t)(p->bytes[0] & 15) * 4;
	uint32_t sum = 0;

	if (header < 20 || header > p->len)
		return false;
	put16(p->bytes + 2, p->len);
	put16(p->bytes + 10, 0);
	for (size_t i = 0; i < header; i += 2)
		sum += (uint32_t)(p->bytes[i] << 8 | p->bytes[i + 1]);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	put16(p->bytes + 10, ~sum & 0xffff);
	return true;
}

/*
 * ip6_rcv_core(): lengths; hop-by-hop options are read before the rules are
 * asked, and some addresses are refused.
 */
static bool finish6(struct xt_packet *p)
{
	static const uint8_t zeros[15];
	const uint8_t *src = p->bytes + 8, *dst = p->bytes + 24;

	if (p->len < 40 || p->bytes[6] == 0 || src[0] == 0xff ||
	    !memcmp(src, zeros, sizeof(zeros)) ||
	    !memcmp(dst, zeros, sizeof(zeros)) ||
	    (dst[0] == 0xff && (dst[1] & 15) <= 1))
		return false;
	put16(p->bytes + 4, p->len - 40);
	return p->len > 40; /* else the length says "jumbo" */
}

static bool finish(struct xt_packet *p)
{
	if (p->len < 28)
		return false;
	switch (p->bytes[0] >> 4) {
	case 4:
		return finish4(p);
	case 6:
		return finish6(p);
	}
	return false;
}

void xt_packets_draw(struct xt_packets *packets, const struct tz_flow *flow,
		     size_t n)
{
	for (size_t tries = 20 * n; n && tries; tries--) {
		struct xt_packet p;

		begin(&p);
		walk(flow, &p);
		if (!finish(&p))
			continue;
		n--;
		if (packets->n == packets->cap) {
			packets->cap = packets->cap ? packets->cap * 2 : 1024;
			packets->at =
				realloc(packets->at,
					packets->cap * sizeof(*packets->at));
			if (!packets->at)
				abort();
		}
		packets->at[packets->n++] = p;
	}
}
