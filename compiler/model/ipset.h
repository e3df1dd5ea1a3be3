/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sets of ipset: their types (ipset.def), and their members as keys of bytes,
 * laid out as tamiz/set.h says. A set belongs to the arena that it was made in.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/source.h"
#include "base/vec.h"
#include "model/field.h"

enum tz_ipset_type {
#define IPSET(id, name, alias, one, two, three) TZ_IPSET_##id,
#include "model/ipset.def"
#undef IPSET
	TZ_N_IPSETS
};

/* What a dimension is compared with. */
enum tz_ipset_part {
	TZ_PART_NONE,
	TZ_PART_IP,
	TZ_PART_NET,
	TZ_PART_PORT,      /* with its protocol */
	TZ_PART_BARE_PORT, /* of TCP and UDP */
	TZ_PART_IFACE,
	TZ_PART_MAC,
	TZ_PART_SET,
	TZ_PART_OTHER,
};

#define TZ_IPSET_PARTS_MAX 3
#define TZ_IPSET_KEY_MAX 36
#define TZ_IPSET_IFACE_LEN 16 /* IFNAMSIZ; in keys, then zeros */
#define TZ_IPSET_NAME_MAX 31  /* IPSET_MAXNAMELEN, with its NUL: 32 */
#define TZ_IPSET_MAXELEM 65536

const char *tz_ipset_type_name(enum tz_ipset_type type);
/* The type of that name or alias; TZ_N_IPSETS: there is none. */
enum tz_ipset_type tz_ipset_type_by_name(const char *name);
enum tz_ipset_part tz_ipset_part(enum tz_ipset_type type, size_t dimension);
bool tz_ipset_has(enum tz_ipset_type type, enum tz_ipset_part part);
size_t tz_ipset_dimensions(enum tz_ipset_type type);
/* Whether what its sets hold can be told of a packet. */
bool tz_ipset_is_decidable(enum tz_ipset_type type);
/* Whether members may be `nomatch`: IPSET_TYPE_NOMATCH. */
bool tz_ipset_has_nomatch(enum tz_ipset_type type);

/* What a member is besides its key. */
struct tz_ipset_member {
	uint8_t prefix_bits; /* of the network in the key; else 0 */
	bool is_nomatch;
	/*
	 * Of hash:net,iface: no member, but with it, under the name "", each
	 * network that has members. The longest of these that an address is in
	 * decides, also when it has none of the packet's interface
	 * (ip_set_hash_netiface.c: multi).
	 */
	bool is_shadow;
	uint32_t timeout_s; /* 0: it stays */
};

struct tz_ipset {
	const char *name;
	struct tz_span span; /* where it is created */
	uint32_t number;     /* among the sets of all files */
	enum tz_ipset_type type;
	enum tz_family family; /* 0: of both */
	uint8_t netmask_bits;  /* addresses are masked so; 0: they are not */
	bool has_timeout;
	uint32_t timeout_s;   /* of members that say none */
	size_t maxelem;       /* members at most */
	uint32_t first, last; /* of a bitmap */
	bool is_written;      /* rules change it: a target SET */
	uint32_t n_written;   /* how often they say so */
	bool is_own;          /* what they change is the program's alone */
	bool evicts;          /* forceadd: when it is full, some member goes */
	/* what it holds is compared otherwise than by keys: only the kernel
	 * can tell (wildcards, interfaces of bridges, the prefix 0) */
	bool is_odd;
	size_t key_len; /* bytes; 0: LIST_SET */
	/* of a LIST_SET, in the order in which they are asked */
	TZ_VEC(struct tz_ipset *) list;

	/* ---- the members: ipset.c ---- */
	uint8_t *entries; /* n of them */
	size_t n, cap, n_shadows;
	uint32_t *slots; /* an entry + 1 each; 0: free */
	size_t n_slots;  /* a power of two, or 0 */
	uint32_t n_of_prefix[129];
};

/* Sets key_len and the like by the type and family; @name stays the caller's.
 */
void tz_ipset_init(struct tz_ipset *set, const char *name,
		   enum tz_ipset_type type, enum tz_family family);
/* The member with that key takes the place of one that is there. */
void tz_ipset_put(struct tz_arena *arena, struct tz_ipset *set,
		  const uint8_t *key, const struct tz_ipset_member *member);
/* False: it has no such member. */
bool tz_ipset_remove(struct tz_ipset *set, const uint8_t *key,
		     uint8_t prefix_bits);
void tz_ipset_flush(struct tz_ipset *set);
/* NULL: there is none. */
const struct tz_ipset_member *tz_ipset_find(const struct tz_ipset *set,
					    const uint8_t *key,
					    uint8_t prefix_bits);
/* Member @i of n, in no order that means anything. */
const uint8_t *tz_ipset_key(const struct tz_ipset *set, size_t i);
const struct tz_ipset_member *tz_ipset_at(const struct tz_ipset *set, size_t i);

/* Clears what in the last @address_len bytes lies behind @prefix_bits. */
void tz_ipset_mask(uint8_t *address, size_t address_len,
		   unsigned int prefix_bits);
/*
 * What a rule that asks @set, with @how of tamiz/set.h, looks at; for a list
 * of all of its sets.
 */
#define TZ_IPSET_READS_DST 1u
#define TZ_IPSET_READS_L4 2u
#define TZ_IPSET_READS_LINK 4u
#define TZ_IPSET_READS_DEVICE 8u
unsigned int tz_ipset_reads(const struct tz_ipset *set, size_t n_dimensions,
			    uint32_t how);
