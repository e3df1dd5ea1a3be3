/* SPDX-License-Identifier: GPL-2.0-only */
/* nf_tables by nfnetlink. */
#include "runtime/nft.h"

#include <errno.h>
#include <linux/netfilter/nfnetlink.h>

#include "runtime/netlink.h"

#define DUMP_TRIES 5

const struct nlattr *tz_nft_find(const struct nlmsghdr *nlh, int type)
{
	size_t head = NLMSG_SPACE(sizeof(struct nfgenmsg));

	if (nlh->nlmsg_len < head)
		return NULL;
	return tz_netlink_find((const char *)nlh + head, nlh->nlmsg_len - head,
			       type);
}

uint8_t tz_nft_family(const struct nlmsghdr *nlh)
{
	return ((const struct nfgenmsg *)NLMSG_DATA(nlh))->nfgen_family;
}

int tz_nft_dump(uint8_t message,
		int (*each)(const struct nlmsghdr *nlh, void *arg), void *arg)
{
	struct {
		struct nlmsghdr nlh;
		struct nfgenmsg nfgen;
	} request = { 0 };
	int error = -EAGAIN;

	request.nlh.nlmsg_len = sizeof(request);
	request.nlh.nlmsg_type = NFNL_SUBSYS_NFTABLES << 8 | message;
	for (int i = 0; i < DUMP_TRIES && error == -EAGAIN; i++)
		error = tz_netlink_dump(NETLINK_NETFILTER, &request.nlh, each,
					arg);
	return error;
}

/* nfnetlink without this subsystem: EOPNOTSUPP, EINVAL, no socket. */
int tz_nft_is_absent(int error)
{
	return error == -EOPNOTSUPP || error == -EINVAL ||
	       error == -EPROTONOSUPPORT;
}
