/* SPDX-License-Identifier: GPL-2.0-only */
/* Running a loaded program over frames of our own, and reading its counts. */
#include "runtime/load.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <tamiz/abi.h>

#include "runtime/scope.h"

int tamiz_program_run(const struct tamiz_program *program, const void *frame,
		      size_t len, uint32_t repeat, struct tamiz_run *run)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame,
		    .data_size_in = (uint32_t)len, .repeat = (int)repeat);
	int error = bpf_prog_test_run_opts(program->fds[TAMIZ_ROOT], &opts);

	if (error)
		return error;
	*run = (struct tamiz_run){ opts.retval, opts.duration };
	return 0;
}

int tz_load_count(int map_fd, uint32_t key, struct tamiz_count *count)
{
	int n_cpus = libbpf_num_possible_cpus();

	if (n_cpus < 0)
		return n_cpus;

	_cleanup_free_ struct tz_counter *at =
		calloc((size_t)n_cpus, sizeof(*at));
	struct tamiz_count sum = { 0 };

	if (!at)
		return -ENOMEM;

	int error = bpf_map_lookup_elem(map_fd, &key, at);

	if (error)
		return error;
	for (int i = 0; i < n_cpus; i++) {
		sum.packets += at[i].packets;
		sum.bytes += at[i].bytes;
	}
	*count = sum;
	return 0;
}

int tamiz_program_count(const struct tamiz_program *program,
			enum tamiz_handle map, uint32_t key,
			struct tamiz_count *count)
{
	return tz_load_count(program->fds[map], key, count);
}

int tamiz_program_zero(const struct tamiz_program *program,
		       enum tamiz_handle map)
{
	struct bpf_map_info info = { 0 };
	uint32_t len = sizeof(info);
	int n_cpus = libbpf_num_possible_cpus();
	int error = bpf_obj_get_info_by_fd(program->fds[map], &info, &len);

	if (error || n_cpus < 0)
		return error ? error : n_cpus;

	_cleanup_free_ struct tz_counter *zero =
		calloc((size_t)n_cpus, sizeof(*zero));

	if (!zero)
		return -ENOMEM;
	for (uint32_t key = 0; key < info.max_entries && !error; key++)
		error = bpf_map_update_elem(program->fds[map], &key, zero,
					    BPF_ANY);
	return error;
}
