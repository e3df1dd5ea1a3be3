/* SPDX-License-Identifier: GPL-2.0-only */
/* Matches of the IR, one by one; what they are for is in match*.c. */
#include "lower/build.h"

#include <string.h>

struct tz_ir_match *tz_build_match(struct tz_builder *b,
				   enum tz_ir_match_kind kind)
{
	return tz_ir_new_match(b->ir, kind, b->span);
}

void tz_build_add(struct tz_builder *b, struct tz_ir_match *match)
{
	*b->tail = match;
	b->tail = &match->next;
}

struct tz_ir_match *tz_build_opaque(struct tz_builder *b, const char *name,
				    const char *reason,
				    enum tz_ir_effect effect)
{
	struct tz_ir_match *match = tz_build_match(b, TZ_IR_OPAQUE);

	match->opaque.name = name;
	match->opaque.reason = reason;
	match->opaque.effect = effect;
	tz_build_add(b, match);
	return match;
}

void tz_build_test(struct tz_builder *b, enum tz_test_id id, size_t n_args,
		   const uint64_t *args)
{
	struct tz_ir_match *match = tz_build_match(b, TZ_IR_TEST);
	uint64_t *copy = tz_new_array(b->ir->arena, uint64_t, n_args);

	memcpy(copy, args, n_args * sizeof(*args));
	match->test = (struct tz_test){
		.id = id,
		.n_args = n_args,
		.args = copy,
	};
	tz_build_add(b, match);
}

void tz_build_header(struct tz_builder *b, uint8_t bytes, bool is_native)
{
	const struct tz_sema_option *proto = b->rule->proto;
	struct tz_ir_match *match = tz_build_match(b, TZ_IR_HEADER);

	match->header.proto = proto ? proto->proto : 0;
	match->header.bytes = bytes;
	match->header.offset_one_drops = bytes == 20;
	match->header.is_native_in_nft = is_native;
	tz_build_add(b, match);
}

struct tz_ir_match *tz_build_in_intervals(struct tz_builder *b,
					  enum tz_field field,
					  const struct tz_interval *at,
					  size_t n, bool is_inverted)
{
	struct tz_ir_match *match = tz_build_match(b, TZ_IR_IN);
	struct tz_set set = tz_set_of(b->ir->arena, at, n);

	if (is_inverted)
		set = tz_set_complement(b->ir->arena, set,
					tz_field_bits(field, b->family));
	match->in.field = field;
	match->in.set = set;
	return match;
}

struct tz_ir_match *tz_build_in_range(struct tz_builder *b, enum tz_field field,
				      tz_value lo, tz_value hi,
				      bool is_inverted)
{
	struct tz_interval interval = { lo, hi };

	return tz_build_in_intervals(b, field, &interval, lo <= hi,
				     is_inverted);
}

struct tz_ir_match *tz_build_masked(struct tz_builder *b, enum tz_field field,
				    tz_value mask, tz_value value,
				    bool is_inverted)
{
	struct tz_ir_match *match;

	if (value & ~mask)
		return tz_build_in_range(b, field, 1, 0, is_inverted);
	match = tz_build_match(b, TZ_IR_MASKED);
	match->masked.field = field;
	match->masked.mask = mask;
	match->masked.value = value;
	return tz_build_inverted(b, match, is_inverted);
}

struct tz_ir_match *tz_build_with(struct tz_builder *b,
				  enum tz_ir_match_kind kind,
				  struct tz_ir_match *first,
				  struct tz_ir_match *second)
{
	struct tz_ir_match *match = tz_build_match(b, kind);

	first->next = second;
	match->operands = first;
	return match;
}

struct tz_ir_match *tz_build_inverted(struct tz_builder *b,
				      struct tz_ir_match *match,
				      bool is_inverted)
{
	return is_inverted ? tz_build_with(b, TZ_IR_NOT, match, NULL) : match;
}
