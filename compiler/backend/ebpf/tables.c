/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The tables of a plan as initialised data in a map section of its own.
 * Arrays are padded to powers of two, so that a mask bounds every index.
 */
#include "backend/ebpf/emit.h"

#include <inttypes.h>

/*
 * At least two: of an index that is always 0 clang would not even pass the
 * argument, and the verifier misses it.
 */
static size_t padded(size_t n)
{
	size_t size = 2;

	while (size < n)
		size *= 2;
	return size;
}

/* What log.bpf.h is told; without TZ_LOGS there is nothing of it. */
static void logging(const struct tz_plan *plan, struct tz_buf *out)
{
	const struct tz_plan_options *o = plan->options;

	if (!tz_plan_logs(plan))
		return;
	tz_buf_printf(out,
		      "#define TZ_LOGS\n#define TZ_LOG_SNAPLEN %u\n"
		      "#define TZ_SAMPLE_EVERY %u\n",
		      o->snaplen, o->sample_every);
	if (!o->n_samples)
		return;
	tz_buf_puts(out, "#define TZ_SAMPLED_RULES(RULE)");
	for (size_t i = 0; i < o->n_samples; i++)
		tz_buf_printf(out, " RULE(%u, %u)", o->samples[i].id,
			      o->samples[i].every);
	tz_buf_puts(out, "\n");
}

void tz_ebpf_sizes(const struct tz_plan *plan, struct tz_buf *out)
{
	tz_buf_printf(out, "#define TZ_N_COUNTERS %zu\n",
		      plan->ir->counted.n ? plan->ir->counted.n : 1);
	if (plan->options->is_replace)
		tz_buf_puts(out, "#define TZ_IS_REPLACE\n");
	logging(plan, out);
	tz_ebpf_test_defines(plan, out);
	tz_ebpf_state_defines(plan, out);
	tz_ebpf_table_sizes(plan, out);
}

void tz_ebpf_table_sizes(const struct tz_plan *plan, struct tz_buf *out)
{
	if (!plan->tables.n)
		return;
	tz_buf_printf(out, "#define TZ_N_ROOTS %zu\n#define TZ_N_NODES %zu\n",
		      padded(plan->tables.n), padded(plan->nodes.n));
	for (int i = 0; i < 2; i++)
		if (plan->families[i].entries.n)
			tz_buf_printf(out, "#define TZ_N_ENTRIES%d %zu\n",
				      i ? 6 : 4,
				      padded(plan->families[i].entries.n));
}

static void roots(struct tz_buf *out, const __u64 *at)
{
	tz_buf_puts(out, "{");
	for (int i = 0; i < TZ_TREE_PARTS; i++)
		tz_buf_printf(out, "%s 0x%" PRIx64, i ? "," : "",
			      (uint64_t)at[i]);
	tz_buf_puts(out, " }");
}

static void entry4(struct tz_buf *out, const struct tz_box *box)
{
	tz_buf_printf(out, "{ 0x%016" PRIx64 ", 0x%016" PRIx64,
		      (uint64_t)(box->src_mask << 32 | box->dst_mask),
		      (uint64_t)(box->src << 32 | box->dst));
}

static void entry6(struct tz_buf *out, const struct tz_box *box)
{
	tz_buf_printf(out,
		      "{ { 0x%" PRIx64 ", 0x%" PRIx64 ", 0x%" PRIx64
		      ", 0x%" PRIx64 " }, { 0x%" PRIx64 ", 0x%" PRIx64
		      ", 0x%" PRIx64 ", 0x%" PRIx64 " }",
		      (uint64_t)(box->src_mask >> 64), (uint64_t)box->src_mask,
		      (uint64_t)(box->dst_mask >> 64), (uint64_t)box->dst_mask,
		      (uint64_t)(box->src >> 64), (uint64_t)box->src,
		      (uint64_t)(box->dst >> 64), (uint64_t)box->dst);
}

static void entries(const struct tz_plan *plan, int i, struct tz_buf *out)
{
	const struct tz_plan_family *f = &plan->families[i];

	if (!f->entries.n)
		return;
	tz_buf_printf(out,
		      "struct tz_entry%d tz_entries%d[TZ_N_ENTRIES%d] "
		      "SEC(\".data.tz_tables\") = {\n",
		      i ? 6 : 4, i ? 6 : 4, i ? 6 : 4);
	for (size_t k = 0; k < f->entries.n; k++) {
		const struct tz_box *box = f->entries.at[k];

		(i ? entry6 : entry4)(out, box);
		tz_buf_printf(
			out,
			", 0x%" PRIx64 ", 0x%" PRIx64
			", %u, %u, %u, %u, 0x%" PRIx64 ", 0x%" PRIx64 " },\n",
			box->l4_mask, box->l4, box->sport_lo,
			box->sport_hi - box->sport_lo, box->dport_lo,
			box->dport_hi - box->dport_lo, box->mac, box->hit);
	}
	tz_buf_puts(out, "};\n");
}

void tz_ebpf_tables(const struct tz_plan *plan, struct tz_buf *out)
{
	if (!plan->tables.n)
		return;
	tz_buf_puts(out, "\n/* The tables: tree.h says how to read them. */\n"
			 "struct tz_roots tz_tables[TZ_N_ROOTS] "
			 "SEC(\".data.tz_tables\") = {\n");
	for (size_t i = 0; i < plan->tables.n; i++) {
		tz_buf_puts(out, "{ ");
		roots(out, plan->tables.at[i].whole);
		tz_buf_puts(out, ", ");
		roots(out, plan->tables.at[i].other);
		tz_buf_puts(out, " },\n");
	}
	tz_buf_puts(out, "};\n__u64 tz_nodes[TZ_N_NODES] "
			 "SEC(\".data.tz_tables\") = {\n");
	for (size_t i = 0; i < plan->nodes.n; i++)
		tz_buf_printf(out, "0x%" PRIx64 ",%s", plan->nodes.at[i],
			      i % 4 == 3 ? "\n" : " ");
	tz_buf_puts(out, "\n};\n");
	entries(plan, 0, out);
	entries(plan, 1, out);
}
