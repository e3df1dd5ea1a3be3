/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One row for each sort of way back, with the commands that make it. What the
 * kernel finds by it is written down by hand, from ipt_rpfilter.c and
 * ip6t_rpfilter.c and from what iptables did; what a program may find, from
 * bpf/include/tamiz/test_way.bpf.h.
 */
#include "ways.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <tamiz/fib.h>

#include "lib/spawn.h"

enum way {
	BY_OUT,      /* through the dead end */
	BY_OUT_ONLY, /* and nothing leads through the device */
	BY_DEV,      /* through the device that frames come in by */
	BY_TOS,      /* so where the TOS is 0x10, else through the dead end */
	BY_COST,     /* IPv6: so, at a higher cost; cheaper to the dead end */
	REJECTED,
	REJECTED_OR_DEV, /* IPv6: so, and at a higher cost by the device */
	NOWHERE,
	TO_SELF,
	NOT_SAID, /* addresses of one link */
};

#define V6(block) ((tz_value)0x20010db800000000 << 64 | (tz_value)(block) << 80)

/* The first row that fits is the route. Commands: tz-in is the device. */
static const struct row {
	enum tz_family family;
	tz_value address;
	unsigned int bits;
	enum way way;
	const char *commands;
} rows[] = {
	{ TZ_IPV4, 0xc613fffe, 32, TO_SELF, "" },
	{ TZ_IPV4, 0x7fffffff, 32, NOWHERE, "" }, /* broadcast */
	{ TZ_IPV4, 0x7f000000, 8, TO_SELF, "" },
	{ TZ_IPV4, 0x0ade0000, 16, BY_TOS,
	  "route add 10.222.0.0/16 dev tz-out\n"
	  "route add 10.222.0.0/16 tos 0x10 dev tz-in\n" },
	{ TZ_IPV4, 0xac190000, 16, BY_DEV,
	  "route add 172.25.0.0/16 nexthop dev tz-in nexthop dev tz-out\n" },
	{ TZ_IPV4, 0xac1a0000, 16, REJECTED,
	  "route add blackhole 172.26.0.0/16\n" },
	{ TZ_IPV4, 0xac1b0000, 16, REJECTED,
	  "route add unreachable 172.27.0.0/16\n" },
	{ TZ_IPV4, 0xac1c0000, 16, REJECTED,
	  "route add prohibit 172.28.0.0/16\n" },
	{ TZ_IPV4, 0xac1d0000, 16, NOWHERE, "route add throw 172.29.0.0/16\n" },
	{ TZ_IPV4, 0xac1e0000, 16, TO_SELF,
	  "route add local 172.30.0.0/16 dev lo\n" },
	{ TZ_IPV4, 0xac1f0000, 16, BY_OUT,
	  "route add 172.31.0.0/16 dev tz-out\n" },
	{ TZ_IPV4, 0xac100000, 12, BY_DEV,
	  "route add 172.16.0.0/12 dev tz-in\n" },
	{ TZ_IPV4, 0, 0, BY_OUT_ONLY, "" },

	{ TZ_IPV6, V6(0xffff) | 1, 128, TO_SELF, "" },
	{ TZ_IPV6, 1, 128, NOT_SAID, "" },
	{ TZ_IPV6, (tz_value)0xfe8 << 116, 10, NOT_SAID, "" },
	{ TZ_IPV6, (tz_value)0xff << 120, 8, NOT_SAID, "" },
	{ TZ_IPV6, V6(0xe0), 48, BY_DEV,
	  "route add 2001:db8:e0::/48 dev tz-in\n" },
	{ TZ_IPV6, V6(0xe1), 48, BY_COST,
	  "route add 2001:db8:e1::/48 dev tz-out metric 10\n"
	  "route add 2001:db8:e1::/48 dev tz-in metric 20\n" },
	{ TZ_IPV6, V6(0xe2), 48, REJECTED,
	  "route add blackhole 2001:db8:e2::/48\n" },
	{ TZ_IPV6, V6(0xe3), 48, REJECTED,
	  "route add unreachable 2001:db8:e3::/48\n" },
	{ TZ_IPV6, V6(0xe4), 48, REJECTED,
	  "route add prohibit 2001:db8:e4::/48\n" },
	{ TZ_IPV6, V6(0xe5), 48, NOWHERE,
	  "route add throw 2001:db8:e5::/48\n" },
	{ TZ_IPV6, V6(0xe6), 48, TO_SELF,
	  "route add local 2001:db8:e6::/48 dev lo\n" },
	{ TZ_IPV6, V6(0xe7), 48, REJECTED_OR_DEV,
	  "route add blackhole 2001:db8:e7::/48 metric 10\n"
	  "route add 2001:db8:e7::/48 dev tz-in metric 20\n" },
	{ TZ_IPV6, V6(0xe8), 48, BY_DEV,
	  "route add 2001:db8:e8::/48 nexthop via fe80::1 dev tz-in "
	  "nexthop via fe80::1 dev tz-out\n" },
	{ TZ_IPV6, 0, 0, BY_OUT, "" },
};

