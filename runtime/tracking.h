/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Connection tracking of this namespace: whether it is on, and what it may do
 * to packets that the files say nothing of (SEMANTICS 3.5, 8.12, 14.4).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct tz_live_set;
struct tamiz;

/* Bits; what cannot be read is there, but for the first two. */
#define TZ_TRACKING_ON4 1u   /* rules have the kernel track IPv4 */
#define TZ_TRACKING_ON6 2u   /* ... IPv6 */
#define TZ_TRACKING_LOOSE 4u /* connections are picked up midway */
#define TZ_TRACKING_EXPECTS 8u
#define TZ_TRACKING_ZONES 16u
#define TZ_TRACKING_NOTRACK 32u
#define TZ_TRACKING_DEVICES 64u /* more than one brings in packets */
/* Of rules that cannot be read. */
#define TZ_TRACKING_UNKNOWN \
	(TZ_TRACKING_EXPECTS | TZ_TRACKING_ZONES | TZ_TRACKING_NOTRACK)

/* Of the namespace itself, of nf_tables, and of @set. */
unsigned int tz_tracking_here(void);
unsigned int tz_tracking_in_nftables(void);
unsigned int tz_tracking_in_set(const struct tz_live_set *set);

/* Whether others' requests of ICMP have entries now, or that is not known. */
bool tz_tracking_has_requests(void);
/* Whether the host has more devices than one, besides lo. */
bool tz_tracking_has_devices(void);
/* Whether rules tell devices apart, so that it matters. */
bool tz_tracking_tells_devices(const struct tamiz *rules);

/* Whether programs can ask the kernel's table: it has the functions. */
bool tz_tracking_can_ask(void);

/* For which families packets are judged by an entry: ON4, ON6. */
unsigned int tz_tracking_asked(const struct tamiz *rules);
