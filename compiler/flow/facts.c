/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Facts about terms, gathered test by test. What is known of a masked term is
 * known of the bits of the term below, and the other way round.
 */
#include "flow/facts.h"

#include <string.h>

#include "flow/index.h"

static const struct tz_flow_facts none;

const struct tz_flow_facts *tz_flow_facts_none(void)
{
	return &none;
}

static const struct tz_term *term_at(const struct tz_flow *flow, uint32_t term)
{
	return &flow->terms.at[term];
}

/* What is known of every value of @term. */
static struct tz_flow_fact nothing_about(const struct tz_flow *flow,
					 uint32_t term)
{
	uint32_t bits = term_at(flow, term)->bits;

	return (struct tz_flow_fact){
		.term = term,
		.hi = bits,
		.zeros = ~bits,
	};
}

static const struct tz_flow_fact *find(const struct tz_flow_facts *facts,
				       uint32_t term)
{
	for (size_t i = facts->n; i; i--)
		if (facts->at[i - 1].term == term)
			return &facts->at[i - 1];
	return NULL;
}

/* Brings range and bits together. */
static void settle(struct tz_flow_fact *f)
{
	if (f->lo < f->ones)
		f->lo = f->ones;
	if (f->hi > (uint32_t)~f->zeros)
		f->hi = ~f->zeros;
	for (uint32_t i = 0; i < f->n_not; i++) {
		if (f->not [i] == f->lo && f->lo < f->hi)
			f->lo++;
		if (f->not [i] == f->hi && f->lo < f->hi)
			f->hi--;
	}
	f->some &= ~f->zeros;
	if (f->lo == f->hi) {
		f->ones = f->lo;
		f->zeros = ~f->lo;
	}
}

/* x & m is known, as is x: what the one says of the other. */
static void join(struct tz_flow_fact *of, const struct tz_flow_fact *below,
		 uint32_t mask)
{
	of->ones |= below->ones & mask;
	of->zeros |= (below->zeros & mask) | ~mask;
	settle(of);
}

static bool is_masked(const struct tz_flow *flow, const struct tz_term *t,
		      uint32_t *mask)
{
	if (t->kind != TZ_TERM_AND || !tz_term_is_const(flow, t->b))
		return false;
	*mask = term_at(flow, t->b)->k;
	return true;
}

/* All that is known of @term. */
static struct tz_flow_fact about(const struct tz_flow *flow,
				 const struct tz_flow_facts *facts,
				 uint32_t term)
{
	const struct tz_term *t = term_at(flow, term);
	const struct tz_flow_fact *known = find(facts, term);
	struct tz_flow_fact f = known ? *known : nothing_about(flow, term);
	uint32_t mask;

	if (is_masked(flow, t, &mask)) {
		const struct tz_flow_fact *below = find(facts, t->a);

		if (below)
			join(&f, below, mask);
	}
	settle(&f);
	return f;
}

/* Room for @n more facts than @facts has; it knows the same outcomes. */
static struct tz_flow_facts *new_facts(const struct tz_flow *flow,
				       const struct tz_flow_facts *facts,
				       size_t n)
{
	struct tz_flow_facts *new = tz_arena_alloc(
		flow->arena,
		sizeof(*new) + (facts->n + n) * sizeof(new->at[0]));

	new->n_outcomes = facts->n_outcomes;
	memcpy(new->outcomes, facts->outcomes, sizeof(new->outcomes));
	return new;
}

static const struct tz_flow_outcome *
find_outcome(const struct tz_flow_facts *facts, enum tz_flow_op op, uint32_t a,
	     uint32_t b)
{
	for (size_t i = 0; i < facts->n_outcomes; i++) {
		const struct tz_flow_outcome *o = &facts->outcomes[i];

		if (o->op == op && o->a == a && o->b == b)
			return o;
	}
	return NULL;
}

