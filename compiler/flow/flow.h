/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The flow graph of a filter: what a tcpdump expression, a classic BPF program,
 * a DNS pattern or a p0f signature asks of a packet, in one form. Front ends
 * build it (lower/, flow/decode.c), passes make it smaller (flow/), back ends
 * print it as classic BPF or as C.
 *
 * Nodes test and lead on to other nodes; there are no cycles. What they compare
 * are terms: numbers of 32 bits made of constants, loads and arithmetic. Terms
 * and nodes are kept once: equal means same number, and a node's successors
 * have smaller numbers than it has. Both are total, but for what ends the whole
 * filter with the answer 0, as in the kernel: a load past the packet's end, and
 * a division by zero. A pass may not change when that happens, but where the
 * answer is 0 either way.
 */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "base/diag.h"
#include "base/vec.h"
#include "cbpf/packet.h"

/* Those before LOAD are made of no others, those from there on of a and b. */
enum tz_term_kind {
	TZ_TERM_CONST, /* k */
	TZ_TERM_LEN,   /* bytes of the packet on the wire */
	TZ_TERM_AD,    /* what the kernel knows: k is SKF_AD_* */
	TZ_TERM_VAR,   /* what the LET of variable k before has set */
	/*
	 * size bytes at (a + k), big-endian; the sum wraps, and offsets with
	 * the sign bit are those of tz_filter_load. a is the constant 0 where
	 * the offset is known, b always.
	 */
	TZ_TERM_LOAD,
	/* Arithmetic of a and b, modulo 2^32. */
	TZ_TERM_ADD,
	TZ_TERM_SUB,
	TZ_TERM_MUL,
	TZ_TERM_DIV, /* by zero: the filter answers 0 */
	TZ_TERM_MOD,
	TZ_TERM_AND,
	TZ_TERM_OR,
	TZ_TERM_XOR,
	TZ_TERM_LSH, /* by 32 and more: 0 */
	TZ_TERM_RSH,
	TZ_N_TERM_KINDS
};

/* Numbers of terms and nodes in their graph. */
struct tz_term {
	enum tz_term_kind kind;
	uint8_t size;
	uint32_t a, b, k;
	/* Follows from the above. */
	uint32_t bits; /* no other bit is ever set */
	uint32_t vars; /* the variables that it reads, a bit each */
	/* with that many bytes from offset 0 it cannot fail; NEVER_SAFE: it can
	 */
	uint32_t need;
	/*
	 * Terms that evaluating it meets, each as often as it is met. Whoever
	 * puts terms into terms sees to it that none exceeds TZ_TERM_WEIGHT_MAX
	 * (a LET keeps what would): a = a + a, forty times, is 2^40 of them.
	 */
	uint32_t weight;
};

#define TZ_TERM_NEVER_SAFE UINT32_MAX
#define TZ_TERM_WEIGHT_MAX 1024

/* What every graph has. */
#define TZ_TERM_ZERO 0u   /* the constant 0 */
#define TZ_FLOW_REJECT 0u /* returns 0 */
#define TZ_FLOW_ACCEPT 1u /* returns 0xffffffff: keep all of it */

enum tz_flow_kind {
	TZ_FLOW_RETURN, /* a */
	TZ_FLOW_TEST,   /* a op b: to yes, else to no */
	/* evaluates a for its failing only, then yes */
	TZ_FLOW_NEED,
	/* variable var becomes a, then yes: programs that join with it */
	TZ_FLOW_LET,
};

/* Unsigned; those of classic BPF. */
enum tz_flow_op { TZ_FLOW_EQ, TZ_FLOW_GT, TZ_FLOW_GE, TZ_FLOW_SET };

struct tz_flow_node {
	enum tz_flow_kind kind;
	enum tz_flow_op op;
	uint32_t a, b; /* terms */
	uint32_t var;
	uint32_t yes, no; /* nodes */
};

#define TZ_FLOW_VARS 18 /* A, X and 16 of scratch, for decode.c */

struct tz_flow {
	struct tz_arena *arena;
	TZ_VEC(struct tz_term) terms;
	TZ_VEC(struct tz_flow_node) nodes;
	uint32_t root;
	/*
	 * A load from a known offset is dropped, though it could fail, where
	 * both ways of a test lead on alike, or its value is multiplied by or
	 * masked with 0: as libpcap's optimiser takes the expressions of its
	 * language. Set before
	 * anything is added; what such a graph means is what tz_flow_optimize
	 * leaves of it.
	 */
	bool drops_loads;
	struct tz_flow_index *index; /* finds equal terms and nodes (flow.c) */
};

/* A graph with the terms and nodes that every graph has; root: REJECT. */
struct tz_flow *tz_flow_new(struct tz_arena *arena);

/*
 * Terms. What is known is computed, and one of equal writings is chosen: a
 * constant stands right of + * & | ^, sums of constants are added up, a + k
 * under a load goes into its offset, x & 0xff of a byte is the byte.
 */
uint32_t tz_term_const(struct tz_flow *flow, uint32_t k);
uint32_t tz_term_len(struct tz_flow *flow);
uint32_t tz_term_load(struct tz_flow *flow, unsigned int size, uint32_t base,
		      uint32_t k);
