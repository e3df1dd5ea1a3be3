/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the transport header of a packet begins, for filters that are made of
 * no expression: the tests that lead to it, over IPv4 with options and IPv6
 * with extension headers. Fragments have no transport header here: what stands
 * behind their IP header is it only for the first, and the rules of the kernel
 * mostly see whole datagrams.
 */
#pragma once

#include "lower/pcap.h"

/* Variables of the graph that this module sets; others begin behind them. */
enum { TZ_VAR_TRANSPORT, TZ_VAR_NEXT_HEADER, TZ_VAR_OTHERS };

/* As many extension headers as it is looked for behind, at most. */
#define TZ_TRANSPORT_HEADERS_MAX 8
#define TZ_TRANSPORT_HEADERS_DEFAULT 4

struct tz_transport {
	enum tz_link link;
	/* What may match; both: told by the packet. */
	bool ipv4, ipv6;
	/*
	 * Somebody else has seen to it that the packet is of the family and
	 * protocol, no fragment, and has no extension header.
	 */
	bool is_given;
	uint8_t protocol;
	unsigned int n_headers; /* extension headers before it, at most */
};

/* Where the network header is, as an offset for loads. */
uint32_t tz_transport_net(enum tz_link link);
/* The term of the header's offset, in the graph behind tz_transport_find. */
uint32_t tz_transport_at(struct tz_flow *flow, const struct tz_transport *t);
/* The node that goes to @found where there is such a header, else rejects. */
uint32_t tz_transport_find(struct tz_flow *flow, const struct tz_transport *t,
			   uint32_t found);
/* The node that leads on by the family of the packet. */
uint32_t tz_transport_family(struct tz_flow *flow, enum tz_link link,
			     uint32_t ipv4, uint32_t ipv6);
/*
 * The IPv6 side of tz_transport_find: sets TZ_VAR_TRANSPORT behind at most
 * @n_headers extension headers.
 */
uint32_t tz_transport_walk(struct tz_flow *flow, enum tz_link link,
			   uint8_t protocol, unsigned int n_headers,
			   uint32_t found);
