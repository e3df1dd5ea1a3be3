/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Small things between us and the system: running a program, finding one,
 * capabilities, namespaces. All return 0 or -errno.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <tamiz/runtime.h>

/* An anonymous file, close-on-exec, holding @len bytes, at its beginning. */
int tz_sys_memfd(const char *name, const void *data, size_t len);
/* All of @fd from its beginning; terminated, *len does not count the NUL. */
int tz_sys_slurp(int fd, char **text, size_t *len);

/*
 * Runs argv[0] (an absolute path) with these three descriptors and an
 * environment of PATH, LC_ALL=C and nothing else, and waits. *status is the
 * exit status, 128 + signal when it was killed. -ETIMEDOUT: it was still
 * running after @timeout_ms, and was killed. It can write no file longer than
 * TZ_SYS_OUTPUT_MAX.
 */
#define TZ_SYS_OUTPUT_MAX (512ull << 20)
int tz_sys_run(char *const argv[], int in, int out, int err, int timeout_ms,
	       int *status);

/*
 * The absolute path of @name in the colon-separated @dirs, owned by the
 * caller. Skipped are directories that are empty, relative, or in the hands
 * of somebody else: sudo may leave a user's PATH to root. -ENOENT: in none.
 */
int tz_sys_find(const char *name, const char *dirs, char **path);

/* Of <linux/capability.h>: whether it is in the effective set. */
bool tz_sys_has_cap(int cap);
bool tz_sys_may_mount(void);
/*
 * Whether we are in a mount namespace that some ancestor of ours is not in.
 * What is mounted there vanishes with it: `ip netns exec` makes one, and hides
 * bpffs behind a new /sys.
 */
bool tz_sys_has_private_mounts(void);

/* The inode number of the network namespace that we are in. */
int tz_sys_netns(uint64_t *netns);
