/* SPDX-License-Identifier: GPL-2.0-only */
/* Inside tz_packet_parse: reading bytes, and the part for IPv6. */
#pragma once

#include "ir/eval.h"

static inline uint16_t tz_be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

/* The number of @len bytes (at most 16) at @p, the first most significant. */
static inline tz_value tz_bytes_value(const uint8_t *p, size_t len)
{
	tz_value value = 0;

	for (size_t i = 0; i < len; i++)
		value = value << 8 | p[i];
	return value;
}

/* frame, frame_len and l3 are set; fills the rest (packet6.c). */
enum tz_packet_kind tz_packet_parse_ipv6(struct tz_packet *packet);
