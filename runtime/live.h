/* SPDX-License-Identifier: GPL-2.0-only */
/* The rules in the kernel, as the runtime's own parts look at them. */
#pragma once

#include <jansson.h>

#include <tamiz/runtime.h>

/* What one *-save command printed. */
struct tz_live_set {
	enum tamiz_backend backend;
	int family;
	char *text; /* owned */
	struct tamiz *compiled;
	json_t *rules;              /* tz_meta_rules of it */
	json_t *index;              /* tz_meta_index of it */
	struct tamiz_count *counts; /* of rules, by their index */
};

#define TZ_LIVE_SETS 4

struct tamiz_live {
	struct tz_live_set sets[TZ_LIVE_SETS];
	size_t n;
	bool has_nat;
};

/* Where a rule is live. */
struct tz_live_place {
	int set, rule;         /* the first place; -1: nowhere */
	unsigned int backends; /* all: bits by enum tamiz_backend */
};

/* The places of all @rules, in the same order. Owned; NULL without memory. */
struct tz_live_place *tz_live_find(const struct tamiz_live *live,
				   const json_t *rules);
