/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Putting what is pinned in order, at the beginning and the end of every
 * change. Under the exclusive lock.
 */
#pragma once

#include "runtime/pin.h"

/*
 * Gives the pins of renamed devices their present names. What cannot be opened
 * keeps its name.
 */
int tz_settle_names(const struct tz_pins *pins);
/*
 * All devices of the namespace: names as above; a replace of several that was
 * killed on its way is finished, an attach undone; then each is settled. What
 * fails is noted, and keeps nobody from the others.
 */
void tz_settle_all(const struct tz_pins *pins, struct tamiz_notes *notes);
/*
 * One: makes a rollback that the clock has done permanent; removes what is
 * neither in force nor what a rollback brings back, once its counters are final
 * and added.
 */
int tz_settle(const struct tz_pins *pins, const char *ifname,
	      struct tamiz_notes *notes, struct tamiz_message *message);
