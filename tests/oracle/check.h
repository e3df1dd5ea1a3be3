/* SPDX-License-Identifier: GPL-2.0-only */
/* Compares what the kernel did with what the interpreter and XDP say. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "ir/eval.h"
#include "pass.h"
#include "probe.h"
#include "subject.h"

struct tz_check {
	const struct tz_subject *subject;
	const struct tz_probes *probes;
	const struct tz_bursts *bursts;
	const struct tz_pass *alone;  /* the kernel alone */
	const struct tz_pass *behind; /* behind XDP; NULL: not run */
	int64_t clock_ns[2]; /* before and behind the passes */
	enum tz_backend backend;
	/* XDP is not made from the rules: its counters mean other rules. */
	bool is_foreign;
	bool is_router;    /* of frames that were not routed, what would be */
	bool has_sockets;  /* those of socks.h */
	bool merges;       /* GRO: the rules see fewer packets than XDP */
	size_t shown_max;  /* how many findings are told on stderr */
	bool shows_missed; /* tell of what XDP could drop, and does not */
	size_t n_shown;
};

struct tz_result {
	size_t packets;
	size_t unfiltered; /* netfilter never saw them */
	size_t held;       /* fragments that wait for others */
	size_t excluded;   /* died outside of the rules */
	size_t open;       /* the interpreter cannot know */
	size_t compared;   /* with the interpreter */
	size_t dropped;    /* by the kernel's rules */
	size_t droppable;  /* brute force: XDP may drop them */
	size_t covered;    /* ... and does */
	size_t xdp_dropped;
	size_t mismatches; /* interpreter and kernel, or XDP and interpreter */
	size_t unsound;    /* XDP drops what the kernel accepts */
	size_t counters;   /* counters that do not add up */
	bool counters_compared;
	size_t bursts, merged; /* segments of a flow at once; came as fewer */
};

/*
 * Takes out the frames that died outside of the rules (SEMANTICS 1.4) and adds
 * their number to *@n_excluded. Returns whether there were any.
 */
bool tz_check_exclude(struct tz_probes *probes, const struct tz_pass *alone,
		      size_t *n_excluded);
void tz_check_run(struct tz_check *check, struct tz_result *result);
