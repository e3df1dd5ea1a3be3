/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SEMANTICS 8.12 without an entry, as ir/ct.c has it packet by packet, by what
 * rules say of packets; and the least masks for some kinds among all.
 */
#include "opt/ct.h"

#include "ir/ct.h"

enum { TCP = 6, UDP = 17, ICMP = 1, ICMP6 = 58 };
enum { FIN = 0x01, SYN = 0x02, RST = 0x04, ACK = 0x10 };
enum { KIND_FLAGS = FIN | SYN | RST | ACK };

/* What of a rule's packets its own matches say. */
struct limits {
	const struct tz_ir_rule *rule;
	bool only_syn, only_ack; /* of TCP */
};

static void find_limits(struct limits *limits, const struct tz_ir_rule *rule)
{
	*limits = (struct limits){ .rule = rule };
	for (const struct tz_ir_match *m = rule->matches; m; m = m->next) {
		if (m->kind != TZ_IR_MASKED || m->is_stale ||
		    m->masked.field != TZ_FIELD_TCP_FLAGS ||
		    (m->masked.mask & KIND_FLAGS) != KIND_FLAGS)
			continue;
		limits->only_syn |= (m->masked.value & KIND_FLAGS) == SYN;
		limits->only_ack |= (m->masked.value & KIND_FLAGS) == ACK;
	}
}

/* Whether packets of @proto are not refused by a match on protocols. */
static bool may_be_of(const struct limits *limits, unsigned int proto)
{
	for (const struct tz_ir_match *m = limits->rule->matches; m;
	     m = m->next) {
		bool is_negated = m->kind == TZ_IR_NOT;
		const struct tz_ir_match *in = is_negated ? m->operands : m;

		if (in->kind == TZ_IR_IN && in->in.field == TZ_FIELD_PROTO &&
		    !in->is_stale &&
		    tz_set_has(in->in.set, proto) == is_negated)
			return false;
	}
	return true;
}

static unsigned int icmp_of(const struct limits *limits)
{
	return limits->rule->owner->family == TZ_IPV4 ? ICMP : ICMP6;
}

/* Packets that a program does not tell apart are of one kind. */
static void add(struct tz_ct_kinds *kinds, unsigned int states, bool is_askable)
{
	unsigned int shown = states | kinds->shown;

	for (size_t i = 0; i < kinds->n; i++) {
		struct tz_ct_kind *kind = &kinds->at[i];

		if ((kind->states | kinds->shown) != shown ||
		    kind->is_askable != is_askable)
			continue;
		kind->states |= states;
		return;
	}
	kinds->at[kinds->n++] = (struct tz_ct_kind){ states, is_askable };
}

static void add_tcp(struct tz_ct_kinds *kinds, const struct limits *limits,
		    unsigned int first, unsigned int rest, bool is_loose)
{
	/* whose lengths cannot be, of any flags */
	add(kinds, TZ_CT_INVALID | rest, true);
	if (!limits->only_ack)
		add(kinds, first | rest, true);
	if (limits->only_syn)
		return;
	if (is_loose)
		add(kinds, first | rest, true);
	/* also a data segment that GRO may give a FIN */
	add(kinds, first | TZ_CT_INVALID | rest, true);
}

static void add_icmp(struct tz_ct_kinds *kinds, const struct limits *limits,
		     const struct tz_ct_options *o, unsigned int first,
		     unsigned int rest, bool all)
{
	rest |= TZ_CT_INVALID;
	if (o->knows_requests)
		add(kinds, TZ_CT_NEW | rest, true);
	else
		add(kinds, first | TZ_CT_ESTABLISHED | rest, false);
	/* errors, of which the quoted packet's entry is asked for, and others
	 */
	add(kinds, rest, true);
	add(kinds, TZ_CT_RELATED | rest, false);
	add(kinds, rest, false);
	if (limits->rule->owner->family == TZ_IPV6)
		add(kinds, TZ_CT_UNTRACKED | rest, false);
	if (all)
		add(kinds, TZ_CT_ESTABLISHED | rest, false);
}

