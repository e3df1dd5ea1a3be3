/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Socket filters (TAMIZ_EMIT_SOCKET_C): loaded, and pinned where other tools
 * name them (iptables -m bpf --object-pinned).
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>

#include <tamiz/runtime.h>

#include "runtime/message.h"
#include "runtime/scope.h"
#include "runtime/verifier.h"

#define LOG_LEN (1u << 20)

static int be_quiet(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	(void)level;
	(void)fmt;
	(void)ap;
	return 0;
}

/* The one program of the object, loaded: a descriptor, or -errno. */
static int load(struct bpf_object *object)
{
	struct bpf_program *program = bpf_object__next_program(object, NULL);
	int error = program ? bpf_object__load(object) : -EINVAL;

	if (error)
		return error;
	error = fcntl(bpf_program__fd(program), F_DUPFD_CLOEXEC, 3);
	return error < 0 ? -errno : error;
}

int tamiz_filter_load(const struct tamiz_object *object, int *fd,
		      struct tamiz_message *message)
{
	_cleanup_free_ char *log = calloc(1, LOG_LEN);

	if (!log)
		return -ENOMEM;

	LIBBPF_OPTS(bpf_object_open_opts, opts, .object_name = "tamiz_filter",
		    .kernel_log_buf = log, .kernel_log_size = LOG_LEN);
	libbpf_print_fn_t before = libbpf_set_print(be_quiet);
	struct bpf_object *bpf =
		bpf_object__open_mem(object->data, object->len, &opts);
	int result = bpf ? load(bpf) : -errno;

	bpf_object__close(bpf);
	libbpf_set_print(before);
	if (result >= 0) {
		*fd = result;
		return 0;
	}
	if (*log) {
		tz_message_log(message, strdup(log));
		return tz_verifier_explain(message, result, log, NULL);
	}
	return tz_message_fail(message, result,
			       "cannot load the socket filter: %s%s",
			       strerror(-result),
			       result == -EPERM ? "; it takes CAP_BPF" : "");
}

bool tamiz_filter_is_pin(const char *path)
{
	_cleanup_free_ char *copy = strdup(path);
	struct statfs fs;

	return copy && statfs(dirname(copy), &fs) == 0 &&
	       (unsigned long)fs.f_type == BPF_FS_MAGIC;
}

/* In place of what is there: whoever opens the path gets the old or the new. */
int tamiz_filter_pin(int fd, const char *path, struct tamiz_message *message)
{
	char new_path[PATH_MAX];
	int error = 0;

	if (snprintf(new_path, sizeof(new_path), "%s_new", path) >=
	    (int)sizeof(new_path))
		return -ENAMETOOLONG;
	unlink(new_path);
	if (bpf_obj_pin(fd, new_path) || rename(new_path, path))
		error = -errno;
	if (!error)
		return 0;
	unlink(new_path);
	return tz_message_fail(message, error, "cannot pin %s: %s", path,
			       strerror(-error));
}
