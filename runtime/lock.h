/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One lock per network namespace, /run/tamiz/NETNS.lock: changes hold it
 * alone, readers together. It goes with the descriptor.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <tamiz/runtime.h>

/*
 * Of the network namespace that we are in; *netns is its inode number. Refuses
 * what lacks the capabilities, and waits up to ten seconds. Returns the
 * descriptor that holds the lock. A shared one makes no file: where there is
 * none, there is nothing to wait for.
 */
int tz_lock_here(bool is_shared, uint64_t *netns,
		 struct tamiz_message *message);
/* Alone, without waiting: -EWOULDBLOCK. */
int tz_lock_try(uint64_t netns);
/* Removes the file of a lock that we hold alone. */
void tz_lock_remove(uint64_t netns);
