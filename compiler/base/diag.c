/* SPDX-License-Identifier: GPL-2.0-only */
/* Recording and printing of diagnostics. */
#include "base/diag.h"

#include <stdarg.h>
#include <string.h>

#include "base/vec.h"

struct tz_diags {
	struct tz_arena *arena;
	const struct tz_sources *sources;
	TZ_VEC(struct tz_diag) list;
	size_t n_errors;
	bool last_was_dropped, is_stopped;
};

static const struct {
	const char *slug;
	enum tz_severity severity;
} kinds[] = {
#define DIAG(id, slug, severity) [TZ_DIAG_##id] = { slug, severity },
#include "base/diag.def"
#undef DIAG
};

_Static_assert(sizeof(kinds) / sizeof(kinds[0]) == TZ_N_DIAGS,
	       "a row per kind of diagnostic");

struct tz_diags *tz_diags_new(struct tz_arena *arena,
			      const struct tz_sources *sources)
{
	struct tz_diags *diags = tz_new(arena, struct tz_diags);

	diags->arena = arena;
	diags->sources = sources;
	return diags;
}

void tz_diag(struct tz_diags *diags, enum tz_diag_id id, struct tz_span span,
	     const char *fmt, ...)
{
	enum tz_severity severity = kinds[id].severity;

	if (severity == TZ_NOTE && diags->last_was_dropped)
		return;
	diags->last_was_dropped = tz_diags_full(diags);
	if (diags->last_was_dropped)
		return;

	struct tz_diag diag = { .id = id, .severity = severity, .span = span };
	va_list ap;

	va_start(ap, fmt);
	diag.text = tz_arena_vprintf(diags->arena, fmt, ap);
	va_end(ap);
	tz_vec_push(diags->arena, &diags->list, diag);
	if (severity != TZ_ERROR || ++diags->n_errors < TZ_DIAGS_MAX)
		return;
	tz_vec_push(diags->arena, &diags->list,
		    (struct tz_diag){ .id = TZ_DIAG_TOO_MANY,
				      .severity = TZ_ERROR,
				      .span = span,
				      .text = "too many errors, stopping" });
}

size_t tz_diags_count(const struct tz_diags *diags)
{
	return diags->list.n;
}

const struct tz_diag *tz_diags_at(const struct tz_diags *diags, size_t i)
{
	return &diags->list.at[i];
}

bool tz_diags_have_errors(const struct tz_diags *diags)
{
	return diags->n_errors > 0;
}

bool tz_diags_full(const struct tz_diags *diags)
{
	return diags->is_stopped || diags->n_errors >= TZ_DIAGS_MAX;
}

void tz_diags_stop(struct tz_diags *diags)
{
	diags->is_stopped = true;
}

const char *tz_diag_slug(enum tz_diag_id id)
{
	return kinds[id].slug;
}

/*
 * The source line with a caret range under [column, column + width). A long
 * line is shown from a little before the place; tabs stay tabs, and what is
 * not printable becomes '?'.
 */
static void print_line(const struct tz_diags *diags, struct tz_span span,
		       uint32_t column, struct tz_buf *out)
{
	enum { shown_max = 160, before = 60 };
	size_t len;
	const char *line = tz_sources_line(diags->sources, span.begin, &len);
	size_t at = column - 1,
	       width = span.end > span.begin ? span.end - span.begin : 1;
	size_t from = at > before && len > shown_max ? at - before : 0;
	size_t to = len - from > shown_max ? from + shown_max : len;

	if (at + width > to)
		width = at < to ? to - at : 1;
	tz_buf_puts(out, "  ");
	for (size_t i = from; i < to; i++) {
		unsigned char c = (unsigned char)line[i];

		tz_buf_printf(out, "%c",
			      c == '\t' || (c >= ' ' && c != 127) ? c : '?');
	}
	tz_buf_puts(out, "\n  ");
	for (size_t i = from; i < at && i < to; i++)
		tz_buf_puts(out, line[i] == '\t' ? "\t" : " ");
	tz_buf_puts(out, "^");
	for (size_t i = 1; i < width; i++)
		tz_buf_puts(out, "~");
	tz_buf_puts(out, "\n");
}

void tz_diag_print(const struct tz_diags *diags, const struct tz_diag *diag,
		   struct tz_buf *out)
{
	static const char *const words[] = { "error", "warning", "note" };
	struct tz_place place =
		tz_sources_find(diags->sources, diag->span.begin);

	if (place.source)
		tz_buf_printf(out, "%s:%u:%u: ", place.source->name, place.line,
			      place.column);
	tz_buf_printf(out, "%s: %s", words[diag->severity], diag->text);
	if (diag->severity != TZ_NOTE)
		tz_buf_printf(out, " [%s]", kinds[diag->id].slug);
	tz_buf_puts(out, "\n");
	if (place.source)
		print_line(diags, diag->span, place.column, out);
}
