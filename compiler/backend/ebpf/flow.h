/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Flow graphs as C functions. Of its own, since the plan (opt/plan.h) has
 * terms of another kind.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tz_buf;
struct tz_flow;

/*
 * What the C leans on: macros that begin with a prefix.
 *
 *   PREFIX_BEGIN                 before all else
 *   PREFIX_GET(to, size, offset) loads; leaves the function where it cannot
 *   PREFIX_CALL(to, size, offset)  the same in few instructions
 *   PREFIX_LEN, PREFIX_AD(number)
 *   PREFIX_NO, PREFIX_YES        what the function returns
 *   PREFIX_VALUE(number)         the same of a number
 */
extern const char tz_ebpf_at_ip[];    /* TZ_IP: rules (test_filter.bpf.h) */
extern const char tz_ebpf_at_frame[]; /* TZ_FRAME */

/*
 * The body of a function that says what @flow answers, with its braces.
 * tz_shl, tz_shr and tz_filter_vars come from tamiz/filter.bpf.h.
 */
void tz_ebpf_flow(const struct tz_flow *flow, const char *prefix,
		  struct tz_buf *out);
/*
 * The same of the classic BPF program that the bytes of a test are, which is
 * sound; in front of it, what it asks, as a comment.
 */
void tz_ebpf_program(const uint8_t *bytes, size_t n_bytes, const char *prefix,
		     const char *head, struct tz_buf *out);
