/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads a sysctl of all devices: `all`, `default` and each of them, for IPv4
 * (where one of two is enough) and IPv6.
 */
#include "runtime/routes.h"

#include <fcntl.h>
#include <glob.h>
#include <stddef.h>

#include "runtime/scope.h"

static bool is_off(const char *path)
{
	char value = '0'; /* a device that is gone has no routes */
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd >= 0 && read(fd, &value, 1) != 1)
		value = 0;
	return value == '0';
}

bool tz_routes_are_ignored(void)
{
	glob_t found;
	bool are_ignored = false;

	if (glob("/proc/sys/net/ipv[46]/conf/*/ignore_routes_with_linkdown", 0,
		 NULL, &found))
		return true;
	for (size_t i = 0; i < found.gl_pathc && !are_ignored; i++)
		are_ignored = !is_off(found.gl_pathv[i]);
	globfree(&found);
	return are_ignored;
}
