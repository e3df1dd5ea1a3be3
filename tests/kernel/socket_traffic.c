/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Datagrams whose every byte follows from their number, for filters on sockets.
 *
 *     socket_traffic serve KIND PORT     udp gro udp4 udp6 raw4 raw6 packet
 * cooked socket_traffic send FIRST COUNT PORT IPV4 IPV6 socket_traffic listen
 * PORT         TCP: who was accepted socket_traffic connect PORT FROM IPV4
 *     socket_traffic unix                a pair of sockets that does nothing
 *
 * Both ends print a line "FAMILY FROM NUMBER LENGTH" for each datagram; the
 * server says "broken" of one that is not whole. Source ports are 4001 to 4004,
 * datagrams with even numbers go by IPv4, the others by IPv6. COUNT 0: until
 * SIGTERM, some thousand in a second. Servers print a line "ready" first and
 * live until a signal ends them.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/udp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define LEN_MIN 4
#define LEN_MAX 1400
#define FROM 4001
#define N_FROM 4
#define ROOM (16 << 20)
#define PAUSE_NS 200000
#define UDP_LEN 8

union address {
	struct sockaddr any;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
	struct sockaddr_storage storage;
};

static volatile sig_atomic_t is_over;

static void end(int number)
{
	(void)number;
	is_over = 1;
}

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static size_t len_of(uint32_t number)
{
	return LEN_MIN + number * 131u % (LEN_MAX - LEN_MIN + 1);
}

static void fill(uint32_t number, uint8_t *payload)
{
	uint32_t be = htonl(number);

	memcpy(payload, &be, sizeof(be));
	for (size_t i = sizeof(be); i < len_of(number); i++)
		payload[i] = (uint8_t)(number * 7 + i * 13 + i / 256);
}

/* @port: network byte order. */
static void report(int family, uint16_t port, const uint8_t *payload,
		   size_t len)
{
	uint8_t whole[LEN_MAX];
	uint32_t number;

	if (len < sizeof(number)) {
		printf("broken: %zu bytes\n", len);
		return;
	}
	memcpy(&number, payload, sizeof(number));
	number = ntohl(number);
	fill(number, whole);
	printf("%d %u %u %zu%s\n", family, ntohs(port), number, len,
	       len != len_of(number) || memcmp(whole, payload, len) ? " broken"
								    : "");
}

static int open_socket(int domain, int type, int protocol)
{
	int fd = socket(domain, type | SOCK_CLOEXEC, protocol), on = 1;
	int room = ROOM;

	if (fd < 0)
		fail("socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (type == SOCK_DGRAM && domain != AF_PACKET)
		setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)) &&
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room)))
		fail("SO_RCVBUF");
	return fd;
}

static int bind_any(int domain, int type, uint16_t port)
{
	union address address = { 0 };
	int fd = open_socket(domain, type, 0);

	address.any.sa_family = (sa_family_t)domain;
	address.in.sin_port = htons(port); /* where IPv6 has it, too */
	if (bind(fd, &address.any,
		 domain == AF_INET ? sizeof(address.in) : sizeof(address.in6)))
		fail("bind");
	return fd;
}

/* Behind the IP header at @bytes, which are all of it; NULL: no UDP. */
static const uint8_t *skip_ip(const uint8_t *bytes, size_t len, int *family)
{
	size_t header = *bytes >> 4 == 4 ? (*bytes & 15u) * 4 : 40;

	*family = *bytes >> 4;
	if (len < header + UDP_LEN ||
	    bytes[*family == 4 ? 9 : 6] != IPPROTO_UDP)
		return NULL;
	return bytes + header;
}

/* What came without UDP taken off, at @udp. */
static void report_udp(int family, const uint8_t *udp, const uint8_t *bytes_end,
		       uint16_t port)
{
	uint16_t ports[3];

	memcpy(ports, udp, sizeof(ports));
	if (ports[1] == htons(port))
		report(family, ports[0], udp + UDP_LEN,
		       (size_t)(bytes_end - udp) - UDP_LEN);
}

enum kind { UDP, GRO, UDP4, UDP6, RAW4, RAW6, PACKET, COOKED, N_KINDS };

static const char *const kinds[N_KINDS] = {
	"udp", "gro", "udp4", "udp6", "raw4", "raw6", "packet", "cooked"
};

static int open_kind(enum kind kind, uint16_t port)
{
	int on = 1, fd;

	switch (kind) {
	case UDP4:
		return bind_any(AF_INET, SOCK_DGRAM, port);
	case RAW4:
		return open_socket(AF_INET, SOCK_RAW, IPPROTO_UDP);
	case RAW6:
		return open_socket(AF_INET6, SOCK_RAW, IPPROTO_UDP);
	case PACKET:
		return open_socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL));
	case COOKED:
		return open_socket(AF_PACKET, SOCK_DGRAM, htons(ETH_P_ALL));
	case UDP:
	case GRO:
	case UDP6:
	case N_KINDS:
		break;
	}
	fd = open_socket(AF_INET6, SOCK_DGRAM, 0);
	if (kind == GRO &&
	    setsockopt(fd, IPPROTO_UDP, UDP_GRO, &on, sizeof(on)))
		fail("UDP_GRO");
	if (kind == UDP6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));

	union address address = { .in6 = { .sin6_family = AF_INET6,
					   .sin6_port = htons(port) } };

	if (bind(fd, &address.any, sizeof(address.in6)))
		fail("bind");
	return fd;
}

