/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Packets for rules that ask sets: a member is drawn, and the packet gets its
 * addresses, ports and MAC address, or ones beside it.
 */
#include <tamiz/set.h>

#include "ir/draft.h"
#include "model/ipset.h"

static tz_value number_at(const uint8_t *bytes, size_t len)
{
	return tz_bytes_value(bytes, len);
}

/* The network's address, with any bits behind the prefix. */
static tz_value any_host(struct tz_rng *rng, tz_value net,
			 unsigned int prefix_bits, unsigned int bits)
{
	tz_value host = (tz_value)tz_rng_next(rng) << 64 | tz_rng_next(rng);

	if (!prefix_bits || prefix_bits >= bits)
		return net;
	return net | (host & (((tz_value)1 << (bits - prefix_bits)) - 1));
}

static void aim_port(struct tz_draft *draft, const uint8_t *key, bool is_bare,
		     bool is_source)
{
	uint16_t port = tz_be16(key);
	uint8_t proto = key[2];

	if (is_bare)
		proto = port & 1 ? TZ_PROTO_UDP : TZ_PROTO_TCP;
	draft->values[TZ_FIELD_PROTO] = proto;
	draft->values[TZ_FIELD_ICMP_TYPE] = port >> 8;
	draft->values[TZ_FIELD_ICMP_CODE] = port & 0xff;
	draft->values[is_source ? TZ_FIELD_SPORT : TZ_FIELD_DPORT] = port;
}

static void aim_at(struct tz_draft *draft, struct tz_rng *rng,
		   const struct tz_ipset *set, size_t i, uint32_t how)
{
	const struct tz_ipset_member *member = tz_ipset_at(set, i);
	const uint8_t *key = tz_ipset_key(set, i), *address = key;
	size_t len = draft->family == TZ_IPV6 ? 16 : 4;
	unsigned int bits = 8 * (unsigned int)len;

	if (tz_ipset_has(set->type, TZ_PART_PORT))
		address += 4;
	if (tz_ipset_has(set->type, TZ_PART_IFACE))
		address += TZ_IPSET_IFACE_LEN;
	for (size_t d = 0; d < TZ_IPSET_PARTS_MAX; d++) {
		enum tz_ipset_part part = tz_ipset_part(set->type, d);
		bool is_source = how >> d & 1;

		if (part == TZ_PART_PORT || part == TZ_PART_BARE_PORT)
			aim_port(draft, key, part == TZ_PART_BARE_PORT,
				 is_source);
		if (part == TZ_PART_MAC)
			draft->values[TZ_FIELD_MAC_SRC] = number_at(key, 6);
		if (part != TZ_PART_IP && part != TZ_PART_NET)
			continue;
		draft->values[is_source ? TZ_FIELD_SRC : TZ_FIELD_DST] =
			any_host(rng, number_at(address, len),
				 part == TZ_PART_NET ? member->prefix_bits
						     : set->netmask_bits,
				 bits);
		address += len;
	}
}

void tz_draft_aim_set(struct tz_draft *draft, struct tz_rng *rng,
		      const struct tz_test *test)
{
	const struct tz_ipset *set = test->set;
	uint32_t how = (uint32_t)test->args[TZ_SET_ARG_HOW];

	if (set->list.n)
		set = set->list.at[tz_rng_below(rng, set->list.n)];
	if (!set->n || (set->family && set->family != draft->family) ||
	    tz_rng_one_in(rng, 5))
		return;
	aim_at(draft, rng, set, tz_rng_below(rng, set->n), how);
	if (tz_rng_one_in(rng, 6))
		draft->values[how & 1 ? TZ_FIELD_SRC : TZ_FIELD_DST] ^=
			(tz_value)1 << tz_rng_below(rng, 8);
	if (tz_rng_one_in(rng, 12))
		draft->values[TZ_FIELD_PROTO] =
			tz_rng_one_in(rng, 2) ? TZ_PROTO_UDP : TZ_PROTO_SCTP;
}
