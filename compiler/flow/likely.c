/* SPDX-License-Identifier: GPL-2.0-only */
/* A table of the values that are common, and guesses for the others. */
#include "flow/likely.h"

/* EtherTypes and protocols look alike wherever they are loaded from. */
static const struct {
	uint8_t size;
	uint32_t value;
	uint16_t permille;
} common[] = {
	{ 2, 0x0800, 480 },     /* IPv4 */
	{ 2, 0x86dd, 250 },     /* IPv6 */
	{ 2, 0x8100, 80 },      /* VLAN tags */
	{ 2, 0x88a8, 40 },      /* and outer ones */
	{ 2, 0x0806, 60 },      /* ARP */
	{ 2, 0x9100, 20 },      /* outer tags of old */
	{ 2, 0x8035, 1 },       /* RARP */
	{ 4, 0, 100 },          /* the middle of IPv6 addresses */
	{ 4, 0xfe800000, 100 }, /* the beginning of those of the link */
	{ 4, 0xff020000, 50 },  /* and of its groups */
	{ 1, 6, 450 },          /* TCP */
	{ 1, 17, 350 },         /* UDP */
	{ 1, 1, 80 },           /* ICMP */
	{ 1, 58, 80 },          /* ICMPv6 */
	{ 1, 132, 2 },          /* SCTP */
	{ 1, 0x40, 600 },       /* the version of IPv4, masked */
	{ 1, 0x60, 300 },       /* of IPv6 */
};

#define FRAGMENT_OFFSET 0x1fff

/* Of numbers that are as likely as each other, how many are larger than @k. */
static double larger(unsigned int size, uint32_t k)
{
	double all = size == 1 ? 0x100 : size == 2 ? 0x10000 : 0x100000000;

	/* Between versions of IP, and their headers' lengths. */
	if (size == 1 && (k & 0xf) == 0xf && k >= 0x3f && k <= 0x6f)
		return k == 0x3f ? 0.95 : k == 0x6f ? 0.05 : 0.35;
	return size && k < all ? 1 - (k + 1) / all : 0.5;
}

static double equal(unsigned int size, uint32_t k)
{
	for (size_t i = 0; i < sizeof(common) / sizeof(common[0]); i++)
		if (common[i].size == size && common[i].value == k)
			return common[i].permille / 1000.0;
	return size == 4 ? 0.01 : size == 2 ? 0.015 : 0.04;
}

double tz_likely(unsigned int size, enum tz_flow_op op, uint32_t k)
{
	switch (op) {
	case TZ_FLOW_EQ:
		return equal(size, k);
	case TZ_FLOW_GT:
		return larger(size, k);
	case TZ_FLOW_GE:
		return k ? larger(size, k - 1) : 1;
	case TZ_FLOW_SET:
		break;
	}
	return k == FRAGMENT_OFFSET ? 0.01 : 0.5;
}

double tz_flow_likely(const struct tz_flow *flow,
		      const struct tz_flow_node *node)
{
	const struct tz_term *a = &flow->terms.at[node->a];
	const struct tz_term *b = &flow->terms.at[node->b];

	if (b->kind != TZ_TERM_CONST)
		return 0.25;
	while (a->kind == TZ_TERM_AND && tz_term_is_const(flow, a->b))
		a = &flow->terms.at[a->a];
	return tz_likely(a->kind == TZ_TERM_LOAD ? a->size : 0, node->op, b->k);
}
