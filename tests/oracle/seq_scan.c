/* SPDX-License-Identifier: GPL-2.0-only */
/* Mostly SYNs; then UDP, echo requests, and what slips by simple filters. */
#include "seq_scan.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "lib/frame.h"
#include "lib/lab.h"

enum { FIN = 1, SYN = 2, RST = 4, PSH = 8, ACK = 16, URG = 32 };

/* Of TCP, by the flags: as often as they stand here. */
static const uint8_t kinds[] = {
	SYN, SYN,       SYN,       SYN, SYN, SYN, SYN, SYN,
	ACK, SYN | ACK, RST | ACK, RST, FIN, 0,   SYN, FIN | PSH | URG,
};

static uint32_t below(unsigned int *seed, uint32_t n)
{
	return (uint32_t)rand_r(seed) % n;
}

static void set_protocol(struct tz_frame_spec *spec, int domain,
			 unsigned int *seed)
{
	bool is_v6 = domain == AF_INET6;

	switch (below(seed, 8)) {
	case 0:
	case 1:
		spec->protocol = IPPROTO_UDP;
		spec->payload_len = below(seed, 100);
		break;
	case 2:
		spec->protocol = is_v6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP;
		spec->icmp_type = is_v6 ? 128 : 8;
		break;
	default:
		spec->protocol = IPPROTO_TCP;
		spec->tcp_flags = kinds[below(seed, sizeof(kinds))];
	}
}

void tz_seq_scan(struct tz_meter_frame *frame, const struct tz_seq_flow *flow,
		 int domain, unsigned int *seed)
{
	char src[INET6_ADDRSTRLEN], dst[INET6_ADDRSTRLEN];
	struct tz_frame_spec spec = {
		.src = src,
		.dst = dst,
		.sport = (uint16_t)(1024 + below(seed, 60000)),
		.dport = (uint16_t)(1 + below(seed, 65535)),
	};
	uint8_t from[16];
	struct tz_frame made;

	memcpy(from, flow->src, sizeof(from));
	if (below(seed, 2))
		from[domain == AF_INET6 ? 15 : 3] =
			(uint8_t)(1 + below(seed, 253));
	if (below(seed, 2)) /* the ports that everybody tries */
		spec.dport = (uint16_t)(1 + below(seed, 1024));
	inet_ntop(domain, from, src, sizeof(src));
	inet_ntop(domain, flow->dst, dst, sizeof(dst));
	memcpy(spec.src_mac, tz_lab_sender_mac, sizeof(spec.src_mac));
	memcpy(spec.dst_mac, tz_lab_mac, sizeof(spec.dst_mac));
	set_protocol(&spec, domain, seed);
	tz_frame_build(&made, &spec);
	frame->len = (uint32_t)made.len;
	memcpy(frame->bytes, made.bytes, made.len);
}
