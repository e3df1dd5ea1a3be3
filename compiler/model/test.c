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
