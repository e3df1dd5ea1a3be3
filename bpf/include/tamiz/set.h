/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Sets of addresses as maps: what the compiler makes of ipset's members, the
 * runtime puts into maps, and programs look up. Set N of a rule set is the map
 * of maps `tz_set_N`, whose one entry is the map with the members: a hash, or,
 * where members are networks, an LPM trie.
 *
 * A key is made of words, all in network order: where the type has ports, port
 * (16 bits), protocol (8), 0 (8); then a MAC address (48 bits, then 16 of 0),
 * or the name of a device (16 bytes); then addresses of one or four words, a
 * network last. A trie's key has the number of bits that count in front, in
 * host order.
 */
#ifndef TAMIZ_SET_H
#define TAMIZ_SET_H

#include <linux/types.h>

#define TZ_SET_WORDS_MAX 9 /* ports, and two addresses of IPv6 */

/* Of a member. */
#define TZ_SET_NOMATCH 1u /* what it holds is not in the set */
#define TZ_SET_SHADOW 2u  /* no member: its network has some (hash:net,iface) \
			   */

struct tz_set_value {
	__u64 expires_ns; /* CLOCK_BOOTTIME; 0: never */
	__u32 flags;      /* TZ_SET_NOMATCH */
	__u32 key_bits;   /* of a trie: as in the key */
};

/*
 * How a rule asks: a bit for each dimension, 1 for the source's; and behind
 * the shift how many there are.
 */
#define TZ_SET_DIMS_MAX 6
#define TZ_SET_DIMS_SHIFT 16
#define TZ_SET_RETURN_NOMATCH 256u

/* Of rules that put what they ask about into a set, or take it out. */
#define TZ_PUT_EXIST 1u    /* what is there stays for its time anew */
#define TZ_PUT_NOT_ZERO 2u /* no set of that type has the address 0 */
#define TZ_PUT_FLAGS_ALL 3u

/*
 * A kernel's member with a timeout goes within this time behind ours: what is
 * read of it are whole seconds, and many members are not read in one.
 */
#define TZ_SET_GRACE_NS 5000000000ull

#endif
