/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Members as ipset writes them: a value for each dimension of the type, with
 * commas between. Of IPv4, addresses may be ranges or prefixes, and ports may
 * be ranges anywhere: such a word stands for many members, as it does for
 * ipset. Sets do not hold the prefix 0 (IPSET_ERR_INVALID_CIDR).
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sema/ipset.h"

/* Members that one word may stand for. */
#define MEMBERS_MAX (UINT64_C(1) << 22)
/* That all files may add and delete, together. */
#define CHANGES_MAX ((size_t)1 << 22)
#define PREFIXES_MAX 256

struct prefix {
	tz_value address;
	unsigned int bits;
};

struct element {
	struct tz_ipset_range ip[2]; /* of parts IP, in their order */
	size_t n_ips;
	struct prefix prefixes[PREFIXES_MAX]; /* of the part NET */
	size_t n_prefixes;
	struct tz_ipset_ports ports;
	uint8_t mac[6];
	uint8_t iface[TZ_IPSET_IFACE_LEN];
};

static unsigned int bits_of(enum tz_family family)
{
	return family == TZ_IPV6 ? 128 : 32;
}

/* ---- addresses ---- */

static bool read_address(enum tz_family family, const char *text, size_t len,
			 tz_value *value)
{
	char copy[INET6_ADDRSTRLEN];
	uint8_t bytes[16];
	bool is_v6 = family == TZ_IPV6;

	if (len >= sizeof(copy))
		return false;
	memcpy(copy, text, len);
	copy[len] = '\0';
	if (inet_pton(is_v6 ? AF_INET6 : AF_INET, copy, bytes) != 1)
		return false;
	*value = 0;
	for (int i = 0; i < (is_v6 ? 16 : 4); i++)
		*value = *value << 8 | bytes[i];
	return true;
}

static tz_value host_bits(enum tz_family family, unsigned int prefix_bits)
{
	unsigned int bits = bits_of(family) - prefix_bits;

	return bits == 128 ? ~(tz_value)0 : ((tz_value)1 << bits) - 1;
}

bool tz_ipset_range(enum tz_family family, const char *text,
		    struct tz_ipset_range *range)
{
	size_t len = strcspn(text, "/-");
	tz_value lo, hi;
	char *rest;

	if (!read_address(family, text, len, &lo))
		return false;
	*range = (struct tz_ipset_range){ lo, lo, bits_of(family), false };
	if (text[len] == '/') {
		unsigned long bits = strtoul(text + len + 1, &rest, 10);

		if (rest == text + len + 1 || *rest || bits > bits_of(family))
			return false;
		range->prefix_bits = (unsigned int)bits;
		hi = host_bits(family, range->prefix_bits);
		range->lo = lo & ~hi;
		range->hi = lo | hi;
	} else if (text[len] == '-') {
		if (!read_address(family, text + len + 1,
				  strlen(text + len + 1), &hi))
			return false;
		range->lo = lo < hi ? lo : hi;
		range->hi = lo < hi ? hi : lo;
		range->is_range = true;
	}
	return true;
}

/* An address or, of IPv4, many. */
static bool read_ip(struct tz_ipset_reader *r, const struct tz_ipset *set,
		    const struct tz_ipset_word *word, const char *text,
		    struct element *e)
{
	struct tz_ipset_range *range = &e->ip[e->n_ips];

	if (!tz_ipset_range(set->family, text, range))
		return tz_ipset_fail(r, word, "'%s' is no address of IPv%d",
				     text, set->family);
	if (range->lo != range->hi && (set->family == TZ_IPV6 || e->n_ips))
		return tz_ipset_fail(r, word, "'%s' is more than one address",
				     text);
	e->n_ips++;
	return true;
}

/* A range as the prefixes that it is made of: ip_set_range_to_cidr. */
static bool split_range(const struct tz_ipset_range *range, struct element *e)
{
	tz_value lo = range->lo;

	for (;;) {
		unsigned int bits = 32;

		while (bits > 1 && !(lo & host_bits(TZ_IPV4, bits - 1)) &&
		       lo + host_bits(TZ_IPV4, bits - 1) <= range->hi)
			bits--;
		if (e->n_prefixes == PREFIXES_MAX)
			return false;
		e->prefixes[e->n_prefixes++] = (struct prefix){ lo, bits };
		lo += host_bits(TZ_IPV4, bits);
		if (lo >= range->hi)
			return true;
		lo++;
	}
}

static bool read_net(struct tz_ipset_reader *r, const struct tz_ipset *set,
		     const struct tz_ipset_word *word, const char *text,
		     struct element *e)
{
	struct tz_ipset_range range;

	bool may_be_all = tz_ipset_has(set->type, TZ_PART_IFACE);

