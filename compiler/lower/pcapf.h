/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rule files of tcpdump expressions (.pcapf): a rule a line,
 *
 *   drop|accept|count|sample 1/N|limit R/s[:BURST] EXPRESSION  # comment
 *
 * asked one after the other, until one decides. A line may end in '\'; blank
 * lines and those that begin with '#' are none.
 */
#pragma once

#include "base/vec.h"
#include "lower/pcap.h"

enum tz_pcapf_action {
	TZ_PCAPF_DROP,
	TZ_PCAPF_ACCEPT,
	TZ_PCAPF_COUNT,  /* and the next rule is asked */
	TZ_PCAPF_SAMPLE, /* the same; logs every n-th */
	/*
	 * Drops what exceeds the rate, of those that match; the next rule is
	 * asked for the others. They are what a bucket of `burst` tokens has
	 * one for that gets `rate` tokens a second.
	 */
	TZ_PCAPF_LIMIT,
	TZ_PCAPF_N_ACTIONS
};

#define TZ_PCAPF_RATE_MAX 1000000
#define TZ_PCAPF_BURST_MAX 1000000
#define TZ_PCAPF_BURST_DEFAULT 5 /* as -m limit and -m hashlimit have it */
/* As many rules of one file; what fits no table is straight code. */
#define TZ_PCAPF_RULES_MAX 4096
/* Nodes of all their graphs: the passes over them cost time and memory. */
#define TZ_PCAPF_NODES_MAX 262144

struct tz_pcapf_rule {
	struct tz_span span; /* from the action to the end of the expression */
	enum tz_pcapf_action action;
	uint32_t every;       /* SAMPLE */
	uint32_t rate, burst; /* LIMIT */
	const char *text;     /* on one line, without the comment */
	const char *comment;  /* NULL: none */
	struct tz_flow *flow; /* what it takes */
	/* tc: it asks for the VLAN tag, and sees the frame without it. */
	bool asks_tag;
};

struct tz_pcapf {
	TZ_VEC(struct tz_pcapf_rule) rules;
	size_t n_nodes; /* of all their graphs */
};

/* Adds to *n_nodes those of @flow; false after a diagnostic: too many. */
bool tz_pcapf_has_room(struct tz_diags *diags, struct tz_span span,
		       size_t *n_nodes, const struct tz_flow *flow);

const char *tz_pcapf_action_name(enum tz_pcapf_action action);
/*
 * Reads @source and adds its rules to @pcapf; false after diagnostics.
 */
bool tz_pcapf_read(struct tz_arena *arena, struct tz_diags *diags,
		   const struct tz_source *source,
		   const struct tz_pcap_options *options,
		   struct tz_pcapf *pcapf);
