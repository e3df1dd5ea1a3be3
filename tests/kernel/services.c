/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Services as people run them, and who uses them, for rules in between:
 *
 *     services serve
 *     services ask FROM TO SECONDS SERVICE...
 *     services scan FROM TO COUNT       SYNs to as many ports, from 1 on
 *     services flood TO PORT COUNT      SYNs from as many addresses
 *
 * FROM and TO are addresses of one family. `ask` prints a line "SERVICE ok" or
 * "SERVICE failed" for each, and exits 1 when one has failed in that time:
 *
 *     http       1 MiB by TCP, every byte looked at
 *     ssh        a connection that talks both ways for a while
 *     dns, dns-tcp
 *     fragments  a question and an answer of several fragments
 *     ping
 *     ftp        passive: the answer tells the port where the file is
 *
 * The server prints "ready" and lives until a signal ends it.
 */
#include "services.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { QUESTION_LEN = 200, LARGE_LEN = 4000 };
enum { TALK_ROUNDS = 50, TALK_LEN = 700 };
enum { RETRY_MS = 300 };

static union services_address from, to;

static bool read_all(int fd, uint8_t *bytes, size_t len)
{
	return recv(fd, bytes, len, MSG_WAITALL) == (ssize_t)len;
}

/* The clients. */

static socklen_t set_port(union services_address *address, uint16_t port)
{
	if (address->any.sa_family == AF_INET) {
		address->in.sin_port = htons(port);
		return sizeof(address->in);
	}
	address->in6.sin6_port = htons(port);
	return sizeof(address->in6);
}

static int open_from(int type, int protocol)
{
	int fd = socket(to.any.sa_family, type, protocol);

	if (fd < 0 || bind(fd, &from.any, set_port(&from, 0)))
		return -1;
	return fd;
}

static int connect_to(int type, uint16_t port)
{
	int fd = open_from(type, 0);

	if (fd >= 0 && connect(fd, &to.any, set_port(&to, port)))
		return -1;
	return fd;
}

static bool take_file(int fd)
{
	static uint8_t bytes[SERVICES_FILE_LEN];

	if (!read_all(fd, bytes, sizeof(bytes)))
		return false;
	for (size_t i = 0; i < sizeof(bytes); i++)
		if (bytes[i] != services_file_byte(i))
			return false;
	return recv(fd, bytes, 1, 0) == 0;
}

static bool ask_http(void)
{
	int fd = connect_to(SOCK_STREAM, 80);

	return fd >= 0 && services_write_all(fd, (const uint8_t *)"GET /", 5) &&
	       take_file(fd);
}

static bool converse(uint16_t port, int n_rounds)
{
	uint8_t said[TALK_LEN], heard[TALK_LEN];
	int fd = connect_to(SOCK_STREAM, port);

	for (int i = 0; fd >= 0 && i < n_rounds; i++) {
		memset(said, i, sizeof(said));
		if (!services_write_all(fd, said, sizeof(said)) ||
		    !read_all(fd, heard, sizeof(heard)) ||
		    memcmp(said, heard, sizeof(said)) != 0)
			return false;
	}
	return fd >= 0;
}

static bool ask_ssh(void)
{
	return converse(22, TALK_ROUNDS);
}

static bool ask_dns_tcp(void)
{
	return converse(53, 1);
}

/* Asks again until an answer comes that has the question's bytes at @off. */
static bool exchange(int fd, const uint8_t *question, size_t len, size_t off)
{
	static uint8_t answer[65536];
	struct pollfd poll_fd = { fd, POLLIN, 0 };

	for (;;) {
		if (send(fd, question, len, 0) < 0 && errno != ECONNREFUSED)
			return false;
		if (poll(&poll_fd, 1, RETRY_MS) <= 0)
			continue;
		ssize_t n = recv(fd, answer, sizeof(answer), 0);

		if (n == (ssize_t)len &&
		    memcmp(answer + off, question + off, len - off) == 0)
			return true;
	}
}

static bool ask_datagram(size_t len)
{
	static uint8_t question[LARGE_LEN];
	int fd = connect_to(SOCK_DGRAM, 53);

	for (size_t i = 0; i < len; i++)
		question[i] = services_file_byte(i);
	return fd >= 0 && exchange(fd, question, len, 0);
}

static bool ask_dns(void)
{
	return ask_datagram(QUESTION_LEN);
}

static bool ask_fragments(void)
{
	return ask_datagram(LARGE_LEN);
}

/*
 * By a socket of the ping kind, which takes only its own answers, and changes
 * the header.
 */
static bool ask_ping(void)
{
	bool is_v6 = to.any.sa_family == AF_INET6;
	uint8_t request[64] = { is_v6 ? 128 : 8, 0, 0, 0, 0, 0, 0, 1, 42 };
	int fd = open_from(SOCK_DGRAM, is_v6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP);

	return fd >= 0 && !connect(fd, &to.any, set_port(&to, 0)) &&
	       exchange(fd, request, sizeof(request), 8);
}

static bool ask_ftp(void)
{
	unsigned int part[6];
	char line[128];
	int fd = connect_to(SOCK_STREAM, 21);

	if (fd < 0 || recv(fd, line, sizeof(line), 0) <= 0 ||
	    !services_write_all(fd, (const uint8_t *)"PASV\r\n", 6))
		return false;
	ssize_t n = recv(fd, line, sizeof(line) - 1, 0);

	if (n <= 0)
		return false;
	line[n] = '\0';
	if (sscanf(line, "227 Entering Passive Mode (%u,%u,%u,%u,%u,%u)",
		   &part[0], &part[1], &part[2], &part[3], &part[4],
		   &part[5]) != 6)
		return false;
	int data = connect_to(SOCK_STREAM, (uint16_t)(part[4] << 8 | part[5]));

	return data >= 0 && take_file(data);
}

