/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Whether a packet is in a set (tamiz/set.h): -m set. Each set is a function
 * of generated code, which says by constants what its keys are made of, and so
 * is left with what it needs.
 */
#ifndef TAMIZ_TEST_SET_BPF_H
#define TAMIZ_TEST_SET_BPF_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>

#include <tamiz/abi.h>
#include <tamiz/set.h>

#ifdef TZ_HAS_set

enum {
	TZ_SET_ICMP = 1,
	TZ_SET_TCP = 6,
	TZ_SET_UDP = 17,
	TZ_SET_ICMPV6 = 58,
	TZ_SET_NO_NEXT = 59, /* of IPv6: nothing follows */
	TZ_SET_SCTP = 132,
	TZ_SET_UDPLITE = 136,
};

/* The set is the map in this one, which is put there when it is filled. */
#define TZ_SET_MAP(number, map_type, key_bytes)                  \
	struct tz_set_inner_##number {                           \
		__uint(type, map_type);                          \
		__uint(max_entries, 1);                          \
		__uint(key_size, key_bytes);                     \
		__uint(value_size, sizeof(struct tz_set_value)); \
		__uint(map_flags, BPF_F_NO_PREALLOC);            \
	};                                                       \
	struct {                                                 \
		__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);        \
		__uint(max_entries, 1);                          \
		__type(key, __u32);                              \
		__array(values, struct tz_set_inner_##number);   \
	} tz_set_##number SEC(".maps")

/* Of what a key is made: dimensions of the set, counted from 1; 0: not so. */
struct tz_set_shape {
	__u8 family;     /* 4 or 6; 0: of both */
	__u8 dimensions; /* that a rule must name */
	__u8 port, bare_port, mac, ip[2], net;
	__u8 netmask;     /* bits of addresses that count; 0: all */
	__u8 has_timeout; /* members may expire */
	__u8 is_own;      /* none of them is the kernel's */
	/* The device's name is part of the key, in network order. */
	__u8 has_iface;
	__u32 iface[4];
};

/* Of an argument that is not used clang passes none; the verifier wants it. */
#define TZ_SET_TAKE(s, how) asm volatile("" : : "r"(s), "r"(how))

/* The length of headers that ip_set_getport.c reads; 0: no ports. */
static __always_inline __u32 tz_set_header(__u8 proto)
{
	switch (proto) {
	case TZ_SET_TCP:
		return 20;
	case TZ_SET_SCTP:
		return 12;
	case TZ_SET_UDP:
	case TZ_SET_UDPLITE:
	case TZ_SET_ICMP:
	case TZ_SET_ICMPV6:
		return 8;
	}
	return 0;
}

/* Port and protocol as a word of keys, in host order; or why there is none. */
static __always_inline int tz_set_port(const struct tz_scratch *s, int is_src,
				       __u32 *word)
{
	__u8 proto = s->key.l4 >> TZ_L4_PROTO_SHIFT;
	__u32 need = tz_set_header(proto);
	int is_icmp = proto == TZ_SET_ICMP || proto == TZ_SET_ICMPV6;

#ifdef TZ_ENDS_AT_AUTH
	if (s->key.has_auth)
		return TZ_TEST_UNREADABLE;
#endif
	*word = (__u32)proto << 8;
	if (!proto || (s->key.family == 6 && proto == TZ_SET_NO_NEXT))
		return TZ_TEST_FALSE;
	if (s->key.l4 & TZ_L4_LATER_FRAGMENT)
		return s->key.family == 6 || (need && proto != TZ_SET_ICMPV6)
			       ? TZ_TEST_FALSE
			       : TZ_TEST_TRUE;
	if (s->key.l4_len < need)
		return TZ_TEST_FALSE;
	if (need)
		*word |=
			(__u32)(__u16)(s->key.l4 >>
				       (is_src && !is_icmp ? TZ_L4_SPORT_SHIFT
							   : TZ_L4_DPORT_SHIFT))
			<< 16;
	return TZ_TEST_TRUE;
}

/* Puts an address at @words; returns how many words it has. */
static __always_inline __u32 tz_set_address(const struct tz_scratch *s,
					    const struct tz_set_shape *shape,
					    int is_src, __u32 *words)
{
	const __u64 *addr = s->key.addr;
	__u32 bits = shape->netmask;
	__u64 hi, lo;

	if (shape->family != 6) {
		__u32 a = is_src ? addr[0] >> 32 : addr[0];

		if (bits)
			a &= ~0u << (32 - bits);
		words[0] = bpf_htonl(a);
		return 1;
	}
	hi = is_src ? addr[0] : addr[2];
	lo = is_src ? addr[1] : addr[3];
	if (bits && bits <= 64)
		lo = 0;
	if (bits && bits < 64)
		hi &= ~0ull << (64 - bits);
	if (bits > 64 && bits < 128)
		lo &= ~0ull << (128 - bits);
	words[0] = bpf_htonl(hi >> 32);
	words[1] = bpf_htonl(hi);
	words[2] = bpf_htonl(lo >> 32);
	words[3] = bpf_htonl(lo);
	return 4;
}

#define TZ_SET_IS_SRC(how, dimension) ((how) >> ((dimension)-1) & 1)