/* A copy of @facts with the outcome of a test of two terms. */
static const struct tz_flow_facts *
with_outcome(const struct tz_flow *flow, const struct tz_flow_facts *facts,
	     const struct tz_flow_node *node, bool is_yes)
{
	struct tz_flow_facts *new = new_facts(flow, facts, 0);
	struct tz_flow_outcome *outcomes = new->outcomes;

	new->n = facts->n;
	memcpy(new->at, facts->at, facts->n * sizeof(new->at[0]));
	if (new->n_outcomes == TZ_FACTS_OUTCOMES)
		memmove(outcomes, outcomes + 1,
			--new->n_outcomes * sizeof(*outcomes));
	outcomes[new->n_outcomes++] = (struct tz_flow_outcome){
		.op = node->op,
		.a = node->a,
		.b = node->b,
		.is_yes = is_yes,
	};
	return new;
}

/* A copy of @facts with @fact in place of what was known of its term. */
static const struct tz_flow_facts *with(const struct tz_flow *flow,
					const struct tz_flow_facts *facts,
					const struct tz_flow_fact *fact)
{
	struct tz_flow_facts *new = new_facts(flow, facts, 1);
	size_t first = facts->n >= TZ_FACTS_MAX ? 1 : 0;

	for (size_t i = first; i < facts->n; i++)
		if (facts->at[i].term != fact->term)
			new->at[new->n++] = facts->at[i];
	new->at[new->n++] = *fact;
	return new;
}

static struct tz_flow_fact meet(const struct tz_flow_fact *x,
				const struct tz_flow_fact *y)
{
	struct tz_flow_fact f = {
		.term = x->term,
		.lo = x->lo < y->lo ? x->lo : y->lo,
		.hi = x->hi > y->hi ? x->hi : y->hi,
		.zeros = x->zeros & y->zeros,
		.ones = x->ones & y->ones,
		.some = x->some && y->some ? x->some | y->some : 0,
		.reach = x->reach < y->reach ? x->reach : y->reach,
	};

	for (uint32_t i = 0; i < x->n_not; i++) {
		bool in_y = x->not [i] < y -> lo || x -> not [i] > y -> hi;

		for (uint32_t j = 0; j < y->n_not; j++)
			in_y |= y->not [j] == x->not [i];
		if (in_y)
			f.not [f.n_not++] = x->not [i];
	}
	for (uint32_t j = 0; j < y->n_not && f.n_not < TZ_FLOW_FACT_NOT; j++)
		if (y->not [j] < x -> lo || y -> not [j] > x -> hi)
			f.not [f.n_not++] = y->not [j];
	return f;
}

static bool says_nothing(const struct tz_flow *flow,
			 const struct tz_flow_fact *f)
{
	uint32_t bits = term_at(flow, f->term)->bits;

	return !f->lo && f->hi >= bits && f->zeros == (uint32_t)~bits &&
	       !f->ones && !f->some && !f->n_not && !f->reach;
}

const struct tz_flow_facts *tz_flow_facts_meet(const struct tz_flow *flow,
					       const struct tz_flow_facts *x,
					       const struct tz_flow_facts *y)
{
	struct tz_flow_facts *new;

	if (x == y || (!x->n && !x->n_outcomes))
		return x;
	new = new_facts(flow, x, 0);
	new->n_outcomes = 0;
	for (size_t i = 0; i < x->n_outcomes; i++) {
		struct tz_flow_outcome o = x->outcomes[i];
		const struct tz_flow_outcome *other =
			find_outcome(y, o.op, o.a, o.b);

		if (other && other->is_yes == o.is_yes)
			new->outcomes[new->n_outcomes++] = o;
	}
	for (size_t i = 0; i < x->n; i++) {
		const struct tz_flow_fact *other = find(y, x->at[i].term);
		struct tz_flow_fact f;

		if (!other)
			continue;
		f = meet(&x->at[i], other);
		if (!says_nothing(flow, &f))
			new->at[new->n++] = f;
	}
	return new;
}

