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
 * Whether IPv6 has routing rules besides those that ask the tables `local` and
 * `main` of every packet: lookups of programs do not follow all that such
 * rules say (suppress_prefixlength, what is behind a `throw`). True also when
 * they cannot be read.
 */
bool tz_routes_are_ruled6(void);
