/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The rules of a chain while commands change them. They are kept in two
 * parts, chain->top upside down and then chain->rules, so that adding at
 * either end moves nothing: many files insert all their rules at the top.
 */
#include <string.h>

#include "sema/sema.h"

size_t tz_sema_n_rules(const struct tz_sema_chain *chain)
{
	return chain->top.n + chain->rules.n;
}

struct tz_sema_rule *tz_sema_rule(const struct tz_sema_chain *chain, size_t i)
{
	return i < chain->top.n ? chain->top.at[chain->top.n - 1 - i]
				: chain->rules.at[i - chain->top.n];
}

/* ---- limits ---- */

/*
 * Rules that may be looked at to find those of -D and -C, in all: some ten
 * seconds of work. To move one costs a small part of that.
 */
#define STEPS_MAX (1ull << 29)
#define MOVES_PER_STEP 32

static void spend(struct tz_sema *sema, struct tz_span span, size_t n_steps)
{
	sema->n_steps += n_steps;
	if (sema->n_steps <= STEPS_MAX || tz_diags_full(sema->diags))
		return;
	tz_diag(sema->diags, TZ_DIAG_TOO_LARGE, span,
		"the commands up to here look for too many rules in chains "
		"that are too long: load them and give the output of "
		"iptables-save instead");
	tz_diags_stop(sema->diags);
}

/* Counts the rules of a line, before they take memory. */
static bool may_add(struct tz_sema *sema, const struct tz_sema_rule *rule,
		    size_t n)
{
	sema->n_rules += n;
	if (sema->n_rules <= TZ_SEMA_RULES_MAX)
		return true;
	tz_diag(sema->diags, TZ_DIAG_TOO_MANY_RULES, rule->line->span,
		"with this line the file has %zu rules; at most %u",
		sema->n_rules, TZ_SEMA_RULES_MAX);
	tz_diags_stop(sema->diags);
	return false;
}

/* ---- texts ---- */

/* How often a text is in a chain, and as which rule, if once. */
struct known {
	size_t n;
	const struct tz_sema_rule *only; /* NULL: not known */
};

static void learn(struct tz_sema *sema, struct tz_sema_chain *chain,
		  struct tz_sema_rule *rule)
{
	const char *text = tz_sema_rule_text(sema, rule);
	struct known *known = tz_map_get(chain->by_text, text);

	if (!known) {
		known = tz_new(sema->arena, struct known);
		tz_map_put(chain->by_text, text, known);
	}
	known->only = known->n++ == 0 ? rule : NULL;
}

static void unlearn(struct tz_sema_chain *chain,
		    const struct tz_sema_rule *rule)
{
	struct known *known = chain->by_text && rule->text
				      ? tz_map_get(chain->by_text, rule->text)
				      : NULL;

	if (!known)
		return;
	known->n--;
	known->only = NULL;
}

/* ---- places ---- */

/* @rule at the place @i of the vector @v. */
#define PUT(arena, v, i, rule)                                  \
	do {                                                    \
		tz_vec_push(arena, v, NULL);                    \
		memmove((v)->at + (i) + 1, (v)->at + (i),       \
			((v)->n - 1 - (i)) * sizeof(*(v)->at)); \
		(v)->at[i] = (rule);                            \
	} while (0)

#define TAKE(v, i)                                              \
	do {                                                    \
		memmove((v)->at + (i), (v)->at + (i) + 1,       \
			((v)->n - 1 - (i)) * sizeof(*(v)->at)); \
		(v)->n--;                                       \
	} while (0)

static void insert_one(struct tz_sema *sema, struct tz_sema_chain *chain,
		       struct tz_sema_rule *rule, size_t i)
{
	size_t n_top = chain->top.n;

	/* Between the parts either will do: the one that moves less. */
	bool is_top = i < n_top || (i == n_top && n_top <= chain->rules.n);

	spend(sema, rule->line->span,
	      (is_top ? i : tz_sema_n_rules(chain) - i) / MOVES_PER_STEP);
	if (is_top)
		PUT(sema->arena, &chain->top, n_top - i, rule);
	else
		PUT(sema->arena, &chain->rules, i - n_top, rule);
	if (rule->chain)
		rule->chain->n_jumps++;
	if (chain->by_text)
		learn(sema, chain, rule);
}

/* The rule for the pair number @i of its addresses, sources outside. */
static struct tz_sema_rule *pair(struct tz_sema *sema,
				 struct tz_sema_rule *rule, size_t i, size_t n)
{
	size_t n_dst = rule->dst ? rule->dst->addresses.n : 1;
	struct tz_sema_rule *one = rule;

	if (n > 1) {
		one = tz_new(sema->arena, struct tz_sema_rule);
		*one = *rule;
		one->text = NULL;
	}
	if (rule->src)
		one->src_address = &rule->src->addresses.at[i / n_dst];
	if (rule->dst)
		one->dst_address = &rule->dst->addresses.at[i % n_dst];
	return one;
}

