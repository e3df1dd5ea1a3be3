/* SPDX-License-Identifier: GPL-2.0-only */
/* UDP datagrams whose data ends in certain bytes. */
#pragma once

#include "lower/transport.h"

#define TZ_SUFFIX_MAX 128 /* bytes */

/*
 * The @len bytes of @text, which stand at @span, are pairs of hexadecimal
 * digits, with blanks between them at will. The data ends where the UDP header
 * says, not with the packet: Ethernet pads. NULL after a diagnostic.
 * @transport: the protocol is not looked at.
 */
struct tz_flow *tz_suffix_lower(struct tz_arena *arena, struct tz_diags *diags,
				struct tz_span span, const char *text,
				size_t len,
				const struct tz_transport *transport);
