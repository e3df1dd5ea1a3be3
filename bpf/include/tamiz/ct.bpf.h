/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The state of connections at XDP (SEMANTICS 8 and 14), for programs that
 * define TZ_CT: which states a packet may have if it is well formed and the
 * kernel's table has no entry for it, as bits of key.l4 (abi.h); and, before
 * such a packet is dropped by a table behind raw, whether that is so.
 *
 *     TZ_CT_LOOSE    nf_conntrack_tcp_loose: connections are picked up midway
 *     TZ_CT_EXPECTS  helpers may expect connections: RELATED
 *     TZ_CT_NOTRACK  rules may have packets not tracked
 *     TZ_CT_REQUESTS requests of ICMP that the rules refuse have no entry
 *     TZ_CT_SUM      the rules tell NEW from INVALID, which a bad checksum is
 *
 * The table is asked by kfuncs, since Linux 5.18 (net/netfilter/
 * nf_conntrack_bpf.c), for TCP and UDP and the zone 0 only. Their options have
 * twelve bytes here, as all kernels take them.
 */
#ifndef TAMIZ_CT_BPF_H
#define TAMIZ_CT_BPF_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>

#include <tamiz/abi.h>

#ifndef TZ_CT

static __always_inline void tz_ct_begin(struct xdp_md *ctx,
					struct tz_scratch *s)
{
	(void)ctx;
	(void)s;
}

#else

#include <tamiz/control.bpf.h>
#include <tamiz/ct_quote.bpf.h>

/* TCP flags that make a segment's kind (nf_conntrack_proto_tcp.c). */
#define TZ_CT_FIN 0x01u
#define TZ_CT_SYN 0x02u
#define TZ_CT_RST 0x04u
#define TZ_CT_ACK 0x10u
#define TZ_CT_KIND (TZ_CT_FIN | TZ_CT_SYN | TZ_CT_RST | TZ_CT_ACK)

/* What a packet may be of which the table cannot be asked. */
#define TZ_CT_OF_OTHERS \
	(TZ_CT_NEW | TZ_CT_ESTABLISHED | TZ_CT_RELATED | TZ_CT_INVALID)

/* An ICMP error, of which nothing else is known. */
#define TZ_CT_OF_ERRORS (TZ_CT_RELATED | TZ_CT_INVALID)

#ifdef TZ_CT_EXPECTS
#define TZ_CT_FIRST (TZ_CT_NEW | TZ_CT_RELATED)
#else
#define TZ_CT_FIRST TZ_CT_NEW
#endif

/* What a request of ICMP may be. */
#ifdef TZ_CT_REQUESTS
#define TZ_CT_OF_REQUESTS (TZ_CT_NEW | TZ_CT_INVALID)
#else
#define TZ_CT_OF_REQUESTS (TZ_CT_FIRST | TZ_CT_ESTABLISHED | TZ_CT_INVALID)
#endif

/*
 * A segment that the table does not know. One that opens nothing is INVALID,
 * but for what its own flow sent just before it, which may be the first of it
 * (SEMANTICS 14.1). A SYN with an ACK follows nothing of its own side
 * (tcp_conntracks), and other flags are no segment's (tcp_valid_flags).
 */
static __always_inline __u32 tz_ct_of_tcp(__u64 l4)
{
	switch (l4 >> TZ_L4_FLAGS_SHIFT & TZ_CT_KIND) {
	case TZ_CT_ACK:
#ifdef TZ_CT_LOOSE
		/* GRO may give it the FIN of one behind it */
		if (!(l4 & TZ_L4_SEGMENT))
			return TZ_CT_FIRST;
#endif
		return TZ_CT_FIRST | TZ_CT_INVALID;
	case TZ_CT_FIN | TZ_CT_ACK:
	case TZ_CT_RST:
	case TZ_CT_RST | TZ_CT_ACK:
		return TZ_CT_FIRST | TZ_CT_INVALID;
	case TZ_CT_SYN:
		return TZ_CT_FIRST;
	}
	return TZ_CT_INVALID;
}

/* By the type (nf_conntrack_proto_icmp.c): requests, answers, errors. */
static __always_inline __u32 tz_ct_of_icmp(__u32 type)
{
	switch (type) {
	case 8:
	case 13:
	case 15:
	case 17:
		return TZ_CT_OF_REQUESTS;
	case 0:
	case 14:
	case 16:
	case 18:
		return TZ_CT_ESTABLISHED | TZ_CT_INVALID;
	case 3:
	case 4:
	case 5:
	case 11:
	case 12:
		return TZ_CT_OF_ERRORS;
	}
	return TZ_CT_INVALID;
}

/*
 * nf_conntrack_proto_icmpv6.c; discovery and MLD are never tracked, nor is MRD
 * (151, 152), which older kernels call INVALID.
 */
