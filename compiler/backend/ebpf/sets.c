/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sets that a program asks (bpf/include/tamiz/test_set.bpf.h): a map of maps
 * `tz_set_N` and a function tz_ask_set_N(s, how) each; for a list only a
 * function, which asks its sets in their order. What they hold comes later.
 */
#include <inttypes.h>
#include <stdio.h>

#include <tamiz/set.h>

#include "backend/ebpf/emit.h"
#include "model/ipset.h"
#include "sema/ipset.h"

/* The dimension of @part, or of the @nth of several; counted from 1. */
static size_t dimension_of(const struct tz_ipset *set, enum tz_ipset_part part,
			   size_t nth)
{
	for (size_t i = 0; i < TZ_IPSET_PARTS_MAX; i++)
		if (tz_ipset_part(set->type, i) == part && !nth--)
			return i + 1;
	return 0;
}

static void function_head(const struct tz_ipset *set, struct tz_buf *out)
{
	tz_buf_printf(out,
		      "__noinline int tz_ask_set_%" PRIu32
		      "(struct tz_scratch *s, __u32 how)\n{\n",
		      set->number);
}

/* The name of the device as words of a key. */
static void print_iface(const struct tz_plan *plan, struct tz_buf *out)
{
	char name[TZ_IPSET_IFACE_LEN] = "";

	if (plan->options->ifname)
		snprintf(name, sizeof(name), "%s", plan->options->ifname);
	tz_buf_puts(out, "\t.has_iface = 1,\n\t.iface = {");
	for (size_t i = 0; i < sizeof(name); i += 4)
		tz_buf_printf(
			out, " 0x%02x%02x%02x%02x,", (unsigned char)name[i],
			(unsigned char)name[i + 1], (unsigned char)name[i + 2],
			(unsigned char)name[i + 3]);
	tz_buf_puts(out, " },\n");
}

static void print_set(const struct tz_plan *plan, const struct tz_ipset *set,
		      struct tz_buf *out)
{
	bool is_trie = tz_ipset_has(set->type, TZ_PART_NET);

	tz_buf_puts(out, "\n/* the set ");
	tz_ebpf_comment(out, set->name);
	tz_buf_printf(out,
		      " */\nTZ_SET_MAP(%" PRIu32 ", %s, %zu);\n"
		      "static const struct tz_set_shape tz_set_shape_%" PRIu32
		      " = {\n"
		      "\t.family = %d,\n\t.dimensions = %zu,\n"
		      "\t.port = %zu,\n\t.bare_port = %zu,\n\t.mac = %zu,\n"
		      "\t.ip = { %zu, %zu },\n\t.net = %zu,\n"
		      "\t.netmask = %u,\n\t.has_timeout = %d,\n",
		      set->number,
		      is_trie ? "BPF_MAP_TYPE_LPM_TRIE" : "BPF_MAP_TYPE_HASH",
		      set->key_len + (is_trie ? 4 : 0), set->number,
		      (int)set->family, tz_ipset_dimensions(set->type),
		      dimension_of(set, TZ_PART_PORT, 0),
		      dimension_of(set, TZ_PART_BARE_PORT, 0),
		      dimension_of(set, TZ_PART_MAC, 0),
		      dimension_of(set, TZ_PART_IP, 0),
		      dimension_of(set, TZ_PART_IP, 1),
		      dimension_of(set, TZ_PART_NET, 0), set->netmask_bits,
		      set->has_timeout);
	if (set->is_own)
		tz_buf_puts(out, "\t.is_own = 1,\n");
	if (tz_ipset_has(set->type, TZ_PART_IFACE))
		print_iface(plan, out);
	tz_buf_puts(out, "};\n");
	function_head(set, out);
	tz_buf_printf(out,
		      "\tTZ_SET_TAKE(s, how);\n"
		      "\treturn tz_set_find(s, &tz_set_%" PRIu32
		      ", &tz_set_shape_%" PRIu32 ", how);\n}\n",
		      set->number, set->number);
}

/* In it when a set of it says so; unknown when none does and one is. */
static void print_list(const struct tz_plan *plan, const struct tz_ipset *list,
		       struct tz_buf *out)
{
	(void)plan;
	tz_buf_puts(out, "\n/* the list ");
	tz_ebpf_comment(out, list->name);
	tz_buf_puts(out, " */\n");
	function_head(list, out);
	tz_buf_puts(out, "\tint result = TZ_TEST_FALSE, one TZ_UNUSED;\n\n"
			 "\tTZ_SET_TAKE(s, how);\n");
	for (size_t i = 0; i < list->list.n; i++)
		tz_buf_printf(out,
			      "\tone = tz_ask_set_%" PRIu32 "(s, how);\n"
			      "\tif (one == TZ_TEST_TRUE)\n\t\treturn one;\n"
			      "\tif (one != TZ_TEST_FALSE)\n"
			      "\t\tresult = one;\n",
			      list->list.at[i]->number);
	tz_buf_puts(out, "\treturn result;\n}\n");
}

