/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What every IR must keep, after it was built and after each pass: names,
 * numbers and links agree, sets are normalised, headers stand in front of
 * what reads them, and chains call each other without loops.
 */
#include "ir/ir.h"

#include <stdlib.h>
#include <string.h>

#include "ir/limits.h"
#include "ir/test.h"
#include "sema/ipset.h"

struct verifier {
	const struct tz_ir *ir;
	const struct tz_ir_chain *chain;
	const struct tz_ir_rule *rule;
	size_t header_bytes; /* of layer 4 that the rule has checked */
	const char *broken;
};

/* Records the first thing that is broken. Returns false. */
static bool breaks(struct verifier *v, const char *what)
{
	const char *rule = v->rule ? v->rule->text : NULL;

	if (v->broken)
		return false;
	if (!v->chain || !v->chain->name)
		v->broken = what;
	else if (rule)
		v->broken = tz_arena_printf(
			v->ir->arena, "chain %s, rule %zu (%s): %s",
			v->chain->name, v->rule->index + 1, rule, what);
	else
		v->broken = tz_arena_printf(v->ir->arena, "chain %s: %s",
					    v->chain->name, what);
	return false;
}

static bool check_field(struct verifier *v, enum tz_field field)
{
	/* Bytes of layer 4 up to the field's end. */
	static const unsigned char ends[TZ_N_FIELDS] = {
		[TZ_FIELD_SPORT] = 2,      [TZ_FIELD_DPORT] = 4,
		[TZ_FIELD_TCP_FLAGS] = 14, [TZ_FIELD_ICMP_TYPE] = 1,
		[TZ_FIELD_ICMP_CODE] = 2,  [TZ_FIELD_SPI] = 8,
		[TZ_FIELD_CPI] = 4,        [TZ_FIELD_DCCP_TYPE] = 9,
	};

	if ((unsigned int)field >= TZ_N_FIELDS)
		return breaks(v, "a match on no field");
	if (v->header_bytes < ends[field])
		return breaks(v, "reads a header that was not checked");
	return true;
}

static bool check_set(struct verifier *v, struct tz_set set, unsigned int bits)
{
	for (size_t i = 0; i < set.n; i++) {
		if (set.at[i].lo > set.at[i].hi)
			return breaks(v, "an interval without values");
		if (set.at[i].hi > tz_value_max(bits))
			return breaks(v, "a set wider than its field");
		/* neither overlapping nor adjacent */
		if (i && (set.at[i].lo <= set.at[i - 1].hi ||
			  set.at[i].lo == set.at[i - 1].hi + 1))
			return breaks(v, "a set that is not normalised");
	}
	return true;
}

static bool check_masked(struct verifier *v, const struct tz_ir_match *match)
{
	if (!check_field(v, match->masked.field))
		return false;

	tz_value max = tz_value_max(
		tz_field_bits(match->masked.field, v->chain->family));

	if (match->masked.mask > max || match->masked.value > max)
		return breaks(v, "a mask wider than its field");
	return true;
}

static bool check_header(struct verifier *v, const struct tz_ir_match *match,
			 unsigned int depth)
{
	if (depth)
		return breaks(v, "a header match inside of another match");
	if (v->header_bytes < match->header.bytes)
		v->header_bytes = match->header.bytes;
	return true;
}

/* Whether what puts into sets speaks of sets that are there. */
static bool has_sets(const struct tz_ir *ir, const struct tz_state *state)
{
	const size_t places[] = { TZ_PUT_ADD, TZ_PUT_DEL };

	for (size_t i = 0; state->id == TZ_STATE_PUT && i < 2; i++) {
		uint64_t number = state->args[places[i]];

		if (number && (number > ir->sets->all.n ||
			       !ir->sets->all.at[number - 1]))
			return false;
	}
	return true;
}

static bool check_match(struct verifier *v, const struct tz_ir_match *match,
			unsigned int depth);

