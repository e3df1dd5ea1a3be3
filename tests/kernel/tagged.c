/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Frames with and without VLAN tags, and such that are no IP but look like it
 * from the network header on, for filters on packet sockets.
 *
 *     tagged send DEVICE MAC FIRST COUNT   the kinds in turn, numbered
 *     tagged serve raw|dgram DEVICE        what comes, or goes, by DEVICE
 *
 * The server prints "ready", then a line "NUMBER KIND" for each frame; it lives
 * until a signal ends it. The last bytes of a frame tell both.
 */
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define FRAME_LEN 120
#define PORT 5300
#define MARK "tagged"
#define N_TAGS 2

enum payload { UDP4, UDP6, ARP, MPLS, STP };

/* A tag is its EtherType and what is behind it; 0: none. */
static const struct {
	const char *name;
	uint16_t tags[N_TAGS][2];
	enum payload payload;
} kinds[] = {
	{ "plain4", { { 0 } }, UDP4 },
	{ "plain6", { { 0 } }, UDP6 },
	{ "five4", { { ETH_P_8021Q, 5 } }, UDP4 },
	{ "five6", { { ETH_P_8021Q, 0xa005 } }, UDP6 },
	{ "seven4", { { ETH_P_8021AD, 7 } }, UDP4 },
	{ "zero4", { { ETH_P_8021Q, 0xe000 } }, UDP4 },
	{ "both4", { { ETH_P_8021AD, 5 }, { ETH_P_8021Q, 0x4007 } }, UDP4 },
	{ "fivearp", { { ETH_P_8021Q, 5 } }, ARP },
	{ "arp", { { 0 } }, ARP },
	{ "mpls", { { 0 } }, MPLS },
	{ "stp", { { 0 } }, STP },
};

#define N_KINDS (sizeof(kinds) / sizeof(kinds[0]))

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static uint8_t *put16(uint8_t *at, uint16_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
	return at + 2;
}

/* UDP from 4001 to PORT, to the end of the frame; no checksum is looked at. */
static void put_udp(uint8_t *ip, const uint8_t *frame_end, enum payload payload)
{
	size_t len = (size_t)(frame_end - ip),
	       header = payload == UDP4 ? 20 : 40;
	uint8_t *udp = ip + header;

	if (payload == UDP4) {
		ip[0] = 0x45;
		put16(ip + 2, (uint16_t)len);
		ip[8] = 64;
		ip[9] = 17;
	} else {
		ip[0] = 0x60;
		put16(ip + 4, (uint16_t)(len - header));
		ip[6] = 17;
		ip[7] = 64;
	}
	udp = put16(put16(udp, 4001), PORT);
	put16(udp, (uint16_t)(len - header));
}

/*
 * What begins like IPv4 and is none: the label 0x45000 of MPLS, the LLC header
 * of spanning tree.
 */
static uint8_t *put_type(uint8_t *at, enum payload payload)
{
	switch (payload) {
	case UDP4:
		return put16(at, ETH_P_IP);
	case UDP6:
		return put16(at, ETH_P_IPV6);
	case ARP:
		at = put16(at, ETH_P_ARP);
		put16(put16(at, 1), ETH_P_IP);
		return at;
	case MPLS:
		at = put16(at, ETH_P_MPLS_UC);
		put16(put16(at, 0x4500), 0x0164);
		return at;
	case STP:
		at = put16(at, 38);
		put16(at, 0x4242);
		at[2] = 3;
		return at;
	}
	return at;
}

static void make(uint32_t number, const uint8_t mac[6],
		 uint8_t frame[FRAME_LEN])
{
	static const uint8_t from[6] = { 2, 0, 0, 0, 0, 9 };
	size_t kind = number % N_KINDS;
	enum payload payload = kinds[kind].payload;
	uint8_t *at = frame + 2 * ETH_ALEN, *end = frame + FRAME_LEN;
	uint32_t be = htonl(number);

	memset(frame, 0, FRAME_LEN);
	memcpy(frame, mac, ETH_ALEN);
	memcpy(frame + ETH_ALEN, from, ETH_ALEN);
	for (int i = 0; i < N_TAGS && kinds[kind].tags[i][0]; i++)
		at = put16(put16(at, kinds[kind].tags[i][0]),
			   kinds[kind].tags[i][1]);
	at = put_type(at, payload);
	if (payload == UDP4 || payload == UDP6)
		put_udp(at, end, payload);
	memcpy(end - sizeof(MARK) - sizeof(be), MARK, sizeof(MARK));
	memcpy(end - sizeof(be), &be, sizeof(be));
}

static int open_device(const char *name, int type, int protocol)
{
	struct sockaddr_ll address = { .sll_family = AF_PACKET,
				       .sll_protocol = htons(protocol),
				       .sll_ifindex =
					       (int)if_nametoindex(name) };
	int fd = socket(AF_PACKET, type, 0);

	if (fd < 0 || !address.sll_ifindex ||
	    bind(fd, (struct sockaddr *)&address, sizeof(address)))
		fail(name);
	return fd;
}

static int send_all(char **argv)
{
	int fd = open_device(argv[0], SOCK_RAW, 0);
	uint32_t first = (uint32_t)strtoul(argv[2], NULL, 0);
	uint32_t count = (uint32_t)strtoul(argv[3], NULL, 0);
	uint8_t mac[6], frame[FRAME_LEN];

	if (sscanf(argv[1], "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", &mac[0], &mac[1],
		   &mac[2], &mac[3], &mac[4], &mac[5]) != 6)
		return 2;
	for (uint32_t i = 0; i < count; i++) {
		make(first + i, mac, frame);
		if (send(fd, frame, FRAME_LEN, 0) != FRAME_LEN)
			fail("send");
	}
	return 0;
}

static _Noreturn void serve(const char *type, const char *device)
{
	int fd = open_device(device,
			     strcmp(type, "dgram") ? SOCK_RAW : SOCK_DGRAM,
			     ETH_P_ALL);
	uint8_t bytes[2048];
	uint32_t number;

	puts("ready");
	for (;;) {
		ssize_t n = recv(fd, bytes, sizeof(bytes), 0);
		const uint8_t *end = bytes + n;

		if (n < 0)
			fail("recv");
		if (n < FRAME_LEN / 2 ||
		    memcmp(end - sizeof(number) - sizeof(MARK), MARK,
			   sizeof(MARK)) != 0)
			continue;
		memcpy(&number, end - sizeof(number), sizeof(number));
		number = ntohl(number);
		printf("%u %s\n", number, kinds[number % N_KINDS].name);
	}
}

int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc == 6 && !strcmp(argv[1], "send"))
		return send_all(argv + 2);
	if (argc == 4 && !strcmp(argv[1], "serve"))
		serve(argv[2], argv[3]);
	return 2;
}
