/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Offload's conclusion by brute force: one concrete evaluation per assignment
 * of true and false to the unknown matches that the packet meets. A variable
 * is one match of one rule, be it opaque or a match on a fact that is unknown
 * (fragments, GRO, NAT, the interface): two matches on one unknown port count
 * as independent here, as they do in tz_eval_possible. A match that is met
 * twice, in a chain that is called twice, has one value.
 */
#include "ir/eval.h"

#include "ir/facts.h"

enum { VARIABLES_MAX = 10 };

/*
 * The assignment under trial. Variables are found as they are met, with the
 * value false first, so that only paths that exist are walked.
 */
struct trial {
	struct {
		const struct tz_ir_match *match;
		bool value;
	} at[VARIABLES_MAX];
	unsigned int n;
	bool has_too_many;
};

static enum tz_truth assigned(void *arg, const struct tz_ir_match *match)
{
	struct trial *trial = arg;

	for (unsigned int i = 0; i < trial->n; i++)
		if (trial->at[i].match == match)
			return trial->at[i].value ? TZ_TRUE : TZ_FALSE;
	if (trial->n == VARIABLES_MAX) {
		trial->has_too_many = true;
		return TZ_FALSE;
	}
	trial->at[trial->n].match = match;
	trial->at[trial->n++].value = false;
	return TZ_FALSE;
}

/* Goes to the next assignment; false after the last. */
static bool advance(struct trial *trial)
{
	while (trial->n && trial->at[trial->n - 1].value)
		trial->n--;
	if (!trial->n)
		return false;
	trial->at[trial->n - 1].value = true;
	return true;
}

/* Answers that ways of the packet give, as bits; 0: it must go up. */
static uint32_t try_way(const struct tz_ir *ir, const struct tz_facts *facts,
			enum tz_route route, bool *has_too_many)
{
	struct tz_way way = tz_facts_way(facts, ir, route);
	struct trial trial = { 0 };
	struct tz_eval_options options = { .opaque = assigned, .arg = &trial };
	uint32_t answers = 0;

	do {
		struct tz_eval_result result = { 0 };

		tz_eval_way(ir, &way, &facts->pre, &facts->post[route],
			    &options, &result);
		if (!result.is_dropped || result.is_answered_above ||
		    result.has_effect)
			return 0;
		answers |= 1u << result.answer;
	} while (advance(&trial));
	*has_too_many |= trial.has_too_many;
	return answers;
}

static uint32_t try_ways(const struct tz_ir *ir, const struct tz_facts *facts,
			 bool *has_too_many)
{
	uint32_t all = 0;

	for (int i = 0; i < 2; i++) {
		uint32_t answers;

		if (!facts->routes[i])
			continue;
		answers = try_way(ir, facts, (enum tz_route)i, has_too_many);
		if (!answers)
			return TZ_ANSWERS_DIFFER;
		all |= answers;
	}
	return tz_facts_answers(facts, all);
}

uint32_t tz_brute_answer(const struct tz_ir *ir, const struct tz_packet *packet,
			 const struct tz_possible_options *options,
			 bool *has_too_many)
{
	enum tz_possible decided;
	uint32_t answers = 0;

	*has_too_many = false;
	if (tz_facts_decide(packet, options, &decided))
		return decided == TZ_MAY_DROP ? 1u << TZ_ANSWER_NONE : 0;
	for (int i = 0; i < 2; i++) {
		struct tz_facts facts;

		if (!options->backends[i])
			continue;
		tz_facts_init(&facts, packet, (enum tz_backend)i, options);
		answers |= try_ways(ir, &facts, has_too_many);
	}
	return tz_facts_one_answer(answers);
}

enum tz_possible tz_eval_brute(const struct tz_ir *ir,
			       const struct tz_packet *packet,
			       const struct tz_possible_options *options)
{
	bool has_too_many;

	if (!tz_brute_answer(ir, packet, options, &has_too_many))
		return TZ_MUST_PASS;
	return has_too_many ? TZ_TOO_MANY : TZ_MAY_DROP;
}
