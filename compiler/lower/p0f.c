/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Signatures of p0f as flow graphs: the headers of IP and TCP. What is said of
 * neighbouring fields is compared at once. Where both versions of IP may
 * match, the place of the TCP header is a variable and its tests are shared.
 *
 * Sources: p0f 3.09, process.c (what is a segment, and when a quirk is there)
 * and fp_tcp.c (when a signature matches); RFC 791, 8200, 9293.
 */
#include <linux/in.h>

#include "lower/p0f_layout.h"

enum { VAR_MTU = TZ_VAR_OTHERS };

#define TCP_HEADER 20
#define FLAGS_MASK 0x3f /* FIN, SYN, RST, PSH, ACK, URG */
#define FLAG_SYN 0x02
#define FLAG_PUSH 0x08
#define FLAG_ACK 0x10
#define FLAG_URG 0x20
#define FLAGS_ECN 0x1c0 /* ECE, CWR and that of RFC 3540 */

struct builder {
	struct tz_flow *flow;
	const struct tz_p0f *p;
	const struct tz_p0f_options *options;
	uint32_t net;
	uint32_t options_len; /* TZ_P0F_ANY */
	uint32_t tcp;         /* term, for what both versions share */
};

/* What the two versions of IP differ in. */
struct version {
	uint32_t length_at;
	uint32_t length_of; /* the header, as far as that field counts it */
	uint32_t ttl_at;
	uint32_t ecn_bits; /* of the first two bytes */
	uint32_t mtu_more; /* the MTU less the MSS */
	uint32_t tcp;      /* offset of the TCP header */
};

/* Nodes from the TCP header on. */
struct tcp_nodes {
	uint32_t plain, showing_ecn;
};

static uint32_t number(const struct builder *b, uint32_t k)
{
	return tz_term_const(b->flow, k);
}

static uint32_t load(const struct builder *b, unsigned int size, uint32_t k)
{
	return tz_term_load(b->flow, size, TZ_TERM_ZERO, k);
}

static uint32_t arith(const struct builder *b, enum tz_term_kind kind,
		      uint32_t x, uint32_t y)
{
	return tz_term_arith(b->flow, kind, x, y);
}

static uint32_t test(const struct builder *b, enum tz_flow_op op, uint32_t x,
		     uint32_t y, uint32_t yes, uint32_t no)
{
	return tz_flow_test(b->flow, op, x, y, yes, no);
}

/* Goes on where @term under @mask is @value, else rejects. */
static uint32_t masked(const struct builder *b, uint32_t term, uint32_t mask,
		       uint32_t value, uint32_t next)
{
	return test(b, TZ_FLOW_EQ, arith(b, TZ_TERM_AND, term, number(b, mask)),
		    number(b, value), next, TZ_FLOW_REJECT);
}

/* Goes on where @term is 0 as it shall be. */
static uint32_t zero(const struct builder *b, uint32_t term, bool is_zero,
		     uint32_t next)
{
	return test(b, TZ_FLOW_EQ, term, TZ_TERM_ZERO,
		    is_zero ? next : TZ_FLOW_REJECT,
		    is_zero ? TZ_FLOW_REJECT : next);
}

/* The length of the TCP header at @tcp. */
static uint32_t tcp_len(const struct builder *b, uint32_t tcp)
{
	uint32_t byte = tz_term_load(b->flow, 1, tcp, 12);

	if (b->options_len != TZ_P0F_ANY)
		return number(b, TCP_HEADER + b->options_len);
	return arith(b, TZ_TERM_RSH,
		     arith(b, TZ_TERM_AND, byte, number(b, 0xf0)),
		     number(b, 2));
}

static uint32_t build_window(const struct builder *b, uint32_t next)
{
	uint32_t window = tz_term_load(b->flow, 2, b->tcp, 14);
	uint32_t n = number(b, b->p->window_number);

	switch (b->p->window) {
	case TZ_P0F_WINDOW_IS:
		return test(b, TZ_FLOW_EQ, window, n, next, TZ_FLOW_REJECT);
	case TZ_P0F_WINDOW_MULTIPLE:
		return zero(b, arith(b, TZ_TERM_MOD, window, n), true, next);
	case TZ_P0F_WINDOW_ANY:
	case TZ_P0F_WINDOW_OF_MSS: /* where the MSS is */
	case TZ_P0F_WINDOW_OF_MTU:
		break;
	}
	return next;
}

