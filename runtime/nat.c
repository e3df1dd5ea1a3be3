/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * NAT in nf_tables: iptables-nft-save shows only its own tables, but firewalld
 * or a container engine may hold NAT in tables of theirs. So nfnetlink is
 * asked for the chains of type nat, and then for rules in any of them.
 */
#include "runtime/nat.h"

#include <errno.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/netlink.h"
#include "runtime/scope.h"

#define DUMP_TRIES 5

struct chain {
	uint8_t family;
	char table[NFT_TABLE_MAXNAMELEN], name[NFT_CHAIN_MAXNAMELEN];
};

struct chains {
	struct chain *at;
	size_t n;
	bool has_rule;
};

static const struct nlattr *find(const struct nlmsghdr *nlh, int type)
{
	size_t head = NLMSG_SPACE(sizeof(struct nfgenmsg));

	if (nlh->nlmsg_len < head)
		return NULL;
	return tz_netlink_find((const char *)nlh + head, nlh->nlmsg_len - head,
			       type);
}

static uint8_t family_of(const struct nlmsghdr *nlh)
{
	return ((const struct nfgenmsg *)NLMSG_DATA(nlh))->nfgen_family;
}

static int keep_chain(const struct nlmsghdr *nlh, void *arg)
{
	struct chains *chains = arg;
	char type[16];

	tz_netlink_string(find(nlh, NFTA_CHAIN_TYPE), type, sizeof(type));
	if (strcmp(type, "nat"))
		return 0;

	struct chain *at = reallocarray(chains->at, chains->n + 1, sizeof(*at));

	if (!at)
		return -ENOMEM;
	chains->at = at;

	struct chain *chain = &at[chains->n++];

	chain->family = family_of(nlh);
	tz_netlink_string(find(nlh, NFTA_CHAIN_TABLE), chain->table,
			  sizeof(chain->table));
	tz_netlink_string(find(nlh, NFTA_CHAIN_NAME), chain->name,
			  sizeof(chain->name));
	return 0;
}

static int look_at_rule(const struct nlmsghdr *nlh, void *arg)
{
	struct chains *chains = arg;
	char table[NFT_TABLE_MAXNAMELEN], name[NFT_CHAIN_MAXNAMELEN];

	tz_netlink_string(find(nlh, NFTA_RULE_TABLE), table, sizeof(table));
	tz_netlink_string(find(nlh, NFTA_RULE_CHAIN), name, sizeof(name));
	for (size_t i = 0; i < chains->n; i++) {
		const struct chain *chain = &chains->at[i];

		if (chain->family == family_of(nlh) &&
		    !strcmp(chain->table, table) && !strcmp(chain->name, name))
			chains->has_rule = true;
	}
	return 0;
}

static int dump(uint8_t message,
		int (*each)(const struct nlmsghdr *nlh, void *arg),
		struct chains *chains)
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
					chains);
	return error;
}

bool tz_nat_in_nftables(void)
{
	struct chains chains = { 0 };
	int error = dump(NFT_MSG_GETCHAIN, keep_chain, &chains);
	_cleanup_free_ struct chain *at = chains.at;

	/* nfnetlink without this subsystem: EOPNOTSUPP, EINVAL, no socket. */
	if (error)
		return error != -EOPNOTSUPP && error != -EINVAL &&
		       error != -EPROTONOSUPPORT;
	if (!chains.n)
		return false;
	return dump(NFT_MSG_GETRULE, look_at_rule, &chains) || chains.has_rule;
}
