/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writing pcapng, which libpcap cannot: packets with comments, in the byte
 * order of this machine (draft-ietf-opsawg-pcapng). What a stream could not
 * take, its ferror() tells: each block is flushed whole.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* The section header: once, first. */
int tz_pcapng_begin(FILE *out, const char *application);
/*
 * An Ethernet interface; the first one is number 0. Times are in nanoseconds.
 */
int tz_pcapng_interface(FILE *out, const char *ifname, uint32_t snaplen);

struct tz_pcapng_packet {
	uint32_t interface;
	uint64_t time_ns; /* since 1970 */
	const void *data;
	uint32_t captured, len;
	uint32_t xdp_verdict;        /* enum xdp_action */
	const char *const *comments; /* UTF-8 */
	size_t n_comments;
};

int tz_pcapng_packet(FILE *out, const struct tz_pcapng_packet *packet);
