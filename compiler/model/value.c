/* SPDX-License-Identifier: GPL-2.0-only */
/* Interval arithmetic; every result is normalised. */
#include "model/value.h"

#include <stdlib.h>
#include <string.h>

tz_value tz_value_max(unsigned int bits)
{
	return bits >= 128 ? ~(tz_value)0 : ((tz_value)1 << bits) - 1;
}

struct tz_interval tz_interval_of_prefix(tz_value value,
					 unsigned int prefix_bits,
					 unsigned int bits)
{
	tz_value host = tz_value_max(bits);

	if (prefix_bits >= bits)
		host = 0;
	else if (prefix_bits)
		host = tz_value_max(bits - prefix_bits);
	return (struct tz_interval){ value & ~host, value | host };
}

static int compare_lo(const void *a, const void *b)
{
	const struct tz_interval *x = a, *y = b;

	return (x->lo > y->lo) - (x->lo < y->lo);
}

struct tz_set tz_set_of(struct tz_arena *arena, const struct tz_interval *at,
			size_t n)
{
	struct tz_interval *list = tz_new_array(arena, struct tz_interval, n);
	size_t n_out = 0;

	if (!n)
		return (struct tz_set){ 0 };
	memcpy(list, at, n * sizeof(*at));
	qsort(list, n, sizeof(*list), compare_lo);
	for (size_t i = 1; i < n; i++) {
		struct tz_interval *last = &list[n_out];

		if (last->hi == ~(tz_value)0 || list[i].lo <= last->hi + 1) {
			if (list[i].hi > last->hi)
				last->hi = list[i].hi;
		} else {
			list[++n_out] = list[i];
		}
	}
	return (struct tz_set){ list, n_out + 1 };
}

struct tz_set tz_set_complement(struct tz_arena *arena, struct tz_set set,
				unsigned int bits)
{
	struct tz_interval *list =
		tz_new_array(arena, struct tz_interval, set.n + 1);
	tz_value next = 0, max = tz_value_max(bits);
	size_t n = 0;

	for (size_t i = 0; i < set.n; i++) {
		if (set.at[i].lo > next)
			list[n++] =
				(struct tz_interval){ next, set.at[i].lo - 1 };
		if (set.at[i].hi >= max)
			return (struct tz_set){ list, n };
		next = set.at[i].hi + 1;
	}
	list[n++] = (struct tz_interval){ next, max };
	return (struct tz_set){ list, n };
}

struct tz_set tz_set_intersect(struct tz_arena *arena, struct tz_set a,
			       struct tz_set b)
{
	struct tz_interval *list =
		tz_new_array(arena, struct tz_interval, a.n + b.n);
	size_t n = 0;

	for (size_t i = 0, j = 0; i < a.n && j < b.n;) {
		const struct tz_interval *x = &a.at[i], *y = &b.at[j];
		tz_value lo = x->lo > y->lo ? x->lo : y->lo;
		tz_value hi = x->hi < y->hi ? x->hi : y->hi;

		if (lo <= hi)
			list[n++] = (struct tz_interval){ lo, hi };
		if (x->hi < y->hi)
			i++;
		else
			j++;
	}
	return (struct tz_set){ list, n };
}

bool tz_set_has(struct tz_set set, tz_value value)
{
	for (size_t i = 0; i < set.n && set.at[i].lo <= value; i++)
		if (value <= set.at[i].hi)
			return true;
	return false;
}

bool tz_set_equal(struct tz_set a, struct tz_set b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (a.at[i].lo != b.at[i].lo || a.at[i].hi != b.at[i].hi)
			return false;
	return true;
}

bool tz_set_is_full(struct tz_set set, unsigned int bits)
{
	return set.n == 1 && set.at[0].lo == 0 &&
	       set.at[0].hi == tz_value_max(bits);
}
