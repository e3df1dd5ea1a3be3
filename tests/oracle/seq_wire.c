/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A frame is forged by one trick or two out of a table; its checksums are
 * right afterwards, unless wrong ones were the trick.
 */
#include "seq_wire.h"

#include <linux/if_packet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/lab.h"

enum { HEARD_MAX = 512, ETHERNET = 14, FIN = 1, SYN = 2, RST = 4, ACK = 16 };

struct heard {
	struct tz_meter_frame frame;
	bool is_inward; /* to the host */
};

struct tz_wire {
	int fd;
	unsigned int seed;
	size_t n_heard;
	struct heard heard[HEARD_MAX];
};

/* Where things are in a frame; l4_len is 0 in later fragments. */
struct layout {
	uint8_t *ip, *l4;
	size_t ip_len, l4_len;
	uint8_t protocol;
	bool is_v6;
};

static uint32_t below(struct tz_wire *wire, uint32_t n)
{
	return (uint32_t)rand_r(&wire->seed) % n;
}

static void put16(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static uint32_t get16(const uint8_t *at)
{
	return (uint32_t)at[0] << 8 | at[1];
}

static void add32(uint8_t *at, uint32_t more)
{
	uint32_t value = (get16(at) << 16 | get16(at + 2)) + more;

	put16(at, value >> 16);
	put16(at + 2, value);
}

/* False: no whole IP packet. Extension headers are not looked behind. */
static bool lay_out(struct tz_meter_frame *frame, struct layout *layout)
{
	uint8_t *ip = frame->bytes + ETHERNET;
	size_t room = frame->len < ETHERNET ? 0 : frame->len - ETHERNET;

	if (room < 20)
		return false;
	*layout = (struct layout){ .ip = ip, .is_v6 = ip[0] >> 4 == 6 };
	size_t header = layout->is_v6 ? 40 : (ip[0] & 15u) * 4;

	layout->ip_len = layout->is_v6 ? 40 + get16(ip + 4) : get16(ip + 2);
	if (layout->ip_len > room || layout->ip_len < header)
		return false;
	layout->protocol = ip[layout->is_v6 ? 6 : 9];
	layout->l4 = ip + header;
	if (layout->is_v6 || !(get16(ip + 6) & 0x1fff))
		layout->l4_len = layout->ip_len - header;
	return layout->is_v6 || ip[0] >> 4 == 4;
}

/* Ones' complement sum of RFC 1071. */
static uint32_t sum(uint32_t start, const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		start += i % 2 ? bytes[i] : (uint32_t)bytes[i] << 8;
	return start;
}

static uint32_t fold(uint32_t value)
{
	while (value >> 16)
		value = (value & 0xffff) + (value >> 16);
	return ~value & 0xffff;
}

static uint8_t *sum_place(const struct layout *layout)
{
	size_t off;

	switch (layout->protocol) {
	case IPPROTO_TCP:
		off = 16;
		break;
	case IPPROTO_UDP:
		off = 6;
		break;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		off = 2;
		break;
	default:
		return NULL;
	}
	return layout->l4_len >= off + 2 ? layout->l4 + off : NULL;
}

static void put_sums(struct tz_meter_frame *frame)
{
	struct layout layout;

	if (!lay_out(frame, &layout))
		return;
	uint8_t *ip = layout.ip, *place = sum_place(&layout);

	if (!layout.is_v6) {
		put16(ip + 10, 0);
		put16(ip + 10, fold(sum(0, ip, (size_t)(layout.l4 - ip))));
	}
	if (!place || (!layout.is_v6 && get16(ip + 6) & 0x3fff))
		return;
	uint32_t start = 0;

	if (layout.protocol != IPPROTO_ICMP)
		start = sum((uint32_t)(layout.protocol + layout.l4_len),
			    ip + (layout.is_v6 ? 8 : 12),
			    layout.is_v6 ? 32 : 8);
	put16(place, 0);
	uint32_t value = fold(sum(start, layout.l4, layout.l4_len));

	put16(place, value || layout.protocol != IPPROTO_UDP ? value : 0xffff);
}

static void set_ip_len(const struct layout *layout, size_t len)
{
	if (layout->is_v6)
		put16(layout->ip + 4, (uint32_t)len - 40);
	else
		put16(layout->ip + 2, (uint32_t)len);
}

static bool is_tcp(const struct layout *layout)
{
	return layout->protocol == IPPROTO_TCP && layout->l4_len >= 20;
}

static void trick_flags(struct tz_wire *wire, struct layout *layout)
{
	static const uint8_t usual[] = {
		SYN, ACK, SYN | ACK, RST, RST | ACK, FIN | ACK, FIN, 0, ACK | 8,
	};

	if (is_tcp(layout))
		layout->l4[13] = below(wire, 4)
					 ? usual[below(wire, sizeof(usual))]
					 : (uint8_t)below(wire, 256);
}

static void trick_sequence(struct tz_wire *wire, struct layout *layout)
{
	size_t at = below(wire, 2) ? 4 : 8;

	if (is_tcp(layout))
		add32(layout->l4 + at, below(wire, 2) ? below(wire, 3000)
						      : below(wire, 1u << 31));
}

static void trick_data_offset(struct tz_wire *wire, struct layout *layout)
{
	if (is_tcp(layout))
		layout->l4[12] = (uint8_t)(below(wire, 16) << 4);
}

static void trick_port(struct tz_wire *wire, struct layout *layout)
{
	if (layout->l4_len >= 8)
		put16(layout->l4 + 2 * below(wire, 2), below(wire, 65536));
}

static void trick_source(struct tz_wire *wire, struct layout *layout)
{
	layout->ip[layout->is_v6 ? 23 : 15] = (uint8_t)(1 + below(wire, 253));
}

static void trick_length(struct tz_wire *wire, struct layout *layout)
{
	if (layout->l4_len)
		set_ip_len(layout,
			   layout->ip_len -
				   below(wire, (uint32_t)layout->l4_len));
}

static void trick_udp_length(struct tz_wire *wire, struct layout *layout)
{
	if (layout->protocol == IPPROTO_UDP && layout->l4_len >= 8)
		put16(layout->l4 + 4, below(wire, 40));
}

static void trick_icmp(struct tz_wire *wire, struct layout *layout)
{
	bool is_icmp = layout->protocol == IPPROTO_ICMP ||
		       layout->protocol == IPPROTO_ICMPV6;

	if (is_icmp && layout->l4_len >= 8)
		layout->l4[0] = (uint8_t)below(wire, layout->is_v6 ? 256 : 20);
}

static void trick_protocol(struct tz_wire *wire, struct layout *layout)
{
	static const uint8_t others[] = { 47, 50, 51, 132, 136, 2, 33, 99 };

	layout->ip[layout->is_v6 ? 6 : 9] = others[below(wire, sizeof(others))];
}

static void trick_none(struct tz_wire *wire, struct layout *layout)
{
	(void)wire;
	(void)layout;
}

typedef void (*trick)(struct tz_wire *, struct layout *);

static const trick tricks[] = {
	trick_none,        trick_flags,  trick_flags,      trick_flags,
	trick_sequence,    trick_port,   trick_port,       trick_source,
	trick_data_offset, trick_length, trick_udp_length, trick_icmp,
	trick_protocol,
};

/* A frame of the host comes back to it; @answers: as its peer would answer. */
static void turn(struct tz_meter_frame *frame, bool answers)
{
	struct layout layout;
	uint8_t kept[16];

	memcpy(frame->bytes, tz_lab_mac, 6);
	memcpy(frame->bytes + 6, tz_lab_sender_mac, 6);
	if (!answers || !lay_out(frame, &layout))
		return;
	size_t len = layout.is_v6 ? 16 : 4;
	uint8_t *src = layout.ip + (layout.is_v6 ? 8 : 12);

	memcpy(kept, src, len);
	memcpy(src, src + len, len);
	memcpy(src + len, kept, len);
	if (layout.l4_len < 8 ||
	    (layout.protocol != IPPROTO_TCP && layout.protocol != IPPROTO_UDP))
		return;
	memcpy(kept, layout.l4, 2);
	memcpy(layout.l4, layout.l4 + 2, 2);
	memcpy(layout.l4 + 2, kept, 2);
}

/* Wraps @frame into an ICMP error that quotes it, from somebody on the way. */
static void quote(struct tz_wire *wire, struct tz_meter_frame *frame)
{
	static const uint8_t types4[] = { 3, 3, 3, 4, 5, 11, 12 };
	static const uint8_t types6[] = { 1, 2, 3, 4 };
	struct tz_meter_frame inner = *frame;
	struct layout layout;

	if (!lay_out(&inner, &layout))
		return;
	size_t header = layout.is_v6 ? 40 : 20;
	size_t quoted = (size_t)(layout.l4 - layout.ip) + 8 + below(wire, 64);

	if (quoted > layout.ip_len)
		quoted = layout.ip_len;
	uint8_t *ip = frame->bytes + ETHERNET, *icmp = ip + header;

	memcpy(icmp + 8, layout.ip, quoted);
	memset(icmp, 0, 8);
	icmp[0] = layout.is_v6 ? types6[below(wire, sizeof(types6))]
			       : types4[below(wire, sizeof(types4))];
	icmp[1] = (uint8_t)below(wire, 5);
	put16(icmp + 6, 1400); /* the MTU, where it is one */
	memset(ip, 0, header);
	ip[0] = layout.is_v6 ? 0x60 : 0x45;
	ip[layout.is_v6 ? 7 : 8] = 64;
	ip[layout.is_v6 ? 6 : 9] = layout.is_v6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP;
	size_t len = layout.is_v6 ? 16 : 4, at = layout.is_v6 ? 8 : 12;

	/* It goes to the sender of what is quoted. */
	memcpy(ip + at, layout.ip + at + len, len);
	memcpy(ip + at + len, layout.ip + at, len);
	ip[at + len - 1] ^= (uint8_t)below(wire, 2);
	frame->len = (uint32_t)(ETHERNET + header + 8 + quoted);
	layout.ip = ip;
	set_ip_len(&layout, header + 8 + quoted);
}

/* Cuts the IPv4 packet of made[0] in two; returns how many it is then. */
static unsigned int tear(struct tz_wire *wire, struct tz_meter_frame *made)
{
	struct layout layout;

	if (!lay_out(&made[0], &layout) || layout.is_v6 ||
	    layout.l4_len <= 16 || get16(layout.ip + 6) & 0x3fff)
		return 1;
	size_t cut = 8 * (1 + below(wire, (uint32_t)(layout.l4_len - 1) / 8));
	size_t header = (size_t)(layout.l4 - layout.ip), rest;

	if (cut >= layout.l4_len)
		return 1;
	rest = layout.l4_len - cut;
	put16(layout.ip + 4, below(wire, 65536));
	made[1] = made[0];
	put16(layout.ip + 6, 0x2000);
	set_ip_len(&layout, header + cut);
	lay_out(&made[1], &layout);
	put16(layout.ip + 6, (uint32_t)cut / 8);
	memmove(layout.l4, layout.l4 + cut, rest);
	set_ip_len(&layout, header + rest);
	made[0].len = (uint32_t)(ETHERNET + header + cut);
	made[1].len = (uint32_t)(ETHERNET + header + rest);
	put_sums(&made[1]);
	if (below(wire, 2)) {
		struct tz_meter_frame first = made[0];

		put_sums(&first);
		made[0] = made[1];
		made[1] = first;
	}
	return below(wire, 4) ? 2 : 1;
}

/* The host's own request does not come back to it (SEMANTICS 1.7). */
static bool is_icmp(struct tz_meter_frame *frame)
{
	struct layout layout;

	return lay_out(frame, &layout) && (layout.protocol == IPPROTO_ICMP ||
					   layout.protocol == IPPROTO_ICMPV6);
}

unsigned int tz_wire_forge(struct tz_wire *wire, struct tz_meter_frame *made)
{
	size_t n = wire->n_heard < HEARD_MAX ? wire->n_heard : HEARD_MAX;
	struct layout layout;

	if (n == 0)
		return 0;
	const struct heard *heard = &wire->heard[below(wire, (uint32_t)n)];

	bool is_quoted = !heard->is_inward && below(wire, 4) == 0;

	made[0] = heard->frame;
	if (is_quoted)
		quote(wire, &made[0]);
	if (!heard->is_inward) {
		bool turns = below(wire, 4) || is_icmp(&made[0]);

		turn(&made[0], !is_quoted && turns);
	}
	for (uint32_t i = below(wire, 3); i > 0; i--)
		if (lay_out(&made[0], &layout))
			tricks[below(wire, sizeof(tricks) / sizeof(tricks[0]))](
				wire, &layout);
	put_sums(&made[0]);
	if (below(wire, 12) == 0)
		return tear(wire, made);
	if (below(wire, 12) == 0 && lay_out(&made[0], &layout) &&
	    layout.l4_len > 0)
		layout.l4[below(wire, (uint32_t)layout.l4_len)] ^= 0x40;
	return 1;
}

void tz_wire_hear(struct tz_wire *wire)
{
	for (;;) {
		struct heard *heard = &wire->heard[wire->n_heard % HEARD_MAX];
		struct sockaddr_ll from;
		socklen_t from_len = sizeof(from);
		ssize_t len = recvfrom(wire->fd, heard->frame.bytes,
				       sizeof(heard->frame.bytes), MSG_TRUNC,
				       (struct sockaddr *)&from, &from_len);
		struct layout layout;

		if (len < 0)
			return;
		if (len > TZ_METER_FRAME_MAX)
			continue;
		heard->frame.len = (uint32_t)len;
		heard->is_inward = from.sll_pkttype == PACKET_OUTGOING;
		if (lay_out(&heard->frame, &layout))
			wire->n_heard++;
	}
}

void tz_wire_send(struct tz_wire *wire, const struct tz_meter_frame *frame)
{
	send(wire->fd, frame->bytes, frame->len, 0);
}

struct tz_wire *tz_wire_open(const struct tz_seq_lab *lab, unsigned int seed)
{
	struct tz_wire *wire = calloc(1, sizeof(*wire));

	if (wire)
		*wire = (struct tz_wire){ .fd = lab->wire, .seed = seed };
	return wire;
}

void tz_wire_close(struct tz_wire *wire)
{
	free(wire);
}
