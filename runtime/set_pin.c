/* SPDX-License-Identifier: GPL-2.0-only */
/* What outlives a change of rules: sets that the files leave as they were. */
#include "runtime/set_pin.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/json.h"
#include "runtime/meta.h"
#include "runtime/scope.h"
#include "runtime/set.h"

static json_t *names_of(const struct tamiz *rules, size_t i, size_t n)
{
	json_t *array = json_array();

	for (size_t k = 0; k < n; k++)
		json_array_append_new(
			array, tz_json_text(tamiz_set_of_list(rules, i, k)));
	return array;
}

json_t *tz_sets_describe(const struct tamiz *rules)
{
	json_t *array = json_array();

	for (size_t i = 0; i < tamiz_n_sets(rules); i++) {
		struct tamiz_set set = tamiz_set(rules, i);
		char digest[TZ_SET_DIGEST_LEN];
		json_t *json;

		if (!set.is_told || tz_set_digest(rules, i, digest))
			continue;
		json = json_pack("{s:i, s:o, s:o, s:b, s:s, s:o}", "number",
				 (int)i, "name", tz_json_text(set.name),
				 "create", tz_json_text(set.create), "list",
				 (int)set.is_list, "digest", digest, "lists",
				 names_of(rules, i, set.is_list ? set.n : 0));
		json_array_append_new(array, json);
	}
	return array;
}

/* The pin of set @number. */
static void name_pin(char *name, size_t size, uint32_t number)
{
	snprintf(name, size, "set%u", number);
}

static int add_map(struct tamiz_program *program, uint32_t number, int fd)
{
	struct tz_set_map *sets =
		realloc(program->sets, (program->n_sets + 1) * sizeof(*sets));

	if (!sets)
		return -ENOMEM;
	sets[program->n_sets++] =
		(struct tz_set_map){ .number = number, .fd = fd };
	program->sets = sets;
	return 0;
}

static int take_one(const struct tz_job *job, struct tz_part *part, size_t i,
		    const json_t *was)
{
	struct tamiz_set set = tamiz_set(part->change->rules, i);
	char digest[TZ_SET_DIGEST_LEN], name[32];
	int error;

	if (strcmp(set.name, tz_meta_text(was, "name")) ||
	    json_is_true(json_object_get(was, "list")))
		return 0;
	error = tz_set_digest(part->change->rules, i, digest);
	if (error || strcmp(digest, tz_meta_text(was, "digest")))
		return error;
	name_pin(name, sizeof(name), (uint32_t)tz_meta_number(was, "number"));

	_cleanup_close_ int fd = tz_pin_get(&job->pins, part->change->ifname,
					    name, part->before.gen);

	if (fd < 0)
		return 0; /* no rule asked it */
	error = add_map(part->program, (uint32_t)i, fd);
	if (!error)
		fd = -1;
	return error;
}

int tz_sets_take(const struct tz_job *job, struct tz_part *part)
{
	const json_t *before = json_object_get(part->before.meta, "sets");
	size_t n = tamiz_n_sets(part->change->rules);
	int error = 0;

	for (size_t i = 0; i < n && !error; i++)
		for (size_t k = 0; k < json_array_size(before) && !error; k++)
			error = take_one(job, part, i,
					 json_array_get(before, k));
	return error;
}

int tz_sets_pin(const struct tz_job *job, const struct tz_part *part)
{
	const struct tamiz_program *program = part->program;
	char name[32];
	int error = 0;

	for (size_t i = 0; i < program->n_sets && !error; i++) {
		name_pin(name, sizeof(name), program->sets[i].number);
		error = tz_pin_put(&job->pins, part->change->ifname, name,
				   part->gen, program->sets[i].fd);
	}
	return error;
}
