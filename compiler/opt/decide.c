/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Narrows a rule to what a program at XDP may know of it (DESIGN 5).
 *
 * For each situation (whole, short, fragment) every match is true, false, a
 * known term, unknown, or a hotdrop. In replace, a program speaks of frames:
 * a first fragment is whole, a later one is known to be one. An unknown match
 * makes a drop worthless (some completion does not drop), an accept certain
 * enough (some completion accepts), and a jump or return happen "maybe". A rule
 * whose effects the kernel or a person relies on becomes "pass": the packet
 * goes up.
 */
#include "opt/plan.h"

#include <string.h>

#define FIN_PSH 0x09u
#define SYN_RST_URG 0x26u
#define CWR 0x80u
/* Bits of the key's l4 word (abi.h). */
#define L4_MERGEABLE (1ull << 8)
#define L4_OFFSET_EIGHT (1ull << 10)

enum truth { IS_TRUE, IS_FALSE, IS_UNKNOWN, IS_HOTDROP };

struct narrowing {
	struct tz_arena *arena;
	const struct tz_plan_options *options;
	bool is_after_nat;
	enum tz_family family;
	enum tz_situation situation;
	/* results */
	struct tz_term *terms, **tail;
	bool never, maybe, hotdrop, writes;
	bool is_uneven; /* see be_uneven */
	/* replace: but a fragment with offset 8 is dropped (SEMANTICS 2.5) */
	bool offset_eight_drops;
	/* GRO: a term on TCP flags that a merged segment may change */
	bool has_merge;
	const char *obstacle;
};

static void add_term(struct narrowing *n, struct tz_term *term)
{
	*n->tail = term;
	n->tail = &term->next;
}

static void be_unknown(struct narrowing *n, const char *why)
{
	n->maybe = true;
	if (!n->obstacle)
		n->obstacle = why;
}

/*
 * Layer 4 of a short packet or a fragment: the kernel may hotdrop it, take it
 * for no match, or judge the fragments of a datagram by different rules. What
 * happens behind such a rule cannot be told, not even what would count.
 */
static void be_uneven(struct narrowing *n)
{
	be_unknown(n, "no whole layer 4 header");
	n->is_uneven |= !n->options->is_replace;
}

/* The bytes of L4 header that a packet of the whole situation has. */
static unsigned int whole_header(unsigned int proto)
{
	switch (proto) {
	case 6:
		return 20;
	case 17:
	case 136:
	case 1:
	case 58:
		return 8;
	case 132:
	case 33:
		return 4;
	}
	return 0;
}

/*
 * The value of a header match: what its shortness means to each backend. In
 * replace nobody judges after us: a cut header is dropped, as legacy does.
 */
static enum truth header_truth(const struct narrowing *n,
			       const struct tz_ir_match *m)
{
	const bool *backends = n->options->backends;
	bool is_hotdrop = m->header.bytes >= whole_header(m->header.proto);

	if (n->situation == TZ_SIT_WHOLE)
		return m->header.bytes <= whole_header(m->header.proto)
			       ? IS_TRUE
			       : IS_UNKNOWN;
	if (n->options->is_replace)
		return n->situation == TZ_SIT_SHORT ? IS_HOTDROP : IS_FALSE;
	if (n->situation == TZ_SIT_FRAGMENT)
		return IS_UNKNOWN;
	if (m->header.is_native_in_nft && backends[TZ_BACKEND_NFT])
		return IS_UNKNOWN;
	return is_hotdrop ? IS_HOTDROP : IS_UNKNOWN;
}

/*
 * Whether the fragments of a datagram, or the two backends, may see different
 * values of @field. Of IPv6 fragments only the first one's next header binds
 * (RFC 8200, 4.5).
 */
static bool is_uneven_field(const struct narrowing *n, enum tz_field field)
{
	bool is_fragment = n->situation == TZ_SIT_FRAGMENT;

	switch (tz_field_layer(field)) {
	case TZ_LAYER_TRANSPORT:
		return n->situation != TZ_SIT_WHOLE;
	case TZ_LAYER_FRAGMENT:
		return is_fragment && !n->options->is_replace;
	case TZ_LAYER_NETWORK:
		return is_fragment && !n->options->is_replace &&
		       field == TZ_FIELD_PROTO && n->family == TZ_IPV6;
	case TZ_LAYER_LINK: /* each fragment has a sender of its own */
		return is_fragment && !n->options->is_replace;
	}
	return false;
}

