/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Network devices of the namespace that we are in, by rtnetlink: /sys/class/net
 * shows those of the namespace that mounted /sys.
 */
#pragma once

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

#include <tamiz/runtime.h>

struct tz_netdev {
	char name[IF_NAMESIZE];
	unsigned int ifindex;
	uint8_t mac[6]; /* zero when it has none of six bytes */
	bool has_ethernet_header;
	bool has_no_link_header; /* packets begin with the IP header */
	/* The bridge, bond or VRF that takes its frames; 0: none. */
	unsigned int master_ifindex;
	char master_name[IF_NAMESIZE];
	char master_kind[16]; /* "bridge", "bond", ... */
	/* A macvlan or ipvlan above it that takes frames, or "". */
	char upper_name[IF_NAMESIZE];
	char upper_kind[16];
	char vlan_name[IF_NAMESIZE]; /* a VLAN device above it, or "" */
};

/* -ENODEV: there is no device of that name here. */
int tz_netdev_get(const char *name, struct tz_netdev *dev);
/* Whether the device strips VLAN tags before native XDP sees the frame. */
bool tz_netdev_strips_tags(const char *name);
