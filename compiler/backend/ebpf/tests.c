/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Calls of tests (model/test.def): tz_test_NAME(ctx, s, arguments), which
 * bpf/include/tamiz/test*.bpf.h define for the tests that a program has
 * (TZ_HAS_NAME). What is more than a few numbers is data in front of the
 * chains.
 */
#include "backend/ebpf/emit.h"

#include <inttypes.h>

/* A function of BPF has five arguments; two are the packet's. */
enum { SCALARS_MAX = 3 };

typedef void (*visit)(const struct tz_test *test, void *arg);

static void visit_terms(const struct tz_term *terms, visit visitor, void *arg)
{
	for (const struct tz_term *t = terms; t; t = t->next) {
		if (t->kind == TZ_TERM_TEST)
			visitor(t->test, arg);
		if (t->kind == TZ_TERM_ANY)
			visit_terms(t->alternatives, visitor, arg);
	}
}

/* Every test of the program, once or more. */
static void visit_tests(const struct tz_plan *plan, visit visitor, void *arg)
{
	for (size_t i = 0; i < plan->chains.n; i++) {
		const struct tz_plan_chain *chain = plan->chains.at[i];

		for (size_t j = 0; chain->is_called && j < chain->decisions.n;
		     j++)
			visit_terms(chain->decisions.at[j].terms, visitor, arg);
	}
}

static void mark(const struct tz_test *test, void *arg)
{
	bool *has = arg;

	has[test->id] = true;
}

bool tz_ebpf_has_tests(const struct tz_plan *plan)
{
	bool has[TZ_N_TESTS] = { false };

	visit_tests(plan, mark, has);
	for (int id = 0; id < TZ_N_TESTS; id++)
		if (has[id])
			return true;
	return false;
}

void tz_ebpf_test_defines(const struct tz_plan *plan, struct tz_buf *out)
{
	bool has[TZ_N_TESTS] = { false };

	visit_tests(plan, mark, has);
	for (int id = 0; id < TZ_N_TESTS; id++)
		if (has[id])
			tz_buf_printf(out, "#define TZ_HAS_%s\n",
				      tz_test_name((enum tz_test_id)id));
}

/* The arguments as data, which the verifier reads as constants. */
static void call_with_array(const struct tz_test *test, struct tz_buf *out)
{
	tz_buf_puts(out, "({ static const __u64 a[] = {");
	for (size_t i = 0; i < test->n_args; i++)
		tz_buf_printf(out, "%s%" PRIu64 "ull", i ? ", " : " ",
			      test->args[i]);
	tz_buf_printf(out, " }; tz_test_%s(ctx, s, a, %zu); })",
		      tz_test_name(test->id), test->n_args);
}

void tz_ebpf_test(const struct tz_plan *plan, const struct tz_test *test,
		  struct tz_buf *out)
{
	(void)plan;
	if (test->n_args > SCALARS_MAX) {
		call_with_array(test, out);
		return;
	}
	tz_buf_printf(out, "tz_test_%s(ctx, s", tz_test_name(test->id));
	for (size_t i = 0; i < test->n_args; i++)
		tz_buf_printf(out, ", %" PRIu64, test->args[i]);
	tz_buf_puts(out, ")");
}