/* A load of known offset from its base makes the packet reach so far. */
static const struct tz_flow_facts *loaded(const struct tz_flow *flow,
					  const struct tz_flow_facts *facts,
					  const struct tz_term *t)
{
	struct tz_flow_fact f = about(flow, facts, t->a);
	/* The base is small and the offset positive: nothing wraps. */
	bool is_plain = t->k <= INT32_MAX - 4 &&
			term_at(flow, t->a)->bits <= UINT16_MAX;

	if (!is_plain || f.reach >= t->k + t->size)
		return facts;
	f.reach = t->k + t->size;
	return with(flow, facts, &f);
}

const struct tz_flow_facts *
tz_flow_facts_evaluated(const struct tz_flow *flow,
			const struct tz_flow_facts *facts, uint32_t term)
{
	const struct tz_term *t = term_at(flow, term);

	if (t->kind == TZ_TERM_LOAD)
		return loaded(flow, tz_flow_facts_evaluated(flow, facts, t->a),
			      t);
	if (t->kind < TZ_TERM_ADD)
		return facts;
	facts = tz_flow_facts_evaluated(flow, facts, t->a);
	return tz_flow_facts_evaluated(flow, facts, t->b);
}

bool tz_flow_facts_are_safe(const struct tz_flow *flow,
			    const struct tz_flow_facts *facts, uint32_t term)
{
	const struct tz_term *t = term_at(flow, term);

	/* Of what is known something, it was evaluated on all ways. */
	if (!t->need || find(facts, term))
		return true;
	if (t->kind == TZ_TERM_LOAD) {
		const struct tz_flow_fact *f = find(facts, t->a);

		return f && t->k <= INT32_MAX - 4 &&
		       t->k + t->size <= f->reach &&
		       tz_flow_facts_are_safe(flow, facts, t->a);
	}
	if (t->kind == TZ_TERM_DIV || t->kind == TZ_TERM_MOD)
		return tz_term_is_const(flow, t->b) && t->b != TZ_TERM_ZERO &&
		       tz_flow_facts_are_safe(flow, facts, t->a);
	return t->kind >= TZ_TERM_ADD &&
	       tz_flow_facts_are_safe(flow, facts, t->a) &&
	       tz_flow_facts_are_safe(flow, facts, t->b);
}

static void is_not(struct tz_flow_fact *f, uint32_t k)
{
	if (f->n_not < TZ_FLOW_FACT_NOT)
		f->not [f->n_not++] = k;
}

static bool is_one_bit(uint32_t k)
{
	return k && !(k & (k - 1));
}

/* What the outcome of a comparison with @k says. */
static void compare(struct tz_flow_fact *f, enum tz_flow_op op, uint32_t k,
		    bool is_yes)
{
	switch (op) {
	case TZ_FLOW_EQ:
		if (is_yes)
			f->lo = f->hi = k;
		else
			is_not(f, k);
		break;
	case TZ_FLOW_GT:
		if (is_yes && f->lo <= k && k != UINT32_MAX)
			f->lo = k + 1;
		else if (!is_yes && f->hi > k)
			f->hi = k;
		break;
	case TZ_FLOW_GE:
		if (is_yes && f->lo < k)
			f->lo = k;
		else if (!is_yes && k && f->hi >= k)
			f->hi = k - 1;
		break;
	case TZ_FLOW_SET:
		if (!is_yes)
			f->zeros |= k;
		else if (is_one_bit(k & ~f->zeros))
			f->ones |= k & ~f->zeros;
		else
			is_not(f, 0);
		if (is_yes && (!f->some || !(k & ~f->some)))
			f->some = k;
		break;
	}
	settle(f);
}

