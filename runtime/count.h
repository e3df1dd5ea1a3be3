/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which rules of two rule sets are the same, and what they counted in all
 * generations together. A rule counts in two places (count.bpf.h): in force,
 * and in monitor mode.
 */
#pragma once

#include <jansson.h>

#include <tamiz/runtime.h>

struct tz_tally {
	struct tamiz_count xdp;   /* in force */
	struct tamiz_count would; /* in monitor mode */
};

/* The counters of one generation. */
struct tz_counters {
	int fd;           /* -1: none */
	uint32_t n_rules; /* half of the map's entries */
};

#define TZ_COUNTERS_NONE ((struct tz_counters){ .fd = -1 })

/* What rule @i counted in this generation. */
int tz_count_read(const struct tz_counters *counters, uint64_t i,
		  struct tz_tally *tally);
void tz_count_add(struct tz_tally *sum, struct tz_tally more);
struct tz_tally tz_count_base(const json_t *rule);

/*
 * From the identity of each rule (family, table, chain, text, and which of
 * the rules with the same text it is) to its index in the array @rules.
 */
json_t *tz_count_index(const json_t *rules);
/* The index in @index of every rule of @rules; -1: not there. Owned. */
int *tz_count_match(const json_t *rules, const json_t *index);

/* Makes the rules of @meta go on counting where those of @old stand. */
int tz_count_carry(json_t *meta, const json_t *old);
/*
 * @meta was in force before @left, and comes back with its own @counters:
 * its rules go on where those of @left stand.
 */
int tz_count_return(json_t *meta, const json_t *left,
		    const struct tz_counters *counters);
/* Adds the counters of from_generation for good. */
int tz_count_fold(json_t *meta, const struct tz_counters *old);
