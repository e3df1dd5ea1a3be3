/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the test of p0f signatures is held against: a reading of segments of
 * its own, byte by byte, and what it makes of a signature. It shares the names
 * of quirks with the compiler, and the struct that a signature is read into.
 */
#pragma once

#include "lower/p0f.h"
#include "tests/unit/gen_help.h"

/* A segment to be made. */
struct p0f_segment {
	bool is_ipv6;
	uint8_t ttl, tos; /* the traffic class of IPv6 */
	uint16_t id, fragment;
	uint32_t flow_label;
	uint8_t ip_option_words;
	size_t n_headers; /* of IPv6: destination options, 8 bytes each */
	uint32_t seq, ack;
	uint16_t flags, window, urgent; /* flags: and the bits before them */
	uint8_t options[40];
	size_t options_len, payload_len;
};

struct gen_packet p0f_packet(const struct p0f_segment *segment);

/* What p0f sees; false: it looks at no such segment. */
struct p0f_seen {
	bool is_ipv6, is_reply;
	uint8_t ttl, kinds[TZ_P0F_OPTIONS_MAX];
	size_t n_kinds, ip_options, padding;
	uint32_t mss, scale, window, quirks;
	bool has_data;
};
bool p0f_see(const struct gen_packet *packet, struct p0f_seen *seen);
bool p0f_fits(const struct tz_p0f *signature, const struct p0f_seen *seen);
/* A signature of what was seen; every field may be told in several ways. */
void p0f_describe(const struct p0f_seen *seen, char *out, size_t size);