static bool check_operands(struct verifier *v, const struct tz_ir_match *match,
			   unsigned int depth)
{
	if (depth == TZ_IR_NESTING_MAX)
		return breaks(v, "matches nest too deep");
	if (match->kind == TZ_IR_NOT &&
	    (!match->operands || match->operands->next))
		return breaks(v, "a negation of not exactly one match");
	for (const struct tz_ir_match *m = match->operands; m; m = m->next)
		if (!check_match(v, m, depth + 1))
			return false;
	return true;
}

static bool check_match(struct verifier *v, const struct tz_ir_match *match,
			unsigned int depth)
{
	switch (match->kind) {
	case TZ_IR_IN:
		return check_field(v, match->in.field) &&
		       check_set(v, match->in.set,
				 tz_field_bits(match->in.field,
					       v->chain->family));
	case TZ_IR_MASKED:
		return check_masked(v, match);
	case TZ_IR_IFACE:
		return match->iface.name || breaks(v, "an interface unnamed");
	case TZ_IR_HEADER:
		return check_header(v, match, depth);
	case TZ_IR_TEST:
		return tz_test_is_sound(&match->test) ||
		       breaks(v, "a test with wrong arguments");
	case TZ_IR_NOT:
	case TZ_IR_AND:
	case TZ_IR_OR:
		return check_operands(v, match, depth);
	case TZ_IR_OPAQUE:
		if (match->opaque.state &&
		    (!tz_state_is_sound(match->opaque.state) ||
		     !has_sets(v->ir, match->opaque.state)))
			return breaks(v, "a state with wrong arguments");
		return (match->opaque.name && match->opaque.reason) ||
		       breaks(v, "an opaque match without name or reason");
	}
	return breaks(v, "a match of no kind");
}

static bool check_verdict(struct verifier *v)
{
	const struct tz_ir_rule *rule = v->rule;
	const struct tz_ir_chain *callee = rule->chain;

	if (rule->verdict != TZ_IR_JUMP && rule->verdict != TZ_IR_GOTO)
		return !callee || breaks(v, "a chain for no jump");
	if (!callee)
		return breaks(v, "a jump to no chain");
	if (callee->index >= v->ir->chains.n ||
	    v->ir->chains.at[callee->index] != callee)
		return breaks(v, "a jump to a chain that is not there");
	if (callee->family != v->chain->family ||
	    callee->table != v->chain->table)
		return breaks(v, "a jump to another table");
	return callee->hook == TZ_HOOK_NONE ||
	       breaks(v, "a jump to a base chain");
}

static bool counts_as(const struct verifier *v, uint32_t id,
		      const struct tz_ir_rule *rule)
{
	return id < v->ir->counted.n &&
	       v->ir->counted.at[id].chain == v->chain &&
	       v->ir->counted.at[id].rule == rule;
}

static bool check_rule(struct verifier *v, size_t index)
{
	const struct tz_ir_rule *rule = v->rule;

	if (!rule->target || !rule->text)
		return breaks(v, "a rule without a text");
	if (rule->owner != v->chain || rule->index != index)
		return breaks(v, "a rule that is another chain's");
	if (!counts_as(v, rule->id, rule))
		return breaks(v, "a rule with a wrong number");
	v->header_bytes = 0;
	for (const struct tz_ir_match *m = rule->matches; m; m = m->next)
		if (!check_match(v, m, 0))
			return false;
	return check_verdict(v);
}

static bool check_base(struct verifier *v)
{
	const struct tz_ir_chain *chain = v->chain;

	if (chain->policy != TZ_IR_ACCEPT && chain->policy != TZ_IR_DROP)
		return breaks(v, "a policy that is neither accept nor drop");
	return counts_as(v, chain->policy_id, NULL) ||
	       breaks(v, "a policy with a wrong number");
}

