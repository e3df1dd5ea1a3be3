/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Members go into maps by the thousand in a system call. Maps are not
 * allocated in advance: a set of a million that is empty costs little.
 */
#include "runtime/set.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tamiz/set.h>
#include <time.h>

#include "runtime/digest.h"
#include "runtime/message.h"
#include "runtime/scope.h"

#define CHUNK 65536
#define ENTRIES_MAX ((size_t)1 << 22) /* members of files are no more */
#define SECOND_NS UINT64_C(1000000000)
/* Allocations that fail for a moment: the kernel refills behind our back. */
#define TRIES_MAX 1000

uint64_t tz_set_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (uint64_t)now.tv_sec * SECOND_NS + (uint64_t)now.tv_nsec;
}

/*
 * The kernel tells whole seconds, and of the last one any part is one: what is
 * read of it is taken a second less, so that it does not go before ours does.
 */
int tz_set_batch_make(const struct tamiz *rules, size_t i, uint64_t read_ns,
		      struct tz_set_batch *batch)
{
	struct tamiz_set set = tamiz_set(rules, i);
	uint64_t from = read_ns ? read_ns - SECOND_NS : tz_set_now_ns();
	size_t n = set.is_list ? 0 : set.n;

	*batch = (struct tz_set_batch){
		.keys = malloc(n * set.key_len + 1),
		.values = calloc(n + 1, sizeof(*batch->values)),
		.key_len = set.key_len,
		.n = n,
	};
	if (!batch->keys || !batch->values)
		return -ENOMEM;
	for (size_t k = 0; k < n; k++) {
		struct tz_set_value *value = &batch->values[k];
		struct tamiz_set_entry entry;

		tamiz_set_entry(rules, i, k, batch->keys + k * set.key_len,
				&entry);
		value->flags = entry.flags;
		value->key_bits = entry.key_bits;
		if (entry.timeout_s)
			value->expires_ns = from + entry.timeout_s * SECOND_NS;
	}
	return 0;
}

void tz_set_batch_free(struct tz_set_batch *batch)
{
	free(batch->keys);
	free(batch->values);
}

/* In what order a hash takes them does not matter: no key is there twice. */
int tz_set_batch_write(int map, const struct tz_set_batch *batch)
{
	LIBBPF_OPTS(bpf_map_batch_opts, opts);
	size_t done = 0;

	for (int tries = 0; done < batch->n; tries++) {
		uint32_t count = batch->n - done < CHUNK
					 ? (uint32_t)(batch->n - done)
					 : CHUNK;
		int error = bpf_map_update_batch(
			map, batch->keys + done * batch->key_len,
			batch->values + done, &count, &opts);

		done += count;
		if (error && error != -ENOMEM && error != -EAGAIN)
			return error;
		if (error && tries == TRIES_MAX)
			return error;
		if (!error)
			tries = 0;
	}
	return 0;
}

int tz_set_batch_remove(int map, const struct tz_set_batch *batch)
{
	LIBBPF_OPTS(bpf_map_batch_opts, opts);
	size_t done = 0;

	while (done < batch->n) {
		uint32_t count = batch->n - done < CHUNK
					 ? (uint32_t)(batch->n - done)
					 : CHUNK;
		int error = bpf_map_delete_batch(
			map, batch->keys + done * batch->key_len, &count,
			&opts);

		done += count;
		if (error == -ENOENT)
			done++;
		else if (error)
			return error;
	}
	return 0;
}

/*
 * How many entries the map may have. A hash has its buckets from the beginning
 * on: not for the four thousand million members that ipset lets a set allow.
 */
static uint32_t map_size(const struct tamiz_set *set)
{
	size_t most = set->n > ENTRIES_MAX ? set->n : ENTRIES_MAX;
	size_t n = set->maxelem < most ? set->maxelem : most;

	return n ? (uint32_t)n : 1;
}

/* The map's name says when it was made: a kernel keeps 15 bytes of it. */
#define NAME_FORMAT "tz_%llx"

uint64_t tz_set_read_at(int map)
{
	struct bpf_map_info info = { 0 };
	uint32_t len = sizeof(info);
	unsigned long long at;

	if (bpf_obj_get_info_by_fd(map, &info, &len) ||
	    sscanf(info.name, NAME_FORMAT, &at) != 1)
		return 0;
	return at;
}