static bool has_others(const struct limits *limits)
{
	/* most rules name one protocol, or none */
	for (const struct tz_ir_match *m = limits->rule->matches; m;
	     m = m->next) {
		if (m->kind != TZ_IR_IN || m->in.field != TZ_FIELD_PROTO ||
		    m->is_stale || m->in.set.n != 1 ||
		    m->in.set.at[0].lo != m->in.set.at[0].hi)
			continue;
		return m->in.set.at[0].lo != TCP && m->in.set.at[0].lo != UDP &&
		       m->in.set.at[0].lo != icmp_of(limits);
	}
	for (unsigned int i = 0; i < 256; i++)
		if (i != TCP && i != UDP && i != icmp_of(limits) &&
		    may_be_of(limits, i))
			return true;
	return false;
}

static void add_whole(struct tz_ct_kinds *kinds, const struct limits *limits,
		      const struct tz_ct_options *o, bool all)
{
	unsigned int first = TZ_CT_NEW | (o->expects ? TZ_CT_RELATED : 0);
	unsigned int rest =
		tz_ct_may_be_untracked(o, limits->rule) ? TZ_CT_UNTRACKED : 0;

	if (may_be_of(limits, TCP))
		add_tcp(kinds, limits, first, rest, o->is_loose);
	if (may_be_of(limits, UDP)) {
		add(kinds, TZ_CT_INVALID | rest, true);
		add(kinds, first | rest, true);
	}
	if (may_be_of(limits, icmp_of(limits)))
		add_icmp(kinds, limits, o, first, rest, all);
	if (all && has_others(limits))
		add(kinds, (TZ_CT_ALL & ~TZ_CT_UNTRACKED) | rest, false);
}

/* A header that is cut: what is no fragment is INVALID, or goes up. */
static void add_cut(struct tz_ct_kinds *kinds, const struct tz_ct_options *o,
		    const struct tz_ir_rule *rule, enum tz_situation situation)
{
	unsigned int rest =
		tz_ct_may_be_untracked(o, rule) ? TZ_CT_UNTRACKED : 0;

	if (situation == TZ_SIT_FRAGMENT)
		add(kinds, TZ_CT_ALL, false);
	else
		add(kinds, TZ_CT_INVALID | rest, false);
}

static bool is_about_state(const struct tz_ir_match *leaf, const void *arg)
{
	(void)arg;
	return leaf->kind == TZ_IR_TEST && leaf->test.id == TZ_TEST_CT &&
	       !leaf->test.args[TZ_CT_ARG_IS_RAW];
}

static bool is_about_nat(const struct tz_ir_match *leaf, const void *arg)
{
	(void)arg;
	/* what is not split by it comes together again */
	if (leaf->kind == TZ_IR_TEST)
		return true;
	if (leaf->kind == TZ_IR_MASKED)
		return leaf->masked.field == TZ_FIELD_DST ||
		       leaf->masked.field == TZ_FIELD_DPORT;
	return leaf->kind == TZ_IR_IN && (leaf->in.field == TZ_FIELD_DST ||
					  leaf->in.field == TZ_FIELD_DPORT);
}

static bool is_about_socket(const struct tz_ir_match *leaf, const void *arg)
{
	(void)arg;
	return leaf->kind == TZ_IR_TEST && leaf->test.id == TZ_TEST_SOCKET;
}

void tz_ct_kinds_find(struct tz_ct_kinds *kinds,
		      const struct tz_plan_options *options,
		      const struct tz_ir_rule *rule, bool is_after_nat,
		      enum tz_situation situation, bool all)
{
	const struct tz_ct_options *o =
		&options->ct[tz_family_index(rule->owner->family)];
	bool asks = tz_ir_any_leaf(rule->matches, is_about_state, NULL) ||
		    tz_ir_writes_connection(rule);
	struct limits limits;

	if (is_after_nat && o->walks_nat)
		asks |= tz_ir_any_leaf(rule->matches, is_about_nat, NULL);
	if (options->has_nat[tz_family_index(rule->owner->family)])
		asks |= tz_ir_any_leaf(rule->matches, is_about_socket, NULL);
	kinds->n = 0;
	kinds->shown = o->is_on && o->notracks ? TZ_CT_UNTRACKED : 0;
	if (o->is_on && asks && situation == TZ_SIT_WHOLE) {
		find_limits(&limits, rule);
		add_whole(kinds, &limits, o, all);
	} else if (o->is_on && asks) {
		add_cut(kinds, o, rule, situation);
	}
	if (!kinds->n)
		add(kinds, 0, false);
}

