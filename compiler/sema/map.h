/* SPDX-License-Identifier: GPL-2.0-only */
/* A map from names to pointers, in an arena; and names that look alike. */
#pragma once

#include "base/arena.h"

struct tz_map;

struct tz_map *tz_map_new(struct tz_arena *arena);
/* NULL: there is none. */
void *tz_map_get(const struct tz_map *map, const char *name);
/* @name must stay; its earlier value goes. NULL: the name is forgotten. */
void tz_map_put(struct tz_map *map, const char *name, void *value);

/* The best of the candidates offered so far; start with zeros. */
struct tz_nearest {
	const char *name; /* NULL: none is near */
	size_t distance;
};

/* Keeps @candidate if it looks more like @wanted than the best so far. */
void tz_nearest_offer(struct tz_nearest *nearest, const char *wanted,
		      const char *candidate);
