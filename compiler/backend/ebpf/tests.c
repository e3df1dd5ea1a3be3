/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Calls of tests (model/test.def): tz_test_NAME(ctx, s, arguments), which
 * bpf/include/tamiz/test*.bpf.h define for the tests that a program has
 * (TZ_HAS_NAME). Patterns and lists of chunks are tables in front of the
 * chains, the argument is a place there; a program of u32 or bpf is a function.
 */
#include "backend/ebpf/emit.h"

#include <inttypes.h>
#include <stdio.h>

#include "backend/ebpf/flow.h"

bool tz_ebpf_has_tests(const struct tz_plan *plan)
{
	return plan->tests.n > 0;
}

void tz_ebpf_test_defines(const struct tz_plan *plan, struct tz_buf *out)
{
	size_t count[TZ_N_TESTS] = { 0 };

	for (size_t i = 0; i < plan->tests.n; i++)
		count[plan->tests.at[i].test->id]++;
	for (int id = 0; id < TZ_N_TESTS; id++)
		if (count[id])
			tz_buf_printf(out, "#define TZ_HAS_%s\n",
				      tz_test_name((enum tz_test_id)id));
	if (count[TZ_TEST_STRING])
		tz_buf_printf(out, "#define TZ_N_PATTERNS %zu\n",
			      count[TZ_TEST_STRING]);
	if (count[TZ_TEST_SCTP_CHUNKS])
		tz_buf_printf(out, "#define TZ_N_CHUNKS %zu\n",
			      count[TZ_TEST_SCTP_CHUNKS]);
}

/* The tests with @id in the order of the rules; @count of them. */
static const struct tz_plan_test **of_kind(struct tz_arena *arena,
					   const struct tz_plan *plan,
					   enum tz_test_id id, size_t *count)
{
	const struct tz_plan_test **list =
		tz_new_array(arena, const struct tz_plan_test *, plan->tests.n);

	*count = 0;
	for (size_t i = 0; i < plan->tests.n; i++) {
		const struct tz_plan_test *t = &plan->tests.at[i];

		if (t->test->id != id)
			continue;
		list[t->of_kind] = t;
		++*count;
	}
	return list;
}

static void bytes(struct tz_buf *out, const uint8_t *at, size_t n)
{
	tz_buf_puts(out, "{");
	for (size_t i = 0; i < n; i++)
		tz_buf_printf(out, "%s%u",
			      !i       ? ""
			      : i % 16 ? ","
				       : ",\n\t  ",
			      at[i]);
	tz_buf_puts(out, "}");
}

/* ---- string ---- */

/* The bits of a byte that are compared: a letter's case may be none of them. */
static uint8_t mask_of(const struct tz_test *test, size_t i)
{
	uint8_t c = test->bytes[i];

	if (!test->args[TZ_STRING_ICASE] || tz_string_fold(c ^ 0x20) != c)
		return 0xff;
	return (uint8_t)~0x20;
}

/* struct tz_pattern of test_bytes.bpf.h. */
static void pattern(struct tz_buf *out, const struct tz_test *test)
{
	uint8_t mask[TZ_STRING_MAX], skip[256];
	size_t n = test->n_bytes, next = n;

	for (size_t c = 0; c < 256; c++)
		skip[c] = (uint8_t)n;
	for (size_t i = 0; i < n; i++) {
		uint8_t c = test->bytes[i], other;

		mask[i] = mask_of(test, i);
		other = mask[i] == 0xff ? c : c ^ 0x20;
		if (i + 1 == n)
			next = skip[c];
		skip[c] = skip[other] = (uint8_t)(n - 1 - i);
	}
	tz_buf_puts(out, "\t{ ");
	bytes(out, test->bytes, n);
	tz_buf_puts(out, ",\n\t  ");
	bytes(out, mask, n);
	tz_buf_puts(out, ",\n\t  ");
	bytes(out, skip, sizeof(skip));
	tz_buf_printf(out, ",\n\t  %zu, %" PRIu64 ", %" PRIu64 ", %zu },\n", n,
		      test->args[TZ_STRING_FROM], test->args[TZ_STRING_TO],
		      next);
}

/* ---- sctp_chunks ---- */

