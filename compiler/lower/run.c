/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Comparing runs of bytes; see the header. Loads may overlap: three bytes
 * behind one that is known, too, are a word. No byte outside the run is read,
 * since the packet may end behind it.
 */
#include "lower/run.h"

#include <assert.h>

/* Instructions of classic BPF for a comparison, and for one under a mask. */
#define COST_EXACT 2u
#define COST_MASKED 3u

void tz_run_push(struct tz_run *run, uint8_t byte, uint8_t free)
{
	assert(run->n < TZ_RUN_MAX);
	run->bytes[run->n] = byte | free;
	run->free[run->n++] = free;
}

void tz_run_push_any(struct tz_run *run, size_t n)
{
	while (n--)
		tz_run_push(run, 0, 0xff);
}

static uint32_t big_endian(const uint8_t *bytes, size_t n)
{
	uint32_t value = 0;

	for (size_t i = 0; i < n; i++)
		value = value << 8 | bytes[i];
	return value;
}

static uint32_t compare(struct tz_flow *flow, const struct tz_run *run,
			struct tz_run_at at, size_t i, unsigned int size,
			uint32_t yes, uint32_t no)
{
	uint32_t term = tz_term_load(flow, size, at.term, at.k + (uint32_t)i);
	uint32_t free = big_endian(run->free + i, size);

	term = tz_term_arith(flow, TZ_TERM_OR, term, tz_term_const(flow, free));
	return tz_flow_test(
		flow, TZ_FLOW_EQ, term,
		tz_term_const(flow, big_endian(run->bytes + i, size)), yes, no);
}

/* How the bytes before one are best compared: the last load, and the cost. */
struct step {
	unsigned int size; /* 0: the byte before is free */
	size_t covers;     /* bytes that no load before looks at */
	unsigned int cost;
};

/* Considers to end with a load of @size bytes at the byte @end. */
static void consider(const struct tz_run *run, struct step *steps, size_t end,
		     unsigned int size)
{
	unsigned int cost = big_endian(run->free + end - size, size)
				    ? COST_MASKED
				    : COST_EXACT;

	for (size_t covers = size; covers; covers--)
		if (steps[end - covers].cost + cost < steps[end].cost)
			steps[end] = (struct step){
				.size = size,
				.covers = covers,
				.cost = steps[end - covers].cost + cost,
			};
}

uint32_t tz_run_compare(struct tz_flow *flow, const struct tz_run *run,
			struct tz_run_at at, uint32_t yes, uint32_t no)
{
	struct step steps[TZ_RUN_MAX + 1] = { 0 };

	for (size_t end = 1; end <= run->n; end++) {
		steps[end].cost = UINT32_MAX;
		if (run->free[end - 1] == 0xff)
			steps[end] = (struct step){
				.covers = 1,
				.cost = steps[end - 1].cost,
			};
		for (unsigned int size = 4; size; size /= 2)
			if (size <= end)
				consider(run, steps, end, size);
	}
	for (size_t end = run->n; end; end -= steps[end].covers)
		if (steps[end].size)
			yes = compare(flow, run, at, end - steps[end].size,
				      steps[end].size, yes, no);
	return yes;
}
