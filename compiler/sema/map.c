/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Open addressing, doubled when half full. The hash is FNV-1a: names come
 * from the user's own file, and a bad one costs its author time only.
 */
#include "sema/map.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

struct slot {
	const char *name; /* NULL: free */
	void *value;
};

struct tz_map {
	struct tz_arena *arena;
	struct slot *slots;
	size_t n, n_slots; /* n_slots is a power of two */
};

struct tz_map *tz_map_new(struct tz_arena *arena)
{
	struct tz_map *map = tz_new(arena, struct tz_map);

	map->arena = arena;
	map->n_slots = 64;
	map->slots = tz_new_array(arena, struct slot, map->n_slots);
	return map;
}

static struct slot *find(const struct tz_map *map, const char *name)
{
	uint32_t hash = 2166136261u;

	for (const char *p = name; *p; p++)
		hash = (hash ^ (unsigned char)*p) * 16777619u;

	size_t i = hash & (map->n_slots - 1);

	while (map->slots[i].name && strcmp(map->slots[i].name, name) != 0)
		i = (i + 1) & (map->n_slots - 1);
	return &map->slots[i];
}

void *tz_map_get(const struct tz_map *map, const char *name)
{
	return find(map, name)->value;
}

static void grow(struct tz_map *map)
{
	struct slot *old = map->slots;
	size_t n_old = map->n_slots;

	map->n_slots *= 2;
	map->slots = tz_new_array(map->arena, struct slot, map->n_slots);
	for (size_t i = 0; i < n_old; i++)
		if (old[i].name)
			*find(map, old[i].name) = old[i];
}

void tz_map_put(struct tz_map *map, const char *name, void *value)
{
	struct slot *slot = find(map, name);

	if (!slot->name && 2 * ++map->n > map->n_slots) {
		grow(map);
		slot = find(map, name);
	}
	*slot = (struct slot){ name, value };
}

/* Edits between two short names; letters of the other case count as equal. */
static size_t edit_distance(const char *a, size_t a_len, const char *b,
			    size_t b_len)
{
	size_t row[33];

	for (size_t j = 0; j <= b_len; j++)
		row[j] = j;
	for (size_t i = 1; i <= a_len; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= b_len; j++) {
			size_t best =
				diagonal +
				(strncasecmp(a + i - 1, b + j - 1, 1) != 0);

			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			diagonal = row[j];
			row[j] = best;
		}
	}
	return row[b_len];
}

void tz_nearest_offer(struct tz_nearest *nearest, const char *wanted,
		      const char *candidate)
{
	size_t len = strlen(wanted), candidate_len = strlen(candidate);

	if (len == 0 || len > 32 || candidate_len > 32)
		return;

	size_t distance = edit_distance(wanted, len, candidate, candidate_len);

	if (distance > 1 + len / 4 || distance >= len)
		return;
	if (nearest->name && nearest->distance <= distance)
		return;
	nearest->name = candidate;
	nearest->distance = distance;
}