/* struct tz_chunks of test_chunks.bpf.h. */
static void chunks(struct tz_buf *out, const struct tz_test *test)
{
	size_t n_flags = (test->n_args - TZ_CHUNKS_FLAGS) / 3;

	tz_buf_puts(out, "\t{ {");
	for (size_t i = 0; i < 4; i++) {
		uint64_t word = 0;

		for (size_t j = 8; j-- > 0;)
			word = word << 8 | test->bytes[8 * i + j];
		tz_buf_printf(out, " 0x%" PRIx64 "ull,", word);
	}
	tz_buf_printf(out, " }, %" PRIu64 ", %" PRIu64 ", %zu, {}, {",
		      test->args[TZ_CHUNKS_KIND],
		      test->args[TZ_CHUNKS_IS_INVERTED], n_flags);
	for (size_t i = 0; i < n_flags; i++) {
		const uint64_t *flags = test->args + TZ_CHUNKS_FLAGS + 3 * i;

		tz_buf_printf(out,
			      " { %" PRIu64 ", %" PRIu64 ", %" PRIu64 " },",
			      flags[0], flags[1], flags[2]);
	}
	tz_buf_puts(out, " } },\n");
}

/* ---- u32 ---- */

/* The steps at @args; returns what stands behind them. */
static const uint64_t *steps(struct tz_buf *out, const uint64_t *args)
{
	static const char *const operators[] = {
		[TZ_U32_AND] = "&",
		[TZ_U32_LEFT] = "<<",
		[TZ_U32_RIGHT] = ">>",
	};

	for (uint64_t n = *args++; n--; args += 2) {
		if (args[0] == TZ_U32_LOAD)
			tz_buf_puts(out, "\tn.origin = 0;\n");
		if (args[0] == TZ_U32_AT)
			tz_buf_puts(out, "\tn.origin += n.value;\n");
		if (args[0] == TZ_U32_LOAD || args[0] == TZ_U32_AT)
			tz_buf_printf(out,
				      "\tresult = tz_u32_load(ctx, s, &n, "
				      "0x%" PRIx64 ");\n"
				      "\tif (result != TZ_TEST_TRUE)\n"
				      "\t\treturn result;\n",
				      args[1]);
		else
			tz_buf_printf(out, "\tn.value %s= 0x%" PRIx64 ";\n",
				      operators[args[0]], args[1]);
	}
	return args;
}

/* Ends the function where the number is in none of the ranges. */
static const uint64_t *ranges(struct tz_buf *out, const uint64_t *args)
{
	const char *separator = "\tif (!(";

	for (uint64_t n = *args++; n--; args += 2) {
		tz_buf_puts(out, separator);
		if (args[0] == args[1])
			tz_buf_printf(out, "n.value == 0x%" PRIx64, args[0]);
		else
			tz_buf_printf(out,
				      "tz_is_in(n.value, 0x%" PRIx64
				      ", 0x%" PRIx64 ")",
				      args[0], args[1]);
		separator = " ||\n\t      ";
	}
	tz_buf_puts(out, "))\n\t\treturn TZ_TEST_FALSE;\n");
	return args;
}

static void u32(struct tz_buf *out, const struct tz_plan_test *t)
{
	const uint64_t *args = t->test->args, *end = args + t->test->n_args;

	tz_buf_printf(out,
		      "__noinline int tz_u32_%" PRIu32 TZ_EBPF_PARAMETERS
		      "\n{\n\tstruct tz_u32 n = {};\n\tint result;\n\n"
		      "\tif (!s || tz_is_rewritten(s))\n"
		      "\t\treturn TZ_TEST_UNREADABLE;\n",
		      t->of_kind);
	while (args < end)
		args = ranges(out, steps(out, args));
	tz_buf_puts(out, "\treturn TZ_TEST_TRUE;\n}\n\n");
}

/* ---- bpf ---- */

static void filter(struct tz_buf *out, const struct tz_plan_test *t)
{
	const struct tz_test *test = t->test;
	char head[96];

	snprintf(head, sizeof(head),
		 "__noinline int tz_bpf_%" PRIu32 TZ_EBPF_PARAMETERS "\n",
		 t->of_kind);
	tz_ebpf_program(test->bytes, test->n_bytes, tz_ebpf_at_ip, head, out);
	tz_buf_puts(out, "\n");
}

/* ---- tests with many numbers ---- */

static bool has_array(enum tz_test_id id)
{
	return id == TZ_TEST_OPTIONS || id == TZ_TEST_RT || id == TZ_TEST_AH6 ||
	       id == TZ_TEST_SRH;
}