static __always_inline __u32 tz_ct_of_icmp6(__u32 type)
{
	if (type < 128 || type == 137)
		return TZ_CT_OF_ERRORS;
	if (type == 128 || type == 139)
		return TZ_CT_OF_REQUESTS;
	if (type == 129 || type == 140)
		return TZ_CT_ESTABLISHED | TZ_CT_INVALID;
	if ((type >= 130 && type <= 136) || type == 143 || type == 151 ||
	    type == 152)
		return TZ_CT_UNTRACKED | TZ_CT_INVALID;
	return TZ_CT_INVALID;
}

/* Of this family: ICMP, whose headers conntrack reads. */
static __always_inline int tz_ct_is_icmp(const struct tz_packet_key *key)
{
	return (key->l4 >> TZ_L4_PROTO_SHIFT & 0xff) ==
	       (key->family == 4 ? 1 : 58);
}

/*
 * A fragment may be of anything; a header that is cut is INVALID to the
 * trackers that want all of it.
 */
static __always_inline __u32 tz_ct_of_broken(const struct tz_packet_key *key)
{
	__u32 proto = key->l4 >> TZ_L4_PROTO_SHIFT & 0xff;

	if (key->class & TZ_CLASS_FRAGMENT)
		return TZ_CT_ALL;
	return proto == 6 || proto == 17 || tz_ct_is_icmp(key) ? TZ_CT_INVALID
							       : TZ_CT_ALL;
}

/* SEMANTICS 8.12, the rows without an entry. */
static __always_inline __u32 tz_ct_states(const struct tz_packet_key *key)
{
	__u32 proto = key->l4 >> TZ_L4_PROTO_SHIFT & 0xff;
	__u32 type = key->l4 >> (TZ_L4_DPORT_SHIFT + 8) & 0xff;

	if (key->class)
		return tz_ct_of_broken(key);
	if (key->l4 & TZ_L4_MALFORMED)
		return TZ_CT_INVALID;
	if (proto == 6)
		return tz_ct_of_tcp(key->l4);
	if (proto == 17)
		return TZ_CT_FIRST;
	if (proto == 1 && key->family == 4)
		return tz_ct_of_icmp(type);
	if (proto == 58 && key->family == 6)
		return tz_ct_of_icmp6(type);
	return TZ_CT_OF_OTHERS;
}

static __always_inline int tz_ct_is_askable(const struct tz_packet_key *key)
{
	__u32 proto = key->l4 >> TZ_L4_PROTO_SHIFT & 0xff;

	return !key->class && (proto == 6 || proto == 17);
}

/* A request of ICMP that needs no asking: @states are what it may be. */
static __always_inline int tz_ct_is_first(const struct tz_packet_key *key,
					  __u32 states)
{
#ifdef TZ_CT_REQUESTS
	return !key->class && tz_ct_is_icmp(key) && states & TZ_CT_NEW;
#else
	(void)key;
	(void)states;
	return 0;
#endif
}

/* An error: INVALID unless what it quotes has an entry. */
static __noinline int tz_ct_error_is_askable(struct xdp_md *ctx,
					     struct tz_scratch *s)
{
	struct bpf_sock_tuple tuple;

	return tz_ct_quote(ctx, s, &tuple) != TZ_CT_QUOTES_OTHER;
}

static __always_inline void tz_ct_begin(struct xdp_md *ctx,
					struct tz_scratch *s)
{
	struct tz_packet_key *key = &s->key;
	__u64 states = tz_ct_states(key);
	int is_askable = tz_ct_is_askable(key) || tz_ct_is_first(key, states);

	if (states == TZ_CT_OF_ERRORS && tz_ct_error_is_askable(ctx, s)) {
		states = TZ_CT_INVALID;
		is_askable = 1;
	}
#ifdef TZ_CT_NOTRACK
	states |= TZ_CT_UNTRACKED;
#endif
	key->l4 = (key->l4 & ~(TZ_L4_CT_STATES | TZ_L4_CT_ASKABLE)) |
		  states << TZ_L4_CT_SHIFT;
	if (is_askable)
		key->l4 |= TZ_L4_CT_ASKABLE;
}

/* Complete, though empty: libbpf does not take a declaration for a struct. */
struct nf_conn {
};

struct bpf_ct_opts {
	__s32 netns_id, error;
	__u8 l4proto, dir;
	__u8 reserved[2];
};

#define TZ_CT_THIS_NETNS (-1) /* BPF_F_CURRENT_NETNS: the device's */
#define TZ_CT_ENOENT (-2)

extern struct nf_conn *bpf_xdp_ct_lookup(struct xdp_md *ctx,
					 struct bpf_sock_tuple *tuple,
					 __u32 tuple__sz,
					 struct bpf_ct_opts *opts,
					 __u32 opts__sz) __ksym;
extern void bpf_ct_release(struct nf_conn *entry) __ksym;

