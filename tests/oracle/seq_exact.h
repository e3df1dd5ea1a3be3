/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whether rules that `check` calls exact, of packets of known connections too,
 * match what the interpreter says: a chain in front of the filter table's rules
 * has the matches of them all, without targets, and the kernel counts.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "rules.h"
#include "subject.h"

struct tz_exact;

struct tz_exact_result {
	size_t rules, packets, pairs;
	size_t broken;    /* packets that are not whole, or not in order */
	size_t misjudged; /* states that packets had, and were not to have */
	size_t unknown;   /* pairs whose value is not known after all */
	size_t different; /* rules whose counters say something else */
};

/*
 * The text of @subject with such a chain, which what comes by its device goes
 * through first; in the arena of @subject. NULL: no rule is to be watched.
 */
char *tz_exact_text(const struct tz_subject *subject);
/* @subject: of that text. In its arena. */
struct tz_exact *tz_exact_open(const struct tz_subject *subject, bool is_nft,
			       size_t shown_max);
/* Judges a struct tz_meter_packet: a callback of tz_meter_watch_filter. */
int tz_exact_take(void *exact, void *packet, size_t len);
/* Reads the kernel's counters. 0, or -EINVAL after a message. */
int tz_exact_read(struct tz_exact *exact, const struct tz_kernel *kernel);
/* Whether no packet has been judged since. */
bool tz_exact_is_fresh(const struct tz_exact *exact);
/* Compares what was read with what was judged. */
void tz_exact_sum(struct tz_exact *exact, struct tz_exact_result *result);
