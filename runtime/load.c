/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Loading: the root from its skeleton, the rules from the object that clang
 * made. libbpf's objects live only during the call; what stays are file
 * descriptors.
 */
#include "runtime/load.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tamiz/abi.h>

#include "bpf/root.skel.h"
#include "bpf/tc_root.skel.h"
#include "runtime/message.h"
#include "runtime/scope.h"
#include "runtime/set.h"
#include "runtime/sys.h"
#include "runtime/verifier.h"

#define VERIFIER_LOG_LEN (16u << 20)

struct tamiz_program *tz_program_new(void)
{
	struct tamiz_program *program = malloc(sizeof(*program));

	if (!program)
		return NULL;
	for (int i = 0; i < TAMIZ_N_HANDLES; i++)
		program->fds[i] = -1;
	program->sets = NULL;
	program->n_sets = 0;
	program->twin = NULL;
	return program;
}

void tamiz_program_free(struct tamiz_program *program)
{
	if (!program)
		return;
	for (int i = 0; i < TAMIZ_N_HANDLES; i++)
		tz_scope_close(&program->fds[i]);
	for (size_t i = 0; i < program->n_sets; i++)
		tz_scope_close(&program->sets[i].fd);
	free(program->sets);
	free(program);
}

int tamiz_program_fd(const struct tamiz_program *program,
		     enum tamiz_handle handle)
{
	return program->fds[handle];
}

/* The last warning of libbpf: often the only one that says the cause. */
static char libbpf_said[256];

static int note_libbpf(enum libbpf_print_level level, const char *fmt,
		       va_list ap)
{
	if (level != LIBBPF_WARN)
		return 0;
	vsnprintf(libbpf_said, sizeof(libbpf_said), fmt, ap);
	libbpf_said[strcspn(libbpf_said, "\n")] = '\0';
	return 0;
}

static int keep_fd(struct tamiz_program *program, enum tamiz_handle handle,
		   int fd)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);

	if (copy < 0)
		return -errno;
	program->fds[handle] = copy;
	return 0;
}

/* A root for stages that exist uses theirs; else it brings its own. */
static int share_or_keep(struct tamiz_program *program, struct bpf_object *root,
			 bool is_loaded)
{
	const struct {
		const char *name;
		enum tamiz_handle handle;
	} maps[] = {
		{ "tz_stages", TAMIZ_STAGES },
		{ "tz_scratch", TAMIZ_SCRATCH },
	};
	int error = 0;

	for (size_t i = 0; i < 2 && !error; i++) {
		struct bpf_map *map =
			bpf_object__find_map_by_name(root, maps[i].name);
		int fd = program->fds[maps[i].handle];

		if (!is_loaded && fd >= 0)
			error = bpf_map__reuse_fd(map, fd);
		if (is_loaded && fd < 0)
			error = keep_fd(program, maps[i].handle,
					bpf_map__fd(map));
	}
	return error;
}

static int load_root(struct tamiz_program *program, struct bpf_object *root)
{
	int error = share_or_keep(program, root, false);

	if (!error)
		error = bpf_object__load(root);
	if (!error)
		error = keep_fd(
			program, TAMIZ_ROOT,
			bpf_program__fd(bpf_object__find_program_by_name(
				root, TZ_ROOT_PROGRAM)));
	return error ? error : share_or_keep(program, root, true);
}

static int open_root(struct tamiz_program *program,
		     const struct tamiz_device *device, char *log)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts, .kernel_log_buf = log,
		    .kernel_log_size = VERIFIER_LOG_LEN);
	struct root_bpf *root = root_bpf__open_opts(&opts);

	if (!root)
		return -errno;
	root->rodata->tz_device.ifindex = device->ifindex;
	memcpy((void *)root->rodata->tz_device.mac, device->mac,
	       sizeof(device->mac));

	int error = load_root(program, root->obj);

	root_bpf__destroy(root);
	return error;
}

static int open_tc_root(struct tamiz_program *program, char *log)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts, .kernel_log_buf = log,
		    .kernel_log_size = VERIFIER_LOG_LEN);
	struct tc_root_bpf *root = tc_root_bpf__open_opts(&opts);
	int error = root ? load_root(program, root->obj) : -errno;

	tc_root_bpf__destroy(root);
	return error;
}

/* The verifier's words if it had any, else those of libbpf. */
static int explain(struct tamiz_message *message, int error, const char *what,
		   const char *log, const char *text)
{
	if (*log) {
		tz_message_log(message, strdup(log));
		return tz_verifier_explain(message, error, log, text);
	}
	return tz_message_fail(message, error, "cannot load the %s: %s%s%s",
			       what, strerror(-error), *libbpf_said ? "; " : "",
			       libbpf_said);
}

int tz_load_root(struct tamiz_program *program,
		 const struct tamiz_device *device,
		 struct tamiz_message *message)
{
	_cleanup_free_ char *log = malloc(VERIFIER_LOG_LEN);

	if (!log)
		return -ENOMEM;
	log[0] = libbpf_said[0] = '\0';

	libbpf_print_fn_t before = libbpf_set_print(note_libbpf);
	int error = device->hook == TAMIZ_HOOK_XDP
			    ? open_root(program, device, log)
			    : open_tc_root(program, log);

