/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One row for each socket. Which of them takes a packet is written down by
 * hand: of those that may, the one that names most of its addresses
 * (net/ipv4/udp.c:compute_score, inet_hashtables.c). Connections of TCP are
 * made by TCP_REPAIR, without a packet, but for one that has ended and one that
 * is not yet made, for which hosts must talk on `lo`. What a program may find
 * is from bpf/include/tamiz/test_sock.bpf.h.
 */
#include "socks.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <tamiz/sock.h>

#include "watch.h"

enum { SKMARK = 7, FLAGS = 0x17, SYN = 0x02 };

#define OWN4 0xc613fffe /* 198.19.255.254 */
#define PEER4 0x0a090001
#define V6(block) ((tz_value)0x20010db800000000 << 64 | (tz_value)(block) << 80)
#define OWN6 (V6(0xffff) | 1)
#define PEER6 (V6(0x99) | 1)

enum special {
	NOTHING,
	DUAL,
	ON_LO,
	TRANSPARENT,
	MARKED,
	DEFERS, /* a handshake waits for the first byte (TCP_DEFER_ACCEPT) */
	ENDED,  /* by this side, so that it is in TIME_WAIT */
	BEGUN,  /* of a listener that defers */
};

/* Of TCP those without a remote port listen. */
static const struct row {
	enum tz_family family;
	uint8_t proto;
	tz_value local, remote; /* 0: any */
	uint16_t port, remote_port;
	enum special special;
} rows[] = {
	{ TZ_IPV4, IPPROTO_UDP, OWN4, 0, 5300, 0, NOTHING },
	{ TZ_IPV4, IPPROTO_UDP, 0, 0, 5301, 0, NOTHING },
	{ TZ_IPV4, IPPROTO_UDP, OWN4, PEER4, 5302, 5000, NOTHING },
	{ TZ_IPV4, IPPROTO_UDP, 0, 0, 5303, 0, NOTHING },
	{ TZ_IPV4, IPPROTO_UDP, OWN4, 0, 5303, 0, NOTHING },
	{ TZ_IPV4, IPPROTO_UDP, OWN4, 0, 5304, 0, ON_LO },
	{ TZ_IPV4, IPPROTO_UDP, OWN4, 0, 5305, 0, TRANSPARENT },
	{ TZ_IPV6, IPPROTO_UDP, 0, 0, 5306, 0, DUAL },
	{ TZ_IPV4, IPPROTO_UDP, OWN4, 0, 5307, 0, MARKED },
	{ TZ_IPV4, IPPROTO_TCP, OWN4, 0, 8000, 0, NOTHING },
	{ TZ_IPV4, IPPROTO_TCP, 0, 0, 8001, 0, NOTHING },
	{ TZ_IPV4, IPPROTO_TCP, OWN4, PEER4, 8001, 6000, NOTHING },
	{ TZ_IPV4, IPPROTO_TCP, OWN4, 0, 8002, 0, TRANSPARENT },
	{ TZ_IPV4, IPPROTO_TCP, OWN4, OWN4, 8004, 7001, ENDED },
	{ TZ_IPV4, IPPROTO_TCP, 0, 0, 8005, 0, DEFERS },
	{ TZ_IPV4, IPPROTO_TCP, OWN4, OWN4, 8005, 7002, BEGUN },
	{ TZ_IPV6, IPPROTO_UDP, OWN6, 0, 5300, 0, NOTHING },
	{ TZ_IPV6, IPPROTO_UDP, 0, 0, 5301, 0, NOTHING },
	{ TZ_IPV6, IPPROTO_UDP, OWN6, PEER6, 5302, 5000, NOTHING },
	{ TZ_IPV6, IPPROTO_UDP, 0, 0, 5303, 0, NOTHING },
	{ TZ_IPV6, IPPROTO_UDP, OWN6, 0, 5303, 0, NOTHING },
	{ TZ_IPV6, IPPROTO_UDP, OWN6, 0, 5304, 0, ON_LO },
	{ TZ_IPV6, IPPROTO_UDP, OWN6, 0, 5305, 0, TRANSPARENT },
	{ TZ_IPV6, IPPROTO_UDP, OWN6, 0, 5307, 0, MARKED },
	{ TZ_IPV6, IPPROTO_TCP, OWN6, 0, 8000, 0, NOTHING },
	{ TZ_IPV6, IPPROTO_TCP, 0, 0, 8001, 0, NOTHING },
	{ TZ_IPV6, IPPROTO_TCP, OWN6, PEER6, 8001, 6000, NOTHING },
	{ TZ_IPV6, IPPROTO_TCP, OWN6, 0, 8002, 0, TRANSPARENT },
	{ TZ_IPV6, IPPROTO_TCP, OWN6, OWN6, 8004, 7001, ENDED },
	{ TZ_IPV6, IPPROTO_TCP, 0, 0, 8005, 0, DEFERS },
	{ TZ_IPV6, IPPROTO_TCP, OWN6, OWN6, 8005, 7002, BEGUN },
};

