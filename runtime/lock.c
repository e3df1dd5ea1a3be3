/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lock files. They are removed when nothing is left to lock, under the lock:
 * so whoever gets a lock looks whether its file still has a name, and if not
 * begins again.
 */
#include "runtime/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "runtime/message.h"
#include "runtime/scope.h"
#include "runtime/sys.h"

#define LOCK_DIR "/run/tamiz"
#define LOCK_TRIES 200
#define LOCK_PAUSE_NS 50000000l

/*
 * The directory must be ours: whoever can write to it could put another file
 * in the place of a lock that is held.
 */
static int open_file(uint64_t netns, bool create)
{
	struct stat st;
	char name[32];

	if (create && mkdir(LOCK_DIR, 0700) < 0 && errno != EEXIST)
		return -errno;

	_cleanup_close_ int dir =
		open(LOCK_DIR, O_DIRECTORY | O_NOFOLLOW | O_RDONLY | O_CLOEXEC);

	if (dir < 0 || fstat(dir, &st) < 0)
		return -errno;
	if (st.st_uid != geteuid() || (st.st_mode & 022))
		return -ENOTUNIQ;
	snprintf(name, sizeof(name), "%llu.lock", (unsigned long long)netns);

	/* A reader takes it where nothing can be written, too. */
	int fd = openat(dir, name,
			(create ? O_RDWR | O_CREAT : O_RDONLY) | O_NOFOLLOW |
				O_CLOEXEC,
			0600);

	return fd < 0 ? -errno : fd;
}

/* -EWOULDBLOCK: somebody holds it, or has just removed it. */
static int try(uint64_t netns, bool is_shared)
{
	_cleanup_close_ int fd = open_file(netns, !is_shared);
	struct stat st;

	/* The directory went away between two steps. */
	if (fd == -ENOENT && !is_shared)
		return -EWOULDBLOCK;
	if (fd < 0)
		return fd;
	if (flock(fd, (is_shared ? LOCK_SH : LOCK_EX) | LOCK_NB) < 0)
		return errno == EINTR ? -EWOULDBLOCK : -errno;
	if (fstat(fd, &st) < 0 || st.st_nlink == 0)
		return -EWOULDBLOCK;
	return TAKE_FD(fd);
}

static int wait_for(uint64_t netns, bool is_shared,
		    struct tamiz_message *message)
{
	int fd = try(netns, is_shared);

	for (int i = 0; i < LOCK_TRIES && fd == -EWOULDBLOCK; i++) {
		nanosleep(&(struct timespec){ .tv_nsec = LOCK_PAUSE_NS }, NULL);
		fd = try(netns, is_shared);
	}
	/* Nobody is changing anything, and looking makes no file. */
	if (fd == -ENOENT && is_shared)
		fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (fd == -EWOULDBLOCK)
		return tz_message_fail(message, -EBUSY,
				       "another tamiz holds " LOCK_DIR
				       "/%llu.lock: try again later",
				       (unsigned long long)netns);
	if (fd < 0)
		return tz_message_fail(
			message, fd, "cannot open the lock in " LOCK_DIR ": %s",
			fd == -ENOTUNIQ ? "others can write to that directory, "
					  "or it is another user's: remove it"
					: strerror(-fd));
	return fd;
}

int tz_lock_here(bool is_shared, uint64_t *netns, struct tamiz_message *message)
{
	int error = tamiz_check_caps(message);

	if (!error)
		error = tz_sys_netns(netns);
	return error ? error : wait_for(*netns, is_shared, message);
}

int tz_lock_try(uint64_t netns)
{
	return try(netns, false);
}

void tz_lock_remove(uint64_t netns)
{
	char path[64];

	snprintf(path, sizeof(path), LOCK_DIR "/%llu.lock",
		 (unsigned long long)netns);
	unlink(path);
	rmdir(LOCK_DIR);
}
