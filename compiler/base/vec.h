/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Growing arrays in an arena. A vector is any struct with the members
 * `T *at; size_t n, cap;`, declared by TZ_VEC(T); growing copies, and the old
 * block stays in the arena.
 */
#pragma once

#include "base/arena.h"

#define TZ_VEC(type)           \
	struct {               \
		type *at;      \
		size_t n, cap; \
	}

void *tz_vec_grow(struct tz_arena *arena, void *at, size_t n, size_t *cap,
		  size_t item_size);

/* Appends @item (an expression of the element type) to the vector @v. */
#define tz_vec_push(arena, v, ...)                                          \
	do {                                                                \
		if ((v)->n == (v)->cap)                                     \
			(v)->at = tz_vec_grow((arena), (v)->at, (v)->n,     \
					      &(v)->cap, sizeof(*(v)->at)); \
		(v)->at[(v)->n++] = __VA_ARGS__;                            \
	} while (0)