/* Numbers that the flags say to be there or not. */
static uint32_t build_numbers(const struct builder *b, uint32_t next)
{
	uint32_t quirks = b->p->quirks;
	bool is_reply = b->options->is_reply;
	bool is_urgent = quirks & TZ_P0F_URG;
	bool acks = is_reply ? !(quirks & TZ_P0F_ACK_ZERO)
			     : quirks & TZ_P0F_ACK_SET;

	if (quirks & (is_reply ? TZ_P0F_ACK_SET : TZ_P0F_ACK_ZERO) ||
	    (is_urgent && quirks & TZ_P0F_URGENT_SET))
		return TZ_FLOW_REJECT;
	if (!is_urgent)
		next = zero(b, tz_term_load(b->flow, 2, b->tcp, 18),
			    !(quirks & TZ_P0F_URGENT_SET), next);
	next = zero(b, tz_term_load(b->flow, 4, b->tcp, 8), !acks, next);
	return zero(b, tz_term_load(b->flow, 4, b->tcp, 4),
		    quirks & TZ_P0F_SEQ_ZERO, next);
}

/* Data offset and flags. */
static uint32_t build_flags(const struct builder *b, bool must_show_ecn,
			    uint32_t next)
{
	uint32_t quirks = b->p->quirks, mask = FLAGS_MASK, value = FLAG_SYN;
	uint32_t word = tz_term_load(b->flow, 2, b->tcp, 12);

	if (b->options->is_reply)
		value |= FLAG_ACK;
	if (quirks & TZ_P0F_PUSH)
		value |= FLAG_PUSH;
	if (quirks & TZ_P0F_URG)
		value |= FLAG_URG;
	if (!(quirks & TZ_P0F_ECN))
		mask |= FLAGS_ECN;
	if (b->options_len != TZ_P0F_ANY) {
		mask |= 0xf000;
		value |= (TCP_HEADER + b->options_len) / 4 << 12;
	}
	if (must_show_ecn)
		next = test(b, TZ_FLOW_SET, word, number(b, FLAGS_ECN), next,
			    TZ_FLOW_REJECT);
	return masked(b, word, mask, value, next);
}

/* The lengths that the IP header tells; @is_told: the length was compared. */
static uint32_t build_length(const struct builder *b, const struct version *v,
			     bool is_told, uint32_t next)
{
	uint32_t told = load(b, 2, v->length_at);
	uint32_t least = arith(b, TZ_TERM_ADD, tcp_len(b, number(b, v->tcp)),
			       number(b, v->length_of));
	bool has_data = b->p->payload != TZ_P0F_NO_DATA;
	/* What stands before those bytes, in the length of the packet. */
	uint32_t before = v->tcp - v->length_of;

	next = test(b, TZ_FLOW_GE, tz_term_len(b->flow),
		    arith(b, TZ_TERM_ADD, has_data ? told : least,
			  number(b, before)),
		    next, TZ_FLOW_REJECT);
	if (is_told)
		return next;
	switch (b->p->payload) {
	case TZ_P0F_NO_DATA:
		return test(b, TZ_FLOW_EQ, told, least, next, TZ_FLOW_REJECT);
	case TZ_P0F_DATA:
		return test(b, TZ_FLOW_GT, told, least, next, TZ_FLOW_REJECT);
	case TZ_P0F_ANY_DATA:
		break;
	}
	return test(b, TZ_FLOW_GE, told, least, next, TZ_FLOW_REJECT);
}

static uint32_t build_ttl(const struct builder *b, const struct version *v,
			  uint32_t next)
{
	uint32_t ttl = load(b, 1, v->ttl_at);

	if (!b->p->any_distance && b->p->ttl > TZ_P0F_DISTANCE)
		next = test(b, TZ_FLOW_GE, ttl,
			    number(b, b->p->ttl - TZ_P0F_DISTANCE), next,
			    TZ_FLOW_REJECT);
	return test(b, TZ_FLOW_GT, ttl, number(b, b->p->ttl), TZ_FLOW_REJECT,
		    next);
}

