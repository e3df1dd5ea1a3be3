/* SPDX-License-Identifier: GPL-2.0-only */
/* From counter ids to rules: what the metadata of a generation say. */
#pragma once

#include <jansson.h>

#include <tamiz/log.h>

struct tz_log_rules {
	unsigned int generation;
	json_t *meta; /* owns the texts */
	struct tamiz_log_rule *at;
	size_t n;
};

/* Takes over @meta, also when it fails. */
int tz_log_rules_make(struct tz_log_rules *rules, json_t *meta);
void tz_log_rules_clear(struct tz_log_rules *rules);
/* The rule with this id; @rules NULL: nothing is known. */
struct tamiz_log_rule tz_log_rules_find(const struct tz_log_rules *rules,
					unsigned int id);
/*
 * The value of option @name in the text of a rule, without quotes. Owned;
 * NULL: it has none.
 */
char *tz_log_option(const char *text, const char *name);
