/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Kinds of addresses, for the tests src_kind and dst_kind
 * (compiler/model/test.def): bits in the order of xt_addrtype.h, which is that
 * of RTN_* (linux/rtnetlink.h). Plain C.
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

#endif
