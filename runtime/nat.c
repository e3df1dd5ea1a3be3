/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * NAT in nf_tables: iptables-nft-save shows only its own tables, but firewalld
 * or a container engine may hold NAT in tables of theirs. So nfnetlink is
 * asked for the chains of type nat, and then for rules in any of them.
 */
#include "runtime/nat.h"

#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/netlink.h"
#include "runtime/nft.h"
#include "runtime/scope.h"

struct chain {
	uint8_t family;
	char table[NFT_TABLE_MAXNAMELEN], name[NFT_CHAIN_MAXNAMELEN];
};

struct chains {
	struct chain *at;
	size_t n;
	unsigned int who; /* of those that hold a rule: TZ_NAT_OF_* */
};

static int keep_chain(const struct nlmsghdr *nlh, void *arg)
{
	struct chains *chains = arg;
	char type[16];

	tz_netlink_string(tz_nft_find(nlh, NFTA_CHAIN_TYPE), type,
			  sizeof(type));
	if (strcmp(type, "nat"))
		return 0;

	struct chain *at = reallocarray(chains->at, chains->n + 1, sizeof(*at));

	if (!at)
		return -ENOMEM;
	chains->at = at;

	struct chain *chain = &at[chains->n++];

	chain->family = tz_nft_family(nlh);
	tz_netlink_string(tz_nft_find(nlh, NFTA_CHAIN_TABLE), chain->table,
			  sizeof(chain->table));
	tz_netlink_string(tz_nft_find(nlh, NFTA_CHAIN_NAME), chain->name,
			  sizeof(chain->name));
	return 0;
}

static unsigned int owner_of(const struct chain *chain)
{
	bool is_ip =
		chain->family == NFPROTO_IPV4 || chain->family == NFPROTO_IPV6;

	return is_ip && !strcmp(chain->table, "nat") ? TZ_NAT_OF_IPTABLES
						     : TZ_NAT_OF_OTHERS;
}

static int look_at_rule(const struct nlmsghdr *nlh, void *arg)
{
	struct chains *chains = arg;
	char table[NFT_TABLE_MAXNAMELEN], name[NFT_CHAIN_MAXNAMELEN];

	tz_netlink_string(tz_nft_find(nlh, NFTA_RULE_TABLE), table,
			  sizeof(table));
	tz_netlink_string(tz_nft_find(nlh, NFTA_RULE_CHAIN), name,
			  sizeof(name));
	for (size_t i = 0; i < chains->n; i++) {
		const struct chain *chain = &chains->at[i];

		if (chain->family == tz_nft_family(nlh) &&
		    !strcmp(chain->table, table) && !strcmp(chain->name, name))
			chains->who |= owner_of(chain);
	}
	return 0;
}

unsigned int tz_nat_in_nftables(void)
{
	struct chains chains = { 0 };
	int error = tz_nft_dump(NFT_MSG_GETCHAIN, keep_chain, &chains);
	_cleanup_free_ struct chain *at = chains.at;

	if (error)
		return tz_nft_is_absent(error) ? 0 : TZ_NAT_OF_OTHERS;
	if (!chains.n)
		return 0;
	error = tz_nft_dump(NFT_MSG_GETRULE, look_at_rule, &chains);
	return chains.who | (error ? TZ_NAT_OF_OTHERS : 0);
}
