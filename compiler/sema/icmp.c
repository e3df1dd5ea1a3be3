/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Types and codes of RFC 792, RFC 950, RFC 1256, RFC 1812 (codes 13 to 15 of
 * type 3), RFC 4443 and RFC 4861, under the names that `iptables -p icmp -h`
 * and `ip6tables -p icmpv6 -h` list.
 */
#include "sema/icmp.h"

#include <string.h>
#include <strings.h>

#define ANY_CODE 0, 255
#define CODE(code) code, code

/* clang-format off */
static const struct tz_icmp_name names4[] = {
	{ "any", 255, ANY_CODE },
	{ "echo-reply", 0, ANY_CODE },
	{ "pong", 0, ANY_CODE },
	{ "destination-unreachable", 3, ANY_CODE },
	{ "network-unreachable", 3, CODE(0) },
	{ "host-unreachable", 3, CODE(1) },
	{ "protocol-unreachable", 3, CODE(2) },
	{ "port-unreachable", 3, CODE(3) },
	{ "fragmentation-needed", 3, CODE(4) },
	{ "source-route-failed", 3, CODE(5) },
	{ "network-unknown", 3, CODE(6) },
	{ "host-unknown", 3, CODE(7) },
	{ "network-prohibited", 3, CODE(9) },
	{ "host-prohibited", 3, CODE(10) },
	{ "TOS-network-unreachable", 3, CODE(11) },
	{ "TOS-host-unreachable", 3, CODE(12) },
	{ "communication-prohibited", 3, CODE(13) },
	{ "host-precedence-violation", 3, CODE(14) },
	{ "precedence-cutoff", 3, CODE(15) },
	{ "source-quench", 4, ANY_CODE },
	{ "redirect", 5, ANY_CODE },
	{ "network-redirect", 5, CODE(0) },
	{ "host-redirect", 5, CODE(1) },
	{ "TOS-network-redirect", 5, CODE(2) },
	{ "TOS-host-redirect", 5, CODE(3) },
	{ "echo-request", 8, ANY_CODE },
	{ "ping", 8, ANY_CODE },
	{ "router-advertisement", 9, ANY_CODE },
	{ "router-solicitation", 10, ANY_CODE },
	{ "time-exceeded", 11, ANY_CODE },
	{ "ttl-exceeded", 11, ANY_CODE },
	{ "ttl-zero-during-transit", 11, CODE(0) },
	{ "ttl-zero-during-reassembly", 11, CODE(1) },
	{ "parameter-problem", 12, ANY_CODE },
	{ "ip-header-bad", 12, CODE(0) },
	{ "required-option-missing", 12, CODE(1) },
	{ "timestamp-request", 13, ANY_CODE },
	{ "timestamp-reply", 14, ANY_CODE },
	{ "address-mask-request", 17, ANY_CODE },
	{ "address-mask-reply", 18, ANY_CODE },
};

static const struct tz_icmp_name names6[] = {
	{ "destination-unreachable", 1, ANY_CODE },
	{ "no-route", 1, CODE(0) },
	{ "communication-prohibited", 1, CODE(1) },
	{ "beyond-scope", 1, CODE(2) },
	{ "address-unreachable", 1, CODE(3) },
	{ "port-unreachable", 1, CODE(4) },
	{ "failed-policy", 1, CODE(5) },
	{ "reject-route", 1, CODE(6) },
	{ "packet-too-big", 2, ANY_CODE },
	{ "time-exceeded", 3, ANY_CODE },
	{ "ttl-exceeded", 3, ANY_CODE },
	{ "ttl-zero-during-transit", 3, CODE(0) },
	{ "ttl-zero-during-reassembly", 3, CODE(1) },
	{ "parameter-problem", 4, ANY_CODE },
	{ "bad-header", 4, CODE(0) },
	{ "unknown-header-type", 4, CODE(1) },
	{ "unknown-option", 4, CODE(2) },
	{ "echo-request", 128, ANY_CODE },
	{ "ping", 128, ANY_CODE },
	{ "echo-reply", 129, ANY_CODE },
	{ "pong", 129, ANY_CODE },
	{ "router-solicitation", 133, ANY_CODE },
	{ "router-advertisement", 134, ANY_CODE },
	{ "neighbour-solicitation", 135, ANY_CODE },
	{ "neighbor-solicitation", 135, ANY_CODE },
	{ "neighbour-advertisement", 136, ANY_CODE },
	{ "neighbor-advertisement", 136, ANY_CODE },
	{ "redirect", 137, ANY_CODE },
};
/* clang-format on */

const struct tz_icmp_name *tz_icmp_names(bool is_v6, size_t *n)
{
	*n = is_v6 ? sizeof(names6) / sizeof(names6[0])
		   : sizeof(names4) / sizeof(names4[0]);
	return is_v6 ? names6 : names4;
}

const struct tz_icmp_name *tz_icmp_find(bool is_v6, const char *name,
					const struct tz_icmp_name **other)
{
	size_t n, len = strlen(name);
	const struct tz_icmp_name *names = tz_icmp_names(is_v6, &n);
	const struct tz_icmp_name *found = NULL;

	*other = NULL;
	for (size_t i = 0; i < n; i++) {
		if (strncasecmp(names[i].name, name, len) != 0)
			continue;
		if (found) {
			*other = &names[i];
			return found;
		}
		found = &names[i];
	}
	return found;
}
