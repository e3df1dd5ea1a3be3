/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inside the parser of IR text: parse.c reads chains and rules, parse_match.c
 * the matches of a rule. A function that returns bool has recorded the error
 * when it is false; only the first one is told.
 */
#pragma once

#include "ir/text.h"

/* A jump whose chain may stand further down. */
struct tz_ir_jump {
	struct tz_ir_rule *rule;
	const char *name;
	struct tz_span span;
};

struct tz_ir_parser {
	struct tz_ir_scanner scan;
	struct tz_diags *diags;
	struct tz_ir *ir;
	struct tz_ir_chain *chain;
	TZ_VEC(struct tz_ir_jump) jumps;
	bool has_failed;
};

/* Records the first error. Returns false. */
bool tz_ir_fail(struct tz_ir_parser *p, const char *wanted);
/* Whether the word in hand is @word; accept takes it, or the sign. */
bool tz_ir_at_word(const struct tz_ir_parser *p, const char *word);
bool tz_ir_accept_word(struct tz_ir_parser *p, const char *word);
bool tz_ir_accept_sign(struct tz_ir_parser *p, char sign);
/* Takes what must stand here. */
bool tz_ir_want_sign(struct tz_ir_parser *p, char sign);
bool tz_ir_want_string(struct tz_ir_parser *p, const char **text);
bool tz_ir_want_number(struct tz_ir_parser *p, uint64_t max, uint64_t *number);

/* A match of the rule in hand; @depth: how deep it is nested. */
bool tz_ir_parse_match(struct tz_ir_parser *p, struct tz_ir_match **out,
		       unsigned int depth);
