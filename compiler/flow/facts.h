/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the tests on a way through the graph say of terms: ranges, bits, values
 * that it has not, and how far the packet surely reaches. Facts do not change:
 * learning gives new ones.
 */
#pragma once

#include "flow/flow.h"

/* Values that a term is known not to have; more are forgotten. */
#define TZ_FLOW_FACT_NOT 8
/* Terms of which a way knows something; the oldest are forgotten. */
#define TZ_FACTS_MAX 48

struct tz_flow_fact {
	uint32_t term;
	uint32_t lo, hi;      /* it lies between */
	uint32_t zeros, ones; /* bits that are known */
	uint32_t some; /* one of these bits is set; 0: nothing is known */
	/* as the base of loads: this many bytes behind it are there */
	uint32_t reach;
	uint32_t n_not, not [TZ_FLOW_FACT_NOT];
};

/* A test of two terms of which none is a constant, and what came of it. */
struct tz_flow_outcome {
	enum tz_flow_op op;
	uint32_t a, b;
	bool is_yes;
};

/* As many of them are known; the oldest are forgotten. */
#define TZ_FACTS_OUTCOMES 4

struct tz_flow_facts {
	size_t n_outcomes;
	struct tz_flow_outcome outcomes[TZ_FACTS_OUTCOMES]; /* by age */
	size_t n;
	struct tz_flow_fact at[]; /* by age */
};

enum tz_fact_answer { TZ_FACT_NO, TZ_FACT_YES, TZ_FACT_OPEN };

/* Nothing is known. */
const struct tz_flow_facts *tz_flow_facts_none(void);
/* What holds on both ways. */
const struct tz_flow_facts *tz_flow_facts_meet(const struct tz_flow *flow,
					       const struct tz_flow_facts *x,
					       const struct tz_flow_facts *y);
/* Behind the evaluation of @term: it did not fail. */
const struct tz_flow_facts *
tz_flow_facts_evaluated(const struct tz_flow *flow,
			const struct tz_flow_facts *facts, uint32_t term);
/* Behind the test @node, which had the outcome @is_yes. */
const struct tz_flow_facts *
tz_flow_facts_learn(const struct tz_flow *flow,
		    const struct tz_flow_facts *facts,
		    const struct tz_flow_node *node, bool is_yes);
/* Behind the LET @node. */
const struct tz_flow_facts *tz_flow_facts_let(const struct tz_flow *flow,
					      const struct tz_flow_facts *facts,
					      const struct tz_flow_node *node);
/* The outcome of the test @node, as far as @facts tell. */
enum tz_fact_answer tz_flow_facts_decide(const struct tz_flow *flow,
					 const struct tz_flow_facts *facts,
					 const struct tz_flow_node *node);
/* Whether evaluating @term cannot fail where @facts hold. */
bool tz_flow_facts_are_safe(const struct tz_flow *flow,
			    const struct tz_flow_facts *facts, uint32_t term);
/* Whether @term has one value only, in *value. */
bool tz_flow_facts_value(const struct tz_flow *flow,
			 const struct tz_flow_facts *facts, uint32_t term,
			 uint32_t *value);
