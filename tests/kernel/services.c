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
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FILE_LEN = 1 << 20, QUESTION_LEN = 200, LARGE_LEN = 4000 };
enum { TALK_ROUNDS = 50, TALK_LEN = 700 };
enum { RETRY_MS = 300 };

union address {
	struct sockaddr any;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

static union address from, to;

static socklen_t set_address(union address *address, const char *text,
			     uint16_t port)
{
	*address = (union address){ 0 };
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

static uint8_t file_byte(size_t i)
{
	return (uint8_t)(i * 7 + (i >> 8));
}

static bool write_all(int fd, const uint8_t *bytes, size_t len)
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

static bool read_all(int fd, uint8_t *bytes, size_t len)
{
	return recv(fd, bytes, len, MSG_WAITALL) == (ssize_t)len;
}

/* What a child of the server says to one client. */

static void send_file(int fd)
{
	static uint8_t bytes[FILE_LEN];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = file_byte(i);
	write_all(fd, bytes, sizeof(bytes));
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
		if (!write_all(fd, bytes, (size_t)n))
			return;
}

/* A listening socket on every address of @domain; 0: any port. */
static int listen_on(int domain, uint16_t port)
{
	const int on = 1;
	union address address;
	socklen_t len = set_address(&address,
				    domain == AF_INET ? "0.0.0.0" : "::", port);
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
	    !write_all(fd, (const uint8_t *)"220 here\r\n", 10) ||
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

	if (!write_all(fd, (const uint8_t *)line, (size_t)n))
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
	union address peer;

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

static int serve(void)
{
	static const int domains[] = { AF_INET, AF_INET6 };

	for (size_t i = 0; i < 2; i++) {
		union address address;
		socklen_t len = set_address(&address, i ? "::" : "0.0.0.0", 53);
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

/* The clients. */

static socklen_t set_port(union address *address, uint16_t port)
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
	static uint8_t bytes[FILE_LEN];

	if (!read_all(fd, bytes, sizeof(bytes)))
		return false;
	for (size_t i = 0; i < sizeof(bytes); i++)
		if (bytes[i] != file_byte(i))
			return false;
	return recv(fd, bytes, 1, 0) == 0;
}

static bool ask_http(void)
{
	int fd = connect_to(SOCK_STREAM, 80);

	return fd >= 0 && write_all(fd, (const uint8_t *)"GET /", 5) &&
	       take_file(fd);
}

static bool converse(uint16_t port, int n_rounds)
{
	uint8_t said[TALK_LEN], heard[TALK_LEN];
	int fd = connect_to(SOCK_STREAM, port);

	for (int i = 0; fd >= 0 && i < n_rounds; i++) {
		memset(said, i, sizeof(said));
		if (!write_all(fd, said, sizeof(said)) ||
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
		question[i] = file_byte(i);
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
	    !write_all(fd, (const uint8_t *)"PASV\r\n", 6))
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
		return serve();
	if (argc > 5 && strcmp(what, "ask") == 0) {
		set_address(&from, argv[2], 0);
		set_address(&to, argv[3], 0);
		return ask(argv + 5, argc - 5,
			   (unsigned int)strtoul(argv[4], NULL, 10));
	}
	if (argc == 5 && strcmp(what, "scan") == 0) {
		set_address(&from, argv[2], 0);
		set_address(&to, argv[3], 0);
		return scan((unsigned int)strtoul(argv[4], NULL, 10));
	}
	if (argc == 5 && strcmp(what, "flood") == 0) {
		set_address(&to, argv[2], 0);
		return flood((uint16_t)strtoul(argv[3], NULL, 10),
			     (unsigned int)strtoul(argv[4], NULL, 10));
	}
	fputs("Usage: services serve | ask FROM TO SECONDS SERVICE... |\n"
	      "       scan FROM TO COUNT | flood TO PORT COUNT\n",
	      stderr);
	return 2;
}
