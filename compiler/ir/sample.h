/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Packets made from rules: for every rule frames that its known matches take,
 * and for every field values just inside and just outside its bounds; then
 * variations that hurry a parser (fragments, options, extension headers,
 * truncations, bad lengths, tags, random bytes). Deterministic for a seed.
 * Used by `tamiz check` to measure coverage and by tests/oracle.
 */
#pragma once

#include "ir/ir.h"

#define TZ_SAMPLE_FRAME_MAX 1514

enum tz_sample_kind {
	TZ_SAMPLE_PLAIN,    /* whole, well-formed */
	TZ_SAMPLE_FRAGMENT, /* one of a train; `train` numbers it */
	TZ_SAMPLE_SHORT,    /* L4 header cut */
	TZ_SAMPLE_ODD,      /* options, extension headers, tags, bad lengths */
	TZ_SAMPLE_RANDOM,
};

struct tz_sample_frame {
	enum tz_sample_kind kind;
	const struct tz_ir_rule *rule; /* it was made for; NULL: none */
	uint32_t train; /* of a fragment: which datagram, from 1; else 0 */
	size_t len;
	uint8_t bytes[TZ_SAMPLE_FRAME_MAX];
};

struct tz_sampler;

struct tz_sample_options {
	uint64_t seed;
	enum tz_family family;
	uint8_t src_mac[6], dst_mac[6];
	const char *ifname; /* frames arrive here; NULL: any */
	/* Shares of 256; what remains is PLAIN. */
	uint8_t fragments, short_ones, odd, random;
	/* Avoid martian sources and destinations (SEMANTICS 1.4). */
	bool avoids_martians;
};

struct tz_sampler *tz_sampler_new(struct tz_arena *arena,
				  const struct tz_ir *ir,
				  const struct tz_sample_options *options);
/* Fills @frame with the next one; goes round the rules without end. */
void tz_sampler_next(struct tz_sampler *sampler, struct tz_sample_frame *frame);
