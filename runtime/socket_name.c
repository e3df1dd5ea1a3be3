/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a socket is, and what its filter's packets begin with. Observed on Linux
 * 6.18, and in udp_queue_rcv_one_skb, tcp_filter, raw_rcv, rawv6_rcv, ping_rcv,
 * packet_rcv: TCP, UDP, ICMP and raw IPv6 sockets see the header of that layer
 * first, with IP at SKF_NET_OFF; raw IPv4 sockets the IP header; packet sockets
 * the link header, or behind it (SOCK_DGRAM).
 */
#include "runtime/socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h> /* before those of linux/ */
#include <linux/if_arp.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

union address {
	struct sockaddr any;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
	struct sockaddr_ll ll;
	struct sockaddr_storage storage;
};

struct nature {
	int domain, type, protocol;
};

static int get_int(int fd, int option, int *value)
{
	socklen_t len = sizeof(*value);

	return getsockopt(fd, SOL_SOCKET, option, value, &len) < 0 ? -errno : 0;
}

const char *tz_socket_protocol(int protocol)
{
	static const struct {
		int number;
		const char *name;
	} names[] = {
		{ IPPROTO_UDP, "udp" },         { IPPROTO_TCP, "tcp" },
		{ IPPROTO_MPTCP, "mptcp" },     { IPPROTO_ICMP, "icmp" },
		{ IPPROTO_ICMPV6, "icmp6" },    { IPPROTO_SCTP, "sctp" },
		{ IPPROTO_UDPLITE, "udplite" },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (names[i].number == protocol)
			return names[i].name;
	}
	return NULL;
}

/* "192.0.2.1:53", "[2001:db8::1]:53"; a raw socket has no ports. */
static void print_address(const union address *address, char out[64])
{
	char text[INET6_ADDRSTRLEN];

	if (address->any.sa_family == AF_INET)
		snprintf(out, 64, "%s:%u",
			 inet_ntop(AF_INET, &address->in.sin_addr, text,
				   sizeof(text)),
			 ntohs(address->in.sin_port));
	else
		snprintf(out, 64, "[%s]:%u",
			 inet_ntop(AF_INET6, &address->in6.sin6_addr, text,
				   sizeof(text)),
			 ntohs(address->in6.sin6_port));
}

static char *name_of_inet(int fd, const struct nature *nature)
{
	const char *protocol = tz_socket_protocol(nature->protocol);
	union address local = { 0 }, peer = { 0 };
	socklen_t len = sizeof(local);
	char from[64], to[64] = "", *name;
	bool is_raw = nature->type == SOCK_RAW;

	if (getsockname(fd, &local.any, &len) < 0)
		local.any.sa_family = (sa_family_t)nature->domain;
	/* The IPv6 one says its protocol there, the IPv4 one does not. */
	if (is_raw)
		local.in.sin_port = htons((uint16_t)nature->protocol);
	print_address(&local, from);
	len = sizeof(peer);
	if (!is_raw && getpeername(fd, &peer.any, &len) == 0)
		print_address(&peer, to);
	if (asprintf(&name, "%s %s%s%s",
		     is_raw     ? "raw"
		     : protocol ? protocol
				: "ip",
		     from, *to ? " > " : "", to) < 0)
		return NULL;
	return name;
}

/* By the type of the device that it is bound to; without one, as Ethernet. */
static enum tamiz_link link_of_frames(const struct sockaddr_ll *ll)
{
	if (!ll->sll_ifindex)
		return TAMIZ_LINK_EN10MB;
	switch (ll->sll_hatype) {
	case ARPHRD_ETHER:
	case ARPHRD_LOOPBACK:
		return TAMIZ_LINK_EN10MB;
	case ARPHRD_NONE:
	case ARPHRD_TUNNEL:
	case ARPHRD_TUNNEL6:
	case ARPHRD_SIT:
	case ARPHRD_RAWIP:
		return TAMIZ_LINK_RAW;
	}
	return TAMIZ_LINK_DEFAULT;
}

static enum tamiz_link link_of_packets(const struct sockaddr_ll *ll)
{
	switch (ntohs(ll->sll_protocol)) {
	case ETH_P_IP:
		return TAMIZ_LINK_IPV4;
	case ETH_P_IPV6:
		return TAMIZ_LINK_IPV6;
	}
	return TAMIZ_LINK_RAW;
}

/* udp(7). */
static bool merges_datagrams(int fd, const struct nature *nature)
{
	int is_on = 0;
	socklen_t len = sizeof(is_on);

	return nature->protocol == IPPROTO_UDP && nature->type == SOCK_DGRAM &&
	       getsockopt(fd, IPPROTO_UDP, UDP_GRO, &is_on, &len) == 0 && is_on;
}

static int describe_packet(struct tamiz_socket *socket,
			   const struct nature *nature)
{
	union address address = { 0 };
	socklen_t len = sizeof(address);
	struct ifreq request = { 0 };

	if (getsockname(socket->fd, &address.any, &len) < 0)
		return -errno;
	/* Asked by the socket: it may be in another namespace. */
	request.ifr_ifindex = address.ll.sll_ifindex;
	if (!request.ifr_ifindex ||
	    ioctl(socket->fd, SIOCGIFNAME, &request) < 0)
		strcpy(request.ifr_name, "*");
	socket->link = nature->type == SOCK_RAW ? link_of_frames(&address.ll)
						: link_of_packets(&address.ll);
	if (asprintf(&socket->name, "packet %s", request.ifr_name) < 0)
		return -ENOMEM;
	return 0;
}

int tz_socket_describe(struct tamiz_socket *socket)
{
	struct nature nature;
	int error = get_int(socket->fd, SO_DOMAIN, &nature.domain);

	if (!error)
		error = get_int(socket->fd, SO_TYPE, &nature.type);
	if (!error)
		error = get_int(socket->fd, SO_PROTOCOL, &nature.protocol);
	if (error)
		return error;
	switch (nature.domain) {
	case AF_PACKET:
		return describe_packet(socket, &nature);
	case AF_INET:
		socket->link = nature.type == SOCK_RAW ? TAMIZ_LINK_IPV4
						       : TAMIZ_LINK_NET;
		break;
	case AF_INET6:
		socket->link = TAMIZ_LINK_NET;
		break;
	default:
		socket->link = TAMIZ_LINK_DEFAULT;
		return asprintf(&socket->name, "family %d", nature.domain) < 0
			       ? -ENOMEM
			       : 0;
	}
	socket->merges = merges_datagrams(socket->fd, &nature);
	socket->name = name_of_inet(socket->fd, &nature);
	return socket->name ? 0 : -ENOMEM;
}
