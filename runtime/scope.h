/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ownership by scope: a local marked with one of these is released when it
 * goes out of scope, unless it was taken.
 */
#pragma once

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static inline void tz_scope_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline void tz_scope_free(void *at)
{
	free(*(void **)at);
}

static inline void tz_scope_closedir(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}

#define _cleanup_close_ __attribute__((cleanup(tz_scope_close)))
/* Some locals are only held, for their end: clang calls these unused. */
#define _cleanup_free_ __attribute__((unused, cleanup(tz_scope_free)))
#define _cleanup_closedir_ __attribute__((cleanup(tz_scope_closedir)))
#define TAKE_PTR(p)                     \
	({                              \
		__typeof__(p) _p = (p); \
		(p) = NULL;             \
		_p;                     \
	})
#define TAKE_FD(fd)             \
	({                      \
		int _fd = (fd); \
		(fd) = -1;      \
		_fd;            \
	})