/* To the tests of TCP, which both versions may share. */
static uint32_t enter(const struct builder *b, const struct version *v,
		      uint32_t tcp)
{
	if (b->tcp != tz_term_var(b->flow, TZ_VAR_TRANSPORT))
		return tcp;
	if (b->p->window == TZ_P0F_WINDOW_OF_MTU)
		tcp = tz_flow_let(b->flow, VAR_MTU, number(b, v->mtu_more),
				  tcp);
	return tz_flow_let(b->flow, TZ_VAR_TRANSPORT, number(b, v->tcp), tcp);
}

/* The same where bits of the IP header show ECN; else TCP has to. */
static uint32_t enter_by_ecn(const struct builder *b, const struct version *v,
			     const struct tcp_nodes *tcp)
{
	uint32_t word = load(b, 2, b->net);

	if (!(b->p->quirks & TZ_P0F_ECN))
		return enter(b, v, tcp->plain);
	return test(b, TZ_FLOW_SET, word, number(b, v->ecn_bits),
		    enter(b, v, tcp->plain), enter(b, v, tcp->showing_ecn));
}

static uint32_t build_id(const struct builder *b, uint32_t next)
{
	uint32_t quirks = b->p->quirks;
	bool is_df = quirks & TZ_P0F_DF;

	if (quirks & (is_df ? TZ_P0F_ID_ZERO : TZ_P0F_ID_SET))
		return TZ_FLOW_REJECT;
	return zero(b, load(b, 2, b->net + 4),
		    is_df ? !(quirks & TZ_P0F_ID_SET) : quirks & TZ_P0F_ID_ZERO,
		    next);
}

static uint32_t build_ipv4(const struct builder *b, const struct tcp_nodes *tcp)
{
	uint32_t header_len = 20u + b->p->ip_options;
	uint32_t first = header_len / 4 << 24 | 0x40000000, mask = 0xff000000;
	uint32_t flags = (b->p->quirks & TZ_P0F_DF ? 0x4000 : 0) |
			 (b->p->quirks & TZ_P0F_RESERVED ? 0x8000 : 0);
	bool is_told =
		b->p->payload == TZ_P0F_NO_DATA && b->options_len != TZ_P0F_ANY;
	struct version v = {
		.length_at = b->net + 2,
		.length_of = header_len,
		.ttl_at = b->net + 8,
		.ecn_bits = 0x0003,
		.mtu_more = 40,
	};
	uint32_t node;

	if (header_len % 4 || header_len > 60)
		return TZ_FLOW_REJECT;
	if (b->options->link != TZ_LINK_NET)
		v.tcp = b->net + header_len;
	node = build_id(b, enter_by_ecn(b, &v, tcp));
	node = build_ttl(b, &v, node);
	node = build_length(b, &v, is_told, node);
	if (!(b->p->quirks & TZ_P0F_ECN))
		mask |= 0x00030000;
	if (is_told) {
		mask |= 0xffff;
		first |= header_len + TCP_HEADER + b->options_len;
	}
	node = masked(b, load(b, 4, b->net), mask, first, node);
	node = masked(b, load(b, 2, b->net + 6), 0xffff, flags, node);
	return masked(b, load(b, 1, b->net + 9), 0xff, IPPROTO_TCP, node);
}

/* TCP behind as many bytes of extension headers as the signature says. */
static uint32_t find_behind(const struct builder *b, uint32_t next)
{
	uint32_t at = b->net + 40 + b->p->ip_options;
	unsigned int n_headers = b->p->ip_options / 8u;

	if (!b->p->ip_options)
		return masked(b, load(b, 1, b->net + 6), 0xff, IPPROTO_TCP,
			      next);
	next = test(b, TZ_FLOW_EQ, tz_term_var(b->flow, TZ_VAR_TRANSPORT),
		    number(b, at), next, TZ_FLOW_REJECT);
	/* None is shorter than eight bytes. */
	if (n_headers > TZ_TRANSPORT_HEADERS_MAX)
		n_headers = TZ_TRANSPORT_HEADERS_MAX;
	return tz_transport_walk(b->flow, b->options->link, IPPROTO_TCP,
				 n_headers, next);
}

