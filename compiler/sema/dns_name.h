/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Patterns of DNS names (RFC 1035, 3.1).
 *
 * A pattern is a name whose labels may hold `?`, one byte, and one `*` each:
 *
 *	example.com	this name; a dot at the end changes nothing
 *	.		the root
 *	*.example.com	one label of any length before it
 *	ex*ple.test	any number of bytes, also none
 *	*{3-8}.test	3 to 8 bytes; *{4}: four
 *	example.**	any number of labels behind it, also none
 *
 * `\` makes the next character ordinary, \DDD is the byte of that decimal
 * number (RFC 1035, 5.1). A question whose type and class are not in the
 * packet is none of these; behind `**` five more bytes are asked for, and no
 * more is looked at. Several patterns match what one of them does.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/vec.h"

#define TZ_DNS_LABEL_MAX 63
#define TZ_DNS_NAME_MAX 255 /* with all length bytes: RFC 1035, 2.3.4 */
#define TZ_DNS_NAMES_MAX 256

/* A byte of a label; any: what `?` is. */
struct tz_dns_byte {
	uint8_t value;
	bool is_any;
};

struct tz_dns_label {
	struct tz_dns_byte *bytes;
	uint8_t n;
	bool has_star;
	uint8_t star;     /* bytes that stand before it */
	uint8_t min, max; /* bytes that it may stand for */
};

struct tz_dns_name {
	TZ_VEC(struct tz_dns_label) labels;
	bool is_open; /* ends in ** */
};

/*
 * The @len bytes of @text stand at @span in the sources of @diags. False after
 * a diagnostic.
 */
bool tz_dns_parse(struct tz_arena *arena, struct tz_diags *diags,
		  struct tz_span span, const char *text, size_t len,
		  struct tz_dns_name *name);
