/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is said on the cable, heard at the client and said again otherwise:
 * repeated, out of the window, in the wrong direction, with other flags, bad
 * checksums, in pieces, quoted in errors.
 */
#pragma once

#include <stddef.h>

#include "seq_lab.h"
#include "seq_meter.h"

enum { TZ_WIRE_MADE_MAX = 2 };

struct tz_wire;

struct tz_wire *tz_wire_open(const struct tz_seq_lab *lab, unsigned int seed);
/* Hears what has come by since the last time. */
void tz_wire_hear(struct tz_wire *wire);
/*
 * Makes frames for the host of one that was heard: at most TZ_WIRE_MADE_MAX.
 * Returns how many; 0 when nothing was heard, or nothing can be made of it.
 */
unsigned int tz_wire_forge(struct tz_wire *wire, struct tz_meter_frame *made);
/* Sends a frame to the host as it is. */
void tz_wire_send(struct tz_wire *wire, const struct tz_meter_frame *frame);
void tz_wire_close(struct tz_wire *wire);
