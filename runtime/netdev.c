/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One dump of all links answers everything about a device: its own message,
 * its master's name, and who sits above it.
 */
#include "runtime/netdev.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/if_arp.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "runtime/netlink.h"
#include "runtime/scope.h"

#define DUMP_TRIES 5

struct link {
	struct tz_netdev dev;
	unsigned int lower_ifindex; /* 0: none, or in another namespace */
	char kind[16];
};

struct links {
	struct link *at;
	size_t n, cap;
};

static const struct nlattr *find_nested(const struct nlattr *attr, int type)
{
	return attr ? tz_netlink_find(tz_netlink_data(attr),
				      tz_netlink_len(attr), type)
		    : NULL;
}

static struct link read_link(const struct ifinfomsg *info, size_t len)
{
	const void *at = (const char *)info + NLMSG_ALIGN(sizeof(*info));
	const struct nlattr *linkinfo = tz_netlink_find(at, len, IFLA_LINKINFO);
	const struct nlattr *mac = tz_netlink_find(at, len, IFLA_ADDRESS);
	struct link link = { 0 };

	link.dev.ifindex = (unsigned int)info->ifi_index;
	link.dev.has_ethernet_header = info->ifi_type == ARPHRD_ETHER ||
				       info->ifi_type == ARPHRD_LOOPBACK;
	link.dev.has_no_link_header = info->ifi_type == ARPHRD_NONE ||
				      info->ifi_type == ARPHRD_RAWIP;
	link.dev.master_ifindex =
		tz_netlink_u32(tz_netlink_find(at, len, IFLA_MASTER));
	if (mac && tz_netlink_len(mac) == sizeof(link.dev.mac))
		memcpy(link.dev.mac, tz_netlink_data(mac),
		       sizeof(link.dev.mac));
	if (!tz_netlink_find(at, len, IFLA_LINK_NETNSID))
		link.lower_ifindex =
			tz_netlink_u32(tz_netlink_find(at, len, IFLA_LINK));
	tz_netlink_string(tz_netlink_find(at, len, IFLA_IFNAME), link.dev.name,
			  sizeof(link.dev.name));
	tz_netlink_string(find_nested(linkinfo, IFLA_INFO_KIND), link.kind,
			  sizeof(link.kind));
	return link;
}

static int keep_link(const struct nlmsghdr *nlh, void *arg)
{
	const struct ifinfomsg *info = NLMSG_DATA(nlh);
	struct links *links = arg;

	if (nlh->nlmsg_type != RTM_NEWLINK ||
	    nlh->nlmsg_len < NLMSG_SPACE(sizeof(*info)))
		return 0;
	if (links->n == links->cap) {
		size_t cap = links->cap ? 2 * links->cap : 16;
		struct link *at =
			reallocarray(links->at, cap, sizeof(*links->at));

		if (!at)
			return -ENOMEM;
		links->at = at;
		links->cap = cap;
	}
	links->at[links->n++] =
		read_link(info, nlh->nlmsg_len - NLMSG_SPACE(sizeof(*info)));
	return 0;
}

static int read_links(struct links *links)
{
	struct {
		struct nlmsghdr nlh;
		struct ifinfomsg info;
	} request = { 0 };
	int error = -EAGAIN;

	request.nlh.nlmsg_len = sizeof(request);
	request.nlh.nlmsg_type = RTM_GETLINK;
	for (int i = 0; i < DUMP_TRIES && error == -EAGAIN; i++) {
		links->n = 0;
		error = tz_netlink_dump(NETLINK_ROUTE, &request.nlh, keep_link,
					links);
	}
	return error;
}

/* Kinds whose devices take frames away from the device below them. */
static bool takes_frames(const char *kind)
{
	static const char *const kinds[] = { "macvlan", "macvtap", "ipvlan",
					     "ipvtap" };

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (!strcmp(kind, kinds[i]))
			return true;
	}
	return false;
}

static void add_neighbours(struct tz_netdev *dev, const struct links *links)
{
	for (size_t i = 0; i < links->n; i++) {
		const struct link *link = &links->at[i];

		if (dev->master_ifindex == link->dev.ifindex) {
			strcpy(dev->master_name, link->dev.name);
			strcpy(dev->master_kind, link->kind);
		}
		if (link->lower_ifindex != dev->ifindex)
			continue;
		if (!strcmp(link->kind, "vlan"))
			strcpy(dev->vlan_name, link->dev.name);
		if (takes_frames(link->kind)) {
			strcpy(dev->upper_name, link->dev.name);
			strcpy(dev->upper_kind, link->kind);
		}
	}
}

int tz_netdev_get(const char *name, struct tz_netdev *dev)
{
	struct links links = { 0 };
	int error = read_links(&links);
	_cleanup_free_ struct link *at = links.at;

	if (error)
		return error;
	for (size_t i = 0; i < links.n; i++) {
		if (strcmp(at[i].dev.name, name))
			continue;
		*dev = at[i].dev;
		add_neighbours(dev, &links);
		return 0;
	}
	return -ENODEV;
}

bool tz_netdev_strips_tags(const char *name)
{
	struct ethtool_value flags = { .cmd = ETHTOOL_GFLAGS };
	struct ifreq request = { .ifr_data = (void *)&flags };
	_cleanup_close_ int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	strncpy(request.ifr_name, name, sizeof(request.ifr_name) - 1);
	return fd >= 0 && ioctl(fd, SIOCETHTOOL, &request) == 0 &&
	       (flags.data & ETH_FLAG_RXVLAN);
}