#define N_ROWS (sizeof(rows) / sizeof(rows[0]))
_Static_assert(N_ROWS <= TZ_SOCKS_MAX, "there is room for each");

/* ---- opening them ---- */

static bool set(int fd, int level, int option, int value)
{
	return !setsockopt(fd, level, option, &value, sizeof(value));
}

static socklen_t address_of(struct sockaddr_storage *to, enum tz_family family,
			    tz_value address, uint16_t port)
{
	struct sockaddr_in *in = (struct sockaddr_in *)to;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)to;

	memset(to, 0, sizeof(*to));
	if (family == TZ_IPV4) {
		in->sin_family = AF_INET;
		in->sin_addr.s_addr = htonl((uint32_t)address);
		in->sin_port = htons(port);
		return sizeof(*in);
	}
	in6->sin6_family = AF_INET6;
	in6->sin6_port = htons(port);
	for (int i = 16; i-- > 0; address >>= 8)
		in6->sin6_addr.s6_addr[i] = (uint8_t)address;
	return sizeof(*in6);
}

static bool prepare(int fd, const struct row *row)
{
	bool is_v4 = row->family == TZ_IPV4;

	if (!is_v4 && !set(fd, IPPROTO_IPV6, IPV6_V6ONLY, row->special != DUAL))
		return false;
	if (row->special == ON_LO &&
	    setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "lo", 3))
		return false;
	if (row->special == TRANSPARENT &&
	    !set(fd, is_v4 ? IPPROTO_IP : IPPROTO_IPV6,
		 is_v4 ? IP_TRANSPARENT : IPV6_TRANSPARENT, 1))
		return false;
	if (row->special == MARKED && !set(fd, SOL_SOCKET, SO_MARK, SKMARK))
		return false;
	if (row->special == DEFERS &&
	    (!set(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, 600) ||
	     !set(fd, SOL_SOCKET, SO_MARK, TZ_WATCH_TALK_MARK)))
		return false;
	return set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
}

/* @fd becomes the remote side of @row, connected. */
static bool connect_to(int fd, const struct row *row)
{
	struct sockaddr_storage local, remote;
	socklen_t len = address_of(&local, row->family, row->local, row->port);

	address_of(&remote, row->family, row->remote, row->remote_port);
	return set(fd, SOL_SOCKET, SO_REUSEADDR, 1) &&
	       set(fd, SOL_SOCKET, SO_MARK, TZ_WATCH_TALK_MARK) &&
	       !bind(fd, (struct sockaddr *)&remote, len) &&
	       !connect(fd, (struct sockaddr *)&local, len);
}