static size_t n_pairs(const struct tz_sema_rule *rule)
{
	return (rule->src ? rule->src->addresses.n : 1) *
	       (rule->dst ? rule->dst->addresses.n : 1);
}

bool tz_sema_insert(struct tz_sema *sema, struct tz_sema_chain *chain,
		    struct tz_sema_rule *rule, size_t i)
{
	size_t n = n_pairs(rule);

	if (!may_add(sema, rule, n))
		return false;
	for (size_t k = 0; k < n && !tz_diags_full(sema->diags); k++)
		insert_one(sema, chain, pair(sema, rule, k, n), i);
	return !tz_diags_full(sema->diags);
}

void tz_sema_append(struct tz_sema *sema, struct tz_sema_chain *chain,
		    struct tz_sema_rule *rule)
{
	size_t n = n_pairs(rule);

	if (!may_add(sema, rule, n))
		return;
	for (size_t k = 0; k < n; k++)
		insert_one(sema, chain, pair(sema, rule, k, n),
			   tz_sema_n_rules(chain));
}

void tz_sema_remove(struct tz_sema *sema, struct tz_sema_chain *chain, size_t i)
{
	const struct tz_sema_rule *rule = tz_sema_rule(chain, i);

	spend(sema, rule->line->span,
	      (i < chain->top.n ? i : tz_sema_n_rules(chain) - i) /
		      MOVES_PER_STEP);
	if (rule->chain)
		rule->chain->n_jumps--;
	unlearn(chain, rule);
	if (i < chain->top.n)
		TAKE(&chain->top, chain->top.n - 1 - i);
	else
		TAKE(&chain->rules, i - chain->top.n);
}

static size_t find_rule(const struct tz_sema_chain *chain,
			const struct tz_sema_rule *rule)
{
	for (size_t i = 0; i < chain->rules.n; i++)
		if (chain->rules.at[i] == rule)
			return chain->top.n + i;
	for (size_t i = 0; i < chain->top.n; i++)
		if (chain->top.at[i] == rule)
			return chain->top.n - 1 - i;
	return tz_sema_n_rules(chain);
}

/*
 * iptables compares rules as the kernel keeps them; their text as
 * iptables-save prints it is the same for all ways to write one. The number of
 * rules: there is none.
 */
static size_t find_equal(struct tz_sema *sema, struct tz_sema_chain *chain,
			 struct tz_sema_rule *rule)
{
	const char *text = tz_sema_rule_text(sema, rule);
	size_t n = tz_sema_n_rules(chain), i = 0;

	if (!chain->by_text) {
		chain->by_text = tz_map_new(sema->arena);
		for (size_t k = 0; k < n; k++)
			learn(sema, chain, tz_sema_rule(chain, k));
	}

	const struct known *known = tz_map_get(chain->by_text, text);

	if (!known || known->n == 0)
		return n;
	if (known->only) {
		i = find_rule(chain, known->only);
		spend(sema, rule->line->span, i / MOVES_PER_STEP);
		return i;
	}
	while (i < n && strcmp(text, tz_sema_rule(chain, i)->text) != 0)
		i++;
	spend(sema, rule->line->span, i);
	return i;
}

bool tz_sema_remove_equal(struct tz_sema *sema, struct tz_sema_chain *chain,
			  struct tz_sema_rule *rule)
{
	size_t n = n_pairs(rule);

	for (size_t k = 0; k < n && !tz_diags_full(sema->diags); k++) {
		size_t i = find_equal(sema, chain, pair(sema, rule, k, n));

		if (i == tz_sema_n_rules(chain))
			return false;
		tz_sema_remove(sema, chain, i);
	}
	return true;
}

bool tz_sema_has_equal(struct tz_sema *sema, struct tz_sema_chain *chain,
		       struct tz_sema_rule *rule)
{
	size_t n = n_pairs(rule);

	for (size_t k = 0; k < n && !tz_diags_full(sema->diags); k++)
		if (find_equal(sema, chain, pair(sema, rule, k, n)) ==
		    tz_sema_n_rules(chain))
			return false;
	return true;
}

void tz_sema_flush(struct tz_sema_chain *chain)
{
	size_t n = tz_sema_n_rules(chain);

	for (size_t i = 0; i < n; i++) {
		struct tz_sema_chain *to = tz_sema_rule(chain, i)->chain;

		if (to)
			to->n_jumps--;
	}
	chain->top.n = chain->rules.n = 0;
	chain->by_text = NULL;
}

void tz_sema_settle(struct tz_sema *sema, struct tz_sema_chain *chain)
{
	size_t n_top = chain->top.n, n = chain->rules.n;

	if (n_top == 0)
		return;
	for (size_t i = 0; i < n_top; i++)
		tz_vec_push(sema->arena, &chain->rules, NULL);
	memmove(chain->rules.at + n_top, chain->rules.at,
		n * sizeof(*chain->rules.at));
	for (size_t i = 0; i < n_top; i++)
		chain->rules.at[i] = chain->top.at[n_top - 1 - i];
	chain->top.n = 0;
}
