/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rules that ask sets of ipset. What the files (sema/ipset.h) say of a set is
 * what it holds, unless a rule of them changes it; a rule that reads its
 * counters asks the kernel.
 */
#include "lower/match_set.h"

#include <string.h>

#include <tamiz/set.h>

#include "sema/ipset.h"

/* "src,dst": a bit for each that is src. */
static uint32_t read_ends(const char *text, size_t *n)
{
	uint32_t how = 0;

	*n = 0;
	for (const char *s = text; s && *n < TZ_SET_DIMS_MAX; ++*n) {
		if (*s == 's')
			how |= UINT32_C(1) << *n;
		s = strchr(s, ',');
		if (s)
			s++;
	}
	return how;
}

static bool reads_counters(const struct tz_sema_use *use)
{
	for (const struct tz_sema_option *o = use->options; o; o = o->next)
		if (strncmp(o->meaning->name, "packets-", 8) == 0 ||
		    strncmp(o->meaning->name, "bytes-", 6) == 0)
			return true;
	return false;
}

/* Why only the kernel can tell what @set holds; NULL: it is known. */
static const char *obstacle(struct tz_builder *b, const struct tz_ipset *set,
			    size_t n, uint32_t how)
{
	unsigned int reads = tz_ipset_reads(set, n, how);

	for (size_t i = 0; i < set->list.n; i++) {
		const char *why = obstacle(b, set->list.at[i], n, how);

		if (why)
			return why;
	}
	if (!tz_ipset_is_decidable(set->type))
		return tz_arena_printf(b->ir->arena,
				       "what sets of the type %s hold is asked "
				       "in the kernel",
				       tz_ipset_type_name(set->type));
	if (set->type == TZ_IPSET_LIST_SET && set->has_timeout)
		return "which sets are in the list changes with time";
	if (set->is_odd)
		return "what the set holds is compared in ways that only the "
		       "kernel has";
	if (tz_ipset_has(set->type, TZ_PART_IFACE) && set->has_timeout)
		return "which interfaces a network has changes with time";
	if (reads & TZ_IPSET_READS_DEVICE && !(how & 2))
		return "the output interface is decided by routing";
	if (reads & TZ_IPSET_READS_LINK && !(how & 1))
		return "the destination's MAC address is not looked at";
	return NULL;
}

bool tz_lower_set(struct tz_builder *b, const struct tz_sema_use *use)
{
	const struct tz_sema_option *o = tz_sema_option(use, "match-set");
	const struct tz_ipset *set =
		o ? tz_ipsets_find(b->ir->sets, o->args[0]->text) : NULL;
	struct tz_ir_match *match;
	uint64_t *args;
	const char *why;
	size_t n;
	uint32_t how;

	if (!set || reads_counters(use))
		return false;
	how = read_ends(o->args[1]->text, &n);
	if (tz_sema_option(use, "return-nomatch"))
		how |= TZ_SET_RETURN_NOMATCH;
	b->span = o->span;
	why = obstacle(b, set, n, how);
	if (why) {
		tz_build_opaque(b, use->ext->name, why, TZ_IR_PURE);
		return true;
	}
	match = tz_build_match(b, TZ_IR_TEST);
	args = tz_new_array(b->ir->arena, uint64_t, TZ_SET_N_ARGS);
	args[TZ_SET_ARG_NUMBER] = set->number;
	args[TZ_SET_ARG_DIMENSIONS] = n;
	args[TZ_SET_ARG_HOW] = how;
	match->test = (struct tz_test){ .id = TZ_TEST_SET,
					.n_args = TZ_SET_N_ARGS,
					.args = args,
					.set = set };
	tz_build_add(b, tz_build_inverted(b, match, o->is_inverted));
	return true;
}

/* A list hands on what is added to it. */
static void be_written(struct tz_ipset *set)
{
	set->is_written = true;
	for (size_t i = 0; i < set->list.n; i++)
		set->list.at[i]->is_written = true;
}

void tz_lower_set_target(struct tz_ir *ir, const struct tz_sema_use *use)
{
	for (const struct tz_sema_option *o = use->options; o; o = o->next) {
		struct tz_ipset *set;

		if (strcmp(o->meaning->name, "add-set") != 0 &&
		    strcmp(o->meaning->name, "del-set") != 0)
			continue;
		set = tz_ipsets_find(ir->sets, o->args[0]->text);
		if (set)
			be_written(set);
	}
}
