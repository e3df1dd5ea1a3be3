/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is known about an attached rule set, as JSON in a frozen BPF array
 * map: it lives and dies with the pins, and `status` needs neither the file
 * nor this version of the program. Members:
 *	abi version generation from_generation ifname ifindex mac attached_at
 *	mode backend rules[{family table chain number file line text target
 *	comment ingress fit base from}]
 * base [packets, bytes] is what earlier generations counted; from, when
 * there, is the index in the counters of from_generation, which may still
 * grow and are added by whoever reads.
 */
#pragma once

#include <jansson.h>

#include <tamiz/runtime.h>

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

/*
 * From the identity of each rule (family, table, chain, text, and which of
 * the rules with the same text it is) to its index in the array @rules.
 */
json_t *tz_meta_index(const json_t *rules);
/* The index in @index of every rule of @rules; -1: not there. Owned. */
int *tz_meta_match(const json_t *rules, const json_t *index);

/* Makes the rules of @meta go on counting where those of @old stand. */
int tz_meta_carry(json_t *meta, const json_t *old);
/* Adds the counters of from_generation for good. */
int tz_meta_fold(json_t *meta, int counters_fd);

/* A frozen map that holds @meta; returns its descriptor. */
int tz_meta_store(const json_t *meta);
/* -EPROTO: of an ABI version that we do not know, or damaged. */
int tz_meta_read(int fd, json_t **meta);

/* A member that is a number, or a text; 0 or "" when it is not there. */
uint64_t tz_meta_number(const json_t *object, const char *name);
const char *tz_meta_text(const json_t *object, const char *name);
struct tamiz_count tz_meta_base(const json_t *rule);