	if (!tz_ipset_range(set->family, text, &range) ||
	    (range.is_range && set->family == TZ_IPV6) ||
	    (!range.prefix_bits && !may_be_all))
		return tz_ipset_fail(r, word, "'%s' is no network of IPv%d",
				     text, set->family);
	if (range.is_range)
		return split_range(&range, e);
	e->prefixes[e->n_prefixes++] =
		(struct prefix){ range.lo, range.prefix_bits };
	return true;
}

/* ---- words ---- */

static bool read_mac(const char *text, uint8_t *mac)
{
	char rest;

	return sscanf(text, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx%c", &mac[0],
		      &mac[1], &mac[2], &mac[3], &mac[4], &mac[5], &rest) == 6;
}

static bool read_iface(struct tz_ipset_reader *r,
		       const struct tz_ipset_word *word, const char *text,
		       struct element *e)
{
	size_t len = strlen(text);

	memset(e->iface, 0, sizeof(e->iface));
	if (strncmp(text, "physdev:", 8) == 0 || !len)
		return true; /* the set is odd then */
	if (len >= sizeof(e->iface))
		return tz_ipset_fail(r, word, "'%s' is no name of an interface",
				     text);
	memcpy(e->iface, text, len);
	return true;
}

static bool read_part(struct tz_ipset_reader *r, const struct tz_ipset *set,
		      enum tz_ipset_part part, const struct tz_ipset_word *word,
		      const char *text, struct element *e)
{
	switch (part) {
	case TZ_PART_IP:
		return read_ip(r, set, word, text, e);
	case TZ_PART_NET:
		return read_net(r, set, word, text, e);
	case TZ_PART_PORT:
		return tz_ipset_ports(r, set, word, text, &e->ports);
	case TZ_PART_BARE_PORT:
		return tz_ipset_port_range(text, &e->ports) ||
		       tz_ipset_fail(r, word, "'%s' is no port", text);
	case TZ_PART_MAC:
		return read_mac(text, e->mac) ||
		       tz_ipset_fail(r, word, "'%s' is no MAC address", text);
	case TZ_PART_IFACE:
		return read_iface(r, word, text, e);
	case TZ_PART_NONE:
	case TZ_PART_SET:
	case TZ_PART_OTHER:
		break;
	}
	return true;
}

static bool read_parts(struct tz_ipset_reader *r, const struct tz_ipset *set,
		       const struct tz_ipset_word *word, struct element *e)
{
	char copy[512];
	char *next = copy;

	if (strlen(word->text) >= sizeof(copy))
		return tz_ipset_fail(r, word, "this is no member of a set");
	strcpy(copy, word->text);
	for (size_t i = 0; i < tz_ipset_dimensions(set->type); i++) {
		char *text = strsep(&next, ",");

		if (!text)
			return tz_ipset_fail(
				r, word,
				"a member of '%s' has %zu parts, with commas "
				"between",
				set->name, tz_ipset_dimensions(set->type));
		if (!read_part(r, set, tz_ipset_part(set->type, i), word, text,
			       e))
			return false;
	}
	return !next ||
	       tz_ipset_fail(r, word,
			     "a member of '%s' has no more than %zu "
			     "parts",
			     set->name, tz_ipset_dimensions(set->type));
}

/* ---- keys ---- */

static uint8_t *put_address(uint8_t *key, enum tz_family family, tz_value value)
{
	size_t len = family == TZ_IPV6 ? 16 : 4;

	for (size_t i = 0; i < len; i++)
		key[i] = (uint8_t)(value >> 8 * (len - 1 - i));
	return key + len;
}

struct place {
	tz_value ip;
	uint16_t port;
	const struct prefix *prefix; /* NULL: no network */
};

/* As tamiz/set.h has it: ports, MAC address, addresses, the network last. */
static void make_key(const struct tz_ipset *set, const struct element *e,
		     const struct place *at, uint8_t *key)
{
	enum tz_family family = set->family;
	size_t n = 0;

	memset(key, 0, TZ_IPSET_KEY_MAX);
	if (tz_ipset_has(set->type, TZ_PART_PORT) ||
	    tz_ipset_has(set->type, TZ_PART_BARE_PORT)) {
		key[0] = (uint8_t)(at->port >> 8);
		key[1] = (uint8_t)at->port;
		if (tz_ipset_has(set->type, TZ_PART_PORT))
			key[2] = e->ports.proto;
		key += 4;
	}
	if (tz_ipset_has(set->type, TZ_PART_MAC))
		memcpy(key, e->mac, sizeof(e->mac));
	if (tz_ipset_has(set->type, TZ_PART_IFACE)) {
		memcpy(key, e->iface, sizeof(e->iface));
		key += sizeof(e->iface);
	}
	for (size_t i = 0; i < TZ_IPSET_PARTS_MAX; i++)
		if (tz_ipset_part(set->type, i) == TZ_PART_IP)
			key = put_address(key, family,
					  n++ ? e->ip[1].lo : at->ip);
	if (at->prefix)
		put_address(key, family, at->prefix->address);
}

