/* SPDX-License-Identifier: GPL-2.0-only */
/* Random flow graphs and packets for them. */
#include "lib/flow_random.h"

#include <stdlib.h>

static uint32_t below(unsigned int *seed, uint32_t n)
{
	return (uint32_t)rand_r(seed) % n;
}

/* Constants that the packets of tz_flow_random_packet have, and neighbours. */
static uint32_t number(unsigned int *seed)
{
	static const uint32_t numbers[] = {
		0,     1,     2,      3,         4,          5,
		0x10,  0x45,  0xff,   0x100,     0x102,      0x1fff,
		0x203, 0x800, 0xffff, 0x1020304, 0x80000000, 0xffffffff,
	};

	return numbers[below(seed, sizeof(numbers) / sizeof(numbers[0]))];
}

static uint32_t load(struct tz_flow *flow, unsigned int *seed, uint32_t base)
{
	static const unsigned int sizes[] = { 1, 1, 2, 4 };

	return tz_term_load(flow, sizes[below(seed, 4)], base, below(seed, 7));
}

static uint32_t term(struct tz_flow *flow, unsigned int *seed, int depth)
{
	uint32_t base = TZ_TERM_ZERO;
	enum tz_term_kind kind;

	switch (below(seed, depth ? 8 : 5)) {
	case 0:
		return tz_term_len(flow);
	case 1:
		base = tz_term_arith(
			flow, TZ_TERM_LSH,
			tz_term_arith(flow, TZ_TERM_AND,
				      tz_term_load(flow, 1, base, 0),
				      tz_term_const(flow, 3)),
			tz_term_const(flow, 1));
		return load(flow, seed, base);
	case 2:
		return tz_term_arith(
			flow, TZ_TERM_AND, load(flow, seed, base),
			tz_term_const(flow,
				      below(seed, 2)
					      ? number(seed)
					      : UINT32_MAX << below(seed, 16)));
	case 3:
	case 4:
		return load(flow, seed, base);
	default:
		break;
	}
	kind = TZ_TERM_ADD + below(seed, TZ_N_TERM_KINDS - TZ_TERM_ADD);
	base = below(seed, 3) ? tz_term_const(flow, number(seed))
			      : term(flow, seed, depth - 1);
	return tz_term_arith(flow, kind, term(flow, seed, depth - 1), base);
}

/* A node behind which come nodes that are there. */
static uint32_t node(struct tz_flow *flow, unsigned int *seed,
		     const uint32_t *terms, uint32_t n_terms)
{
	uint32_t near = flow->nodes.n > 6 ? (uint32_t)flow->nodes.n - 6 : 0;
	uint32_t yes = near + below(seed, (uint32_t)flow->nodes.n - near);
	uint32_t no = below(seed, 3) ? below(seed, (uint32_t)flow->nodes.n)
				     : TZ_FLOW_REJECT;
	uint32_t a = terms[below(seed, n_terms)];
	uint32_t b = tz_term_const(flow, number(seed));

	switch (below(seed, 12)) {
	case 0:
		return tz_flow_return(flow, a);
	case 1:
		return tz_flow_need(flow, a, yes);
	case 2:
		b = terms[below(seed, n_terms)];
		break;
	case 3: /* a prefix */
		no = UINT32_MAX << below(seed, 8);
		b = number(seed) & 0xffff & no;
		return tz_flow_test(
			flow, TZ_FLOW_EQ,
			tz_term_arith(flow, TZ_TERM_AND,
				      load(flow, seed, TZ_TERM_ZERO),
				      tz_term_const(flow, no)),
			tz_term_const(flow, b), yes, TZ_FLOW_REJECT);
	case 4: /* all of them are set before they are read: see below */
		return tz_flow_let(flow, below(seed, 2), a, yes);
	default:
		break;
	}
	return tz_flow_test(flow, (enum tz_flow_op)below(seed, 4), a, b, yes,
			    no);
}

struct tz_flow *tz_flow_random(struct tz_arena *arena, unsigned int *seed)
{
	struct tz_flow *flow = tz_flow_new(arena);
	uint32_t n_nodes = 3 + below(seed, 30), n_terms = 1 + below(seed, 6);
	uint32_t terms[8], last = TZ_FLOW_ACCEPT;

	for (uint32_t i = 0; i < n_terms; i++)
		terms[i] = term(flow, seed, 2);
	terms[n_terms++] = tz_term_var(flow, 0);
	terms[n_terms++] =
		tz_term_arith(flow, TZ_TERM_AND, tz_term_var(flow, 1),
			      tz_term_const(flow, 0xf));
	for (uint32_t i = 0; i < n_nodes; i++) {
		uint32_t made = node(flow, seed, terms, n_terms);

		if (made > last)
			last = made;
	}
	last = tz_flow_let(flow, 0, terms[0], last);
	flow->root = tz_flow_let(flow, 1, terms[0], last);
	return flow;
}

void tz_flow_random_packet(unsigned int *seed, uint8_t *frame, size_t max,
			   struct tz_filter_packet *packet)
{
	static const uint8_t bytes[] = { 0, 0, 1, 2, 3, 4, 5, 8, 0x45, 0xff };
	size_t len = below(seed, 3) ? below(seed, (uint32_t)max + 1) : max;

	for (size_t i = 0; i < len; i++)
		frame[i] = bytes[below(seed, sizeof(bytes))];
	*packet = (struct tz_filter_packet){
		.frame = frame,
		.frame_len = len,
		.len = (uint32_t)len + below(seed, 3),
	};
}
