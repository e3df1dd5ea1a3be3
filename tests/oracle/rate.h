/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the kernel's rates may answer at a time that is not quite known: every
 * moment between two readings of its clock is tried, with every state that the
 * packets before may have left. Where these do not all say the same, a packet
 * is excluded, and only the states that agree with what was seen go on; when
 * none is left, the kernel, or whoever answered, counts otherwise.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "keep.h"
#include "model/state.h"

/* Of all packets, from the IP header on. */
enum { RATE_LEN = 100, RATE_CANDIDATES_MAX = 128 };

struct rate_sim {
	uint64_t credit, prev, cap;
	bool is_there, was_over;   /* where rates are matched */
	uint64_t earliest, latest; /* nft: when the bucket would be full */
};

struct rate_model {
	const struct tz_state *state;
	/* of hashlimit: of the rule that made the table */
	const struct tz_state *first;
	unsigned int hz;
	bool is_nft;            /* limit in nanoseconds */
	unsigned int n_packets; /* there will be */
	/* From rate_begin on; owned until rate_end. */
	struct rate_candidate {
		struct rate_sim sim;
		uint32_t *jiffies; /* of each packet so far */
	} at[RATE_CANDIDATES_MAX];
	size_t n;
	unsigned int n_seen;
	uint8_t *answers; /* as they were seen */
};

enum rate_said { RATE_JUDGED, RATE_EXCLUDED, RATE_WRONG };

/* The rule was made between these times. */
void rate_begin(struct rate_model *m, struct keep_instant from,
		struct keep_instant to);
/* A packet that came between these was taken by the match, or not. */
enum rate_said rate_see(struct rate_model *m, struct keep_instant from,
			struct keep_instant to, bool answer);
void rate_end(struct rate_model *m);
