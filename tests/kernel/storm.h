/* SPDX-License-Identifier: GPL-2.0-only */
/* What the storm's frames look like: IPv4 and UDP, one port after another. */
#pragma once

enum {
	TZ_STORM_FIRST_PORT = 5000,
	TZ_STORM_PORTS = 5,
	TZ_STORM_DPORT_OFF = 36, /* Ethernet 14, IPv4 20, then the source */
	TZ_STORM_FRAME_LEN = 60,
};
