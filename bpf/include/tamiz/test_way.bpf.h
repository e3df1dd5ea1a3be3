/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * rpfilter: is the source of the packet reached through the device that it
 * came in by, or (--loose) at all? net/ipv4/netfilter/ipt_rpfilter.c and
 * net/ipv6/netfilter/ip6t_rpfilter.c look the source up as if a packet came in
 * by `lo`, from the destination. So does a program, with the loopback device
 * as the way in (net/core/filter.c); it needs forwarding of that device only
 * (net.ipv4.conf.lo.forwarding), or the answer is unknown.
 *
 * IPv4: the same function on the same flow. Any answer but a unicast route is
 * "no way back"; 4 (NOT_FWDED) may be this host's own address, which
 * --accept-local asks for. A route through the device is the way back. One
 * through another device is so only if it has several next hops, of which a
 * lookup tells one: if more lookups, for a packet that leaves by the device
 * (OUTPUT), by the rules and in the table `main` whatever rules say of the way
 * out, find no route at all, it is not. Where they find one, be it a less
 * specific one, nothing is known.
 *
 * IPv6: the kernel asks for the device, and takes its route among those of the
 * longest prefix whatever the metrics; a lookup tells of those with the least
 * metric only. So a route through another device says nothing, nor does one
 * that rejects; but with --loose the kernel takes the first as well. Addresses
 * of one link are not looked up (rt6_need_strict). Answers count when they are
 * the same with and without the device asked for. That there is no route counts
 * when the table `main` alone has none through the device, or with --loose none
 * at all.
 *
 * Not seen from here, so that `attach` has no such test made where it finds
 * them (tamiz_options.hides_routes): routes that are ignored because their
 * device has no carrier, which rpfilter does not ignore; which device is the
 * packet's when that is a port of another; of IPv6 routing rules, where to a
 * lookup a `throw` is the end and suppress_prefixlength is nothing; of IPv6
 * routes what is behind a `throw`, a local one, or a nexthop object that is a
 * blackhole, of the same prefix; and of IPv4 rules those by the way out
 * (`oif`). All other IPv4 rules bind both alike. A route of IPv6 that has
 * expired is gone for a lookup at once, for rpfilter when it is collected, up
 * to half a minute later (gc_interval).
 */
#ifndef TAMIZ_TEST_WAY_BPF_H
#define TAMIZ_TEST_WAY_BPF_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>

#include <tamiz/abi.h>
#include <tamiz/fib.h>
#include <tamiz/rules.bpf.h>

#ifdef TZ_HAS_rpfilter

#define TZ_WAY_LOOPBACK 1 /* LOOPBACK_IFINDEX, in every namespace */

/* Flags of the lookup: linux/bpf.h, BPF_FIB_LOOKUP_*. */
#define TZ_WAY_BY_MAIN 1u    /* DIRECT */
#define TZ_WAY_LEAVING_BY 2u /* OUTPUT */

/* What a lookup finds: the index of a device, or one of */
enum {
	TZ_WAY_NONE = 0, /* no route, or not to another host */
	TZ_WAY_REJECTED = -1,
	TZ_WAY_UNKNOWN = -2,
	TZ_WAY_SOMEWHERE = 0x7fffffff, /* a route; its device is not told */
};

/* The source address of the lookup is one that a host may have, or none. */
static __always_inline __u32 tz_way_from4(__u32 address)
{
	return address >> 28 == 14 || address == 0xffffffff ? 0 : address;
}

static __always_inline int tz_way_ask6(struct xdp_md *ctx,
				       const struct tz_packet_key *key,
				       struct bpf_fib_lookup *fib)
{
	__be32 word;

	if (bpf_xdp_load_bytes(ctx, key->l3_off, &word, sizeof(word)))
		return 0;
	fib->family = TZ_AF_INET6;
	fib->l4_protocol = key->first_nexthdr;
	fib->flowinfo = word & bpf_htonl(0x0fffffff);
	for (int i = 0; i < 2; i++) {
		fib->ipv6_dst[2 * i] = bpf_htonl(key->addr[i] >> 32);
		fib->ipv6_dst[2 * i + 1] = bpf_htonl((__u32)key->addr[i]);
		fib->ipv6_src[2 * i] = bpf_htonl(key->addr[i + 2] >> 32);
		fib->ipv6_src[2 * i + 1] = bpf_htonl((__u32)key->addr[i + 2]);
	}
	return 1;
}

__noinline int tz_way_find(struct xdp_md *ctx, struct tz_scratch *s,
			   __u32 ifindex, __u32 flags)
{
	struct bpf_fib_lookup fib = { .ifindex = ifindex };

	if (!s)
		return TZ_WAY_UNKNOWN;
	if (s->key.family == 4) {
		fib.family = TZ_AF_INET;
		fib.tos = s->key.tos;
		fib.ipv4_dst = bpf_htonl(s->key.addr[0] >> 32);
		fib.ipv4_src = bpf_htonl(tz_way_from4((__u32)s->key.addr[0]));
	} else if (!tz_way_ask6(ctx, &s->key, &fib)) {
		return TZ_WAY_UNKNOWN;
	}
	switch (bpf_fib_lookup(ctx, &fib, sizeof(fib), flags)) {
	case BPF_FIB_LKUP_RET_SUCCESS:
	case BPF_FIB_LKUP_RET_NO_NEIGH:
		return fib.ifindex;
	case BPF_FIB_LKUP_RET_UNSUPP_LWT:
		return TZ_WAY_SOMEWHERE;
	case BPF_FIB_LKUP_RET_BLACKHOLE:
	case BPF_FIB_LKUP_RET_UNREACHABLE:
	case BPF_FIB_LKUP_RET_PROHIBIT:
		return TZ_WAY_REJECTED;
	case BPF_FIB_LKUP_RET_NOT_FWDED:
		return TZ_WAY_NONE;
	}
	return TZ_WAY_UNKNOWN;
}

