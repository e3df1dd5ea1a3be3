/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Filters of the opening segments of TCP by a signature of p0f, version 3:
 *
 *	ver:ittl:olen:mss:wsize,scale:olayout:quirks:pclass
 *
 * as in section 5 of p0f's README. A segment matches when p0f would find the
 * signature to be exact: its TTL is at most ittl and less than that by 35 or
 * fewer ("64-": by any number), and each of the quirks is there or not as the
 * signature says. What p0f calls fuzzy is no match.
 *
 * Where its words leave a choice, p0f's sources decide (process.c, fp_tcp.c),
 * but for these, where they fail what the README says:
 *
 *  - ack+ is any ACK number but 0; the source looks at one bit of it.
 *  - mss*N is N times the MSS of the segment, mtu*N N times that and 40 bytes
 *    (IPv6: 60). p0f guesses further, MSS less 12 and an MTU of 1500 among
 *    others.
 *  - olen of IPv6 is the length of the extension headers, of which p0f never
 *    finds any.
 *
 * With the sources, 0+ in a signature of any version asks IPv6 for what it
 * never has, and of the reserved bits of TCP only that of RFC 3540 is looked
 * at, for ecn.
 */
#pragma once

#include "lower/transport.h"
#include "sema/p0f_signature.h"

/* How much less than in the signature a TTL may be. */
#define TZ_P0F_DISTANCE 35

struct tz_p0f_options {
	enum tz_link link;
	bool is_reply; /* a signature of SYN+ACK, else of SYN */
};

/* A graph that always rejects: no segment can be as the signature says. */
struct tz_flow *tz_p0f_lower(struct tz_arena *arena,
			     const struct tz_p0f *signature,
			     const struct tz_p0f_options *options);
