/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A burst is one flow's consecutive segments. GRO merges neighbours whose
 * headers agree; the flags of what it makes are those of several (FIN and PSH
 * of the last, CWR of the first).
 */
#include "burst.h"

#include <string.h>

#include "ir/eval.h"
#include "lib/lab.h"

enum {
	PAYLOAD = 100,
	TCP_LEN = 20,
	IPV4_LEN = 20,
	IPV6_LEN = 40,
	ETHERNET_LEN = 14,
	FIN = 0x01,
	PSH = 0x08,
	ACK = 0x10,
	CWR = 0x80,
};

/* Flags of the segments, for each kind of burst. */
static const uint8_t patterns[][TZ_BURST_LEN] = {
	{ ACK, ACK, ACK, ACK, ACK | PSH },
	{ ACK, ACK, ACK, ACK, ACK | FIN },
	{ ACK | CWR, ACK, ACK, ACK, ACK },
	{ ACK, ACK, ACK, ACK, ACK },
	{ ACK | PSH, ACK, ACK | PSH, ACK, ACK },
};

enum { N_PATTERNS = sizeof(patterns) / sizeof(patterns[0]) };

static void put16(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static uint32_t sum_of(const uint8_t *at, size_t len)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < len; i += 2)
		sum += (uint32_t)at[i] << 8 | at[i + 1];
	return sum;
}

static uint32_t checksum_of(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

/* Lengths and checksums; the addresses and ports are there. */
static void finish(struct tz_watch_frame *frame, bool is_v6)
{
	uint8_t *ip = frame->bytes + ETHERNET_LEN;
	uint8_t *tcp = ip + (is_v6 ? IPV6_LEN : IPV4_LEN);
	uint32_t pseudo = 6 + TCP_LEN + PAYLOAD;

	if (is_v6) {
		put16(ip + 4, TCP_LEN + PAYLOAD);
		pseudo += sum_of(ip + 8, 32);
	} else {
		put16(ip + 2, IPV4_LEN + TCP_LEN + PAYLOAD);
		put16(ip + 4, 0);
		put16(ip + 6, 0x4000);
		put16(ip + 10, 0);
		put16(ip + 10, checksum_of(sum_of(ip, IPV4_LEN)));
		pseudo += sum_of(ip + 12, 8);
	}
	put16(tcp + 16, 0);
	put16(tcp + 16, checksum_of(pseudo + sum_of(tcp, TCP_LEN + PAYLOAD)));
}

static void make(struct tz_burst *burst, const struct tz_packet *packet,
		 const uint8_t *flags)
{
	bool is_v6 = packet->family == TZ_IPV6;

	for (uint32_t i = 0; i < TZ_BURST_LEN; i++) {
		struct tz_watch_frame *frame = &burst->frames[i];
		uint8_t *tcp = frame->bytes + packet->l4;

		memcpy(frame->bytes, packet->frame, packet->l4 + 4);
		put16(tcp + 4, 1);
		put16(tcp + 6, i * PAYLOAD);
		put16(tcp + 8, 1);
		put16(tcp + 10, 1);
		tcp[12] = TCP_LEN / 4 << 4;
		tcp[13] = flags[i];
		put16(tcp + 14, 1000);
		put16(tcp + 18, 0);
		memset(tcp + TCP_LEN, 'x', PAYLOAD);
		frame->len = (uint32_t)packet->l4 + TCP_LEN + PAYLOAD;
		finish(frame, is_v6);
	}
	burst->headers_len = (uint32_t)(packet->l4 - packet->l3) + TCP_LEN;
}

void tz_burst_make(struct tz_bursts *bursts, const struct tz_probes *probes,
		   size_t max)
{
	for (size_t i = 0; i < probes->all.n && bursts->all.n < max; i++) {
		const struct tz_probe *probe = &probes->all.at[i];
		struct tz_packet packet;

		if (probe->kind != TZ_SAMPLE_PLAIN ||
		    tz_packet_parse(probe->frame.bytes, probe->frame.len,
				    tz_lab_mac,
				    &packet) != TZ_PACKET_FILTERED ||
		    !packet.has_proto || packet.proto != 6 ||
		    packet.l3 != ETHERNET_LEN || packet.l4_len < TCP_LEN ||
		    packet.l4 - packet.l3 !=
			    (packet.family == TZ_IPV6 ? IPV6_LEN : IPV4_LEN))
			continue;
		struct tz_burst burst = { .rule = probe->rule };

		make(&burst, &packet, patterns[bursts->all.n % N_PATTERNS]);
		tz_vec_push(probes->arena, &bursts->all, burst);
	}
}

uint32_t tz_burst_payload(const struct tz_burst *burst,
			  struct tz_watch_seen seen)
{
	return seen.len - seen.n_survivors * burst->headers_len;
}