/* The packet's own addresses and ports, as they are on the wire. */
static __always_inline void tz_ct_tuple(const struct tz_packet_key *key,
					struct bpf_sock_tuple *tuple)
{
	__be16 sport = bpf_htons((__u16)(key->l4 >> TZ_L4_SPORT_SHIFT));
	__be16 dport = bpf_htons((__u16)(key->l4 >> TZ_L4_DPORT_SHIFT));

	if (key->family == 4) {
		tuple->ipv4.saddr = bpf_htonl(key->addr[0] >> 32);
		tuple->ipv4.daddr = bpf_htonl((__u32)key->addr[0]);
		tuple->ipv4.sport = sport;
		tuple->ipv4.dport = dport;
		return;
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
}

/* Whether the table says, in so many words, that it has no entry. */
static __noinline int tz_ct_is_unknown(struct xdp_md *ctx, struct tz_scratch *s)
{
	struct bpf_sock_tuple tuple = {};
	struct bpf_ct_opts opts = {
		.netns_id = TZ_CT_THIS_NETNS,
		.l4proto = s->key.l4 >> TZ_L4_PROTO_SHIFT & 0xff,
	};
	struct nf_conn *entry;

	if (tz_ct_is_first(&s->key, s->key.l4 >> TZ_L4_CT_SHIFT & TZ_CT_ALL))
		return !tz_has_requests();
	if (tz_ct_is_icmp(&s->key)) {
		int proto = tz_ct_quote(ctx, s, &tuple);

		if (proto == TZ_CT_QUOTES_NONE)
			return 1;
		opts.l4proto = proto;
	} else {
		tz_ct_tuple(&s->key, &tuple);
	}
	/* sizes that the verifier knows */
	if (s->key.family == 4)
		entry = bpf_xdp_ct_lookup(ctx, &tuple, sizeof(tuple.ipv4),
					  &opts, sizeof(opts));
	else
		entry = bpf_xdp_ct_lookup(ctx, &tuple, sizeof(tuple.ipv6),
					  &opts, sizeof(opts));
	if (entry) {
		bpf_ct_release(entry);
		return 0;
	}
	return opts.error == TZ_CT_ENOENT;
}

#ifdef TZ_CT_SUM

#include <tamiz/sum.bpf.h>

/*
 * Whether the kernel would find the checksum in order, which UDP need not have
 * (tcp_error, udp_error).
 */
static __noinline int tz_ct_is_well_formed(struct xdp_md *ctx,
					   struct tz_scratch *s)
{
	const struct tz_packet_key *key = &s->key;
	__u32 is_udp = (key->l4 >> TZ_L4_PROTO_SHIFT & 0xff) == 17;
	struct tz_sum of = { ctx, key->l4_off, key->l4_len, 0 };
	__u16 sum;

	if (is_udp) {
		if (bpf_xdp_load_bytes(ctx, of.off + 6, &sum, sizeof(sum)))
			return 0;
		if (!sum)
			return 1;
	}
	of.sum = tz_sum_pseudo(key);
	return tz_sum_all(&of) == 0xffff;
}

#else

static __always_inline int tz_ct_is_well_formed(struct xdp_md *ctx,
						struct tz_scratch *s)
{
	(void)ctx;
	(void)s;
	return 1;
}

#endif

/*
 * Of what the table cannot be asked: whether a drop behind raw loses nothing.
 * Not so where an entry would live longer by it (SEMANTICS 14.2), an answer or
 * another protocol's packet, nor a fragment, whose datagram may have one.
 */
static __always_inline int tz_ct_may_go(const struct tz_packet_key *key)
{
	__u32 proto = key->l4 >> TZ_L4_PROTO_SHIFT & 0xff;
	__u32 states = key->l4 >> TZ_L4_CT_SHIFT & TZ_CT_ALL;

	if (key->class & TZ_CLASS_FRAGMENT)
		return 0;
	/* a header that is cut is INVALID, where one is asked for */
	if (key->class && (proto == 6 || proto == 17))
		return 1;
	if (!tz_ct_is_icmp(key))
		return 0;
	if (key->class)
		return 1;
	return (states & (TZ_CT_NEW | TZ_CT_ESTABLISHED)) != TZ_CT_ESTABLISHED;
}

/*
 * All rules drop the packet if it is new, and it is about to be dropped:
 * whether it may be. The table comes first, since what it knows is most of what
 * gets here.
 */
static __noinline int tz_ct_is_new(struct xdp_md *ctx, struct tz_scratch *s)
{
	if (!(s->key.l4 & TZ_L4_CT_ASKABLE))
		return tz_ct_may_go(&s->key);
	/* what is INVALID already need not be in order */
	return tz_ct_is_unknown(ctx, s) &&
	       (s->key.l4 & (__u64)TZ_CT_INVALID << TZ_L4_CT_SHIFT ||
		tz_ct_is_well_formed(ctx, s));
}

#endif
#endif