static bool is_in_bitmap(const struct tz_ipset *set, const struct place *at)
{
	if (set->type == TZ_IPSET_BITMAP_IP)
		return at->ip >= set->first && at->ip <= set->last;
	if (set->type == TZ_IPSET_BITMAP_PORT)
		return at->port >= set->first && at->port <= set->last;
	return true;
}

static void put_shadow(struct tz_ipset_reader *r, struct tz_ipset *set,
		       const uint8_t *key, struct tz_ipset_member member)
{
	static const uint8_t nobody[TZ_IPSET_IFACE_LEN];
	uint8_t copy[TZ_IPSET_KEY_MAX];

	set->is_odd |= !member.prefix_bits || !*key;
	memcpy(copy, key, sizeof(copy));
	memcpy(copy, nobody, sizeof(nobody));
	member.is_shadow = true;
	tz_ipset_put(r->sets->arena, set, copy, &member);
}

static bool change_one(struct tz_ipset_reader *r, struct tz_ipset *set,
		       const struct tz_ipset_word *word,
		       const struct element *e, const struct place *at,
		       enum tz_ipset_action action,
		       struct tz_ipset_member *member)
{
	uint8_t key[TZ_IPSET_KEY_MAX];

	if (!is_in_bitmap(set, at))
		return tz_ipset_fail(r, word,
				     "'%s' is out of the range of "
				     "'%s'",
				     word->text, set->name);
	if (r->sets->n_changes++ == CHANGES_MAX) {
		tz_diag(r->diags, TZ_DIAG_TOO_LARGE, word->span,
			"more than %zu members in all", CHANGES_MAX);
		tz_diags_stop(r->diags);
		return false;
	}
	make_key(set, e, at, key);
	member->prefix_bits = at->prefix ? (uint8_t)at->prefix->bits : 0;
	if (action == TZ_IPSET_DELETE) {
		tz_ipset_remove(set, key, member->prefix_bits);
		/* whether others have the network nobody has counted */
		set->is_odd |= tz_ipset_has(set->type, TZ_PART_IFACE);
		return true;
	}
	tz_ipset_put(r->sets->arena, set, key, member);
	if (tz_ipset_has(set->type, TZ_PART_IFACE))
		put_shadow(r, set, key, *member);
	if (set->n - set->n_shadows <= set->maxelem)
		return true;
	tz_ipset_remove(set, key, member->prefix_bits);
	return tz_ipset_fail(r, word,
			     "the set '%s' is full: it has %zu "
			     "members (maxelem)",
			     set->name, set->n);
}

static bool change_nets(struct tz_ipset_reader *r, struct tz_ipset *set,
			const struct tz_ipset_word *word,
			const struct element *e, struct place *at,
			enum tz_ipset_action action,
			struct tz_ipset_member *member)
{
	if (!e->n_prefixes)
		return change_one(r, set, word, e, at, action, member);
	for (size_t i = 0; i < e->n_prefixes; i++) {
		at->prefix = &e->prefixes[i];
		if (!change_one(r, set, word, e, at, action, member))
			return false;
	}
	return true;
}

bool tz_ipset_element(struct tz_ipset_reader *r, struct tz_ipset *set,
		      const struct tz_ipset_word *word,
		      enum tz_ipset_action action,
		      struct tz_ipset_member member)
{
	struct element e;
	unsigned int netmask =
		set->netmask_bits ? set->netmask_bits : bits_of(set->family);
	tz_value step = host_bits(set->family, netmask) + 1, n_ips;

	/* what is behind it is set by what is read */
	memset(&e, 0, sizeof(e.ip) + sizeof(e.n_ips));
	e.n_prefixes = 0;
	e.ports.proto = 0;
	e.ports.lo = e.ports.hi = 0;
	if (!read_parts(r, set, word, &e))
		return false;
	if (!e.n_ips) {
		e.ip[0].lo = e.ip[0].hi = 0;
		step = 1;
	}
	e.ip[0].lo &= ~(step - 1);
	n_ips = (e.ip[0].hi - e.ip[0].lo) / step + 1;
	if (n_ips > MEMBERS_MAX ||
	    n_ips * (e.ports.hi - e.ports.lo + 1u) > MEMBERS_MAX)
		return tz_ipset_fail(r, word,
				     "'%s' stands for too many "
				     "members",
				     word->text);
	for (tz_value i = 0; i < n_ips; i++) {
		struct place at = { .ip = e.ip[0].lo + i * step };

		for (uint32_t port = e.ports.lo; port <= e.ports.hi; port++) {
			at.port = (uint16_t)port;
			if (!change_nets(r, set, word, &e, &at, action,
					 &member))
				return false;
		}
	}
	return true;
}
