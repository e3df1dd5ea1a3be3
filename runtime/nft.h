/* SPDX-License-Identifier: GPL-2.0-only */
/* What nf_tables of this namespace holds, message by message. */
#pragma once

#include <linux/netlink.h>
#include <stdint.h>

/*
 * Dumps what @message (NFT_MSG_GET...) asks of all families. 0 or -errno:
 * tz_nft_is_absent(), or what @each returned.
 */
int tz_nft_dump(uint8_t message,
		int (*each)(const struct nlmsghdr *nlh, void *arg), void *arg);
/* Whether that error says that the kernel has no nf_tables. */
int tz_nft_is_absent(int error);
/* An attribute of a message, or NULL; the family that it is of. */
const struct nlattr *tz_nft_find(const struct nlmsghdr *nlh, int type);
uint8_t tz_nft_family(const struct nlmsghdr *nlh);
