/* SPDX-License-Identifier: GPL-2.0-only */
/* Random matches, for plan_rules.c. */
#pragma once

#include "model/field.h"
#include "plan_rules.h"

struct tz_maker {
	struct tz_dice *dice;
	struct tz_buf *out;
	enum tz_family family;
	bool is_replace, owns_state;
	unsigned int size, n_chains;
	const char *hook;
	bool answers; /* rules reject, and XDP tells the senders */
	bool is_raw;  /* a table of the raw kind: no packet has a state yet */
};

unsigned int tz_maker_below(struct tz_maker *m, unsigned int n);
/* Appends @text. */
void tz_maker_put(struct tz_maker *m, const char *text);
/* Appends the matches of a rule, maybe none. */
void tz_maker_put_matches(struct tz_maker *m);
