/* SPDX-License-Identifier: GPL-2.0-only */
/* What a compilation tells of its sets (include/tamiz/ipset.h). */
#include <tamiz/ipset.h>

#include <assert.h>
#include <string.h>

#include <tamiz/set.h>

#include "compile.h"
#include "sema/ipset.h"

static const struct tz_ipset *set_at(const struct tamiz *t, size_t i)
{
	assert(i < tamiz_n_sets(t));
	return t->ir->sets->all.at[i];
}

static bool is_trie(const struct tz_ipset *set)
{
	return tz_ipset_has(set->type, TZ_PART_NET);
}

/* Bits of the key in front of the network. */
static uint32_t bits_before(const struct tz_ipset *set)
{
	return (uint32_t)(8 * set->key_len -
			  (set->family == TZ_IPV6 ? 128 : 32));
}

size_t tamiz_n_sets(const struct tamiz *t)
{
	return t->ir ? t->ir->sets->all.n : 0;
}

struct tamiz_set tamiz_set(const struct tamiz *t, size_t i)
{
	const struct tz_ipset *set = set_at(t, i);
	bool is_list = set->type == TZ_IPSET_LIST_SET;
	bool has_shadows = tz_ipset_has(set->type, TZ_PART_IFACE);
	struct tz_buf create = { 0 };

	tz_ipset_print_create(set, &create);

	struct tamiz_set result = {
		.name = set->name,
		.type = tz_ipset_type_name(set->type),
		.family = (int)set->family,
		.create = tz_arena_strndup(t->arena, create.text, create.len),
		.is_list = is_list,
		.is_told = tz_ipset_is_decidable(set->type) && !set->is_odd,
		.is_trie = is_trie(set),
		.key_len = set->key_len + (is_trie(set) ? 4 : 0),
		.n = is_list ? set->list.n : set->n,
		.n_shadows = set->n_shadows,
		.maxelem = set->maxelem * (has_shadows ? 2 : 1),
		.has_shadows = has_shadows,
		.has_timeout = set->has_timeout,
		.netmask_bits = set->netmask_bits,
	};

	tz_buf_free(&create);
	return result;
}

void tamiz_set_entry(const struct tamiz *t, size_t i, size_t k, void *key,
		     struct tamiz_set_entry *entry)
{
	const struct tz_ipset *set = set_at(t, i);
	const struct tz_ipset_member *member = tz_ipset_at(set, k);
	char *at = key;

	*entry = (struct tamiz_set_entry){
		.flags = (member->is_nomatch ? TZ_SET_NOMATCH : 0) |
			 (member->is_shadow ? TZ_SET_SHADOW : 0),
		.timeout_s = member->timeout_s,
	};
	if (is_trie(set)) {
		entry->key_bits = bits_before(set) + member->prefix_bits;
		memcpy(at, &entry->key_bits, sizeof(entry->key_bits));
		at += sizeof(entry->key_bits);
	}
	memcpy(at, tz_ipset_key(set, k), set->key_len);
}

bool tamiz_set_has(const struct tamiz *t, size_t i, const void *key,
		   const struct tamiz_set_entry *entry)
{
	const struct tz_ipset *set = set_at(t, i);
	const uint8_t *bytes = key;
	uint8_t prefix_bits = 0;
	const struct tz_ipset_member *member;

	if (is_trie(set)) {
		prefix_bits = (uint8_t)(entry->key_bits - bits_before(set));
		bytes += sizeof(entry->key_bits);
	}
	member = tz_ipset_find(set, bytes, prefix_bits);
	return member &&
	       member->is_nomatch == !!(entry->flags & TZ_SET_NOMATCH);
}

const char *tamiz_set_of_list(const struct tamiz *t, size_t i, size_t k)
{
	return set_at(t, i)->list.at[k]->name;
}

size_t tamiz_set_print(const struct tamiz *t, size_t i, const void *key,
		       const struct tamiz_set_entry *entry, char *text,
		       size_t size)
{
	const struct tz_ipset *set = set_at(t, i);
	const uint8_t *bytes = key;
	struct tz_ipset_member member = {
		.is_nomatch = entry->flags & TZ_SET_NOMATCH,
		.timeout_s = entry->timeout_s,
	};
	struct tz_buf out = { 0 };
	size_t len;

	if (is_trie(set)) {
		member.prefix_bits =
			(uint8_t)(entry->key_bits - bits_before(set));
		bytes += 4;
	}
	tz_ipset_print_member(set, bytes, &member, &out);
	len = out.len;
	if (size) {
		size_t n = len < size ? len : size - 1;

		memcpy(text, out.text, n);
		text[n] = '\0';
	}
	tz_buf_free(&out);
	return len;
}
