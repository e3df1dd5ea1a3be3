/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reading short texts of their own syntax (DNS patterns, p0f signatures) byte
 * by byte, with diagnostics that point into them.
 */
#pragma once

#include "base/diag.h"

struct tz_words {
	struct tz_arena *arena;
	struct tz_diags *diags;
	struct tz_span span; /* where the text stands */
	const char *text;
	size_t len, at;
	size_t span_len; /* of the whole text */
};

void tz_words_init(struct tz_words *words, struct tz_arena *arena,
		   struct tz_diags *diags, struct tz_span span,
		   const char *text, size_t len);
/*
 * Records an error at the bytes [begin, end) of the text; at all of it when it
 * was quoted where it stands. False, always.
 */
bool tz_words_error(struct tz_words *words, enum tz_diag_id id, size_t begin,
		    size_t end, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));
/* Goes over @c, if it comes next. */
bool tz_words_skip(struct tz_words *words, char c);
/* Goes over @word, if it comes next. */
bool tz_words_take(struct tz_words *words, const char *word);
/* Decimal digits, up to @max; false after an error of the kind @id. */
bool tz_words_number(struct tz_words *words, enum tz_diag_id id, uint32_t max,
		     uint32_t *number);
