/* SPDX-License-Identifier: GPL-2.0-only */
/* Random rule sets as IR text, and their programs, for plan_random.c. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <tamiz/runtime.h>

#include "base/buf.h"
#include "ir/eval.h"

/* The generator's own numbers: a seed gives the same rules everywhere. */
struct tz_dice {
	uint64_t state;
};

/* From 0 to @n - 1. */
unsigned int tz_dice_below(struct tz_dice *dice, unsigned int n);

/* Appends a match that keeps a state: nth, or any to which no clock matters. */
void tz_random_nth(struct tz_dice *dice, struct tz_buf *out);
void tz_random_state(struct tz_dice *dice, struct tz_buf *out);
/*
 * Appends the tables of both families. @is_replace: only what can be decided
 * by frames. @owns_state: counts that the program keeps in offload. @size:
 * rules of a table's chains, about; from a few dozen on the runs are searched
 * by tables.
 */
void tz_random_rules(struct tz_dice *dice, bool is_replace, bool owns_state,
		     unsigned int size, struct tz_buf *out);

/* plan_load.c: the rules, or NULL after a message. */
struct tz_ir *tz_plan_parse(struct tz_arena *arena, const struct tz_buf *text);
/* The program for a device, or NULL after a message. */
struct tamiz_program *tz_plan_load(const struct tz_buf *text,
				   unsigned int ifindex, uint64_t seed);
/* Frames that replace judges more strictly than the kernel. */
bool tz_plan_is_exempt(const struct tz_packet *p);
/* Broadcast or multicast. */
bool tz_plan_is_for_all(const struct tz_packet *p);
/* Others the program leaves to the kernel more often than it must. */
bool tz_plan_is_whole(const struct tz_packet *p);
