/* SPDX-License-Identifier: GPL-2.0-only */
/* The frames of a test: drawn from the rules, or read from a capture. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/vec.h"
#include "ir/ir.h"
#include "ir/sample.h"
#include "send.h"

struct tz_probe {
	struct tz_frame_ref frame; /* in the arena */
	enum tz_sample_kind kind;
	uint32_t train; /* fragments of one datagram, from 1; else 0 */
	const struct tz_ir_rule *rule; /* it was made for; NULL: none */
};

struct tz_probes {
	struct tz_arena *arena;
	TZ_VEC(struct tz_probe) all;
};

struct tz_probe_options {
	uint64_t seed;
	size_t n;
	enum tz_family family;
	const char *dev;
};

/* Adds @options->n frames made from the rules of @ir. */
void tz_probe_sample(struct tz_probes *probes, const struct tz_ir *ir,
		     const struct tz_probe_options *options);
/*
 * Adds at most @options->n frames of a capture, sent to the lab's device.
 * 0, or -EINVAL after a message.
 */
int tz_probe_read(struct tz_probes *probes, const char *path,
		  const struct tz_probe_options *options);
