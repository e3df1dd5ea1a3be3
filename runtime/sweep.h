/* SPDX-License-Identifier: GPL-2.0-only */
/* What is left of network namespaces that are gone. */
#pragma once

#include "runtime/pin.h"

/*
 * Removes the pins of devices that are gone from the directories beside that
 * of @pins. A namespace whose lock is held is left to the holder.
 */
void tz_sweep(const struct tz_pins *pins);
