/* SPDX-License-Identifier: GPL-2.0-only */
/* The server: a child for every port, and one for each of its clients. */
#include "services.h"

#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

socklen_t services_set_address(union services_address *address,
			       const char *text, uint16_t port)
{
	*address = (union services_address){ 0 };
	if (inet_pton(AF_INET, text, &address->in.sin_addr) == 1) {
		address->in.sin_family = AF_INET;
		address->in.sin_port = htons(port);
		return sizeof(address->in);
	}
	if (inet_pton(AF_INET6, text, &address->in6.sin6_addr) != 1) {
		fprintf(stderr, "services: no address: %s\n", text);
		exit(2);
	}
	address->in6.sin6_family = AF_INET6;
	address->in6.sin6_port = htons(port);
	return sizeof(address->in6);
}

uint8_t services_file_byte(size_t i)
{
	return (uint8_t)(i * 7 + (i >> 8));
}

bool services_write_all(int fd, const uint8_t *bytes, size_t len)
{
	while (len > 0) {
		ssize_t n = send(fd, bytes, len, MSG_NOSIGNAL);

		if (n <= 0)
			return false;
		bytes += n;
		len -= (size_t)n;
	}
	return true;
}

/* What a child of the server says to one client. */

static void send_file(int fd)
{
	static uint8_t bytes[SERVICES_FILE_LEN];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = services_file_byte(i);
	services_write_all(fd, bytes, sizeof(bytes));
}

static void serve_http(int fd)
{
	uint8_t request[64];

	if (recv(fd, request, sizeof(request), 0) > 0)
		send_file(fd);
}

static void serve_echo(int fd)
{
	uint8_t bytes[2048];
	ssize_t n;

	while ((n = recv(fd, bytes, sizeof(bytes), 0)) > 0)
		if (!services_write_all(fd, bytes, (size_t)n))
			return;
}

/* A listening socket on every address of @domain; 0: any port. */
static int listen_on(int domain, uint16_t port)
{
	const int on = 1;
	union services_address address;
	socklen_t len = services_set_address(
		&address, domain == AF_INET ? "0.0.0.0" : "::", port);
	int fd = socket(domain, SOCK_STREAM | SOCK_CLOEXEC, 0);

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (domain == AF_INET6)
		setsockopt(fd, SOL_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	if (fd < 0 || bind(fd, &address.any, len) || listen(fd, 64)) {
		perror("services: listen");
		exit(3);
	}
	return fd;
}

/* "227 Entering Passive Mode" of RFC 959, and the file there. */
static void serve_ftp(int fd)
{
	struct sockaddr_in own, data;
	socklen_t len = sizeof(own);
	char line[128];

	if (getsockname(fd, (struct sockaddr *)&own, &len) ||
	    own.sin_family != AF_INET ||
	    !services_write_all(fd, (const uint8_t *)"220 here\r\n", 10) ||
	    recv(fd, line, sizeof(line), 0) <= 0)
		return;
	int data_fd = listen_on(AF_INET, 0);
	uint32_t address = ntohl(own.sin_addr.s_addr);

	len = sizeof(data);
	getsockname(data_fd, (struct sockaddr *)&data, &len);
	int n = snprintf(line, sizeof(line),
			 "227 Entering Passive Mode (%u,%u,%u,%u,%u,%u)\r\n",
			 address >> 24, address >> 16 & 255, address >> 8 & 255,
			 address & 255, ntohs(data.sin_port) >> 8,
			 ntohs(data.sin_port) & 255u);

	if (!services_write_all(fd, (const uint8_t *)line, (size_t)n))
		return;
	int peer = accept(data_fd, NULL, NULL);

	if (peer >= 0)
		send_file(peer);
	close(peer);
	recv(fd, line, sizeof(line), 0); /* until the client goes */
}

static void serve_datagrams(int fd)
{
	static uint8_t bytes[65536];
	union services_address peer;

	for (;;) {
		socklen_t len = sizeof(peer);
		ssize_t n =
			recvfrom(fd, bytes, sizeof(bytes), 0, &peer.any, &len);

		if (n > 0)
			sendto(fd, bytes, (size_t)n, 0, &peer.any, len);
	}
}

static const struct listener {
	uint16_t port;
	void (*serve)(int fd);
} listeners[] = {
	{ 21, serve_ftp },  { 22, serve_echo },   { 53, serve_echo },
	{ 80, serve_http }, { 8080, serve_http },
};

/* Goes on in a child, which dies with its parent. */
static bool is_child(void)
{
	pid_t parent = getpid();

	if (fork() != 0)
		return false;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(0);
	return true;
}

static void serve_connections(int fd, const struct listener *listener)
{
	signal(SIGCHLD, SIG_IGN);
	for (;;) {
		int peer = accept(fd, NULL, NULL);

		if (peer >= 0 && is_child()) {
			listener->serve(peer);
			_exit(0);
		}
		close(peer);
	}
}

int services_serve(void)
{
	static const int domains[] = { AF_INET, AF_INET6 };

	for (size_t i = 0; i < 2; i++) {
		union services_address address;
		socklen_t len = services_set_address(&address,
						     i ? "::" : "0.0.0.0", 53);
		const int on = 1;
		int fd = socket(domains[i], SOCK_DGRAM, 0);

		if (i)
			setsockopt(fd, SOL_IPV6, IPV6_V6ONLY, &on, sizeof(on));
		if (bind(fd, &address.any, len)) {
			perror("services: bind");
			return 3;
		}
		if (is_child())
			serve_datagrams(fd);
		for (size_t k = 0; k < sizeof(listeners) / sizeof(*listeners);
		     k++) {
			fd = listen_on(domains[i], listeners[k].port);
			if (is_child())
				serve_connections(fd, &listeners[k]);
		}
	}
	puts("ready");
	fflush(stdout);
	for (;;)
		pause();
}