__noinline int tz_way4(struct xdp_md *ctx, struct tz_scratch *s, __u32 flags)
{
	__u32 in = ctx->ingress_ifindex;
	int way;

	if (!s)
		return TZ_TEST_UNKNOWN;

	__u32 src = s->key.addr[0] >> 32, dst = (__u32)s->key.addr[0];

	if (!src && (dst == 0xffffffff || dst >> 8 == 0xe00000))
		return TZ_TEST_TRUE;
	way = tz_way_find(ctx, s, TZ_WAY_LOOPBACK, 0);
	if (way == TZ_WAY_UNKNOWN ||
	    (way == TZ_WAY_NONE && flags & TZ_WAY_ACCEPT_LOCAL))
		return TZ_TEST_UNKNOWN;
	if (way <= 0)
		return TZ_TEST_FALSE;
	if (flags & TZ_WAY_LOOSE || way == in)
		return TZ_TEST_TRUE;
	if (tz_way_find(ctx, s, in, TZ_WAY_LEAVING_BY) == TZ_WAY_NONE &&
	    tz_way_find(ctx, s, in, TZ_WAY_LEAVING_BY | TZ_WAY_BY_MAIN) ==
		    TZ_WAY_NONE)
		return TZ_TEST_FALSE;
	return TZ_TEST_UNKNOWN;
}

/* Neither of one link (fe80::/10), nor of this host, nor of many. */
static __always_inline int tz_way_is_plain(__u64 hi, __u64 lo)
{
	return hi >> 56 != 0xff && hi >> 54 != 0x3fa && (hi || lo > 1);
}

/*
 * A lookup that ends without a route was ended by an address of this host, by
 * nothing, or by a `throw`, from which a rule that came after `attach` could
 * lead on, to the table `main` as a rule.
 */
static __always_inline int tz_way_nowhere6(struct xdp_md *ctx,
					   struct tz_scratch *s, __u32 flags)
{
	__u32 in = ctx->ingress_ifindex;
	int way = tz_way_find(ctx, s, in, TZ_WAY_LEAVING_BY | TZ_WAY_BY_MAIN);

	if (way == TZ_WAY_UNKNOWN || way == TZ_WAY_SOMEWHERE || way == in ||
	    (way > 0 && flags & TZ_WAY_LOOSE))
		return TZ_TEST_UNKNOWN;
	return TZ_TEST_FALSE;
}

__noinline int tz_way6(struct xdp_md *ctx, struct tz_scratch *s, __u32 flags)
{
	__u32 in = ctx->ingress_ifindex;
	int way;

	if (!s)
		return TZ_TEST_UNKNOWN;

	const __u64 *addr = s->key.addr;

	if (!(addr[0] | addr[1]))
		return TZ_TEST_TRUE;
	/* what maps IPv4 is not unicast to the kernel (ipv6_addr_type) */
	if (!tz_way_is_plain(addr[0], addr[1]) ||
	    !tz_way_is_plain(addr[2], addr[3]) ||
	    (!addr[2] && addr[3] >> 32 == 0xffff))
		return TZ_TEST_UNKNOWN;
	way = tz_way_find(ctx, s, TZ_WAY_LOOPBACK, 0);
	if (flags & TZ_WAY_LOOSE && way > 0)
		return TZ_TEST_TRUE;
	/* of equals each lookup prefers its own device */
	if (way == TZ_WAY_UNKNOWN ||
	    tz_way_find(ctx, s, in, TZ_WAY_LEAVING_BY) != way)
		return TZ_TEST_UNKNOWN;
	if (way == in)
		return TZ_TEST_TRUE;
	if (way == TZ_WAY_NONE && !(flags & TZ_WAY_ACCEPT_LOCAL))
		return tz_way_nowhere6(ctx, s, flags);
	if (way == TZ_WAY_REJECTED && flags & TZ_WAY_LOOSE)
		return TZ_TEST_FALSE;
	return TZ_TEST_UNKNOWN;
}

static __always_inline int tz_test_rpfilter(struct xdp_md *ctx,
					    struct tz_scratch *s, __u32 flags)
{
	int result = ctx->ingress_ifindex == TZ_WAY_LOOPBACK ? TZ_TEST_TRUE
		     : s->key.family == 4 ? tz_way4(ctx, s, flags)
					  : tz_way6(ctx, s, flags);

	if (result == TZ_TEST_UNKNOWN || !(flags & TZ_WAY_NOT))
		return result;
	return result == TZ_TEST_TRUE ? TZ_TEST_FALSE : TZ_TEST_TRUE;
}

#endif

#endif