static bool check_chain(struct verifier *v, size_t index)
{
	const struct tz_ir_chain *chain = v->chain;

	if (!chain->name)
		return breaks(v, "a chain without a name");
	if (chain->family != TZ_IPV4 && chain->family != TZ_IPV6)
		return breaks(v, "a chain of no family");
	if ((unsigned int)chain->table >= TZ_N_TABLES)
		return breaks(v, "a chain of no table");
	if (chain->index != index)
		return breaks(v, "a chain with a wrong index");
	if (chain->hook != TZ_HOOK_NONE && !check_base(v))
		return false;
	for (size_t i = 0; i < chain->rules.n; i++) {
		v->rule = chain->rules.at[i];
		if (!check_rule(v, i))
			return false;
	}
	v->rule = NULL;
	return true;
}

static int compare_names(const void *a, const void *b)
{
	const struct tz_ir_chain *x = *(struct tz_ir_chain *const *)a;
	const struct tz_ir_chain *y = *(struct tz_ir_chain *const *)b;

	if (x->family != y->family)
		return x->family < y->family ? -1 : 1;
	if (x->table != y->table)
		return x->table < y->table ? -1 : 1;
	return strcmp(x->name, y->name);
}

static bool check_names(struct verifier *v, struct tz_arena *scratch)
{
	size_t n = v->ir->chains.n;
	struct tz_ir_chain **sorted =
		tz_new_array(scratch, struct tz_ir_chain *, n);

	if (!n)
		return true;
	memcpy(sorted, v->ir->chains.at, n * sizeof(struct tz_ir_chain *));
	qsort(sorted, n, sizeof(struct tz_ir_chain *), compare_names);
	for (size_t i = 1; i < n; i++) {
		v->chain = sorted[i];
		if (!compare_names(&sorted[i - 1], &sorted[i]))
			return breaks(v, "two chains of this name");
	}
	return true;
}

/* Of a chain: not seen, being walked, or 2 + the depth of calls below it. */
enum { UNSEEN, OPEN, DONE };

static bool check_calls(struct verifier *v, const struct tz_ir_chain *chain,
			unsigned int *heights, unsigned int depth)
{
	unsigned int height = DONE;

	v->chain = chain;
	if (depth > TZ_IR_DEPTH_MAX)
		return breaks(v, "chains call each other too deep");
	heights[chain->index] = OPEN;
	for (size_t i = 0; i < chain->rules.n; i++) {
		const struct tz_ir_chain *callee = chain->rules.at[i]->chain;

		if (!callee)
			continue;
		if (heights[callee->index] == OPEN)
			return breaks(v, "a loop of chains");
		if (heights[callee->index] == UNSEEN &&
		    !check_calls(v, callee, heights, depth + 1))
			return false;
		if (heights[callee->index] + 1 > height)
			height = heights[callee->index] + 1;
	}
	v->chain = chain;
	heights[chain->index] = height;
	return depth + height - DONE <= TZ_IR_DEPTH_MAX ||
	       breaks(v, "chains call each other too deep");
}

/* From base chains only: the kernel takes loops that nothing leads into. */
static bool check_loops(struct verifier *v, struct tz_arena *scratch)
{
	unsigned int *heights =
		tz_new_array(scratch, unsigned int, v->ir->chains.n);

	for (size_t i = 0; i < v->ir->chains.n; i++) {
		const struct tz_ir_chain *chain = v->ir->chains.at[i];

		if (chain->hook != TZ_HOOK_NONE &&
		    !check_calls(v, chain, heights, 0))
			return false;
	}
	return true;
}

const char *tz_ir_verify(const struct tz_ir *ir)
{
	struct verifier v = { .ir = ir };

	for (size_t i = 0; i < ir->chains.n; i++) {
		v.chain = ir->chains.at[i];
		v.rule = NULL;
		if (!check_chain(&v, i))
			return v.broken;
	}

	struct tz_arena *scratch = tz_arena_new();

	if (check_names(&v, scratch))
		check_loops(&v, scratch);
	tz_arena_free(scratch);
	return v.broken;
}
