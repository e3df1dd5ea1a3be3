/* SPDX-License-Identifier: GPL-2.0-only */
/* Inside opt/: what is known of a rule's matches in one situation. */
#pragma once

#include "opt/ct.h"
#include "opt/plan.h"

/* What a test says of a packet before the rule's other matches are asked. */
struct tz_early {
	struct tz_plan_term
		*terms; /* of the matches up to the test, and its own */
	bool drops;     /* at once; else it cannot be told here */
	bool may_drop;  /* as well as not; */
	bool is_merged; /* only of what GRO may merge */
	/* legacy: the test holds, too; nothing is asked behind it */
	bool holds, is_last;
	bool is_of_segments; /* GRO: data segments do not ask the test */
};

struct tz_narrowing {
	struct tz_arena *arena; /* of the terms */
	struct tz_arena *sets;  /* of what the terms point to */
	const struct tz_plan_options *options;
	bool is_after_nat;
	enum tz_family family;
	enum tz_situation situation;
	struct tz_ct_kind kind; /* of its connection */
	/* results */
	struct tz_plan_term *terms, **tail;
	bool never, maybe, hotdrop, writes;
	bool may_drop;    /* at once, if an unknown match holds */
	bool has_state;   /* a term of what the program keeps */
	bool knows_state; /* a match on the connection holds, or does not */
	bool is_uneven;   /* see tz_narrow_uneven */
	/* replace: but a fragment with offset 8 is dropped (SEMANTICS 2.5) */
	bool offset_eight_drops;
	/* GRO: a term on TCP flags that a merged segment may change */
	bool has_merge;
	/* GRO: a test that any segment's being merged may change */
	bool has_segment;
	/* the first test whose result may be UNKNOWN; a term of it is there */
	const struct tz_test *unsure;
	TZ_VEC(struct tz_early) early; /* in the order of the matches */
	const char *obstacle;
};

/* Fills the results from the matches of @rule. */
void tz_narrow(struct tz_narrowing *n, const struct tz_ir_rule *rule);
/* @terms of @n without what GRO may change. */
struct tz_plan_term *tz_narrow_merged(const struct tz_narrowing *n,
				      const struct tz_plan_term *terms);
/* @terms where the result of @n->unsure is UNKNOWN. */
struct tz_plan_term *tz_narrow_unsure(const struct tz_narrowing *n,
				      const struct tz_plan_term *terms);
/* ---- narrow_header.c ---- */

enum tz_known { TZ_IS_TRUE, TZ_IS_FALSE, TZ_IS_UNKNOWN, TZ_IS_HOTDROP };

/* The value of the header match @m in the situation. */
enum tz_known tz_narrow_header(const struct tz_narrowing *n,
			       const struct tz_ir_match *m);

/* ---- narrow_ct.c ---- */

/* Whether NAT may have translated the destination before this chain. */
bool tz_narrow_is_natted(const struct tz_narrowing *n);
/* Whether NAT may have translated what the packet answers. */
bool tz_narrow_may_be_reply(const struct tz_narrowing *n);
/* The narrowing of a test ct that reads nothing stale. */
void tz_narrow_ct(struct tz_narrowing *n, const struct tz_test *test,
		  bool is_negated);

/* ---- narrow_doubt.c ---- */

/* What of a test that may be unknown (TZ_MAY_BE_UNKNOWN) is not known. */
const char *tz_narrow_rest(const struct tz_test *test);
/* What may be rewritten before the kernel asks @test; NULL: nothing. */
const char *tz_narrow_doubt(const struct tz_narrowing *n,
			    const struct tz_test *test);
/* Why only the kernel can answer @test; NULL: others can. */
const char *tz_narrow_kernels_own(const struct tz_narrowing *n,
				  const struct tz_test *test);

/* ---- lists.c ---- */

/* Of each chain whether packets come there otherwise than on their way in. */
bool *tz_lists_elsewhere(struct tz_arena *arena, const struct tz_ir *ir);
/* Whether it can be told at XDP of all whole packets if @rule takes them. */
bool tz_lists_is_told(const struct tz_plan_options *options,
		      const struct tz_ir_rule *rule);

/* ---- missed.c ---- */

/* What a rule does to what a program remembers. */
#define TZ_ACCESS_READS 1u
#define TZ_ACCESS_IS_NEGATED 2u /* reads: it holds where nothing is there */
#define TZ_ACCESS_GATES 4u      /* ... and the rule writes something else */
#define TZ_ACCESS_ADDS 8u
#define TZ_ACCESS_REMOVES 16u

struct tz_access {
	const struct tz_ir_rule *rule;
	unsigned int how;
};

/* In offload: whether packets are refused that the rules would let in. */
bool tz_missed_harms(const struct tz_ir *ir,
		     const struct tz_plan_options *options,
		     const struct tz_access *accesses, size_t n);

/* ---- narrow_state.c ---- */

/* Whether the program keeps what @m asks. */
bool tz_narrow_keeps(const struct tz_plan_options *options,
		     const struct tz_ir_match *m);
/* The narrowing of such a match; sets @n->writes if it must not be asked. */
void tz_narrow_state(struct tz_narrowing *n, const struct tz_ir_match *m,
		     bool is_negated);

/* ---- narrow_merge.c ---- */

extern const char tz_merge_why[];
/*
 * Whether GRO may change what the match on TCP flags answers in ways that
 * tz_merge_matters() does not describe: iptables has no words for these.
 */
bool tz_merge_is_odd(const struct tz_narrowing *n, const struct tz_ir_match *m);
/*
 * Whether the term is unknown for any packet that GRO may merge with others:
 * of the flags, CWR may be that of another segment.
 */
bool tz_merge_hides(const struct tz_narrowing *n, const struct tz_plan_term *t);
/* Whether GRO may change what a flags term answers for a mergeable packet. */
bool tz_merge_matters(const struct tz_narrowing *n,
		      const struct tz_plan_term *t);
/* Whether packets that the terms so far leave may be TCP, or a tunnel's. */
bool tz_merge_may_be(const struct tz_narrowing *n);
/*
 * Why packets that the terms so far leave may be UDP that is merged; NULL: they
 * may not. The length of these and what is in them is not known.
 */
const char *tz_merge_of_udp(const struct tz_narrowing *n);

/* ---- narrow.c ---- */

void tz_narrow_add(struct tz_narrowing *n, struct tz_plan_term *term);
/* A match is unknown, and why. */
void tz_narrow_unknown(struct tz_narrowing *n, const char *why);
/*
 * Layer 4 of a short packet or a fragment: the kernel may hotdrop it, take it
 * for no match, or judge the fragments of a datagram by different rules. What
 * happens behind such a rule cannot be told, not even what would count.
 */
void tz_narrow_uneven(struct tz_narrowing *n);
/* A copy of the terms so far, and @last behind them. */
struct tz_plan_term *tz_narrow_up_to(const struct tz_narrowing *n,
				     const struct tz_plan_term *last);
/* tz_narrow_obstacle for packets of one kind. */
const char *tz_narrow_obstacle_of(struct tz_arena *scratch,
				  const struct tz_plan_options *options,
				  const struct tz_ir_rule *rule,
				  bool is_after_nat,
				  const struct tz_ct_kind *kind,
				  bool *knows_something);
/* Whether evaluating @m may change state that a rule can read. */
bool tz_narrow_may_write(const struct tz_ir_match *m);
