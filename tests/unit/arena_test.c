/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory that is freed together, and strings that outlive what they are of. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"

enum { N = 50000 };

static void strings_and_objects_do_not_overlap(void **state)
{
	struct tz_arena *arena = tz_arena_new();
	static char *strings[N];
	static size_t *numbers[N];
	char text[32];

	(void)state;
	for (size_t i = 0; i < N; i++) {
		strings[i] = tz_arena_printf(arena, "string %zu", i);
		numbers[i] = tz_arena_alloc(arena, i % 50 * sizeof(size_t));
		for (size_t j = 0; j < i % 50; j++)
			assert_int_equal(numbers[i][j], 0);
		for (size_t j = 0; j < i % 50; j++)
			numbers[i][j] = i;
	}
	for (size_t i = 0; i < N; i++) {
		snprintf(text, sizeof(text), "string %zu", i);
		assert_string_equal(strings[i], text);
		assert_int_equal((uintptr_t)numbers[i] % _Alignof(max_align_t),
				 0);
		for (size_t j = 0; j < i % 50; j++)
			assert_int_equal(numbers[i][j], i);
	}
	tz_arena_free(arena);
}

static void large_strings_have_blocks_of_their_own(void **state)
{
	struct tz_arena *arena = tz_arena_new();
	static char large[10 << 20];

	(void)state;
	memset(large, 'x', sizeof(large) - 1);

	char *small = tz_arena_strndup(arena, "small", 5);
	char *first = tz_arena_strndup(arena, large, sizeof(large) - 1);
	char *second = tz_arena_strndup(arena, large, sizeof(large) - 1);
	char *part = tz_arena_strndup(arena, "partly", 4);

	assert_string_equal(small, "small");
	assert_string_equal(first, large);
	assert_string_equal(second, large);
	assert_string_equal(part, "part");
	tz_arena_free(arena);
}

static void strings_outlive_an_arena_within(void **state)
{
	struct tz_arena *outer = tz_arena_new();
	struct tz_arena *inner = tz_arena_new_within(outer);
	struct tz_arena *innermost = tz_arena_new_within(inner);
	static char *strings[N];
	char text[32];

	(void)state;
	for (size_t i = 0; i < N; i++) {
		memset(tz_arena_alloc(inner, 48), 'x', 48);
		strings[i] =
			tz_arena_printf(i % 2 ? inner : innermost, "%zu", i);
	}
	tz_arena_free(innermost);
	tz_arena_free(inner);
	for (size_t i = 0; i < N; i++) {
		snprintf(text, sizeof(text), "%zu", i);
		assert_string_equal(strings[i], text);
	}
	tz_arena_free(outer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(strings_and_objects_do_not_overlap),
		cmocka_unit_test(large_strings_have_blocks_of_their_own),
		cmocka_unit_test(strings_outlive_an_arena_within),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