#define N_ROWS (sizeof(rows) / sizeof(rows[0]))

static int run_ip(const char *family, const char *commands)
{
	const char *argv[] = { "ip", family, "-batch", "-", NULL };
	int status = tz_spawn(argv, commands, strlen(commands), NULL, NULL);

	return status > 0 ? -EIO : status;
}

int tz_ways_lay(const char *dev)
{
	char batches[2][2048];
	size_t len = (size_t)snprintf(batches[0], sizeof(batches[0]),
				      "link property add dev %s altname "
				      "tz-in\n",
				      dev);
	size_t lens[2] = { len, 0 };

	for (size_t i = 0; i < N_ROWS; i++) {
		size_t k = rows[i].family == TZ_IPV6;

		lens[k] += (size_t)snprintf(batches[k] + lens[k],
					    sizeof(batches[k]) - lens[k], "%s",
					    rows[i].commands);
	}
	int err = run_ip("-4", batches[0]);

	return err ? err : run_ip("-6", batches[1]);
}

static enum way way_to(enum tz_family family, tz_value address)
{
	unsigned int width = family == TZ_IPV6 ? 128 : 32;

	for (size_t i = 0; i < N_ROWS; i++) {
		unsigned int rest = width - rows[i].bits;

		if (rows[i].family == family &&
		    (rest == width ||
		     address >> rest == rows[i].address >> rest))
			return rows[i].way;
	}
	return NOWHERE;
}

static enum tz_truth truth_of(bool holds)
{
	return holds ? TZ_TRUE : TZ_FALSE;
}

/* A route of a TOS asks for its old bits only (fib_dscp_masked_match). */
static bool has_tos(const struct tz_packet *packet)
{
	return (packet->tos & 0x1c) == 0x10;
}

/* Local addresses, not of the loopback device. */
static bool is_own_of_device(tz_value address)
{
	return address == 0xc613fffe || address == (V6(0xffff) | 1);
}

enum tz_truth tz_ways_in_kernel(void *arg, const struct tz_packet *packet,
				unsigned int flags)
{
	bool is_loose = flags & TZ_WAY_LOOSE;

	(void)arg;
	switch (way_to(packet->family, packet->src)) {
	case BY_OUT:
	case BY_OUT_ONLY:
		return truth_of(is_loose);
	case BY_DEV:
	case BY_COST:
		return TZ_TRUE;
	case BY_TOS:
		return truth_of(is_loose || has_tos(packet));
	case REJECTED:
	case NOWHERE:
		return TZ_FALSE;
	case REJECTED_OR_DEV:
		return truth_of(!is_loose);
	case TO_SELF:
		return truth_of(flags & TZ_WAY_ACCEPT_LOCAL &&
				(is_loose || packet->family == TZ_IPV6 ||
				 is_own_of_device(packet->src)));
	case NOT_SAID:
		break;
	}
	return TZ_UNKNOWN;
}

enum tz_truth tz_ways_on_host(void *arg, const struct tz_packet *packet,
			      unsigned int flags)
{
	enum way way = way_to(packet->family, packet->src);

	if (way == TO_SELF &&
	    (is_own_of_device(packet->src) ||
	     (packet->family == TZ_IPV4 && packet->src >> 24 == 127)))
		return tz_ways_in_kernel(arg, packet, flags);
	return way == NOT_SAID ? TZ_UNKNOWN : TZ_FALSE;
}

static bool is_provable6(const struct tz_packet *packet, enum way way,
			 unsigned int flags)
{
	bool is_loose = flags & TZ_WAY_LOOSE;

	if (way_to(TZ_IPV6, packet->dst) == NOT_SAID || !packet->dst ||
	    packet->dst >> 32 == 0xffff)
		return false;
	switch (way) {
	case BY_OUT:
	case BY_COST:
		return is_loose;
	case BY_DEV:
		return true;
	case REJECTED:
	case REJECTED_OR_DEV:
		return is_loose;
	case NOWHERE:
		return !(flags & TZ_WAY_ACCEPT_LOCAL);
	case TO_SELF: /* the table `main` has the default, and the prefix */
		return !is_loose && !(flags & TZ_WAY_ACCEPT_LOCAL) &&
		       !is_own_of_device(packet->src);
	case BY_OUT_ONLY:
	case BY_TOS:
	case NOT_SAID:
		break;
	}
	return false;
}

static bool is_provable4(enum way way, unsigned int flags)
{
	bool is_loose = flags & TZ_WAY_LOOSE;

	if (way == NOWHERE || way == TO_SELF)
		return !(flags & TZ_WAY_ACCEPT_LOCAL);
	return is_loose || way != BY_OUT;
}

enum tz_truth tz_ways_at_xdp(void *arg, const struct tz_packet *packet,
			     unsigned int flags)
{
	enum way way = way_to(packet->family, packet->src);
	bool is_provable = packet->family == TZ_IPV6
				   ? is_provable6(packet, way, flags)
				   : is_provable4(way, flags);

	return is_provable ? tz_ways_in_kernel(arg, packet, flags) : TZ_UNKNOWN;
}
