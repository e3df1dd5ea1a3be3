/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests that are not about the packet: the clock (net/netfilter/xt_time.c) and
 * chance (xt_statistic.c).
 */
#include "ir/test.h"

enum {
	DATE_START,
	DATE_STOP,
	DAY_START,
	DAY_STOP,
	MONTHDAYS,
	WEEKDAYS,
	IS_CONTIGUOUS,
	N_TIME_ARGS
};
enum { SECONDS_PER_DAY = 86400 };

/* The day of the month, 1 to 31, of day @day since 1970. */
static unsigned int monthday_of(int64_t day)
{
	static const unsigned char days[] = { 31, 28, 31, 30, 31, 30,
					      31, 31, 30, 31, 30, 31 };
	int64_t year = 1970;

	for (;; year++) {
		bool is_leap = (year % 4 == 0 && year % 100) || year % 400 == 0;

		if (day < 365 + is_leap) {
			for (int i = 0; i < 12; i++) {
				int64_t n = days[i] + (i == 1 && is_leap);

				if (day < n)
					break;
				day -= n;
			}
			return (unsigned int)day + 1;
		}
		day -= 365 + is_leap;
	}
}

static bool is_time(const uint64_t *args, int64_t now)
{
	int64_t of_day = now % SECONDS_PER_DAY;
	int64_t start = (int64_t)args[DAY_START];
	int64_t stop = (int64_t)args[DAY_STOP];

	if (now < (int64_t)args[DATE_START] || now > (int64_t)args[DATE_STOP])
		return false;
	if (start < stop) {
		if (of_day < start || of_day > stop)
			return false;
	} else {
		if (of_day < start && of_day > stop)
			return false;
		/* the hours after midnight belong to the day before */
		if (args[IS_CONTIGUOUS] && of_day <= stop)
			now -= SECONDS_PER_DAY;
	}

	int64_t day = now / SECONDS_PER_DAY;

	/* Monday is 1; the first day of 1970 was a Thursday */
	return args[WEEKDAYS] >> ((day + 3) % 7 + 1) & 1 &&
	       args[MONTHDAYS] >> monthday_of(day) & 1;
}

unsigned int tz_test_time(const struct tz_view *view,
			  const struct tz_test *test)
{
	/* the day before 1970 is no time to test rules in */
	if (!view->has_clock || view->clock_ns < INT64_C(86400000000000))
		return TZ_OUTCOME_UNKNOWN;
	return tz_outcome_of(is_time(test->args, view->clock_ns / 1000000000));
}

bool tz_test_time_is_sound(const struct tz_test *test)
{
	return test->n_args == N_TIME_ARGS &&
	       test->args[DATE_START] <= UINT32_MAX &&
	       test->args[DATE_STOP] <= UINT32_MAX &&
	       test->args[DAY_START] < SECONDS_PER_DAY &&
	       test->args[DAY_STOP] < SECONDS_PER_DAY &&
	       test->args[IS_CONTIGUOUS] < 2;
}

unsigned int tz_test_statistic(const struct tz_view *view,
			       const struct tz_test *test)
{
	(void)view;
	(void)test;
	return TZ_OUTCOME_UNKNOWN;
}

bool tz_test_statistic_is_sound(const struct tz_test *test)
{
	return test->n_args == 2 && test->args[0] <= 0x80000000 &&
	       test->args[1] < 2;
}
