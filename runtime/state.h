/* SPDX-License-Identifier: GPL-2.0-only */
/* What is pinned for one device, opened. */
#pragma once

#include <jansson.h>

#include "runtime/count.h"
#include "runtime/hook.h"
#include "runtime/pin.h"

struct tz_state {
	int link, root, stages, scratch, outcomes; /* -1: not open */
	int control; /* of the generation in force */
	struct tz_counters counters;
	struct tz_counters old_counters; /* of from_generation, if it adds */
	unsigned int gen;                /* in force */
	/*
	 * On trial, waiting for or over its deadline: `tried` is the generation
	 * that is to be confirmed. Over: `gen` is the one before, and meta says
	 * what it counts now; with is_void there was none, and all speaks of
	 * the tried one.
	 */
	enum tamiz_trial trial;
	unsigned int tried;
	bool is_void;
	int64_t left_ms; /* until the deadline; below 0: since then */
	uint32_t root_id, rules_id, ifindex;
	enum tamiz_hook hook;
	/*
	 * The name of the place now (hook.h); "": the device is in another
	 * network namespace.
	 */
	char ifname[TZ_PLACE_LEN];
	json_t *meta;
};

#define TZ_STATE_NONE                             \
	((struct tz_state){                       \
		.link = -1,                       \
		.root = -1,                       \
		.stages = -1,                     \
		.scratch = -1,                    \
		.outcomes = -1,                   \
		.control = -1,                    \
		.counters = TZ_COUNTERS_NONE,     \
		.old_counters = TZ_COUNTERS_NONE, \
	})

/*
 * Opens what is in force. -ENOENT: nothing is (no directory, or what a killed
 * run or a removed device left behind). -EIO, -EPROTO: damaged, or of another
 * version. -ENOMEM and the like: not known. *state is not written then.
 */
int tz_state_open(const struct tz_pins *pins, const char *ifname,
		  struct tz_state *state, struct tamiz_message *message);
void tz_state_close(struct tz_state *state);

#define _cleanup_state_ __attribute__((cleanup(tz_state_close)))

/*
 * Counts of rule @i of the generation in force: all generations together.
 */
int tz_state_count(const struct tz_state *state, size_t i,
		   struct tz_tally *tally);

/* The metadata and the counters of a generation that is pinned. */
int tz_state_generation(const struct tz_pins *pins, const char *ifname,
			unsigned int gen, json_t **meta,
			struct tz_counters *counters);
/* Bits of enum TZ_CONTROL_*: what the generation in force is told. */
int tz_state_flags(const struct tz_state *state, uint32_t *flags);
int tz_state_set_flags(const struct tz_state *state, uint32_t flags);
/*
 * Generation @gen comes back after others: requests of ICMP that it refuses may
 * have entries since then, and go up from now on.
 */
int tz_state_doubt_requests(const struct tz_pins *pins, const char *ifname,
			    unsigned int gen);
