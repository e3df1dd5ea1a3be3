/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which sockets there are in this network namespace: sock_diag(7) for UDP, TCP
 * and packet sockets. Kernels may be without raw_diag; raw sockets are read
 * from /proc/net, whose lines have not changed in twenty years.
 */
#include "runtime/socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/packet_diag.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "runtime/message.h"
#include "runtime/netlink.h"
#include "runtime/scope.h"

#define DUMP_TRIES 5

struct listing {
	const struct tz_socket_query *query;
	struct tz_inodes *inodes;
};

static int add_inode(struct tz_inodes *inodes, uint64_t inode)
{
	uint64_t *at =
		reallocarray(inodes->at, inodes->n + 1, sizeof(*inodes->at));

	if (!at)
		return -ENOMEM;
	inodes->at = at;
	at[inodes->n++] = inode;
	return 0;
}

/* Of a socket that is bound to @address, in network byte order. */
static bool is_meant(const struct tz_socket_query *query, int family,
		     const void *address, unsigned int port)
{
	static const __u8 mapped[12] = { [10] = 0xff, [11] = 0xff };
	const __u8 *bytes = address;

	if (family == 6 && !memcmp(bytes, mapped, sizeof(mapped))) {
		family = 4;
		bytes += sizeof(mapped);
	}
	if (query->has_port && query->port != port)
		return false;
	return !query->family ||
	       (query->family == family &&
		!memcmp(query->address, bytes, family == 4 ? 4 : 16));
}

static int keep_inet(const struct nlmsghdr *nlh, void *arg)
{
	const struct inet_diag_msg *msg = NLMSG_DATA(nlh);
	struct listing *listing = arg;

	if (nlh->nlmsg_type != SOCK_DIAG_BY_FAMILY ||
	    nlh->nlmsg_len < NLMSG_LENGTH(sizeof(*msg)) ||
	    !is_meant(listing->query, msg->idiag_family == AF_INET ? 4 : 6,
		      msg->id.idiag_src, ntohs(msg->id.idiag_sport)))
		return 0;
	if (msg->idiag_inode)
		return add_inode(listing->inodes, msg->idiag_inode);
	/* What waits for its end, or is half open, has no inode either. */
	if (listing->query->protocol == IPPROTO_TCP &&
	    msg->idiag_state == TCP_ESTABLISHED)
		listing->inodes->n_nobodys++;
	return 0;
}

static int keep_packet(const struct nlmsghdr *nlh, void *arg)
{
	const struct packet_diag_msg *msg = NLMSG_DATA(nlh);
	struct listing *listing = arg;
	const struct packet_diag_info *info = NULL;
	const struct nlattr *attr = NULL;

	if (nlh->nlmsg_type != SOCK_DIAG_BY_FAMILY ||
	    nlh->nlmsg_len < NLMSG_LENGTH(sizeof(*msg)))
		return 0;
	attr = tz_netlink_find(msg + 1,
			       nlh->nlmsg_len - NLMSG_LENGTH(sizeof(*msg)),
			       PACKET_DIAG_INFO);
	if (attr && tz_netlink_len(attr) >= sizeof(*info))
		info = tz_netlink_data(attr);
	if (listing->query->ifindex &&
	    (!info || info->pdi_index != listing->query->ifindex))
		return 0;
	return add_inode(listing->inodes, msg->pdiag_ino);
}

/* Asks anew when the list changed while it was read. */
static int dump(struct nlmsghdr *request, struct listing *listing,
		int (*keep)(const struct nlmsghdr *nlh, void *arg))
{
	size_t n_before = listing->inodes->n;
	size_t n_nobodys = listing->inodes->n_nobodys;
	int error = -EAGAIN;

	for (int i = 0; i < DUMP_TRIES && error == -EAGAIN; i++) {
		listing->inodes->n = n_before;
		listing->inodes->n_nobodys = n_nobodys;
		error = tz_netlink_dump(NETLINK_SOCK_DIAG, request, keep,
					listing);
	}
	return error;
}

static int list_inet(struct listing *listing, int family)
{
	struct {
		struct nlmsghdr nlh;
		struct inet_diag_req_v2 ask;
	} request = {
		.nlh = { .nlmsg_len = sizeof(request),
			 .nlmsg_type = SOCK_DIAG_BY_FAMILY },
		.ask = { .sdiag_family = (__u8)family,
			 .sdiag_protocol = (__u8)listing->query->protocol,
			 .idiag_states = ~0u },
	};

	return dump(&request.nlh, listing, keep_inet);
}

static int list_packet(struct listing *listing)
{
	struct {
		struct nlmsghdr nlh;
		struct packet_diag_req ask;
	} request = {
		.nlh = { .nlmsg_len = sizeof(request),
			 .nlmsg_type = SOCK_DIAG_BY_FAMILY },
		.ask = { .sdiag_family = AF_PACKET,
			 .pdiag_show = PACKET_SHOW_INFO },
	};

	return dump(&request.nlh, listing, keep_packet);
}

/* "  58: 0100007F:003A 00000000:0000 07 ...": words in the host's order. */
static int keep_line(const char *line, int family, struct listing *listing)
{
	unsigned int words[4], port;
	unsigned long inode;
	int at = 0;

	if (sscanf(line, " %*u: %n", &at), !at)
		return 0;
	for (int i = 0; i < (family == 4 ? 1 : 4); i++, at += 8) {
		if (sscanf(line + at, "%8x", &words[i]) != 1)
			return 0;
	}
	if (sscanf(line + at, ":%x %*s %*s %*s %*s %*s %*s %*s %lu", &port,
		   &inode) != 2 ||
	    !inode || !is_meant(listing->query, family, words, port))
		return 0;
	return add_inode(listing->inodes, inode);
}

static int list_raw(struct listing *listing, int family)
{
	FILE *file = fopen(family == 4 ? "/proc/thread-self/net/raw"
				       : "/proc/thread-self/net/raw6",
			   "re");
	char line[512];
	int error = 0;

	if (!file)
		return errno == ENOENT ? 0 : -errno;
	while (!error && fgets(line, sizeof(line), file))
		error = keep_line(line, family, listing);
	fclose(file);
	return error;
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

int tz_socket_list(const struct tz_socket_query *query,
		   struct tz_inodes *inodes, struct tamiz_message *message)
{
	struct listing listing = { query, inodes };
	int error;

	switch (query->protocol) {
	case 0:
		error = list_packet(&listing);
		break;
	case IPPROTO_RAW:
		error = list_raw(&listing, 4);
		if (!error)
			error = list_raw(&listing, 6);
		break;
	default:
		error = list_inet(&listing, AF_INET);
		if (!error)
			error = list_inet(&listing, AF_INET6);
	}
	if (error)
		return tz_message_fail(
			message, error, "cannot list sockets: %s%s",
			strerror(-error),
			error == -ENOENT ? " (the kernel has no sock_diag "
					   "for these: name PID:FD)"
					 : "");
	if (inodes->n)
		qsort(inodes->at, inodes->n, sizeof(*inodes->at), compare);
	return 0;
}
