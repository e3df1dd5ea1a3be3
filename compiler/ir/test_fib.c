/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests on what the kernel's routing tables say of an address
 * (net/netfilter/xt_addrtype.c; SEMANTICS 5.12), and of the way back to it
 * (net/ipv4/netfilter/ipt_rpfilter.c, net/ipv6/netfilter/ip6t_rpfilter.c).
 * Some addresses are of one kind wherever they are; of others the tables are
 * asked for, through the view, and without them all is possible.
 */
#include <tamiz/fib.h>

#include "ir/test.h"

/* net/ipv4/fib_frontend.c:__inet_dev_addr_type, before it asks a table. */
static unsigned int kinds_of_ipv4(uint32_t address)
{
	if (!address || address == UINT32_MAX)
		return TZ_KIND_BROADCAST;
	if (address >> 28 == 14)
		return TZ_KIND_MULTICAST;
	return 0;
}

/* What is between XDP and netfilter nobody but the local table knows. */
static unsigned int ipv4_outcomes(const struct tz_view *view, uint32_t address,
				  uint64_t wanted, bool is_limited)
{
	unsigned int kinds = kinds_of_ipv4(address), outcomes = 0;

	if (!kinds && view->fib && !is_limited)
		kinds = view->fib->kinds(view->fib->arg, address);
	if (!kinds)
		kinds = TZ_KINDS_OF_TABLES;
	if (kinds & wanted)
		outcomes |= TZ_OUTCOME_TRUE;
	if (kinds & ~wanted)
		outcomes |= TZ_OUTCOME_FALSE;
	return outcomes;
}

/* Every one of the kinds that an address shows must be there. */
static unsigned int ipv6_outcomes(tz_value address, uint64_t wanted)
{
	bool is_multicast = address >> 120 == 0xff;
	bool is_mapped = address >> 32 == 0xffff;

	if ((wanted & TZ_KIND_MULTICAST && !is_multicast) ||
	    (wanted & TZ_KIND_UNICAST &&
	     (is_multicast || is_mapped || !address)) ||
	    (wanted & TZ_KIND_UNSPEC && address))
		return TZ_OUTCOME_FALSE;
	return wanted & TZ_KINDS_OF_ROUTES6 ? TZ_OUTCOME_UNKNOWN
					    : TZ_OUTCOME_TRUE;
}

static unsigned int outcomes_of(const struct tz_view *view,
				const struct tz_test *test, tz_value address)
{
	uint64_t wanted = test->args[0], flags = test->args[1];
	unsigned int outcomes =
		view->packet->family == TZ_IPV4
			? ipv4_outcomes(view, (uint32_t)address, wanted,
					flags & TZ_KIND_LIMITED)
			: ipv6_outcomes(address, wanted);

	if (flags & TZ_KIND_NOT && outcomes != TZ_OUTCOME_UNKNOWN)
		outcomes ^= TZ_OUTCOME_UNKNOWN;
	return outcomes;
}

unsigned int tz_test_src_kind(const struct tz_view *view,
			      const struct tz_test *test)
{
	return outcomes_of(view, test, view->packet->src);
}

unsigned int tz_test_dst_kind(const struct tz_view *view,
			      const struct tz_test *test)
{
	return outcomes_of(view, test, view->packet->dst);
}

bool tz_test_src_kind_is_sound(const struct tz_test *test)
{
	return test->n_args == 2 && test->args[0] <= UINT16_MAX &&
	       test->args[1] < 4;
}

bool tz_test_dst_kind_is_sound(const struct tz_test *test)
{
	return tz_test_src_kind_is_sound(test);
}

/*
 * Sources that have no way back and need none: 0.0.0.0 on its way to all of
 * the link (DHCP), and the unspecified address of IPv6.
 */
static bool asks_nobody(const struct tz_packet *p)
{
	if (p->family == TZ_IPV6)
		return !p->src;
	return !p->src && (p->dst == UINT32_MAX || p->dst >> 8 == 0xe00000);
}

unsigned int tz_test_rpfilter(const struct tz_view *view,
			      const struct tz_test *test)
{
	unsigned int flags = (unsigned int)test->args[0];
	enum tz_truth truth = TZ_UNKNOWN;

	if (asks_nobody(view->packet))
		truth = TZ_TRUE;
	else if (view->fib && view->fib->leads_back)
		truth = view->fib->leads_back(view->fib->arg, view->packet,
					      flags & ~TZ_WAY_NOT);
	if (truth == TZ_UNKNOWN)
		return TZ_OUTCOME_UNKNOWN;
	return (truth == TZ_TRUE) != !!(flags & TZ_WAY_NOT) ? TZ_OUTCOME_TRUE
							    : TZ_OUTCOME_FALSE;
}

bool tz_test_rpfilter_is_sound(const struct tz_test *test)
{
	return test->n_args == 1 && test->args[0] < 8;
}
