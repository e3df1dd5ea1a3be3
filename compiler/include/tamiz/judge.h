/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the kernel would do with a packet under the rules of a compilation: for
 * captures, tests and questions about single packets. No kernel, no root.
 * Nothing is guessed: where the verdict depends on what a packet does not say
 * (its connection, a rate, bytes that were not captured), it is unknown, with
 * the rule and the reason.
 */
#ifndef TAMIZ_JUDGE_H
#define TAMIZ_JUDGE_H

#include <tamiz/compile.h>

#ifdef __cplusplus
extern "C" {
#endif

struct tamiz_judge;

/* The chains that follow PREROUTING. */
enum tamiz_route { TAMIZ_ROUTE_INPUT, TAMIZ_ROUTE_FORWARD };

/* The value that an unknown match is taken to have. */
struct tamiz_assumption {
	/*
	 * A match's name as in `-m NAME`, a field's or a test's name as the
	 * IR has it, "iface", or "all".
	 */
	const char *name;
	bool value;
};

struct tamiz_judge_options {
	enum tamiz_route route;
	const struct tamiz_assumption *assumptions; /* the first that fits */
	size_t n_assumptions;
};

/*
 * @tamiz is compiled and outlives the judge; backend, device, NAT are those of
 * its options. NULL: an assumption names nothing that can be unknown in these
 * rules, its index is in *@bad.
 */
struct tamiz_judge *tamiz_judge_new(const struct tamiz *tamiz,
				    const struct tamiz_judge_options *options,
				    size_t *bad);
void tamiz_judge_free(struct tamiz_judge *judge);

/* A frame from its Ethernet header on. */
struct tamiz_frame {
	const uint8_t *bytes;
	size_t len;      /* captured */
	size_t wire_len; /* >= len: what is between is unknown */
	/* The addresses of the link header are made up. */
	bool has_no_link;
	int64_t time_ns; /* since 1970; -1: unknown */
};

enum tamiz_verdict {
	TAMIZ_ACCEPT,
	TAMIZ_DROP,
	TAMIZ_REJECT,
	TAMIZ_UNKNOWN,
	TAMIZ_UNFILTERED, /* the rules never see it */
	TAMIZ_N_VERDICTS
};

#define TAMIZ_NO_RULE SIZE_MAX

/* Texts and lists live until the next frame. */
struct tamiz_judgement {
	enum tamiz_verdict verdict;
	/* tamiz_rule() index of what decides; NO_RULE: none, or one of some */
	size_t rule;
	/*
	 * UNKNOWN, and verdicts that more than one rule may give: the rule and
	 * its match on which it depends, and why that is unknown; UNFILTERED:
	 * why. NO_RULE, NULL, "" else.
	 */
	size_t depends_on;
	const char *match;
	const char *why;
	bool is_hotdrop; /* of a DROP: a header is not whole */
	/* What counted, in order; what may have, in more than one way. */
	const uint32_t *counted, *maybe;
	size_t n_counted, n_maybe;
	/* What the packet is, for people; family 0: no IP header was read. */
	int family; /* 4 or 6 */
	const uint8_t *src, *dst;
	uint8_t proto;
	bool has_proto, has_ports, is_fragment;
	uint16_t sport, dport;
	size_t ip_len; /* what counters add */
};

void tamiz_judge_frame(struct tamiz_judge *judge,
		       const struct tamiz_frame *frame,
		       struct tamiz_judgement *judgement);

#ifdef __cplusplus
}
#endif

#endif
