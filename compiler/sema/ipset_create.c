/* SPDX-License-Identifier: GPL-2.0-only */
/* The command create, and what its options and those of add have in common. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sema/ipset.h"

bool tz_ipset_number(struct tz_ipset_reader *r, size_t i, uint64_t max,
		     uint64_t *number)
{
	const struct tz_ipset_word *word = &r->words[i];
	char *rest;
	unsigned long long value = strtoull(word->text, &rest, 0);

	if (*word->text < '0' || *word->text > '9' || *rest || value > max)
		return tz_ipset_fail(r, word, "'%s' is not a number up to %llu",
				     word->text, (unsigned long long)max);
	*number = value;
	return true;
}

/* What changes nothing of what the set holds. */
bool tz_ipset_is_harmless(const struct tz_ipset_option *list, size_t n,
			  const char *word, bool *has_value)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(list[i].name, word) != 0)
			continue;
		*has_value = list[i].has_value;
		return true;
	}
	return false;
}

bool tz_ipset_has_word(const struct tz_ipset_reader *r, size_t i,
		       const char *word)
{
	return strcmp(r->words[i].text, word) == 0;
}

bool tz_ipset_needs_value(struct tz_ipset_reader *r, size_t i)
{
	if (i + 1 < r->n)
		return true;
	return tz_ipset_fail(r, &r->words[i], "'%s' is followed by nothing",
			     r->words[i].text);
}

/* ---- create ---- */

static bool read_family(struct tz_ipset_reader *r, struct tz_ipset *set,
			size_t i)
{
	const char *word = r->words[i].text;

	if (strcmp(word, "inet") == 0 || strcmp(word, "ipv4") == 0)
		set->family = TZ_IPV4;
	else if (strcmp(word, "inet6") == 0 || strcmp(word, "ipv6") == 0)
		set->family = TZ_IPV6;
	else
		return tz_ipset_fail(r, &r->words[i],
				     "'%s' is no family: inet or inet6", word);
	return true;
}

static bool read_netmask(struct tz_ipset_reader *r, struct tz_ipset *set,
			 size_t i)
{
	uint64_t bits;

	if (set->type == TZ_IPSET_HASH_IP_PORT ||
	    set->type == TZ_IPSET_HASH_NET_NET) {
		set->is_odd = true; /* of ipset 7.17 */
		return true;
	}
	if (set->type != TZ_IPSET_HASH_IP && set->type != TZ_IPSET_BITMAP_IP)
		return tz_ipset_fail(r, &r->words[i],
				     "sets of the type %s have no netmask",
				     tz_ipset_type_name(set->type));
	if (!tz_ipset_number(r, i, set->family == TZ_IPV6 ? 128 : 32, &bits))
		return false;
	if (!bits)
		return tz_ipset_fail(r, &r->words[i],
				     "a netmask has at least one bit");
	set->netmask_bits = (uint8_t)bits;
	return true;
}

/* `range A-B` or A/BITS of a bitmap; of ports numbers. */
static bool read_range(struct tz_ipset_reader *r, struct tz_ipset *set,
		       size_t i)
{
	const struct tz_ipset_word *word = &r->words[i];
	struct tz_ipset_range range;
	unsigned int lo, hi;
	char rest;

	if (set->type == TZ_IPSET_BITMAP_PORT) {
		if (sscanf(word->text, "%u-%u%c", &lo, &hi, &rest) != 2 ||
		    lo > 65535 || hi > 65535)
			return tz_ipset_fail(r, word,
					     "'%s' is no range of ports",
					     word->text);
		range.lo = lo;
		range.hi = hi;
	} else if (!tz_ipset_range(TZ_IPV4, word->text, &range)) {
		return tz_ipset_fail(r, word, "'%s' is no range of addresses",
				     word->text);
	}
	set->first = (uint32_t)(range.lo < range.hi ? range.lo : range.hi);
	set->last = (uint32_t)(range.lo < range.hi ? range.hi : range.lo);
	return true;
}

