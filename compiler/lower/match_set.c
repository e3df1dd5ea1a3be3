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
#include "sema/value.h"

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
	set->n_written++;
	for (size_t i = 0; i < set->list.n; i++) {
		set->list.at[i]->is_written = true;
		set->list.at[i]->n_written++;
	}
}

/* Of types whose members are what a packet says, and nothing but that. */
static bool may_be_own(const struct tz_ipset *set)
{
	return (set->type == TZ_IPSET_HASH_IP ||
		set->type == TZ_IPSET_HASH_IP_PORT ||
		set->type == TZ_IPSET_HASH_IP_PORT_IP) &&
	       !set->is_odd && !set->evicts;
}

/* One of the options; false: no program can do that. */
static bool read_put(const struct tz_sema_option *o, const struct tz_ipset *set,
		     bool adds, uint64_t *args)
{
	size_t at = adds ? TZ_PUT_ADD : TZ_PUT_DEL, n;
	uint64_t how = read_ends(o->args[1]->text, &n);

	if (!set || !may_be_own(set) || o->is_inverted || args[at])
		return false;
	args[at] = set->number + UINT64_C(1);
	args[at + 1] = how | (uint64_t)n << TZ_SET_DIMS_SHIFT;
	if (set->type == TZ_IPSET_HASH_IP)
		args[TZ_PUT_FLAGS] |= TZ_PUT_NOT_ZERO;
	if (adds && !args[TZ_PUT_TIMEOUT])
		args[TZ_PUT_TIMEOUT] = set->timeout_s;
	return true;
}

static bool read_timeout(const struct tz_sema_use *use, uint64_t *timeout)
{
	const struct tz_sema_option *o = tz_sema_option(use, "timeout");
	const char *text = o ? o->args[0]->text : "";

	return !o || (tz_value_number(text, text + strlen(text), UINT32_MAX,
				      timeout) &&
		      *timeout && !o->is_inverted);
}

const struct tz_state *tz_lower_set_target(struct tz_ir *ir,
					   const struct tz_sema_use *use)
{
	uint64_t args[TZ_PUT_N_ARGS] = { 0 };
	bool is_known = read_timeout(use, &args[TZ_PUT_TIMEOUT]);
	bool is_timed = args[TZ_PUT_TIMEOUT];
	const struct tz_state state = { TZ_STATE_PUT, TZ_PUT_N_ARGS, args,
					NULL };

	for (const struct tz_sema_option *o = use->options; o; o = o->next) {
		bool adds = strcmp(o->meaning->name, "add-set") == 0;
		struct tz_ipset *set;

		if (strcmp(o->meaning->name, "exist") == 0)
			args[TZ_PUT_FLAGS] |= TZ_PUT_EXIST;
		else if (strncmp(o->meaning->name, "map-", 4) == 0)
			is_known = false;
		if (!adds && strcmp(o->meaning->name, "del-set") != 0)
			continue;
		set = tz_ipsets_find(ir->sets, o->args[0]->text);
		if (set)
			be_written(set);
		is_known &= read_put(o, set, adds, args) &&
			    !(adds && is_timed && !set->has_timeout);
	}
	/* what is done is done wholly, or the packet goes up before */
	if (!is_known || (args[TZ_PUT_ADD] && args[TZ_PUT_DEL]) ||
	    !tz_state_is_sound(&state))
		return NULL;

	struct tz_state *copy = tz_new(ir->arena, struct tz_state);
	uint64_t *copied = tz_new_array(ir->arena, uint64_t, TZ_PUT_N_ARGS);

	memcpy(copied, args, sizeof(args));
	*copy = state;
	copy->args = copied;
	return copy;
}
