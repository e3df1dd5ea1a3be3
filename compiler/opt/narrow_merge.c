/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What GRO leaves unknown: the kernel's rules see segments that are merged
 * (SEMANTICS 1.13), a program at XDP each as it came.
 */
#include "opt/narrow.h"

#define FIN_PSH 0x09u
#define SYN_RST_URG 0x26u
#define CWR 0x80u

const char tz_merge_why[] =
	"GRO may merge TCP data segments before the kernel looks at them";

bool tz_merge_is_odd(const struct tz_narrowing *n, const struct tz_ir_match *m)
{
	if (n->options->is_replace)
		return false;
	return m->kind == TZ_IR_IN && m->in.field == TZ_FIELD_TCP_FLAGS &&
	       m->in.set.n && !tz_set_is_full(m->in.set, 8);
}

bool tz_merge_hides(const struct tz_narrowing *n, const struct tz_plan_term *t)
{
	if (n->options->is_replace)
		return false;
	if (t->kind == TZ_TERM_MASKED && t->field == TZ_FIELD_TCP_FLAGS)
		return t->mask & CWR;
	return (t->kind == TZ_TERM_IN || t->kind == TZ_TERM_MASKED) &&
	       t->field == TZ_FIELD_LENGTH;
}

bool tz_merge_matters(const struct tz_narrowing *n,
		      const struct tz_plan_term *t)
{
	return !n->options->is_replace && t->kind == TZ_TERM_MASKED &&
	       t->field == TZ_FIELD_TCP_FLAGS && t->mask & FIN_PSH &&
	       !(t->value & SYN_RST_URG & t->mask) && !(t->value & ~t->mask);
}

struct tz_plan_term *tz_narrow_merged(const struct tz_narrowing *n,
				      const struct tz_plan_term *terms)
{
	struct tz_plan_term *copy = NULL, **tail = &copy;

	for (const struct tz_plan_term *t = terms; t; t = t->next) {
		struct tz_plan_term *c = tz_new(n->arena, struct tz_plan_term);

		if ((tz_merge_matters(n, t) && t->is_negated) ||
		    tz_merge_hides(n, t))
			continue;
		if (t->kind == TZ_TERM_TEST &&
		    t->result != TZ_TEST_UNREADABLE &&
		    tz_test_doubts(t->test) & TZ_DOUBT_MERGE)
			continue;
		if (t->kind == TZ_TERM_STATE)
			break;
		*c = *t;
		c->next = NULL;
		if (tz_merge_matters(n, t)) {
			c->mask &= ~(tz_value)FIN_PSH;
			c->value &= ~(tz_value)FIN_PSH;
		}
		*tail = c;
		tail = &c->next;
	}
	return copy;
}

bool tz_merge_may_be(const struct tz_narrowing *n)
{
	/* GRO has no rule for these, nor for what is in them */
	static const unsigned char never[] = {
		1, 17, 33, 51, 58, 108, 132, 136
	};
	struct tz_interval list[sizeof(never)];

	for (size_t i = 0; i < sizeof(never); i++)
		list[i] = (struct tz_interval){ never[i], never[i] };
	for (const struct tz_plan_term *t = n->terms; t; t = t->next) {
		if (t->kind != TZ_TERM_IN || t->field != TZ_FIELD_PROTO)
			continue;

		struct tz_set set = tz_set_of(n->arena, list, sizeof(never));

		if (tz_set_equal(tz_set_intersect(n->arena, set, t->set),
				 t->set))
			return false;
	}
	return !n->options->is_replace;
}

const char *tz_merge_of_udp(const struct tz_narrowing *n)
{
	if (!n->options->udp_merges || n->options->is_replace)
		return NULL;
	for (const struct tz_plan_term *t = n->terms; t; t = t->next)
		if (t->kind == TZ_TERM_IN && t->field == TZ_FIELD_PROTO &&
		    !tz_set_has(t->set, 17))
			return NULL;
	return "the device merges UDP datagrams before the kernel looks at "
	       "them";
}