static bool is_translated(const struct narrowing *n, enum tz_field field)
{
	return n->is_after_nat &&
	       (field == TZ_FIELD_DST || field == TZ_FIELD_DPORT);
}

/*
 * Whether GRO may change what the match on TCP flags answers in ways that
 * merge_matters() does not describe: iptables has no words for these.
 */
static bool is_odd_merge(const struct narrowing *n, const struct tz_ir_match *m)
{
	if (n->options->is_replace)
		return false;
	if (m->kind == TZ_IR_MASKED)
		return m->masked.field == TZ_FIELD_TCP_FLAGS &&
		       m->masked.mask & CWR;
	return m->in.field == TZ_FIELD_TCP_FLAGS && m->in.set.n &&
	       !tz_set_is_full(m->in.set, 8);
}

/* A term for IN or MASKED, or NULL with the reason. */
static struct tz_term *term_of(struct narrowing *n, const struct tz_ir_match *m,
			       bool is_negated)
{
	enum tz_field field =
		m->kind == TZ_IR_IN ? m->in.field : m->masked.field;

	if (is_uneven_field(n, field)) {
		be_uneven(n);
		return NULL;
	}
	if (is_translated(n, field)) {
		be_unknown(n, "the destination may be translated by NAT "
			      "before this chain (--assume-no-nat)");
		return NULL;
	}

	if (is_odd_merge(n, m)) {
		be_unknown(n, "TCP flags of data segments may be merged by "
			      "GRO");
		return NULL;
	}

	struct tz_term *term = tz_new(n->arena, struct tz_term);

	term->field = field;
	if (m->kind == TZ_IR_IN) {
		term->kind = TZ_TERM_IN;
		term->set = is_negated
				    ? tz_set_complement(
					      n->arena, m->in.set,
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

/* Whether GRO may change what a flags term answers for a mergeable packet. */
static bool merge_matters(const struct narrowing *n, const struct tz_term *t)
{
	return !n->options->is_replace && t->kind == TZ_TERM_MASKED &&
	       t->field == TZ_FIELD_TCP_FLAGS && t->mask & FIN_PSH &&
	       !(t->value & SYN_RST_URG & t->mask) && !(t->value & ~t->mask);
}

static bool iface_holds(const char *ifname, const struct tz_ir_match *m)
{
	size_t len = strlen(m->iface.name);

	if (m->iface.is_prefix)
		return !strncmp(ifname, m->iface.name, len);
	return !strcmp(ifname, m->iface.name);
}

static void narrow(struct narrowing *n, const struct tz_ir_match *m,
		   bool is_negated);

/* One of @operands holds; a simple list of terms becomes one ANY term. */
static void narrow_any(struct narrowing *n, const struct tz_ir_match *operands,
		       bool is_negated)
{
	struct tz_term *any = tz_new(n->arena, struct tz_term);
	struct tz_term **tail = &any->alternatives;

	any->kind = TZ_TERM_ANY;
	for (const struct tz_ir_match *m = operands; m; m = m->next) {
		if (m->kind != TZ_IR_IN && m->kind != TZ_IR_MASKED) {
			be_unknown(n, "the match is too deeply nested");
			return;
		}

		struct tz_term *term = term_of(n, m, is_negated);

		if (!term)
			return;
		if (merge_matters(n, term)) {
			be_unknown(n, "FIN and PSH of data segments may be "
				      "merged by GRO");
			return;
		}
		*tail = term;
		tail = &term->next;
	}
	add_term(n, any);
}

static void narrow_all(struct narrowing *n, const struct tz_ir_match *operands,
		       bool is_negated)
{
	for (const struct tz_ir_match *m = operands; m; m = m->next)
		narrow(n, m, is_negated);
}

static void narrow_header(struct narrowing *n, const struct tz_ir_match *m)
{
	switch (header_truth(n, m)) {
	case IS_HOTDROP:
		n->hotdrop = !n->maybe;
		n->never |= n->maybe; /* drops, or does not match */
		return;
	case IS_UNKNOWN:
		be_uneven(n);
		return;
	case IS_FALSE:
		n->never = true;
		n->offset_eight_drops = m->header.offset_one_drops &&
					n->family == TZ_IPV4 && !n->maybe;
		return;
	case IS_TRUE:
		return;
	}
}

static void narrow_field(struct narrowing *n, const struct tz_ir_match *m,
			 bool is_negated)
{
	struct tz_term *term = term_of(n, m, is_negated);

	if (!term)
		return;
	if (term->field == TZ_FIELD_LATER_FRAGMENT) {
		n->never |=
			!tz_set_has(term->set, n->situation == TZ_SIT_FRAGMENT);
		return;
	}
	if (term->kind == TZ_TERM_IN && !term->set.n)
		n->never = true;
	n->has_merge |= merge_matters(n, term);
	add_term(n, term);
}

static void narrow(struct narrowing *n, const struct tz_ir_match *m,
		   bool is_negated)
{
	switch (m->kind) {
	case TZ_IR_IN:
	case TZ_IR_MASKED:
		narrow_field(n, m, is_negated);
		return;
	case TZ_IR_IFACE:
		if (!n->options->ifname)
			be_unknown(n, "the device is not named (--dev)");
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
		be_unknown(n, m->opaque.reason);
		return;
	}
}

/* Whether evaluating @m may change state that a rule can read. */
static bool may_write(const struct tz_ir_match *m)
{
	switch (m->kind) {
	case TZ_IR_OPAQUE:
		return m->opaque.effect == TZ_IR_WRITES;
	case TZ_IR_NOT:
	case TZ_IR_AND:
	case TZ_IR_OR:
		for (m = m->operands; m; m = m->next)
			if (may_write(m))
				return true;
		return false;
	case TZ_IR_IN:
	case TZ_IR_MASKED:
	case TZ_IR_IFACE:
	case TZ_IR_HEADER:
		break;
	}
	return false;
}

/* A target of the nat table: nothing is lost with a packet that dies later. */
static bool translates_later(const struct tz_ir_rule *rule)
{
	return rule->is_nat && rule->owner->table == TZ_TABLE_NAT;
}

bool tz_decide_has_effect(const struct tz_ir_rule *rule)
{
	if (rule->verdict == TZ_IR_LOG || rule->verdict == TZ_IR_REJECT ||
	    (rule->verdict == TZ_IR_OTHER && !translates_later(rule)))
		return true;
	for (const struct tz_ir_match *m = rule->matches; m; m = m->next)
		if (may_write(m))
			return true;
	return false;
}

static void narrow_rule(struct narrowing *n, const struct tz_ir_rule *rule)
{
	n->tail = &n->terms;
	for (const struct tz_ir_match *m = rule->matches; m; m = m->next) {
		n->writes = may_write(m);
		if (n->writes)
			return;
		narrow(n, m, false);
		if (n->never || n->hotdrop || n->is_uneven)
			return;
	}
}

/* What a rule does whose matches hold, or may hold. */
static bool action_of(const struct tz_plan *plan,
		      const struct tz_plan_chain *chain,
		      const struct tz_ir_rule *rule, bool maybe,
		      enum tz_action *action)
{
	switch (rule->verdict) {
	case TZ_IR_ACCEPT:
		*action = maybe ? TZ_ACT_ACCEPT : TZ_ACT_ACCEPT_COUNT;
		/* the ways that go on may have effects */
		if (maybe && chain->accepts_only_surely)
			*action = TZ_ACT_PASS;
		return true;
	case TZ_IR_DROP:
		*action = TZ_ACT_DROP_COUNT;
		return !maybe;
	case TZ_IR_RETURN:
		*action = maybe ? TZ_ACT_MAYBE_RETURN : TZ_ACT_RETURN;
		return true;
	case TZ_IR_JUMP:
		*action = maybe ? TZ_ACT_MAYBE_JUMP : TZ_ACT_JUMP;
		return true;
	case TZ_IR_GOTO:
		*action = maybe ? TZ_ACT_MAYBE_GOTO : TZ_ACT_GOTO;
		return true;
	case TZ_IR_CONTINUE:
	case TZ_IR_MODIFY:
		*action = TZ_ACT_COUNT;
		return !maybe;
	case TZ_IR_OTHER:
		/* a translation ends its table and is the flow's business */
		*action = translates_later(rule) ? TZ_ACT_ACCEPT : TZ_ACT_PASS;
		return true;
	case TZ_IR_LOG:
		*action =
			plan->options->is_replace ? TZ_ACT_COUNT : TZ_ACT_PASS;
		return !maybe || !plan->options->is_replace;
	case TZ_IR_REJECT:
		*action = TZ_ACT_PASS;
		return true;
	}
	return false;
}

static bool same_terms(const struct tz_term *a, const struct tz_term *b)
{
	for (; a && b; a = a->next, b = b->next) {
		if (a->kind != b->kind || a->field != b->field ||
		    a->is_negated != b->is_negated || a->mask != b->mask ||
		    a->value != b->value || !tz_set_equal(a->set, b->set) ||
		    !same_terms(a->alternatives, b->alternatives))
			return false;
	}
	return !a && !b;
}

/* Adds a decision, or widens the one before it of the same rule. */
static void push(struct tz_plan *plan, struct tz_plan_chain *chain,
		 struct tz_decision decision)
{
	if (chain->decisions.n) {
		struct tz_decision *last =
			&chain->decisions.at[chain->decisions.n - 1];

		if (last->rule == decision.rule &&
		    last->action == decision.action &&
		    last->l4_mask == decision.l4_mask &&
		    last->l4 == decision.l4 &&
		    same_terms(last->terms, decision.terms)) {
			last->situations |= decision.situations;
			return;
		}
	}
	tz_vec_push(plan->arena, &chain->decisions, decision);
}

/* The terms without those on flags that a merge may change. */
static struct tz_term *terms_when_merged(struct narrowing *n)
{
	struct tz_term *copy = NULL, **tail = &copy;

	for (const struct tz_term *t = n->terms; t; t = t->next) {
		struct tz_term *c = tz_new(n->arena, struct tz_term);

		if (merge_matters(n, t) && t->is_negated)
			continue;
		*c = *t;
		c->next = NULL;
		if (merge_matters(n, t)) {
			c->mask &= ~(tz_value)FIN_PSH;
			c->value &= ~(tz_value)FIN_PSH;
		}
		*tail = c;
		tail = &c->next;
	}
	return copy;
}

static void decide_situation(struct tz_plan *plan, struct tz_plan_chain *chain,
			     const struct tz_ir_rule *rule,
			     enum tz_situation situation)
{
	struct narrowing n = {
		.arena = plan->arena,
		.options = plan->options,
		.is_after_nat = chain->is_after_nat,
		.family = chain->ir->family,
		.situation = situation,
	};
	struct tz_decision d = { .rule = rule, .situations = situation };

	narrow_rule(&n, rule);
	d.terms = n.terms;
	if (n.hotdrop && !n.never) {
		d.action = TZ_ACT_DROP;
		push(plan, chain, d);
		return;
	}
	if (n.offset_eight_drops) {
		d.action = TZ_ACT_DROP;
		d.l4_mask = d.l4 = L4_OFFSET_EIGHT;
		push(plan, chain, d);
	}
	if (n.never)
		return;
	if (n.writes || n.is_uneven) {
		d.action = TZ_ACT_PASS;
		push(plan, chain, d);
		return;
	}
	if (n.has_merge) {
		struct tz_decision merged = d;

		merged.terms = terms_when_merged(&n);
		merged.l4_mask = merged.l4 = L4_MERGEABLE;
		d.l4_mask = L4_MERGEABLE;
		if (action_of(plan, chain, rule, true, &merged.action))
			push(plan, chain, merged);
	}
	if (action_of(plan, chain, rule, n.maybe, &d.action))
		push(plan, chain, d);
}

void tz_decide(struct tz_plan *plan, struct tz_plan_chain *chain,
	       const struct tz_ir_rule *rule)
{
	decide_situation(plan, chain, rule, TZ_SIT_WHOLE);
	decide_situation(plan, chain, rule, TZ_SIT_SHORT);
	decide_situation(plan, chain, rule, TZ_SIT_FRAGMENT);
}

const char *tz_decide_obstacle(struct tz_arena *arena,
			       const struct tz_plan_options *options,
			       const struct tz_ir_rule *rule, bool is_after_nat,
			       bool *knows_something)
{
	struct tz_plan_options with_device = *options;
	struct narrowing n = {
		.arena = arena,
		.options = &with_device,
		.is_after_nat = is_after_nat,
		.family = rule->owner->family,
		.situation = TZ_SIT_WHOLE,
	};

	/* the device is named when the program is attached */
	if (!options->ifname)
		with_device.ifname = "";
	n.tail = &n.terms;
	for (const struct tz_ir_match *m = rule->matches; m; m = m->next)
		narrow(&n, m, false);
	*knows_something = n.terms || n.never;
	if (!n.obstacle && n.has_merge)
		return "FIN and PSH of data segments may be merged by GRO";
	return n.obstacle;
}
