/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Numbers the tests of a plan: the generated text names them by number, and
 * has the arguments of some in tables.
 */
#include <stdlib.h>

#include "opt/plan.h"

static void collect(struct tz_plan *plan, const struct tz_plan_term *terms)
{
	for (const struct tz_plan_term *t = terms; t; t = t->next) {
		struct tz_plan_test test = { t->test, plan->tests.n, 0 };

		if (t->kind == TZ_TERM_TEST)
			tz_vec_push(plan->arena, &plan->tests, test);
		if (t->kind == TZ_TERM_ANY)
			collect(plan, t->alternatives);
	}
}

static int by_number(const void *a, const void *b)
{
	const struct tz_plan_test *x = a, *y = b;

	return (x->number > y->number) - (x->number < y->number);
}

/* Of one test the first place first. */
static int by_address(const void *a, const void *b)
{
	const struct tz_plan_test *x = a, *y = b;

	if (x->test != y->test)
		return (uintptr_t)x->test < (uintptr_t)y->test ? -1 : 1;
	return by_number(a, b);
}

static void sort(struct tz_plan *plan,
		 int (*compare)(const void *, const void *))
{
	if (plan->tests.n)
		qsort(plan->tests.at, plan->tests.n, sizeof(*plan->tests.at),
		      compare);
}

void tz_plan_number_tests(struct tz_plan *plan)
{
	uint32_t of_kind[TZ_N_TESTS] = { 0 };
	size_t n = 0;

	for (size_t i = 0; i < plan->chains.n; i++) {
		const struct tz_plan_chain *chain = plan->chains.at[i];

		for (size_t j = 0; chain->is_called && j < chain->decisions.n;
		     j++)
			collect(plan, chain->decisions.at[j].terms);
	}
	sort(plan, by_address);
	for (size_t i = 0; i < plan->tests.n; i++)
		if (!n || plan->tests.at[n - 1].test != plan->tests.at[i].test)
			plan->tests.at[n++] = plan->tests.at[i];
	plan->tests.n = n;
	sort(plan, by_number);
	for (size_t i = 0; i < n; i++) {
		struct tz_plan_test *t = &plan->tests.at[i];

		t->number = (uint32_t)i;
		t->of_kind = of_kind[t->test->id]++;
	}
	sort(plan, by_address);
}

const struct tz_plan_test *tz_plan_find_test(const struct tz_plan *plan,
					     const struct tz_test *test)
{
	struct tz_plan_test key = { test, 0, 0 };
	size_t lo = 0, hi = plan->tests.n;

	while (lo < hi) {
		size_t middle = lo + (hi - lo) / 2;

		if (by_address(&plan->tests.at[middle], &key) < 0)
			lo = middle + 1;
		else
			hi = middle;
	}
	/* the key's number is the least there can be */
	return plan->tests.at + lo;
}
