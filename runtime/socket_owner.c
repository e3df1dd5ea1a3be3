/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From sockets to the processes that hold them: the links in /proc/PID/fd. Of
 * several that hold one, the first will do.
 */
#include "runtime/socket.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/message.h"
#include "runtime/scope.h"
#include "runtime/sys.h"

struct search {
	const struct tz_inodes *inodes; /* in ascending order */
	bool *is_taken;                 /* of each */
	bool is_denied;                 /* some process cannot be looked into */
	struct tamiz_sockets *sockets;
};

/* The index of @inode, or n. */
static size_t find(const struct tz_inodes *inodes, uint64_t inode)
{
	size_t low = 0, high = inodes->n;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (inodes->at[middle] < inode)
			low = middle + 1;
		else
			high = middle;
	}
	return low < inodes->n && inodes->at[low] == inode ? low : inodes->n;
}

/* A process that ends, or closes it, meanwhile does not hold it. */
static int take(struct search *search, int pid, int number, size_t i)
{
	struct tamiz_socket socket;
	int error = tz_socket_take(pid, number, search->inodes->at[i], &socket,
				   NULL);

	if (error == -EPERM)
		search->is_denied = true;
	if (error)
		return error == -ENOMEM ? error : 0;
	search->is_taken[i] = true;
	return tz_sockets_add(search->sockets, &socket);
}

static int look_at_descriptor(struct search *search, int pid, int dir,
			      const char *name)
{
	unsigned long long inode;
	char target[64];
	ssize_t len = readlinkat(dir, name, target, sizeof(target) - 1);
	size_t i;

	if (len < 0) {
		search->is_denied |= errno == EACCES || errno == EPERM;
		return 0;
	}
	target[len] = '\0';
	if (sscanf(target, "socket:[%llu]", &inode) != 1)
		return 0;
	i = find(search->inodes, inode);
	if (i == search->inodes->n || search->is_taken[i])
		return 0;
	return take(search, pid, atoi(name), i);
}

static int look_at_process(struct search *search, int pid)
{
	char path[32];
	int error = 0;

	snprintf(path, sizeof(path), "/proc/%d/fd", pid);

	_cleanup_closedir_ DIR *dir = opendir(path);

	if (!dir) {
		search->is_denied |= errno == EACCES || errno == EPERM;
		return 0;
	}
	for (const struct dirent *entry; !error && (entry = readdir(dir));)
		error = look_at_descriptor(search, pid, dirfd(dir),
					   entry->d_name);
	return error;
}

static int look_at_all(struct search *search)
{
	_cleanup_closedir_ DIR *proc = opendir("/proc");
	int error = proc ? 0 : -errno;

	for (const struct dirent *entry; !error && (entry = readdir(proc));) {
		int pid = atoi(entry->d_name);

		if (pid > 0 && pid != getpid())
			error = look_at_process(search, pid);
	}
	return error;
}

/* What has not been found. */
static int settle(const struct search *search, struct tamiz_notes *notes,
		  struct tamiz_message *message)
{
	size_t n = 0;

	for (size_t i = 0; i < search->inodes->n; i++)
		n += !search->is_taken[i];
	if (n && search->is_denied)
		return tz_message_fail(
			message, -EPERM,
			"%zu of %zu sockets are held by no process that can be "
			"looked into, and some cannot: %s",
			n, search->inodes->n,
			tz_sys_has_cap(CAP_SYS_PTRACE)
				? "they are in another user namespace, or a "
				  "security module forbids it"
				: "missing capability: CAP_SYS_PTRACE");
	if (n && n == search->inodes->n)
		return tz_message_fail(message, -ENOENT,
				       "no process that is seen here holds the "
				       "socket");
	if (n)
		tz_note(notes,
			"%zu of %zu sockets are left out: no process that is "
			"seen here holds them",
			n, search->inodes->n);
	return 0;
}

int tz_socket_take_all(const struct tz_inodes *inodes,
		       struct tamiz_sockets *sockets, struct tamiz_notes *notes,
		       struct tamiz_message *message)
{
	_cleanup_free_ bool *is_taken =
		calloc(inodes->n + 1, sizeof(*is_taken));
	struct search search = { inodes, is_taken, false, sockets };
	int error = is_taken ? 0 : -ENOMEM;

	if (!error && inodes->n)
		error = look_at_all(&search);
	return error ? error : settle(&search, notes, message);
}
