/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The facts that offload has about one packet: what tz_eval_possible and
 * tz_eval_brute have in common. From the same facts they conclude each in its
 * own way.
 */
#pragma once

#include "ir/view.h"

struct tz_facts {
	struct tz_view pre;     /* in PREROUTING */
	struct tz_view post[2]; /* behind NAT and routing, by TZ_ROUTE_* */
	bool routes[2];         /* which of TZ_ROUTE_* are possible */
	/* Behind the raw table the kernel judges: of a connection, or may be */
	bool is_raw_only;
	bool walks_nat; /* what nat does not translate is as it was */
	bool hides_route; /* nat may have decided about it */
};

/* Ways give answers (bits of TZ_ANSWER_*) of which none can be XDP's. */
#define TZ_ANSWERS_DIFFER (~UINT32_C(0))
/*
 * The answers of all ways by both routes. Where nat hides the route, nobody
 * knows whose address an answer would have.
 */
uint32_t tz_facts_answers(const struct tz_facts *facts, uint32_t answers);
/* @answers if they are one, else 0: who decides is the kernel. */
uint32_t tz_facts_one_answer(uint32_t answers);

/*
 * A TCP data segment that GRO may merge with those before or behind it, or a
 * packet of a tunnel, within which it does so.
 */
bool tz_facts_may_be_merged(const struct tz_packet *p);

/* Protocols that GRO has no rule for, and not what may be a tunnel. */
bool tz_facts_never_merged(uint8_t proto);
/* Whether @packet is decided without its rules; then *@decided says how. */
bool tz_facts_decide(const struct tz_packet *packet,
		     const struct tz_possible_options *options,
		     enum tz_possible *decided);
void tz_facts_init(struct tz_facts *facts, const struct tz_packet *packet,
		   enum tz_backend backend,
		   const struct tz_possible_options *options);
/*
 * The base chains that may drop the packet. A fragment is never dropped by
 * chains of INPUT: they judge the datagram.
 */
struct tz_way tz_facts_way(const struct tz_facts *facts, const struct tz_ir *ir,
			   enum tz_route route);
