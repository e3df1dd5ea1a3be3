/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What rules ask of connections: those that a packet may meet on its way in,
 * found along the jumps from the base chains.
 */
#include <string.h>

#include <tamiz/abi.h>

#include "ir/ct.h"

/* Of one family. */
struct survey {
	bool asks;       /* for states, behind the raw table */
	bool tells_sums; /* as in tz_ct_options */
	/* NOTRACK, CT --notrack */
	TZ_VEC(const struct tz_ir_rule *) notracks;
	bool expects;   /* CT --helper */
	bool has_zones; /* CT --zone: entries are found elsewhere */
};

struct walk {
	struct survey found;
	bool *seen; /* by the chain's index */
	struct tz_arena *arena;
	const char *ifname; /* NULL: unknown */
};

static bool asks(const struct tz_ir_match *leaf, const void *arg)
{
	(void)arg;
	return leaf->kind == TZ_IR_TEST && leaf->test.id == TZ_TEST_CT &&
	       !leaf->test.args[TZ_CT_ARG_IS_RAW];
}

/* Whether NEW and INVALID make a difference to @leaf. */
static bool tells_sums(const struct tz_ir_match *leaf, const void *arg)
{
	const uint64_t *args = leaf->test.args;
	uint64_t yes, may;

	if (!asks(leaf, arg))
		return false;
	yes = args[TZ_CT_ARG_YES];
	may = args[TZ_CT_ARG_MAYBE] | args[TZ_CT_ARG_NATTED];
	return !(yes & TZ_CT_NEW) != !(yes & TZ_CT_INVALID) ||
	       !(may & TZ_CT_NEW) != !(may & TZ_CT_INVALID);
}

static bool is_ct(const struct tz_ir_rule *rule, const char *option)
{
	return !rule->chain && !strcmp(rule->target, "CT") &&
	       strstr(rule->text, option);
}

static bool notracks(const struct tz_ir_rule *rule)
{
	return is_ct(rule, "--notrack") ||
	       (!rule->chain && !strcmp(rule->target, "NOTRACK"));
}

/* Whether the packets that @rule takes come by another device. */
static bool is_of_others(const struct tz_ir_rule *rule, const char *ifname)
{
	for (const struct tz_ir_match *m = rule->matches; m && ifname;
	     m = m->next)
		if (m->kind == TZ_IR_IFACE && !m->iface.is_prefix &&
		    strcmp(m->iface.name, ifname) != 0)
			return true;
	return false;
}

/* Depth is bounded by tz_ir_verify. */
static void look_at_chain(struct walk *walk, const struct tz_ir_chain *chain)
{
	if (walk->seen[chain->index])
		return;
	walk->seen[chain->index] = true;
	for (size_t i = 0; i < chain->rules.n; i++) {
		const struct tz_ir_rule *rule = chain->rules.at[i];

		walk->found.asks |= tz_ir_any_leaf(rule->matches, asks, NULL);
		walk->found.tells_sums |=
			tz_ir_any_leaf(rule->matches, tells_sums, NULL);
		if (notracks(rule) && !is_of_others(rule, walk->ifname))
			tz_vec_push(walk->arena, &walk->found.notracks, rule);
		if (rule->chain)
			look_at_chain(walk, rule->chain);
	}
}

static struct survey look(const struct tz_ir *ir, enum tz_family family,
			  const char *ifname)
{
	static const enum tz_hook hooks[] = { TZ_HOOK_PREROUTING, TZ_HOOK_INPUT,
					      TZ_HOOK_FORWARD };
	struct tz_arena *arena = tz_arena_new();
	struct walk walk = {
		.seen = tz_new_array(arena, bool, ir->chains.n),
		.arena = ir->arena,
		.ifname = ifname,
	};

	for (int table = 0; table < TZ_N_TABLES; table++) {
		for (size_t i = 0; i < sizeof(hooks) / sizeof(hooks[0]); i++) {
			const struct tz_ir_chain *base =
				ir->base[family == TZ_IPV6][table][hooks[i]];

			if (base)
				look_at_chain(&walk, base);
		}
	}
	/* what the host itself sends may be expected, too */
	for (size_t i = 0; i < ir->counted.n; i++) {
		const struct tz_ir_rule *rule = ir->counted.at[i].rule;

		if (!rule || rule->owner->family != family)
			continue;
		walk.found.expects |= is_ct(rule, "--helper");
		walk.found.has_zones |= is_ct(rule, "--zone");
	}
	tz_arena_free(arena);
	return walk.found;
}

static const struct tz_ct_notracks *notracks_of(const struct tz_ir *ir,
						const struct survey *survey)
{
	struct tz_ct_notracks *by = tz_new(ir->arena, struct tz_ct_notracks);

	by->n = survey->notracks.n;
	by->at = survey->notracks.at;
	return by;
}

void tz_ct_options_find(struct tz_ct_options options[2], const struct tz_ir *ir,
			const struct tz_ct_host *host)
{
	struct survey s[2] = { look(ir, TZ_IPV4, host->ifname),
			       look(ir, TZ_IPV6, host->ifname) };
	bool may_ask = host->is_asked && !host->has_zones && !s[0].has_zones &&
		       !s[1].has_zones;
	bool expects = host->expects || s[0].expects || s[1].expects;
	bool knows_requests = !host->has_requests &&
			      tz_ct_knows_requests(ir, TZ_IPV4, host) &&
			      tz_ct_knows_requests(ir, TZ_IPV6, host);

	for (int i = 0; i < 2; i++) {
		/* what is expected is translated as its master is */
		bool walks_nat = may_ask && !expects && !host->translates &&
				 !host->ignores_nat &&
				 tz_ir_has_nat(ir, i ? TZ_IPV6 : TZ_IPV4);

		options[i] = (struct tz_ct_options){
			.is_on = may_ask && (s[i].asks || walks_nat),
			.is_loose = host->is_loose,
			.expects = expects,
			.notracks = host->notracks || s[0].notracks.n ||
				    s[1].notracks.n,
			.notracks_by =
				host->notracks ? NULL : notracks_of(ir, &s[i]),
			.tells_sums = s[0].tells_sums || s[1].tells_sums,
			.knows_requests = knows_requests,
			.walks_nat = walks_nat,
		};
	}
}
