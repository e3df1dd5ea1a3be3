/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * IP packets that suit a filter: of each, some tests on a way through its graph
 * are made true by writing into the packet. The kernel takes all of them as far
 * as the raw table, as they are.
 */
#pragma once

#include "flow/flow.h"

#define XT_PACKET_MAX 192

struct xt_packet {
	uint8_t bytes[XT_PACKET_MAX];
	size_t len;
};

struct xt_packets {
	struct xt_packet *at; /* owned */
	size_t n, cap;
};

/* Adds @n packets, the same ones in every run. */
void xt_packets_draw(struct xt_packets *packets, const struct tz_flow *flow,
		     size_t n);
/* What the filter says of a packet that comes to PREROUTING. */
bool xt_packet_matches(const struct tz_flow *flow,
		       const struct xt_packet *packet);
