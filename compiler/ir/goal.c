/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a packet must be for a rule to take it: the rule's matches and those
 * of a way of jumps to it become literals, and values are drawn from their
 * bounds until all hold. Opaque matches are left to luck. Half of the packets
 * then get one field moved just out of, or onto, a bound.
 */
#include "ir/draft.h"

#include <string.h>

enum {
	LITERALS_MAX = 128,
	JUMPS_MAX = 32, /* of a way to a rule; longer ones are cut */
	TRIES_MAX = 64,
};

struct literal {
	const struct tz_ir_match *match; /* IN or MASKED */
	bool is_negated;
};

struct literals {
	struct literal at[LITERALS_MAX];
	size_t n;
	bool has_header;
	uint8_t header_proto;
	bool is_routed; /* the rule is behind routing: no martian gets there */
	bool is_forwarded; /* namely in FORWARD */
};

/* The rules that lead into a chain. */
struct called {
	TZ_VEC(const struct tz_ir_rule *) callers;
};

struct tz_goals {
	struct tz_sample_options options;
	TZ_VEC(const struct tz_ir_rule *) rules;
	struct called *called; /* by index in ir->chains */
	/* Bounds of all rules: values that mean something to them. */
	TZ_VEC(const struct tz_interval *) pools[TZ_N_FIELDS];
};

static void pool_match(struct tz_goals *goals, struct tz_arena *arena,
		       const struct tz_ir_match *match)
{
	switch (match->kind) {
	case TZ_IR_IN:
		for (size_t i = 0; i < match->in.set.n; i++)
			tz_vec_push(arena, &goals->pools[match->in.field],
				    &match->in.set.at[i]);
		break;
	case TZ_IR_NOT:
	case TZ_IR_AND:
	case TZ_IR_OR:
		for (const struct tz_ir_match *m = match->operands; m;
		     m = m->next)
			pool_match(goals, arena, m);
		break;
	case TZ_IR_MASKED:
	case TZ_IR_IFACE:
	case TZ_IR_TEST:
	case TZ_IR_HEADER:
	case TZ_IR_OPAQUE:
		break;
	}
}

static bool is_ingress(const struct tz_ir_chain *chain)
{
	return chain->table != TZ_TABLE_NAT &&
	       (chain->hook == TZ_HOOK_PREROUTING ||
		chain->hook == TZ_HOOK_INPUT ||
		chain->hook == TZ_HOOK_FORWARD || chain->hook == TZ_HOOK_NONE);
}

static void add_chain(struct tz_goals *goals, struct tz_arena *arena,
		      const struct tz_ir_chain *chain)
{
	for (size_t i = 0; i < chain->rules.n; i++) {
		const struct tz_ir_rule *rule = chain->rules.at[i];

		tz_vec_push(arena, &goals->rules, rule);
		for (const struct tz_ir_match *m = rule->matches; m;
		     m = m->next)
			pool_match(goals, arena, m);
		if (rule->chain)
			tz_vec_push(arena,
				    &goals->called[rule->chain->index].callers,
				    rule);
	}
}

struct tz_goals *tz_goals_new(struct tz_arena *arena, const struct tz_ir *ir,
			      const struct tz_sample_options *options)
{
	struct tz_goals *goals = tz_new(arena, struct tz_goals);

	goals->options = *options;
	goals->called = tz_new_array(arena, struct called, ir->chains.n);
	for (size_t i = 0; i < ir->chains.n; i++)
		if (ir->chains.at[i]->family == options->family &&
		    is_ingress(ir->chains.at[i]))
			add_chain(goals, arena, ir->chains.at[i]);
	return goals;
}

size_t tz_goals_count(const struct tz_goals *goals)
{
	return goals->rules.n;
}

static void collect(struct literals *literals, struct tz_rng *rng,
		    const struct tz_ir_match *match, bool is_negated);

static void collect_operands(struct literals *literals, struct tz_rng *rng,
			     const struct tz_ir_match *match, bool is_negated)
{
	bool all_hold = (match->kind == TZ_IR_AND) != is_negated;
	size_t n = 0, chosen = 0;

	for (const struct tz_ir_match *m = match->operands; m; m = m->next)
		n++;
	if (!all_hold && n)
		chosen = tz_rng_below(rng, n);
	n = 0;
	for (const struct tz_ir_match *m = match->operands; m; m = m->next)
		if (n++ == chosen || all_hold)
			collect(literals, rng, m, is_negated);
}

