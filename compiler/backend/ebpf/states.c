/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a program keeps for the rates, quotas and counts of its rules: sizes of
 * maps and the kernel's constants in front of bpf/include/tamiz/state*.bpf.h,
 * and the questions, tz_state_NAME(ctx, s, place, numbers). The answer stays in
 * a local of the rule, so that its decisions spend once.
 */
#include "backend/ebpf/emit.h"

#include <inttypes.h>

/* Whose arithmetic limit has; of two engines the older one's. */
static bool is_native_in_nft(const struct tz_plan *plan)
{
	return !plan->options->is_replace &&
	       !plan->options->backends[TZ_BACKEND_LEGACY];
}

void tz_ebpf_state_defines(const struct tz_plan *plan, struct tz_buf *out)
{
	bool has[TZ_N_STATES] = { false };

	if (!plan->states.n)
		return;
	tz_buf_printf(out, "#define TZ_N_STATES %zu\n", plan->states.n);
	for (size_t i = 0; i < plan->states.n; i++)
		has[plan->states.at[i].state->id] = true;
	for (int id = 0; id < TZ_N_STATES; id++)
		if (has[id])
			tz_buf_printf(out, "#define TZ_KEEPS_%s\n",
				      tz_state_name((enum tz_state_id)id));
	if (has[TZ_STATE_PUT])
		tz_buf_puts(out, "#define TZ_HAS_set\n");
}

static void limit(const struct tz_plan *plan, const struct tz_state *state,
		  uint32_t place, struct tz_buf *out)
{
	struct tz_credits c = tz_state_credits(state, plan->options->kernel.hz);
	struct tz_tokens t = tz_state_tokens(state);

	if (is_native_in_nft(plan))
		tz_buf_printf(out,
			      "tz_state_limit_ns(ctx, s, %" PRIu32 ", %" PRIu64
			      "ull, %" PRIu64 "ull)",
			      place, t.cost_ns, t.max_ns - t.cost_ns);
	else
		tz_buf_printf(out,
			      "tz_state_limit(ctx, s, %" PRIu32 ", %" PRIu32
			      "u, TZ_CREDITS(%" PRIu32 ", %" PRIu32 "))",
			      place, c.per_jiffy, c.cap, c.cost);
}

/* The arguments of tz_hashlimit() in state_hash.bpf.h. */
static void table(const struct tz_plan *plan, uint32_t number,
		  struct tz_buf *out)
{
	const struct tz_plan_state_table *t = &plan->state_tables.at[number];
	struct tz_credits64 c =
		tz_state_credits64(t->first, plan->options->kernel.hz);
	const uint64_t *args = t->first->args;
	int version = t->family;

	tz_buf_printf(out,
		      "\nTZ_HASHLIMIT_MAP(tz_hl_%" PRIu32 ", %d, %" PRIu64
		      ");\n"
		      "__noinline int tz_hashlimit_%" PRIu32
		      "(struct xdp_md *ctx, struct tz_scratch *s, "
		      "__u32 how)\n{\n"
		      "\tstatic const struct tz_hash_rates rates = {\n"
		      "\t\t.mode = %" PRIu64 ", .src_bits = %" PRIu64
		      ", .dst_bits = %" PRIu64 ", .place = %" PRIu32 ",\n",
		      number, version, args[TZ_HASHLIMIT_MAX], number,
		      args[TZ_HASHLIMIT_MODE], args[TZ_HASHLIMIT_SRC_BITS],
		      args[TZ_HASHLIMIT_DST_BITS], t->number);
	if (c.interval)
		tz_buf_printf(out,
			      "\t\t.interval = %" PRIu64 ", .rate = %" PRIu64
			      "ull, .burst = %" PRIu64 "ull,\n",
			      c.interval, c.rate, c.burst);
	else
		tz_buf_printf(out,
			      "\t\t.per_jiffy = %" PRIu64
			      "ull, .cost = %" PRIu64 "ull, .cap = %" PRIu64
			      "ull,\n\t\t.full = %" PRIu64
			      "ull, .full_of_bytes = %" PRIu64 "ull,\n",
			      c.per_jiffy, c.cost, c.cap, c.full,
			      tz_state_full_of_bytes(plan->options->kernel.hz));
	tz_buf_printf(out,
		      "\t\t.expire = %" PRIu64 ", .gc = %" PRIu64 ",\n\t};\n\n"
		      "\tTZ_TAKES(ctx);\n"
		      "\treturn tz_hashlimit%d(ctx, s, &tz_hl_%" PRIu32
		      ", &rates, how);\n}\n",
		      c.expire, c.gc, version, number);
}

