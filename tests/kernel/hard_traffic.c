/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Packets that do not lie in one piece in the kernel's memory.
 *
 *     hard_traffic take PORT                 UDP and TCP, until a signal
 *     hard_traffic udp PORT ADDRESS LEN N    N datagrams, put together by parts
 *     hard_traffic tcp PORT ADDRESS LEN      LEN bytes of a file by sendfile
 *
 * The payload of a datagram is "A" all through, that of every second one "B",
 * that of TCP "A". The server prints a line for each: "udp LEN" of a datagram
 * that is whole, "tcp LEN" when a connection has ended.
 */
#include <arpa/inet.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#define ROOM (16 << 20)
#define PART 7001

static _Noreturn void fail(const char *what)
{
	perror(what);
	exit(1);
}

static int open_port(int type, const char *port)
{
	struct sockaddr_in6 address = { .sin6_family = AF_INET6,
					.sin6_port = htons(atoi(port)) };
	int fd = socket(AF_INET6, type | SOCK_CLOEXEC, 0), on = 1, room = ROOM;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)) &&
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room)))
		fail("SO_RCVBUF");
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) ||
	    (type == SOCK_STREAM && listen(fd, 8)))
		fail("bind");
	return fd;
}

static void take_datagram(int fd)
{
	static char bytes[65536];
	ssize_t n = recv(fd, bytes, sizeof(bytes), 0);

	for (ssize_t i = 1; i < n; i++)
		if (bytes[i] != bytes[0])
			n = -1;
	printf("udp %zd\n", n);
}

static void take_connection(int fd)
{
	static char bytes[65536];
	size_t len = 0;
	ssize_t n;

	fd = accept(fd, NULL, NULL);
	while (fd >= 0 && (n = read(fd, bytes, sizeof(bytes))) > 0)
		len += (size_t)n;
	close(fd);
	printf("tcp %zu\n", len);
}

static _Noreturn void take(const char *port)
{
	struct pollfd fds[] = {
		{ .fd = open_port(SOCK_DGRAM, port), .events = POLLIN },
		{ .fd = open_port(SOCK_STREAM, port), .events = POLLIN },
	};

	puts("ready");
	for (;;) {
		if (poll(fds, 2, -1) < 0)
			fail("poll");
		if (fds[0].revents)
			take_datagram(fds[0].fd);
		if (fds[1].revents)
			take_connection(fds[1].fd);
	}
}

static struct addrinfo *find(char **argv, int type)
{
	struct addrinfo like = { .ai_flags = AI_NUMERICHOST,
				 .ai_socktype = type };
	struct addrinfo *to;

	if (getaddrinfo(argv[1], argv[0], &like, &to))
		fail("address");
	return to;
}

/* Not connected: nobody has to take them. */
static int send_datagrams(char **argv)
{
	struct addrinfo *to = find(argv, SOCK_DGRAM);
	int fd = socket(to->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int n = atoi(argv[3]), room = ROOM;
	size_t len = strtoul(argv[2], NULL, 10);
	char *bytes = malloc(len);

	setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room));
	for (int i = 0; i < n && bytes; i++) {
		memset(bytes, i % 2 ? 'B' : 'A', len);
		for (size_t at = 0; at < len; at += PART) {
			size_t left = len - at;
			int more = left > PART ? MSG_MORE : 0;

			if (sendto(fd, bytes + at, more ? PART : left, more,
				   to->ai_addr, to->ai_addrlen) < 0)
				fail("send");
		}
	}
	free(bytes);
	freeaddrinfo(to);
	return 0;
}

static int send_file(char **argv)
{
	struct addrinfo *to = find(argv, SOCK_STREAM);
	int fd = socket(to->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int file = memfd_create("payload", MFD_CLOEXEC);
	size_t len = strtoul(argv[2], NULL, 10);
	off_t at = 0;
	char *bytes;

	if (fd < 0 || connect(fd, to->ai_addr, to->ai_addrlen))
		fail("connect");
	freeaddrinfo(to);
	if (file < 0 || ftruncate(file, (off_t)len))
		fail("memfd");
	bytes = mmap(NULL, len, PROT_WRITE, MAP_SHARED, file, 0);
	if (bytes == MAP_FAILED)
		fail("mmap");
	memset(bytes, 'A', len);
	while ((size_t)at < len)
		if (sendfile(fd, file, &at, len - (size_t)at) <= 0)
			fail("sendfile");
	return close(fd);
}

int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc == 3 && !strcmp(argv[1], "take"))
		take(argv[2]);
	if (argc == 6 && !strcmp(argv[1], "udp"))
		return send_datagrams(argv + 2);
	if (argc == 5 && !strcmp(argv[1], "tcp"))
		return send_file(argv + 2);
	return 2;
}
