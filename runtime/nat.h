/* SPDX-License-Identifier: GPL-2.0-only */
/* Whether nf_tables translates addresses here, by whatever tool. */
#pragma once

#define TZ_NAT_OF_IPTABLES 1u /* in a table as iptables-nft makes them */
#define TZ_NAT_OF_OTHERS 2u

/*
 * Who has a rule in a base chain of type nat: bits; OF_OTHERS, too, when
 * nf_tables cannot be asked; 0 when the kernel has no nf_tables.
 */
unsigned int tz_nat_in_nftables(void);
