/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What rules count (bpf/include/tamiz/state.bpf.h), shared between the programs
 * of several devices: the maps have no pins, a loaded program tells them by
 * their names. Places in them go by the order of the rules, which the devices
 * of a change have in common.
 */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/btf.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "runtime/load.h"
#include "runtime/scope.h"

/* More maps than a program may use (MAX_USED_MAPS). */
enum { MAPS_MAX = 128 };

/* Whether rules change the set of that map: bpf/.../state_put.bpf.h. */
static bool is_own_set(const struct bpf_object *object, const char *name)
{
	const struct btf *btf = bpf_object__btf(object);
	char function[32];
	unsigned int number;

	if (!btf || sscanf(name, "tz_set_%u", &number) != 1)
		return false;
	snprintf(function, sizeof(function), "tz_put_%u", number);
	return btf__find_by_name_kind(btf, function, BTF_KIND_FUNC) > 0;
}

static bool keeps_states(const struct bpf_object *object, const char *name)
{
	return is_own_set(object, name) || !strcmp(name, "tz_states") ||
	       !strncmp(name, "tz_hl_", 6) || !strncmp(name, "tz_rc_", 6);
}

/* The map @id if it is the like of @map; -ENOENT: it is not. */
static int open_like(__u32 id, const struct bpf_map *map)
{
	struct bpf_map_info info = { 0 };
	__u32 len = sizeof(info);
	_cleanup_close_ int fd = bpf_map_get_fd_by_id(id);

	if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &len))
		return -errno;
	if (strcmp(info.name, bpf_map__name(map)) ||
	    info.key_size != bpf_map__key_size(map) ||
	    info.value_size != bpf_map__value_size(map) ||
	    info.max_entries != bpf_map__max_entries(map))
		return -ENOENT;
	return TAKE_FD(fd);
}

static int share(struct bpf_map *map, const __u32 *ids, __u32 n)
{
	for (__u32 i = 0; i < n; i++) {
		_cleanup_close_ int fd = open_like(ids[i], map);

		if (fd >= 0)
			return bpf_map__reuse_fd(map, fd);
		if (fd != -ENOENT)
			return fd;
	}
	return 0;
}

int tz_share_states(struct bpf_object *object, int rules_fd)
{
	__u32 ids[MAPS_MAX], len = sizeof(struct bpf_prog_info);
	struct bpf_prog_info info = {
		.map_ids = (__u64)(unsigned long)ids,
		.nr_map_ids = MAPS_MAX,
	};
	struct bpf_map *map;
	int error = 0;

	if (bpf_obj_get_info_by_fd(rules_fd, &info, &len))
		return -errno;
	if (info.nr_map_ids > MAPS_MAX)
		info.nr_map_ids = MAPS_MAX;
	bpf_object__for_each_map(
		map,
		object) if (!error && keeps_states(object, bpf_map__name(map)))
		error = share(map, ids, info.nr_map_ids);
	return error;
}
