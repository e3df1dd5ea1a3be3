/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What rules count (bpf/include/tamiz/state.bpf.h), shared between the programs
 * of several devices: the maps have no pins, a loaded program tells them by
 * their names. Places in them go by the order of the rules, which the devices
 * of a change have in common.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "runtime/load.h"
#include "runtime/scope.h"

/* More maps than a program may use (MAX_USED_MAPS). */
enum { MAPS_MAX = 128 };

static bool keeps_states(const char *name)
{
	return !strcmp(name, "tz_states") || !strncmp(name, "tz_hl_", 6) ||
	       !strncmp(name, "tz_rc_", 6);
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
		map, object) if (!error && keeps_states(bpf_map__name(map)))
		error = share(map, ids, info.nr_map_ids);
	return error;
}
