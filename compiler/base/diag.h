/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Diagnostics: what is wrong with the user's text, where, and what would be
 * right. Every kind is one row of diag.def; recording goes on up to 20 errors.
 */
#pragma once

#include <stdbool.h>

#include "base/buf.h"
#include "base/source.h"

enum tz_severity { TZ_ERROR, TZ_WARNING, TZ_NOTE };

enum tz_diag_id {
#define DIAG(id, slug, severity) TZ_DIAG_##id,
#include "base/diag.def"
#undef DIAG
	TZ_N_DIAGS
};

struct tz_diag {
	enum tz_diag_id id;
	enum tz_severity severity;
	struct tz_span span;
	const char *text;
};

struct tz_diags;

struct tz_diags *tz_diags_new(struct tz_arena *arena,
			      const struct tz_sources *sources);
/*
 * Records one diagnostic. A note belongs to the diagnostic recorded before
 * it. Beyond TZ_DIAGS_MAX errors only "too many errors" is recorded.
 */
#define TZ_DIAGS_MAX 20
void tz_diag(struct tz_diags *diags, enum tz_diag_id id, struct tz_span span,
	     const char *fmt, ...) __attribute__((format(printf, 4, 5)));
size_t tz_diags_count(const struct tz_diags *diags);
const struct tz_diag *tz_diags_at(const struct tz_diags *diags, size_t i);
bool tz_diags_have_errors(const struct tz_diags *diags);
/* After an error behind which nothing is worth the memory. */
void tz_diags_stop(struct tz_diags *diags);
/* True once TZ_DIAGS_MAX errors are recorded, or stopped: parsing may stop. */
bool tz_diags_full(const struct tz_diags *diags);
const char *tz_diag_slug(enum tz_diag_id id);
/* file:line:col: error: text [slug], the source line, a caret range. */
void tz_diag_print(const struct tz_diags *diags, const struct tz_diag *diag,
		   struct tz_buf *out);
