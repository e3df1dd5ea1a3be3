/* SPDX-License-Identifier: GPL-2.0-only */
/* A list of texts, each with the offsets at which its lines begin. */
#include "base/source.h"

#include <string.h>

#include "base/vec.h"

struct lines {
	TZ_VEC(uint32_t) starts; /* relative to the source's text */
};

struct tz_sources {
	struct tz_arena *arena;
	TZ_VEC(struct tz_source *) list;
	TZ_VEC(struct lines) lines;
	uint32_t next_base;
};

struct tz_sources *tz_sources_new(struct tz_arena *arena)
{
	struct tz_sources *sources = tz_new(arena, struct tz_sources);

	sources->arena = arena;
	sources->next_base = 1;
	return sources;
}

const struct tz_source *tz_sources_add(struct tz_sources *sources,
				       const char *name, const char *text,
				       size_t len)
{
	struct tz_arena *arena = sources->arena;

	if (len > TZ_SOURCES_MAX - sources->next_base)
		return NULL;

	struct tz_source *source = tz_new(arena, struct tz_source);
	char *copy = tz_arena_alloc(arena, len + 2);
	struct lines lines = { 0 };

	if (len)
		memcpy(copy, text, len);
	source->name = tz_arena_strndup(arena, name, strlen(name));
	source->text = copy;
	source->len = len;
	source->base = sources->next_base;
	sources->next_base += (uint32_t)len + 2;

	tz_vec_push(arena, &lines.starts, 0);
	for (const char *p = copy, *end = copy + len; p < end; p++) {
		p = memchr(p, '\n', (size_t)(end - p));
		if (!p)
			break;
		tz_vec_push(arena, &lines.starts, (uint32_t)(p + 1 - copy));
	}
	tz_vec_push(arena, &sources->list, source);
	tz_vec_push(arena, &sources->lines, lines);
	return source;
}

size_t tz_sources_count(const struct tz_sources *sources)
{
	return sources->list.n;
}

const struct tz_source *tz_sources_at(const struct tz_sources *sources,
				      size_t i)
{
	return sources->list.at[i];
}

/* The index of the line of @lines that holds the relative @offset. */
static size_t line_index(const struct lines *lines, uint32_t offset)
{
	size_t low = 0, high = lines->starts.n;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (lines->starts.at[middle] <= offset)
			low = middle;
		else
			high = middle;
	}
	return low;
}

static bool source_holds(const struct tz_source *source, uint32_t offset)
{
	return offset >= source->base && offset - source->base <= source->len;
}

struct tz_place tz_sources_find(const struct tz_sources *sources,
				uint32_t offset)
{
	for (size_t i = 0; i < sources->list.n; i++) {
		const struct tz_source *source = sources->list.at[i];

		if (!source_holds(source, offset))
			continue;

		const struct lines *lines = &sources->lines.at[i];
		uint32_t at = offset - source->base;
		size_t line = line_index(lines, at);

		return (struct tz_place){
			.source = source,
			.line = (uint32_t)line + 1,
			.column = at - lines->starts.at[line] + 1,
		};
	}
	return (struct tz_place){ 0 };
}

const char *tz_sources_line(const struct tz_sources *sources, uint32_t offset,
			    size_t *len)
{
	struct tz_place place = tz_sources_find(sources, offset);

	*len = 0;
	if (!place.source)
		return "";

	const struct tz_source *source = place.source;
	const char *start =
		source->text + (offset - source->base) - (place.column - 1);
	const char *newline = memchr(
		start, '\n', (size_t)(source->text + source->len - start));

	*len = newline ? (size_t)(newline - start)
		       : (size_t)(source->text + source->len - start);
	return start;
}
