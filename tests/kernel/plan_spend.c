/* SPDX-License-Identifier: GPL-2.0-only */
#include "plan_spend.h"

#include <assert.h>
#include <bpf/bpf.h>
#include <string.h>

#include "ir/facts.h"
#include "opt/plan.h"

enum { VARIABLES_MAX = 10, ASKED_MAX = 4096 };

/* One completion of what is unknown, and what is asked on its way. */
struct trial {
	const struct tz_spend *spend;
	struct {
		const struct tz_ir_match *match;
		bool value;
	} at[VARIABLES_MAX];
	size_t n;
	bool has_too_many;
	size_t asked[ASKED_MAX], n_asked;
};

void tz_spend_open(struct tz_spend *spend, struct tz_arena *arena,
		   const char *text, size_t len, bool logs)
{
	static const char writes[] = "opaque \"nth\" writes";
	struct tz_sources *sources = tz_sources_new(arena);
	char *pure = tz_arena_strndup(arena, text, len);

	for (char *s = pure; (s = strstr(s, writes)); s++)
		memcpy(strstr(s, "writes"), " pure ", 6);
	*spend = (struct tz_spend){ .arena = arena };
	spend->ir = tz_ir_parse(arena, tz_diags_new(arena, sources),
				tz_sources_add(sources, "spend", pure, len));
	assert(spend->ir);
	if (logs)
		tz_effects_of_logs((struct tz_ir *)spend->ir);
	tz_ir_mark_stale((struct tz_ir *)spend->ir, 0);
	for (int pass = 0; pass < 2; pass++) {
		size_t n = 0;

		for (size_t i = 0; i < spend->ir->counted.n; i++) {
			const struct tz_ir_rule *rule =
				spend->ir->counted.at[i].rule;
			const struct tz_ir_match *m =
				rule ? rule->matches : NULL;

			for (; m; m = m->next) {
				if (m->kind != TZ_IR_OPAQUE || !m->opaque.state)
					continue;
				if (pass)
					spend->states[n] = m;
				n++;
			}
		}
		if (pass)
			break;
		spend->n = n;
		spend->states =
			tz_new_array(arena, const struct tz_ir_match *, n + 1);
	}
	spend->before = tz_new_array(arena, uint64_t, spend->n + 1);
	spend->after = tz_new_array(arena, uint64_t, spend->n + 1);
}

void tz_spend_read(const struct tz_spend *spend, int fd, uint64_t *words)
{
	for (uint32_t i = 0; i < spend->n; i++)
		if (bpf_map_lookup_elem(fd, &i, &words[i]))
			words[i] = 0;
}

/* nth, as often as it was asked before and on this way. */
static enum tz_truth ask_state(struct trial *t, const struct tz_ir_match *m)
{
	const uint64_t *args = m->opaque.state->args;
	size_t place = 0;
	uint64_t count;

	while (t->spend->states[place] != m)
		place++;
	count = t->spend->before[place];
	for (size_t i = 0; i < t->n_asked; i++)
		count += t->asked[i] == place;
	assert(t->n_asked < ASKED_MAX);
	t->asked[t->n_asked++] = place;
	return (count % args[TZ_NTH_EVERY] == args[TZ_NTH_PACKET]) !=
			       (bool)args[TZ_NTH_IS_INVERTED]
		       ? TZ_TRUE
		       : TZ_FALSE;
}

static enum tz_truth ask(void *arg, const struct tz_ir_match *m)
{
	struct trial *t = arg;

	if (m->kind == TZ_IR_OPAQUE && m->opaque.state)
		return ask_state(t, m);
	for (size_t i = 0; i < t->n; i++)
		if (t->at[i].match == m)
			return t->at[i].value ? TZ_TRUE : TZ_FALSE;
	if (t->n == VARIABLES_MAX) {
		t->has_too_many = true;
		return TZ_FALSE;
	}
	t->at[t->n].match = m;
	t->at[t->n++].value = false;
	return TZ_FALSE;
}

/* The next completion; false: that was the last. */
static bool advance(struct trial *t)
{
	while (t->n && t->at[t->n - 1].value)
		t->n--;
	if (!t->n)
		return false;
	t->at[t->n - 1].value = true;
	return true;
}

/* How many of the asked were spent, or SIZE_MAX: it is another beginning. */
static size_t prefix(const struct tz_spend *spend, const struct trial *t)
{
	uint64_t left[ASKED_MAX], sum = 0;

	assert(spend->n <= ASKED_MAX);
	for (size_t i = 0; i < spend->n; i++) {
		left[i] = spend->after[i] - spend->before[i];
		sum += left[i];
	}
	for (size_t i = 0; i < sum; i++)
		if (i >= t->n_asked || !left[t->asked[i]]--)
			return SIZE_MAX;
	return sum;
}

static const char *try_way(const struct tz_spend *spend,
			   const struct tz_facts *facts, enum tz_route route,
			   bool is_dropped)
{
	static struct trial t;
	struct tz_way way = tz_facts_way(facts, spend->ir, route);
	struct tz_eval_options options = { .opaque = ask, .arg = &t };

	t = (struct trial){ .spend = spend };
	do {
		struct tz_eval_result result = { 0 };
		size_t n;

		t.n_asked = 0;
		tz_eval_way(spend->ir, &way, &facts->pre, &facts->post[route],
			    &options, &result);
		if (t.has_too_many)
			return NULL;
		n = prefix(spend, &t);
		if (n == SIZE_MAX)
			return "spends what the rules would not";
		if (!is_dropped)
			continue;
		if (!result.is_dropped || result.is_answered_above ||
		    result.has_effect)
			return "drops what may be accepted";
		if (n < t.n_asked)
			return "drops before all is spent";
	} while (advance(&t));
	return NULL;
}

const char *tz_spend_judge(struct tz_spend *spend,
			   const struct tz_packet *packet,
			   const struct tz_possible_options *options,
			   bool is_dropped)
{
	enum tz_possible decided;

	for (size_t i = 0; i < spend->n; i++)
		spend->n_spent += spend->after[i] - spend->before[i];
	if (tz_facts_decide(packet, options, &decided)) {
		if (is_dropped && decided != TZ_MAY_DROP)
			return "drops what may be accepted";
		return memcmp(spend->before, spend->after,
			      spend->n * sizeof(uint64_t))
			       ? "spends what the rules would not"
			       : NULL;
	}
	for (int i = 0; i < 4; i++) {
		enum tz_backend backend = (enum tz_backend)(i / 2);
		struct tz_facts facts;
		const char *wrong;

		if (!options->backends[backend])
			continue;
		tz_facts_init(&facts, packet, backend, options);
		if (!facts.routes[i % 2])
			continue;
		wrong = try_way(spend, &facts, (enum tz_route)(i % 2),
				is_dropped);
		if (wrong)
			return wrong;
	}
	return NULL;
}
