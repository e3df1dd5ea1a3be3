/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Narrows the matches of a rule to what a program at XDP may know of them
 * (DESIGN 5). For each situation (whole, short, fragment) every match is true,
 * false, a known term, unknown, or a hotdrop. In replace, a program speaks of
 * frames: a first fragment is whole, a later one is known to be one.
 */
#include "opt/narrow.h"

#include <string.h>

#include "ir/filter.h"

static const char stale[] = "an earlier rule may have changed it";

void tz_narrow_add(struct tz_narrowing *n, struct tz_plan_term *term)
{
	*n->tail = term;
	n->tail = &term->next;
}

void tz_narrow_unknown(struct tz_narrowing *n, const char *why)
{
	n->maybe = true;
	if (!n->obstacle)
		n->obstacle = why;
}

void tz_narrow_uneven(struct tz_narrowing *n)
{
	tz_narrow_unknown(n, "no whole layer 4 header");
	n->is_uneven |= !n->options->is_replace;
}

/*
 * Whether the fragments of a datagram, or the two backends, may see different
 * values of @field. Of IPv6 fragments only the first one's next header binds
 * (RFC 8200, 4.5).
 */
static bool is_uneven_field(const struct tz_narrowing *n, enum tz_field field)
{
	bool is_fragment = n->situation == TZ_SIT_FRAGMENT;

	switch (tz_field_layer(field)) {
	case TZ_LAYER_TRANSPORT:
		if (n->situation == TZ_SIT_SHORT)
			return field != TZ_FIELD_SPORT &&
			       field != TZ_FIELD_DPORT;
		return n->situation != TZ_SIT_WHOLE;
	case TZ_LAYER_FRAGMENT:
		return is_fragment && !n->options->is_replace;
	case TZ_LAYER_NETWORK:
		return is_fragment && !n->options->is_replace &&
		       field == TZ_FIELD_PROTO && n->family == TZ_IPV6;
	case TZ_LAYER_LINK: /* each fragment has a sender of its own */
		return is_fragment && !n->options->is_replace;
	case TZ_LAYER_CONTEXT:
		return false;
	}
	return false;
}

static bool is_translated(const struct tz_narrowing *n, enum tz_field field)
{
	return tz_narrow_is_natted(n) &&
	       (field == TZ_FIELD_DST || field == TZ_FIELD_DPORT);
}

/* Whether @field is known here: in replace, who handles the packet. */
static bool is_context_known(const struct tz_narrowing *n, enum tz_field field)
{
	return tz_field_layer(field) != TZ_LAYER_CONTEXT ||
	       (n->options->is_replace && field == TZ_FIELD_CPU);
}

/* A term for IN or MASKED, or NULL with the reason. */
static struct tz_plan_term *
term_of(struct tz_narrowing *n, const struct tz_ir_match *m, bool is_negated)
{
	enum tz_field field =
		m->kind == TZ_IR_IN ? m->in.field : m->masked.field;

	if (m->is_stale) {
		tz_narrow_unknown(n, stale);
		return NULL;
	}
	if (is_uneven_field(n, field)) {
		tz_narrow_uneven(n);
		return NULL;
	}
	if (is_translated(n, field)) {
		tz_narrow_unknown(n, "the destination may be translated by NAT "
				     "before this chain (--assume-no-nat)");
		return NULL;
	}

	if (!is_context_known(n, field)) {
		tz_narrow_unknown(n, tz_field_reason(field));
		return NULL;
	}
	if (tz_merge_is_odd(n, m)) {
		tz_narrow_unknown(n,
				  "TCP flags of data segments may be merged by "
				  "GRO");
		return NULL;
	}

	struct tz_plan_term *term = tz_new(n->arena, struct tz_plan_term);

	term->field = field;
	if (m->kind == TZ_IR_IN) {
		term->kind = TZ_TERM_IN;
		term->set = is_negated
				    ? tz_set_complement(
					      n->sets, m->in.set,
					      tz_field_bits(field, n->family))
				    : m->in.set;
		return term;
	}
	term->kind = TZ_TERM_MASKED;
	term->mask = m->masked.mask;
	term->value = m->masked.value;
	term->is_negated = is_negated;
	return term;
}

