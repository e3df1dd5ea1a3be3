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

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pass_keeps_every_answer),
	};

	return cmocka_run_group_tests_name("flow", tests, NULL, NULL);
}
