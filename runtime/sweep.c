/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A network namespace that goes away takes its devices along, and nobody is
 * there to remove what was pinned for them: programs and maps would stay until
 * the next boot. Every change looks for them; a link without device tells.
 */
#include "runtime/sweep.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/lock.h"
#include "runtime/scope.h"
#include "runtime/state.h"

/* *@arg: whether some device of the namespace is there and has rules. */
static int look_for_life(const struct tz_pins *pins, const char *ifname,
			 void *arg)
{
	_cleanup_state_ struct tz_state state = TZ_STATE_NONE;
	bool *is_alive = arg;

	*is_alive |= tz_state_open(pins, ifname, &state, NULL) != -ENOENT;
	return 0;
}

static int sweep_device(const struct tz_pins *pins, const char *ifname,
			void *arg)
{
	_cleanup_state_ struct tz_state state = TZ_STATE_NONE;

	(void)arg;
	if (tz_state_open(pins, ifname, &state, NULL) == -ENOENT)
		tz_pin_remove_device(pins, ifname);
	return 0;
}

/* @dir: of all namespaces; @name: of one, the number of its inode. */
static void sweep_netns(const char *dir, const char *name)
{
	struct tz_pins pins;
	char *end;
	unsigned long long netns = strtoull(name, &end, 10);

	if (*end || end == name)
		return;

	_cleanup_close_ int lock = tz_lock_try(netns);

	if (lock < 0 ||
	    snprintf(pins.netns_dir, sizeof(pins.netns_dir), "%s/%s", dir,
		     name) >= (int)sizeof(pins.netns_dir))
		return;

	bool is_alive = false;

	/* What was left beside rules in force may be half of a change: the
	 * next command there makes it whole. */
	tz_pin_each(&pins, look_for_life, &is_alive);
	if (is_alive)
		return;
	tz_pin_each(&pins, sweep_device, NULL);
	/* Detached before we had the lock, which then made a new file. */
	if (rmdir(pins.netns_dir) == 0 || errno == ENOENT)
		tz_lock_remove(netns);
}

void tz_sweep(const struct tz_pins *pins)
{
	char path[sizeof(pins->netns_dir)];

	strcpy(path, pins->netns_dir);

	char *ours = strrchr(path, '/');

	*ours++ = '\0';

	_cleanup_closedir_ DIR *dir = opendir(path);

	for (struct dirent *entry; dir && (entry = readdir(dir));) {
		if (entry->d_name[0] != '.' && strcmp(entry->d_name, ours))
			sweep_netns(path, entry->d_name);
	}
}
