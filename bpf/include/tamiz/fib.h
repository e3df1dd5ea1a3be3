/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Arguments of the tests that ask the routing tables (compiler/model/test.def).
 * Kinds of addresses, for src_kind and dst_kind: bits in the order of
 * xt_addrtype.h, which is that of RTN_* (linux/rtnetlink.h). Flags of rpfilter.
 * Plain C.
 */
#ifndef TAMIZ_FIB_H
#define TAMIZ_FIB_H

#define TZ_KIND_UNSPEC 0x001u
#define TZ_KIND_UNICAST 0x002u
#define TZ_KIND_LOCAL 0x004u
#define TZ_KIND_BROADCAST 0x008u
#define TZ_KIND_ANYCAST 0x010u
#define TZ_KIND_MULTICAST 0x020u
#define TZ_KIND_UNREACHABLE 0x080u

/* IPv4: what a table may say of an address that has no kind by itself. */
#define TZ_KINDS_OF_TABLES                                     \
	(TZ_KIND_UNICAST | TZ_KIND_LOCAL | TZ_KIND_BROADCAST | \
	 TZ_KIND_ANYCAST)
/* IPv6: kinds for which a route is looked up. */
#define TZ_KINDS_OF_ROUTES6 \
	(TZ_KIND_LOCAL | TZ_KIND_ANYCAST | TZ_KIND_UNREACHABLE)

/* Flags of the tests. */
#define TZ_KIND_NOT 1u
#define TZ_KIND_LIMITED 2u /* --limit-iface-in: to the packet's device */

/* Flags of rpfilter. */
#define TZ_WAY_NOT 1u
#define TZ_WAY_LOOSE 2u
#define TZ_WAY_ACCEPT_LOCAL 4u

#endif
