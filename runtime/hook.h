/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hooks of a device, and the names of places: "eth0" is XDP, "eth0:ingress" and
 * "eth0:egress" are tc. State is kept under these names, and commands take
 * them; no device is called so, for the kernel refuses a colon
 * (dev_valid_name).
 */
#pragma once

#include <net/if.h>
#include <stdbool.h>

#include <tamiz/runtime.h>

/* Bytes of a place's name with its NUL. */
#define TZ_PLACE_LEN (IF_NAMESIZE + 8)

/* The hook of @place, and its device; "": no device has such a name. */
enum tamiz_hook tz_hook_of(const char *place, char ifname[IF_NAMESIZE]);
/* The name of a place; @ifname may be longer than a device's. */
void tz_hook_place(enum tamiz_hook hook, const char *ifname,
		   char place[TZ_PLACE_LEN]);

/* What a link holds, and where. */
struct tz_hook_link {
	enum tamiz_hook hook;
	uint32_t ifindex; /* 0: the device is gone */
	uint32_t prog_id;
};

/* -ENOENT: it is no link at such a hook. */
int tz_hook_read_link(int fd, struct tz_hook_link *link);
/* Whether the device is in this network namespace and runs the program. */
bool tz_hook_runs(const struct tz_hook_link *link);

/*
 * Attaches behind the programs that are there, which go on. Returns the
 * descriptor of the link.
 */
int tz_tc_attach(const char *place, const struct tamiz_device *device,
		 int prog_fd, struct tamiz_message *message);
