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

enum tz_p0f_quirk {
	TZ_P0F_DF = 1 << 0,
	TZ_P0F_ID_SET = 1 << 1,  /* id+ */
	TZ_P0F_ID_ZERO = 1 << 2, /* id- */
	TZ_P0F_ECN = 1 << 3,
	TZ_P0F_RESERVED = 1 << 4, /* 0+ */
	TZ_P0F_FLOW = 1 << 5,
	TZ_P0F_SEQ_ZERO = 1 << 6,   /* seq- */
	TZ_P0F_ACK_SET = 1 << 7,    /* ack+ */
	TZ_P0F_ACK_ZERO = 1 << 8,   /* ack- */
	TZ_P0F_URGENT_SET = 1 << 9, /* uptr+ */
	TZ_P0F_URG = 1 << 10,       /* urgf+ */
	TZ_P0F_PUSH = 1 << 11,      /* pushf+ */
	TZ_P0F_TS1_ZERO = 1 << 12,  /* ts1- */
	TZ_P0F_TS2_SET = 1 << 13,   /* ts2+ */
	TZ_P0F_PADDING = 1 << 14,   /* opt+ */
	TZ_P0F_SCALE = 1 << 15,     /* exws */
	TZ_P0F_BAD = 1 << 16,
};

enum tz_p0f_window {
	TZ_P0F_WINDOW_ANY,
	TZ_P0F_WINDOW_IS,
	TZ_P0F_WINDOW_OF_MSS,
	TZ_P0F_WINDOW_OF_MTU,
	TZ_P0F_WINDOW_MULTIPLE,
};

enum tz_p0f_payload { TZ_P0F_NO_DATA, TZ_P0F_DATA, TZ_P0F_ANY_DATA };

/* Kinds of TCP options: RFC 9293 3.1, 7323, 2018. */
enum {
	TZ_TCP_EOL = 0,
	TZ_TCP_NOP = 1,
	TZ_TCP_MSS = 2,
	TZ_TCP_SCALE = 3,
	TZ_TCP_SACK_OK = 4,
	TZ_TCP_SACK = 5,
	TZ_TCP_TIMESTAMP = 8,
};

#define TZ_P0F_ANY UINT32_MAX
/* As many as p0f looks at. */
#define TZ_P0F_OPTIONS_MAX 24
#define TZ_P0F_DISTANCE 35

struct tz_p0f {
	bool ipv4, ipv6;
	uint8_t ttl;
	bool any_distance;
	uint8_t ip_options;
	uint32_t mss, scale; /* TZ_P0F_ANY */
	enum tz_p0f_window window;
	uint32_t window_number;
	uint8_t options[TZ_P0F_OPTIONS_MAX];
	size_t n_options;
	uint8_t padding; /* bytes behind EOL, the last option */
	uint32_t quirks;
	enum tz_p0f_payload payload;
};

/*
 * The @len bytes of @text stand at @span in the sources of @diags. False after
 * a diagnostic.
 */
bool tz_p0f_parse(struct tz_arena *arena, struct tz_diags *diags,
		  struct tz_span span, const char *text, size_t len,
		  struct tz_p0f *signature);

struct tz_p0f_options {
	enum tz_link link;
	bool is_reply; /* a signature of SYN+ACK, else of SYN */
};

/* A graph that always rejects: no segment can be as the signature says. */
struct tz_flow *tz_p0f_lower(struct tz_arena *arena,
			     const struct tz_p0f *signature,
			     const struct tz_p0f_options *options);
