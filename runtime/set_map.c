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

/* The one of that number, or of that map; NULL: there is none. */
static struct tz_set_map *find_set(struct tamiz_program *program,
				   uint32_t number, const struct bpf_map *map)
{
	for (size_t i = 0; i < program->n_sets; i++) {
		struct tz_set_map *set = &program->sets[i];

		if (map ? set->map == map : set->number == number)
			return set;
	}
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
			is_set(map, &number) ? find_set(program, number, NULL)
					     : NULL;

		if (!set || error)
			continue;
		set->map = map;
		error = bpf_map__reuse_fd(map, set->fd);
	}
	return error;
}

static int add_set(struct tz_set_map **sets, size_t *n, uint32_t number,
		   const struct bpf_map *map, bool is_shared)
{
	struct tz_set_map *larger =
		reallocarray(*sets, *n + 1, sizeof(*larger));
	int fd = larger ? fcntl(bpf_map__fd(map), F_DUPFD_CLOEXEC, 3) : -1;

	if (!larger)
		return -ENOMEM;
	*sets = larger;
	if (fd < 0)
		return -errno;
	larger[(*n)++] = (struct tz_set_map){
		.number = number,
		.fd = fd,
		.is_shared = is_shared,
	};
	return 0;
}

int tz_sets_keep(struct tamiz_program *program, struct bpf_object *object)
{
	struct tz_set_map *sets = NULL;
	struct bpf_map *map;
	uint32_t number = 0;
	size_t n = 0;
	int error = 0;

	bpf_object__for_each_map(map, object)
	{
		const struct tz_set_map *shared = find_set(program, 0, map);

		if (error || (!shared && !is_set(map, &number)))
			continue;
		error = add_set(&sets, &n, shared ? shared->number : number,
				map, shared);
	}
	for (size_t i = 0; i < program->n_sets; i++)
		tz_scope_close(&program->sets[i].fd);
	free(program->sets);
	program->sets = sets;
	program->n_sets = n;
	return error;
}
