/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Values of fields, and sets of them as normalised lists of intervals: sorted,
 * disjoint, and never adjacent. A value is a number of up to 128 bits in host
 * order (an IPv6 address's first byte is its most significant).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

typedef unsigned __int128 tz_value;

struct tz_interval {
	tz_value lo, hi; /* both belong to it; lo <= hi */
};

struct tz_set {
	const struct tz_interval *at;
	size_t n; /* 0: the empty set */
};

/* The largest value of a field of @bits (1 to 128). */
tz_value tz_value_max(unsigned int bits);
/* The interval of the prefix @value/@prefix_bits in a field of @bits. */
struct tz_interval tz_interval_of_prefix(tz_value value,
					 unsigned int prefix_bits,
					 unsigned int bits);

/* Sorts and merges @n intervals, in any order and overlapping. */
struct tz_set tz_set_of(struct tz_arena *arena, const struct tz_interval *at,
			size_t n);
struct tz_set tz_set_complement(struct tz_arena *arena, struct tz_set set,
				unsigned int bits);
struct tz_set tz_set_intersect(struct tz_arena *arena, struct tz_set a,
			       struct tz_set b);
bool tz_set_has(struct tz_set set, tz_value value);
bool tz_set_equal(struct tz_set a, struct tz_set b);
bool tz_set_is_full(struct tz_set set, unsigned int bits);