/* The arguments of tz_recent() in state_recent.bpf.h. */
static void list(const struct tz_plan *plan, uint32_t number,
		 struct tz_buf *out)
{
	const struct tz_plan_state_table *t = &plan->state_tables.at[number];
	const uint64_t *args = t->first->args;
	uint32_t entries = tz_state_recent_entries(&plan->options->kernel);
	uint32_t buckets = 1;

	while (buckets < entries)
		buckets *= 2;
	tz_buf_printf(out,
		      "\nTZ_RECENT_MAP(tz_rc_%" PRIu32 ", %" PRIu32 ", %" PRIu32
		      ", %" PRIu32 ");\n"
		      "__noinline int tz_recent_%" PRIu32
		      "(struct xdp_md *ctx, struct tz_scratch *s, "
		      "__u32 how, __u32 hits, __u32 jiffies)\n{\n"
		      "\tstatic const struct tz_recent_sizes sizes = {\n"
		      "\t\t.entries = %" PRIu32 ", .stamps = %" PRIu32
		      ", .buckets = %" PRIu32 ",\n"
		      "\t\t.mask = { %#" PRIx64 "ull, %#" PRIx64
		      "ull },\n\t};\n\n"
		      "\tTZ_TAKES(ctx);\n"
		      "\treturn tz_recent(ctx, s, &tz_rc_%" PRIu32
		      ", &sizes, how, hits, jiffies);\n}\n",
		      number, entries, t->stamps, buckets, number, entries,
		      t->stamps, buckets, args[TZ_RECENT_MASK_HIGH],
		      args[TZ_RECENT_MASK_LOW], number);
}

void tz_ebpf_state_tables(const struct tz_plan *plan, struct tz_buf *out)
{
	for (uint32_t i = 0; i < plan->state_tables.n; i++)
		if (plan->state_tables.at[i].first->id == TZ_STATE_RECENT)
			list(plan, i, out);
		else
			table(plan, i, out);
	tz_ebpf_set_changes(plan, out);
}

void tz_ebpf_state(const struct tz_plan *plan, const struct tz_state *state,
		   struct tz_buf *out)
{
	const struct tz_plan_state *kept = tz_plan_find_state(plan, state);
	const uint64_t *args = state->args;

	tz_buf_printf(out, "TZ_SPEND(state%" PRIu32 ", ", kept->of_rule);
	switch (state->id) {
	case TZ_STATE_LIMIT:
		limit(plan, state, kept->number, out);
		break;
	case TZ_STATE_QUOTA:
		tz_buf_printf(out,
			      "tz_state_quota(ctx, s, %" PRIu32 ", %" PRIu64
			      "ull, %" PRIu64 ")",
			      kept->number, args[TZ_QUOTA_BYTES],
			      args[TZ_QUOTA_IS_INVERTED]);
		break;
	case TZ_STATE_NTH:
		tz_buf_printf(out,
			      "tz_state_nth(ctx, s, %" PRIu32 ", %" PRIu64
			      "ull, TZ_NTH(%" PRIu64 ", %" PRIu64 "))",
			      kept->number, args[TZ_NTH_EVERY],
			      args[TZ_NTH_PACKET], args[TZ_NTH_IS_INVERTED]);
		break;
	case TZ_STATE_HASHLIMIT:
		tz_buf_printf(
			out, "tz_hashlimit_%" PRIu32 "(ctx, s, %d)",
			kept->table,
			(args[TZ_HASHLIMIT_MODE] & TZ_HASHLIMIT_ABOVE ? 1 : 0) |
				(args[TZ_HASHLIMIT_MODE] & TZ_HASHLIMIT_BYTES
					 ? 2
					 : 0));
		break;
	case TZ_STATE_RECENT:
		tz_buf_printf(
			out,
			"tz_recent_%" PRIu32 "(ctx, s, %#" PRIx64 ", %" PRIu64
			", %" PRIu32 ")",
			kept->table,
			args[TZ_RECENT_ACTION] | args[TZ_RECENT_FLAGS] << 8,
			args[TZ_RECENT_HITS],
			tz_state_recent_jiffies(state,
						plan->options->kernel.hz));
		break;
	case TZ_STATE_PUT:
		tz_ebpf_set_change(plan, kept, out);
		break;
	case TZ_N_STATES:
		break;
	}
	tz_buf_puts(out, ")");
}
