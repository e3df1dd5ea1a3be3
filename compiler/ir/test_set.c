/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The test set: whether a packet is in a set of ipset (SEMANTICS 6.12;
 * net/netfilter/ipset: ip_set_core.c:ip_set_test, ip_set_getport.c,
 * ip_set_hash_gen.h:mtype_test_cidrs). What is there when the set is read is
 * there: timeouts do not pass here.
 */
#include <string.h>
#include <tamiz/set.h>

#include "ir/packet.h"
#include "ir/test.h"
#include "model/ipset.h"

enum answer { OUTSIDE, INSIDE, NOMATCH, UNTOLD };

struct question {
	const struct tz_view *view;
	size_t n_dimensions;
	uint32_t how;
};

static bool is_source(const struct question *q, size_t dimension)
{
	return q->how >> dimension & 1;
}

/* ---- ports ---- */

static size_t header_needed(uint8_t proto)
{
	switch (proto) {
	case TZ_PROTO_TCP:
		return TZ_TCP_LEN;
	case TZ_PROTO_SCTP:
		return 12;
	case TZ_PROTO_UDP:
	case TZ_PROTO_UDPLITE:
	case TZ_PROTO_ICMP:
	case TZ_PROTO_ICMP6:
		return 8;
	}
	return 0;
}

/* Where a fragment that is not the first has no port; else it has port 0. */
static bool hides_port(const struct tz_packet *p)
{
	return p->family == TZ_IPV6 ||
	       (header_needed(p->proto) && p->proto != TZ_PROTO_ICMP6);
}

static enum answer find_port(const struct question *q, size_t dimension,
			     uint16_t *port)
{
	const struct tz_packet *p = q->view->packet;
	const uint8_t *l4 = p->frame + p->l4;
	size_t needed = header_needed(p->proto);

	*port = 0;
	if (!p->has_proto || p->has_odd_extensions)
		return UNTOLD;
	if (!p->proto || (p->family == TZ_IPV6 && p->proto == TZ_PROTO_NONE))
		return OUTSIDE;
	if (p->fragment_offset)
		return hides_port(p) ? OUTSIDE : INSIDE;
	if (p->l4_len < needed)
		return OUTSIDE;
	if (p->proto == TZ_PROTO_ICMP || p->proto == TZ_PROTO_ICMP6)
		*port = tz_be16(l4);
	else if (needed)
		*port = tz_be16(is_source(q, dimension) ? l4 : l4 + 2);
	return INSIDE;
}

/* ---- keys ---- */

static uint8_t *put_number(uint8_t *key, tz_value value, size_t len)
{
	for (size_t i = 0; i < len; i++)
		key[i] = (uint8_t)(value >> 8 * (len - 1 - i));
	return key + len;
}

/* The key of @set without its network, whose place is set. */
static enum answer make_key(const struct question *q,
			    const struct tz_ipset *set, uint8_t *key,
			    uint8_t **net)
{
	const struct tz_packet *p = q->view->packet;
	size_t address_len = p->family == TZ_IPV6 ? 16 : 4;
	uint8_t *at = key;
	enum answer answer;
	uint16_t port;

	for (size_t i = 0; i < TZ_IPSET_PARTS_MAX; i++) {
		enum tz_ipset_part part = tz_ipset_part(set->type, i);

		if (part == TZ_PART_MAC)
			at = put_number(at, (tz_value)p->mac_src << 16, 8);
		if (part == TZ_PART_IFACE) {
			if (!q->view->ifname)
				return UNTOLD;
			strncpy((char *)at, q->view->ifname,
				TZ_IPSET_IFACE_LEN);
			at += TZ_IPSET_IFACE_LEN;
		}
		if (part != TZ_PART_PORT && part != TZ_PART_BARE_PORT)
			continue;
		answer = find_port(q, i, &port);
		if (answer != INSIDE)
			return answer;
		if (part == TZ_PART_BARE_PORT && p->proto != TZ_PROTO_TCP &&
		    p->proto != TZ_PROTO_UDP)
			return OUTSIDE;
		at = put_number(at, port, 2);
		at = put_number(at, part == TZ_PART_PORT ? p->proto : 0, 1);
		at = put_number(at, 0, 1);
	}
	for (size_t i = 0; i < TZ_IPSET_PARTS_MAX; i++) {
		enum tz_ipset_part part = tz_ipset_part(set->type, i);

		if (part != TZ_PART_IP && part != TZ_PART_NET)
			continue;
		*net = at;
		at = put_number(at, is_source(q, i) ? p->src : p->dst,
				address_len);
		if (set->netmask_bits)
			tz_ipset_mask(*net, address_len, set->netmask_bits);
	}
	return INSIDE;
}

