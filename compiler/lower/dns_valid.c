/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The sanity of DNS queries; see dns.h for what is sane. The lengths are
 * compared before what they promise is read: a load that fails would answer 0,
 * and the insane are asked for, too.
 *
 * Sources: RFC 1035 4.1 (messages), 2.3.4 (limits); RFC 6891 6.1 (EDNS). The
 * bits RD, RA, AD, CD and the one that must be zero are free: clients set
 * them, RA by mistake.
 */
#include <linux/in.h>

#include "lower/dns.h"

enum { VAR_PLACE = TZ_VAR_OTHERS, VAR_END };

/* From the UDP header. */
#define DNS_FLAGS 10
#define DNS_COUNTS 12 /* of questions and answers */
#define DNS_MORE_COUNTS 16
#define DNS_NAME 20
#define DATAGRAM_MIN (DNS_NAME + 1 + 4) /* the root, its type and class */

#define FLAGS_OF_NO_QUERY 0xfe0f /* QR, opcode, AA, TC, RCODE */
#define ADDITIONAL_MAX 2         /* EDNS and a signature */

/* From the byte that ends the name. */
#define RECORD 5
#define RECORD_LEN 11 /* a name of one byte, and no data */
#define RDLENGTH (RECORD + 9)
#define TYPE_OPT 41

struct builder {
	struct tz_flow *flow;
	uint32_t udp; /* term */
	uint32_t good, bad;
	bool must_not_fail;
};

static uint32_t load(const struct builder *b, unsigned int size, uint32_t base,
		     uint32_t k)
{
	return tz_term_load(b->flow, size, base, k);
}

static uint32_t add(const struct builder *b, uint32_t x, uint32_t y)
{
	return tz_term_arith(b->flow, TZ_TERM_ADD, x, y);
}

static uint32_t number(const struct builder *b, uint32_t k)
{
	return tz_term_const(b->flow, k);
}

static uint32_t var(const struct builder *b, uint32_t which)
{
	return tz_term_var(b->flow, which);
}

/* Bad where @x is more than @y. */
static uint32_t at_most(const struct builder *b, uint32_t x, uint32_t y,
			uint32_t next)
{
	return tz_flow_test(b->flow, TZ_FLOW_GT, x, y, b->bad, next);
}

/* The place ends a whole name: what follows the question. */
static uint32_t build_record(const struct builder *b)
{
	uint32_t place = var(b, VAR_PLACE), end = var(b, VAR_END);
	uint32_t record_end = add(b, place, number(b, RECORD + RECORD_LEN));
	uint32_t data_end = add(b, record_end, load(b, 2, place, RDLENGTH));
	uint32_t node = at_most(b, data_end, end, b->good);

	node = tz_flow_test(b->flow, TZ_FLOW_EQ, load(b, 2, place, RECORD + 1),
			    number(b, TYPE_OPT), node, b->good);
	node = tz_flow_test(b->flow, TZ_FLOW_EQ, load(b, 1, place, RECORD),
			    TZ_TERM_ZERO, node, b->good);
	return at_most(b, record_end, end, node);
}

/* The place is the byte of the length 0, of a name of @n labels at most. */
static uint32_t build_end(const struct builder *b, unsigned int n)
{
	uint32_t place = var(b, VAR_PLACE);
	uint32_t last = DNS_NAME + TZ_DNS_NAME_MAX - 1;
	uint32_t node = build_record(b);

	node = tz_flow_test(b->flow, TZ_FLOW_EQ,
			    load(b, 4, b->udp, DNS_MORE_COUNTS), TZ_TERM_ZERO,
			    b->good, node);
	node = at_most(b, add(b, place, number(b, RECORD)), var(b, VAR_END),
		       node);
	/* So few labels make no name too long. */
	if (n * (TZ_DNS_LABEL_MAX + 1) < TZ_DNS_NAME_MAX)
		return node;
	return at_most(b, place, add(b, b->udp, number(b, last)), node);
}

/* The labels from the place on. */
static uint32_t build_labels(const struct builder *b, unsigned int n)
{
	uint32_t place = var(b, VAR_PLACE);
	uint32_t length = load(b, 1, place, 0);
	uint32_t behind = add(b, add(b, place, length), number(b, 1));
	uint32_t end = build_end(b, n);
	/* Not looked at any further. */
	uint32_t node = n < TZ_DNS_LABELS_MAX ? b->good : b->bad;

	if (!n)
		return node;
	for (unsigned int i = n + 1; i--;) {
		if (i < n) {
			node = tz_flow_let(b->flow, VAR_PLACE, behind, node);
			node = at_most(b, length, number(b, TZ_DNS_LABEL_MAX),
				       node);
		}
		node = tz_flow_test(b->flow, TZ_FLOW_EQ, length, TZ_TERM_ZERO,
				    end, node);
		/* The first is inside: the datagram is no shorter. */
		if (b->must_not_fail && i)
			node = tz_flow_test(b->flow, TZ_FLOW_GE, place,
					    var(b, VAR_END), b->bad, node);
	}
	return tz_flow_let(b->flow, VAR_PLACE,
			   add(b, b->udp, number(b, DNS_NAME)), node);
}

static uint32_t build_header(const struct builder *b, uint32_t name)
{
	struct tz_flow *flow = b->flow;
	uint32_t length = load(b, 2, b->udp, 4);
	uint32_t node = at_most(b, load(b, 4, b->udp, DNS_MORE_COUNTS),
				number(b, ADDITIONAL_MAX), name);

	node = tz_flow_test(flow, TZ_FLOW_EQ, load(b, 4, b->udp, DNS_COUNTS),
			    number(b, 1 << 16), node, b->bad);
	node = tz_flow_test(flow, TZ_FLOW_SET, load(b, 2, b->udp, DNS_FLAGS),
			    number(b, FLAGS_OF_NO_QUERY), b->bad, node);
	node = at_most(b, var(b, VAR_END), tz_term_len(flow), node);
	node = tz_flow_let(flow, VAR_END, add(b, b->udp, length), node);
	return tz_flow_test(flow, TZ_FLOW_GE, length, number(b, DATAGRAM_MIN),
			    node, b->bad);
}

struct tz_flow *tz_dns_lower_valid(struct tz_arena *arena,
				   unsigned int n_labels, bool is_inverted,
				   const struct tz_dns_options *options)
{
	struct tz_transport transport = {
		.link = options->link,
		.ipv4 = options->ipv4,
		.ipv6 = options->ipv6,
		.is_given = options->is_bare,
		.protocol = IPPROTO_UDP,
		.n_headers = options->n_headers,
	};
	struct builder b = {
		.flow = tz_flow_new(arena),
		.good = is_inverted ? TZ_FLOW_REJECT : TZ_FLOW_ACCEPT,
		.bad = is_inverted ? TZ_FLOW_ACCEPT : TZ_FLOW_REJECT,
		.must_not_fail = is_inverted,
	};
	uint32_t node;

	b.udp = tz_transport_at(b.flow, &transport);
	node = build_header(&b, build_labels(&b, n_labels));
	if (!options->is_bare)
		node = tz_flow_test(b.flow, TZ_FLOW_EQ, load(&b, 2, b.udp, 2),
				    number(&b, options->port), node,
				    TZ_FLOW_REJECT);
	b.flow->root = tz_transport_find(b.flow, &transport, node);
	return b.flow;
}
