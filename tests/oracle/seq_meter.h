/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What XDP says of packets of live traffic, and what becomes of the same
 * packets in the kernel's rules. The rules program is in monitor mode: a
 * verdict goes with its packet, as metadata, and then in skb->tc_index, to
 * observers at the hooks of netfilter. Shared by seq_meter.bpf.c and user
 * space.
 */
#pragma once

#include <linux/types.h>

/* Bits of a packet's label, which is its skb's tc_index; and its class. */
#define TZ_METER_DROP 1u     /* XDP would drop it */
#define TZ_METER_FOUND 2u    /* conntrack had an entry for it then */
#define TZ_METER_FRAGMENT 4u /* as XDP saw it */
#define TZ_METER_OTHER 8u    /* the table cannot be asked: not TCP or UDP */
/* An echo request: dropped where all states are, whoever made its entry */
#define TZ_METER_REQUEST 16u
#define TZ_METER_TRACKED 32u /* of the class only: has a confirmed entry */
#define TZ_METER_N_CLASSES 64
/*
 * Of the label only, three bits: the state that the entry told, and whether the
 * packet may be INVALID, which only the entry's windows tell. 0: no entry.
 */
#define TZ_METER_STATE_SHIFT 5
#define TZ_METER_STATE_NEW 1u
#define TZ_METER_STATE_RELATED 2u
#define TZ_METER_STATE_ESTABLISHED 3u
#define TZ_METER_STATE_DOUBT 3u /* added: ... or INVALID */
#define TZ_METER_LABEL 0x5a00u  /* what tells a label from other numbers */
#define TZ_METER_LABEL_MASK 0xffu

/* Where packets are counted. */
enum tz_meter_stage {
	TZ_METER_RAW,        /* before the raw table */
	TZ_METER_RAW_PASSED, /* before connection tracking */
	TZ_METER_TRACK,      /* behind it */
	TZ_METER_PREROUTED,
	TZ_METER_INPUT,
	TZ_METER_INPUT_PASSED,
	TZ_METER_FORWARD,
	TZ_METER_FORWARD_PASSED,
	TZ_METER_N_STAGES
};

#define TZ_METER_BYTES 96
#define TZ_METER_NO_CT 8u /* invalid, or before conntrack */

/* A packet that proves something, and which: from the IP header on. */
struct tz_meter_event {
	__u32 class;
	__u32 stage;  /* where it was seen; N_STAGES: the rules dropped it */
	__u32 ctinfo; /* enum ip_conntrack_info, or TZ_METER_NO_CT */
	__u32 len;    /* whole */
	__u8 bytes[TZ_METER_BYTES];
};

#define TZ_METER_BURST_MAX 16
#define TZ_METER_FRAME_MAX 1514

struct tz_meter_frame {
	__u32 len;
	__u8 bytes[TZ_METER_FRAME_MAX];
};

/* A packet that is about to meet the filter table's rules. */
struct tz_meter_packet {
	__u32 label;
	__u32 ctinfo;       /* as above; UNTRACKED: 7 */
	__u32 is_forwarded; /* it meets FORWARD, not INPUT */
	__u32 len, n_bytes; /* whole, and of it in @bytes */
	__u8 bytes[TZ_METER_FRAME_MAX];
};

#ifndef __bpf__
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tamiz/runtime.h>

struct tz_meter;

/* How often each class came by; `judged` by XDP: frames, not yet merged. */
struct tz_meter_counts {
	uint64_t judged[TZ_METER_N_CLASSES];
	uint64_t at[TZ_METER_N_STAGES][TZ_METER_N_CLASSES];
};

/*
 * Puts @program, whose root is to be attached to @ifindex of the current
 * network namespace, into monitor mode and hooks in. Rules behind XDP must be
 * loaded. @explains_misses: events for packets, too, that XDP could have
 * dropped. NULL after a message on stderr.
 */
struct tz_meter *tz_meter_open(const struct tamiz_program *program,
			       unsigned int ifindex, bool explains_misses);
void tz_meter_close(struct tz_meter *meter);
void tz_meter_read(const struct tz_meter *meter,
		   struct tz_meter_counts *counts);
/*
 * Sends @n frames as one burst through device @ifindex of the current network
 * namespace, so that its peer meets them in one poll. 0 or -errno.
 */
int tz_meter_burst(struct tz_meter *meter, unsigned int ifindex,
		   const struct tz_meter_frame *frames, unsigned int n);
/*
 * From now on @take is told of every packet that meets filter/INPUT or FORWARD,
 * by tz_meter_drain. 0 or -errno.
 */
int tz_meter_watch_filter(struct tz_meter *meter,
			  int (*take)(void *to, void *packet, size_t len),
			  void *to);
void tz_meter_drain(struct tz_meter *meter);
/* Hands out an event that nobody has read; false: there is none. */
bool tz_meter_next(struct tz_meter *meter, struct tz_meter_event *event);
#endif
