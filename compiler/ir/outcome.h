/* SPDX-License-Identifier: GPL-2.0-only */
/* What a match may come to, as a set, and how NOT, AND and OR combine sets. */
#pragma once

#include "ir/ir.h"

struct tz_view;

/* A set of outcomes; a known match has one. */
enum {
	TZ_OUTCOME_FALSE = 1,
	TZ_OUTCOME_TRUE = 2,
	TZ_OUTCOME_HOTDROP = 4,
	/* nft: the rule does not match, whatever negates (SEMANTICS 11.1) */
	TZ_OUTCOME_BREAK = 8,
	TZ_OUTCOME_UNKNOWN = TZ_OUTCOME_FALSE | TZ_OUTCOME_TRUE,
};

static inline unsigned int tz_outcome_of(bool is_true)
{
	return is_true ? TZ_OUTCOME_TRUE : TZ_OUTCOME_FALSE;
}

/* The outcomes of @leaf, whose kind is none of NOT, AND, OR. */
typedef unsigned int tz_outcome_leaf(void *arg, const struct tz_ir_match *leaf);

/*
 * The outcomes of @first and all that follow it: of a rule, or of what is left
 * of one. @leaf is asked of those leaves that are reached and that
 * tz_view_quick does not know. All of them are taken as independent.
 */
unsigned int tz_outcome_of_all(const struct tz_view *view,
			       const struct tz_ir_match *first,
			       tz_outcome_leaf *leaf, void *arg);