static uint32_t build_ipv6(const struct builder *b, const struct tcp_nodes *tcp)
{
	uint32_t mask = 0xf0000000, flow_label = 0x000fffff;
	bool is_told = b->p->payload == TZ_P0F_NO_DATA &&
		       b->options_len != TZ_P0F_ANY && !b->p->ip_options;
	struct version v = {
		.length_at = b->net + 4,
		.length_of = b->p->ip_options,
		.ttl_at = b->net + 7,
		.ecn_bits = 0x0030,
		.mtu_more = 60,
	};
	uint32_t node;

	if (b->p->quirks & TZ_P0F_RESERVED)
		return TZ_FLOW_REJECT;
	if (b->options->link != TZ_LINK_NET)
		v.tcp = b->net + 40 + b->p->ip_options;
	node = enter_by_ecn(b, &v, tcp);
	node = build_ttl(b, &v, node);
	node = build_length(b, &v, is_told, node);
	if (!(b->p->quirks & TZ_P0F_ECN))
		mask |= 0x00300000;
	if (b->p->quirks & TZ_P0F_FLOW)
		node = test(b, TZ_FLOW_SET, load(b, 4, b->net),
			    number(b, flow_label), node, TZ_FLOW_REJECT);
	else
		mask |= flow_label;
	node = masked(b, load(b, 4, b->net), mask, 0x60000000, node);
	/* Length and next header are neighbours. */
	if (is_told)
		return masked(b, load(b, 4, b->net + 4), 0xffffff00,
			      (TCP_HEADER + b->options_len) << 16 |
				      IPPROTO_TCP << 8,
			      node);
	return find_behind(b, node);
}

/* Where nothing but its own version tells the network header. */
static bool is_by_version(enum tz_link link)
{
	return link == TZ_LINK_RAW || link == TZ_LINK_NULL ||
	       link == TZ_LINK_LOOP || link == TZ_LINK_NET;
}

/* Where the TCP header is when only one version may match. */
static uint32_t tcp_of_one(const struct builder *b)
{
	uint32_t header_len = (b->p->ipv4 ? 20u : 40u) + b->p->ip_options;

	if (b->options->link == TZ_LINK_NET)
		return TZ_TERM_ZERO;
	return number(b, b->net + header_len);
}

static struct tcp_nodes build_tcp(const struct builder *b)
{
	bool is_shared = b->p->ipv4 && b->p->ipv6;
	struct tz_p0f_layout layout = {
		.flow = b->flow,
		.signature = b->p,
		.is_reply = b->options->is_reply,
		.tcp = b->tcp,
		.tcp_len = tcp_len(b, b->tcp),
		.mtu_more = is_shared ? tz_term_var(b->flow, VAR_MTU)
				      : number(b, b->p->ipv4 ? 40 : 60),
	};
	uint32_t node = tz_p0f_options(&layout);

	node = build_numbers(b, build_window(b, node));
	return (struct tcp_nodes){
		.plain = build_flags(b, false, node),
		.showing_ecn = build_flags(b, true, node),
	};
}

struct tz_flow *tz_p0f_lower(struct tz_arena *arena,
			     const struct tz_p0f *signature,
			     const struct tz_p0f_options *options)
{
	struct tz_p0f p = *signature;
	struct builder b = {
		.flow = tz_flow_new(arena),
		.p = &p,
		.options = options,
		.net = tz_transport_net(options->link),
		.options_len = tz_p0f_options_len(signature),
	};
	uint32_t ipv4 = TZ_FLOW_REJECT, ipv6 = TZ_FLOW_REJECT;
	bool is_shared;
	bool has_length = b.options_len == TZ_P0F_ANY ||
			  (b.options_len % 4 == 0 && b.options_len <= 40);
	struct tcp_nodes tcp;

	p.ipv4 &= options->link != TZ_LINK_IPV6;
	p.ipv6 &= options->link != TZ_LINK_IPV4;
	is_shared = p.ipv4 && p.ipv6;
	if (!has_length)
		return b.flow;
	b.tcp = is_shared ? tz_term_var(b.flow, TZ_VAR_TRANSPORT)
			  : tcp_of_one(&b);
	tcp = build_tcp(&b);
	if (p.ipv4)
		ipv4 = build_ipv4(&b, &tcp);
	if (p.ipv6)
		ipv6 = build_ipv6(&b, &tcp);
	/* Its first word says the version. */
	if (!is_shared && is_by_version(options->link))
		b.flow->root = p.ipv4 ? ipv4 : ipv6;
	else
		b.flow->root =
			tz_transport_family(b.flow, options->link, ipv4, ipv6);
	return b.flow;
}