static bool read_create_option(struct tz_ipset_reader *r, struct tz_ipset *set,
			       size_t *at)
{
	static const struct tz_ipset_option harmless[] = {
		{ "hashsize", true },   { "counters", false },
		{ "comment", false },   { "skbinfo", false },
		{ "forceadd", false },  { "size", true },
		{ "markmask", true },   { "initval", true },
		{ "bucketsize", true }, { "probes", true },
		{ "resize", true },
	};
	size_t i = *at;
	uint64_t number;
	bool has_value;

	if (tz_ipset_has_word(r, i, "-4") || tz_ipset_has_word(r, i, "-6")) {
		set->family = tz_ipset_has_word(r, i, "-4") ? TZ_IPV4 : TZ_IPV6;
		*at = i + 1;
		return true;
	}
	set->evicts |= tz_ipset_has_word(r, i, "forceadd");
	if (TZ_IPSET_IS_HARMLESS(harmless, r->words[i].text, &has_value)) {
		*at = i + 1 + has_value;
		return !has_value || tz_ipset_needs_value(r, i);
	}
	*at = i + 2;
	if (!tz_ipset_needs_value(r, i))
		return false;
	if (tz_ipset_has_word(r, i, "family"))
		return read_family(r, set, i + 1);
	if (tz_ipset_has_word(r, i, "netmask"))
		return read_netmask(r, set, i + 1);
	if (tz_ipset_has_word(r, i, "range") ||
	    tz_ipset_has_word(r, i, "--range"))
		return read_range(r, set, i + 1);
	if (tz_ipset_has_word(r, i, "bitmask")) {
		set->is_odd = true;
		return true;
	}
	if (tz_ipset_has_word(r, i, "maxelem")) {
		if (!tz_ipset_number(r, i + 1, UINT32_MAX, &number))
			return false;
		set->maxelem = (size_t)number;
		return true;
	}
	if (tz_ipset_has_word(r, i, "timeout")) {
		if (!tz_ipset_number(r, i + 1, UINT32_MAX / 1000, &number))
			return false;
		set->has_timeout = true;
		set->timeout_s = (uint32_t)number;
		return true;
	}
	return tz_ipset_fail(r, &r->words[i],
			     "'%s' is no option of sets of the type %s",
			     r->words[i].text, tz_ipset_type_name(set->type));
}

/* Types that look at no address are of both families. */
static enum tz_family family_of(const struct tz_ipset *set)
{
	if (!tz_ipset_has(set->type, TZ_PART_IP) &&
	    !tz_ipset_has(set->type, TZ_PART_NET) &&
	    !tz_ipset_has(set->type, TZ_PART_OTHER))
		return (enum tz_family)0;
	return set->family ? set->family : TZ_IPV4;
}

static bool finish_set(struct tz_ipset_reader *r, struct tz_ipset *set)
{
	size_t maxelem = set->maxelem;
	bool is_bitmap = set->type == TZ_IPSET_BITMAP_IP ||
			 set->type == TZ_IPSET_BITMAP_PORT;

	if (is_bitmap && set->first > set->last)
		return tz_ipset_fail(r, &r->words[1],
				     "a set of the type %s has a range",
				     tz_ipset_type_name(set->type));
	tz_ipset_init(set, set->name, set->type, family_of(set));
	/* the kernel holds as many addresses in a bitmap */
	set->maxelem = is_bitmap ? 65536 : maxelem;
	return true;
}

void tz_ipset_create(struct tz_ipset_reader *r, bool exists_is_fine)
{
	const struct tz_ipset_word *name = &r->words[1];
	struct tz_ipsets *sets = r->sets;
	struct tz_ipset *set = tz_new(sets->arena, struct tz_ipset);
	size_t i = 3;

	if (r->n < 3) {
		tz_ipset_fail(r, &r->words[r->n - 1],
			      "create is followed by a name and a type");
		return;
	}
	set->type = tz_ipset_type_by_name(r->words[2].text);
	set->maxelem = TZ_IPSET_MAXELEM;
	set->first = 1; /* no range yet */
	set->span = name->span;
	if (strlen(name->text) > TZ_IPSET_NAME_MAX || !*name->text)
		tz_ipset_fail(r, name, "a set's name has 1 to %d bytes",
			      TZ_IPSET_NAME_MAX);
	else if (set->type == TZ_N_IPSETS)
		tz_ipset_fail(r, &r->words[2], "'%s' is no type of ipset",
			      r->words[2].text);
	else if (tz_ipsets_find(sets, name->text)) {
		if (!exists_is_fine)
			tz_ipset_fail(r, name, "there is a set '%s' already",
				      name->text);
	} else {
		set->name = tz_arena_strndup(sets->arena, name->text,
					     strlen(name->text));
		while (i < r->n)
			if (!read_create_option(r, set, &i))
				return;
		if (!finish_set(r, set))
			return;
		set->number = (uint32_t)sets->all.n;
		tz_vec_push(sets->arena, &sets->all, set);
		tz_map_put(sets->by_name, set->name, set);
	}
}
