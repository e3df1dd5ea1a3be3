/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sets of a device: pinned as set0_<gen>, set1_<gen> ... by the number that
 * they have among the files' sets, and described in the metadata:
 *	sets[{number name create list digest lists}]
 * digest is what the files said when the generation was made, so that a set
 * that they leave as it was goes on with its members; lists: of a list, the
 * names of its sets.
 */
#pragma once

#include <jansson.h>

#include "runtime/change.h"

/* A new array; NULL without memory. */
json_t *tz_sets_describe(const struct tamiz *rules);
/*
 * Replace: gives @part->program the maps of sets that are now what they were
 * in the generation before.
 */
int tz_sets_take(const struct tz_job *job, struct tz_part *part);
int tz_sets_pin(const struct tz_job *job, const struct tz_part *part);
