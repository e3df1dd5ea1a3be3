/* SPDX-License-Identifier: GPL-2.0-only */
/* The values of LOG and REJECT. */
#include "sema/value.h"

#include <string.h>
#include <strings.h>

#include <tamiz/abi.h>

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

/* The code of the error of ICMP. */
#define RESET (-1)

struct rejection {
	const char *name, *alias;
	int code;
};

static const struct rejection rejections4[] = {
	{ "icmp-net-unreachable", "net-unreach", 0 },
	{ "icmp-host-unreachable", "host-unreach", 1 },
	{ "icmp-proto-unreachable", "proto-unreach", 2 },
	{ "icmp-port-unreachable", "port-unreach", 3 },
	{ "icmp-net-prohibited", "net-prohib", 9 },
	{ "icmp-host-prohibited", "host-prohib", 10 },
	{ "tcp-reset", "tcp-rst", RESET },
	{ "icmp-admin-prohibited", "admin-prohib", 13 },
	{ NULL, NULL, 0 },
};

static const struct rejection rejections6[] = {
	{ "icmp6-no-route", "no-route", 0 },
	{ "icmp6-adm-prohibited", "adm-prohibited", 1 },
	{ "icmp6-addr-unreachable", "addr-unreach", 3 },
	{ "icmp6-port-unreachable", "port-unreach", 4 },
	{ "tcp-reset", "tcp-reset", RESET },
	{ "icmp6-policy-fail", "policy-fail", 5 },
	{ "icmp6-reject-route", "reject-route", 6 },
	{ NULL, NULL, 0 },
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

unsigned int tz_value_reject_answer(enum tz_family family, const char *name)
{
	const struct rejection *r =
		family == TZ_IPV4 ? rejections4 : rejections6;

	while (strcmp(r->name, name) != 0)
		r++;
	if (r->code == RESET)
		return TZ_ANSWER_RESET;
	return TZ_ANSWER_UNREACHABLE + (unsigned int)r->code;
}
