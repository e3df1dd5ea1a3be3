/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sets as text that ipset.c, and ipset itself, read back. Protocols and types
 * of ICMP are numbers, which need no table of names to be read.
 */
#include <arpa/inet.h>

#include "sema/ipset.h"

static void print_address(struct tz_buf *out, enum tz_family family,
			  const uint8_t *address)
{
	char text[INET6_ADDRSTRLEN];

	inet_ntop(family == TZ_IPV6 ? AF_INET6 : AF_INET, address, text,
		  sizeof(text));
	tz_buf_puts(out, text);
}

static void print_port(struct tz_buf *out, const struct tz_ipset *set,
		       const uint8_t *key)
{
	uint8_t icmp = set->family == TZ_IPV6 ? 58 : 1;
	unsigned int port = key[0] << 8 | key[1];

	if (key[2] == icmp)
		tz_buf_printf(out, "%s:%u/%u", icmp == 1 ? "icmp" : "icmpv6",
			      key[0], key[1]);
	else if (key[2] == 6 || key[2] == 17)
		tz_buf_printf(out, "%s:%u", key[2] == 6 ? "tcp" : "udp", port);
	else
		tz_buf_printf(out, "%u:%u", key[2], port);
}

static void print_part(struct tz_buf *out, const struct tz_ipset *set,
		       enum tz_ipset_part part, const uint8_t *key,
		       const uint8_t **addresses,
		       const struct tz_ipset_member *member)
{
	size_t len = set->family == TZ_IPV6 ? 16 : 4;

	switch (part) {
	case TZ_PART_IP:
	case TZ_PART_NET:
		print_address(out, set->family, *addresses);
		*addresses += len;
		if (part == TZ_PART_NET && member->prefix_bits < 8 * len)
			tz_buf_printf(out, "/%u", member->prefix_bits);
		return;
	case TZ_PART_PORT:
		print_port(out, set, key);
		return;
	case TZ_PART_BARE_PORT:
		tz_buf_printf(out, "%u", key[0] << 8 | key[1]);
		return;
	case TZ_PART_MAC:
		tz_buf_printf(out, "%02X:%02X:%02X:%02X:%02X:%02X", key[0],
			      key[1], key[2], key[3], key[4], key[5]);
		return;
	case TZ_PART_IFACE:
		tz_buf_puts(out, (const char *)key);
		return;
	case TZ_PART_NONE:
	case TZ_PART_SET:
	case TZ_PART_OTHER:
		break;
	}
}

void tz_ipset_print_member(const struct tz_ipset *set, const uint8_t *key,
			   const struct tz_ipset_member *member,
			   struct tz_buf *out)
{
	const uint8_t *addresses = key;

	if (tz_ipset_has(set->type, TZ_PART_PORT))
		addresses += 4;
	if (tz_ipset_has(set->type, TZ_PART_IFACE))
		addresses += TZ_IPSET_IFACE_LEN;

	for (size_t i = 0; i < tz_ipset_dimensions(set->type); i++) {
		tz_buf_puts(out, i ? "," : "");
		print_part(out, set, tz_ipset_part(set->type, i), key,
			   &addresses, member);
	}
	if (set->has_timeout)
		tz_buf_printf(out, " timeout %u", member->timeout_s);
	if (member->is_nomatch)
		tz_buf_puts(out, " nomatch");
}

void tz_ipset_print_create(const struct tz_ipset *set, struct tz_buf *out)
{
	tz_buf_printf(out, "create %s %s", set->name,
		      tz_ipset_type_name(set->type));
	if (set->type == TZ_IPSET_BITMAP_PORT) {
		tz_buf_printf(out, " range %u-%u", set->first, set->last);
	} else if (set->type == TZ_IPSET_BITMAP_IP) {
		uint32_t first = htonl(set->first), last = htonl(set->last);

		tz_buf_puts(out, " range ");
		print_address(out, TZ_IPV4, (const uint8_t *)&first);
		tz_buf_puts(out, "-");
		print_address(out, TZ_IPV4, (const uint8_t *)&last);
	} else if (set->family) {
		tz_buf_printf(out, " family %s",
			      set->family == TZ_IPV6 ? "inet6" : "inet");
	}
	if (set->type != TZ_IPSET_BITMAP_PORT &&
	    set->type != TZ_IPSET_BITMAP_IP && set->type != TZ_IPSET_LIST_SET)
		tz_buf_printf(out, " maxelem %zu", set->maxelem);
	if (set->netmask_bits)
		tz_buf_printf(out, " netmask %u", set->netmask_bits);
	if (set->has_timeout)
		tz_buf_printf(out, " timeout %u", set->timeout_s);
	tz_buf_puts(out, "\n");
}

void tz_ipset_print(const struct tz_ipset *set, struct tz_buf *out)
{
	tz_ipset_print_create(set, out);
	for (size_t i = 0; i < set->n; i++) {
		if (tz_ipset_at(set, i)->is_shadow)
			continue;
		tz_buf_printf(out, "add %s ", set->name);
		tz_ipset_print_member(set, tz_ipset_key(set, i),
				      tz_ipset_at(set, i), out);
		tz_buf_puts(out, "\n");
	}
	for (size_t i = 0; i < set->list.n; i++)
		tz_buf_printf(out, "add %s %s\n", set->name,
			      set->list.at[i]->name);
}
