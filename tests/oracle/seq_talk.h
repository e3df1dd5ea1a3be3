/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Clients and servers that really talk: sockets on both sides of the rules,
 * each step one of them does something that programs do.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "seq_lab.h"

/* Who may talk to whom: addresses in network order, IPv4 in four bytes. */
struct tz_seq_flow {
	uint8_t src[16], dst[16];
	uint16_t sport, dport;
	uint8_t protocol; /* IPPROTO_TCP or _UDP */
};

struct tz_talk;

/*
 * Servers for most of the ports of @flows and all of @ports, on both sides; the
 * other ports stay closed. The arrays are read while it is open. NULL after a
 * message.
 */
struct tz_talk *tz_talk_open(const struct tz_seq_lab *lab, int domain,
			     const struct tz_seq_flow *flows, size_t n_flows,
			     const uint16_t *ports, size_t n_ports,
			     unsigned int seed);
/* Somebody connects, sends, answers, closes, gives up. */
void tz_talk_step(struct tz_talk *talk);
void tz_talk_close(struct tz_talk *talk);
