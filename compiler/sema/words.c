/* SPDX-License-Identifier: GPL-2.0-only */
/* Reading short texts; see the header. */
#include "sema/words.h"

#include <ctype.h>
#include <stdarg.h>
#include <string.h>

void tz_words_init(struct tz_words *words, struct tz_arena *arena,
		   struct tz_diags *diags, struct tz_span span,
		   const char *text, size_t len)
{
	*words = (struct tz_words){
		.arena = arena,
		.diags = diags,
		.span = span,
		.text = text,
		.len = len,
		.span_len = len,
	};
}

/* The place of [begin, end), of one byte at least. */
static struct tz_span place(const struct tz_words *w, size_t begin, size_t end)
{
	struct tz_span span = w->span;

	if (span.end - span.begin != w->span_len)
		return span;
	if (end > w->span_len)
		end = w->span_len;
	if (begin >= end)
		begin = end ? end - 1 : 0;
	span.end = span.begin + (uint32_t)end;
	span.begin += (uint32_t)begin;
	return span;
}

bool tz_words_error(struct tz_words *w, enum tz_diag_id id, size_t begin,
		    size_t end, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	tz_diag(w->diags, id, place(w, begin, end), "%s",
		tz_arena_vprintf(w->arena, fmt, ap));
	va_end(ap);
	return false;
}

bool tz_words_skip(struct tz_words *w, char c)
{
	if (w->at == w->len || w->text[w->at] != c)
		return false;
	w->at++;
	return true;
}

bool tz_words_take(struct tz_words *w, const char *word)
{
	size_t len = strlen(word);

	if (w->len - w->at < len || memcmp(w->text + w->at, word, len) != 0)
		return false;
	w->at += len;
	return true;
}

bool tz_words_number(struct tz_words *w, enum tz_diag_id id, uint32_t max,
		     uint32_t *number)
{
	size_t begin = w->at;
	uint64_t value = 0;

	while (w->at < w->len && isdigit((unsigned char)w->text[w->at])) {
		if (value <= max)
			value = value * 10 + (uint64_t)(w->text[w->at] - '0');
		w->at++;
	}
	if (begin == w->at)
		return tz_words_error(w, id, begin, begin + 1,
				      "a number from 0 to %u is missing here",
				      max);
	if (value > max)
		return tz_words_error(
			w, id, begin, w->at, "%.*s is out of range 0-%u",
			(int)(w->at - begin), w->text + begin, max);
	*number = (uint32_t)value;
	return true;
}