/* Of packets that have an entry: what it says of TCP, but for its windows. */
static void add_tracked_tcp(struct tz_ct_kinds *kinds,
			    const struct limits *limits, unsigned int rest)
{
	/* one that opens anew is told by what the entry has seen */
	if (!limits->only_ack)
		add(kinds, TZ_CT_NEW | rest, true);
	if (!limits->only_syn)
		add(kinds, TZ_CT_NEW | TZ_CT_INVALID | rest, true);
	add(kinds, TZ_CT_ESTABLISHED | TZ_CT_INVALID | rest, true);
}

void tz_ct_tracked_find(struct tz_ct_kinds *kinds,
			const struct tz_plan_options *options,
			const struct tz_ir_rule *rule)
{
	const struct tz_ct_options *o =
		&options->ct[tz_family_index(rule->owner->family)];
	unsigned int rest =
		tz_ct_may_be_untracked(o, rule) ? TZ_CT_UNTRACKED : 0;
	struct limits limits;

	*kinds = (struct tz_ct_kinds){ 0 };
	find_limits(&limits, rule);
	if (o->expects)
		add(kinds, TZ_CT_RELATED | rest, true);
	if (may_be_of(&limits, TCP))
		add_tracked_tcp(kinds, &limits, rest);
	if (may_be_of(&limits, UDP)) {
		add(kinds, TZ_CT_NEW | rest, true);
		add(kinds, TZ_CT_ESTABLISHED | rest, true);
	}
	/* of these nothing can be looked up */
	if (may_be_of(&limits, icmp_of(&limits)) || has_others(&limits))
		add(kinds, TZ_CT_ALL & ~TZ_CT_UNTRACKED, false);
}

/* ---- masks ---- */

/* Six bits: the five states, and above them whether the kernel is asked. */
enum { ASKABLE = TZ_CT_ALL + 1, WORD = ASKABLE | TZ_CT_ALL };

static unsigned int word_of(const struct tz_ct_kinds *kinds, size_t i)
{
	return kinds->at[i].states | kinds->shown |
	       (kinds->at[i].is_askable ? ASKABLE : 0);
}

/* The kinds that (word & mask) == value takes. */
static unsigned int taken(const struct tz_ct_kinds *kinds, unsigned int mask,
			  unsigned int value)
{
	unsigned int found = 0;

	for (size_t i = 0; i < kinds->n; i++)
		if ((word_of(kinds, i) & mask) == value)
			found |= 1u << i;
	return found;
}

static struct tz_ct_cube cube_of(unsigned int mask, unsigned int value)
{
	struct tz_ct_cube cube = {
		(uint64_t)(mask & TZ_CT_ALL) << TZ_L4_CT_SHIFT,
		(uint64_t)(value & TZ_CT_ALL) << TZ_L4_CT_SHIFT,
	};

	if (mask & ASKABLE)
		cube.mask |= TZ_L4_CT_ASKABLE;
	if (value & ASKABLE)
		cube.value |= TZ_L4_CT_ASKABLE;
	return cube;
}

/* The mask that takes most of @wanted and nothing else; what it takes. */
static unsigned int best_cube(const struct tz_ct_kinds *kinds,
			      unsigned int wanted, struct tz_ct_cube *cube)
{
	unsigned int best = 0;
	int n_best = 0;

	for (unsigned int mask = 0; mask <= WORD; mask++) {
		for (size_t i = 0; i < kinds->n; i++) {
			unsigned int value = word_of(kinds, i) & mask;
			unsigned int found = taken(kinds, mask, value);

			if (found & ~wanted ||
			    __builtin_popcount(found) <= n_best)
				continue;
			best = found;
			n_best = __builtin_popcount(best);
			*cube = cube_of(mask, value);
			if (best == wanted)
				return best;
		}
	}
	return best;
}

size_t tz_ct_cover(const struct tz_ct_kinds *kinds, unsigned int wanted,
		   struct tz_ct_cube *cubes)
{
	size_t n = 0;

	while (wanted)
		wanted &= ~best_cube(kinds, wanted, &cubes[n++]);
	return n;
}
