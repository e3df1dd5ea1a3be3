/* SPDX-License-Identifier: GPL-2.0-only */
/* Random rule sets as IR text, for plan_random.c. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

/* The generator's own numbers: a seed gives the same rules everywhere. */
struct tz_dice {
	uint64_t state;
};

/* From 0 to @n - 1. */
unsigned int tz_dice_below(struct tz_dice *dice, unsigned int n);

/*
 * Appends the tables of both families. @is_replace: only what can be decided
 * by frames. @size: rules of a table's chains, about; from a few dozen on the
 * runs are searched by tables.
 */
void tz_random_rules(struct tz_dice *dice, bool is_replace, unsigned int size,
		     struct tz_buf *out);
