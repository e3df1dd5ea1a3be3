/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Requests of ICMP, which no program can look up: what of this host says that
 * those which the rules refuse have no entry. None is there from before the
 * rules came (the kernel's table, by ctnetlink, but for what the host itself
 * asks), and none comes by a device for which the rules are others. Rules that
 * come back after others have no such time: TZ_CONTROL_REQUESTS.
 */
#include "runtime/tracking.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>

#include "runtime/netlink.h"

struct search {
	const struct ifaddrs *own; /* addresses; NULL: unknown */
	bool is_one;
};

static bool is_own(const struct ifaddrs *own, int family, const void *address)
{
	for (; own; own = own->ifa_next) {
		const struct sockaddr *any = own->ifa_addr;

		if (!any || any->sa_family != family)
			continue;
		if (family == AF_INET &&
		    !memcmp(&((const struct sockaddr_in *)any)->sin_addr,
			    address, sizeof(struct in_addr)))
			return true;
		if (family == AF_INET6 &&
		    !memcmp(&((const struct sockaddr_in6 *)any)->sin6_addr,
			    address, sizeof(struct in6_addr)))
			return true;
	}
	return false;
}

/* The attribute @type in @nest, of at least @len bytes; or NULL. */
static const void *find(const struct nlattr *nest, int type, size_t len)
{
	const struct nlattr *attr =
		nest ? tz_netlink_find(tz_netlink_data(nest),
				       tz_netlink_len(nest), type)
		     : NULL;

	return attr && tz_netlink_len(attr) >= len ? tz_netlink_data(attr)
						   : NULL;
}

static const struct nlattr *nested(const struct nlattr *nest, int type)
{
	return nest ? tz_netlink_find(tz_netlink_data(nest),
				      tz_netlink_len(nest), type)
		    : NULL;
}

/* An entry of ICMP that another host began. */
static int look_at(const struct nlmsghdr *nlh, void *arg)
{
	struct search *search = arg;
	const size_t head = NLMSG_LENGTH(sizeof(struct nfgenmsg));

	if (nlh->nlmsg_len < head)
		return 0;
	const struct nlattr *tuple = tz_netlink_find(
		(const char *)nlh + NLMSG_ALIGN(head),
		nlh->nlmsg_len - NLMSG_ALIGN(head), CTA_TUPLE_ORIG);
	const struct nlattr *ip = nested(tuple, CTA_TUPLE_IP);
	const uint8_t *proto =
		find(nested(tuple, CTA_TUPLE_PROTO), CTA_PROTO_NUM, 1);
	const void *src4 = find(ip, CTA_IP_V4_SRC, sizeof(struct in_addr));
	const void *src6 = find(ip, CTA_IP_V6_SRC, sizeof(struct in6_addr));

	if (!proto || (*proto != IPPROTO_ICMP && *proto != IPPROTO_ICMPV6))
		return 0;
	search->is_one |= !(src4 && is_own(search->own, AF_INET, src4)) &&
			  !(src6 && is_own(search->own, AF_INET6, src6));
	return 0;
}

bool tz_tracking_has_requests(void)
{
	struct {
		struct nlmsghdr nlh;
		struct nfgenmsg nfgen;
	} request = { 0 };
	struct search search = { 0 };
	struct ifaddrs *own = NULL;

	request.nlh.nlmsg_len = sizeof(request);
	request.nlh.nlmsg_type = NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_GET;
	if (getifaddrs(&own) == 0)
		search.own = own;

	int error = tz_netlink_dump(NETLINK_NETFILTER, &request.nlh, look_at,
				    &search);

	if (own)
		freeifaddrs(own);
	return error || search.is_one;
}

bool tz_tracking_has_devices(void)
{
	struct if_nameindex *all = if_nameindex();
	size_t n = 0;

	for (size_t i = 0; all && all[i].if_name; i++)
		n += strcmp(all[i].if_name, "lo") != 0;
	if (all)
		if_freenameindex(all);
	return !all || n > 1;
}
