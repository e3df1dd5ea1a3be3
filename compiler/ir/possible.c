/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Possible verdicts: what the rules may do to a packet of which not all is
 * known (DESIGN 5). One linear walk per chain is enough: an unknown match is
 * independent of every other, so a chain is the set of ways in which it may
 * end. A chain that is called twice may be judged anew each time: the second
 * call is reached only if the first returned, which then is its answer again.
 */
#include "ir/eval.h"

#include "ir/facts.h"
#include "ir/heads.h"

struct walk {
	const struct tz_view *view;
	uint32_t n_steps;
	bool may_have_effect; /* or the walk was given up */
	bool holds_dropped;   /* in this rule (SEMANTICS 2.3) */
	uint32_t answers;     /* of ways that ended: bits of TZ_ANSWER_* */
};

/* How a chain may end; neither: all its paths drop. */
struct endings {
	bool may_accept, may_return;
};

static unsigned int leaf_outcomes(void *arg, const struct tz_ir_match *leaf)
{
	struct walk *walk = arg;

	if (leaf->kind == TZ_IR_OPAQUE && leaf->opaque.effect == TZ_IR_WRITES)
		walk->may_have_effect = true;

	unsigned int outcomes = tz_view_outcomes(walk->view, leaf);

	walk->holds_dropped |= outcomes & TZ_OUTCOME_HOTDROP &&
			       tz_view_holds_dropped(walk->view, leaf);
	return outcomes;
}

static void end(struct walk *walk, unsigned int answer)
{
	walk->answers |= 1u << answer;
}

static struct endings walk_chain(struct walk *walk,
				 const struct tz_ir_chain *chain,
				 unsigned int depth);

/*
 * What follows where @rule's matches may hold: adds to @endings. Returns
 * whether the packet may then meet the next rule.
 */
static bool apply(struct walk *walk, const struct tz_ir_rule *rule,
		  unsigned int depth, struct endings *endings)
{
	struct endings called;

	switch (rule->verdict) {
	case TZ_IR_ACCEPT:
		endings->may_accept = true;
		return false;
	case TZ_IR_DROP:
		end(walk, TZ_ANSWER_NONE);
		return false;
	case TZ_IR_RETURN:
		endings->may_return = true;
		return false;
	case TZ_IR_JUMP:
		called = walk_chain(walk, rule->chain, depth + 1);
		endings->may_accept |= called.may_accept;
		return called.may_return;
	case TZ_IR_GOTO:
		called = walk_chain(walk, rule->chain, depth + 1);
		endings->may_accept |= called.may_accept;
		endings->may_return |= called.may_return;
		return false;
	case TZ_IR_OTHER:
		if (walk->view->is_new && tz_ir_writes_connection(rule))
			return true;
		walk->may_have_effect = true;
		return true;
	case TZ_IR_REJECT: /* else the sender would miss the answer */
		end(walk, rule->answer);
		walk->may_have_effect |= !rule->answers_here;
		return false;
	case TZ_IR_LOG:
		walk->may_have_effect = true;
		return true;
	case TZ_IR_MODIFY:
		if (tz_view_target_drops(walk->view, rule))
			end(walk, TZ_ANSWER_NONE);
		break;
	case TZ_IR_CONTINUE:
		break;
	}
	return true;
}

/* The packet may be dropped in the middle of @rule. */
static void hotdrop(struct walk *walk, const struct tz_ir_rule *rule)
{
	end(walk, TZ_ANSWER_NONE);
	if (walk->holds_dropped && tz_ir_answers(rule))
		walk->may_have_effect = true;
}

static struct endings walk_chain(struct walk *walk,
				 const struct tz_ir_chain *chain,
				 unsigned int depth)
{
	const struct tz_head *heads = tz_heads_of(walk->view, chain);
	struct endings endings = { 0 };

	if (depth > TZ_IR_DEPTH_MAX)
		walk->may_have_effect = true;
	for (size_t i = 0; i < chain->rules.n; i++) {
		if (walk->n_steps++ == TZ_EVAL_STEPS_MAX)
			walk->may_have_effect = true;
		if (walk->may_have_effect)
			return endings;
		if (heads && tz_head_refuses(&heads[i], walk->view))
			continue;

		const struct tz_ir_rule *rule = chain->rules.at[i];

		walk->holds_dropped = false;

		unsigned int outcomes = tz_outcome_of_all(
			walk->view, rule->matches, leaf_outcomes, walk);
		bool goes_on = outcomes & (TZ_OUTCOME_FALSE | TZ_OUTCOME_BREAK);

		if (outcomes & TZ_OUTCOME_HOTDROP)
			hotdrop(walk, rule);
		if (outcomes & TZ_OUTCOME_TRUE)
			goes_on |= apply(walk, rule, depth, &endings);
		if (!goes_on)
			return endings;
	}
	endings.may_return = true;
	return endings;
}

/* Whether every path through the table of @base drops. */
static bool table_drops(struct walk *walk, const struct tz_ir_chain *base)
{
	if (!base)
		return false;

	struct endings endings = walk_chain(walk, base, 0);

	if (endings.may_return && base->policy == TZ_IR_DROP)
		end(walk, TZ_ANSWER_NONE);
	return !walk->may_have_effect && !endings.may_accept &&
	       !(endings.may_return && base->policy == TZ_IR_ACCEPT);
}

/*
 * A table on the way drops on all paths. The tables before it were walked
 * too: an effect there forbids the drop. 0: none does.
 */
static uint32_t way_answers(const struct tz_facts *facts,
			    const struct tz_way *way, enum tz_route route)
{
	struct walk walk = { 0 };

	for (int i = 0; i < TZ_N_WAY && !walk.may_have_effect; i++) {
		walk.view = i < TZ_N_PRE ? &facts->pre : &facts->post[route];
		if (table_drops(&walk, way->chains[i]))
			return walk.answers;
	}
	return 0;
}

static uint32_t backend_answers(const struct tz_ir *ir,
				const struct tz_packet *packet,
				enum tz_backend backend,
				const struct tz_possible_options *options)
{
	struct tz_facts facts;
	uint32_t all = 0;

	tz_facts_init(&facts, packet, backend, options);
	for (int i = 0; i < 2; i++) {
		enum tz_route route = (enum tz_route)i;
		struct tz_way way = tz_facts_way(&facts, ir, route);
		uint32_t answers;

		if (!facts.routes[i])
			continue;
		answers = way_answers(&facts, &way, route);
		if (!answers)
			return TZ_ANSWERS_DIFFER;
		all |= answers;
	}
	return tz_facts_answers(&facts, all);
}

uint32_t tz_possible_answer(const struct tz_ir *ir,
			    const struct tz_packet *packet,
			    const struct tz_possible_options *options)
{
	enum tz_possible decided;
	uint32_t answers = 0;

	if (tz_facts_decide(packet, options, &decided))
		return decided == TZ_MAY_DROP ? 1u << TZ_ANSWER_NONE : 0;
	for (int i = 0; i < 2; i++)
		if (options->backends[i])
			answers |= backend_answers(ir, packet,
						   (enum tz_backend)i, options);
	return tz_facts_one_answer(answers);
}

enum tz_possible tz_eval_possible(const struct tz_ir *ir,
				  const struct tz_packet *packet,
				  const struct tz_possible_options *options)
{
	return tz_possible_answer(ir, packet, options) ? TZ_MAY_DROP
						       : TZ_MUST_PASS;
}
