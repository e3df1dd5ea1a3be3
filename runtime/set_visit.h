/* SPDX-License-Identifier: GPL-2.0-only */
/* Goes to the sets of attached rules, device by device. */
#pragma once

#include <tamiz/sets.h>

#include "runtime/pin.h"
#include "runtime/state.h"

/* A set of a device. */
struct tz_set_here {
	const struct tz_pins *pins;
	const struct tz_state *state;
	const char *ifname, *name, *create;
	int outer, inner; /* the map of maps, and the one with the members */
};

struct tz_set_visit {
	const struct tamiz_set_target *target;
	/* Called for each; an error ends the visit. */
	int (*one)(const struct tz_set_here *here, void *arg);
	void *arg;
	bool is_shared; /* it only looks */
	size_t n_devices;
	struct tamiz_message *message;
	/* of maps that were changed: devices share those that rules change */
	uint32_t *changed; /* ids; owned by tz_set_visit() */
	size_t n_changed;
};

int tz_set_visit(struct tz_set_visit *visit);
/* The maps of another set of the device; -ENOENT: it has no such set. */
int tz_set_open_here(const struct tz_set_here *here, const char *name,
		     struct tz_set_here *other);
void tz_set_close_here(struct tz_set_here *here);

/*
 * The set @create with these members, a line each, alone in a compilation;
 * -EINVAL and the first diagnostic when they are none.
 */
int tz_set_compile(const char *create, const char *name, const char *members,
		   struct tamiz **tamiz, struct tamiz_message *message);
