/* SPDX-License-Identifier: GPL-2.0-only */
/* Inside lower/: the list of a rule's matches while it is made. */
#pragma once

#include "ir/ir.h"
#include "sema/sema.h"

struct tz_builder {
	struct tz_ir *ir;
	enum tz_family family;
	enum tz_table table;
	const struct tz_sema_rule *rule;
	struct tz_ir_match *first, **tail;
	struct tz_span span; /* of the match at hand */
};

struct tz_ir_match *tz_build_match(struct tz_builder *b,
				   enum tz_ir_match_kind kind);
/* Appends @match to the rule's; what follows does it too. */
void tz_build_add(struct tz_builder *b, struct tz_ir_match *match);
struct tz_ir_match *tz_build_opaque(struct tz_builder *b, const char *name,
				    const char *reason,
				    enum tz_ir_effect effect);
void tz_build_test(struct tz_builder *b, enum tz_test_id id, size_t n_args,
		   const uint64_t *args);
/* The rule has @bytes of the header behind IP, which -p names. */
void tz_build_header(struct tz_builder *b, uint8_t bytes, bool is_native);

/* field IN the @n intervals, or not in them. */
struct tz_ir_match *tz_build_in_intervals(struct tz_builder *b,
					  enum tz_field field,
					  const struct tz_interval *at,
					  size_t n, bool is_inverted);
/* field IN lo-hi; empty when lo > hi. */
struct tz_ir_match *tz_build_in_range(struct tz_builder *b, enum tz_field field,
				      tz_value lo, tz_value hi,
				      bool is_inverted);
/* (field & mask) == value, or not; a value outside of the mask never is. */
struct tz_ir_match *tz_build_masked(struct tz_builder *b, enum tz_field field,
				    tz_value mask, tz_value value,
				    bool is_inverted);
struct tz_ir_match *tz_build_with(struct tz_builder *b,
				  enum tz_ir_match_kind kind,
				  struct tz_ir_match *first,
				  struct tz_ir_match *second);
struct tz_ir_match *tz_build_inverted(struct tz_builder *b,
				      struct tz_ir_match *match,
				      bool is_inverted);
