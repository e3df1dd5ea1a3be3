/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Flow graphs: what the constructors and the passes make of random graphs
 * answers as these do, for packets of every length.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "flow/pass.h"
#include "flow/rebuild.h"
#include "lib/flow_random.h"

static size_t n_sorted, n_ranges;

#define GRAPHS 20000
#define PACKETS 60

/* What tries are made of, somewhere in @flow. */
static void change(struct tz_flow *flow, unsigned int *seed)
{
	for (int i = 0; i < 3; i++) {
		uint32_t at = (uint32_t)rand_r(seed) % (flow->root + 1);

		if (tz_flow_ways(flow->arena, flow)[at])
			n_sorted += tz_flow_sort_conjuncts(flow, at);
	}
	n_ranges += tz_flow_use_ranges(flow);
}

static void a_pass_keeps_every_answer(void **state)
{
	size_t n_smaller = 0, n_accepted = 0;

	(void)state;
	for (unsigned int i = 0; i < GRAPHS; i++) {
		unsigned int seed = i;
		struct tz_arena *arena = tz_arena_new();
		struct tz_flow *flow = tz_flow_random(arena, &seed);
		struct tz_flow *better = tz_flow_optimize(arena, flow);

		n_smaller += better->nodes.n < flow->nodes.n;
		change(better, &seed);
		for (int j = 0; j < PACKETS; j++) {
			struct tz_filter_packet packet;
			uint8_t frame[12];
			uint32_t wanted, got;

			tz_flow_random_packet(&seed, frame, sizeof(frame),
					      &packet);
			wanted = tz_flow_eval(flow, &packet);
			got = tz_flow_eval(better, &packet);
			n_accepted += wanted != 0;
			if (wanted != got)
				printf("graph %u, packet %d\n", i, j);
			assert_int_equal(wanted, got);
		}
		tz_arena_free(arena);
	}
	assert_in_range(n_smaller, GRAPHS / 4, GRAPHS);
	assert_in_range(n_sorted, GRAPHS / 20, GRAPHS * 3);
	assert_in_range(n_ranges, GRAPHS / 50, GRAPHS);
	assert_in_range(n_accepted, GRAPHS * PACKETS / 50,
			GRAPHS * PACKETS / 2);
}

/* What tz_flow_thread makes of the graph @text. */
static void threads_to(const char *text, const char *wanted)
{
	struct tz_arena *arena = tz_arena_new();
	struct tz_sources *sources = tz_sources_new(arena);
	const struct tz_source *source =
		tz_sources_add(sources, "graph", text, strlen(text));
	struct tz_flow *flow =
		tz_flow_parse(arena, tz_diags_new(arena, sources), source);
	struct tz_buf out = { 0 };

	assert_non_null(flow);
	tz_flow_print(tz_flow_thread(arena, flow), &out);
	assert_string_equal(out.text, wanted);
	tz_buf_free(&out);
	tz_arena_free(arena);
}

static void a_test_of_two_terms_is_made_once(void **state)
{
	(void)state;
	threads_to("start n9\n"
		   "n9: if len >= [0:1] then n8 else n7\n"
		   "n8: if [2:1] == 1 then accept else n7\n"
		   "n7: if len >= [0:1] then n6 else n5\n"
		   "n6: if [2:1] == 2 then accept else n5\n"
		   "n5: if [3:1] == 3 then accept else reject\n",
		   "start n5\n"
		   "n5: if len >= [0:1] then n4 else n2\n"
		   "n4: if [2:1] == 1 then accept else n3\n"
		   "n3: if [2:1] == 2 then accept else n2\n"
		   "n2: if [3:1] == 3 then accept else reject\n");
}

static void a_variable_that_changes_is_asked_for_again(void **state)
{
	static const char text[] = "start n5\n"
				   "n5: let v0 = [0:1] then n4\n"
				   "n4: if len >= v0 then n3 else reject\n"
				   "n3: let v0 = [1:1] then n2\n"
				   "n2: if len >= v0 then accept else reject\n";

	(void)state;
	threads_to(text, text);
}

/* Whether it holds or not, the next one says the same. */
static void a_test_of_no_use_is_none(void **state)
{
	(void)state;
	threads_to("start n3\n"
		   "n3: if [0:1] == 1 then accept else n2\n"
		   "n2: if [0:1] == 2 then reject else accept\n",
		   "start n2\n"
		   "n2: if [0:1] == 2 then reject else accept\n");
	threads_to("start n3\n"
		   "n3: if [0:1] > 4 then n2 else reject\n"
		   "n2: if [0:1] == 9 then accept else reject\n",
		   "start n2\n"
		   "n2: if [0:1] == 9 then accept else reject\n");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pass_keeps_every_answer),
		cmocka_unit_test(a_test_of_two_terms_is_made_once),
		cmocka_unit_test(a_variable_that_changes_is_asked_for_again),
		cmocka_unit_test(a_test_of_no_use_is_none),
	};

	return cmocka_run_group_tests_name("flow", tests, NULL, NULL);
}
