/* SPDX-License-Identifier: GPL-2.0-only */
#include "ir/test.h"

static const struct {
	unsigned int (*outcomes)(const struct tz_view *view,
				 const struct tz_test *test);
	bool (*is_sound)(const struct tz_test *test);
} rows[] = {
#define TEST(id, name, doubts, may_hotdrop) \
	{ tz_test_##name, tz_test_##name##_is_sound },
#include "model/test.def"
#undef TEST
};

unsigned int tz_test_unknown(const struct tz_test *test)
{
	return tz_test_may_hotdrop(test->id)
		       ? TZ_OUTCOME_UNKNOWN | TZ_OUTCOME_HOTDROP
		       : TZ_OUTCOME_UNKNOWN;
}

unsigned int tz_test_outcomes(const struct tz_view *view,
			      const struct tz_test *test)
{
	if (view->doubts & tz_test_doubts(test->id))
		return tz_test_unknown(test);
	return rows[test->id].outcomes(view, test);
}

bool tz_test_is_sound(const struct tz_test *test)
{
	return (unsigned int)test->id < TZ_N_TESTS &&
	       rows[test->id].is_sound(test);
}