static bool iface_holds(const char *ifname, const struct tz_ir_match *m)
{
	size_t len = strlen(m->iface.name);

	if (m->iface.is_prefix)
		return !strncmp(ifname, m->iface.name, len);
	return !strcmp(ifname, m->iface.name);
}

static void narrow(struct tz_narrowing *n, const struct tz_ir_match *m,
		   bool is_negated);

/* One of @operands holds; a simple list of terms becomes one ANY term. */
static void narrow_any(struct tz_narrowing *n,
		       const struct tz_ir_match *operands, bool is_negated)
{
	struct tz_plan_term *any = tz_new(n->arena, struct tz_plan_term);
	struct tz_plan_term **tail = &any->alternatives;

	any->kind = TZ_TERM_ANY;
	for (const struct tz_ir_match *m = operands; m; m = m->next) {
		if (m->kind != TZ_IR_IN && m->kind != TZ_IR_MASKED) {
			tz_narrow_unknown(n, "the match is too deeply nested");
			return;
		}

		struct tz_plan_term *term = term_of(n, m, is_negated);

		if (!term)
			return;
		if (tz_merge_hides(n, term)) {
			tz_narrow_unknown(n, tz_merge_why);
			return;
		}
		if (tz_merge_matters(n, term)) {
			tz_narrow_unknown(n,
					  "FIN and PSH of data segments may be "
					  "merged by GRO");
			return;
		}
		*tail = term;
		tail = &term->next;
	}
	tz_narrow_add(n, any);
}

static void narrow_all(struct tz_narrowing *n,
		       const struct tz_ir_match *operands, bool is_negated)
{
	for (const struct tz_ir_match *m = operands; m; m = m->next)
		narrow(n, m, is_negated);
}

static void narrow_header(struct tz_narrowing *n, const struct tz_ir_match *m)
{
	switch (tz_narrow_header(n, m)) {
	case TZ_IS_HOTDROP:
		n->hotdrop = !n->maybe;
		n->never |= n->maybe; /* drops, or does not match */
		n->may_drop |= n->maybe;
		return;
	case TZ_IS_UNKNOWN:
		tz_narrow_uneven(n);
		return;
	case TZ_IS_FALSE:
		n->never = true;
		n->offset_eight_drops = m->header.offset_one_drops &&
					n->family == TZ_IPV4 && !n->maybe;
		return;
	case TZ_IS_TRUE:
		return;
	}
}

static void narrow_field(struct tz_narrowing *n, const struct tz_ir_match *m,
			 bool is_negated)
{
	struct tz_plan_term *term = term_of(n, m, is_negated);

	if (!term)
		return;
	if (term->field == TZ_FIELD_LATER_FRAGMENT) {
		n->never |=
			term->kind != TZ_TERM_IN ||
			!tz_set_has(term->set, n->situation == TZ_SIT_FRAGMENT);
		return;
	}
	if (term->kind == TZ_TERM_IN && !term->set.n)
		n->never = true;
	if (term->field == TZ_FIELD_LENGTH && tz_merge_of_udp(n)) {
		tz_narrow_unknown(n, tz_merge_of_udp(n));
		return;
	}
	n->has_merge |= tz_merge_matters(n, term);
	n->has_segment |= tz_merge_hides(n, term) && tz_merge_may_be(n);
	tz_narrow_add(n, term);
}

struct tz_plan_term *tz_narrow_up_to(const struct tz_narrowing *n,
				     const struct tz_plan_term *last)
{
	struct tz_plan_term *copy = NULL, **tail = &copy;

	for (const struct tz_plan_term *t = n->terms;; t = t->next) {
		*tail = tz_new(n->arena, struct tz_plan_term);
		**tail = t ? *t : *last;
		(*tail)->next = NULL;
		tail = &(*tail)->next;
		if (!t)
			return copy;
	}
}

