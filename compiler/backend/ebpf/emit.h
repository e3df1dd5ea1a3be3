/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the files of the eBPF back end: each prints one kind of thing. */
#pragma once

#include "backend/backend.h"

/* The headers of bpf/include/tamiz without their #include lines. */
extern const char *const tz_ebpf_headers[];
/* The same for tc. */
extern const char *const tz_ebpf_tc_headers[];

/* The condition under which @d holds, as a C expression; "" when always. */
void tz_ebpf_condition(const struct tz_plan *plan, enum tz_family family,
		       const struct tz_decision *d, struct tz_buf *out);
/* What a chain's function takes, between its name and its body. */
#define TZ_EBPF_PARAMETERS "(struct xdp_md *ctx, struct tz_scratch *s)"

/*
 * tests.c: which tests the program has, what they look up, and the call of
 * one, which is made once in the conditions of a rule.
 */
bool tz_ebpf_has_tests(const struct tz_plan *plan);
void tz_ebpf_test_defines(const struct tz_plan *plan, struct tz_buf *out);
void tz_ebpf_test_data(const struct tz_plan *plan, struct tz_buf *out);
void tz_ebpf_test(const struct tz_plan *plan, const struct tz_test *test,
		  struct tz_buf *out);

/* sets.c: maps and functions of the sets that tests ask, and such a call. */
void tz_ebpf_sets(const struct tz_plan *plan, struct tz_buf *out);
/* What targets SET call, and the call of one. */
void tz_ebpf_set_changes(const struct tz_plan *plan, struct tz_buf *out);
void tz_ebpf_set_change(const struct tz_plan *plan,
			const struct tz_plan_state *kept, struct tz_buf *out);
void tz_ebpf_set_call(const struct tz_test *test, struct tz_buf *out);

/*
 * locals.c: what the answers to tests and states are kept in, within a
 * function; a rule begins with none.
 */
void tz_ebpf_locals(const struct tz_plan *plan, const struct tz_ir_chain *chain,
		    struct tz_buf *out);
void tz_ebpf_locals_forget(const struct tz_plan *plan,
			   const struct tz_ir_rule *rule, struct tz_buf *out);

/*
 * states.c: what a program keeps for its rules, and the question of one, which
 * is asked once for a rule.
 */
void tz_ebpf_state_defines(const struct tz_plan *plan, struct tz_buf *out);
void tz_ebpf_state_tables(const struct tz_plan *plan, struct tz_buf *out);
void tz_ebpf_state(const struct tz_plan *plan, const struct tz_state *state,
		   struct tz_buf *out);

/* The name of a chain's function. */
void tz_ebpf_chain_name(const struct tz_plan_chain *chain, struct tz_buf *out);
/* How that function is declared: what stands before `int`. */
const char *tz_ebpf_linkage(const struct tz_plan_chain *chain);
/* A chain's function. */
void tz_ebpf_chain(const struct tz_plan *plan,
		   const struct tz_plan_chain *chain, struct tz_buf *out);
/* Text inside a comment: a rule's own words do not end it. */
void tz_ebpf_comment(struct tz_buf *out, const char *text);
/* "file:line" of a span, or nothing when there are no sources. */
void tz_ebpf_place(const struct tz_plan *plan, struct tz_span span,
		   struct tz_buf *out);
/* Sizes of the tables, before the headers; then their contents. */
void tz_ebpf_sizes(const struct tz_plan *plan, struct tz_buf *out);
void tz_ebpf_table_sizes(const struct tz_plan *plan, struct tz_buf *out);
void tz_ebpf_tables(const struct tz_plan *plan, struct tz_buf *out);
