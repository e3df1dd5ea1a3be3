/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's sets into ours. What is read is a whole: it goes into a map of
 * its own, which takes the place of the old one.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/message.h"
#include "runtime/scope.h"
#include "runtime/set.h"
#include "runtime/set_visit.h"

struct sync {
	struct tamiz *live; /* the kernel's sets */
	uint64_t read_ns;   /* when they began to be read */
	struct tamiz_set_done *done;
	struct tamiz_notes *notes;
	struct tamiz_message *message;
};

static bool is_alike(const struct tamiz_set *live, const char *create)
{
	struct tamiz *tamiz;
	bool is;

	if (tz_set_compile(create, live->name, "", &tamiz, NULL))
		return false;

	struct tamiz_set here = tamiz_set(tamiz, 0);

	is = tz_set_is_alike(&here, live);
	tamiz_free(tamiz);
	return is;
}

static int sync_here(const struct tz_set_here *here, void *arg)
{
	struct sync *sync = arg;
	struct tamiz_set live;
	size_t i;
	int error = tz_set_find_name(sync->live, here->name, &i);

	if (error) {
		tz_note(sync->notes,
			"%s: the kernel has no set %s; ours stays as it is",
			here->ifname, here->name);
		return 0;
	}
	live = tamiz_set(sync->live, i);
	if (!live.is_told || !is_alike(&live, here->create)) {
		tz_note(sync->notes,
			"%s: the kernel's set %s is of another kind now; "
			"replace the rules",
			here->ifname, here->name);
		return 0;
	}

	_cleanup_close_ int inner =
		tz_set_make(sync->live, i, sync->read_ns, sync->message);

	error = inner < 0 ? inner : tz_set_put(here->outer, inner);
	sync->done->n_members += live.n - live.n_shadows;
	return error ? tz_message_fail(sync->message, error,
				       "cannot fill the set %s of %s: %s",
				       here->name, here->ifname,
				       strerror(-error))
		     : 0;
}

int tamiz_set_sync(const struct tamiz_set_target *target,
		   struct tamiz_set_done *done, struct tamiz_notes *notes,
		   struct tamiz_message *message)
{
	struct tamiz_set_done counts = { 0 };
	struct sync sync = { .read_ns = tz_set_now_ns(),
			     .done = &counts,
			     .notes = notes,
			     .message = message };
	struct tz_set_visit visit = { .target = target,
				      .one = sync_here,
				      .arg = &sync,
				      .message = message };
	int error = tz_set_read_live(&sync.live, message);

	if (!error)
		error = tz_set_visit(&visit);
	tamiz_free(sync.live);
	if (error)
		return error;
	counts.n_devices = visit.n_devices;
	*done = counts;
	return 0;
}