static void take(enum kind kind, const uint8_t *bytes, size_t len,
		 const union address *from, uint16_t port)
{
	size_t link = kind == PACKET ? ETH_HLEN : 0;
	bool is_mapped = from->any.sa_family == AF_INET6 &&
			 IN6_IS_ADDR_V4MAPPED(&from->in6.sin6_addr);
	const uint8_t *udp;
	int family = from->any.sa_family == AF_INET || is_mapped ? 4 : 6;

	if (kind <= UDP6) {
		report(family, from->in.sin_port, bytes, len);
	} else if (kind == RAW6) {
		if (len >= UDP_LEN)
			report_udp(6, bytes, bytes + len, port);
	} else if (len > link) {
		udp = skip_ip(bytes + link, len - link, &family);
		if (udp)
			report_udp(family, udp, bytes + len, port);
	}
}

static int serve(const char *name, uint16_t port)
{
	enum kind kind = 0;

	while (kind < N_KINDS && strcmp(kinds[kind], name))
		kind++;
	if (kind == N_KINDS)
		return 2;

	int fd = open_kind(kind, port);

	puts("ready");
	while (!is_over) {
		uint8_t bytes[65536];
		union address from = { 0 };
		socklen_t from_len = sizeof(from);
		ssize_t n = recvfrom(fd, bytes, sizeof(bytes), 0, &from.any,
				     &from_len);

		if (n >= 0)
			take(kind, bytes, (size_t)n, &from, port);
	}
	return 0;
}

static void send_one(const int fds[][2], uint32_t number,
		     const union address to[2])
{
	uint8_t payload[LEN_MAX];
	unsigned int from = number / 2 % N_FROM;
	bool is_ipv6 = number % 2;

	fill(number, payload);
	if (sendto(fds[from][is_ipv6], payload, len_of(number), 0,
		   &to[is_ipv6].any,
		   is_ipv6 ? sizeof(to[1].in6) : sizeof(to[0].in)) < 0)
		fail("sendto");
	report(is_ipv6 ? 6 : 4, htons((uint16_t)(FROM + from)), payload,
	       len_of(number));
}

static int send_all(char **argv)
{
	uint32_t first = (uint32_t)strtoul(argv[0], NULL, 0);
	uint32_t count = (uint32_t)strtoul(argv[1], NULL, 0);
	uint16_t port = htons((uint16_t)atoi(argv[2]));
	union address to[2] = {
		{ .in = { .sin_family = AF_INET, .sin_port = port } },
		{ .in6 = { .sin6_family = AF_INET6, .sin6_port = port } },
	};
	int fds[N_FROM][2];

	if (inet_pton(AF_INET, argv[3], &to[0].in.sin_addr) != 1 ||
	    inet_pton(AF_INET6, argv[4], &to[1].in6.sin6_addr) != 1)
		return 2;
	for (int i = 0; i < N_FROM; i++) {
		int on = 1;

		fds[i][0] = bind_any(AF_INET, SOCK_DGRAM, (uint16_t)(FROM + i));
		fds[i][1] = open_socket(AF_INET6, SOCK_DGRAM, 0);
		setsockopt(fds[i][1], IPPROTO_IPV6, IPV6_V6ONLY, &on,
			   sizeof(on));

		union address from = {
			.in6 = { .sin6_family = AF_INET6,
				 .sin6_port = htons((uint16_t)(FROM + i)) }
		};

		if (bind(fds[i][1], &from.any, sizeof(from.in6)))
			fail("bind");
	}
	for (uint32_t i = 0; !is_over && (!count || i < count); i++) {
		const struct timespec pause = { .tv_nsec = PAUSE_NS };

		send_one(fds, first + i, to);
		if (!count)
			nanosleep(&pause, NULL);
	}
	return 0;
}

static int listen_to(uint16_t port)
{
	int fd = bind_any(AF_INET, SOCK_STREAM, port);

	if (listen(fd, 16))
		fail("listen");
	puts("ready");
	while (!is_over) {
		union address from = { 0 };
		socklen_t len = sizeof(from);
		int peer = accept(fd, &from.any, &len);

		if (peer >= 0)
			printf("%u\n", ntohs(from.in.sin_port));
	}
	return 0;
}

/* Holds the connection, or waits for it, until a signal ends it. */
static int connect_to(char **argv)
{
	union address to = { .in = { .sin_family = AF_INET } };
	int fd = bind_any(AF_INET, SOCK_STREAM, (uint16_t)atoi(argv[1]));

	to.in.sin_port = htons((uint16_t)atoi(argv[0]));
	if (inet_pton(AF_INET, argv[2], &to.in.sin_addr) != 1)
		return 2;
	puts("ready");
	if (connect(fd, &to.any, sizeof(to.in)) == 0)
		pause();
	return 0;
}

static int hold_unix(void)
{
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_DGRAM, 0, fds))
		fail("socketpair");
	puts("ready");
	pause();
	return 0;
}

int main(int argc, char **argv)
{
	/* No SA_RESTART: what waits is to wake. */
	struct sigaction action = { .sa_handler = end };

	sigaction(SIGTERM, &action, NULL);
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc == 4 && !strcmp(argv[1], "serve"))
		return serve(argv[2], (uint16_t)atoi(argv[3]));
	if (argc == 7 && !strcmp(argv[1], "send"))
		return send_all(argv + 2);
	if (argc == 3 && !strcmp(argv[1], "listen"))
		return listen_to((uint16_t)atoi(argv[2]));
	if (argc == 5 && !strcmp(argv[1], "connect"))
		return connect_to(argv + 2);
	if (argc == 2 && !strcmp(argv[1], "unix"))
		return hold_unix();
	return 2;
}
