/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sets in maps: each is a map of maps, whose one entry is the map with the
 * members, so that all of them can be put in the place of others at once.
 */
#pragma once

#include <tamiz/ipset.h>
#include <tamiz/runtime.h>

#include "runtime/load.h"

/* The kernel's sets, compiled. */
int tz_set_read_live(struct tamiz **live, struct tamiz_message *message);
/* The number of the set of that name; -ENOENT: there is none. */
int tz_set_find_name(const struct tamiz *tamiz, const char *name, size_t *i);
/* Whether keys and values of both are laid out alike. */
bool tz_set_is_alike(const struct tamiz_set *a, const struct tamiz_set *b);

struct bpf_object;

/* Before @object is loaded: it takes the maps that @program has already. */
int tz_sets_share(struct tamiz_program *program, struct bpf_object *object);
/* Then: program->sets are those that @object has. */
int tz_sets_keep(struct tamiz_program *program, struct bpf_object *object);

/*
 * Makes the map of set @i of @rules with its members; its descriptor. @read_ns:
 * when the kernel's began to be read (tz_set_now_ns); 0: timeouts run from now.
 */
int tz_set_make(const struct tamiz *rules, size_t i, uint64_t read_ns,
		struct tamiz_message *message);
/* tamiz_fill with it. */
int tz_sets_fill(const struct tamiz_program *program, const struct tamiz *rules,
		 uint64_t read_ns, struct tamiz_message *message);
/* Puts it in the place of what is in the map of maps @outer. */
int tz_set_put(int outer, int inner);
/* The map with the members: a descriptor. Needs CAP_SYS_ADMIN. */
int tz_set_open(int outer);
/* Whether the map with the members has keys of @key_len bytes, and our values.
 */
bool tz_set_has_layout(int map, size_t key_len);
/* What set @i of @rules holds, as a text that is equal for equal ones. */
#define TZ_SET_DIGEST_LEN 65
int tz_set_digest(const struct tamiz *rules, size_t i,
		  char digest[TZ_SET_DIGEST_LEN]);

/* Of members: enough to write them into a map. */
struct tz_set_batch {
	char *keys;
	struct tz_set_value *values;
	size_t key_len, n;
};

int tz_set_batch_make(const struct tamiz *rules, size_t i, uint64_t read_ns,
		      struct tz_set_batch *batch);
void tz_set_batch_free(struct tz_set_batch *batch);
/* -E2BIG: the map is full. */
int tz_set_batch_write(int map, const struct tz_set_batch *batch);

/* What is not there is not missed. */
int tz_set_batch_remove(int map, const struct tz_set_batch *batch);
/* CLOCK_BOOTTIME, as programs have it. */
uint64_t tz_set_now_ns(void);
/* When the members of this map were read, seconds since 1970; 0: not told. */
uint64_t tz_set_read_at(int map);

#define _cleanup_set_batch_ __attribute__((cleanup(tz_set_batch_free)))
