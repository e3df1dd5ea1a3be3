/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * DNS names as flow graphs. Where a pattern says which bytes stand where, a
 * run of them is compared: those that may be any, and the bit that capital
 * letters differ in, are free. Behind a label of any length the place is a
 * variable; the number of bytes from it goes on.
 *
 * Sources: RFC 1035 4.1.2 (questions), 3.1 (names).
 */
#include "lower/dns.h"

#include <ctype.h>
#include <linux/in.h>

#include "lower/run.h"

#define QUESTION 20 /* from the UDP header: its 8 bytes and 12 of DNS */
#define TYPE_AND_CLASS 4

enum { VAR_PLACE = TZ_VAR_OTHERS };

struct builder {
	struct tz_flow *flow;
	const struct tz_dns_options *options;
	const struct tz_dns_name *name;
	uint32_t yes, no;
};

static void push_bytes(const struct builder *b, struct tz_run *run,
		       const struct tz_dns_byte *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		bool folds = b->options->ignores_case && bytes[i].value < 128 &&
			     isalpha(bytes[i].value);

		tz_run_push(run, bytes[i].value,
			    bytes[i].is_any ? 0xff
			    : folds         ? 0x20
					    : 0);
	}
}

/* Goes to @next where @run stands at @at. */
static uint32_t compare(const struct builder *b, const struct tz_run *run,
			struct tz_run_at at, uint32_t next)
{
	return tz_run_compare(b->flow, run, at, next, b->no);
}

static uint32_t build_from(const struct builder *b, size_t i,
			   struct tz_run_at at);

/* Behind all labels: @at is where the length of a next one would be. */
static uint32_t build_end(const struct builder *b, struct tz_run *run,
			  struct tz_run_at at)
{
	uint32_t last;
	uint32_t behind = at.k + (uint32_t)run->n + TYPE_AND_CLASS;

	if (!b->name->is_open)
		tz_run_push(run, 0, 0);
	last = tz_term_load(b->flow, 1, at.term, behind);
	return compare(b, run, at, tz_flow_need(b->flow, last, b->yes));
}

/* The label @i of any length, whose length byte is at @at. */
static uint32_t build_star(const struct builder *b, size_t i,
			   struct tz_run_at at)
{
	const struct tz_dns_label *label = &b->name->labels.at[i];
	struct tz_flow *flow = b->flow;
	uint32_t min = (uint32_t)label->n + label->min;
	uint32_t max = (uint32_t)label->n + label->max;
	uint32_t length = tz_term_load(flow, 1, at.term, at.k);
	uint32_t place = tz_term_arith(flow, TZ_TERM_ADD, at.term, length);
	struct tz_run head = { 0 }, tail = { 0 };
	struct tz_run_at head_at = { at.term, at.k + 1 };
	struct tz_run_at tail_at = { tz_term_var(flow, VAR_PLACE), at.k + 1 };
	struct tz_run_at behind;
	uint32_t node;

	push_bytes(b, &head, label->bytes, label->star);
	push_bytes(b, &tail, label->bytes + label->star,
		   (size_t)label->n - label->star);
	/* Offsets from a variable stay positive: libpcap knows no others. */
	if (tail.n > tail_at.k) {
		uint32_t back = tail_at.k - (uint32_t)tail.n;

		place = tz_term_arith(flow, TZ_TERM_ADD, place,
				      tz_term_const(flow, back));
		tail_at.k = (uint32_t)tail.n;
	}
	behind = tail_at;
	tail_at.k -= (uint32_t)tail.n;
	node = build_from(b, i + 1, behind);
	node = compare(b, &tail, tail_at, node);
	node = tz_flow_let(flow, VAR_PLACE, place, node);
	node = compare(b, &head, head_at, node);
	if (max > TZ_DNS_LABEL_MAX)
		max = TZ_DNS_LABEL_MAX;
	if (min == max)
		return tz_flow_test(flow, TZ_FLOW_EQ, length,
				    tz_term_const(flow, min), node, b->no);
	node = tz_flow_test(flow, TZ_FLOW_GT, length, tz_term_const(flow, max),
			    b->no, node);
	return tz_flow_test(flow, TZ_FLOW_GE, length, tz_term_const(flow, min),
			    node, b->no);
}

/* The labels from @i on, which stand at @at. */
static uint32_t build_from(const struct builder *b, size_t i,
			   struct tz_run_at at)
{
	struct tz_run run = { 0 };
	struct tz_run_at star;

	for (; i < b->name->labels.n; i++) {
		const struct tz_dns_label *label = &b->name->labels.at[i];

		if (label->has_star)
			break;
		tz_run_push(&run, label->n, 0);
		push_bytes(b, &run, label->bytes, label->n);
	}
	if (i == b->name->labels.n)
		return build_end(b, &run, at);
	star = (struct tz_run_at){ at.term, at.k + (uint32_t)run.n };
	return compare(b, &run, at, build_star(b, i, star));
}

struct tz_flow *tz_dns_lower(struct tz_arena *arena,
			     const struct tz_dns_name *names, size_t n_names,
			     const struct tz_dns_options *options)
{
	struct tz_flow *flow = tz_flow_new(arena);
	struct tz_transport transport = {
		.link = options->link,
		.ipv4 = options->ipv4,
		.ipv6 = options->ipv6,
		.is_given = options->is_bare,
		.protocol = IPPROTO_UDP,
		.n_headers = options->n_headers,
	};
	uint32_t udp = tz_transport_at(flow, &transport);
	struct tz_run_at question = { udp, QUESTION };
	uint32_t node = TZ_FLOW_REJECT;

	for (size_t i = n_names; i--;) {
		struct builder b = {
			.flow = flow,
			.options = options,
			.name = &names[i],
			.yes = TZ_FLOW_ACCEPT,
			.no = node,
		};

		node = build_from(&b, 0, question);
	}
	if (!options->is_bare)
		node = tz_flow_test(flow, TZ_FLOW_EQ,
				    tz_term_load(flow, 2, udp, 2),
				    tz_term_const(flow, options->port), node,
				    TZ_FLOW_REJECT);
	flow->root = tz_transport_find(flow, &transport, node);
	return flow;
}
