/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Blocks of doubling size, freed together. Large requests get a block of
 * their own, so that a big source text wastes nothing. Strings fill a block
 * from its end, all else from its beginning.
 */
#include "base/arena.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/vec.h"

struct block {
	struct block *next;
	size_t size, used;
	max_align_t data[];
};

struct tz_arena {
	struct tz_arena *strings; /* where they are made: here, or outside */
	struct block *blocks;
	size_t next_size;
};

/* Below ASan each thing is a block of its own, so that its bounds are known. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define FIRST_BLOCK 0
#endif
#endif
#ifndef FIRST_BLOCK
#define FIRST_BLOCK (4 << 10)
#endif

static const size_t first_block = FIRST_BLOCK, largest_block = 4 << 20;

struct tz_arena *tz_arena_new(void)
{
	struct tz_arena *arena = calloc(1, sizeof(*arena));

	if (!arena)
		abort();
	arena->next_size = first_block;
	arena->strings = arena;
	return arena;
}

struct tz_arena *tz_arena_new_within(struct tz_arena *outer)
{
	struct tz_arena *arena = tz_arena_new();

	arena->strings = outer->strings;
	return arena;
}

void tz_arena_free(struct tz_arena *arena)
{
	if (!arena)
		return;
	for (struct block *b = arena->blocks, *next; b; b = next) {
		next = b->next;
		free(b);
	}
	free(arena);
}

static struct block *add_block(struct tz_arena *arena, size_t need)
{
	size_t size = arena->next_size;

	if (need > size)
		size = need;
	else if (arena->next_size < largest_block)
		arena->next_size *= 2;

	struct block *b = calloc(1, sizeof(*b) + size);

	if (!b)
		abort();
	b->size = size;
	if (need == size && arena->blocks) { /* keep the roomy one in front */
		b->next = arena->blocks->next;
		arena->blocks->next = b;
	} else {
		b->next = arena->blocks;
		arena->blocks = b;
	}
	return b;
}

static size_t round_up(size_t n, size_t unit)
{
	return (n + unit - 1) / unit * unit;
}

void *tz_arena_alloc(struct tz_arena *arena, size_t size)
{
	struct block *b = arena->blocks;

	if (size > SIZE_MAX / 2)
		abort();
	size = round_up(size, sizeof(void *));

	/* the size of a type is a multiple of its alignment */
	size_t align = size % _Alignof(max_align_t) ? sizeof(void *)
						    : _Alignof(max_align_t);
	size_t at = b ? round_up(b->used, align) : 0;

	if (!b || b->size < at || b->size - at < size) {
		b = add_block(arena, size);
		at = 0;
	}
	b->used = at + size;
	return (char *)b->data + at;
}

/* From the end of the block downwards: strings need no alignment. */
static char *alloc_string(struct tz_arena *arena, size_t size)
{
	struct block *b = arena->strings->blocks;

	if (size > SIZE_MAX / 2)
		abort();
	if (!b || b->size - b->used < size)
		b = add_block(arena->strings, size);
	b->size -= size;
	return (char *)b->data + b->size;
}

char *tz_arena_strndup(struct tz_arena *arena, const char *s, size_t len)
{
	char *copy = alloc_string(arena, len + 1);

	memcpy(copy, s, len);
	return copy;
}

char *tz_arena_vprintf(struct tz_arena *arena, const char *fmt, va_list ap)
{
	va_list again;

	va_copy(again, ap);

	int len = vsnprintf(NULL, 0, fmt, again);

	va_end(again);
	if (len < 0)
		abort();

	char *text = alloc_string(arena, (size_t)len + 1);

	vsnprintf(text, (size_t)len + 1, fmt, ap);
	return text;
}

char *tz_arena_printf(struct tz_arena *arena, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);

	char *text = tz_arena_vprintf(arena, fmt, ap);

	va_end(ap);
	return text;
}

void *tz_vec_grow(struct tz_arena *arena, void *at, size_t n, size_t *cap,
		  size_t item_size)
{
	size_t larger = *cap ? *cap * 2 : 8;
	void *copy = tz_arena_alloc(arena, larger * item_size);

	if (n)
		memcpy(copy, at, n * item_size);
	*cap = larger;
	return copy;
}