/* The numbers as data, which the verifier reads as constants. */
static void with_array(struct tz_buf *out, const struct tz_plan_test *t)
{
	const struct tz_test *test = t->test;
	const char *name = tz_test_name(test->id);

	tz_buf_printf(out,
		      "\n__noinline int tz_%s_%" PRIu32 TZ_EBPF_PARAMETERS
		      "\n{\n\tstatic const __u64 args[] = {",
		      name, t->of_kind);
	for (size_t i = 0; i < test->n_args; i++)
		tz_buf_printf(out, "%s%" PRIu64 "ull", i ? ", " : " ",
			      test->args[i]);
	tz_buf_printf(out,
		      " };\n\n\treturn tz_test_%s(ctx, s, args, %zu);\n}\n",
		      name, test->n_args);
}

/* ---- all of them ---- */

static void table(const struct tz_plan *plan, enum tz_test_id id,
		  const char *declaration,
		  void (*row)(struct tz_buf *out, const struct tz_test *test),
		  struct tz_buf *out)
{
	struct tz_arena *scratch = tz_arena_new();
	size_t n;
	const struct tz_plan_test **list = of_kind(scratch, plan, id, &n);

	if (n) {
		tz_buf_printf(out, "\nstatic const struct %s = {\n",
			      declaration);
		for (size_t i = 0; i < n; i++)
			row(out, list[i]->test);
		tz_buf_puts(out, "};\n");
	}
	tz_arena_free(scratch);
}

void tz_ebpf_test_data(const struct tz_plan *plan, struct tz_buf *out)
{
	struct tz_arena *scratch = tz_arena_new();
	size_t n, n_filters;
	const struct tz_plan_test **list =
		of_kind(scratch, plan, TZ_TEST_U32, &n);
	const struct tz_plan_test **filters =
		of_kind(scratch, plan, TZ_TEST_BPF, &n_filters);

	table(plan, TZ_TEST_STRING, "tz_pattern tz_patterns[TZ_N_PATTERNS]",
	      pattern, out);
	table(plan, TZ_TEST_SCTP_CHUNKS, "tz_chunks tz_chunks[TZ_N_CHUNKS]",
	      chunks, out);
	if (n + n_filters)
		tz_buf_puts(out, "\n");
	for (size_t i = 0; i < n; i++)
		u32(out, list[i]);
	for (size_t i = 0; i < n_filters; i++)
		filter(out, filters[i]);
	for (size_t i = 0; i < plan->tests.n; i++)
		if (has_array(plan->tests.at[i].test->id))
			with_array(out, &plan->tests.at[i]);
	tz_ebpf_sets(plan, out);
	tz_arena_free(scratch);
}

static void call(struct tz_buf *out, const struct tz_plan_test *t)
{
	const struct tz_test *test = t->test;

	if (test->id == TZ_TEST_SET) {
		tz_ebpf_set_call(test, out);
		return;
	}
	if (test->id == TZ_TEST_U32 || test->id == TZ_TEST_BPF) {
		tz_buf_printf(out, "tz_%s_%" PRIu32 "(ctx, s)",
			      tz_test_name(test->id), t->of_kind);
		return;
	}
	if (test->id == TZ_TEST_STRING || test->id == TZ_TEST_SCTP_CHUNKS) {
		tz_buf_printf(out, "tz_test_%s(ctx, s, %" PRIu32 ")",
			      tz_test_name(test->id), t->of_kind);
		return;
	}
	if (has_array(test->id)) {
		tz_buf_printf(out, "tz_%s_%" PRIu32 "(ctx, s)",
			      tz_test_name(test->id), t->of_kind);
		return;
	}
	tz_buf_printf(out, "tz_test_%s(ctx, s", tz_test_name(test->id));
	for (size_t i = 0; i < test->n_args; i++)
		tz_buf_printf(out, ", %" PRIu64, test->args[i]);
	tz_buf_puts(out, ")");
}

void tz_ebpf_test(const struct tz_plan *plan, const struct tz_test *test,
		  struct tz_buf *out)
{
	const struct tz_plan_test *t = tz_plan_find_test(plan, test);

	tz_buf_printf(out, "TZ_ASK(%zu, ", t->number);
	call(out, t);
	tz_buf_puts(out, ")");
}
