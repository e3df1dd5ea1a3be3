/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An echo request, or another request of ICMP, has an entry only if one before
 * it had the same addresses, type, code and id, and was let through as NEW:
 * requests answer nothing (nf_conntrack_proto_icmp.c:invmap), and nobody
 * expects them. So where rules tell requests apart by nothing but that, one
 * that they refuse as NEW has none.
 */
#include <string.h>

#include <tamiz/abi.h>
#include <tamiz/fib.h>

#include "ir/ct.h"

enum { ICMP = 1, ICMP6 = 58 };

/* A walk along the jumps of a family. */
struct walk {
	const struct tz_ct_host *host;
	bool tells_apart;
	bool *seen; /* by the chain's index */
};

static bool is_request(enum tz_family family, unsigned int type)
{
	if (family == TZ_IPV6)
		return type == 128 || type == 139;
	return type == 8 || type == 13 || type == 15 || type == 17;
}

/* What comes in by this device was sent by the host itself. */
static bool is_loopback(const struct tz_ir_match *m)
{
	return m->kind == TZ_IR_IFACE && !m->iface.is_prefix &&
	       !strcmp(m->iface.name, "lo");
}

/* Whether values of a request are in @set, or out of it. */
static bool may_be_in(const struct tz_ir_match *in, enum tz_family family,
		      bool is_negated)
{
	switch (in->in.field) {
	case TZ_FIELD_PROTO:
		return tz_set_has(in->in.set,
				  family == TZ_IPV4 ? ICMP : ICMP6) !=
		       is_negated;
	case TZ_FIELD_ICMP_TYPE:
		for (unsigned int i = 0; i < 256; i++)
			if (is_request(family, i) &&
			    tz_set_has(in->in.set, i) != is_negated)
				return true;
		return false;
	case TZ_FIELD_LATER_FRAGMENT: /* connection tracking puts together */
		return tz_set_has(in->in.set, 0) != is_negated;
	default:
		return true;
	}
}

/* Whether a request that has no entry may be what @m asks for. */
static bool may_take(const struct tz_ir_match *m, enum tz_family family)
{
	bool is_negated = m->kind == TZ_IR_NOT;
	const struct tz_ir_match *leaf = is_negated ? m->operands : m;

	if (leaf->is_stale)
		return true;
	if (leaf->kind == TZ_IR_IN)
		return may_be_in(leaf, family, is_negated);
	if (leaf->kind == TZ_IR_TEST && leaf->test.id == TZ_TEST_CT &&
	    !is_negated)
		return leaf->test.args[TZ_CT_ARG_MAYBE] &
		       ~(uint64_t)(TZ_CT_ESTABLISHED | TZ_CT_RELATED);
	return is_negated || !is_loopback(leaf);
}

/* Routing tables say the same of an address, but where devices differ. */
static bool test_differs(const struct tz_test *test,
			 const struct tz_ct_host *host)
{
	if (test->id == TZ_TEST_SRC_KIND || test->id == TZ_TEST_DST_KIND)
		return !host->has_one_device && test->args[1] & TZ_KIND_LIMITED;
	return test->id != TZ_TEST_CT;
}

/*
 * Whether two requests of which one could have the other's entry may differ in
 * @leaf. What is unknown to a program is so of both.
 */
static bool differs(const struct tz_ir_match *leaf, const void *arg)
{
	const struct walk *walk = arg;

	if (leaf->is_stale)
		return false;
	switch (leaf->kind) {
	case TZ_IR_IN:
	case TZ_IR_MASKED:
		switch (leaf->kind == TZ_IR_IN ? leaf->in.field
					       : leaf->masked.field) {
		case TZ_FIELD_SRC:
		case TZ_FIELD_DST:
		case TZ_FIELD_PROTO:
		case TZ_FIELD_ICMP_TYPE:
		case TZ_FIELD_ICMP_CODE:
		case TZ_FIELD_LATER_FRAGMENT:
			return false;
		default:
			return true;
		}
	case TZ_IR_IFACE:
		return !walk->host->has_one_device && !is_loopback(leaf);
	case TZ_IR_TEST:
		return test_differs(&leaf->test, walk->host);
	case TZ_IR_OPAQUE:
		return walk->host->owns_state && leaf->opaque.state;
	case TZ_IR_HEADER:
	case TZ_IR_NOT:
	case TZ_IR_AND:
	case TZ_IR_OR:
		break;
	}
	return false;
}

static bool is_deciding(const struct tz_ir_rule *rule)
{
	return rule->verdict != TZ_IR_CONTINUE && rule->verdict != TZ_IR_LOG &&
	       rule->verdict != TZ_IR_MODIFY;
}

/* Depth is bounded by tz_ir_verify. */
static void look_at(struct walk *walk, const struct tz_ir_chain *chain)
{
	if (walk->seen[chain->index])
		return;
	walk->seen[chain->index] = true;
	for (size_t i = 0; i < chain->rules.n; i++) {
		const struct tz_ir_rule *rule = chain->rules.at[i];
		const struct tz_ir_match *m = rule->matches;

		while (m && may_take(m, chain->family))
			m = m->next;
		if (m || !is_deciding(rule))
			continue;
		walk->tells_apart |=
			tz_ir_any_leaf(rule->matches, differs, walk);
		if (rule->chain)
			look_at(walk, rule->chain);
	}
}

bool tz_ct_knows_requests(const struct tz_ir *ir, enum tz_family family,
			  const struct tz_ct_host *host)
{
	static const enum tz_hook hooks[] = { TZ_HOOK_PREROUTING, TZ_HOOK_INPUT,
					      TZ_HOOK_FORWARD };
	struct tz_arena *arena = tz_arena_new();
	struct walk walk = {
		.host = host,
		.seen = tz_new_array(arena, bool, ir->chains.n),
	};

	for (int table = 0; table < TZ_N_TABLES; table++) {
		for (size_t i = 0; i < sizeof(hooks) / sizeof(hooks[0]); i++) {
			const struct tz_ir_chain *base =
				ir->base[family == TZ_IPV6][table][hooks[i]];

			if (base)
				look_at(&walk, base);
		}
	}
	tz_arena_free(arena);
	return !walk.tells_apart;
}
