/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is known about an attached rule set, as JSON in a frozen BPF array
 * map: it lives and dies with the pins, and `status` needs neither the file
 * nor this version of the program. Members:
 *	abi version generation before last from_generation ifname ifindex mac
 *	attached_at mode backend nat_matters merging_matters
 *	host_writes asked tracking connections change confirm_until digest
 *	n_live
 *	rules[{family table chain number file line text target comment ingress
 *	fit live base from}]
 * base [packets, bytes, and the same of monitor mode] is what earlier
 * generations counted; from, when there, is the index in the counters of
 * from_generation, which may still grow and are added by whoever reads.
 * before: the generation that a rollback brings back, 0 for none; last: the
 * highest number that was rolled back. change: the same word on all devices of
 * one change. confirm_until: CLOCK_BOOTTIME in ns, when it was put on trial.
 * nat_matters, merging_matters: the rules were judged as where nobody
 * translates addresses, and the device merges no datagrams; where that is done
 * now they are unsound. host_writes: bits as in tamiz_options, of what others
 * may write without harm. asked, tracking: TZ_TRACKING_*, for which families
 * entries are looked up, and what of connection tracking was known. digest:
 * tz_live_remember's when it was attached.
 */
#pragma once

#include <jansson.h>

#include <tamiz/runtime.h>

#include "runtime/load.h"

#define _cleanup_json_ __attribute__((cleanup(tz_meta_unref)))

static inline void tz_meta_unref(json_t **json)
{
	json_decref(*json);
}

/* A new reference; NULL without memory. */
json_t *tz_meta_make(const struct tamiz_change *change,
		     const struct tamiz_device *device, unsigned int gen);
#define TZ_META_MAC_LEN 18
/* Six bytes as they stand in the member mac. */
void tz_meta_mac(const uint8_t *mac, char text[TZ_META_MAC_LEN]);
/* The rules of @rules as an array, without counts. */
json_t *tz_meta_rules(const struct tamiz *rules, enum tamiz_mode mode);

/* A frozen map that holds @json; returns its descriptor. */
int tz_meta_store(const json_t *json);
/* What such a map holds, as bytes. Owned, terminated. */
int tz_meta_bytes(int fd, char **data, size_t *len);
/*
 * Pure function of bytes. -EPROTO: of an ABI version that we do not know, or
 * not what tz_meta_make makes.
 */
int tz_meta_parse(const char *data, size_t len, json_t **meta);
int tz_meta_read(int fd, json_t **meta);

/* A member that is a number, or a text; 0 or "" when it is not there. */
uint64_t tz_meta_number(const json_t *object, const char *name);
const char *tz_meta_text(const json_t *object, const char *name);
