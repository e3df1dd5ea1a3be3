/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Generated C to a BPF object, by clang. The text goes in by standard input
 * and the object comes out by standard output, both anonymous files: no shell
 * and no temporary file. The source is embedded in the debug information
 * (DWARF 5), for clang prints it into the line table of BTF from there, and
 * the verifier quotes it.
 */
#include <tamiz/runtime.h>

#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/message.h"
#include "runtime/scope.h"
#include "runtime/sys.h"

/* A thousand rules take clang 0.3 s. */
#define CLANG_TIMEOUT_MS 300000

static int find_clang(const char *given, char **path,
		      struct tamiz_message *message)
{
	static const char *const names[] = { "clang", "clang-19", "clang-16",
					     "clang-14" };

	if (given) {
		*path = strdup(given);
		return *path ? 0 : -ENOMEM;
	}
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		int error = tz_sys_find(names[i], getenv("PATH"), path);

		if (error != -ENOENT)
			return error;
	}
	return tz_message_fail(message, -ENOENT,
			       "clang is needed to build the program: install "
			       "it, or name it with --clang (directories of "
			       "PATH that other users own are not searched)");
}

/* The first line of clang's messages that is an error. */
static void say_refusal(struct tamiz_message *message, const char *clang,
			int status, const char *log)
{
	const char *line = strstr(log, "error:");

	tz_message_fail(message, -EINVAL, "%s failed (status %d)%s%.*s", clang,
			status, line ? ": " : "",
			line ? (int)strcspn(line, "\n") : 0, line ? line : "");
}

static int run_clang(char *clang, int in, int out, int err,
		     struct tamiz_message *message)
{
	char *argv[] = {
		clang,
		(char *)"-O2",
		(char *)"-g",
		(char *)"-gdwarf-5",
		(char *)"-gembed-source",
		(char *)"-fdebug-compilation-dir=.",
		(char *)"-target",
		(char *)"bpf",
		(char *)"-mcpu=v3",
		(char *)"-x",
		(char *)"c",
		(char *)"-c",
		(char *)"-o",
		(char *)"-",
		(char *)"-",
		NULL,
	};
	_cleanup_free_ char *log = NULL;
	size_t log_len;
	int status;
	int error = tz_sys_run(argv, in, out, err, CLANG_TIMEOUT_MS, &status);

	if (error)
		return tz_message_fail(message, error, "cannot run %s: %s",
				       clang, strerror(-error));
	if (status == 0)
		return 0;
	error = tz_sys_slurp(err, &log, &log_len);
	if (error)
		return error;
	say_refusal(message, clang, status, log);
	tz_message_log(message, TAKE_PTR(log));
	return -EINVAL;
}

/* A wrapper may end well and have written anything. */
static bool is_object(const char *data, size_t len)
{
	Elf64_Ehdr head;

	if (len < sizeof(head))
		return false;
	memcpy(&head, data, sizeof(head));
	return !memcmp(head.e_ident, ELFMAG, SELFMAG) &&
	       head.e_ident[EI_CLASS] == ELFCLASS64 && head.e_machine == EM_BPF;
}

int tamiz_build(const char *text, size_t len, const char *clang,
		struct tamiz_object *object, struct tamiz_message *message)
{
	_cleanup_free_ char *path = NULL, *data = NULL;
	int error = find_clang(clang, &path, message);

	if (error)
		return error;

	_cleanup_close_ int in = tz_sys_memfd("tamiz-c", text, len);
	_cleanup_close_ int out = tz_sys_memfd("tamiz-object", NULL, 0);
	_cleanup_close_ int err = tz_sys_memfd("tamiz-log", NULL, 0);

	if (in < 0 || out < 0 || err < 0)
		return tz_message_fail(message, -ENOMEM,
				       "cannot make an anonymous file");
	error = run_clang(path, in, out, err, message);
	if (error)
		return error;

	size_t data_len;

	error = tz_sys_slurp(out, &data, &data_len);
	if (error)
		return error;
	if (!is_object(data, data_len))
		return tz_message_fail(message, -EINVAL,
				       "%s failed: what it wrote is no BPF "
				       "object",
				       path);
	*object = (struct tamiz_object){ TAKE_PTR(data), data_len };
	return 0;
}

void tamiz_object_clear(struct tamiz_object *object)
{
	free(object->data);
	*object = (struct tamiz_object){ 0 };
}
