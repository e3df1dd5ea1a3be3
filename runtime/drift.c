/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the files and the live rules differ, and which of it matters. Offload
 * leans on the kernel for what XDP passes (so rules must be live), and must
 * not drop what the kernel accepts (so the live chains must hold no other
 * rules, and in no other order).
 */
#include "runtime/live.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/count.h"
#include "runtime/meta.h"
#include "runtime/scope.h"

/* A chain that the kernel does not have accepts as one whose policy does. */
static bool is_worth_naming(const struct tamiz_rule *rule)
{
	return rule->number || strcmp(rule->target, "ACCEPT");
}

static enum tamiz_backend backend_of(unsigned int backends)
{
	if (backends == 1u << TAMIZ_BACKEND_LEGACY)
		return TAMIZ_BACKEND_LEGACY;
	if (backends == 1u << TAMIZ_BACKEND_NFT)
		return TAMIZ_BACKEND_NFT;
	return TAMIZ_BACKEND_BOTH;
}

static int find_missing(const struct tamiz *rules,
			const struct tz_live_place *places,
			struct tamiz_drift *drift)
{
	size_t n = tamiz_n_rules(rules);
	unsigned int backends = 0;

	drift->missing = calloc(n + 1, sizeof(*drift->missing));
	if (!drift->missing)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		struct tamiz_rule rule = tamiz_rule(rules, i);

		/* No kernel can have what is tamiz's own. */
		if (!rule.is_ingress || rule.is_own)
			continue;
		if (places[i].set < 0 && is_worth_naming(&rule))
			drift->missing[drift->n_missing++] = i;
		if (!rule.number)
			continue;
		drift->n_compared++;
		drift->n_live += places[i].set >= 0;
		backends |= places[i].backends;
	}
	drift->backend = backend_of(backends);
	return 0;
}

/*
 * The tables of one live set in which rules of the files were found, and
 * which of its rules these are.
 */
struct overlap {
	unsigned int tables; /* bits by their place in table_names */
	bool *is_matched;    /* of the set's rules */
};

static unsigned int table_bit(const char *name)
{
	static const char *const names[] = { "raw", "mangle", "nat", "filter",
					     "security" };

	for (unsigned int i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!strcmp(names[i], name))
			return 1u << i;
	}
	return 0;
}

static bool is_same_chain(const struct tamiz_rule *a,
			  const struct tamiz_rule *b)
{
	return !strcmp(a->table, b->table) && !strcmp(a->chain, b->chain);
}

/* Notes what of @set the files have, and whether in the same order. */
static void find_overlap(const struct tz_live_set *set,
			 const struct tamiz *rules, const int *match,
			 struct overlap *overlap, struct tamiz_drift *drift)
{
	struct tamiz_rule before = { 0 };
	int place_before = -1;

	for (size_t i = 0; i < tamiz_n_rules(rules); i++) {
		struct tamiz_rule rule = tamiz_rule(rules, i);

		if (match[i] < 0)
			continue;
		overlap->is_matched[match[i]] = true;
		if (!rule.number || !rule.is_ingress ||
		    rule.family != set->family)
			continue;
		overlap->tables |= table_bit(rule.table);
		if (place_before >= 0 && is_same_chain(&before, &rule) &&
		    match[i] < place_before)
			drift->is_reordered = true;
		before = rule;
		place_before = match[i];
	}
}

static int add_extra(struct tamiz_drift *drift, struct tamiz_rule rule)
{
	struct tamiz_rule *extra =
		reallocarray(drift->extra, drift->n_extra + 1, sizeof(*extra));

	if (!extra)
		return -ENOMEM;
	drift->extra = extra;
	extra[drift->n_extra++] = rule;
	return 0;
}

static int find_extra(const struct tz_live_set *set, const struct tamiz *rules,
		      const json_t *array, struct tamiz_drift *drift)
{
	size_t n = tamiz_n_rules(set->compiled);
	_cleanup_free_ int *match = tz_count_match(array, set->index);
	_cleanup_free_ bool *is_matched = calloc(n + 1, sizeof(*is_matched));
	struct overlap overlap = { 0, is_matched };
	int error = match && is_matched ? 0 : -ENOMEM;

	if (!error)
		find_overlap(set, rules, match, &overlap, drift);
	for (size_t i = 0; i < n && !error; i++) {
		struct tamiz_rule rule = tamiz_rule(set->compiled, i);

		if (rule.is_ingress && !is_matched[i])
			drift->writes |= rule.writes;
		if (rule.is_ingress && !is_matched[i] &&
		    is_worth_naming(&rule) &&
		    (overlap.tables & table_bit(rule.table)))
			error = add_extra(drift, rule);
	}
	return error;
}

int tamiz_live_compare(const struct tamiz_live *live, const struct tamiz *rules,
		       struct tamiz_drift *drift)
{
	_cleanup_json_ json_t *array = tz_meta_rules(rules, TAMIZ_MODE_OFFLOAD);
	_cleanup_free_ struct tz_live_place *places =
		array ? tz_live_find(live, array) : NULL;
	struct tamiz_drift d = { 0 };
	int error = places ? find_missing(rules, places, &d) : -ENOMEM;

	for (size_t k = 0; k < live->n && !error; k++)
		error = find_extra(&live->sets[k], rules, array, &d);
	if (error) {
		tamiz_drift_clear(&d);
		return error;
	}
	*drift = d;
	return 0;
}

void tamiz_drift_clear(struct tamiz_drift *drift)
{
	free(drift->missing);
	free(drift->extra);
	*drift = (struct tamiz_drift){ 0 };
}
