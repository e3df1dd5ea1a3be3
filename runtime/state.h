/* SPDX-License-Identifier: GPL-2.0-only */
/* What is pinned for one device, opened; and putting it in order. */
#pragma once

#include <jansson.h>
#include <net/if.h>

#include "runtime/pin.h"

struct tz_state {
	int link, root, stages, scratch, outcomes; /* -1: not open */
	int counters;     /* of the generation in force */
	int old_counters; /* of from_generation, -1: nothing to add */
	unsigned int gen; /* in force */
	uint32_t root_id, rules_id, ifindex;
	/* The device's name now; "": it is in another network namespace. */
	char ifname[IF_NAMESIZE];
	json_t *meta;
};

#define TZ_STATE_NONE                       \
	((struct tz_state){ .link = -1,     \
			    .root = -1,     \
			    .stages = -1,   \
			    .scratch = -1,  \
			    .outcomes = -1, \
			    .counters = -1, \
			    .old_counters = -1 })

/*
 * Opens what is in force. -ENOENT: nothing is (no directory, or what a killed
 * run or a removed device left behind). -EIO, -EPROTO: damaged, or of another
 * version; *state is not written.
 */
int tz_state_open(const struct tz_pins *pins, const char *ifname,
		  struct tz_state *state, struct tamiz_message *message);
void tz_state_close(struct tz_state *state);

#define _cleanup_state_ __attribute__((cleanup(tz_state_close)))

/*
 * Counts of rule @i of the generation in force: all generations together.
 */
int tz_state_count(const struct tz_state *state, size_t i,
		   struct tamiz_count *count);

/*
 * Gives the pins of renamed devices their present names. What cannot be opened
 * keeps its name. Under the exclusive lock.
 */
int tz_state_follow_names(const struct tz_pins *pins);
/*
 * Removes what is not in force: leftovers of killed runs, and the generation
 * before, once its counters are final and added. Under the exclusive lock.
 */
int tz_state_settle(const struct tz_pins *pins, const char *ifname,
		    struct tamiz_message *message);
