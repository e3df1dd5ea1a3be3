/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whether the live rules are still those that an offload was compared with:
 * a digest of the ingress rules of the tables that the files share with the
 * kernel. Policies of ACCEPT are left out: a chain that nobody made accepts,
 * and looking at tables makes chains.
 */
#include "runtime/live.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/count.h"
#include "runtime/digest.h"
#include "runtime/meta.h"
#include "runtime/scope.h"

struct memory {
	char digest[TZ_DIGEST_HEX_LEN];
	size_t n_live; /* rules, without policies */
};

/* The tables of @rules, by family: a set of texts. */
static json_t *tables_of(const json_t *rules)
{
	json_t *tables = json_object();

	for (size_t i = 0; i < json_array_size(rules); i++) {
		const json_t *rule = json_array_get(rules, i);
		char key[64];

		snprintf(key, sizeof(key), "%u/%s",
			 (unsigned int)tz_meta_number(rule, "family"),
			 tz_meta_text(rule, "table"));
		json_object_set_new(tables, key, json_true());
	}
	return tables;
}

static bool is_compared(const struct tamiz_rule *rule, const json_t *tables)
{
	char key[64];

	snprintf(key, sizeof(key), "%d/%s", rule->family, rule->table);
	return rule->is_ingress && json_object_get(tables, key) &&
	       (rule->number || strcmp(rule->target, "ACCEPT"));
}

static void add_rule(struct tz_digest *digest, const struct tamiz_rule *rule)
{
	tz_digest_add_text(digest, rule->table);
	tz_digest_add_text(digest, rule->chain);
	tz_digest_add_text(digest, rule->number ? rule->text : "policy");
	tz_digest_add_text(digest, rule->number ? "" : rule->target);
}

static void look(const struct tamiz_live *live, const json_t *rules,
		 struct memory *memory)
{
	_cleanup_json_ json_t *tables = tables_of(rules);
	struct tz_digest digest;

	memory->n_live = 0;
	tz_digest_start(&digest);
	for (size_t k = 0; k < live->n; k++) {
		const struct tz_live_set *set = &live->sets[k];

		for (size_t i = 0; i < tamiz_n_rules(set->compiled); i++) {
			struct tamiz_rule rule = tamiz_rule(set->compiled, i);

			if (!is_compared(&rule, tables))
				continue;
			tz_digest_add(&digest, &set->backend,
				      sizeof(set->backend));
			tz_digest_add(&digest, &set->family,
				      sizeof(set->family));
			add_rule(&digest, &rule);
			memory->n_live += rule.number != 0;
		}
	}
	tz_digest_hex(&digest, memory->digest);
}

int tz_live_remember(const struct tamiz_live *live, json_t *meta)
{
	json_t *rules = json_object_get(meta, "rules");
	_cleanup_free_ struct tz_live_place *places = tz_live_find(live, rules);
	struct memory memory;

	if (!places)
		return -ENOMEM;
	if (live->is_partial)
		return 0;
	for (size_t i = 0; i < json_array_size(rules); i++) {
		if (places[i].set >= 0)
			json_object_set_new(json_array_get(rules, i), "live",
					    json_true());
	}
	look(live, rules, &memory);
	return json_object_set_new(meta, "digest",
				   json_string(memory.digest)) ||
			       json_object_set_new(
				       meta, "n_live",
				       json_integer((json_int_t)memory.n_live))
		       ? -ENOMEM
		       : 0;
}

char *tz_live_memory(const json_t *meta)
{
	const json_t *rules = json_object_get(meta, "rules");
	json_t *live = json_array();

	for (size_t i = 0; i < json_array_size(rules); i++)
		json_array_append_new(
			live, json_boolean(json_is_true(json_object_get(
				      json_array_get(rules, i), "live"))));

	_cleanup_json_ json_t *memory = json_pack(
		"{s:s, s:I, s:o}", "digest", tz_meta_text(meta, "digest"),
		"n_live", (json_int_t)tz_meta_number(meta, "n_live"), "live",
		live);

	return json_dumps(memory, JSON_COMPACT);
}

