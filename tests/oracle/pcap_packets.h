/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Packets for filters: those of captures, and made ones that a filter's own
 * program has led to its matches and to the brink of them.
 */
#pragma once

#include <pcap/pcap.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PACKET_MAX = 2048 };

struct packet {
	uint8_t *bytes;
	uint32_t caplen, len;
};

struct packets {
	struct packet *at;
	size_t n;
};

/* All packets of link type @dlt in the *.pcap of @folder; n = 0: no folder. */
struct packets packets_read(const char *folder, int dlt);
void packets_free(struct packets *packets);

struct maker {
	uint64_t dice;
	const struct packets *bases; /* what they are made from; may be empty */
	int dlt;
};

/*
 * Makes one packet for @program in @room (PACKET_MAX bytes). False when the
 * program does not end on it soon: protochain on a loop of headers.
 */
bool packet_make(struct maker *maker, const struct bpf_program *program,
		 uint8_t *room, struct packet *packet);

/*
 * What an expression means of a packet: what libpcap's program for it answers
 * in a machine whose offsets wrap, as the kernel's do, and whose shifts by 32
 * and more give 0, as those of libpcap's interpreter do. Those two differ in
 * both, so that each of them says something else than an expression of tamiz
 * where such a thing happens (is_apart), and all three the same elsewhere.
 */
struct verdict {
	bool is_match;
	bool ends_early; /* with a load that fails, or a division by 0 */
	bool is_apart;
};

/* False when @program does not end soon. */
bool packet_judge(const struct bpf_program *program,
		  const struct packet *packet, struct verdict *verdict);

/*
 * Whether @program answers @is_match where more bytes follow on those of
 * @packet, whatever they are: tried with some. False too when it still ends
 * early with all of them.
 */
bool packet_would(const struct bpf_program *program,
		  const struct packet *packet, bool is_match);
