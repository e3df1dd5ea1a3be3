/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Programs are given their input, and give their output, in anonymous files:
 * no pipe can fill up while the other side waits.
 */
#include "lib/spawn.h"

#include <errno.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static int file_of(const char *text, size_t len)
{
	int fd = memfd_create("input", MFD_CLOEXEC);
	size_t done = 0;

	while (fd >= 0 && done < len) {
		ssize_t n = write(fd, text + done, len - done);

		if (n < 0) {
			close(fd);
			return -1;
		}
		done += (size_t)n;
	}
	if (fd >= 0)
		lseek(fd, 0, SEEK_SET);
	return fd;
}

/* The text of @fd, terminated; NULL without memory. */
static char *text_of(int fd)
{
	struct stat st;

	if (fstat(fd, &st))
		return NULL;
	char *text = malloc((size_t)st.st_size + 1);
	ssize_t n = text ? pread(fd, text, (size_t)st.st_size, 0) : -1;

	if (n < 0) {
		free(text);
		return NULL;
	}
	text[n] = '\0';
	return text;
}

static int run(const char *const argv[], int in, int out, int err)
{
	posix_spawn_file_actions_t actions;
	pid_t pid;
	int status;

	posix_spawn_file_actions_init(&actions);
	if (in >= 0)
		posix_spawn_file_actions_adddup2(&actions, in, 0);
	else
		posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", 0,
						 0);
	if (out >= 0)
		posix_spawn_file_actions_adddup2(&actions, out, 1);
	if (err >= 0)
		posix_spawn_file_actions_adddup2(&actions, err, 2);
	int failed = posix_spawnp(&pid, argv[0], &actions, NULL,
				  (char *const *)argv, environ);

	posix_spawn_file_actions_destroy(&actions);
	if (failed)
		return -failed;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -EINTR;
}

int tz_spawn(const char *const argv[], const char *input, size_t input_len,
	     char **output, char **errors)
{
	int in = input ? file_of(input, input_len) : -1;
	int out = output ? memfd_create("output", MFD_CLOEXEC) : -1;
	int err = errors ? memfd_create("errors", MFD_CLOEXEC) : -1;
	int status = run(argv, in, out, err);

	if (output)
		*output = text_of(out);
	if (errors)
		*errors = text_of(err);
	if (in >= 0)
		close(in);
	if (out >= 0)
		close(out);
	if (err >= 0)
		close(err);
	return status;
}
