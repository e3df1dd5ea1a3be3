/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Counts over changes of the rules. jansson's tables match two rule sets with
 * each other, rule by rule.
 */
#include "runtime/count.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "runtime/load.h"
#include "runtime/meta.h"
#include "runtime/scope.h"

static void add(struct tamiz_count *sum, struct tamiz_count more)
{
	sum->packets += more.packets;
	sum->bytes += more.bytes;
}

void tz_count_add(struct tz_tally *sum, struct tz_tally more)
{
	add(&sum->xdp, more.xdp);
	add(&sum->would, more.would);
}

int tz_count_read(const struct tz_counters *counters, uint64_t i,
		  struct tz_tally *tally)
{
	struct tz_tally t;

	if (i >= counters->n_rules)
		return -EMEDIUMTYPE;

	int error = tz_load_count(counters->fd, (uint32_t)i, &t.xdp);

	if (!error)
		error = tz_load_count(counters->fd,
				      (uint32_t)i + counters->n_rules,
				      &t.would);
	if (!error)
		*tally = t;
	return error;
}

static uint64_t base_at(const json_t *base, size_t i)
{
	return (uint64_t)json_integer_value(json_array_get(base, i));
}

struct tz_tally tz_count_base(const json_t *rule)
{
	const json_t *base = json_object_get(rule, "base");

	return (struct tz_tally){
		.xdp = { base_at(base, 0), base_at(base, 1) },
		.would = { base_at(base, 2), base_at(base, 3) },
	};
}

static int set_base(json_t *rule, struct tz_tally tally)
{
	json_t *base = json_pack("[I,I,I,I]", (json_int_t)tally.xdp.packets,
				 (json_int_t)tally.xdp.bytes,
				 (json_int_t)tally.would.packets,
				 (json_int_t)tally.would.bytes);

	return json_object_set_new(rule, "base", base) ? -ENOMEM : 0;
}

/* What makes a rule the same rule, but for its occurrence. Owned. */
static char *identity(const json_t *rule)
{
	bool is_policy = tz_meta_number(rule, "number") == 0;
	char *key;

	if (asprintf(&key, "%u/%s/%s/%s%s",
		     (unsigned int)tz_meta_number(rule, "family"),
		     tz_meta_text(rule, "table"), tz_meta_text(rule, "chain"),
		     is_policy ? "policy " : "",
		     tz_meta_text(rule, is_policy ? "target" : "text")) < 0)
		return NULL;
	return key;
}

/* The identity with its occurrence: @seen counts them by identity. */
static char *next_key(const json_t *rule, json_t *seen)
{
	_cleanup_free_ char *plain = identity(rule);
	char *key;

	if (!plain)
		return NULL;

	json_int_t before = json_integer_value(json_object_get(seen, plain));

	if (json_object_set_new(seen, plain, json_integer(before + 1)) ||
	    asprintf(&key, "%s#%lld", plain, (long long)before) < 0)
		return NULL;
	return key;
}

json_t *tz_count_index(const json_t *rules)
{
	_cleanup_json_ json_t *seen = json_object();
	json_t *index = json_object();

	for (size_t i = 0; i < json_array_size(rules); i++) {
		_cleanup_free_ char *key =
			next_key(json_array_get(rules, i), seen);

		if (key &&
		    json_object_set_new(index, key,
					json_integer((json_int_t)i)) == 0)
			continue;
		json_decref(index);
		return NULL;
	}
	return index;
}

int *tz_count_match(const json_t *rules, const json_t *index)
{
	_cleanup_json_ json_t *seen = json_object();
	size_t n = json_array_size(rules);
	_cleanup_free_ int *match = calloc(n + 1, sizeof(*match));

	for (size_t i = 0; match && i < n; i++) {
		_cleanup_free_ char *key =
			next_key(json_array_get(rules, i), seen);

		if (!key)
			return NULL;

		const json_t *found = json_object_get(index, key);

		match[i] = found ? (int)json_integer_value(found) : -1;
	}
	return TAKE_PTR(match);
}

static int set_number(json_t *object, const char *name, uint64_t number)
{
	return json_object_set_new(object, name,
				   json_integer((json_int_t)number))
		       ? -ENOMEM
		       : 0;
}

/*
 * What @counters have of the rule is in its base already, and will be read
 * once more.
 */
static int take_off(struct tz_tally *base, const struct tz_counters *counters,
		    uint64_t i)
{
	struct tz_tally own;
	int error = tz_count_read(counters, i, &own);

	if (error)
		return error;
	base->xdp.packets -= own.xdp.packets;
	base->xdp.bytes -= own.xdp.bytes;
	base->would.packets -= own.would.packets;
	base->would.bytes -= own.would.bytes;
	return 0;
}

/* @own: what to take off, or NULL. */
static int go_on(json_t *meta, const json_t *from,
		 const struct tz_counters *own)
{
	json_t *rules = json_object_get(meta, "rules");
	const json_t *from_rules = json_object_get(from, "rules");
	_cleanup_json_ json_t *index = tz_count_index(from_rules);
	_cleanup_free_ int *match = index ? tz_count_match(rules, index) : NULL;
	int error = match ? 0 : -ENOMEM;

	for (size_t i = 0; i < json_array_size(rules) && !error; i++) {
		json_t *rule = json_array_get(rules, i);

		if (match[i] < 0)
			continue;

		struct tz_tally base = tz_count_base(
			json_array_get(from_rules, (size_t)match[i]));

		error = own ? take_off(&base, own, i) : 0;
		if (!error)
			error = set_base(rule, base);
		if (!error)
			error = set_number(rule, "from", (uint64_t)match[i]);
	}
	return error ? error
		     : set_number(meta, "from_generation",
				  tz_meta_number(from, "generation"));
}

int tz_count_carry(json_t *meta, const json_t *old)
{
	int error = go_on(meta, old, NULL);

	return error ? error
		     : set_number(meta, "before",
				  tz_meta_number(old, "generation"));
}

/*
 * As long as @left adds the counters of @meta lazily, its bases do not hold
 * them. A rule that @left does not have goes on where it stood.
 */
int tz_count_return(json_t *meta, const json_t *left,
		    const struct tz_counters *counters)
{
	bool is_folded = tz_meta_number(left, "from_generation") !=
			 tz_meta_number(meta, "generation");
	uint64_t last = tz_meta_number(left, "last");
	uint64_t gen = tz_meta_number(left, "generation");
	int error = go_on(meta, left, is_folded ? counters : NULL);

	if (!error)
		error = set_number(meta, "last", last > gen ? last : gen);
	/* The root stays, with the address that it knows. */
	if (!error &&
	    json_object_set(meta, "mac", json_object_get(left, "mac")))
		error = -ENOMEM;
	return error ? error : set_number(meta, "before", 0);
}

int tz_count_fold(json_t *meta, const struct tz_counters *old)
{
	json_t *rules = json_object_get(meta, "rules");
	int error = 0;

	for (size_t i = 0; i < json_array_size(rules) && !error; i++) {
		json_t *rule = json_array_get(rules, i);
		struct tz_tally sum = tz_count_base(rule), more;

		if (!json_object_get(rule, "from"))
			continue;
		error = tz_count_read(old, tz_meta_number(rule, "from"), &more);
		if (error)
			break;
		tz_count_add(&sum, more);
		error = set_base(rule, sum);
		json_object_del(rule, "from");
	}
	return error ? error : set_number(meta, "from_generation", 0);
}