static void print_once(const struct tz_plan *plan, const struct tz_ipset *set,
		       bool *is_printed, struct tz_buf *out)
{
	if (is_printed[set->number])
		return;
	is_printed[set->number] = true;
	for (size_t i = 0; i < set->list.n; i++)
		print_once(plan, set->list.at[i], is_printed, out);
	(set->type == TZ_IPSET_LIST_SET ? print_list : print_set)(plan, set,
								  out);
}

/* The set that a target SET changes. */
static const struct tz_ipset *set_of(const struct tz_plan *plan,
				     const struct tz_state *state)
{
	uint64_t number = state->args[TZ_PUT_ADD] ? state->args[TZ_PUT_ADD]
						  : state->args[TZ_PUT_DEL];

	return plan->ir->sets->all.at[number - 1];
}

void tz_ebpf_sets(const struct tz_plan *plan, struct tz_buf *out)
{
	struct tz_arena *scratch = tz_arena_new();
	bool *is_printed = tz_new_array(scratch, bool, plan->ir->sets->all.n);

	for (size_t i = 0; i < plan->tests.n; i++)
		if (plan->tests.at[i].test->id == TZ_TEST_SET)
			print_once(plan, plan->tests.at[i].test->set,
				   is_printed, out);
	for (size_t i = 0; i < plan->states.n; i++)
		if (plan->states.at[i].state->id == TZ_STATE_PUT)
			print_once(plan, set_of(plan, plan->states.at[i].state),
				   is_printed, out);
	tz_arena_free(scratch);
}

void tz_ebpf_set_changes(const struct tz_plan *plan, struct tz_buf *out)
{
	struct tz_arena *scratch = tz_arena_new();
	bool *is_printed = tz_new_array(scratch, bool, plan->ir->sets->all.n);

	for (size_t i = 0; i < plan->states.n; i++) {
		const struct tz_state *state = plan->states.at[i].state;
		uint32_t number;

		if (state->id != TZ_STATE_PUT)
			continue;
		number = set_of(plan, state)->number;
		if (!is_printed[number])
			tz_buf_printf(out,
				      "\n__noinline int tz_put_%" PRIu32
				      "(struct xdp_md *ctx, struct tz_scratch "
				      "*s, __u32 how, __u32 what, __u32 "
				      "seconds)\n{\n"
				      "\tTZ_TAKES(ctx);\n"
				      "\treturn tz_put(ctx, s, &tz_set_%" PRIu32
				      ", &tz_set_shape_%" PRIu32
				      ", how, what, seconds);\n}\n",
				      number, number, number);
		is_printed[number] = true;
	}
	tz_arena_free(scratch);
}

/* As in bpf/include/tamiz/state_put.bpf.h. */
#define DELETES 256u
#define NO_PLACE 0xffffu

void tz_ebpf_set_change(const struct tz_plan *plan,
			const struct tz_plan_state *kept, struct tz_buf *out)
{
	const uint64_t *args = kept->state->args;
	bool adds = args[TZ_PUT_ADD];
	uint32_t place = kept->number < NO_PLACE ? kept->number : NO_PLACE;

	tz_buf_printf(out,
		      "tz_put_%" PRIu32 "(ctx, s, %#" PRIx64 ", %#" PRIx64
		      ", %" PRIu64 ")",
		      set_of(plan, kept->state)->number,
		      args[adds ? TZ_PUT_ADD_HOW : TZ_PUT_DEL_HOW],
		      args[TZ_PUT_FLAGS] | (adds ? 0 : DELETES) |
			      (uint64_t)place << 16,
		      args[TZ_PUT_TIMEOUT]);
}

void tz_ebpf_set_call(const struct tz_test *test, struct tz_buf *out)
{
	tz_buf_printf(out, "tz_ask_set_%" PRIu32 "(s, 0x%" PRIx64 ")",
		      test->set->number,
		      test->args[TZ_SET_ARG_DIMENSIONS] << TZ_SET_DIMS_SHIFT |
			      test->args[TZ_SET_ARG_HOW]);
}
