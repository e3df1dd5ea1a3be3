/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the tests of generated filters share: packets from a few numbers, and
 * the verdict of a filter, which all engines must agree about.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cbpf/cbpf.h"
#include "lower/transport.h"

#define GEN_ETH 14
#define GEN_PACKET_MAX 2048

/* An Ethernet frame of IP. */
struct gen_packet {
	uint8_t bytes[GEN_PACKET_MAX];
	size_t len;
	size_t transport; /* where that header begins */
};

struct gen_ip {
	bool is_ipv6;
	uint8_t protocol;
	uint16_t fragment; /* the IPv4 field of flags and offset */
	uint8_t option_words;
	/* IPv6: kinds of extension headers, the first one first; 0 ends. */
	uint8_t headers[8];
	size_t n_headers;
};

/* The packet of @ip with the @len bytes at @transport behind its headers. */
struct gen_packet gen_packet(const struct gen_ip *ip, const void *transport,
			     size_t len);
/* Sets the checksum of IPv4, where it is IPv4. */
void gen_fix(struct gen_packet *packet);
/* A UDP datagram from port 4000 to @port. */
struct gen_packet gen_udp(const struct gen_ip *ip, uint16_t port,
			  const void *payload, size_t len);

/* A filter as the engines run it. */
struct gen_filter {
	enum tz_link link;
	const struct tz_flow *flow, *shorter; /* as it was made; optimised */
	struct tz_cbpf program;
};

/* Fails the test when @flow has no program. */
struct gen_filter gen_filter(struct tz_arena *arena, const struct tz_flow *flow,
			     enum tz_link link);
/*
 * Whether it matches the first @len bytes of the frame; fails the test when
 * the engines disagree.
 */
bool gen_matches_cut(const struct gen_filter *filter,
		     const struct gen_packet *packet, size_t len);
bool gen_matches(const struct gen_filter *filter,
		 const struct gen_packet *packet);

/* The same numbers in every run. */
uint32_t gen_random(uint32_t below);

/* Text in a source of its own, for parsers. */
struct gen_text {
	struct tz_arena *arena;
	struct tz_diags *diags;
	struct tz_span span;
	const char *text;
	size_t len;
};
struct gen_text gen_text(struct tz_arena *arena, const char *text, size_t len);
/* The diagnostics that were recorded, as printed. */
char *gen_said(const struct gen_text *text);
