/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Signatures of p0f, version 3, as text: section 5 of p0f's README says what
 * they hold; what they mean for a segment, lower/p0f.h.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/diag.h"

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
