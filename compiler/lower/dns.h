/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Filters of DNS queries: datagrams of UDP to port 53, by the name of their
 * first question (RFC 1035, 4.1), and by whether they are sane.
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

#include "lower/transport.h"

#define TZ_DNS_PORT 53
#define TZ_DNS_LABEL_MAX 63
#define TZ_DNS_NAME_MAX 255 /* with all length bytes: RFC 1035, 2.3.4 */
#define TZ_DNS_NAMES_MAX 256
/* Labels that a sane name may have: one byte each. */
#define TZ_DNS_LABELS_MAX 127

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

struct tz_dns_options {
	enum tz_link link;
	bool ipv4, ipv6;
	/* The headers before the DNS message are not looked at. */
	bool is_bare;
	bool ignores_case;
	uint16_t port;
};

/*
 * The @len bytes of @text stand at @span in the sources of @diags. False after
 * a diagnostic.
 */
bool tz_dns_parse(struct tz_arena *arena, struct tz_diags *diags,
		  struct tz_span span, const char *text, size_t len,
		  struct tz_dns_name *name);
struct tz_flow *tz_dns_lower(struct tz_arena *arena,
			     const struct tz_dns_name *names, size_t n_names,
			     const struct tz_dns_options *options);

/*
 * lower/dns_valid.c: the datagrams that are sane queries or, if @is_inverted,
 * those to the port that are not. Sane: the datagram's length is inside the
 * packet and holds a DNS header and a question; QR, AA, TC and RCODE are 0 and
 * so is the opcode; one question, no answer, no authority, at most two
 * additional records; the name has no label over 63 bytes, no compression, at
 * most 255 bytes; where there are additional records, one of at least 11 bytes
 * follows the question, and if it is of EDNS (RFC 6891), its data is inside.
 * Of a name with more than @n_labels labels (1 ... 127) those are looked at,
 * and nothing behind them.
 */
struct tz_flow *tz_dns_lower_valid(struct tz_arena *arena,
				   unsigned int n_labels, bool is_inverted,
				   const struct tz_dns_options *options);
