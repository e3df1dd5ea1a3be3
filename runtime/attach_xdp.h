/* SPDX-License-Identifier: GPL-2.0-only */
/* A program on a device's XDP hook, held by a BPF link. */
#pragma once

#include <stdbool.h>

#include <tamiz/runtime.h>

/*
 * Names the programs of others on the device: -EBUSY and a message, or, with
 * @force, a note for each and their number.
 */
int tz_xdp_check_foreign(const char *ifname, unsigned int ifindex, bool force,
			 struct tamiz_notes *notes,
			 struct tamiz_message *message);
/*
 * Programs that were displaced, and can be put back. What a link held cannot:
 * nobody but its owner can attach it again.
 */
struct tz_xdp_displaced {
	struct {
		int fd;
		uint32_t flag; /* XDP_FLAGS_*_MODE */
	} at[3];
	size_t n;
};

/* Takes the programs of others off the device. */
int tz_xdp_displace(unsigned int ifindex, struct tz_xdp_displaced *displaced);
/* Puts them back, on a device that has no other. */
void tz_xdp_restore(unsigned int ifindex,
		    const struct tz_xdp_displaced *displaced);
void tz_xdp_displaced_close(struct tz_xdp_displaced *displaced);

/*
 * Attaches, native first, then generic with a note unless @native_only.
 * Returns the descriptor of the link.
 */
int tz_xdp_attach(const char *ifname, unsigned int ifindex, int prog_fd,
		  bool native_only, struct tamiz_notes *notes,
		  struct tamiz_message *message);
/* Whether the device is in this network namespace and runs this program. */
bool tz_xdp_runs(unsigned int ifindex, uint32_t prog_id);
/* "native", "generic", "offloaded"; "none". */
const char *tz_xdp_mode(unsigned int ifindex);
