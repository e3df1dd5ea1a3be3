/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Detach: the link first, so that a killed run leaves a device without
 * program and some pins, which the next command removes.
 */
#include <tamiz/runtime.h>

#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "runtime/hook.h"
#include "runtime/lock.h"
#include "runtime/message.h"
#include "runtime/pin.h"
#include "runtime/scope.h"
#include "runtime/settle.h"
#include "runtime/sweep.h"

struct detach {
	const char *ifname; /* NULL: all */
	size_t n;
	int error; /* the first */
	struct tamiz_message *message;
};

/* What is pinned in the place of the link may be something else. */
static bool is_link(int fd)
{
	struct tz_hook_link link;

	return tz_hook_read_link(fd, &link) == 0;
}

static int detach_device(const struct tz_pins *pins, const char *ifname,
			 struct detach *detach)
{
	_cleanup_close_ int link = tz_pin_get(pins, ifname, "link", 0);
	bool is_attached = link >= 0 && is_link(link);
	int error = is_attached ? bpf_link_detach(link) : 0;

	/* An XDP program there has the same number as type. */
	if (error == -EINVAL) {
		is_attached = false;
		error = 0;
	}
	if (error)
		return tz_message_fail(detach->message, error,
				       "cannot detach from %s: %s", ifname,
				       strerror(-error));
	/* Without a link these were leftovers, not something attached. */
	detach->n += is_attached;
	error = tz_pin_remove_device(pins, ifname);
	return error ? tz_message_fail(detach->message, error,
				       "nothing is attached to %s now, but "
				       "its pins in %s cannot be removed: %s",
				       ifname, pins->netns_dir,
				       strerror(-error))
		     : 0;
}

/* One that cannot be detached keeps nobody from the others. */
static int detach_each(const struct tz_pins *pins, const char *ifname,
		       void *arg)
{
	struct detach *detach = arg;
	int error = 0;

	if (!detach->ifname || !strcmp(detach->ifname, ifname))
		error = detach_device(pins, ifname, detach);
	if (!detach->error)
		detach->error = error;
	return 0;
}

int tamiz_detach(const char *ifname, const char *bpffs, size_t *n,
		 struct tamiz_message *message)
{
	struct detach detach = { ifname, 0, 0, message };
	struct tz_pins pins;
	uint64_t netns;
	int error;
	_cleanup_close_ int lock = tz_lock_here(false, &netns, message);

	if (lock < 0)
		return lock;
	error = tz_pin_open(&pins, bpffs, false, message);
	if (!error) {
		tz_settle_names(&pins);
		tz_sweep(&pins);
		error = tz_pin_each(&pins, detach_each, &detach);
		tz_pin_close(&pins);
	}
	/* Nothing pinned: nothing to lock. */
	if (access(pins.netns_dir, F_OK) < 0 && errno == ENOENT)
		tz_lock_remove(netns);
	if (!error)
		error = detach.error;
	if (error && error != -ENOENT)
		return error;
	if (ifname && !detach.n)
		return tz_message_fail(message, -ENOENT,
				       "%s has no rules of tamiz", ifname);
	*n = detach.n;
	return 0;
}
