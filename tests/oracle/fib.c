/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The receiver (lib/lab.c) has one address of its own and those of loopback;
 * its table `local` holds nothing else.
 */
#include "fib.h"

#include <tamiz/fib.h>

#include "ways.h"

#define OWN_ADDRESS 0xc613fffeu /* 198.19.255.254 */
#define OWN_ADDRESS6 ((tz_value)0x20010db8ffff0000 << 64 | 1)

static unsigned int kinds_in_kernel(void *arg, uint32_t address)
{
	(void)arg;
	if (address == OWN_ADDRESS)
		return TZ_KIND_LOCAL;
	if (address == 0x7fffffff)
		return TZ_KIND_BROADCAST;
	if (address >> 24 == 127)
		return TZ_KIND_LOCAL;
	return TZ_KIND_UNICAST;
}

bool tz_fib_forwards(const struct tz_packet *packet)
{
	if (packet->family == TZ_IPV6)
		return packet->dst != OWN_ADDRESS6;
	return kinds_in_kernel(NULL, (uint32_t)packet->dst) == TZ_KIND_UNICAST;
}

static unsigned int kinds_on_router(void *arg, uint32_t address)
{
	unsigned int kinds = kinds_in_kernel(arg, address);

	return kinds == TZ_KIND_UNICAST ? kinds : 0;
}

static unsigned int kinds_on_host(void *arg, uint32_t address)
{
	(void)arg;
	(void)address;
	return 0;
}

const struct tz_fib *tz_fib_of_kernel(bool is_router)
{
	static const struct tz_fib router = { kinds_in_kernel,
					      tz_ways_in_kernel, NULL };
	static const struct tz_fib host = { kinds_in_kernel, tz_ways_on_host,
					    NULL };

	return is_router ? &router : &host;
}

const struct tz_fib *tz_fib_of_xdp(bool is_router)
{
	static const struct tz_fib router = { kinds_on_router, tz_ways_at_xdp,
					      NULL };
	static const struct tz_fib host = { kinds_on_host, NULL, NULL };

	return is_router ? &router : &host;
}
