/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Signatures of systems of our own making, each with a segment that has it; no
 * other has it, too.
 */
#pragma once

#include "tests/unit/p0f_help.h"

struct p0f_system {
	const char *signature;
	struct p0f_segment segment;
};

#define P0F_SYSTEMS 10
#define P0F_REPLIES 2
extern const struct p0f_system p0f_systems[P0F_SYSTEMS];
/* The same of SYN+ACK. */
extern const struct p0f_system p0f_replies[P0F_REPLIES];

/* Changes one thing of the segment: most of them are quirks. */
#define P0F_TOGGLES 19
void p0f_toggle(struct p0f_segment *segment, int which);