static void add_early(struct tz_narrowing *n, const struct tz_ir_match *m,
		      enum tz_test_result result, bool drops)
{
	const struct tz_test *test = &m->test;
	struct tz_plan_term last = {
		.kind = TZ_TERM_TEST,
		.test = test,
		.result = result,
	};
	struct tz_early early = {
		.terms = tz_narrow_up_to(n, &last),
		.drops = drops,
		.holds = drops && tz_test_counts_hotdrop(test),
		.is_last = !m->next,
		.is_of_segments = tz_test_doubts(test) & TZ_DOUBT_MERGE &&
				  !n->options->is_replace,
	};

	tz_vec_push(n->arena, &n->early, early);
	if (drops || !n->unsure)
		return;
	/* nor where an earlier test did not tell whether it holds */
	early.terms = tz_narrow_unsure(n, early.terms);
	tz_vec_push(n->arena, &n->early, early);
}

/* Behind an unknown match it drops, or the rule ends there. */
static void add_hotdrop(struct tz_narrowing *n, const struct tz_ir_match *m)
{
	const struct tz_plan_term last = {
		.kind = TZ_TERM_TEST,
		.test = &m->test,
		.result = TZ_TEST_HOTDROP,
	};
	struct tz_early early = {
		.terms = tz_narrow_up_to(n, &last),
		.may_drop = true,
		.is_merged = !n->maybe,
	};

	if (n->maybe || n->has_merge || n->has_segment)
		tz_vec_push(n->arena, &n->early, early);
	if (!n->maybe)
		add_early(n, m, TZ_TEST_HOTDROP, true);
}

/*
 * A test: its result is a term. One that hotdrops, or reaches beyond what a
 * program reads, has results of which something else follows, earlier.
 */
static void narrow_test(struct tz_narrowing *n, const struct tz_ir_match *m,
			bool is_negated)
{
	const struct tz_test *test = &m->test;
	unsigned int doubts = tz_test_doubts(test);
	bool is_fragment = n->situation == TZ_SIT_FRAGMENT;
	const char *doubt = tz_narrow_doubt(n, test);

	if (test->id == TZ_TEST_CT && !m->is_stale) {
		tz_narrow_ct(n, test, is_negated);
		return;
	}
	if (doubts & TZ_DOUBT_FRAGMENT && is_fragment &&
	    !n->options->is_replace) {
		tz_narrow_uneven(n);
		return;
	}
	if (m->is_stale) {
		tz_narrow_unknown(n, stale);
		return;
	}
	if (tz_narrow_kernels_own(n, test)) {
		tz_narrow_unknown(n, tz_narrow_kernels_own(n, test));
		return;
	}
	if (doubts & TZ_DOUBT_MERGE && tz_merge_of_udp(n)) {
		tz_narrow_unknown(n, tz_merge_of_udp(n));
		return;
	}
	if (doubt && !n->options->is_replace) {
		tz_narrow_unknown(n, doubt);
		return;
	}
	/* a packet that is no fragment has no such header */
	if (test->id == TZ_TEST_FRAG && !n->options->is_replace) {
		n->never |= !is_negated;
		return;
	}
	if (doubts & TZ_MAY_BE_UNKNOWN && n->options->is_replace) {
		tz_narrow_unknown(n, tz_narrow_rest(test));
		return;
	}
	if (doubts & TZ_MAY_BE_UNKNOWN && n->unsure)
		add_early(n, m, TZ_TEST_UNKNOWN, false);
	else if (doubts & TZ_MAY_BE_UNKNOWN)
		n->unsure = test;
	n->has_segment |= doubts & TZ_DOUBT_MERGE && tz_merge_may_be(n) &&
			  (is_negated || test->id != TZ_TEST_BPF ||
			   tz_filter_may_merge(n->family, test));
	if (!(doubts & TZ_SURELY_READ))
		add_early(n, m, TZ_TEST_UNREADABLE, n->options->is_replace);
	if (tz_test_may_hotdrop(test->id))
		add_hotdrop(n, m);

	struct tz_plan_term *term = tz_new(n->arena, struct tz_plan_term);

	term->kind = TZ_TERM_TEST;
	term->test = test;
	term->result = is_negated ? TZ_TEST_FALSE : TZ_TEST_TRUE;
	tz_narrow_add(n, term);
}

