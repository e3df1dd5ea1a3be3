/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Filters of DNS queries: datagrams of UDP to port 53, by the name of their
 * first question (RFC 1035, 4.1), and by whether they are sane.
 */
#pragma once

#include "lower/transport.h"
#include "sema/dns_name.h"

#define TZ_DNS_PORT 53
/* Labels that a sane name may have: one byte each. */
#define TZ_DNS_LABELS_MAX 127
/* Those that are looked at: of many the verifier tries too many ways. */
#define TZ_DNS_LABELS_DEFAULT 8

struct tz_dns_options {
	enum tz_link link;
	bool ipv4, ipv6;
	/* The headers before the DNS message are not looked at. */
	bool is_bare;
	bool ignores_case;
	uint16_t port;
	unsigned int n_headers; /* of IPv6, before that of UDP */
};

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
 * Of a name with more than @n_labels labels (up to 127) those are looked at,
 * and nothing behind them; of 0 no name is.
 */
struct tz_flow *tz_dns_lower_valid(struct tz_arena *arena,
				   unsigned int n_labels, bool is_inverted,
				   const struct tz_dns_options *options);