uint32_t tz_term_ad(struct tz_flow *flow, uint32_t number);
uint32_t tz_term_var(struct tz_flow *flow, uint32_t var);
/* @kind is ADD ... RSH. */
uint32_t tz_term_arith(struct tz_flow *flow, enum tz_term_kind kind, uint32_t a,
		       uint32_t b);
/* @term, maybe of another graph, in @flow, made of @a and @b there. */
uint32_t tz_term_remake(struct tz_flow *flow, const struct tz_term *term,
			uint32_t a, uint32_t b);
bool tz_term_is_const(const struct tz_flow *flow, uint32_t term);
/* Whether it is 4 * (byte & 15), of the byte at the offset *k. */
bool tz_term_is_header_len(const struct tz_flow *flow, uint32_t term,
			   uint32_t *k);
/* Whether evaluating it may end the filter; @known_len: bytes that are there.
 */
bool tz_term_may_fail(const struct tz_flow *flow, uint32_t term,
		      uint32_t known_len);

/*
 * Nodes. A test whose outcome is known, or leads to one place and cannot fail,
 * is its successor; SET of one bit stays SET, GE 0 is true.
 */
uint32_t tz_flow_return(struct tz_flow *flow, uint32_t term);
uint32_t tz_flow_test(struct tz_flow *flow, enum tz_flow_op op, uint32_t a,
		      uint32_t b, uint32_t yes, uint32_t no);
uint32_t tz_flow_need(struct tz_flow *flow, uint32_t term, uint32_t next);
uint32_t tz_flow_let(struct tz_flow *flow, uint32_t var, uint32_t term,
		     uint32_t next);
/* @node, maybe of another graph, in @flow, with these terms and ways there. */
uint32_t tz_flow_remake(struct tz_flow *flow, const struct tz_flow_node *node,
			uint32_t a, uint32_t b, uint32_t yes, uint32_t no);

/* flow/formula.c: conditions of conditions, for front ends. */
struct tz_formula;
struct tz_formula *tz_formula_const(struct tz_flow *flow, bool value);
struct tz_formula *tz_formula_test(struct tz_flow *flow, enum tz_flow_op op,
				   uint32_t a, uint32_t b);
/* Evaluated from left to right, the right one only when it decides. */
struct tz_formula *tz_formula_and(struct tz_flow *flow, struct tz_formula *a,
				  struct tz_formula *b);
struct tz_formula *tz_formula_or(struct tz_flow *flow, struct tz_formula *a,
				 struct tz_formula *b);
struct tz_formula *tz_formula_not(struct tz_flow *flow, struct tz_formula *a);
/* Holds always; from there on variable @var is @term. */
struct tz_formula *tz_formula_let(struct tz_flow *flow, uint32_t var,
				  uint32_t term);
/* The node that leads to @yes where @formula holds, else to @no. */
uint32_t tz_formula_build(struct tz_flow *flow,
			  const struct tz_formula *formula, uint32_t yes,
			  uint32_t no);

/* flow/eval.c: whether a test of these values holds. */
bool tz_flow_holds(enum tz_flow_op op, uint32_t a, uint32_t b);
/*
 * The value of @term, given those of the variables; false when the filter ends
 * there. *lacks is set where the packet has not what was asked for.
 */
bool tz_flow_value(const struct tz_flow *flow,
		   const struct tz_filter_packet *packet, const uint32_t *vars,
		   uint32_t term, uint32_t *value, bool *lacks);
/* What the filter answers; 0: no match. The reference. */
uint32_t tz_flow_eval(const struct tz_flow *flow,
		      const struct tz_filter_packet *packet);
/* The same; false when it ended at a load that @packet does not have. */
bool tz_flow_eval_known(const struct tz_flow *flow,
			const struct tz_filter_packet *packet,
			uint32_t *answer);
/* flow/verify.c: NULL when @flow keeps its rules, else what it breaks. */
const char *tz_flow_verify(const struct tz_flow *flow);
/* flow/print.c, flow/parse.c: the text form, the same both ways. */
void tz_flow_print(const struct tz_flow *flow, struct tz_buf *out);
/* NULL after recording diagnostics when @source is no text of a graph. */
struct tz_flow *tz_flow_parse(struct tz_arena *arena, struct tz_diags *diags,
			      const struct tz_source *source);

struct tz_cbpf;
/* flow/decode.c: the graph of a program that tz_cbpf_check has passed. */
struct tz_flow *tz_flow_decode(struct tz_arena *arena,
			       const struct tz_cbpf *program);
/*
 * flow/describe.c: @flow for people, as lines. An expression of tcpdump's
 * language where it is one condition, with loads written link[...]; what that
 * language has no words for is net[...] (SKF_NET_OFF), frame[...] (SKF_LL_OFF),
 * ad(...). Else numbered steps.
 */
void tz_flow_describe(const struct tz_flow *flow, struct tz_buf *out);
/*
 * flow/optimize.c: the table of passes. A smaller and faster graph, with the
 * same answer for every packet.
 */
struct tz_flow *tz_flow_optimize(struct tz_arena *arena,
				 const struct tz_flow *flow);
