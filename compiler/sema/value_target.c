/* SPDX-License-Identifier: GPL-2.0-only */
/* The values of LOG and REJECT. */
#include "sema/value.h"

#include <string.h>
#include <strings.h>

bool tz_value_log_level(const char *s, unsigned int *level)
{
	/* libxt_LOG has no err and warn, but both panic and emerg. */
	static const char *const names[] = { "emerg", "alert",   "crit",
					     "error", "warning", "notice",
					     "info",  "debug" };
	uint64_t number;

	if (tz_value_number(s, s + strlen(s), 7, &number)) {
		*level = (unsigned int)number;
		return true;
	}
	for (unsigned int i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(s, names[i]) == 0) {
			*level = i;
			return true;
		}
	}
	if (strcmp(s, "panic") != 0)
		return false;
	*level = 0;
	return true;
}

struct rejection {
	const char *name, *alias;
};

static const struct rejection rejections4[] = {
	{ "icmp-net-unreachable", "net-unreach" },
	{ "icmp-host-unreachable", "host-unreach" },
	{ "icmp-proto-unreachable", "proto-unreach" },
	{ "icmp-port-unreachable", "port-unreach" },
	{ "icmp-net-prohibited", "net-prohib" },
	{ "icmp-host-prohibited", "host-prohib" },
	{ "tcp-reset", "tcp-rst" },
	{ "icmp-admin-prohibited", "admin-prohib" },
	{ NULL, NULL },
};

static const struct rejection rejections6[] = {
	{ "icmp6-no-route", "no-route" },
	{ "icmp6-adm-prohibited", "adm-prohibited" },
	{ "icmp6-addr-unreachable", "addr-unreach" },
	{ "icmp6-port-unreachable", "port-unreach" },
	{ "tcp-reset", "tcp-reset" },
	{ "icmp6-policy-fail", "policy-fail" },
	{ "icmp6-reject-route", "reject-route" },
	{ NULL, NULL },
};

const char *tz_value_reject_type(enum tz_family family, const char *s)
{
	const struct rejection *r =
		family == TZ_IPV4 ? rejections4 : rejections6;

	/* The first that fits, as in libipt_REJECT. */
	for (; r->name; r++)
		if (strncasecmp(r->name, s, strlen(s)) == 0 ||
		    strncasecmp(r->alias, s, strlen(s)) == 0)
			return r->name;
	return NULL;
}

const char *tz_value_reject_name(enum tz_family family, size_t i)
{
	return family == TZ_IPV4 ? rejections4[i].name : rejections6[i].name;
}
