/* SPDX-License-Identifier: GPL-2.0-only */
/* What print.c, scan.c and parse.c share about the text form of the IR. */
#pragma once

#include "ir/ir.h"

enum { TZ_IR_N_VERDICTS = TZ_IR_OTHER + 1 };
extern const char *const tz_ir_verdict_words[];

/* The target that a rule of this verdict has unless the text says more. */
const char *tz_ir_usual_target(const struct tz_ir_rule *rule);

enum tz_ir_token {
	TZ_IR_TOKEN_END,
	TZ_IR_TOKEN_WORD,   /* letters, digits, '_', '.', ':' */
	TZ_IR_TOKEN_STRING, /* in quotes */
	TZ_IR_TOKEN_ARROW,  /* => */
	TZ_IR_TOKEN_SIGN,   /* one of { } ( ) [ ] , - & = */
	TZ_IR_TOKEN_BAD,
};

struct tz_ir_scanner {
	struct tz_arena *arena;
	const char *at, *end;
	const char *source_begin;
	uint32_t source_base;
	/* the token in hand */
	enum tz_ir_token token;
	const char *text; /* of a word or string, terminated */
	char sign;
	struct tz_span span;
};

void tz_ir_scanner_init(struct tz_ir_scanner *scanner, struct tz_arena *arena,
			const struct tz_source *source);
/* Takes the next token in hand; '#' begins a comment. */
void tz_ir_scan(struct tz_ir_scanner *scanner);
