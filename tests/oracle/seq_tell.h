/* SPDX-License-Identifier: GPL-2.0-only */
/* What was measured, summed and told. */
#pragma once

#include "seq_exact.h"
#include "seq_meter.h"

struct tz_seq_result {
	uint64_t packets;     /* frames that XDP judged */
	uint64_t xdp_dropped; /* of them */
	uint64_t found;       /* of them, by conntrack */
	uint64_t raw;         /* dropped by the raw table; skbs from here on */
	uint64_t dropped;     /* by the rules behind it */
	uint64_t alone;       /* of these, packets without an entry */
	uint64_t covered;     /* ... that XDP drops as well */
	uint64_t fragments;   /* ... that came in pieces */
	uint64_t others;      /* ... that are neither TCP nor UDP */
	uint64_t others_covered;
	uint64_t unsound; /* XDP drops what the rules let through */
	/* XDP drops what the rules drop after it has moved its entry on */
	uint64_t unrefreshed;
};

void tz_seq_sum(const struct tz_meter_counts *counts,
		struct tz_seq_result *result);
/*
 * Percent of what the rules drop of packets without an entry, of all and of
 * whole ones of TCP and UDP, of which conntrack can be asked.
 */
double tz_seq_coverage(const struct tz_seq_result *result);
double tz_seq_askable_coverage(const struct tz_seq_result *result);
void tz_seq_tell_result(const char *name, const struct tz_seq_result *result);
void tz_seq_tell_exact(const struct tz_exact_result *result);
void tz_seq_tell_event(const char *name, const struct tz_meter_event *event);
