/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Members lie in one array, a struct tz_ipset_member and a key each; an index
 * of open addressing finds them by key and prefix.
 */
#include "model/ipset.h"

#include <string.h>
#include <strings.h>

static const struct {
	const char *name, *alias;
	enum tz_ipset_part parts[TZ_IPSET_PARTS_MAX];
} rows[] = {
#define IPSET(id, name, alias, one, two, three) \
	{ name, alias, { TZ_PART_##one, TZ_PART_##two, TZ_PART_##three } },
#include "model/ipset.def"
#undef IPSET
};

_Static_assert(sizeof(rows) / sizeof(rows[0]) == TZ_N_IPSETS, "a row per type");

const char *tz_ipset_type_name(enum tz_ipset_type type)
{
	return rows[type].name;
}

enum tz_ipset_type tz_ipset_type_by_name(const char *name)
{
	int type = 0;

	while (type < TZ_N_IPSETS && strcasecmp(rows[type].name, name) != 0 &&
	       strcasecmp(rows[type].alias, name) != 0)
		type++;
	return (enum tz_ipset_type)type;
}

enum tz_ipset_part tz_ipset_part(enum tz_ipset_type type, size_t dimension)
{
	return dimension < TZ_IPSET_PARTS_MAX ? rows[type].parts[dimension]
					      : TZ_PART_NONE;
}

size_t tz_ipset_dimensions(enum tz_ipset_type type)
{
	size_t n = 0;

	while (tz_ipset_part(type, n) != TZ_PART_NONE)
		n++;
	return n;
}

bool tz_ipset_has(enum tz_ipset_type type, enum tz_ipset_part part)
{
	for (size_t i = 0; i < TZ_IPSET_PARTS_MAX; i++)
		if (rows[type].parts[i] == part)
			return true;
	return false;
}

bool tz_ipset_is_decidable(enum tz_ipset_type type)
{
	return !tz_ipset_has(type, TZ_PART_OTHER);
}

bool tz_ipset_has_nomatch(enum tz_ipset_type type)
{
	return tz_ipset_has(type, TZ_PART_NET);
}

/* ---- members ---- */

static size_t part_len(enum tz_ipset_part part, enum tz_family family)
{
	switch (part) {
	case TZ_PART_IP:
	case TZ_PART_NET:
		return family == TZ_IPV6 ? 16 : 4;
	case TZ_PART_PORT:
	case TZ_PART_BARE_PORT:
		return 4;
	case TZ_PART_MAC:
		return 8;
	case TZ_PART_IFACE:
		return TZ_IPSET_IFACE_LEN;
	case TZ_PART_NONE:
	case TZ_PART_SET:
	case TZ_PART_OTHER:
		break;
	}
	return 0;
}

void tz_ipset_init(struct tz_ipset *set, const char *name,
		   enum tz_ipset_type type, enum tz_family family)
{
	set->name = name;
	set->type = type;
	set->family = family;
	set->maxelem = TZ_IPSET_MAXELEM;
	set->key_len = 0;
	for (size_t i = 0; i < TZ_IPSET_PARTS_MAX; i++)
		set->key_len += part_len(rows[type].parts[i], family);
}

static size_t stride(const struct tz_ipset *set)
{
	return sizeof(struct tz_ipset_member) + set->key_len;
}

const struct tz_ipset_member *tz_ipset_at(const struct tz_ipset *set, size_t i)
{
	/* the length of a key is a multiple of four */
	return (const void *)(set->entries + i * stride(set));
}

const uint8_t *tz_ipset_key(const struct tz_ipset *set, size_t i)
{
	return (const uint8_t *)(tz_ipset_at(set, i) + 1);
}

static size_t hash_of(const struct tz_ipset *set, const uint8_t *key,
		      uint8_t prefix_bits)
{
	uint64_t hash = UINT64_C(0x9e3779b97f4a7c15) + prefix_bits;

	for (size_t i = 0; i < set->key_len; i += 4) {
		uint32_t word;

		memcpy(&word, key + i, sizeof(word));
		hash = (hash ^ word) * UINT64_C(0xff51afd7ed558ccd);
		hash ^= hash >> 32;
	}
	return (size_t)hash & (set->n_slots - 1);
}

static bool is_at(const struct tz_ipset *set, size_t i, const uint8_t *key,
		  uint8_t prefix_bits)
{
	return tz_ipset_at(set, i)->prefix_bits == prefix_bits &&
	       !memcmp(tz_ipset_key(set, i), key, set->key_len);
}

/* The slot that holds the member, or the free one where it would be. */
static size_t slot_of(const struct tz_ipset *set, const uint8_t *key,
		      uint8_t prefix_bits)
{
	size_t i = hash_of(set, key, prefix_bits);

	while (set->slots[i] &&
	       !is_at(set, set->slots[i] - 1, key, prefix_bits))
		i = (i + 1) & (set->n_slots - 1);
	return i;
}

static void index_member(struct tz_ipset *set, size_t i)
{
	set->slots[slot_of(set, tz_ipset_key(set, i),
			   tz_ipset_at(set, i)->prefix_bits)] = (uint32_t)i + 1;
}

/* At most half of the slots are taken. */
static void grow_index(struct tz_arena *arena, struct tz_ipset *set)
{
	if (2 * (set->n + 1) <= set->n_slots)
		return;
	set->n_slots = set->n_slots ? 4 * set->n_slots : 64;
	set->slots = tz_new_array(arena, uint32_t, set->n_slots);
	for (size_t i = 0; i < set->n; i++)
		index_member(set, i);
}

void tz_ipset_put(struct tz_arena *arena, struct tz_ipset *set,
		  const uint8_t *key, const struct tz_ipset_member *member)
{
	grow_index(arena, set);

	size_t slot = slot_of(set, key, member->prefix_bits);
	size_t i = set->slots[slot] ? set->slots[slot] - 1 : set->n;

	if (i == set->n) {
		if (set->n == set->cap)
			set->entries = tz_vec_grow(arena, set->entries, set->n,
						   &set->cap, stride(set));
		set->n++;
		set->slots[slot] = (uint32_t)i + 1;
		set->n_of_prefix[member->prefix_bits]++;
		set->n_shadows += member->is_shadow;
	}
	memcpy(set->entries + i * stride(set), member, sizeof(*member));
	memcpy(set->entries + i * stride(set) + sizeof(*member), key,
	       set->key_len);
}

const struct tz_ipset_member *tz_ipset_find(const struct tz_ipset *set,
					    const uint8_t *key,
					    uint8_t prefix_bits)
{
	if (!set->n || !set->n_of_prefix[prefix_bits])
		return NULL;

	uint32_t found = set->slots[slot_of(set, key, prefix_bits)];

	return found ? tz_ipset_at(set, found - 1) : NULL;
}

/* Members behind the free slot that stand there only since it was taken. */
static void close_gap(struct tz_ipset *set, size_t gap)
{
	size_t i = gap;

	for (;;) {
		i = (i + 1) & (set->n_slots - 1);
		if (!set->slots[i])
			return;

		uint32_t moved = set->slots[i];

		set->slots[i] = 0;
		index_member(set, moved - 1);
	}
}

bool tz_ipset_remove(struct tz_ipset *set, const uint8_t *key,
		     uint8_t prefix_bits)
{
	if (!tz_ipset_find(set, key, prefix_bits))
		return false;

	size_t slot = slot_of(set, key, prefix_bits);
	size_t i = set->slots[slot] - 1, last = set->n - 1;

	set->slots[slot] = 0;
	close_gap(set, slot);
	set->n_of_prefix[prefix_bits]--;
	set->n_shadows -= tz_ipset_at(set, i)->is_shadow;
	if (i != last) {
		set->slots[slot_of(set, tz_ipset_key(set, last),
				   tz_ipset_at(set, last)->prefix_bits)] =
			(uint32_t)i + 1;
		memcpy(set->entries + i * stride(set),
		       set->entries + last * stride(set), stride(set));
	}
	set->n--;
	return true;
}

void tz_ipset_flush(struct tz_ipset *set)
{
	set->n = set->n_shadows = 0;
	set->list.n = 0;
	if (set->n_slots)
		memset(set->slots, 0, set->n_slots * sizeof(*set->slots));
	memset(set->n_of_prefix, 0, sizeof(set->n_of_prefix));
}

void tz_ipset_mask(uint8_t *address, size_t address_len,
		   unsigned int prefix_bits)
{
	for (size_t i = 0; i < address_len; i++) {
		unsigned int bits = prefix_bits > 8 * i
					    ? prefix_bits - 8 * (unsigned int)i
					    : 0;

		if (bits < 8)
			address[i] &= (uint8_t)(0xff00u >> bits);
	}
}

/* ---- what is looked at ---- */

static unsigned int reads_of_part(enum tz_ipset_part part, bool is_source)
{
	unsigned int dst = is_source ? 0 : TZ_IPSET_READS_DST;

	switch (part) {
	case TZ_PART_IP:
	case TZ_PART_NET:
		return dst;
	case TZ_PART_PORT:
	case TZ_PART_BARE_PORT:
		return TZ_IPSET_READS_L4 | dst;
	case TZ_PART_MAC:
		return TZ_IPSET_READS_LINK;
	case TZ_PART_IFACE:
		return TZ_IPSET_READS_DEVICE;
	case TZ_PART_NONE:
	case TZ_PART_SET:
	case TZ_PART_OTHER:
		break;
	}
	return 0;
}

unsigned int tz_ipset_reads(const struct tz_ipset *set, size_t n_dimensions,
			    uint32_t how)
{
	unsigned int reads = 0;

	for (size_t i = 0; i < set->list.n; i++)
		reads |= tz_ipset_reads(set->list.at[i], n_dimensions, how);
	if (n_dimensions < tz_ipset_dimensions(set->type))
		return reads;
	for (size_t i = 0; i < TZ_IPSET_PARTS_MAX; i++)
		reads |= reads_of_part(tz_ipset_part(set->type, i),
				       how >> i & 1);
	return reads;
}