const struct tz_flow_facts *
tz_flow_facts_learn(const struct tz_flow *flow,
		    const struct tz_flow_facts *facts,
		    const struct tz_flow_node *node, bool is_yes)
{
	const struct tz_term *a = term_at(flow, node->a);
	struct tz_flow_fact f;
	uint32_t mask;

	if (!tz_term_is_const(flow, node->b))
		return with_outcome(flow, facts, node, is_yes);
	f = about(flow, facts, node->a);
	compare(&f, node->op, term_at(flow, node->b)->k, is_yes);
	facts = with(flow, facts, &f);
	if (is_masked(flow, a, &mask) && ((f.ones | f.zeros) & mask)) {
		struct tz_flow_fact below = about(flow, facts, a->a);

		below.ones |= f.ones & mask;
		below.zeros |= f.zeros & mask;
		settle(&below);
		facts = with(flow, facts, &below);
	}
	return facts;
}

const struct tz_flow_facts *tz_flow_facts_let(const struct tz_flow *flow,
					      const struct tz_flow_facts *facts,
					      const struct tz_flow_node *node)
{
	struct tz_flow_facts *new = new_facts(flow, facts, 1);
	struct tz_flow_fact f = about(flow, facts, node->a);

	new->n_outcomes = 0;
	for (size_t i = 0; i < facts->n_outcomes; i++) {
		struct tz_flow_outcome o = facts->outcomes[i];

		if (!((term_at(flow, o.a)->vars | term_at(flow, o.b)->vars) >>
			      node->var &
		      1))
			new->outcomes[new->n_outcomes++] = o;
	}
	for (size_t i = 0; i < facts->n; i++)
		if (!(term_at(flow, facts->at[i].term)->vars >> node->var & 1))
			new->at[new->n++] = facts->at[i];
	for (uint32_t i = 0; i < flow->terms.n; i++) {
		const struct tz_term *t = term_at(flow, i);

		if (t->kind == TZ_TERM_VAR && t->k == node->var) {
			f.term = i;
			f.reach = 0;
			new->at[new->n++] = f;
			break;
		}
	}
	return new;
}

enum tz_fact_answer tz_flow_facts_decide(const struct tz_flow *flow,
					 const struct tz_flow_facts *facts,
					 const struct tz_flow_node *node)
{
	struct tz_flow_fact f;
	uint32_t k;

	if (node->kind != TZ_FLOW_TEST)
		return TZ_FACT_OPEN;
	if (!tz_term_is_const(flow, node->b)) {
		const struct tz_flow_outcome *o =
			find_outcome(facts, node->op, node->a, node->b);

		return !o ? TZ_FACT_OPEN : o->is_yes ? TZ_FACT_YES : TZ_FACT_NO;
	}
	f = about(flow, facts, node->a);
	k = term_at(flow, node->b)->k;
	switch (node->op) {
	case TZ_FLOW_EQ:
		if (f.lo == f.hi && f.lo == k)
			return TZ_FACT_YES;
		for (uint32_t i = 0; i < f.n_not; i++)
			if (f.not [i] == k)
				return TZ_FACT_NO;
		return k < f.lo || k > f.hi || k & f.zeros || f.ones & ~k
			       ? TZ_FACT_NO
			       : TZ_FACT_OPEN;
	case TZ_FLOW_GT:
		return f.lo > k    ? TZ_FACT_YES
		       : f.hi <= k ? TZ_FACT_NO
				   : TZ_FACT_OPEN;
	case TZ_FLOW_GE:
		return f.lo >= k  ? TZ_FACT_YES
		       : f.hi < k ? TZ_FACT_NO
				  : TZ_FACT_OPEN;
	case TZ_FLOW_SET:
		if (f.some && !(f.some & ~k))
			return TZ_FACT_YES;
		return f.ones & k        ? TZ_FACT_YES
		       : !(k & ~f.zeros) ? TZ_FACT_NO
					 : TZ_FACT_OPEN;
	}
	return TZ_FACT_OPEN;
}

bool tz_flow_facts_value(const struct tz_flow *flow,
			 const struct tz_flow_facts *facts, uint32_t term,
			 uint32_t *value)
{
	struct tz_flow_fact f = about(flow, facts, term);

	if (f.lo != f.hi)
		return false;
	*value = f.lo;
	return true;
}
