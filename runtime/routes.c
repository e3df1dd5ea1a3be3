/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads a sysctl of all devices: `all`, `default` and each of them, for IPv4
 * (where one of two is enough) and IPv6. And the routing rules, by netlink.
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

/* Whether the rule asks `local` or `main` of every packet, and no more. */
static bool is_usual(const struct nlmsghdr *nlh)
{
	const struct fib_rule_hdr *rule = NLMSG_DATA(nlh);
	const size_t head = NLMSG_LENGTH(NLMSG_ALIGN(sizeof(*rule)));
	const char *at = (const char *)nlh + head;
	const char *end = (const char *)nlh + nlh->nlmsg_len;

	if (rule->src_len || rule->dst_len || rule->tos || rule->flags ||
	    rule->action != FR_ACT_TO_TBL ||
	    (rule->table != RT_TABLE_LOCAL && rule->table != RT_TABLE_MAIN))
		return false;
	while (end - at >= NLA_HDRLEN) {
		const struct nlattr *attr = (const void *)at;

		if (attr->nla_len < NLA_HDRLEN || attr->nla_len > end - at ||
		    !is_told_of_all(attr))
			return false;
		at += NLA_ALIGN(attr->nla_len);
	}
	return true;
}

static int look_at(const struct nlmsghdr *nlh, void *arg)
{
	bool *are_usual = arg;

	if (nlh->nlmsg_type == RTM_NEWRULE &&
	    nlh->nlmsg_len >= NLMSG_LENGTH(sizeof(struct fib_rule_hdr)))
		*are_usual &= is_usual(nlh);
	return 0;
}

bool tz_routes_are_ruled6(void)
{
	struct {
		struct nlmsghdr nlh;
		struct fib_rule_hdr rule;
	} request = {
		.nlh = { .nlmsg_len = sizeof(request),
			 .nlmsg_type = RTM_GETRULE },
		.rule = { .family = AF_INET6 },
	};
	bool are_usual = true;
	int error;

	do
		error = tz_netlink_dump(NETLINK_ROUTE, &request.nlh, look_at,
					&are_usual);
	while (error == -EAGAIN);
	return error || !are_usual;
}
