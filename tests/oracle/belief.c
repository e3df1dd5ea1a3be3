/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Answers of unknown matches are tried one after the other, as a walk over
 * the tree of the questions that are really asked; a match that is asked
 * twice may answer differently (limit).
 */
#include "belief.h"

#include <string.h>

enum { QUESTIONS_MAX = 6, COUNTED_MAX = 64 };

struct answers {
	bool at[QUESTIONS_MAX];
	unsigned int n, next;
	bool has_too_many;
	bool may_hotdrop; /* an unknown match that may drop by itself was met */
};

/* Matches without a meaning here that know a hotdrop (SEMANTICS 2.5, 4.8). */
static const char *const hotdroppers[] = {
	"ah",        "connlimit", "dccp",       "dst",        "esp", "frag",
	"hashlimit", "hbh",       "ipcomp",     "recent",     "rt",  "sctp",
	"tcp",       "tcpmss",    "tcp-option", "ipv6header",
};

static bool may_hotdrop(const char *name)
{
	for (size_t i = 0; i < sizeof(hotdroppers) / sizeof(hotdroppers[0]);
	     i++)
		if (strcmp(name, hotdroppers[i]) == 0)
			return true;
	return false;
}

static enum tz_truth answer(void *arg, const struct tz_ir_match *match)
{
	struct answers *answers = arg;

	if (match->kind == TZ_IR_OPAQUE
		    ? may_hotdrop(match->opaque.name)
		    : match->kind == TZ_IR_TEST &&
			      tz_test_may_hotdrop(match->test.id))
		answers->may_hotdrop = true;
	if (answers->next == QUESTIONS_MAX) {
		answers->has_too_many = true;
		return TZ_FALSE;
	}
	if (answers->next == answers->n)
		answers->at[answers->n++] = false;
	return answers->at[answers->next++] ? TZ_TRUE : TZ_FALSE;
}

static bool advance(struct answers *answers)
{
	answers->n = answers->next;
	answers->next = 0;
	while (answers->n && answers->at[answers->n - 1])
		answers->n--;
	if (!answers->n)
		return false;
	answers->at[answers->n - 1] = true;
	return true;
}

static bool met_unknown_target(const struct tz_ir *ir,
			       const struct tz_eval_result *result)
{
	if (result->n_counted > COUNTED_MAX)
		return true;
	for (size_t i = 0; i < result->n_counted; i++) {
		const struct tz_ir_rule *rule =
			ir->counted.at[result->counted[i]].rule;

		if (rule && rule->verdict == TZ_IR_OTHER)
			return true;
	}
	return false;
}

static struct tz_belief
believe_at(const struct tz_ir *ir, const struct tz_packet *packet,
	   enum tz_route route, enum tz_backend backend, const char *ifname,
	   const struct tz_context *context, int64_t clock_ns)
{
	struct answers answers = { 0 };
	struct tz_eval_options options = { .backend = backend,
					   .ifname = ifname,
					   .context = *context,
					   .opaque = answer,
					   .arg = &answers };
	struct tz_belief belief = { 0 };
	uint32_t counted[COUNTED_MAX];

	options.context.has_clock = true;
	options.context.clock_ns = clock_ns;
	do {
		struct tz_eval_result result = { .counted = counted,
						 .counted_max = COUNTED_MAX };

		tz_eval_verdict(ir, packet, route, &options, &result);
		belief.may_drop |= result.is_dropped || answers.may_hotdrop;
		belief.may_pass |= !result.is_dropped;
		belief.is_open |=
			met_unknown_target(ir, &result) || answers.has_too_many;
	} while (!belief.is_open && !(belief.may_drop && belief.may_pass) &&
		 advance(&answers));
	return belief;
}

struct tz_belief tz_believe(const struct tz_ir *ir,
			    const struct tz_packet *packet, enum tz_route route,
			    enum tz_backend backend, const char *ifname,
			    const struct tz_context *context,
			    const int64_t clock_ns[2])
{
	struct tz_belief a = believe_at(ir, packet, route, backend, ifname,
					context, clock_ns[0]);
	struct tz_belief b = believe_at(ir, packet, route, backend, ifname,
					context, clock_ns[1]);

	return (struct tz_belief){
		.may_drop = a.may_drop || b.may_drop,
		.may_pass = a.may_pass || b.may_pass,
		.is_open = a.is_open || b.is_open,
	};
}
