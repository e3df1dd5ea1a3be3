/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a host answers to packets that it rejects.
 *
 *     reject_ask DEVICE MAC    sends each frame of the list by the device, to
 *                              the host of that address, and prints a line:
 *                              the frame's name, and what came back, in
 *                              hexadecimal digits, or -
 *
 * Behind each frame goes a ping, and a SYN that is rejected: once both are
 * answered, so is the frame, if ever, be it by the kernel or at XDP. What is
 * left out of a line: the identification of IPv4 and with it the sum of its
 * header, which must be right, the label of an error's flow (IPv6), which the
 * kernel makes of a secret, and padding, which must be zero.
 */
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "reject_rows.h"

enum { SYN = 0x02, PATIENCE_MS = 30000, END_ID = 0x7a00 };

static uint8_t device_mac[6], host_mac[6];
static int wire;

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static uint32_t add(const uint8_t *at, size_t len)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < len; i++)
		sum += i % 2 ? at[i] : (uint32_t)at[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

static void put16(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static bool is_ipv4(const uint8_t *ip)
{
	return ip[0] >> 4 == 4;
}

static void sum_header(uint8_t *ip)
{
	if (!is_ipv4(ip))
		return;
	put16(ip + 10, 0);
	put16(ip + 10, ~add(ip, (ip[0] & 15) * 4u) & 0xffff);
}

/* Where the sum of layer 4 is. */
static size_t sum_at(uint8_t protocol)
{
	switch (protocol) {
	case IPPROTO_TCP:
		return 16;
	case IPPROTO_UDP:
		return 6;
	}
	return 2;
}

/* The sum of layer 4 changes as its 16 bits at @at do. */
static void change16(uint8_t *l4, size_t at, uint32_t value, uint8_t protocol)
{
	uint8_t *sum = l4 + sum_at(protocol);
	uint32_t was = (uint32_t)l4[at] << 8 | l4[at + 1];
	uint32_t now = (uint32_t)sum[0] << 8 | sum[1];

	put16(l4 + at, value);
	now = (~now & 0xffff) + (~was & 0xffff) + value;
	now = (now & 0xffff) + (now >> 16);
	now = (now & 0xffff) + (now >> 16);
	put16(sum, ~now & 0xffff);
}

static void insert(struct tz_frame *frame, size_t at, const void *bytes,
		   size_t len)
{
	memmove(frame->bytes + at + len, frame->bytes + at, frame->len - at);
	memcpy(frame->bytes + at, bytes, len);
	frame->len += len;
}

/* What is behind the IP header; false: it is as it is. */
static bool edit_transport(uint8_t *l4, const struct row *row)
{
	uint8_t protocol = row->spec.protocol;

	switch (row->edit) {
	case BAD_SUM:
		l4[sum_at(protocol)] ^= 0x55;
		return true;
	case NO_SUM:
		put16(l4 + 6, 0);
		return true;
	case LONG_HEADER:
		change16(l4, 12, 0xf000 | l4[13], protocol);
		return true;
	case NUMBERED:
		change16(l4, 4, 0x1234, protocol);
		change16(l4, 6, 0xfffe, protocol);
		change16(l4, 8, 0xabcd, protocol);
		change16(l4, 10, 0xef01, protocol);
		return true;
	}
	return false;
}

/* What is before it, and behind the packet; false: it is as it is. */
static bool edit_link(struct tz_frame *frame, const struct row *row)
{
	static const uint8_t tag[] = { 0x81, 0x00, 0x20, 0x00 };

	switch (row->edit) {
	case TWICE_TAGGED:
		insert(frame, 12, tag, sizeof(tag));
		/* fall through */
	case TAGGED:
		insert(frame, 12, tag, sizeof(tag));
		return true;
	case TO_GROUP:
		memset(frame->bytes, 0xff, 6);
		return true;
	case PADDED:
		memset(frame->bytes + frame->len, 0, 20);
		frame->len += 20;
		return true;
	}
	return false;
}

static void edit_frame(struct tz_frame *frame, const struct row *row)
{
	static const uint8_t nops[] = { 1, 1, 1, 0 };
	uint8_t *ip = frame->bytes + ETH_HLEN;

	if (row->edit == AS_IT_IS || edit_link(frame, row) ||
	    edit_transport(ip + (is_ipv4(ip) ? 20 : 40), row))
		return;
	switch (row->edit) {
	case OPTIONS:
		insert(frame, ETH_HLEN + 20, nops, sizeof(nops));
		ip[0]++;
		put16(ip + 2, (uint32_t)(frame->len - ETH_HLEN));
		break;
	case TTL_ONE:
		ip[is_ipv4(ip) ? 8 : 7] = 1;
		break;
	case TOS:
		if (is_ipv4(ip))
			ip[1] = 0xbb;
		else
			put16(ip, 0x6bb5);
		break;
	default:
		ip[9] = (uint8_t)(row->edit - OTHER_PROTOCOL);
	}
	sum_header(ip);
}

static void send_frame(const struct tz_frame *frame)
{
	if (send(wire, frame->bytes, frame->len, 0) != (ssize_t)frame->len)
		fail("send");
}

/* A ping, which the kernel answers, and a SYN that is rejected like others. */
static void send_end(uint16_t id)
{
	struct tz_frame_spec spec = { .src = PEER,
				      .dst = HOST,
				      .protocol = IPPROTO_ICMP,
				      .icmp_type = 8 };
	struct tz_frame frame;

	memcpy(spec.src_mac, device_mac, 6);
	memcpy(spec.dst_mac, host_mac, 6);
	tz_frame_build(&frame, &spec);
	change16(frame.bytes + ETH_HLEN + 20, 4, id, IPPROTO_ICMP);
	send_frame(&frame);
	spec.protocol = IPPROTO_TCP;
	spec.tcp_flags = SYN;
	spec.sport = id;
	spec.dport = 1;
	tz_frame_build(&frame, &spec);
	send_frame(&frame);
}

static size_t ip_len(const uint8_t *ip)
{
	return is_ipv4(ip) ? (size_t)(ip[2] << 8 | ip[3])
			   : 40 + (size_t)(ip[4] << 8 | ip[5]);
}

static void print_answer(uint8_t *frame, size_t len)
{
	uint8_t *ip = frame + ETH_HLEN;
	size_t end = ETH_HLEN + ip_len(ip);

	if (end > len) {
		printf(" cut");
		return;
	}
	for (size_t i = end; i < len; i++)
		if (frame[i])
			printf(" padding %zu", i);
	if (is_ipv4(ip)) {
		if (add(ip, (ip[0] & 15) * 4u) != 0xffff)
			printf(" bad header");
		if (ip[9] == IPPROTO_ICMP)
			put16(ip + 4, 0);
		put16(ip + 10, 0);
	} else if (ip[6] == IPPROTO_ICMPV6) {
		ip[1] &= 0xf0;
		put16(ip + 2, 0);
	}
	printf(" ");
	for (size_t i = 0; i < end; i++)
		printf("%02x", frame[i]);
}

/* What a host says by itself: neighbours are looked for. */
static bool is_other_talk(const uint8_t *frame)
{
	const uint8_t *ip = frame + ETH_HLEN;
	unsigned int type = (unsigned int)(frame[12] << 8 | frame[13]);

	if (type != ETH_P_IP && type != ETH_P_IPV6)
		return true;
	return type == ETH_P_IPV6 &&
	       (ip[6] == 0 ||
		(ip[6] == IPPROTO_ICMPV6 && ip[40] >= 130 && ip[40] <= 143));
}

/* Of the two that were sent behind a frame: 0 and 1; 2: another answer. */
static int end_of(const uint8_t *frame, uint16_t id)
{
	const uint8_t *ip = frame + ETH_HLEN;

	if (frame[12] != 0x08 || frame[13] != 0)
		return 2;
	if (ip[9] == IPPROTO_ICMP && ip[20] == 0 &&
	    (ip[24] << 8 | ip[25]) == id)
		return 0;
	if (ip[9] == IPPROTO_TCP && (ip[22] << 8 | ip[23]) == id)
		return 1;
	return 2;
}

/* The next frame that is an answer. */
static ssize_t receive(uint8_t *frame, size_t size)
{
	for (;;) {
		struct sockaddr_ll from;
		socklen_t from_len = sizeof(from);
		struct pollfd ready = { .fd = wire, .events = POLLIN };
		ssize_t len;

		if (poll(&ready, 1, PATIENCE_MS) != 1) {
			printf(" nothing more comes\n");
			exit(1);
		}
		memset(frame, 0, size);
		len = recvfrom(wire, frame, size, 0, (struct sockaddr *)&from,
			       &from_len);
		if (len >= ETH_HLEN + 20 &&
		    from.sll_pkttype != PACKET_OUTGOING &&
		    !is_other_talk(frame))
			return len;
	}
}

/* The answers up to those to what was sent last. */
static void print_answers(uint16_t id)
{
	bool has_ended[2] = { false, false }, is_any = false;

	while (!has_ended[0] || !has_ended[1]) {
		uint8_t frame[2048];
		ssize_t len = receive(frame, sizeof(frame));
		int end = end_of(frame, id);

		if (end < 2) {
			has_ended[end] = true;
			continue;
		}
		print_answer(frame, (size_t)len);
		is_any = true;
	}
	puts(is_any ? "" : " -");
}

static void ask(const char *family, const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct tz_frame_spec spec = rows[i].spec;
		uint16_t id = (uint16_t)(END_ID + i);
		struct tz_frame frame;

		memcpy(spec.src_mac, device_mac, 6);
		memcpy(spec.dst_mac, host_mac, 6);
		tz_frame_build(&frame, &spec);
		edit_frame(&frame, &rows[i]);
		printf("%s %s:", family, rows[i].name);
		send_frame(&frame);
		send_end(id);
		print_answers(id);
	}
}

static void open_wire(const char *device)
{
	struct sockaddr_ll address = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = (int)if_nametoindex(device),
	};
	struct sockaddr_ll own;
	socklen_t len = sizeof(own);

	wire = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL));
	if (wire < 0 ||
	    bind(wire, (struct sockaddr *)&address, sizeof(address)) ||
	    getsockname(wire, (struct sockaddr *)&own, &len))
		fail(device);
	memcpy(device_mac, own.sll_addr, 6);
}

int main(int argc, char **argv)
{
	unsigned int mac[6];

	if (argc != 3 || sscanf(argv[2], "%x:%x:%x:%x:%x:%x", &mac[0], &mac[1],
				&mac[2], &mac[3], &mac[4], &mac[5]) != 6)
		return 2;
	for (int i = 0; i < 6; i++)
		host_mac[i] = (uint8_t)mac[i];
	open_wire(argv[1]);
	ask("IPv4", rows4, n_rows4);
	ask("IPv6", rows6, n_rows6);
	return 0;
}
