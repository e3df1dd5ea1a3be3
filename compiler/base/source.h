/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sources: the bytes that were read and where their lines begin. All sources
 * of one compilation share one space of offsets, so that a span is two
 * numbers and still names its file.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"

/* [begin, end) in the space of offsets of a tz_sources. {0, 0}: no place. */
struct tz_span {
	uint32_t begin, end;
};

struct tz_source {
	const char *name; /* as the user gave it */
	const char *text; /* len bytes, then two NUL bytes (for flex) */
	size_t len;
	uint32_t base; /* offset of text[0]; at least 1 */
};

struct tz_place {
	const struct tz_source *source;
	uint32_t line, column; /* from 1; the column counts bytes */
};

struct tz_sources;

/* The most bytes that all sources of one compilation may have together. */
#define TZ_SOURCES_MAX (512u << 20)
/* The most bytes in one line. */
#define TZ_LINE_MAX (64u << 10)

struct tz_sources *tz_sources_new(struct tz_arena *arena);
/* Copies @text. NULL when the sum of lengths would pass TZ_SOURCES_MAX. */
const struct tz_source *tz_sources_add(struct tz_sources *sources,
				       const char *name, const char *text,
				       size_t len);
size_t tz_sources_count(const struct tz_sources *sources);
const struct tz_source *tz_sources_at(const struct tz_sources *sources,
				      size_t i);
/* Where @offset is; source is NULL when it is in none. */
struct tz_place tz_sources_find(const struct tz_sources *sources,
				uint32_t offset);
/* The line that holds @offset, without its newline; not terminated. */
const char *tz_sources_line(const struct tz_sources *sources, uint32_t offset,
			    size_t *len);
