/* SPDX-License-Identifier: GPL-2.0-only */
/* What a device is set to do, by the ethtool ioctl. */
#pragma once

#include <stdbool.h>

/*
 * Whether GRO merges UDP datagrams of the device that go to no socket which
 * asks for it (net/ipv4/udp_offload.c:udp_gro_receive): rx-gro-list or
 * rx-udp-gro-forwarding is on. False also where it cannot be asked.
 */
bool tz_ethtool_merges_udp(const char *ifname);
