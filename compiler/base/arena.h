/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Arena: everything that one compilation allocates lives until its end.
 * Allocation never returns NULL: it aborts when the system has no memory,
 * and callers that read hostile input bound it before they allocate.
 */
#pragma once

#include <stdarg.h>
#include <stddef.h>

struct tz_arena;

struct tz_arena *tz_arena_new(void);
/*
 * For what dies before the rest: freed on its own, but the strings that are
 * made in it live as long as @outer.
 */
struct tz_arena *tz_arena_new_within(struct tz_arena *outer);
/* Frees all that was allocated from @arena, and @arena. NULL is allowed. */
void tz_arena_free(struct tz_arena *arena);
/* Zeroed memory, aligned for any type of that size; @size may be 0. */
void *tz_arena_alloc(struct tz_arena *arena, size_t size);
char *tz_arena_strndup(struct tz_arena *arena, const char *s, size_t len);
char *tz_arena_printf(struct tz_arena *arena, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
char *tz_arena_vprintf(struct tz_arena *arena, const char *fmt, va_list ap);

#define tz_new(arena, type) ((type *)tz_arena_alloc((arena), sizeof(type)))
#define tz_new_array(arena, type, n) \
	((type *)tz_arena_alloc((arena), sizeof(type) * (n)))