static void collect(struct literals *literals, struct tz_rng *rng,
		    const struct tz_ir_match *match, bool is_negated)
{
	switch (match->kind) {
	case TZ_IR_IN:
	case TZ_IR_MASKED:
		if (literals->n < LITERALS_MAX)
			literals->at[literals->n++] =
				(struct literal){ match, is_negated };
		break;
	case TZ_IR_HEADER:
		literals->has_header = true;
		literals->header_proto = match->header.proto;
		break;
	case TZ_IR_NOT:
		collect(literals, rng, match->operands, !is_negated);
		break;
	case TZ_IR_AND:
	case TZ_IR_OR:
		collect_operands(literals, rng, match, is_negated);
		break;
	case TZ_IR_IFACE:
	case TZ_IR_TEST:
	case TZ_IR_OPAQUE:
		break;
	}
}

/* The rule's literals, and those of the jumps along a random way to it. */
static void collect_way(const struct tz_goals *goals, struct tz_rng *rng,
			const struct tz_ir_rule *rule,
			struct literals *literals)
{
	for (int i = 0; i < JUMPS_MAX; i++) {
		for (const struct tz_ir_match *m = rule->matches; m;
		     m = m->next)
			collect(literals, rng, m, false);
		literals->is_forwarded = rule->owner->hook == TZ_HOOK_FORWARD;
		literals->is_routed = literals->is_forwarded ||
				      rule->owner->hook == TZ_HOOK_INPUT;

		const struct called *called =
			&goals->called[rule->owner->index];

		if (!called->callers.n)
			return;
		rule = called->callers.at[tz_rng_below(rng, called->callers.n)];
	}
}

static tz_value random_value(struct tz_rng *rng, enum tz_field field,
			     enum tz_family family)
{
	tz_value value = (tz_value)tz_rng_next(rng) << 64 | tz_rng_next(rng);

	return value & tz_value_max(tz_field_bits(field, family));
}

static tz_value value_between(struct tz_rng *rng, struct tz_interval interval)
{
	tz_value width = interval.hi - interval.lo;

	switch (tz_rng_below(rng, 4)) {
	case 0:
		return interval.lo;
	case 1:
		return interval.hi;
	}
	if (width == ~(tz_value)0)
		width--;

	tz_value offset = (tz_value)tz_rng_next(rng) << 64 | tz_rng_next(rng);

	return interval.lo + offset % (width + 1);
}

/* One below or above @interval, where the field goes that far. */
static tz_value value_beside(struct tz_rng *rng, struct tz_interval interval,
			     tz_value max)
{
	bool has_below = interval.lo > 0, has_above = interval.hi < max;

	if (has_below && (!has_above || tz_rng_one_in(rng, 2)))
		return interval.lo - 1;
	return has_above ? interval.hi + 1 : interval.hi;
}

static enum tz_field field_of(const struct tz_ir_match *match)
{
	return match->kind == TZ_IR_IN ? match->in.field : match->masked.field;
}

static bool takes(const struct literal *literal, tz_value value)
{
	const struct tz_ir_match *match = literal->match;
	bool is_taken =
		match->kind == TZ_IR_IN
			? tz_set_has(match->in.set, value)
			: (value & match->masked.mask) == match->masked.value;

	return is_taken != literal->is_negated;
}

/* A value that this literal, if not all of them, takes. */
static tz_value propose(const struct tz_goals *goals, struct tz_rng *rng,
			const struct literal *literal, enum tz_field field)
{
	enum tz_family family = goals->options.family;
	const struct tz_ir_match *match = literal->match;
	tz_value any = random_value(rng, field, family);

	if (match->kind == TZ_IR_MASKED)
		return literal->is_negated
			       ? any
			       : match->masked.value |
					 (any & ~match->masked.mask);
	if (!match->in.set.n)
		return any;

	struct tz_interval interval =
		match->in.set.at[tz_rng_below(rng, match->in.set.n)];

	if (!literal->is_negated)
		return value_between(rng, interval);
	return tz_rng_one_in(rng, 2)
		       ? any
		       : value_beside(
				 rng, interval,
				 tz_value_max(tz_field_bits(field, family)));
}

