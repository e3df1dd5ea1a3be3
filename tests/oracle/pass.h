/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One pass: all frames through a fresh kernel that holds the rules, alone or
 * with the XDP program in front of it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tamiz/abi.h>
#include <tamiz/runtime.h>

#include "burst.h"
#include "probe.h"
#include "rules.h"
#include "subject.h"
#include "watch.h"

struct tz_pass_options {
	struct tz_kernel kernel;
	bool is_router, merges, uses_conntrack, uses_nat;
	bool has_sockets; /* those of socks.h */
	const struct tamiz_object *xdp; /* NULL: the kernel alone */
	const char *xdp_text;           /* the C of @xdp, or NULL */
	const struct tz_bursts *bursts; /* sent at the end */
};

/* Numbers of what counted a packet, in order. */
struct tz_path {
	uint32_t n;
	uint32_t at[TZ_PATH_MAX];
};

struct tz_pass {
	struct tz_watch_seen *seen; /* per probe */
	struct tz_tally *kernel;    /* per rule: the kernel's counters */
	struct tz_tally *xdp; /* per rule: the program's, of attached frames */
	uint32_t *verdicts;   /* per probe: of the test run, enum xdp_action */
	struct tz_tally *run; /* per rule: the program's, of the test run */
	/* per probe: what the test run counted, if it dropped */
	struct tz_path *paths;
	struct tz_watch_seen *bursts; /* per burst */
};

/* 0, or -errno after a message. Everything is in the arena of @probes. */
int tz_pass_run(const struct tz_subject *subject,
		const struct tz_probes *probes,
		const struct tz_pass_options *options, struct tz_pass *pass);
