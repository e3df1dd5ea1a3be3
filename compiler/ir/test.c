/* SPDX-License-Identifier: GPL-2.0-only */
#include "ir/test.h"

#include "ir/facts.h"
#include "ir/filter.h"

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

/* Whether merging the view's packet with others cannot change the answer. */
static bool is_sure_of_merging(const struct tz_view *view,
			       const struct tz_test *test)
{
	return test->id == TZ_TEST_BPF &&
	       !tz_facts_never_merged(view->packet->proto) &&
	       !tz_filter_may_merge(view->packet->family, test);
}

unsigned int tz_test_outcomes(const struct tz_view *view,
			      const struct tz_test *test)
{
	unsigned int doubts = view->doubts & tz_test_doubts(test);

	if (doubts == TZ_DOUBT_MERGE && is_sure_of_merging(view, test))
		doubts = 0;
	if (doubts)
		return tz_test_unknown(test);
	return rows[test->id].outcomes(view, test);
}

bool tz_test_is_sound(const struct tz_test *test)
{
	return (unsigned int)test->id < TZ_N_TESTS &&
	       rows[test->id].is_sound(test);
}