/* The words of the key, and how many; below 0: what the set says instead. */
static __always_inline int tz_set_key(const struct tz_scratch *s,
				      const struct tz_set_shape *shape,
				      __u32 how, __u32 *words)
{
	__u32 n = 0, port = 0;
	int found;

	if (shape->port || shape->bare_port) {
		found = tz_set_port(
			s, TZ_SET_IS_SRC(how, shape->port | shape->bare_port),
			&port);
		if (found != TZ_TEST_TRUE)
			return -1 - found;
		if (shape->bare_port && (__u8)(port >> 8) != TZ_SET_TCP &&
		    (__u8)(port >> 8) != TZ_SET_UDP)
			return -1 - TZ_TEST_FALSE;
		words[n++] =
			bpf_htonl(shape->bare_port ? port & 0xffff0000 : port);
	}
	if (shape->mac) {
		words[n++] = bpf_htonl(s->key.mac >> 16);
		words[n++] = bpf_htonl(s->key.mac << 16);
	}
	if (shape->has_iface)
		for (int i = 0; i < 4; i++)
			words[n++] = bpf_htonl(shape->iface[i]);
	for (int i = 0; i < 2; i++)
		if (shape->ip[i])
			n += tz_set_address(s, shape,
					    TZ_SET_IS_SRC(how, shape->ip[i]),
					    words + n);
	if (shape->net)
		n += tz_set_address(s, shape, TZ_SET_IS_SRC(how, shape->net),
				    words + n);
	return n;
}

/* A member that has gone, or, as far as we can tell, may have. */
static __always_inline int tz_set_is_gone(const struct tz_set_value *value,
					  const struct tz_set_shape *shape)
{
	__u64 now;

	if (!value->expires_ns)
		return 0;
	now = bpf_ktime_get_boot_ns();
	if (now < value->expires_ns)
		return 0;
#ifndef TZ_IS_REPLACE
	if (!shape->is_own && now < value->expires_ns + TZ_SET_GRACE_NS)
		return -1;
#endif
	return 1;
}

/* What networks say: some take out of the set what lies in a larger one. */
static __always_inline int tz_set_says(const struct tz_set_value *value,
				       __u32 how)
{
	return !(value->flags & TZ_SET_NOMATCH) ==
			       !(how & TZ_SET_RETURN_NOMATCH)
		       ? TZ_TEST_TRUE
		       : TZ_TEST_FALSE;
}

/*
 * The longest network that is not gone: mtype_test_cidrs of the kernel's
 * ip_set_hash_gen.h. @key: a word of bits, and the key's words.
 */
static __always_inline int tz_set_find_net(void *set, __u32 *key,
					   const struct tz_set_shape *shape,
					   __u32 how)
{
	struct tz_set_value *value;
	int gone;

	if (!shape->has_timeout) {
		value = bpf_map_lookup_elem(set, key);
		return value ? tz_set_says(value, how) : TZ_TEST_FALSE;
	}
#pragma clang loop unroll(disable)
	for (int i = 0; i <= 128; i++) {
		value = bpf_map_lookup_elem(set, key);
		if (!value)
			return TZ_TEST_FALSE;
		gone = tz_set_is_gone(value, shape);
		if (gone < 0)
			return TZ_TEST_UNREADABLE;
		if (!gone)
			return tz_set_says(value, how);
		if (!value->key_bits)
			return TZ_TEST_FALSE;
		key[0] = value->key_bits - 1;
	}
	return TZ_TEST_FALSE;
}

/*
 * Of the networks that an address is in the longest decides, also when it has
 * members of other interfaces only: those stand under the name "", too.
 */
static __always_inline int tz_set_find_iface(void *set, __u32 *key, __u32 how)
{
	struct tz_set_value *value = bpf_map_lookup_elem(set, key), *longest;

	if (!value)
		return TZ_TEST_FALSE;
	for (int i = 1; i <= 4; i++)
		key[i] = 0;
	longest = bpf_map_lookup_elem(set, key);
	if (longest && longest->key_bits > value->key_bits)
		return TZ_TEST_FALSE;
	return tz_set_says(value, how);
}

static __always_inline int tz_set_find(struct tz_scratch *s, void *maps,
				       const struct tz_set_shape *shape,
				       __u32 how)
{
	__u32 key[1 + TZ_SET_WORDS_MAX] = {}, zero = 0;
	struct tz_set_value *value;
	void *set;
	int n, gone;

	if (!s)
		return TZ_TEST_UNREADABLE;
	if (how >> TZ_SET_DIMS_SHIFT < shape->dimensions ||
	    (shape->family && s->key.family != shape->family))
		return TZ_TEST_FALSE;
	n = tz_set_key(s, shape, how, key + 1);
	if (n < 0)
		return -1 - n;
	set = bpf_map_lookup_elem(maps, &zero);
	if (!set) /* nobody has filled it */
		return TZ_TEST_UNREADABLE;
	if (shape->net) {
		key[0] = 32 * n;
		return shape->has_iface ? tz_set_find_iface(set, key, how)
					: tz_set_find_net(set, key, shape, how);
	}
	value = bpf_map_lookup_elem(set, key + 1);
	if (!value)
		return TZ_TEST_FALSE;
	gone = shape->has_timeout ? tz_set_is_gone(value, shape) : 0;
	return gone < 0 ? TZ_TEST_UNREADABLE
	       : gone   ? TZ_TEST_FALSE
			: TZ_TEST_TRUE;
}

#endif

#endif