static void narrow(struct tz_narrowing *n, const struct tz_ir_match *m,
		   bool is_negated)
{
	switch (m->kind) {
	case TZ_IR_TEST:
		narrow_test(n, m, is_negated);
		return;
	case TZ_IR_IN:
	case TZ_IR_MASKED:
		narrow_field(n, m, is_negated);
		return;
	case TZ_IR_IFACE:
		if (!n->options->ifname)
			tz_narrow_unknown(n, "the device is not named (--dev)");
		else
			n->never |= iface_holds(n->options->ifname, m) ==
				    is_negated;
		return;
	case TZ_IR_HEADER:
		narrow_header(n, m);
		return;
	case TZ_IR_NOT:
		narrow(n, m->operands, !is_negated);
		return;
	case TZ_IR_AND:
		if (is_negated)
			narrow_any(n, m->operands, true);
		else
			narrow_all(n, m->operands, false);
		return;
	case TZ_IR_OR:
		if (is_negated)
			narrow_all(n, m->operands, true);
		else
			narrow_any(n, m->operands, false);
		return;
	case TZ_IR_OPAQUE:
		if (tz_narrow_keeps(n->options, m))
			tz_narrow_state(n, m, is_negated);
		else
			tz_narrow_unknown(n, m->opaque.reason);
		return;
	}
}

static bool leaf_writes(const struct tz_ir_match *leaf, const void *arg)
{
	(void)arg;
	return leaf->kind == TZ_IR_OPAQUE &&
	       leaf->opaque.effect == TZ_IR_WRITES;
}

bool tz_narrow_may_write(const struct tz_ir_match *m)
{
	return tz_ir_has_operands(m)
		       ? tz_ir_any_leaf(m->operands, leaf_writes, NULL)
		       : leaf_writes(m, NULL);
}

void tz_narrow(struct tz_narrowing *n, const struct tz_ir_rule *rule)
{
	n->tail = &n->terms;
	for (const struct tz_ir_match *m = rule->matches; m; m = m->next) {
		n->writes = tz_narrow_may_write(m) &&
			    !tz_narrow_keeps(n->options, m);
		if (n->writes)
			return;
		narrow(n, m, false);
		if (n->never || n->hotdrop || n->is_uneven || n->writes)
			return;
	}
}

struct tz_plan_term *tz_narrow_unsure(const struct tz_narrowing *n,
				      const struct tz_plan_term *terms)
{
	struct tz_plan_term *copy = NULL, **tail = &copy;

	for (const struct tz_plan_term *t = terms; t; t = t->next) {
		*tail = tz_new(n->arena, struct tz_plan_term);
		**tail = *t;
		if (t->test && t->test == n->unsure)
			(*tail)->result = TZ_TEST_UNKNOWN;
		(*tail)->next = NULL;
		tail = &(*tail)->next;
	}
	return copy;
}

const char *tz_narrow_obstacle_of(struct tz_arena *scratch,
				  const struct tz_plan_options *options,
				  const struct tz_ir_rule *rule,
				  bool is_after_nat,
				  const struct tz_ct_kind *kind,
				  bool *knows_something)
{
	struct tz_plan_options with_device = *options;
	struct tz_narrowing n = {
		.arena = scratch,
		.sets = scratch,
		.options = &with_device,
		.is_after_nat = is_after_nat,
		.family = rule->owner->family,
		.situation = TZ_SIT_WHOLE,
		.kind = *kind,
	};

	/* the device is named when the program is attached */
	if (!options->ifname)
		with_device.ifname = "";
	n.tail = &n.terms;
	for (const struct tz_ir_match *m = rule->matches; m; m = m->next)
		narrow(&n, m, false);
	*knows_something = n.terms || n.never || n.knows_state;
	if (!n.obstacle && n.unsure)
		return tz_narrow_rest(n.unsure);
	if (!n.obstacle && n.has_segment)
		return tz_merge_why;
	if (!n.obstacle && n.has_merge)
		return "FIN and PSH of data segments may be merged by GRO";
	return n.obstacle;
}
