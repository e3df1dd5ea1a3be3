/* SPDX-License-Identifier: GPL-2.0-only */
#include "words.h"

#include <bpf/bpf.h>
#include <string.h>
#include <unistd.h>

int tz_words_open(const struct tamiz_program *program)
{
	struct bpf_prog_info info = { 0 };
	__u32 ids[64], len = sizeof(info);

	info.map_ids = (__u64)(unsigned long)ids;
	info.nr_map_ids = sizeof(ids) / sizeof(ids[0]);
	if (bpf_obj_get_info_by_fd(tamiz_program_fd(program, TAMIZ_RULES),
				   &info, &len))
		return -1;
	for (__u32 i = 0; i < info.nr_map_ids; i++) {
		struct bpf_map_info map = { 0 };
		int fd = bpf_map_get_fd_by_id(ids[i]);

		len = sizeof(map);
		if (fd >= 0 && !bpf_obj_get_info_by_fd(fd, &map, &len) &&
		    !strcmp(map.name, "tz_states"))
			return fd;
		if (fd >= 0)
			close(fd);
	}
	return -1;
}
