/* SPDX-License-Identifier: GPL-2.0-only */
/* Inside cbpf/: the text of a program while it is read. */
#pragma once

#include "base/vec.h"
#include "cbpf/code.h"

struct tz_cbpf_reader {
	struct tz_arena *arena;
	struct tz_diags *diags;
	struct tz_span span; /* of the text */
	const char *text;
	size_t len, at;
	TZ_VEC(struct sock_filter) insns;
	TZ_VEC(struct tz_span) places; /* of each instruction, in the text */
	bool has_failed;               /* the first error ends the reading */
};

/* From @begin to @end of the text, in the sources. */
struct tz_span tz_cbpf_span(const struct tz_cbpf_reader *r, size_t begin,
			    size_t end);
/* Records an error about [@begin, r->at), at least one byte; false. */
bool tz_cbpf_fail(struct tz_cbpf_reader *r, size_t begin, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* The byte here; 0 at the end. */
char tz_cbpf_here(const struct tz_cbpf_reader *r);
/* Leaves blanks, line ends and comments behind; a # begins one in column 1. */
void tz_cbpf_skip(struct tz_cbpf_reader *r);
/* Skips, then takes @sign if it is here. */
bool tz_cbpf_accept(struct tz_cbpf_reader *r, char sign);
/*
 * Skips, then a number: decimal, 0x..., 0b..., octal with a leading 0, with a
 * sign in front where @is_signed. False when there is none: an error that says
 * @what was expected, or that it is above @max.
 */
bool tz_cbpf_number(struct tz_cbpf_reader *r, const char *what, uint32_t max,
		    bool is_signed, uint32_t *number);
/* An instruction whose text began at @begin. */
bool tz_cbpf_push(struct tz_cbpf_reader *r, size_t begin,
		  struct sock_filter insn);
/* asm.c: instructions with labels, to the end of the text. */
bool tz_cbpf_read_asm(struct tz_cbpf_reader *r);
