/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Detach: the link first, so that a killed run leaves a device without
 * program and some pins, which the next command removes.
 */
#include <tamiz/runtime.h>

#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>

#include "runtime/message.h"
#include "runtime/pin.h"
#include "runtime/scope.h"
#include "runtime/sys.h"

struct detach {
	const char *ifname; /* NULL: all */
	size_t n;
	struct tamiz_message *message;
};

static int detach_device(const struct tz_pins *pins, const char *ifname,
			 void *arg)
{
	struct detach *detach = arg;

	if (detach->ifname && strcmp(detach->ifname, ifname))
		return 0;

	_cleanup_close_ int link = tz_pin_get(pins, ifname, "link", 0);
	int error = link >= 0 ? bpf_link_detach(link) : 0;

	if (!error)
		error = tz_pin_remove_device(pins, ifname);
	if (error)
		return tz_message_fail(detach->message, error,
				       "cannot detach from %s: %s", ifname,
				       strerror(-error));
	/* Without a link these were leftovers, not something attached. */
	detach->n += link >= 0;
	return 0;
}

int tamiz_detach(const char *ifname, const char *bpffs, size_t *n,
		 struct tamiz_message *message)
{
	struct detach detach = { ifname, 0, message };
	struct tz_pins pins;
	uint64_t netns;
	int error = tz_sys_check_caps(message);

	if (!error)
		error = tz_sys_netns(&netns);
	if (error)
		return error;

	_cleanup_close_ int lock = tz_sys_lock(netns, false, message);

	if (lock < 0)
		return lock;
	error = tz_pin_open(&pins, bpffs ? bpffs : TAMIZ_BPFFS, false, message);
	if (!error) {
		error = tz_pin_each(&pins, detach_device, &detach);
		tz_pin_close(&pins);
	}
	if (error && error != -ENOENT)
		return error;
	if (ifname && !detach.n)
		return tz_message_fail(message, -ENOENT,
				       "%s has no rules of tamiz", ifname);
	*n = detach.n;
	return 0;
}
