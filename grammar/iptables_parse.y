/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Grammar of iptables-save files: lines, flat, one like the other. That lines
 * belong to tables, and that tables are committed, is left to the constructors
 * and to sema/, which say it better than a grammar. After an error the reader
 * goes on with the next line.
 */
%require "3.8"
%language "C"
%define api.pure full
%define api.prefix {tz_iptables_yy}
%define api.token.prefix {TZ_IPTABLES_TOKEN_}
%define api.value.type union
%define api.location.type {struct tz_span}
%define lr.type ielr
%define parse.lac full
%define parse.error custom
%locations
%expect 0
%param { struct tz_iptables_context *context }

%code requires {
#include "grammar/iptables_context.h"

struct tz_iptables_text {
	const char *bytes;
	size_t len;
};
}

%code provides {
int tz_iptables_scan(TZ_IPTABLES_YYSTYPE *value, struct tz_span *span,
		     void *scanner);
}

%code {
#include <string.h>

#include "grammar/script.h"

#define YYLLOC_DEFAULT(current, rhs, n)                                 \
	do {                                                            \
		(current).begin = (n) ? YYRHSLOC(rhs, 1).begin          \
				      : YYRHSLOC(rhs, 0).end;           \
		(current).end = YYRHSLOC(rhs, n).end;                   \
	} while (0)

static int tz_iptables_yylex(TZ_IPTABLES_YYSTYPE *value, struct tz_span *span,
			   struct tz_iptables_context *context);
static void tz_iptables_yyerror(const struct tz_span *span,
			      struct tz_iptables_context *context,
			      const char *message);
static void add_line(struct tz_iptables_context *context,
		     struct tz_ast_line line, struct tz_ast_words words);
}

%token STAR "'*'"
%token COLON "':'"
%token COMMIT "COMMIT"
%token NEWLINE "the end of the line"
%token YYEOF 0 "the end of the file"
%token <struct tz_ast_counters> COUNTERS "counters"
%token <struct tz_iptables_text> WORD "a word"
%token JUNK "text that begins no line"

%nterm <struct tz_ast_counters> counters
%nterm <struct tz_ast_word *> word
%nterm <struct tz_ast_words> words

%%

file
	: %empty
	| file line
	;

line
	: STAR word NEWLINE
		{ tz_ast_open_table(context->arena, context->file, $word); }
	| COMMIT NEWLINE
		{ tz_ast_commit(context->arena, context->file, @1); }
	| COLON word[chain] word[policy] counters NEWLINE
		{
			struct tz_ast_words words = { $policy, $policy };

			add_line(context,
				 (struct tz_ast_line){
					 .kind = TZ_AST_CHAIN,
					 .span = { @1.begin, @4.end },
					 .counters = $counters,
					 .chain = $chain,
				 },
				 words);
		}
	| counters word[first] words NEWLINE
		{
			struct tz_ast_words words = { $first, $words.last };

			$first->next = $words.first;
			add_line(context,
				 (struct tz_ast_line){
					 .kind = TZ_AST_COMMAND,
					 .span = { @1.begin < @1.end ? @1.begin
								     : @2.begin,
						   @3.end },
					 .counters = $counters,
				 },
				 words);
		}
	| error NEWLINE
		{ yyerrok; }
	;

counters
	: %empty
		{ $$ = (struct tz_ast_counters){ 0 }; }
	| COUNTERS
	;

words
	: %empty
		{ $$ = (struct tz_ast_words){ 0 }; }
	| words word
		{ $$ = tz_ast_words_add($1, $word); }
	;

word
	: WORD
		{
			$$ = tz_ast_word_new(context->arena, @1, $1.bytes,
					     $1.len);
		}
	;

%%

static int tz_iptables_yylex(TZ_IPTABLES_YYSTYPE *value, struct tz_span *span,
			   struct tz_iptables_context *context)
{
	if (!tz_iptables_take(context)) {
		*span = (struct tz_span){ context->offset, context->offset };
		return 0;
	}
	return tz_iptables_scan(value, span, context->scanner);
}

static void add_line(struct tz_iptables_context *context,
		     struct tz_ast_line line, struct tz_ast_words words)
{
	line.words = words.first;
	tz_ast_add_line(context->arena, context->file, &line);
}

/* Called for exhausted memory only: parse.error is custom. */
static void tz_iptables_yyerror(const struct tz_span *span,
			      struct tz_iptables_context *context,
			      const char *message)
{
	tz_diag(context->diags, TZ_DIAG_SYNTAX, *span, "%s", message);
}

static int yyreport_syntax_error(const yypcontext_t *ctx,
				 struct tz_iptables_context *context)
{
	enum { max = 4 };
	yysymbol_kind_t token = yypcontext_token(ctx), expected[max];
	int n = yypcontext_expected_tokens(ctx, expected, max);
	const struct tz_span *span = yypcontext_location(ctx);

	if (tz_diags_full(context->diags))
		return 0;
	if (token == YYSYMBOL_JUNK) {
		tz_diag(context->diags, TZ_DIAG_SYNTAX, *span,
			"a line begins with '*table', ':CHAIN', '-A CHAIN', "
			"'COMMIT' or '#', or it is an iptables command");
		return 0;
	}
	tz_diag(context->diags, TZ_DIAG_SYNTAX, *span,
		n == 1 ? "%s is not expected here, but %s"
		       : "%s is not expected here",
		yysymbol_name(token), n == 1 ? yysymbol_name(expected[0]) : "");
	return 0;
}

/*
 * What flex could not survive, or a person could not read: NUL bytes and
 * lines beyond all sense. One look at every byte, before the scanner.
 */
static bool text_is_sane(const struct tz_source *source,
			 struct tz_diags *diags)
{
	const char *end = source->text + source->len;
	bool is_sane = true;

	for (const char *p = source->text; p < end && !tz_diags_full(diags);) {
		const char *newline = memchr(p, '\n', (size_t)(end - p));
		const char *stop = newline ? newline : end;
		const char *nul = memchr(p, '\0', (size_t)(stop - p));
		uint32_t at = source->base + (uint32_t)(p - source->text);

		if (nul) {
			uint32_t place = at + (uint32_t)(nul - p);

			tz_diag(diags, TZ_DIAG_NUL_BYTE,
				(struct tz_span){ place, place + 1 },
				"NUL byte; a rule file is text");
			is_sane = false;
		}
		if (stop - p > (ptrdiff_t)TZ_LINE_MAX) {
			tz_diag(diags, TZ_DIAG_LINE_TOO_LONG,
				(struct tz_span){ at, at + 1 },
				"the line has %zu bytes; at most %u are read",
				(size_t)(stop - p), TZ_LINE_MAX);
			is_sane = false;
		}
		p = stop + 1;
	}
	return is_sane;
}

struct tz_ast_file *tz_iptables_parse(struct tz_arena *arena,
				      struct tz_diags *diags,
				      const struct tz_source *source)
{
	struct tz_iptables_context context = {
		.arena = arena,
		.diags = diags,
		.source = source,
		.file = tz_ast_file_new(arena, source),
	};

	if (!text_is_sane(source, diags))
		return context.file;
	if (tz_script_is(source)) {
		tz_script_read(&context);
		return context.file;
	}
	tz_iptables_scan_begin(&context);
	tz_iptables_yyparse(&context);
	tz_iptables_scan_end(&context);
	return context.file;
}
