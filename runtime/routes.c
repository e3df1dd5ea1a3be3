/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads a sysctl of all devices: `all`, `default` and each of them, for IPv4
 * (where one of two is enough) and IPv6. And the routing rules, and the routes
 * of IPv6, by netlink.
 */
#include "runtime/routes.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "runtime/netlink.h"
#include "runtime/scope.h"

#define TRIES_MAX 20

static bool is_off(const char *path)
{
	char value = '0'; /* a device that is gone has no routes */
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd >= 0 && read(fd, &value, 1) != 1)
		value = 0;
	return value == '0';
}

bool tz_routes_are_ignored(void)
{
	glob_t found;
	bool are_ignored = false;

	if (glob("/proc/sys/net/ipv[46]/conf/*/ignore_routes_with_linkdown", 0,
		 NULL, &found))
		return true;
	for (size_t i = 0; i < found.gl_pathc && !are_ignored; i++)
		are_ignored = !is_off(found.gl_pathv[i]);
	globfree(&found);
	return are_ignored;
}

static bool is_told_of_all(const struct nlattr *attr)
{
	switch (attr->nla_type & NLA_TYPE_MASK) {
	case FRA_PRIORITY:
	case FRA_TABLE:
	case FRA_PROTOCOL:
		return true;
	case FRA_SUPPRESS_PREFIXLEN:
		return tz_netlink_u32(attr) == UINT32_MAX;
	}
	return false;
}

/* Whether the rule does not ask `local` or `main` of every packet. */
static bool is_unusual(const struct nlmsghdr *nlh)
{
	const struct fib_rule_hdr *rule = NLMSG_DATA(nlh);
	const size_t head = NLMSG_LENGTH(NLMSG_ALIGN(sizeof(*rule)));
	const char *at = (const char *)nlh + head;
	const char *end = (const char *)nlh + nlh->nlmsg_len;

	if (rule->src_len || rule->dst_len || rule->tos || rule->flags ||
	    rule->action != FR_ACT_TO_TBL ||
	    (rule->table != RT_TABLE_LOCAL && rule->table != RT_TABLE_MAIN))
		return true;
	while (end - at >= NLA_HDRLEN) {
		const struct nlattr *attr = (const void *)at;

		if (attr->nla_len < NLA_HDRLEN || attr->nla_len > end - at ||
		    !is_told_of_all(attr))
			return true;
		at += NLA_ALIGN(attr->nla_len);
	}
	return false;
}

/* Whether lookups that say how a packet leaves may go another way. */
static bool asks_way_out(const struct nlmsghdr *nlh)
{
	const size_t head =
		NLMSG_LENGTH(NLMSG_ALIGN(sizeof(struct fib_rule_hdr)));

	return tz_netlink_find((const char *)nlh + head, nlh->nlmsg_len - head,
			       FRA_OIFNAME);
}

/*
 * Of a prefix rpfilter takes the route through its device, or with --loose the
 * first that is alive; a lookup takes the cheapest, and one of these may stand
 * before others (net/ipv6/route.c, rt6_device_match; a blackhole of a nexthop
 * object is passed over there). A `throw` in the table `local` is no end.
 */
static bool hides_others(const struct nlmsghdr *nlh)
{
	const struct rtmsg *route = NLMSG_DATA(nlh);
	const size_t head = NLMSG_LENGTH(NLMSG_ALIGN(sizeof(*route)));
	const char *attrs = (const char *)nlh + head;
	size_t len = nlh->nlmsg_len - head;
	const struct nlattr *to = tz_netlink_find(attrs, len, RTA_DST);
	bool is_local = route->rtm_table == RT_TABLE_LOCAL;

	if (!is_local && route->rtm_table != RT_TABLE_MAIN)
		return false; /* nobody is sent there without a rule */
	switch (route->rtm_type) {
	case RTN_UNICAST: /* the kernel's own there are of multicast */
		return is_local &&
		       !(to && tz_netlink_len(to) &&
			 *(const uint8_t *)tz_netlink_data(to) == 0xff);
	case RTN_BLACKHOLE:
		return tz_netlink_find(attrs, len, RTA_NH_ID);
	case RTN_UNREACHABLE:
	case RTN_PROHIBIT:
		return false;
	case RTN_THROW:
		return true;
	}
	return !is_local;
}

struct search {
	uint16_t type;
	size_t least_len;
	bool (*fits)(const struct nlmsghdr *nlh);
	bool is_found;
};

static int look_at(const struct nlmsghdr *nlh, void *arg)
{
	struct search *search = arg;

	if (nlh->nlmsg_type == search->type &&
	    nlh->nlmsg_len >= NLMSG_LENGTH(NLMSG_ALIGN(search->least_len)))
		search->is_found |= search->fits(nlh);
	return 0;
}

_Static_assert(sizeof(struct rtmsg) == sizeof(struct fib_rule_hdr) &&
		       !offsetof(struct rtmsg, rtm_family) &&
		       !offsetof(struct fib_rule_hdr, family),
	       "one request asks for rules and for routes");

static bool is_any(uint16_t request_type, int family, struct search search)
{
	struct {
		struct nlmsghdr nlh;
		struct rtmsg of;
	} request = {
		.nlh = { .nlmsg_len = sizeof(request),
			 .nlmsg_type = request_type },
		.of = { .rtm_family = (unsigned char)family },
	};
	int error = -EAGAIN;

	/* routes may change faster than they are read */
	for (int i = 0; i < TRIES_MAX && error == -EAGAIN; i++)
		error = tz_netlink_dump(NETLINK_ROUTE, &request.nlh, look_at,
					&search);
	return error || search.is_found;
}

static bool has_rule(int family, bool (*fits)(const struct nlmsghdr *nlh))
{
	return is_any(RTM_GETRULE, family,
		      (struct search){ .type = RTM_NEWRULE,
				       .least_len = sizeof(struct fib_rule_hdr),
				       .fits = fits });
}

const char *tz_routes_hidden4(void)
{
	if (has_rule(AF_INET, asks_way_out))
		return "IPv4 has routing rules by the way out (ip rule add "
		       "oif)";
	return NULL;
}

const char *tz_routes_hidden6(void)
{
	const struct search routes = { .type = RTM_NEWROUTE,
				       .least_len = sizeof(struct rtmsg),
				       .fits = hides_others };

	if (has_rule(AF_INET6, is_unusual))
		return "IPv6 has routing rules (ip -6 rule)";
	if (is_any(RTM_GETROUTE, AF_INET6, routes))
		return "IPv6 has routes that may hide others (throw, local "
		       "ones in the table main, blackholes of nexthop objects)";
	return NULL;
}