static const struct service {
	const char *name;
	bool (*ask)(void);
} services[] = {
	{ "http", ask_http },
	{ "ssh", ask_ssh },
	{ "dns", ask_dns },
	{ "dns-tcp", ask_dns_tcp },
	{ "fragments", ask_fragments },
	{ "ping", ask_ping },
	{ "ftp", ask_ftp },
};

static const struct service *find_service(const char *name)
{
	for (size_t i = 0; i < sizeof(services) / sizeof(services[0]); i++)
		if (strcmp(services[i].name, name) == 0)
			return &services[i];
	fprintf(stderr, "services: no service: %s\n", name);
	exit(2);
}

static pid_t start(const struct service *service, unsigned int seconds)
{
	pid_t pid = fork();

	if (pid == 0) {
		alarm(seconds);
		_exit(!service->ask());
	}
	return pid;
}

/* All at the same time. */
static int ask(char *names[], int n, unsigned int seconds)
{
	pid_t pids[sizeof(services) / sizeof(services[0])];
	int n_failed = 0;

	if (n > (int)(sizeof(pids) / sizeof(pids[0])))
		return 2;
	for (int i = 0; i < n; i++)
		pids[i] = start(find_service(names[i]), seconds);
	for (int i = 0; i < n; i++) {
		int status = 1;

		waitpid(pids[i], &status, 0);
		n_failed += status != 0;
		printf("%s %s\n", names[i], status ? "failed" : "ok");
	}
	return n_failed != 0;
}

/* Ones' complement sum of RFC 1071, of an even number of bytes. */
static uint32_t sum(const void *data, size_t len)
{
	const uint8_t *bytes = data;
	uint32_t value = 0;

	for (size_t i = 0; i < len; i += 2)
		value += (uint32_t)bytes[i] << 8 | bytes[i + 1];
	return value;
}

static uint16_t fold(uint32_t value)
{
	while (value >> 16)
		value = (value & 0xffff) + (value >> 16);
	return htons((uint16_t)~value);
}

/* A SYN to `to`, from @source (host order). */
static void send_syn(int fd, uint32_t source, uint16_t sport)
{
	struct {
		struct iphdr ip;
		struct tcphdr tcp;
	} packet = {
		.ip = { .version = 4,
			.ihl = 5,
			.ttl = 64,
			.protocol = IPPROTO_TCP,
			.tot_len = htons(sizeof(packet)),
			.saddr = htonl(source),
			.daddr = to.in.sin_addr.s_addr },
		.tcp = { .source = htons(sport),
			 .dest = to.in.sin_port,
			 .seq = htonl(source ^ sport),
			 .doff = 5,
			 .syn = 1,
			 .window = htons(1024) },
	};

	packet.tcp.check = fold(IPPROTO_TCP + sizeof(packet.tcp) +
				sum(&packet.ip.saddr, 8) +
				sum(&packet.tcp, sizeof(packet.tcp)));
	sendto(fd, &packet, sizeof(packet), 0, &to.any, sizeof(to.in));
}

static int scan(unsigned int count)
{
	int fd = socket(AF_INET, SOCK_RAW, IPPROTO_RAW);

	for (unsigned int i = 0; fd >= 0 && i < count; i++) {
		set_port(&to, (uint16_t)(1 + i));
		send_syn(fd, ntohl(from.in.sin_addr.s_addr), 61000);
	}
	return fd < 0;
}

/* From 100.64.0.0/10, one address after the other. */
static int flood(uint16_t port, unsigned int count)
{
	int fd = socket(AF_INET, SOCK_RAW, IPPROTO_RAW);

	set_port(&to, port);
	for (uint32_t i = 0; fd >= 0 && i < count; i++)
		send_syn(fd, 0x64400000 + (i * 2654435761u >> 10),
			 (uint16_t)(1024 + i % 60000));
	return fd < 0;
}

int main(int argc, char *argv[])
{
	const char *what = argc > 1 ? argv[1] : "";

	if (argc == 2 && strcmp(what, "serve") == 0)
		return services_serve();
	if (argc > 5 && strcmp(what, "ask") == 0) {
		services_set_address(&from, argv[2], 0);
		services_set_address(&to, argv[3], 0);
		return ask(argv + 5, argc - 5,
			   (unsigned int)strtoul(argv[4], NULL, 10));
	}
	if (argc == 5 && strcmp(what, "scan") == 0) {
		services_set_address(&from, argv[2], 0);
		services_set_address(&to, argv[3], 0);
		return scan((unsigned int)strtoul(argv[4], NULL, 10));
	}
	if (argc == 5 && strcmp(what, "flood") == 0) {
		services_set_address(&to, argv[2], 0);
		return flood((uint16_t)strtoul(argv[3], NULL, 10),
			     (unsigned int)strtoul(argv[4], NULL, 10));
	}
	fputs("Usage: services serve | ask FROM TO SECONDS SERVICE... |\n"
	      "       scan FROM TO COUNT | flood TO PORT COUNT\n",
	      stderr);
	return 2;
}