static tz_value default_proto(struct tz_rng *rng, enum tz_family family)
{
	static const uint8_t often[] = { TZ_PROTO_TCP, TZ_PROTO_TCP,
					 TZ_PROTO_UDP, TZ_PROTO_UDP,
					 TZ_PROTO_SCTP };
	static const uint8_t seldom[] = {
		2, 4, 33, 47, TZ_PROTO_ESP, TZ_PROTO_UDPLITE, 253
	};

	if (tz_rng_one_in(rng, 16))
		return seldom[tz_rng_below(rng, sizeof(seldom))];
	if (tz_rng_one_in(rng, 5))
		return family == TZ_IPV4 ? TZ_PROTO_ICMP : TZ_PROTO_ICMP6;
	return often[tz_rng_below(rng, sizeof(often))];
}

static tz_value default_flags(struct tz_rng *rng)
{
	static const uint8_t usual[] = { 0x02, 0x10, 0x18, 0x12,
					 0x11, 0x04, 0x14, 0xc2 };

	return tz_rng_one_in(rng, 4) ? tz_rng_next(rng) & 0xff
				     : usual[tz_rng_below(rng, sizeof(usual))];
}

/* A field that no literal names: what other rules name, or what is usual. */
static tz_value default_value(const struct tz_goals *goals, struct tz_rng *rng,
			      enum tz_field field)
{
	size_t n = goals->pools[field].n;
	enum tz_family family = goals->options.family;

	if (field == TZ_FIELD_MAC_SRC) {
		tz_value mac = 0;

		for (int i = 0; i < 6; i++)
			mac = mac << 8 | goals->options.src_mac[i];
		return mac;
	}
	if (field == TZ_FIELD_PROTO)
		return default_proto(rng, family);
	if (field == TZ_FIELD_TCP_FLAGS)
		return default_flags(rng);
	if (field == TZ_FIELD_LENGTH || field == TZ_FIELD_PACKET_TYPE)
		return 0;
	if (n && tz_rng_one_in(rng, 2))
		return value_between(
			rng, *goals->pools[field].at[tz_rng_below(rng, n)]);
	if (field == TZ_FIELD_ICMP_TYPE && tz_rng_one_in(rng, 2))
		return family == TZ_IPV4 ? 8 : 128;
	if (field == TZ_FIELD_TTL)
		return 64;
	if (field == TZ_FIELD_TOS)
		return 0;
	return random_value(rng, field, family);
}

/* Addresses that routing throws away (SEMANTICS 1.4, 1.7). */
static bool is_martian4(uint32_t address)
{
	return address >> 24 == 0 || address >> 24 == 127 ||
	       address >> 28 >= 14;
}

static bool is_martian(enum tz_field field, enum tz_family family,
		       tz_value value)
{
	if (field != TZ_FIELD_SRC && field != TZ_FIELD_DST)
		return false;
	if (family == TZ_IPV4)
		return is_martian4((uint32_t)value);
	/* ::/8, link-local and multicast */
	return value >> 120 == 0 || value >> 118 == 0x3fa ||
	       value >> 120 == 0xff;
}

/* A usual address, where a rule leaves only martians. */
static tz_value any_address(struct tz_rng *rng, enum tz_family family)
{
	tz_value host = random_value(rng, TZ_FIELD_SRC, family);

	if (family == TZ_IPV4)
		return (host & 0xffffff) | 11u << 24;
	return (host >> 16) | (tz_value)0x2001 << 112;
}

