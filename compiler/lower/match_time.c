/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Dates and days as libxt_time of iptables 1.8.9 reads them. All is UTC but
 * with --kerneltz, which is not known here; so is what iptables would not read.
 */
#include "lower/match_time.h"

#include <string.h>
#include <strings.h>

#include "sema/value.h"

enum { DAY_LAST = 86399, ALL_WEEKDAYS = 0xfe };
#define ALL_MONTHDAYS UINT64_C(0xfffffffe)
/* libxt_time: INT_MAX. */
#define DATE_LAST INT64_C(0x7fffffff)

/*
 * Numbers of at most @n parts, @separators[i] behind part i; those that are
 * missing keep their value. False: another form.
 */
static bool read_parts(const char *s, const char *separators, unsigned int *at,
		       size_t n)
{
	for (size_t i = 0; i < n; i++) {
		unsigned int value = 0;
		size_t digits = strspn(s, "0123456789");

		if (!digits || digits > 4)
			return false;
		for (size_t k = 0; k < digits; k++)
			value = value * 10 + (unsigned int)(s[k] - '0');
		at[i] = value;
		s += digits;
		if (!*s)
			return true;
		if (i + 1 == n || *s++ != separators[i])
			return false;
	}
	return false;
}

/* Days from 1970 to the first of a month. */
static int64_t days_to(unsigned int year, unsigned int month)
{
	static const unsigned short before[] = { 0,   31,  59,  90,  120, 151,
						 181, 212, 243, 273, 304, 334 };
	unsigned int leaps =
		(year - 1) / 4 - (year - 1) / 100 + (year - 1) / 400 - 477;
	bool is_leap = (year % 4 == 0 && year % 100) || year % 400 == 0;

	return (int64_t)(year - 1970) * 365 + leaps + before[month - 1] +
	       (is_leap && month > 2);
}

/* YYYY[-MM[-DD[Thh[:mm[:ss]]]]] */
static bool read_date(const char *s, uint64_t *seconds)
{
	unsigned int at[6] = { 1970, 1, 1, 0, 0, 0 };

	if (!read_parts(s, "--T::", at, 6) || at[0] < 1970 || at[0] > 2038 ||
	    at[1] < 1 || at[1] > 12 || at[2] < 1 || at[2] > 31 || at[3] > 23 ||
	    at[4] > 59 || at[5] > 59)
		return false;

	int64_t days = days_to(at[0], at[1]) + at[2] - 1;

	*seconds = (uint64_t)(days * 86400 + at[3] * 3600 + at[4] * 60 + at[5]);
	return true;
}

/* hh:mm[:ss] */
static bool read_daytime(const char *s, uint64_t *seconds)
{
	unsigned int at[3] = { 0 };

	if (!strchr(s, ':') || !read_parts(s, "::", at, 3) || at[0] > 23 ||
	    at[1] > 59 || at[2] > 59)
		return false;
	*seconds = at[0] * 3600 + at[1] * 60 + at[2];
	return true;
}

static bool read_day(const char *s, size_t len, uint64_t max, uint64_t *day)
{
	static const char *const names[] = { "Mon", "Tue", "Wed", "Thu",
					     "Fri", "Sat", "Sun" };

	for (unsigned int i = 0; max == 7 && i < 7; i++) {
		if (len == 3 && strncasecmp(names[i], s, 3) == 0) {
			*day = i + 1;
			return true;
		}
	}
	return tz_value_number(s, s + len, max, day) && *day > 0;
}

/* A list of days of 1 to @max; bit n is day n. */
static bool read_days(const struct tz_sema_option *o, uint64_t max,
		      uint64_t all, uint64_t *days)
{
	uint64_t list = 0, day;

	for (const char *s = o->args[0]->text; *s;) {
		size_t len = strcspn(s, ",");

		if (!read_day(s, len, max, &day))
			return false;
		list |= UINT64_C(1) << day;
		s += len + (s[len] == ',');
	}
	*days = o->is_inverted ? list ^ all : list;
	return true;
}

bool tz_lower_time(struct tz_builder *b, const struct tz_sema_use *use)
{
	const struct tz_sema_option *from = tz_sema_option(use, "datestart");
	const struct tz_sema_option *to = tz_sema_option(use, "datestop");
	const struct tz_sema_option *start = tz_sema_option(use, "timestart");
	const struct tz_sema_option *stop = tz_sema_option(use, "timestop");
	const struct tz_sema_option *month = tz_sema_option(use, "monthdays");
	const struct tz_sema_option *week = tz_sema_option(use, "weekdays");
	uint64_t args[] = { 0,
			    DATE_LAST,
			    0,
			    DAY_LAST,
			    ALL_MONTHDAYS,
			    ALL_WEEKDAYS,
			    tz_sema_option(use, "contiguous") != NULL };

	if (tz_sema_option(use, "kerneltz") || tz_sema_option(use, "localtz") ||
	    (from && !read_date(from->args[0]->text, &args[0])) ||
	    (to && !read_date(to->args[0]->text, &args[1])) ||
	    (start && !read_daytime(start->args[0]->text, &args[2])) ||
	    (stop && !read_daytime(stop->args[0]->text, &args[3])) ||
	    (month && !read_days(month, 31, ALL_MONTHDAYS, &args[4])) ||
	    (week && !read_days(week, 7, ALL_WEEKDAYS, &args[5])))
		return false;
	tz_build_test(b, TZ_TEST_TIME, sizeof(args) / sizeof(args[0]), args);
	return true;
}
