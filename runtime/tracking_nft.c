/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What rules of nf_tables do to connection tracking, whatever tool made them:
 * by the names of their expressions, by the objects that there are, and by what
 * the target CT was told, which iptables-nft does not print of a table that is
 * not its own alone.
 */
#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nf_tables_compat.h>
#include <linux/netfilter/xt_CT.h>
#include <stdint.h>
#include <string.h>

#include "runtime/netlink.h"
#include "runtime/nft.h"
#include "runtime/tracking.h"

/* By rules of a family, where they read entries or make some. */
static unsigned int on_of(uint8_t family)
{
	switch (family) {
	case NFPROTO_IPV4:
		return TZ_TRACKING_ON4;
	case NFPROTO_IPV6:
		return TZ_TRACKING_ON6;
	case NFPROTO_INET:
		return TZ_TRACKING_ON4 | TZ_TRACKING_ON6;
	}
	return 0;
}

static bool is_among(const char *name, const char *const *names)
{
	while (*names && strcmp(name, *names))
		names++;
	return *names != NULL;
}

static const struct nlattr *inside(const struct nlattr *of, int type)
{
	return of ? tz_netlink_find(tz_netlink_data(of), tz_netlink_len(of),
				    type)
		  : NULL;
}

/* nf_tables has its numbers in network order. */
static unsigned int number(const struct nlattr *attr)
{
	return ntohl(tz_netlink_u32(attr));
}

/* All revisions begin alike. */
static unsigned int of_target(const struct nlattr *data, unsigned int on)
{
	const struct nlattr *told = inside(data, NFTA_TARGET_INFO);
	struct xt_ct_target_info info;
	unsigned int found = 0;
	char name[32];

	tz_netlink_string(inside(data, NFTA_TARGET_NAME), name, sizeof(name));
	if (!strcmp(name, "NOTRACK"))
		return TZ_TRACKING_NOTRACK;
	if (strcmp(name, "CT"))
		return 0;
	if (!told || tz_netlink_len(told) < sizeof(info))
		return TZ_TRACKING_UNKNOWN;
	memcpy(&info, tz_netlink_data(told), sizeof(info));
	if (info.flags & XT_CT_NOTRACK)
		return TZ_TRACKING_NOTRACK;
	if (info.zone || info.flags & XT_CT_ZONE_MARK)
		found |= TZ_TRACKING_ZONES;
	if (info.helper[0])
		found |= TZ_TRACKING_EXPECTS;
	return found | on;
}

static unsigned int of_expression(const struct nlattr *expression,
				  unsigned int on)
{
	static const char *const trackers[] = { "nat",       "masq",
						"redir",     "synproxy",
						"connlimit", NULL };
	static const char *const matches[] = {
		"conntrack", "state",  "connmark", "connbytes", "connlimit",
		"connlabel", "helper", "cluster",  NULL
	};
	const struct nlattr *data = inside(expression, NFTA_EXPR_DATA);
	char name[32], match[32];

	tz_netlink_string(inside(expression, NFTA_EXPR_NAME), name,
			  sizeof(name));
	tz_netlink_string(inside(data, NFTA_MATCH_NAME), match, sizeof(match));
	if (!strcmp(name, "notrack"))
		return TZ_TRACKING_NOTRACK;
	if (!strcmp(name, "target"))
		return of_target(data, on);
	if (!strcmp(name, "ct"))
		return on |
		       (inside(data, NFTA_CT_SREG) &&
					number(inside(data, NFTA_CT_KEY)) ==
						NFT_CT_ZONE
				? TZ_TRACKING_ZONES
				: 0);
	if (is_among(name, trackers) ||
	    (!strcmp(name, "match") && is_among(match, matches)))
		return on;
	return 0;
}

static int look_at_rule(const struct nlmsghdr *nlh, void *arg)
{
	const struct nlattr *list = tz_nft_find(nlh, NFTA_RULE_EXPRESSIONS);
	unsigned int *found = arg;

	if (!list)
		return 0;

	const char *at = tz_netlink_data(list);
	size_t left = tz_netlink_len(list);

	while (left >= NLA_HDRLEN) {
		const struct nlattr *element = (const void *)at;
		size_t step = NLA_ALIGN(element->nla_len);

		if (element->nla_len < NLA_HDRLEN || element->nla_len > left)
			break;
		*found |= of_expression(element, on_of(tz_nft_family(nlh)));
		if (step >= left)
			break;
		at += step;
		left -= step;
	}
	return 0;
}

static int look_at_object(const struct nlmsghdr *nlh, void *arg)
{
	unsigned int *found = arg;

	switch (number(tz_nft_find(nlh, NFTA_OBJ_TYPE))) {
	case NFT_OBJECT_CT_HELPER:
	case NFT_OBJECT_CT_EXPECT:
		*found |= TZ_TRACKING_EXPECTS;
	}
	return 0;
}

unsigned int tz_tracking_in_nftables(void)
{
	unsigned int found = 0;
	int error = tz_nft_dump(NFT_MSG_GETRULE, look_at_rule, &found);

	if (!error)
		error = tz_nft_dump(NFT_MSG_GETOBJ, look_at_object, &found);
	if (error && !tz_nft_is_absent(error))
		found |= TZ_TRACKING_UNKNOWN;
	return found;
}
