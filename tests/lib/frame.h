/* SPDX-License-Identifier: GPL-2.0-only */
/* Whole Ethernet frames, for tests and measurements that send packets. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* What a frame is made of; ports and flags where the protocol has them. */
struct tz_frame_spec {
	const char *src, *dst; /* addresses as text, of one family */
	uint8_t protocol;      /* IPPROTO_TCP, _UDP, _ICMP, _ICMPV6 */
	uint16_t sport, dport;
	uint8_t tcp_flags;
	uint8_t icmp_type, icmp_code;
	size_t payload_len; /* bytes behind the header of layer 4, zero */
	uint8_t src_mac[6], dst_mac[6];
};

struct tz_frame {
	uint8_t bytes[1514];
	size_t len;
};

/*
 * The frame with right lengths and checksums. Asserts that the addresses are
 * addresses and that the payload fits.
 */
void tz_frame_build(struct tz_frame *frame, const struct tz_frame_spec *spec);
