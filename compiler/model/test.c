/* SPDX-License-Identifier: GPL-2.0-only */
#include "model/test.h"

#include <string.h>

static const struct {
	const char *name;
	unsigned int doubts;
	bool may_hotdrop;
} rows[] = {
#define TEST(id, name, doubts, may_hotdrop) { #name, doubts, may_hotdrop },
#include "model/test.def"
#undef TEST
};

_Static_assert(sizeof(rows) / sizeof(rows[0]) == TZ_N_TESTS, "a row per test");

uint8_t tz_string_fold(uint8_t c)
{
	bool is_small =
		(c >= 'a' && c <= 'z') || (c >= 0xe0 && c != 0xf7 && c != 0xff);

	return is_small ? c ^ 0x20 : c;
}

bool tz_string_can_fold(uint8_t c)
{
	return c != 0xbf && c != 0xdf && c != 0xff;
}

const char *tz_test_name(enum tz_test_id id)
{
	return rows[id].name;
}

enum tz_test_id tz_test_by_name(const char *name)
{
	int id = 0;

	while (id < TZ_N_TESTS && strcmp(rows[id].name, name))
		id++;
	return (enum tz_test_id)id;
}

unsigned int tz_test_doubts(enum tz_test_id id)
{
	return rows[id].doubts;
}

bool tz_test_may_hotdrop(enum tz_test_id id)
{
	return rows[id].may_hotdrop;
}

bool tz_test_counts_hotdrop(const struct tz_test *test)
{
	return (test->id == TZ_TEST_SCTP_CHUNKS &&
		test->args[TZ_CHUNKS_IS_INVERTED]) ||
	       (test->id == TZ_TEST_DCCP_OPTION && test->args[1]);
}
