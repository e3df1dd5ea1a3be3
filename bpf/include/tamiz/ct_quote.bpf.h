/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The packet that an ICMP error quotes, as conntrack reads it
 * (net/netfilter/nf_conntrack_proto_icmp.c:nf_conntrack_inet_error, since Linux
 * 5.2): an error is RELATED where the connection of what it quotes is known,
 * and INVALID otherwise. Included by ct.bpf.h.
 */
#ifndef TAMIZ_CT_QUOTE_BPF_H
#define TAMIZ_CT_QUOTE_BPF_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>

#include <tamiz/abi.h>

/*
 * What an ICMP error quotes, as the kernel looks for it: the other way round
 * (nf_conntrack_inet_error). Returns TCP or UDP, and @tuple; TZ_CT_QUOTES_NONE
 * where it is INVALID whatever the table has: the quote is cut before its
 * ports, a later fragment's, of a packet that came from elsewhere than the
 * error goes to, or of ICMP that nobody answers; TZ_CT_QUOTES_OTHER where that
 * cannot be told.
 */
#define TZ_CT_QUOTES_NONE 0
#define TZ_CT_QUOTES_OTHER (-1)

static __always_inline int tz_ct_quote_ports(struct xdp_md *ctx, __u32 off,
					     __be16 *sport, __be16 *dport)
{
	__be16 ports[2];

	if (bpf_xdp_load_bytes(ctx, off, ports, sizeof(ports)))
		return -1;
	*sport = ports[1];
	*dport = ports[0];
	return 0;
}

/*
 * A quoted ICMP message at @off, of @len bytes: the table is not asked about
 * it, and has none but requests and answers (nf_conntrack_invert_icmp_tuple).
 */
static __always_inline int tz_ct_quote_icmp(struct xdp_md *ctx, __u32 off,
					    __u32 len, int is_v4)
{
	__u8 type;

	if (len < 8)
		return TZ_CT_QUOTES_NONE;
	if (bpf_xdp_load_bytes(ctx, off, &type, sizeof(type)))
		return TZ_CT_QUOTES_OTHER;
	if (is_v4 ? !type || type == 8 || (type >= 13 && type <= 18)
		  : type == 128 || type == 129 || type == 139 || type == 140)
		return TZ_CT_QUOTES_OTHER;
	return TZ_CT_QUOTES_NONE;
}

static __always_inline int tz_ct_quote4(struct xdp_md *ctx,
					const struct tz_packet_key *key,
					struct bpf_sock_tuple *tuple)
{
	__u32 off = key->l4_off + 8, len = key->l4_len - 8;
	__be32 ip[5];
	__u32 proto, header;

	if (len < sizeof(ip))
		return TZ_CT_QUOTES_NONE;
	if (bpf_xdp_load_bytes(ctx, off, ip, sizeof(ip)))
		return TZ_CT_QUOTES_OTHER;
	header = (bpf_ntohl(ip[0]) >> 24 & 15) * 4;
	if (ip[3] != bpf_htonl((__u32)key->addr[0]) ||
	    ip[1] & bpf_htonl(0x1fff) || header > len)
		return TZ_CT_QUOTES_NONE;
	proto = bpf_ntohl(ip[2]) >> 16 & 0xff;
	if (proto == 1)
		return tz_ct_quote_icmp(ctx, off + header, len - header, 1);
	if (proto != 6 && proto != 17)
		return TZ_CT_QUOTES_OTHER;
	if (header + 4 > len)
		return TZ_CT_QUOTES_NONE;
	tuple->ipv4.saddr = ip[4];
	tuple->ipv4.daddr = ip[3];
	if (tz_ct_quote_ports(ctx, off + header, &tuple->ipv4.sport,
			      &tuple->ipv4.dport))
		return TZ_CT_QUOTES_OTHER;
	return proto;
}

static __always_inline int tz_ct_quote6(struct xdp_md *ctx,
					const struct tz_packet_key *key,
					struct bpf_sock_tuple *tuple)
{
	__u32 off = key->l4_off + 8, len = key->l4_len - 8;
	__be32 ip[10];
	__u32 proto;

	/* a redirect quotes in an option, and comes from a neighbour */
	if (key->l4 >> (TZ_L4_DPORT_SHIFT + 8) == 137)
		return key->ttl == 255 && key->addr[0] >> 54 == 0x3fa
			       ? TZ_CT_QUOTES_OTHER
			       : TZ_CT_QUOTES_NONE;
	if (len < sizeof(ip))
		return TZ_CT_QUOTES_NONE;
	if (bpf_xdp_load_bytes(ctx, off, ip, sizeof(ip)))
		return TZ_CT_QUOTES_OTHER;
	for (int i = 0; i < 2; i++)
		if (ip[2 + 2 * i] != bpf_htonl(key->addr[2 + i] >> 32) ||
		    ip[3 + 2 * i] != bpf_htonl((__u32)key->addr[2 + i]))
			return TZ_CT_QUOTES_NONE;
	proto = bpf_ntohl(ip[1]) >> 8 & 0xff;
	if (proto == 58)
		return tz_ct_quote_icmp(ctx, off + sizeof(ip), len - sizeof(ip),
					0);
	if (proto != 6 && proto != 17)
		return TZ_CT_QUOTES_OTHER;
	if (len < sizeof(ip) + 4)
		return TZ_CT_QUOTES_NONE;
	for (int i = 0; i < 4; i++) {
		tuple->ipv6.saddr[i] = ip[6 + i];
		tuple->ipv6.daddr[i] = ip[2 + i];
	}
	if (tz_ct_quote_ports(ctx, off + sizeof(ip), &tuple->ipv6.sport,
			      &tuple->ipv6.dport))
		return TZ_CT_QUOTES_OTHER;
	return proto;
}

static __noinline int tz_ct_quote(struct xdp_md *ctx, struct tz_scratch *s,
				  struct bpf_sock_tuple *tuple)
{
	if (s->key.family == 4)
		return tz_ct_quote4(ctx, &s->key, tuple);
	return tz_ct_quote6(ctx, &s->key, tuple);
}

#endif
