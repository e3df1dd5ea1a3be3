/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which packets rules leave untracked (NOTRACK, CT --notrack), as far as their
 * addresses, protocol and ports tell: what such a rule does not take is
 * UNTRACKED for nothing that rules do. It is not translated either, so that
 * rules behind nat see of it what those of the raw table see.
 */
#include <string.h>

#include "ir/ct.h"
#include "ir/packet.h"

static const enum tz_field fields[] = { TZ_FIELD_SRC, TZ_FIELD_DST,
					TZ_FIELD_PROTO, TZ_FIELD_SPORT,
					TZ_FIELD_DPORT };

#define N_FIELDS (sizeof(fields) / sizeof(fields[0]))

/* Whether @m asks for @field in @in's set, or out of it. */
static bool asks_for(const struct tz_ir_match *m, enum tz_field field,
		     const struct tz_ir_match **in, bool *is_negated)
{
	*is_negated = m->kind == TZ_IR_NOT;
	*in = *is_negated ? m->operands : m;
	return (*in)->kind == TZ_IR_IN && (*in)->in.field == field &&
	       !(*in)->is_stale;
}

/* Whether no value is in @a and in @b. */
static bool sets_are_apart(struct tz_set a, struct tz_set b)
{
	for (size_t i = 0, j = 0; i < a.n && j < b.n;) {
		if (a.at[i].hi < b.at[j].lo)
			i++;
		else if (b.at[j].hi < a.at[i].lo)
			j++;
		else
			return false;
	}
	return true;
}

/* Whether @a is within @b. */
static bool is_within(struct tz_set a, struct tz_set b)
{
	for (size_t i = 0, j = 0; i < a.n; i++) {
		while (j < b.n && b.at[j].hi < a.at[i].lo)
			j++;
		if (j == b.n || b.at[j].lo > a.at[i].lo ||
		    b.at[j].hi < a.at[i].hi)
			return false;
	}
	return true;
}

static bool matches_are_apart(const struct tz_ir_match *a,
			      const struct tz_ir_match *b, enum tz_field field)
{
	bool a_is_negated, b_is_negated;

	if (!asks_for(a, field, &a, &a_is_negated) ||
	    !asks_for(b, field, &b, &b_is_negated))
		return false;
	if (a_is_negated && b_is_negated)
		return false;
	if (a_is_negated)
		return is_within(b->in.set, a->in.set);
	if (b_is_negated)
		return is_within(a->in.set, b->in.set);
	return sets_are_apart(a->in.set, b->in.set);
}

bool tz_ct_rules_are_apart(const struct tz_ir_rule *a,
			   const struct tz_ir_rule *b)
{
	for (const struct tz_ir_match *x = a->matches; x; x = x->next)
		for (const struct tz_ir_match *y = b->matches; y; y = y->next)
			for (size_t i = 0; i < N_FIELDS; i++)
				if (matches_are_apart(x, y, fields[i]))
					return true;
	return false;
}

bool tz_ct_may_be_untracked(const struct tz_ct_options *options,
			    const struct tz_ir_rule *rule)
{
	const struct tz_ct_notracks *by = options->notracks_by;

	if (!options->notracks || !by)
		return options->notracks;
	for (size_t i = 0; i < by->n; i++)
		if (!tz_ct_rules_are_apart(rule, by->at[i]))
			return true;
	return false;
}

static bool value_of(const struct tz_packet *p, enum tz_field field,
		     tz_value *value)
{
	bool has_ports = !p->is_fragment && p->l4_len >= 4;

	switch (field) {
	case TZ_FIELD_SRC:
		*value = p->src;
		return true;
	case TZ_FIELD_DST:
		*value = p->dst;
		return true;
	case TZ_FIELD_PROTO:
		*value = p->proto;
		return p->has_proto && !p->is_fragment;
	case TZ_FIELD_SPORT:
		*value = has_ports ? tz_be16(p->frame + p->l4) : 0;
		return has_ports;
	case TZ_FIELD_DPORT:
		*value = has_ports ? tz_be16(p->frame + p->l4 + 2) : 0;
		return has_ports;
	default:
		return false;
	}
}

static bool may_take(const struct tz_ir_rule *rule, const struct tz_packet *p)
{
	for (const struct tz_ir_match *m = rule->matches; m; m = m->next) {
		for (size_t i = 0; i < N_FIELDS; i++) {
			const struct tz_ir_match *in;
			bool is_negated;
			tz_value value;

			if (asks_for(m, fields[i], &in, &is_negated) &&
			    value_of(p, fields[i], &value) &&
			    tz_set_has(in->in.set, value) == is_negated)
				return false;
		}
	}
	return true;
}

bool tz_ct_may_untrack(const struct tz_ct_options *options,
		       const struct tz_packet *packet)
{
	const struct tz_ct_notracks *by = options->notracks_by;

	if (!options->notracks || !by)
		return options->notracks;
	for (size_t i = 0; i < by->n; i++)
		if (may_take(by->at[i], packet))
			return true;
	return false;
}
