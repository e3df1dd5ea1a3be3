/* SPDX-License-Identifier: GPL-2.0-only */
/* The maps of a program's sets: which they are, and those of the one before. */
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include "runtime/scope.h"
#include "runtime/set.h"

#define SET_MAP "tz_set_"

/* Which set @map is of; false: it is none. */
static bool is_set(const struct bpf_map *map, uint32_t *number)
{
	const char *name = bpf_map__name(map);
	char rest;

	return sscanf(name, SET_MAP "%u%c", number, &rest) == 1;
}

static struct tz_set_map *find_set(struct tamiz_program *program,
				   uint32_t number)
{
	for (size_t i = 0; i < program->n_sets; i++)
		if (program->sets[i].number == number)
			return &program->sets[i];
	return NULL;
}

int tz_sets_share(struct tamiz_program *program, struct bpf_object *object)
{
	struct bpf_map *map;
	uint32_t number;
	int error = 0;

	bpf_object__for_each_map(map, object)
	{
		struct tz_set_map *set =
			is_set(map, &number) ? find_set(program, number) : NULL;

		if (set && !error)
			error = bpf_map__reuse_fd(map, set->fd);
	}
	return error;
}

int tz_sets_keep(struct tamiz_program *program, struct bpf_object *object)
{
	struct tz_set_map *sets = NULL, *larger;
	struct bpf_map *map;
	uint32_t number;
	size_t n = 0;
	int error = 0;

	bpf_object__for_each_map(map, object)
	{
		if (!is_set(map, &number) || error)
			continue;
		larger = realloc(sets, (n + 1) * sizeof(*sets));
		if (!larger) {
			error = -ENOMEM;
			continue;
		}
		sets = larger;
		sets[n] = (struct tz_set_map){
			.number = number,
			.fd = fcntl(bpf_map__fd(map), F_DUPFD_CLOEXEC, 3),
			.is_shared = find_set(program, number),
		};
		error = sets[n].fd < 0 ? -errno : 0;
		n++;
	}
	for (size_t i = 0; i < program->n_sets; i++)
		tz_scope_close(&program->sets[i].fd);
	free(program->sets);
	program->sets = sets;
	program->n_sets = n;
	return error;
}