static tz_value choose(const struct tz_goals *goals, struct tz_rng *rng,
		       const struct literals *literals, enum tz_field field)
{
	enum tz_family family = goals->options.family;
	size_t own[LITERALS_MAX], n = 0;
	tz_value fallback = 0;
	bool has_fallback = false;

	for (size_t i = 0; i < literals->n; i++)
		if (field_of(literals->at[i].match) == field)
			own[n++] = i;
	for (int i = 0; i < TRIES_MAX; i++) {
		tz_value value;

		if (n)
			value = propose(
				goals, rng,
				&literals->at[own[tz_rng_below(rng, n)]],
				field);
		else
			value = default_value(goals, rng, field);

		bool is_taken = true;

		for (size_t j = 0; j < n && is_taken; j++)
			is_taken = takes(&literals->at[own[j]], value);
		if (!is_taken)
			continue;
		if (!goals->options.avoids_martians ||
		    !is_martian(field, family, value))
			return value;
		fallback = value;
		has_fallback = true;
	}
	/* Raw and mangle PREROUTING see martians: there a rule is hit. */
	if (has_fallback && n && !literals->is_routed)
		return fallback;
	return field == TZ_FIELD_SRC || field == TZ_FIELD_DST
		       ? any_address(rng, family)
		       : default_value(goals, rng, field);
}

/* A value on a bound of @match, or just outside; of a mask, a bit over. */
static tz_value bound_of(struct tz_rng *rng, const struct tz_ir_match *match,
			 tz_value value, unsigned int bits)
{
	if (match->kind == TZ_IR_MASKED)
		return value ^ (tz_value)1 << tz_rng_below(rng, bits);
	if (!match->in.set.n)
		return value;

	struct tz_interval interval =
		match->in.set.at[tz_rng_below(rng, match->in.set.n)];

	return tz_rng_one_in(rng, 3)
		       ? value_between(rng, interval)
		       : value_beside(rng, interval, tz_value_max(bits));
}

/* Moves the field of one literal. Another protocol is hardly ever meant. */
static void move_to_bound(const struct tz_goals *goals, struct tz_rng *rng,
			  const struct literals *literals,
			  struct tz_draft *draft)
{
	if (!literals->n)
		return;

	const struct tz_ir_match *match =
		literals->at[tz_rng_below(rng, literals->n)].match;
	enum tz_field field = field_of(match);

	if (field == TZ_FIELD_PROTO && tz_rng_below(rng, 8))
		return;

	tz_value value = bound_of(rng, match, draft->values[field],
				  tz_field_bits(field, draft->family));

	if (!goals->options.avoids_martians ||
	    !is_martian(field, draft->family, value))
		draft->values[field] = value;
}

/* The destination MAC address of the packet type. */
static void address_frame(const struct tz_goals *goals, struct tz_draft *draft)
{
	static const uint8_t multicast[6] = {
		0x01, 0x00, 0x5e, 0x01, 0x02, 0x03
	};

	memcpy(draft->dst_mac, goals->options.dst_mac, 6);
	switch ((int)draft->values[TZ_FIELD_PACKET_TYPE]) {
	case 1:
		memset(draft->dst_mac, 0xff, 6);
		break;
	case 2:
		memcpy(draft->dst_mac, multicast, 6);
		break;
	case 3:
		draft->dst_mac[5] ^= 0x55;
		break;
	}
}

const struct tz_ir_rule *tz_goals_set(const struct tz_goals *goals, size_t i,
				      struct tz_rng *rng,
				      struct tz_draft *draft)
{
	struct literals literals;
	const struct tz_ir_rule *rule = NULL;

	literals.n = 0;
	literals.has_header = false;
	literals.is_routed = true;
	literals.is_forwarded = false;
	if (i < goals->rules.n) {
		rule = goals->rules.at[i];
		collect_way(goals, rng, rule, &literals);
	}
	for (int field = 0; field < TZ_N_FIELDS; field++)
		draft->values[field] =
			choose(goals, rng, &literals, (enum tz_field)field);
	if (literals.has_header && tz_rng_below(rng, 16))
		draft->values[TZ_FIELD_PROTO] = literals.header_proto;
	if (tz_rng_one_in(rng, 2))
		move_to_bound(goals, rng, &literals, draft);
	/* a hop is lost before FORWARD sees the packet */
	if (literals.is_forwarded && draft->values[TZ_FIELD_TTL] < 255)
		draft->values[TZ_FIELD_TTL]++;
	address_frame(goals, draft);
	return rule;
}
