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

/* A rule of iptables with -m bpf. */
struct tz_xt_rule {
	const char *chain;      /* that is made; NULL: the options' */
	struct tz_cbpf program; /* none: every packet */
	const char *more;       /* other matches behind it, or "" */
	const char *target;     /* NULL: the options' */
	bool is_goto;
};

/* Whether a rule names a socket filter. */
bool tz_xt_has_object(const struct tamiz *t);
/* The rules that hold the filter of @t; diagnostics where there are none. */
void tz_xt_build(struct tamiz *t);
/* These as commands. */
void tz_xt_print(const struct tamiz *t, struct tz_buf *out);
void tz_xt_add(struct tamiz *t, struct tz_xt_rule rule);
/* A new chain, its name made of the options'. NULL after a diagnostic. */
const char *tz_xt_new_chain(struct tamiz *t);

/*
 * xt_split.c: rules @like that one, as many as it takes, that lead to its
 * target exactly the packets that @flow matches; the last of their chain. A
 * target that packets come back from is gone to. False after a diagnostic.
 */
bool tz_xt_split(struct tamiz *t, const struct tz_flow *flow,
		 const struct tz_xt_rule *like);
