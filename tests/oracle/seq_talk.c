/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Nothing here waits, and no failure matters: a connection that the rules
 * refuse is one of the things that happen. Client ports are few, so that tuples
 * come again while conntrack remembers them.
 */
#include "seq_talk.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CLIENT, SERVER, N_SIDES };
enum { CONNECTIONS_MAX = 32, LISTENERS_MAX = 24, CLIENT_PORTS = 24 };
enum { FIRST_CLIENT_PORT = 40000, CHUNK_MAX = 12000, DATAGRAM_MAX = 4000 };

/* Sockets of one kind on one side; a full pool loses its oldest. */
struct pool {
	int fds[CONNECTIONS_MAX];
	size_t n, next;
};

struct side {
	int ns;
	struct pool connections; /* of TCP, either end */
	struct pool datagrams;   /* connected sockets of UDP */
	int listeners[LISTENERS_MAX], servers[LISTENERS_MAX];
	size_t n_listeners, n_servers;
};

struct tz_talk {
	struct side sides[N_SIDES];
	int domain;
	const struct tz_seq_flow *flows;
	size_t n_flows;
	unsigned int seed;
	uint16_t n_pings;
};

union address {
	struct sockaddr any;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

static uint32_t below(struct tz_talk *talk, uint32_t n)
{
	return (uint32_t)rand_r(&talk->seed) % n;
}

static socklen_t make_address(const struct tz_talk *talk,
			      union address *address, const uint8_t *bytes,
			      uint16_t port)
{
	*address =
		(union address){ .any.sa_family = (sa_family_t)talk->domain };
	if (talk->domain == AF_INET6) {
		address->in6.sin6_port = htons(port);
		if (bytes)
			memcpy(&address->in6.sin6_addr, bytes, 16);
		return sizeof(address->in6);
	}
	address->in.sin_port = htons(port);
	if (bytes)
		memcpy(&address->in.sin_addr, bytes, 4);
	return sizeof(address->in);
}

static void keep(struct pool *pool, int fd)
{
	size_t i = pool->next++ % CONNECTIONS_MAX;

	if (i < pool->n)
		close(pool->fds[i]);
	else
		pool->n = i + 1;
	pool->fds[i] = fd;
}

/* Some socket of @pool; -1: there is none. */
static int pick(struct tz_talk *talk, const struct pool *pool)
{
	return pool->n ? pool->fds[below(talk, (uint32_t)pool->n)] : -1;
}

static void drop(struct pool *pool, int fd)
{
	for (size_t i = 0; i < pool->n; i++)
		if (pool->fds[i] == fd) {
			close(fd);
			pool->fds[i] = pool->fds[--pool->n];
			pool->next = pool->n;
			return;
		}
}

static int bind_to(struct tz_talk *talk, int ns, int type, const uint8_t *bytes,
		   uint16_t port)
{
	union address address;
	socklen_t len = make_address(talk, &address, bytes, port);
	int fd = tz_seq_socket(ns, talk->domain, type, 0);

	if (fd >= 0 && bind(fd, &address.any, len)) {
		close(fd);
		return -1;
	}
	return fd;
}

static void serve(struct tz_talk *talk, struct side *side, uint16_t port)
{
	const int on = 1;
	int fd = side->n_listeners < LISTENERS_MAX
			 ? bind_to(talk, side->ns, SOCK_STREAM, NULL, port)
			 : -1;

	if (fd >= 0 && listen(fd, 64) == 0)
		side->listeners[side->n_listeners++] = fd;
	fd = side->n_servers < LISTENERS_MAX
		     ? bind_to(talk, side->ns, SOCK_DGRAM, NULL, port)
		     : -1;
	if (fd < 0)
		return;
	setsockopt(fd, SOL_IP, IP_PKTINFO, &on, sizeof(on));
	setsockopt(fd, SOL_IPV6, IPV6_RECVPKTINFO, &on, sizeof(on));
	side->servers[side->n_servers++] = fd;
}

/* From the source of a flow to its destination, or the other way round. */
static int connect_some(struct tz_talk *talk, size_t from, int type)
{
	const struct tz_seq_flow *flow =
		&talk->flows[below(talk, (uint32_t)talk->n_flows)];
	const uint8_t *src = from == CLIENT ? flow->src : flow->dst;
	const uint8_t *dst = from == CLIENT ? flow->dst : flow->src;
	uint16_t sport =
		FIRST_CLIENT_PORT + (uint16_t)below(talk, CLIENT_PORTS);
	union address to;
	socklen_t len = make_address(talk, &to, dst, flow->dport);

	if (below(talk, 8) == 0)
		sport = flow->sport;
	int fd = bind_to(talk, talk->sides[from].ns, type, src, sport);

	if (fd < 0)
		return -1;
	if (connect(fd, &to.any, len) && errno != EINPROGRESS) {
		close(fd);
		return -1;
	}
	return fd;
}

static void accept_all(struct side *side)
{
	for (size_t i = 0; i < side->n_listeners; i++) {
		int fd;

		while ((fd = accept4(side->listeners[i], NULL, NULL,
				     SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0)
			keep(&side->connections, fd);
	}
}

static void say(struct tz_talk *talk, int fd, uint32_t max)
{
	static const uint8_t words[CHUNK_MAX];

	if (fd >= 0)
		send(fd, words, 1 + below(talk, max), MSG_NOSIGNAL);
}

static void hear_all(const struct pool *pool)
{
	static uint8_t words[CHUNK_MAX];

	for (size_t i = 0; i < pool->n; i++)
		while (recv(pool->fds[i], words, sizeof(words), 0) > 0)
			;
}

static void end_some(struct tz_talk *talk, struct pool *pool)
{
	const struct linger at_once = { .l_onoff = 1 };
	int fd = pick(talk, pool);

	if (fd < 0)
		return;
	switch (below(talk, 4)) {
	case 0:
		shutdown(fd, SHUT_WR);
		return;
	case 1:
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once,
			   sizeof(at_once));
	}
	drop(pool, fd);
}

/* A server of datagrams answers, with the address that was asked. */
static void answer(struct tz_talk *talk, int fd)
{
	uint8_t words[DATAGRAM_MAX], control[256];
	union address peer;
	struct iovec part = { words, sizeof(words) };
	struct msghdr message = {
		.msg_name = &peer,
		.msg_namelen = sizeof(peer),
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	ssize_t n = recvmsg(fd, &message, 0);

	if (n < 0)
		return;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c;
	     c = CMSG_NXTHDR(&message, c))
		if (c->cmsg_level == SOL_IP) {
			struct in_pktinfo *info = (void *)CMSG_DATA(c);

			info->ipi_spec_dst = info->ipi_addr;
			info->ipi_ifindex = 0;
		} else if (c->cmsg_level == SOL_IPV6) {
			struct in6_pktinfo *info = (void *)CMSG_DATA(c);

			info->ipi6_ifindex = 0;
		}
	part.iov_len = (size_t)n;
	message.msg_flags = 0;
	if (below(talk, 8))
		sendmsg(fd, &message, 0);
}

static void answer_all(struct tz_talk *talk, const struct side *side)
{
	for (size_t i = 0; i < side->n_servers; i++)
		answer(talk, side->servers[i]);
}

/* An echo request; the kernel of the other side answers. */
static void ping(struct tz_talk *talk, size_t from)
{
	const struct tz_seq_flow *flow =
		&talk->flows[below(talk, (uint32_t)talk->n_flows)];
	const uint8_t *src = from == CLIENT ? flow->src : flow->dst;
	const uint8_t *dst = from == CLIENT ? flow->dst : flow->src;
	bool is_v6 = talk->domain == AF_INET6;
	uint8_t request[56] = { is_v6 ? 128 : 8 };
	/* no two hosts say the same: who has an address sends with it */
	uint16_t id = htons((uint16_t)(talk->n_pings++ % 16 + from * 256));
	union address own, to;
	socklen_t len = make_address(talk, &own, src, 0);
	int fd = tz_seq_socket(talk->sides[from].ns, talk->domain, SOCK_RAW,
			       is_v6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP);

	memcpy(request + 4, &id, sizeof(id));
	if (!is_v6) { /* The kernel sums only ICMPv6: here all else is zero. */
		uint32_t sum = 0x0800 + (uint32_t)ntohs(id);

		request[2] = (uint8_t)(~sum >> 8);
		request[3] = (uint8_t)~sum;
	}
	if (fd >= 0 && bind(fd, &own.any, len) == 0) {
		make_address(talk, &to, dst, 0);
		sendto(fd, request, sizeof(request), 0, &to.any, len);
	}
	if (fd >= 0)
		close(fd);
}

void tz_talk_step(struct tz_talk *talk)
{
	size_t who = below(talk, 3) ? CLIENT : SERVER;
	struct side *side = &talk->sides[who];
	int fd;

	for (size_t i = 0; i < N_SIDES; i++) {
		accept_all(&talk->sides[i]);
		hear_all(&talk->sides[i].connections);
		hear_all(&talk->sides[i].datagrams);
	}
	switch (below(talk, 9)) {
	case 0:
		fd = connect_some(talk, who, SOCK_STREAM);
		if (fd >= 0)
			keep(&side->connections, fd);
		break;
	case 1:
		fd = connect_some(talk, who, SOCK_DGRAM);
		if (fd >= 0)
			keep(&side->datagrams, fd);
		/* fall through */
	case 2:
		say(talk, pick(talk, &side->datagrams), DATAGRAM_MAX);
		break;
	case 3:
	case 4:
		say(talk, pick(talk, &side->connections),
		    below(talk, 3) ? 600 : CHUNK_MAX);
		break;
	case 5:
		end_some(talk, &side->connections);
		break;
	case 6:
		ping(talk, who);
		break;
	case 7:
		end_some(talk, &side->datagrams);
		break;
	case 8:
		answer_all(talk, side);
	}
}

struct tz_talk *tz_talk_open(const struct tz_seq_lab *lab, int domain,
			     const struct tz_seq_flow *flows, size_t n_flows,
			     const uint16_t *ports, size_t n_ports,
			     unsigned int seed)
{
	struct tz_talk *talk = calloc(1, sizeof(*talk));

	if (!talk)
		return NULL;
	*talk = (struct tz_talk){
		.domain = domain,
		.flows = flows,
		.n_flows = n_flows,
		.seed = seed,
	};
	talk->sides[CLIENT].ns = lab->client;
	talk->sides[SERVER].ns =
		lab->options.is_router ? lab->server : lab->host;
	for (size_t i = 0; i < N_SIDES; i++) {
		for (size_t k = 0; k < n_ports; k++)
			serve(talk, &talk->sides[i], ports[k]);
		for (size_t k = 0; k < n_flows; k++)
			if (flows[k].dport % 4 != 3)
				serve(talk, &talk->sides[i], flows[k].dport);
	}
	return talk;
}

static void close_pool(struct pool *pool)
{
	for (size_t i = 0; i < pool->n; i++)
		close(pool->fds[i]);
}

void tz_talk_close(struct tz_talk *talk)
{
	for (size_t i = 0; talk && i < N_SIDES; i++) {
		struct side *side = &talk->sides[i];

		close_pool(&side->connections);
		close_pool(&side->datagrams);
		for (size_t k = 0; k < side->n_listeners; k++)
			close(side->listeners[k]);
		for (size_t k = 0; k < side->n_servers; k++)
			close(side->servers[k]);
	}
	free(talk);
}
