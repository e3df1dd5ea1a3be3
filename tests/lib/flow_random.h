/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Random flow graphs whose tests meet the same few terms again and again, and
 * packets that answer them either way. The same seed gives the same graph.
 */
#pragma once

#include "flow/flow.h"

struct tz_flow *tz_flow_random(struct tz_arena *arena, unsigned int *seed);
/* Fills @frame, and @packet over it, of up to @max bytes. */
void tz_flow_random_packet(unsigned int *seed, uint8_t *frame, size_t max,
			   struct tz_filter_packet *packet);
