/* SPDX-License-Identifier: GPL-2.0-only */
/* Why the answer of a test is not known at XDP, in words for people. */
#include <tamiz/sock.h>

#include "opt/narrow.h"

const char *tz_narrow_rest(const struct tz_test *test)
{
	if (test->id == TZ_TEST_SOCKET)
		return "what the host's sockets take is not all known at XDP";
	return test->id == TZ_TEST_RPFILTER
		       ? "which ways lead back is not all known at XDP"
		       : "what the routing tables say of an address is not all "
			 "known at XDP";
}

const char *tz_narrow_doubt(const struct tz_narrowing *n,
			    const struct tz_test *test)
{
	unsigned int doubts = tz_test_doubts(test);

	if (doubts & TZ_DOUBT_NAT && tz_narrow_is_natted(n))
		return "NAT may rewrite what it looks at before this chain "
		       "(--assume-no-nat)";
	if (test->id == TZ_TEST_SOCKET && tz_narrow_may_be_reply(n) &&
	    !(test->args[0] & TZ_SOCKET_IS_RAW))
		return "the socket of a reply is looked up by what NAT has "
		       "translated (--assume-no-nat)";
	return NULL;
}

const char *tz_narrow_kernels_own(const struct tz_narrowing *n,
				  const struct tz_test *test)
{
	if (test->id == TZ_TEST_SET && tz_test_reads_device(test) &&
	    !n->options->ifname)
		return "the device is not named (--dev)";
	if (test->id == TZ_TEST_TIME)
		return "the clock is read when the kernel judges the packet";
	if (test->id == TZ_TEST_RPFILTER &&
	    n->options->hides_routes[tz_family_index(n->family)])
		return "of the routes here a lookup at XDP does not tell all";
	if (test->id == TZ_TEST_SOCKET && n->options->hides_sockets)
		return "a lookup at XDP asks for the sockets of another device";
	if (test->id == TZ_TEST_STATISTIC && !n->options->is_replace)
		return "rolls dice in the kernel's own rule";
	return NULL;
}
