/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Grammar of command lines: commands joined by `;`, `&&` and the rest. It
 * takes whatever a shell could mean, one way or another: what tamiz cannot
 * carry out is marked, and sema/ says so where it matters.
 */
%require "3.8"
%language "C"
%define api.pure full
%define api.prefix {tz_script_yy}
%define api.token.prefix {TZ_SCRIPT_TOKEN_}
%define api.value.type union
%define api.location.type {struct tz_span}
%define lr.type ielr
%define parse.lac full
%define parse.error custom
%locations
%expect 0
%param { struct tz_iptables_context *context }

%code requires {
#include "grammar/script.h"

struct tz_script_text {
	const char *bytes;
	size_t len;
};
}

%code provides {
int tz_script_scan(TZ_SCRIPT_YYSTYPE *value, struct tz_span *span,
		   void *scanner);
}

%code {
#define YYLLOC_DEFAULT(current, rhs, n)                                 \
	do {                                                            \
		(current).begin = (n) ? YYRHSLOC(rhs, 1).begin          \
				      : YYRHSLOC(rhs, 0).end;           \
		(current).end = YYRHSLOC(rhs, n).end;                   \
	} while (0)

static int tz_script_yylex(TZ_SCRIPT_YYSTYPE *value, struct tz_span *span,
			   struct tz_iptables_context *context);
static void tz_script_yyerror(const struct tz_span *span,
			      struct tz_iptables_context *context,
			      const char *message);
}

%token NEWLINE "the end of the line"
%token SEMICOLON "';'"
%token AND "'&&'"
%token OR "'||'"
%token PIPE "'|'"
%token BACKGROUND "'&'"
%token GROUP "a parenthesis"
%token REDIRECTION "a redirection"
%token HERE_DOCUMENT "'<<'"
%token JUNK "this byte"
%token YYEOF 0 "the end of the file"
%token <struct tz_script_text> WORD "a word"

%nterm <struct tz_ast_call> call item
%nterm <enum tz_ast_join> join

%%

file
	: %empty
	| file NEWLINE
	| file list end
	| file error NEWLINE
		{ yyerrok; }
	;

list
	: call
		{
			tz_ast_add_call(context->arena, context->file, $call,
					TZ_AST_THEN, @call);
		}
	| list join newlines call
		{
			tz_ast_add_call(context->arena, context->file, $call,
					$join, @call);
		}
	;

join
	: AND
		{ $$ = TZ_AST_AND; }
	| OR
		{ $$ = TZ_AST_OR; }
	| PIPE
		{ $$ = TZ_AST_PIPE; }
	;

newlines
	: %empty
	| newlines NEWLINE
	;

end
	: NEWLINE
	| SEMICOLON
	| BACKGROUND
		{ tz_ast_background(context->file, @1); }
	;

call
	: item
	| call item
		{
			$$ = $1;
			if ($item.words.first)
				$$.words = tz_ast_words_add($$.words,
							    $item.words.first);
			$$ = tz_ast_call_add($$, NULL, $item.shell,
					     $item.shell_span);
		}
	;

item
	: WORD
		{
			$$ = tz_ast_call_add(
				(struct tz_ast_call){ 0 },
				tz_ast_shell_word_new(context->arena, @1,
						      $1.bytes, $1.len),
				tz_ast_shell_of($1.bytes, $1.len), @1);
		}
	| REDIRECTION WORD
		{
			$$ = tz_ast_call_add((struct tz_ast_call){ 0 }, NULL,
					     TZ_AST_REDIRECTION, @$);
		}
	| HERE_DOCUMENT WORD
		{
			$$ = tz_ast_call_add((struct tz_ast_call){ 0 }, NULL,
					     TZ_AST_HERE_DOCUMENT, @$);
		}
	| GROUP
		{
			$$ = tz_ast_call_add((struct tz_ast_call){ 0 }, NULL,
					     TZ_AST_GROUP, @1);
		}
	;

%%

static int tz_script_yylex(TZ_SCRIPT_YYSTYPE *value, struct tz_span *span,
			   struct tz_iptables_context *context)
{
	if (!tz_iptables_take(context)) {
		*span = (struct tz_span){ context->offset, context->offset };
		return 0;
	}
	return tz_script_scan(value, span, context->scanner);
}

/* Called for exhausted memory only: parse.error is custom. */
static void tz_script_yyerror(const struct tz_span *span,
			      struct tz_iptables_context *context,
			      const char *message)
{
	tz_diag(context->diags, TZ_DIAG_SYNTAX, *span, "%s", message);
}

static int yyreport_syntax_error(const yypcontext_t *ctx,
				 struct tz_iptables_context *context)
{
	yysymbol_kind_t expected[2];
	int n = yypcontext_expected_tokens(ctx, expected, 2);

	if (!tz_diags_full(context->diags))
		tz_diag(context->diags, TZ_DIAG_SYNTAX,
			*yypcontext_location(ctx),
			n == 1 ? "%s is not expected here, but %s"
			       : "%s is not expected here",
			yysymbol_name(yypcontext_token(ctx)),
			n == 1 ? yysymbol_name(expected[0]) : "");
	return 0;
}

void tz_script_read(struct tz_iptables_context *context)
{
	context->file->is_script = true;
	tz_script_scan_begin(context);
	tz_script_yyparse(context);
	tz_script_scan_end(context);
}
