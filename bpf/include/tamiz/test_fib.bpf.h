/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Tests on what the kernel's routing tables say of an address. They answer
 * only what is sure. Of IPv4 xt_addrtype asks the table `local`, and so does a
 * lookup in it: found and to be sent on is unicast. That it is the host's own,
 * or in no table, the lookup does not tell apart (4, NOT_FWDED): unknown. Once
 * the host has routing rules, the table holds own addresses only, and nothing
 * is sure; nor is anything where the device does not forward.
 */
#ifndef TAMIZ_TEST_FIB_BPF_H
#define TAMIZ_TEST_FIB_BPF_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>

#include <tamiz/abi.h>
#include <tamiz/fib.h>
#include <tamiz/rules.bpf.h>

#if defined(TZ_HAS_src_kind) || defined(TZ_HAS_dst_kind)

/* linux/bpf.h of Linux 6.5 on; an older kernel refuses the flag: unknown. */
#define TZ_FIB_DIRECT 1u
#define TZ_FIB_TBID 8u
#define TZ_FIB_TABLE_LOCAL 255

/*
 * struct bpf_fib_lookup as Linux 6.5 and later have it, for IPv4: older
 * headers do not name the table.
 */
struct tz_fib_query {
	__u8 family, l4_protocol;
	__be16 sport, dport;
	__u16 tot_len;
	__u32 ifindex;
	__u32 tos;
	__be32 src[4], dst[4];
	__u32 table;
	__u32 rest[3];
};

_Static_assert(sizeof(struct tz_fib_query) == sizeof(struct bpf_fib_lookup),
	       "as the kernel's");

static __always_inline int tz_fib_is_unicast(struct xdp_md *ctx, __u32 address)
{
	struct tz_fib_query query = {
		.family = TZ_AF_INET,
		.ifindex = ctx->ingress_ifindex,
		.dst = { bpf_htonl(address) },
		.table = TZ_FIB_TABLE_LOCAL,
	};

	switch (bpf_fib_lookup(ctx, (struct bpf_fib_lookup *)&query,
			       sizeof(query), TZ_FIB_DIRECT | TZ_FIB_TBID)) {
	case BPF_FIB_LKUP_RET_SUCCESS:
	case BPF_FIB_LKUP_RET_UNSUPP_LWT:
	case BPF_FIB_LKUP_RET_NO_NEIGH:
		return 1;
	}
	return 0;
}

static __always_inline int tz_kind_result(int is_true, __u32 flags)
{
	return is_true != (flags & TZ_KIND_NOT) ? TZ_TEST_TRUE : TZ_TEST_FALSE;
}

__noinline int tz_kind4(struct xdp_md *ctx, __u32 address, __u32 wanted,
			__u32 flags)
{
	__u32 kind = 0;

	if (!address || address == 0xffffffff)
		kind = TZ_KIND_BROADCAST;
	else if (address >> 28 == 14)
		kind = TZ_KIND_MULTICAST;
	else if (!(flags & TZ_KIND_LIMITED) && tz_fib_is_unicast(ctx, address))
		kind = TZ_KIND_UNICAST;
	if (kind)
		return tz_kind_result(!!(wanted & kind), flags);
	if (!(wanted & TZ_KINDS_OF_TABLES))
		return tz_kind_result(0, flags);
	if (!(~wanted & TZ_KINDS_OF_TABLES))
		return tz_kind_result(1, flags);
	return TZ_TEST_UNKNOWN;
}

/* ipv6_addr_type of the kernel, as far as xt_addrtype asks it. */
__noinline int tz_kind6(__u64 hi, __u64 lo, __u32 wanted, __u32 flags)
{
	int is_multicast = hi >> 56 == 0xff;
	int is_mapped = !hi && lo >> 32 == 0xffff;

	if ((wanted & TZ_KIND_MULTICAST && !is_multicast) ||
	    (wanted & TZ_KIND_UNICAST &&
	     (is_multicast || is_mapped || !(hi | lo))) ||
	    (wanted & TZ_KIND_UNSPEC && hi | lo))
		return tz_kind_result(0, flags);
	return wanted & TZ_KINDS_OF_ROUTES6 ? TZ_TEST_UNKNOWN
					    : tz_kind_result(1, flags);
}

#endif

#ifdef TZ_HAS_src_kind

static __always_inline int tz_test_src_kind(struct xdp_md *ctx,
					    struct tz_scratch *s, __u32 wanted,
					    __u32 flags)
{
	if (s->key.family == 4)
		return tz_kind4(ctx, s->key.addr[0] >> 32, wanted, flags);
	return tz_kind6(s->key.addr[0], s->key.addr[1], wanted, flags);
}

#endif

#ifdef TZ_HAS_dst_kind

static __always_inline int tz_test_dst_kind(struct xdp_md *ctx,
					    struct tz_scratch *s, __u32 wanted,
					    __u32 flags)
{
	if (s->key.family == 4)
		return tz_kind4(ctx, (__u32)s->key.addr[0], wanted, flags);
	return tz_kind6(s->key.addr[2], s->key.addr[3], wanted, flags);
}

#endif

#endif
