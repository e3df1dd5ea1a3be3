/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Filters inside the compilation: what filter.c, xt.c and xt_split.c share.
 */
#pragma once

#include "compile.h"
#include "lower/pcap.h"

/* What a packet begins with for the target, and how expressions are read. */
enum tz_link tz_filter_link(const struct tamiz_options *options);
struct tz_pcap_options
tz_filter_pcap_options(const struct tamiz_options *options);
struct tz_span tz_filter_span(const struct tz_source *source);
/* How many instructions the options and the target allow. */
unsigned int tz_filter_max_insns(const struct tamiz_options *options);

/*
 * What any of @n filters matches, each standing alone: where one of them would
 * end, the next one is asked.
 */
const struct tz_flow *tz_filter_any(struct tz_arena *arena,
				    const struct tz_flow *const *flows,
				    size_t n);
/* @flow, optimised unless the options say no. */
const struct tz_flow *tz_filter_shorten(const struct tamiz *t,
					struct tz_arena *arena,
					const struct tz_flow *flow);

/* As tz_cbpf_emit() for the target. */
bool tz_filter_program(const struct tamiz *t, const struct tz_flow *flow,
		       struct tz_cbpf *program, size_t *needed);

/* Where the ways through rules of expressions end: nodes of every graph. */
struct tz_filter_ends {
	uint32_t drop, accept, undecided;
};

/* filter_rules.c: files of rules, whose lines come to t->lines. */
bool tz_filter_has_rules(const struct tamiz *t);
/* False after a diagnostic. */
bool tz_filter_read_rules(struct tamiz *t);
/* Of the lines from @begin to @end those that drop or accept. */
const struct tz_flow *tz_filter_of_rules(struct tamiz *t, size_t begin,
					 size_t end,
					 const struct tz_filter_ends *ends);
/* What all lines accept; diagnostics where one does more. */
const struct tz_flow *tz_filter_of_all_rules(struct tamiz *t);

/* A rule of iptables with -m bpf. */
struct tz_xt_rule {
	const char *chain;      /* that is made; NULL: the options' */
	struct tz_cbpf program; /* none: every packet */
	const char *more;       /* other matches behind it, or "" */
	const char *target;     /* NULL: the options'; "": none */
	bool is_goto;
};

/* Whether a rule names a socket filter. */
bool tz_xt_has_object(const struct tamiz *t);
/* The rules that hold the filter of @t; diagnostics where there are none. */
void tz_xt_build(struct tamiz *t);
/* These as commands. */
void tz_xt_print(const struct tamiz *t, struct tz_buf *out);
void tz_xt_add(struct tamiz *t, struct tz_xt_rule rule);
/* How what is made is called. */
const char *tz_xt_name(const struct tamiz *t);
/* A new chain, its name made of the options'. NULL after a diagnostic. */
const char *tz_xt_new_chain(struct tamiz *t);

/* xt_rules.c: whether lines only drop and accept, and what they drop then. */
bool tz_xt_rules_only_decide(const struct tamiz *t);
/* Else what any of them takes. */
const struct tz_flow *tz_xt_filter_of_rules(struct tamiz *t);
/* A chain that does what the lines do. False after a diagnostic. */
bool tz_xt_build_rules(struct tamiz *t);

/*
 * xt_split.c: rules @like that one, as many as it takes, that lead to its
 * target exactly the packets that @flow matches. A target that packets come
 * back from is gone to, and they are @is_last, the last of their chain. False
 * after a diagnostic.
 */
bool tz_xt_split(struct tamiz *t, const struct tz_flow *flow,
		 const struct tz_xt_rule *like, bool is_last);
