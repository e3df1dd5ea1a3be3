/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a program in offload may spend of states that are its own (--state=own):
 * for plan_random.c. A packet goes up, or is dropped, with what it has spent;
 * that must be what the kernel's rules would have spent up to some match,
 * whatever is unknown, and of a dropped packet all of it. States are nth here,
 * whose words count how often they were asked.
 */
#pragma once

#include "ir/eval.h"

struct tz_spend {
	struct tz_arena *arena;
	const struct tz_ir *ir; /* the rules, their states without an effect */
	const struct tz_ir_match **states; /* by place */
	size_t n;
	uint64_t *before, *after; /* the words, for the caller to fill */
	uint64_t n_spent;         /* in all */
};

/* @text: rules as IR text; @logs: the program logs for them. */
void tz_spend_open(struct tz_spend *spend, struct tz_arena *arena,
		   const char *text, size_t len, bool logs);
/* Reads the words of the map @fd. */
void tz_spend_read(const struct tz_spend *spend, int fd, uint64_t *words);
/* NULL when all is well, else what is not. */
const char *tz_spend_judge(struct tz_spend *spend,
			   const struct tz_packet *packet,
			   const struct tz_possible_options *options,
			   bool is_dropped);
