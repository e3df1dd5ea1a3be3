/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * addrtype, rpfilter and socket. Kinds that show in the address itself --
 * multicast, and of IPv6 unicast and the unspecified address -- become sets of
 * addresses; all others, the way back and the sockets are tests, which the
 * kernel's tables decide.
 */
#include "lower/match_fib.h"

#include <string.h>
#include <strings.h>

#include <tamiz/fib.h>
#include <tamiz/sock.h>

/* The bits of xt_addrtype.h for a list of checked names; beginnings will do. */
static uint64_t kinds_of(const char *list)
{
	static const char *const names[] = {
		"UNSPEC",   "UNICAST",   "LOCAL",     "BROADCAST",
		"ANYCAST",  "MULTICAST", "BLACKHOLE", "UNREACHABLE",
		"PROHIBIT", "THROW",     "NAT",       "XRESOLVE",
	};
	uint64_t kinds = 0;

	for (const char *s = list; s;) {
		size_t len = strcspn(s, ","), i = 0;

		while (i < sizeof(names) / sizeof(names[0]) &&
		       strncasecmp(names[i], s, len) != 0)
			i++;
		kinds |= UINT64_C(1) << i;
		s = s[len] ? s + len + 1 : NULL;
	}
	return kinds;
}

static void add_in(struct tz_builder *b, enum tz_field field,
		   const struct tz_interval *at, size_t n, bool is_inverted)
{
	tz_build_add(b, tz_build_in_intervals(b, field, at, n, is_inverted));
}

/*
 * Whether an IPv4 address by itself tells if it is of @kinds: of those that
 * tables tell apart, all are meant or none. Routes that reject are no kinds:
 * the kernel takes what it finds them for as unicast (fib_table_lookup has an
 * error there).
 */
static bool shows_in_ipv4(uint64_t kinds)
{
	uint64_t of_tables = kinds & TZ_KINDS_OF_TABLES;

	return !of_tables || of_tables == TZ_KINDS_OF_TABLES;
}

/* 224/4 is of many hosts (RFC 5771), all else of a kind that tables tell. */
static void add_ipv4(struct tz_builder *b, enum tz_field field, uint64_t kinds,
		     bool is_inverted)
{
	static const struct tz_interval multicast = { 0xe0000000, 0xefffffff };
	bool has_multicast = kinds & TZ_KIND_MULTICAST;
	bool has_others = kinds & TZ_KINDS_OF_TABLES;

	if (has_multicast != has_others)
		add_in(b, field, &multicast, 1, is_inverted != has_others);
	else /* no address, or each of them */
		add_in(b, field, NULL, 0, is_inverted != has_others);
}

/*
 * The kernel wants all of the kinds at once (xt_addrtype.c:match_type6);
 * addresses that map IPv4 are not unicast to it (ipv6_addr_type).
 */
static void add_ipv6(struct tz_builder *b, enum tz_field field, uint64_t kinds,
		     bool is_inverted)
{
	const tz_value multicast = (tz_value)0xff << 120;
	const tz_value mapped = (tz_value)0xffff << 32;
	const struct tz_interval unicast[] = {
		{ 1, mapped - 1 },
		{ mapped + ((tz_value)1 << 32), multicast - 1 },
	};
	const struct tz_interval all_multicast = { multicast, ~(tz_value)0 };
	const struct tz_interval unspecified = { 0, 0 };

	if (kinds == TZ_KIND_UNICAST)
		add_in(b, field, unicast, 2, is_inverted);
	else if (kinds == TZ_KIND_MULTICAST)
		add_in(b, field, &all_multicast, 1, is_inverted);
	else if (kinds == TZ_KIND_UNSPEC)
		add_in(b, field, &unspecified, 1, is_inverted);
	else /* no address is of two of them */
		add_in(b, field, NULL, 0, is_inverted);
}

static void add_end(struct tz_builder *b, const struct tz_sema_use *use,
		    const char *option, enum tz_field field,
		    enum tz_test_id test)
{
	const struct tz_sema_option *o = tz_sema_option(use, option);
	bool is_limited = tz_sema_option(use, "limit-iface-in") ||
			  tz_sema_option(use, "limit-iface-out");
	uint64_t kinds;

	if (!o)
		return;
	b->span = o->span;
	kinds = kinds_of(o->args[0]->text);
	if (b->family == TZ_IPV4 && shows_in_ipv4(kinds))
		add_ipv4(b, field, kinds, o->is_inverted);
	else if (b->family == TZ_IPV6 && !(kinds & TZ_KINDS_OF_ROUTES6))
		add_ipv6(b, field, kinds, o->is_inverted);
	else
		tz_build_test(
			b, test, 2,
			(uint64_t[]){
				kinds,
				(o->is_inverted ? TZ_KIND_NOT : 0) |
					(is_limited ? TZ_KIND_LIMITED : 0) });
}

void tz_lower_addrtype(struct tz_builder *b, const struct tz_sema_use *use)
{
	add_end(b, use, "src-type", TZ_FIELD_SRC, TZ_TEST_SRC_KIND);
	add_end(b, use, "dst-type", TZ_FIELD_DST, TZ_TEST_DST_KIND);
}

/* With --validmark the way depends on the mark, which is the kernel's. */
void tz_lower_rpfilter(struct tz_builder *b, const struct tz_sema_use *use)
{
	uint64_t flags = 0;

	if (tz_sema_option(use, "validmark")) {
		tz_build_opaque(b, use->ext->name, use->ext->reason,
				TZ_IR_PURE);
		return;
	}
	if (tz_sema_option(use, "invert"))
		flags |= TZ_WAY_NOT;
	if (tz_sema_option(use, "loose"))
		flags |= TZ_WAY_LOOSE;
	if (tz_sema_option(use, "accept-local"))
		flags |= TZ_WAY_ACCEPT_LOCAL;
	tz_build_test(b, TZ_TEST_RPFILTER, 1, &flags);
}

/* --restore-skmark is what the rule writes (ir/stale.c), and asks nothing. */
void tz_lower_socket(struct tz_builder *b, const struct tz_sema_use *use)
{
	uint64_t flags = b->table == TZ_TABLE_RAW ? TZ_SOCKET_IS_RAW : 0;

	if (tz_sema_option(use, "nowildcard"))
		flags |= TZ_SOCKET_NOWILDCARD;
	if (tz_sema_option(use, "transparent"))
		flags |= TZ_SOCKET_TRANSPARENT;
	tz_build_test(b, TZ_TEST_SOCKET, 1, &flags);
}
