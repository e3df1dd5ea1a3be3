/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The lists of -m recent in the interpreter (net/netfilter/xt_recent.c,
 * SEMANTICS 6.8): as many addresses as the kernel keeps, the one that was
 * longest not touched going first, and for each its last times.
 */
#pragma once

#include "ir/packet.h"
#include "model/state.h"

struct tz_recent_list;

/*
 * Empty. @first: the rule that makes it, whose mask counts. @stamps: how often
 * an address is remembered.
 */
struct tz_recent_list *tz_recent_list_new(struct tz_arena *arena,
					  const struct tz_state *first,
					  uint32_t entries, uint32_t stamps);
/* A rule that came later may want more. */
void tz_recent_list_want(struct tz_recent_list *list, uint32_t stamps);
/* The answer of a rule, and what it does. @jiffies: now. */
bool tz_recent_list_ask(struct tz_recent_list *list,
			const struct tz_state *state,
			const struct tz_packet *packet, uint32_t hz,
			uint64_t jiffies);
