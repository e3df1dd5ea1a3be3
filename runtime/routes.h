/* SPDX-License-Identifier: GPL-2.0-only */
/* What of the namespace's routes a lookup at XDP does not show. */
#pragma once

#include <stdbool.h>

/*
 * Whether routes through devices without carrier are ignored
 * (ignore_routes_with_linkdown) in this network namespace: lookups of programs
 * heed that, rpfilter does not. True also when it cannot be read.
 */
bool tz_routes_are_ignored(void);
/*
 * Why lookups of programs may find other routes than rpfilter does; NULL: they
 * do not. Also when it cannot be read. Of IPv4, rules by the way out: whether
 * one of several next hops is a device is asked by a lookup that names it. Of
 * IPv6, all rules but those that ask the tables `local` and `main` of every
 * packet (suppress_prefixlength and what is behind a `throw` are not followed),
 * and routes behind which there may be others of the same prefix.
 */
const char *tz_routes_hidden4(void);
const char *tz_routes_hidden6(void);
