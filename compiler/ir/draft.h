/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inside the sampler: a packet that is not bytes yet, and how it becomes a
 * frame. Random numbers are the sampler's own, so that a seed gives the same
 * packets everywhere.
 */
#pragma once

#include "ir/packet.h"
#include "ir/sample.h"
#include "model/test.h"

struct tz_rng {
	uint64_t state;
};

uint64_t tz_rng_next(struct tz_rng *rng);
/* From 0 to @n - 1; @n is at least 1. */
uint64_t tz_rng_below(struct tz_rng *rng, uint64_t n);
/* True in one of @n calls. */
bool tz_rng_one_in(struct tz_rng *rng, unsigned int n);
void tz_rng_fill(struct tz_rng *rng, uint8_t *bytes, size_t len);

#define TZ_DRAFT_L4_MAX 1400

struct tz_draft {
	enum tz_family family;
	tz_value values[TZ_N_FIELDS]; /* what rules want of the fields */
	uint8_t dst_mac[6];
	uint16_t id;
	uint16_t fragment; /* IPv4: flags and offset */
	/* IPv4: options, a multiple of 4 and at most 40 bytes. IPv6:
	 * extension headers; first_header is the first one's number. */
	uint8_t between[TZ_DRAFT_L4_MAX];
	size_t between_len;
	uint8_t first_header;
	uint8_t l4[TZ_DRAFT_L4_MAX];
	size_t l4_len;
};

/* The L4 header and @payload_len random bytes, with its checksum. */
void tz_draft_fill_l4(struct tz_draft *draft, struct tz_rng *rng,
		      size_t payload_len);
/* The payload that gives the packet the length that values ask for; or @len. */
size_t tz_draft_payload(const struct tz_draft *draft, size_t len);
/* Sets the checksum of layer 4, where its protocol has one. */
void tz_draft_put_checksum(struct tz_draft *draft);
/*
 * Puts what the tests of @rule ask for into layer 4 and behind it, when all in
 * front of it is there (draft_bytes.c). @rule may be NULL.
 */
void tz_draft_put_bytes(struct tz_draft *draft, struct tz_rng *rng,
			const struct tz_ir_rule *rule);
/*
 * The packet from its IP header on, whose first @header bytes are those of IP;
 * bytes behind it may be written up to @room.
 */
struct tz_draft_image {
	enum tz_family family;
	uint8_t *ip;
	size_t header, len, room;
};

/*
 * Writes what the program of @test, which is bpf, asks for into layer 4, and
 * into fields of the IP header that are values (draft_filter.c).
 */
void tz_draft_put_filter(struct tz_draft_image *image, struct tz_rng *rng,
			 const struct tz_test *test);
/* Bytes of the header of @proto: what matches ask for, and a little more. */
size_t tz_draft_header_len(uint8_t proto);
/* Puts an IPv6 extension header in front of those that are there. */
void tz_draft_push_extension(struct tz_draft *draft, uint8_t number,
			     const uint8_t *body, size_t len);
/* @frame->bytes and len; the rest of @frame is the caller's. */
void tz_draft_to_frame(const struct tz_draft *draft,
		       struct tz_sample_frame *frame);
/* Sets the checksum of the IPv4 header at @l3 right, if it is one. */
void tz_frame_fix_checksum(struct tz_sample_frame *frame, size_t l3);

/*
 * Sets values that a rule's tests ask for (draft_ext6.c), before the layer 4
 * header is there; and adds the extension headers that they ask for, behind.
 * @rule may be NULL.
 */
void tz_draft_aim(struct tz_draft *draft, struct tz_rng *rng,
		  const struct tz_ir_rule *rule);
/* draft_set.c: the same for the test set of a rule. */
void tz_draft_aim_set(struct tz_draft *draft, struct tz_rng *rng,
		      const struct tz_test *test);
void tz_draft_add_extensions(struct tz_draft *draft, struct tz_rng *rng,
			     const struct tz_ir_rule *rule);

/* Makes a draft strange, before and after it is a frame (sample_odd.c). */
void tz_draft_make_odd(struct tz_draft *draft, struct tz_rng *rng);
void tz_frame_make_odd(struct tz_sample_frame *frame, struct tz_rng *rng);

/* ---- what rules want (goal.c) ---- */

struct tz_goals;

struct tz_goals *tz_goals_new(struct tz_arena *arena, const struct tz_ir *ir,
			      const struct tz_sample_options *options);
/* The rules that packets are made for; 0 when there is none. */
size_t tz_goals_count(const struct tz_goals *goals);
/*
 * Sets draft->values, and the destination MAC that they ask for, of rule @i and
 * the jumps that lead to it, or, with @i out of range, for no rule. Returns the
 * rule.
 */
const struct tz_ir_rule *tz_goals_set(const struct tz_goals *goals, size_t i,
				      struct tz_rng *rng,
				      struct tz_draft *draft);