int tz_live_recall(const char *memory, json_t *meta)
{
	_cleanup_json_ json_t *json = json_loads(memory, 0, NULL);
	json_t *rules = json_object_get(meta, "rules");
	const json_t *live = json_object_get(json, "live");

	if (!json)
		return -EPROTO;
	for (size_t i = 0; i < json_array_size(rules); i++) {
		if (json_is_true(json_array_get(live, i)))
			json_object_set_new(json_array_get(rules, i), "live",
					    json_true());
	}
	return json_object_set_new(meta, "digest",
				   json_string(tz_meta_text(json, "digest"))) ||
			       json_object_set(meta, "n_live",
					       json_object_get(json, "n_live"))
		       ? -EPROTO
		       : 0;
}

static size_t count_gone(const json_t *rules,
			 const struct tz_live_place *places)
{
	size_t n = 0;

	for (size_t i = 0; i < json_array_size(rules); i++) {
		const json_t *rule = json_array_get(rules, i);

		n += places[i].set < 0 && tz_meta_number(rule, "number") &&
		     json_is_true(json_object_get(rule, "live"));
	}
	return n;
}

/* Owned; NULL without memory, "" when the rules are those of the digest. */
static char *compare(const struct tamiz_live *live, const json_t *meta)
{
	const json_t *rules = json_object_get(meta, "rules");
	const char *before = tz_meta_text(meta, "digest");
	_cleanup_free_ struct tz_live_place *places = NULL;
	struct memory now;
	char *text;

	if (!*before || live->is_partial)
		return strdup("");
	look(live, rules, &now);
	if (!strcmp(before, now.digest))
		return strdup("");
	places = tz_live_find(live, rules);
	if (!places)
		return NULL;

	size_t n_before = (size_t)tz_meta_number(meta, "n_live");
	size_t n_gone = count_gone(rules, places);
	long long n_more =
		(long long)(now.n_live + n_gone) - (long long)n_before;
	int len = n_gone || n_more
			  ? asprintf(&text,
				     "since attach %zu of these rules are not "
				     "live any more, of others there are %lld "
				     "%s",
				     n_gone, n_more < 0 ? -n_more : n_more,
				     n_more < 0 ? "fewer" : "more")
			  : asprintf(&text, "since attach the live rules are "
					    "in another order, or others");

	return len < 0 ? NULL : text;
}

/* What live rules that are not among @rules write: bits as host_writes. */
static uint32_t writes_besides(const struct tamiz_live *live,
			       const json_t *rules)
{
	uint32_t writes = 0;

	for (size_t k = 0; k < live->n; k++) {
		const struct tz_live_set *set = &live->sets[k];
		size_t n = tamiz_n_rules(set->compiled);
		_cleanup_free_ int *match = tz_count_match(rules, set->index);
		_cleanup_free_ bool *is_matched = calloc(n + 1, 1);

		if (!match || !is_matched)
			continue;
		for (size_t i = 0; i < json_array_size(rules); i++) {
			if (match[i] >= 0)
				is_matched[match[i]] = true;
		}
		for (size_t i = 0; i < n; i++) {
			struct tamiz_rule rule = tamiz_rule(set->compiled, i);

			if (rule.is_ingress && !is_matched[i])
				writes |= rule.writes;
		}
	}
	return writes;
}

/* Whether the files' chains see other packets than they were judged with. */
static const char *changed_packets(const struct tamiz_live *live,
				   const json_t *meta)
{
	const json_t *known = json_object_get(meta, "host_writes");

	if (live->is_partial)
		return "";
	if (json_is_true(json_object_get(meta, "nat_matters")) &&
	    tz_live_translates_besides(live, json_object_get(meta, "rules")))
		return "since attach this host translates addresses (NAT), and "
		       "XDP may drop what goes to another: replace the rules";
	if (json_is_integer(known) &&
	    writes_besides(live, json_object_get(meta, "rules")) &
		    ~(uint32_t)json_integer_value(known))
		return "since attach other rules change packets on their way, "
		       "and XDP may drop what the kernel accepts: replace the "
		       "rules";
	return tz_live_tracks_otherwise(live, meta);
}

char *tz_live_changed(const struct tamiz_live *live, const json_t *meta)
{
	_cleanup_free_ char *text = compare(live, meta);
	const char *more = changed_packets(live, meta);
	char *both;

	if (!text || asprintf(&both, "%s%s%s", text, *text && *more ? "; " : "",
			      more) < 0)
		return NULL;
	return both;
}