/* A connection that @row's side has closed before the other. */
static bool end(int fd, const struct row *row)
{
	struct sockaddr_storage local;
	socklen_t len = address_of(&local, row->family, row->local, row->port);
	int listener = socket(local.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int accepted = -1;
	char byte;

	if (listener >= 0 && set(listener, SOL_SOCKET, SO_REUSEADDR, 1) &&
	    set(listener, SOL_SOCKET, SO_MARK, TZ_WATCH_TALK_MARK) &&
	    !bind(listener, (struct sockaddr *)&local, len) &&
	    !listen(listener, 1) && connect_to(fd, row))
		accepted = accept(listener, NULL, NULL);
	if (accepted >= 0)
		close(accepted);
	if (listener >= 0)
		close(listener);
	/* closing the other side is left to who closes them all */
	return accepted >= 0 && read(fd, &byte, 1) == 0;
}

static bool open_row(int fd, const struct row *row)
{
	if (row->special == ENDED)
		return end(fd, row);
	if (row->special == BEGUN)
		return connect_to(fd, row);

	struct sockaddr_storage local, remote;
	socklen_t len = address_of(&local, row->family, row->local, row->port);
	bool is_tcp = row->proto == IPPROTO_TCP;

	address_of(&remote, row->family, row->remote, row->remote_port);
	if (!prepare(fd, row) ||
	    (is_tcp && row->remote && !set(fd, IPPROTO_TCP, TCP_REPAIR, 1)) ||
	    bind(fd, (struct sockaddr *)&local, len))
		return false;
	if (row->remote)
		return !connect(fd, (struct sockaddr *)&remote, len);
	return !is_tcp || !listen(fd, 8);
}

int tz_socks_open(struct tz_socks *socks)
{
	for (socks->n = 0; socks->n < N_ROWS; socks->n++) {
		const struct row *row = &rows[socks->n];
		int type = row->proto == IPPROTO_TCP ? SOCK_STREAM : SOCK_DGRAM;
		int fd = socket(row->family == TZ_IPV4 ? AF_INET : AF_INET6,
				type | SOCK_CLOEXEC, 0);
		bool is_open = fd >= 0 && open_row(fd, row);
		int err = -errno;

		socks->fds[socks->n] = fd;
		if (is_open)
			continue;
		fprintf(stderr,
			"oracle: cannot open the socket of row %zu: "
			"%s\n",
			socks->n, strerror(-err));
		return err;
	}
	return 0;
}

void tz_socks_close(struct tz_socks *socks)
{
	while (socks->n)
		close(socks->fds[--socks->n]);
}

/* ---- what they take ---- */

static uint16_t port_at(const struct tz_packet *packet, size_t offset)
{
	const uint8_t *at = packet->frame + packet->l4 + offset;

	return (uint16_t)(at[0] << 8 | at[1]);
}

static bool takes(const struct row *row, const struct tz_packet *packet)
{
	if (row->proto != packet->proto || row->special == ON_LO ||
	    (row->family != packet->family && row->special != DUAL))
		return false;
	return row->port == port_at(packet, 2) &&
	       (!row->local || row->local == packet->dst) &&
	       (!row->remote || (row->remote == packet->src &&
				 row->remote_port == port_at(packet, 0)));
}

static const struct row *find(const struct tz_packet *packet)
{
	const struct row *best = NULL;
	int score = -1;

	for (size_t i = 0; i < N_ROWS; i++) {
		int of_row = !!rows[i].local + 2 * !!rows[i].remote;

		if (of_row > score && takes(&rows[i], packet)) {
			best = &rows[i];
			score = of_row;
		}
	}
	return best;
}

/* In INPUT the kernel looks for who has joined the group. */
static bool is_for_group(const struct tz_packet *packet)
{
	return packet->proto == IPPROTO_UDP &&
	       (packet->family == TZ_IPV4 ? packet->dst >> 28 == 14
					  : packet->dst >> 120 == 0xff);
}

static enum tz_truth in_kernel(void *arg, const struct tz_packet *packet,
			       unsigned int flags)
{
	const struct row *row = find(packet);

	(void)arg;
	if (is_for_group(packet))
		return TZ_UNKNOWN;
	if (!row || (!row->local && !(flags & TZ_SOCKET_NOWILDCARD)))
		return TZ_FALSE;
	if (flags & TZ_SOCKET_TRANSPARENT && row->special != TRANSPARENT)
		return TZ_FALSE;
	return TZ_TRUE;
}

static enum tz_truth at_xdp(void *arg, const struct tz_packet *packet,
			    unsigned int flags)
{
	const struct row *row = find(packet);

	if (!row)
		return in_kernel(arg, packet, flags);
	if (!row->local && !(flags & TZ_SOCKET_NOWILDCARD))
		return row->proto == IPPROTO_TCP &&
				       (packet->frame[packet->l4 + 13] &
					FLAGS) != SYN
			       ? TZ_UNKNOWN
			       : in_kernel(arg, packet, flags);
	return flags & TZ_SOCKET_TRANSPARENT ? TZ_UNKNOWN
					     : in_kernel(arg, packet, flags);
}

const struct tz_sockets *tz_socks_in_kernel(void)
{
	static const struct tz_sockets sockets = { in_kernel, NULL };

	return &sockets;
}

const struct tz_sockets *tz_socks_at_xdp(void)
{
	static const struct tz_sockets sockets = { at_xdp, NULL };

	return &sockets;
}