static enum answer of_member(const struct tz_ipset_member *member)
{
	if (!member)
		return OUTSIDE;
	return member->is_nomatch ? NOMATCH : INSIDE;
}

/* Whether members of other interfaces have the network of @key. */
static bool has_others(const struct tz_ipset *set, const uint8_t *key,
		       uint8_t bits)
{
	uint8_t shadow[TZ_IPSET_KEY_MAX];

	if (!tz_ipset_has(set->type, TZ_PART_IFACE))
		return false;
	memcpy(shadow, key, sizeof(shadow));
	memset(shadow, 0, TZ_IPSET_IFACE_LEN);
	return tz_ipset_find(set, shadow, bits);
}

/* The longest prefix decides. */
static enum answer find_net(const struct tz_ipset *set, uint8_t *key,
			    uint8_t *net, unsigned int address_bits)
{
	for (unsigned int bits = address_bits; bits; bits--) {
		if (!set->n_of_prefix[bits])
			continue;
		tz_ipset_mask(net, address_bits / 8, bits);

		const struct tz_ipset_member *member =
			tz_ipset_find(set, key, (uint8_t)bits);

		if (member || has_others(set, key, (uint8_t)bits))
			return of_member(member);
	}
	return OUTSIDE;
}

static enum answer ask_members(const struct question *q,
			       const struct tz_ipset *set)
{
	const struct tz_packet *p = q->view->packet;
	uint8_t key[TZ_IPSET_KEY_MAX] = { 0 }, *net = key;
	enum answer answer = make_key(q, set, key, &net);

	if (answer != INSIDE)
		return answer;
	if (set->is_own) /* the rules change it, from packet to packet */
		return UNTOLD;
	if (tz_ipset_has(set->type, TZ_PART_NET))
		return find_net(set, key, net, p->family == TZ_IPV6 ? 128 : 32);
	return of_member(tz_ipset_find(set, key, 0));
}

/* --return-nomatch turns what types with `nomatch` say. */
static enum answer ask_set(const struct question *q, const struct tz_ipset *set)
{
	enum answer answer;

	if (q->n_dimensions < tz_ipset_dimensions(set->type) ||
	    (set->family && set->family != q->view->packet->family))
		return OUTSIDE;
	answer = ask_members(q, set);
	if (answer == UNTOLD || !tz_ipset_has_nomatch(set->type) ||
	    !(q->how & TZ_SET_RETURN_NOMATCH))
		return answer == NOMATCH ? OUTSIDE : answer;
	return answer == NOMATCH ? INSIDE : OUTSIDE;
}

unsigned int tz_test_set(const struct tz_view *view, const struct tz_test *test)
{
	const struct question q = {
		view,
		(size_t)test->args[TZ_SET_ARG_DIMENSIONS],
		(uint32_t)test->args[TZ_SET_ARG_HOW],
	};
	const struct tz_ipset *set = test->set;
	unsigned int outcomes = TZ_OUTCOME_FALSE;

	if (set->type != TZ_IPSET_LIST_SET) {
		enum answer answer = ask_set(&q, set);

		return answer == UNTOLD ? TZ_OUTCOME_UNKNOWN
					: tz_outcome_of(answer == INSIDE);
	}
	for (size_t i = 0; i < set->list.n; i++) {
		enum answer answer = ask_set(&q, set->list.at[i]);

		if (answer == INSIDE)
			return TZ_OUTCOME_TRUE;
		if (answer == UNTOLD)
			outcomes = TZ_OUTCOME_UNKNOWN;
	}
	return outcomes;
}

static bool is_told(const struct tz_ipset *set)
{
	for (size_t i = 0; i < set->list.n; i++)
		if (!tz_ipset_is_decidable(set->list.at[i]->type))
			return false;
	return tz_ipset_is_decidable(set->type);
}

bool tz_test_set_is_sound(const struct tz_test *test)
{
	return test->n_args == TZ_SET_N_ARGS && test->set &&
	       test->args[TZ_SET_ARG_NUMBER] == test->set->number &&
	       is_told(test->set) &&
	       test->args[TZ_SET_ARG_DIMENSIONS] <= TZ_SET_DIMS_MAX &&
	       test->args[TZ_SET_ARG_HOW] < 2 * TZ_SET_RETURN_NOMATCH;
}
