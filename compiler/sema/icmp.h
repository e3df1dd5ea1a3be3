/* SPDX-License-Identifier: GPL-2.0-only */
/* The names of ICMP and ICMPv6 types and codes, as iptables has them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tz_icmp_name {
	const char *name;
	uint8_t type, code_lo, code_hi; /* 0 to 255: any code */
};

/* All of them. */
const struct tz_icmp_name *tz_icmp_names(bool is_v6, size_t *n);
/*
 * The entry that @name names or begins, letters of either case, as iptables
 * looks it up; NULL when there is none. *other is set to a second name that it
 * begins too, else to NULL.
 */
const struct tz_icmp_name *tz_icmp_find(bool is_v6, const char *name,
					const struct tz_icmp_name **other);
