/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the tests of ir/ share: rule sets from IR text, frames from a few
 * numbers (with a builder of their own, not the sampler's), and both engines'
 * verdicts.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ir/eval.h"

/* One arena for all that a test makes; freed by help_teardown. */
extern struct tz_arena *help_arena;
int help_setup(void **state);
int help_teardown(void **state);

/* Fails the test when @text is not sound IR. */
struct tz_ir *help_ir(const char *text);
/* NULL when it is not; then *why is its first diagnostic, as printed. */
struct tz_ir *help_try_ir(const char *text, size_t len, char **why);
char *help_print(const struct tz_ir *ir);

struct frame {
	size_t len;
	uint8_t bytes[1600];
};

/* IPv4 from 10.0.0.1 to 10.0.0.2; @fragment holds flags and offset. */
struct frame help_frame4(uint8_t proto, uint16_t fragment, const void *l4,
			 size_t l4_len);
/* IPv6 from 2001:db8::1 to 2001:db8::2; @payload begins at @next. */
struct frame help_frame6(uint8_t next, const void *payload, size_t len);
/* Sets the IPv4 header's checksum right again. */
void help_fix_checksum(struct frame *frame);
/* A whole TCP or UDP packet of @payload_len zero bytes behind its header. */
struct frame help_ports(enum tz_family family, uint8_t proto, uint16_t sport,
			uint16_t dport, uint8_t flags, size_t payload_len);

/* The frame as the rules see it; fails the test when they do not. */
struct tz_packet help_packet(const struct frame *frame);
bool help_is_filtered(const struct frame *frame);

/*
 * Verdict by @backend on the way to INPUT, arriving on eth0, as a word:
 * "accept", "drop", "reject" or "hotdrop"; opaque matches are false.
 */
const char *help_verdict(const struct tz_ir *ir, const struct frame *frame,
			 enum tz_backend backend);
