/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where a packet was seen on its way through the receiver: the observer of
 * the kernel's verdicts. Shared by watch.bpf.c and user space.
 */
#pragma once

#include <linux/types.h>

/* Local experimental ethertype 1 (IEEE 802); a marker's number follows. */
#define TZ_WATCH_ETHERTYPE 0x88b5
#define TZ_WATCH_MARKER_OFF 14
#define TZ_WATCH_MARKER_LEN 60
/* SO_MARK of sockets that may talk to others of the receiver. */
#define TZ_WATCH_TALK_MARK 0x7a6f

/* Frames of one batch are numbered below this; fences are from this on. */
#define TZ_WATCH_MAX 8192

enum {
	TZ_WATCH_ARRIVED = 1 << 0,      /* netfilter saw it at all */
	TZ_WATCH_DEFRAGMENTED = 1 << 1, /* left the defragmentation hook */
	TZ_WATCH_PREROUTED = 1 << 2,    /* survived PREROUTING */
	TZ_WATCH_INPUT = 1 << 3,        /* was routed to INPUT */
	TZ_WATCH_FORWARD = 1 << 4,
	TZ_WATCH_INPUT_SURVIVED = 1 << 5,
	TZ_WATCH_FORWARD_SURVIVED = 1 << 6,
	TZ_WATCH_SURVIVED = TZ_WATCH_INPUT_SURVIVED | TZ_WATCH_FORWARD_SURVIVED,
	TZ_WATCH_ROUTED = TZ_WATCH_INPUT | TZ_WATCH_FORWARD,
};

struct tz_watch_seen {
	__u32 stages;
	__u32 n_survivors;
	__u32 len; /* of the survivors, from the IP header */
};

/* Frames that can be sent at once, and their length. */
#define TZ_WATCH_BURST_MAX 16
#define TZ_WATCH_FRAME_MAX 1514

struct tz_watch_frame {
	__u32 len;
	__u8 bytes[TZ_WATCH_FRAME_MAX];
};

#ifndef __bpf__
#include <stdbool.h>

struct tz_watch;

/*
 * Loads the observer and hooks it to @ifindex in the current network
 * namespace, before any address or rule makes traffic there. NULL after a
 * message on stderr.
 */
struct tz_watch *tz_watch_open(unsigned int ifindex);
void tz_watch_close(struct tz_watch *watch);
/* Forgets the results of the batch before. */
void tz_watch_clear(struct tz_watch *watch);
/* Whether @fence was the last marker. */
bool tz_watch_is_at(const struct tz_watch *watch, __u32 fence);
/* Waits until the marker @fence was worked off: 0, or -ETIMEDOUT. */
int tz_watch_fence(const struct tz_watch *watch, __u32 fence);
/*
 * Sends @n frames as one burst through device @ifindex of the current network
 * namespace, so that the receiver meets them in one poll. 0 or -errno.
 */
int tz_watch_burst(struct tz_watch *watch, unsigned int ifindex,
		   const struct tz_watch_frame *frames, unsigned int n);
/* What became of frame @i of the batch. */
struct tz_watch_seen tz_watch_result(const struct tz_watch *watch, unsigned i);
#endif
