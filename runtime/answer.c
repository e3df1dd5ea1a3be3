/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A veth hands what XDP sends to its other end, which takes it only with an XDP
 * program of its own (drivers/net/veth.c, veth_xdp_flush); else it is lost. The
 * other end may be in another namespace, of which the kernel tells all the
 * same. Every other driver with native XDP, and generic XDP, sends.
 */
#include "runtime/answer.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "runtime/message.h"
#include "runtime/netlink.h"
#include "runtime/scope.h"

#define TRIES_MAX 20

struct link {
	unsigned int ifindex; /* asked for */
	bool is_veth, is_elsewhere, has_program;
	unsigned int peer, netnsid;
};

static const struct nlattr *find_in(const struct nlattr *attr, int type)
{
	return attr ? tz_netlink_find(tz_netlink_data(attr),
				      tz_netlink_len(attr), type)
		    : NULL;
}

static int read_link(const struct nlmsghdr *nlh, void *arg)
{
	const struct ifinfomsg *info = NLMSG_DATA(nlh);
	struct link *link = arg;

	if (nlh->nlmsg_type != RTM_NEWLINK ||
	    nlh->nlmsg_len < NLMSG_SPACE(sizeof(*info)) ||
	    (unsigned int)info->ifi_index != link->ifindex)
		return 0;

	const void *at = (const char *)info + NLMSG_ALIGN(sizeof(*info));
	size_t len = nlh->nlmsg_len - NLMSG_SPACE(sizeof(*info));
	const struct nlattr *nsid = tz_netlink_find(at, len, IFLA_LINK_NETNSID);
	const struct nlattr *attached =
		find_in(tz_netlink_find(at, len, IFLA_XDP), IFLA_XDP_ATTACHED);
	char kind[16];

	tz_netlink_string(find_in(tz_netlink_find(at, len, IFLA_LINKINFO),
				  IFLA_INFO_KIND),
			  kind, sizeof(kind));
	link->is_veth = !strcmp(kind, "veth");
	link->peer = tz_netlink_u32(tz_netlink_find(at, len, IFLA_LINK));
	link->is_elsewhere = nsid;
	link->netnsid = tz_netlink_u32(nsid);
	link->has_program = attached && tz_netlink_len(attached) &&
			    *(const uint8_t *)tz_netlink_data(attached) !=
				    XDP_ATTACHED_NONE;
	return 0;
}

/* The link of that number, in the namespace @netnsid if there is one. */
static int get_link(struct link *link, const unsigned int *netnsid)
{
	struct {
		struct nlmsghdr nlh;
		struct ifinfomsg info;
		struct nlattr attr;
		unsigned int netnsid;
	} request;
	int error = -EAGAIN;

	memset(&request, 0, sizeof(request));
	request.nlh.nlmsg_len =
		netnsid ? sizeof(request) : NLMSG_LENGTH(sizeof(request.info));
	request.nlh.nlmsg_type = RTM_GETLINK;
	request.attr.nla_type = IFLA_TARGET_NETNSID;
	request.attr.nla_len = NLA_HDRLEN + sizeof(request.netnsid);
	request.netnsid = netnsid ? *netnsid : 0;
	for (int i = 0; i < TRIES_MAX && error == -EAGAIN; i++)
		error = tz_netlink_dump(NETLINK_ROUTE, &request.nlh, read_link,
					link);
	return error;
}

/* Whether the kernel's own forwarding answers lookups by loopback. */
static bool is_on(const char *path)
{
	char value = '0';
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);

	return fd >= 0 && read(fd, &value, 1) == 1 && value != '0';
}

/* Notes where routing has no way back to tell of. */
static void note_forwarding(const char *fate, struct tamiz_notes *notes)
{
	for (int family = 4; family <= 6; family += 2) {
		char path[64];

		snprintf(path, sizeof(path),
			 "/proc/sys/net/ipv%d/conf/lo/forwarding", family);
		if (!is_on(path))
			tz_note(notes,
				"what REJECT of IPv%d takes %s: routing tells "
				"XDP no way back without "
				"net.ipv%d.conf.lo.forwarding",
				family, fate, family);
	}
}

bool tz_answer_goes_out(const struct tamiz_change *change, unsigned int ifindex,
			struct tamiz_notes *notes)
{
	const char *fate = change->options->mode == TAMIZ_MODE_REPLACE
				   ? "is dropped without an answer"
				   : "goes up to be answered";
	struct link link = { .ifindex = ifindex }, peer = { 0 };

	if (change->upper) {
		tz_note(notes,
			"what REJECT takes on %s %s: routing leads back by %s",
			change->ifname, fate, change->upper);
		return false;
	}
	note_forwarding(fate, notes);
	if (get_link(&link, NULL) || !link.is_veth)
		return true;
	peer.ifindex = link.peer;
	if (!get_link(&peer, link.is_elsewhere ? &link.netnsid : NULL) &&
	    peer.has_program)
		return true;
	tz_note(notes,
		"what REJECT takes on %s %s: the other end of this veth has no "
		"XDP program, and takes no frames that XDP sends back",
		change->ifname, fate);
	return false;
}

/* A number of a sysctl between @min and @max; else 0. */
static unsigned int read_number(const char *path, unsigned long min,
				unsigned long max)
{
	char text[32] = "";
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	unsigned long number;

	if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0)
		return 0;
	number = strtoul(text, NULL, 10);
	return number >= min && number <= max ? (unsigned int)number : 0;
}

void tamiz_answers_teach(const char *ifname, struct tamiz_options *options)
{
	char path[64];

	if (options->answers != TAMIZ_ANSWERS_XDP)
		return;
	snprintf(path, sizeof(path), "/proc/sys/net/ipv6/conf/%s/hop_limit",
		 ifname);
	options->host_ttl =
		read_number("/proc/sys/net/ipv4/ip_default_ttl", 1, 255);
	options->host_hops = read_number(path, 1, 255);
	if (!options->answer_rate)
		options->answer_rate =
			read_number("/proc/sys/net/ipv4/icmp_msgs_per_sec", 1,
				    TAMIZ_ANSWER_RATE_MAX);
}