	libbpf_set_print(before);
	return error ? explain(message, error, "root program", log, NULL) : 0;
}

/* The maps of the rules object that are the runtime's business. */
static const struct shared_map {
	const char *name;
	enum tamiz_handle handle;
	bool is_optional; /* only programs that log have it */
} shared_maps[] = {
	{ "tz_stages", TAMIZ_STAGES, false },
	{ "tz_scratch", TAMIZ_SCRATCH, false },
	{ "tz_counters", TAMIZ_COUNTERS, false },
	{ "tz_outcomes", TAMIZ_OUTCOMES, false },
	{ "tz_control", TAMIZ_CONTROL, false },
	{ "tz_log", TAMIZ_LOG, true },
	{ "tz_log_counts", TAMIZ_LOG_COUNTS, true },
};

#define N_SHARED_MAPS (sizeof(shared_maps) / sizeof(shared_maps[0]))

static int share_maps(struct tamiz_program *program, struct bpf_object *object,
		      struct tamiz_message *message)
{
	for (size_t i = 0; i < N_SHARED_MAPS; i++) {
		const struct shared_map *row = &shared_maps[i];
		struct bpf_map *map =
			bpf_object__find_map_by_name(object, row->name);

		if (!map && row->is_optional)
			continue;
		if (!map)
			return tz_message_fail(message, -EINVAL,
					       "the object has no map %s",
					       row->name);
		if (program->fds[row->handle] < 0)
			continue;

		int error = bpf_map__reuse_fd(map, program->fds[row->handle]);

		if (error)
			return tz_message_fail(message, error,
					       "cannot share the map %s: %s",
					       row->name, strerror(-error));
	}
	return 0;
}

static int keep_rules(struct tamiz_program *program, struct bpf_object *object,
		      struct bpf_program *rules)
{
	int error = keep_fd(program, TAMIZ_RULES, bpf_program__fd(rules));

	for (size_t i = 0; i < N_SHARED_MAPS && !error; i++) {
		const struct shared_map *row = &shared_maps[i];
		int fd = bpf_object__find_map_fd_by_name(object, row->name);

		if (program->fds[row->handle] >= 0 ||
		    (fd < 0 && row->is_optional))
			continue;
		error = keep_fd(program, row->handle, fd);
	}
	return error ? error : tz_sets_keep(program, object);
}

static int load_object(struct tamiz_program *program, struct bpf_object *object,
		       const char *text, char *log,
		       struct tamiz_message *message)
{
	struct bpf_program *rules =
		bpf_object__find_program_by_name(object, TZ_RULES_PROGRAM);
	int error = share_maps(program, object, message);

	if (error)
		return error;
	if (!rules)
		return tz_message_fail(message, -EINVAL,
				       "the object has no program %s",
				       TZ_RULES_PROGRAM);
	error = tz_sets_share(program, object);
	for (const struct tamiz_program *twin = program->twin; twin && !error;
	     twin = twin->twin)
		error = tz_share_states(object, twin->fds[TAMIZ_RULES]);
	if (error)
		return tz_message_fail(message, error,
				       "cannot share what rules count: %s",
				       strerror(-error));
	error = bpf_object__load(object);
	if (!error)
		return keep_rules(program, object, rules);
	return explain(message, error, "rules", log, text);
}

int tz_load_rules(struct tamiz_program *program,
		  const struct tamiz_object *object, const char *text,
		  struct tamiz_message *message)
{
	_cleanup_free_ char *log = malloc(VERIFIER_LOG_LEN);

	if (!log)
		return -ENOMEM;
	log[0] = '\0';

	LIBBPF_OPTS(bpf_object_open_opts, opts, .object_name = "tz_rules",
		    .kernel_log_buf = log, .kernel_log_size = VERIFIER_LOG_LEN);
	libbpf_print_fn_t before = libbpf_set_print(note_libbpf);
	struct bpf_object *bpf =
		bpf_object__open_mem(object->data, object->len, &opts);
	int error = bpf ? 0 : -errno;

	libbpf_said[0] = '\0';
	if (error)
		tz_message_fail(message, error, "cannot read the object: %s",
				strerror(-error));
	else
		error = load_object(program, bpf, text, log, message);
	bpf_object__close(bpf);
	libbpf_set_print(before);
	return error;
}

int tz_load_set_stage(int stages_fd, uint32_t stage, int prog_fd)
{
	return bpf_map_update_elem(stages_fd, &stage, &prog_fd, BPF_ANY);
}

int tamiz_load(const struct tamiz_object *object, const char *text,
	       const struct tamiz_device *device,
	       struct tamiz_program **program, struct tamiz_message *message)
{
	int error = tamiz_check_caps(message);

	if (error)
		return error;

	struct tamiz_program *p = tz_program_new();

	if (!p)
		return -ENOMEM;
	error = tz_load_root(p, device, message);
	if (!error)
		error = tz_load_rules(p, object, text, message);
	if (!error) {
		error = tz_load_set_stage(p->fds[TAMIZ_STAGES], TZ_STAGE_RULES,
					  p->fds[TAMIZ_RULES]);
		if (error)
			tz_message_fail(message, error,
					"the stages refuse the rules: %s",
					strerror(-error));
	}
	if (error) {
		tamiz_program_free(p);
		return error;
	}
	*program = p;
	return 0;
}