int tz_set_make(const struct tamiz *rules, size_t i, uint64_t read_ns,
		struct tamiz_message *message)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = BPF_F_NO_PREALLOC);
	struct tamiz_set set = tamiz_set(rules, i);
	_cleanup_set_batch_ struct tz_set_batch batch = { 0 };
	char name[BPF_OBJ_NAME_LEN];

	snprintf(name, sizeof(name), NAME_FORMAT,
		 (unsigned long long)time(NULL));

	_cleanup_close_ int map = bpf_map_create(
		set.is_trie ? BPF_MAP_TYPE_LPM_TRIE : BPF_MAP_TYPE_HASH, name,
		(uint32_t)set.key_len, sizeof(struct tz_set_value),
		map_size(&set), &opts);
	int error =
		map < 0 ? map : tz_set_batch_make(rules, i, read_ns, &batch);

	if (!error)
		error = tz_set_batch_write(map, &batch);
	if (error)
		return tz_message_fail(message, error,
				       "cannot make the set %s of %zu members: "
				       "%s",
				       set.name, set.n, strerror(-error));
	return TAKE_FD(map);
}

int tz_set_put(int outer, int inner)
{
	const uint32_t zero = 0;

	return bpf_map_update_elem(outer, &zero, &inner, BPF_ANY);
}

/* What is pinned in the place of a set may be something else, and larger. */
static bool is_of_maps(int map)
{
	struct bpf_map_info info = { 0 };
	uint32_t len = sizeof(info);

	return !bpf_obj_get_info_by_fd(map, &info, &len) &&
	       info.type == BPF_MAP_TYPE_ARRAY_OF_MAPS;
}

int tz_set_open(int outer)
{
	const uint32_t zero = 0;
	uint32_t id;
	int error = is_of_maps(outer) ? bpf_map_lookup_elem(outer, &zero, &id)
				      : -EINVAL;

	return error ? error : bpf_map_get_fd_by_id(id);
}

bool tz_set_has_layout(int map, size_t key_len)
{
	struct bpf_map_info info = { 0 };
	uint32_t len = sizeof(info);

	return !bpf_obj_get_info_by_fd(map, &info, &len) &&
	       info.key_size == key_len &&
	       info.value_size == sizeof(struct tz_set_value);
}

/* Timeouts run from now: those that the files say are what is compared. */
int tz_set_digest(const struct tamiz *rules, size_t i,
		  char digest[TZ_SET_DIGEST_LEN])
{
	struct tamiz_set set = tamiz_set(rules, i);
	size_t stride = set.key_len + sizeof(struct tamiz_set_entry);
	size_t head = strlen(set.create), len = head + set.n * stride;
	_cleanup_free_ char *text = calloc(1, len + 1);

	_Static_assert(TZ_SET_DIGEST_LEN == TZ_DIGEST_HEX_LEN, "of a digest");
	if (!text)
		return -ENOMEM;
	memcpy(text, set.create, head);
	for (size_t k = 0; k < set.n && !set.is_list; k++) {
		char *at = text + head + k * stride;
		struct tamiz_set_entry entry;

		tamiz_set_entry(rules, i, k, at, &entry);
		memcpy(at + set.key_len, &entry, sizeof(entry));
	}
	tz_digest_of(text, len, digest);
	return 0;
}

int tz_sets_fill(const struct tamiz_program *program, const struct tamiz *rules,
		 uint64_t read_ns, struct tamiz_message *message)
{
	for (size_t i = 0; i < program->n_sets; i++) {
		const struct tz_set_map *map = &program->sets[i];

		if (map->is_shared)
			continue;

		_cleanup_close_ int inner =
			tz_set_make(rules, map->number, read_ns, message);

		if (inner < 0)
			return inner;

		int error = tz_set_put(map->fd, inner);

		if (error)
			return tz_message_fail(
				message, error, "cannot fill the set %s: %s",
				tamiz_set(rules, map->number).name,
				strerror(-error));
	}
	return 0;
}

int tamiz_fill(const struct tamiz_program *program, const struct tamiz *rules,
	       struct tamiz_message *message)
{
	return tz_sets_fill(program, rules, 0, message);
}
