/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * socket: does a socket of this host take the packet, one that is bound to an
 * address or connected? The kernel's rule (net/netfilter/xt_socket.c,
 * nf_socket_ipv4.c, nf_socket_ipv6.c) and a program look the same tables up by
 * the same functions; of a TCP connection that is being made or has just ended
 * both find what stands for it.
 *
 * Answered where that is sure:
 * - A listener on any address is no match, but the packets that have opened a
 *   connection may stand before this one in the same burst, and then the kernel
 *   finds that connection: known for a packet that opens one itself only, since
 *   those before it were judged by the same rules.
 * - Whether a socket is transparent is not seen from here.
 * - ICMP errors are looked up by what they quote; here they are unknown.
 * - A datagram for a group of hosts: in INPUT the kernel takes the first socket
 *   that has joined it (udp_v4_early_demux, udp_v6_early_demux).
 */
#ifndef TAMIZ_TEST_SOCK_BPF_H
#define TAMIZ_TEST_SOCK_BPF_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>

#include <tamiz/abi.h>
#include <tamiz/rules.bpf.h>
#include <tamiz/sock.h>

#ifdef TZ_HAS_socket

enum { TZ_SOCKET_FIN_SYN_RST_ACK = 0x17, TZ_SOCKET_SYN = 0x02 };

static __always_inline __u32 tz_socket_tuple(const struct tz_packet_key *key,
					     struct bpf_sock_tuple *tuple)
{
	__be16 sport = bpf_htons(key->l4 >> TZ_L4_SPORT_SHIFT);
	__be16 dport = bpf_htons(key->l4 >> TZ_L4_DPORT_SHIFT & 0xffff);

	if (key->family == 4) {
		tuple->ipv4.saddr = bpf_htonl(key->addr[0] >> 32);
		tuple->ipv4.daddr = bpf_htonl((__u32)key->addr[0]);
		tuple->ipv4.sport = sport;
		tuple->ipv4.dport = dport;
		return sizeof(tuple->ipv4);
	}
	for (int i = 0; i < 2; i++) {
		tuple->ipv6.saddr[2 * i] = bpf_htonl(key->addr[i] >> 32);
		tuple->ipv6.saddr[2 * i + 1] = bpf_htonl((__u32)key->addr[i]);
		tuple->ipv6.daddr[2 * i] = bpf_htonl(key->addr[i + 2] >> 32);
		tuple->ipv6.daddr[2 * i + 1] =
			bpf_htonl((__u32)key->addr[i + 2]);
	}
	tuple->ipv6.sport = sport;
	tuple->ipv6.dport = dport;
	return sizeof(tuple->ipv6);
}

/* One socket that was found: @is_any: bound to no address. */
static __always_inline int tz_socket_result(int is_any, __u32 flags)
{
	if (is_any && !(flags & TZ_SOCKET_NOWILDCARD))
		return TZ_TEST_FALSE;
	return flags & TZ_SOCKET_TRANSPARENT ? TZ_TEST_UNKNOWN : TZ_TEST_TRUE;
}

/*
 * The two lookups are functions of their own: to the verifier what they find
 * is of two types, and no instruction may read both.
 */
__noinline int tz_socket_tcp(struct xdp_md *ctx, struct tz_scratch *s,
			     __u32 flags)
{
	struct bpf_sock_tuple tuple = {};
	__u32 state, tcp;
	int is_any;

	if (!s)
		return TZ_TEST_UNKNOWN;

	struct bpf_sock *sk = bpf_skc_lookup_tcp(
		ctx, &tuple, tz_socket_tuple(&s->key, &tuple),
		BPF_F_CURRENT_NETNS, 0);

	if (!sk)
		return TZ_TEST_FALSE;
	state = sk->state;
	is_any = s->key.family == 4 ? !sk->src_ip4
				    : !(sk->src_ip6[0] | sk->src_ip6[1] |
					sk->src_ip6[2] | sk->src_ip6[3]);
	bpf_sk_release(sk);
	tcp = s->key.l4 >> TZ_L4_FLAGS_SHIFT & TZ_SOCKET_FIN_SYN_RST_ACK;
	if (state == BPF_TCP_LISTEN && tcp != TZ_SOCKET_SYN && is_any &&
	    !(flags & TZ_SOCKET_NOWILDCARD))
		return TZ_TEST_UNKNOWN;
	return tz_socket_result(is_any, flags);
}

__noinline int tz_socket_udp(struct xdp_md *ctx, struct tz_scratch *s,
			     __u32 flags)
{
	struct bpf_sock_tuple tuple = {};
	int is_any;

	if (!s)
		return TZ_TEST_UNKNOWN;
	if (s->key.family == 4 ? (__u32)s->key.addr[0] >> 28 == 14
			       : s->key.addr[2] >> 56 == 0xff)
		return TZ_TEST_UNKNOWN;

	struct bpf_sock *sk =
		bpf_sk_lookup_udp(ctx, &tuple, tz_socket_tuple(&s->key, &tuple),
				  BPF_F_CURRENT_NETNS, 0);

	if (!sk)
		return TZ_TEST_FALSE;
	is_any = s->key.family == 4 ? !sk->src_ip4
				    : !(sk->src_ip6[0] | sk->src_ip6[1] |
					sk->src_ip6[2] | sk->src_ip6[3]);
	bpf_sk_release(sk);
	return tz_socket_result(is_any, flags);
}

/* icmp_is_err(); in ICMPv6 the first half of the types. */
static __always_inline int tz_socket_is_error(const struct tz_scratch *s)
{
	__u32 type = s->key.l4 >> TZ_L4_DPORT_SHIFT >> 8 & 0xff;

	if (s->key.family == 6)
		return type < 128;
	return (type >= 3 && type <= 5) || type == 11 || type == 12;
}

static __always_inline int tz_test_socket(struct xdp_md *ctx,
					  struct tz_scratch *s, __u32 flags)
{
	__u32 proto = s->key.l4 >> TZ_L4_PROTO_SHIFT & 0xff;

	if (s->key.class & TZ_CLASS_SHORT)
		return TZ_TEST_FALSE;
	if (proto == 6)
		return tz_socket_tcp(ctx, s, flags);
	if (proto == 17)
		return tz_socket_udp(ctx, s, flags);
	if (proto == (s->key.family == 4 ? 1 : 58) && tz_socket_is_error(s))
		return TZ_TEST_UNKNOWN;
	return TZ_TEST_FALSE;
}

#endif

#endif
