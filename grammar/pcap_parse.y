/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Grammar of tcpdump expressions, as libpcap 1.10 reads them. `and` and `or`
 * bind alike, from the left. Behind either of them an id may stand alone: it
 * takes the qualifiers of what is left of it, which lower/pcap.c knows.
 */
%require "3.8"
%language "C"
%define api.pure full
%define api.prefix {tz_pcap_yy}
%define api.token.prefix {TZ_PCAP_TOKEN_}
%define api.value.type union
%define api.location.type {struct tz_span}
%define lr.type ielr
%define parse.lac full
%define parse.error custom
%locations
%expect 0
%param { struct tz_pcap_context *context }
%initial-action { @$ = (struct tz_span){ context->offset, context->offset }; }

%code requires {
#include "grammar/pcap.h"
}

%code provides {
int tz_pcap_scan(TZ_PCAP_YYSTYPE *value, struct tz_span *span, void *scanner);
}

%code {
#include <string.h>

/* What is empty has no place: the rest begins behind the blanks. */
#define YYLLOC_DEFAULT(current, rhs, n)                                 \
	do {                                                            \
		int first_ = 1;                                         \
									\
		while (first_ < (n) && YYRHSLOC(rhs, first_).begin ==   \
					       YYRHSLOC(rhs, first_).end) \
			first_++;                                       \
		(current).begin = (n) ? YYRHSLOC(rhs, first_).begin     \
				      : YYRHSLOC(rhs, 0).end;           \
		(current).end = (n) ? YYRHSLOC(rhs, n).end              \
				    : YYRHSLOC(rhs, 0).end;             \
	} while (0)

#define ARENA context->arena
/* A term that is a word, with a number or without. */
#define TERM(kind, span, number) \
	tz_pcap_numbered(ARENA, TZ_PCAP_##kind, span, number)
#define CAST(kind, span, proto) \
	tz_pcap_qualified(ARENA, TZ_PCAP_##kind, span, proto)
#define LIST(kind, span, list) \
	tz_pcap_list_node(ARENA, TZ_PCAP_##kind, span, list)
#define BINARY(op, left, right) tz_pcap_arith_binary(ARENA, op, left, right)

static int tz_pcap_yylex(TZ_PCAP_YYSTYPE *value, struct tz_span *span,
			 struct tz_pcap_context *context);
static void tz_pcap_yyerror(const struct tz_span *span,
			    struct tz_pcap_context *context,
			    const char *message);
}

%token YYEOF 0 "the end of the expression"
%token SRC "'src'"
%token DST "'dst'"
%token HOST "'host'"
%token NET "'net'"
%token MASK "'mask'"
%token PORT "'port'"
%token PORTRANGE "'portrange'"
%token PROTO "'proto'"
%token PROTOCHAIN "'protochain'"
%token GATEWAY "'gateway'"
%token LESS "'less'"
%token GREATER "'greater'"
%token BYTE "'byte'"
%token BROADCAST "'broadcast'"
%token MULTICAST "'multicast'"
%token AND "'and'"
%token OR "'or'"
%token NOT "'not'"
%token LEN "'len'"
%token INBOUND "'inbound'"
%token OUTBOUND "'outbound'"
%token IFINDEX "'ifindex'"
%token VLAN "'vlan'"
%token MPLS "'mpls'"
%token PPPOED "'pppoed'"
%token PPPOES "'pppoes'"
%token GENEVE "'geneve'"
%token VXLAN "'vxlan'"
%token LLC "'llc'"
%token FOREIGN "a word for other links"
%token GE "'>='"
%token LE "'<='"
%token NE "'!='"
%token LSH "'<<'"
%token RSH "'>>'"
%token JUNK "this byte"
%token <enum tz_pcap_proto> PROTOCOL "a protocol"
%token <struct tz_pcap_number> NUMBER "a number"
%token <struct tz_pcap_text> NAME "a name"
%token <struct tz_pcap_text> DOTTED "an IPv4 address"
%token <struct tz_pcap_text> ADDRESS6 "an IPv6 address"
%token <struct tz_pcap_text> MAC "a MAC address"

%nterm <struct tz_pcap_list> expr ids
%nterm <struct tz_pcap_node *> term item id name primitive
%nterm <struct tz_pcap_quals> head
%nterm <enum tz_pcap_proto> protocol
%nterm <enum tz_pcap_dir> dir
%nterm <enum tz_pcap_type> type
%nterm <struct tz_pcap_number> number
%nterm <struct tz_pcap_arith *> arith load
%nterm <enum tz_pcap_relation> relation
%nterm <char> bits

/*
 * '^' and '%' have no precedence in libpcap's grammar, where that makes the
 * parser go on reading: whatever follows belongs to their right side, and they
 * to the right side of what is before them. So: rules below all, tokens above.
 */
%precedence GREEDY
%left '|'
%left '&'
%left LSH RSH
%left '+' '-'
%left '*' '/'
%precedence NEGATIVE
%precedence '^' '%'

%%

file
	: %empty
	| expr
		{ context->root = LIST(LIST, @1, $1); }
	;

expr
	: term
		{ $$ = tz_pcap_list_add((struct tz_pcap_list){ 0 }, $1, false); }
	| expr AND item
		{ $$ = tz_pcap_list_add($1, $3, false); }
	| expr OR item
		{ $$ = tz_pcap_list_add($1, $3, true); }
	;

item
	: term
	| id
	;

term
	: primitive
	| NOT term
		{ $$ = tz_pcap_not(ARENA, @$, $2); }
	;

id
	: name
	| number
		{ $$ = tz_pcap_numbered(ARENA, TZ_PCAP_ID_NUMBER, @$, &$1); }
	| '(' ids ')'
		{ $$ = LIST(LIST, @$, $2); }
	;

name
	: NAME
		{ $$ = tz_pcap_named(ARENA, TZ_PCAP_ID_NAME, @$, $1); }
	| DOTTED
		{ $$ = tz_pcap_named(ARENA, TZ_PCAP_ID_DOTTED, @$, $1); }
	| DOTTED '/' NUMBER
		{ $$ = tz_pcap_prefix(ARENA, TZ_PCAP_ID_PREFIX, @$, $1, $3); }
	| DOTTED MASK DOTTED
		{ $$ = tz_pcap_mask(ARENA, @$, $1, $3); }
	| ADDRESS6
		{ $$ = tz_pcap_named(ARENA, TZ_PCAP_ID_IP6, @$, $1); }
	| ADDRESS6 '/' NUMBER
		{ $$ = tz_pcap_prefix(ARENA, TZ_PCAP_ID_PREFIX6, @$, $1, $3); }
	| MAC
		{ $$ = tz_pcap_named(ARENA, TZ_PCAP_ID_MAC, @$, $1); }
	| NOT id
		{ $$ = tz_pcap_not(ARENA, @$, $2); }
	;

ids
	: name
		{ $$ = tz_pcap_list_add((struct tz_pcap_list){ 0 }, $1, false); }
	| number AND id
		{
			$$ = tz_pcap_list_add(
				(struct tz_pcap_list){ 0 },
				tz_pcap_numbered(ARENA, TZ_PCAP_ID_NUMBER, @1,
						 &$1),
				false);
			$$ = tz_pcap_list_add($$, $3, false);
		}
	| number OR id
		{
			$$ = tz_pcap_list_add(
				(struct tz_pcap_list){ 0 },
				tz_pcap_numbered(ARENA, TZ_PCAP_ID_NUMBER, @1,
						 &$1),
				false);
			$$ = tz_pcap_list_add($$, $3, true);
		}
	| ids AND id
		{ $$ = tz_pcap_list_add($1, $3, false); }
	| ids OR id
		{ $$ = tz_pcap_list_add($1, $3, true); }
	;

head
	: protocol dir type
		{ $$ = (struct tz_pcap_quals){ $1, $2, $3, @$ }; }
	| protocol dir
		{ $$ = (struct tz_pcap_quals){ $1, $2, TZ_PCAP_UNTYPED, @$ }; }
	| protocol type
		{ $$ = (struct tz_pcap_quals){ $1, TZ_PCAP_EITHER, $2, @$ }; }
	| protocol PROTO
		{
			$$ = (struct tz_pcap_quals){ $1, TZ_PCAP_EITHER,
						     TZ_PCAP_PROTO, @$ };
		}
	| protocol PROTOCHAIN
		{
			$$ = (struct tz_pcap_quals){ $1, TZ_PCAP_EITHER,
						     TZ_PCAP_PROTOCHAIN, @$ };
		}
	| protocol GATEWAY
		{
			$$ = (struct tz_pcap_quals){ $1, TZ_PCAP_EITHER,
						     TZ_PCAP_GATEWAY, @$ };
		}
	;

protocol
	: %empty
		{ $$ = TZ_PCAP_ANY; }
	| PROTOCOL
	;

dir
	: SRC
		{ $$ = TZ_PCAP_SRC; }
	| DST
		{ $$ = TZ_PCAP_DST; }
	| SRC OR DST
		{ $$ = TZ_PCAP_SRC_OR_DST; }
	| DST OR SRC
		{ $$ = TZ_PCAP_SRC_OR_DST; }
	| SRC AND DST
		{ $$ = TZ_PCAP_SRC_AND_DST; }
	| DST AND SRC
		{ $$ = TZ_PCAP_SRC_AND_DST; }
	;

type
	: HOST
		{ $$ = TZ_PCAP_HOST; }
	| NET
		{ $$ = TZ_PCAP_NET; }
	| PORT
		{ $$ = TZ_PCAP_PORT; }
	| PORTRANGE
		{ $$ = TZ_PCAP_PORTRANGE; }
	;

primitive
	: head id
		{ $$ = tz_pcap_head(ARENA, @$, $1, $2); }
	| '(' expr ')'
		{ $$ = LIST(GROUP, @$, $2); }
	| PROTOCOL
		{ $$ = CAST(PROTOCOL, @$, $1); }
	| arith relation arith
		{ $$ = tz_pcap_relate(ARENA, @$, $2, $1, $3); }
	| protocol BROADCAST
		{ $$ = CAST(BROADCAST, @$, $1); }
	| protocol MULTICAST
		{ $$ = CAST(MULTICAST, @$, $1); }
	| LESS NUMBER
		{ $$ = TERM(LESS, @$, &$2); }
	| GREATER NUMBER
		{ $$ = TERM(GREATER, @$, &$2); }
	| BYTE NUMBER bits NUMBER
		{ $$ = tz_pcap_byte(ARENA, @$, $2, $3, $4); }
	| INBOUND
		{ $$ = TERM(INBOUND, @$, NULL); }
	| OUTBOUND
		{ $$ = TERM(OUTBOUND, @$, NULL); }
	| IFINDEX NUMBER
		{ $$ = TERM(IFINDEX, @$, &$2); }
	| LLC
		{ $$ = TERM(LLC, @$, NULL); }
	| LLC NAME
		{ $$ = tz_pcap_named(ARENA, TZ_PCAP_LLC, @$, $2); }
	| VLAN
		{ $$ = TERM(VLAN, @$, NULL); }
	| VLAN number
		{ $$ = TERM(VLAN, @$, &$2); }
	| MPLS
		{ $$ = TERM(MPLS, @$, NULL); }
	| MPLS number
		{ $$ = TERM(MPLS, @$, &$2); }
	| PPPOED
		{ $$ = TERM(PPPOED, @$, NULL); }
	| PPPOES
		{ $$ = TERM(PPPOES, @$, NULL); }
	| PPPOES number
		{ $$ = TERM(PPPOES, @$, &$2); }
	| GENEVE
		{ $$ = TERM(GENEVE, @$, NULL); }
	| GENEVE number
		{ $$ = TERM(GENEVE, @$, &$2); }
	| VXLAN
		{ $$ = TERM(VXLAN, @$, NULL); }
	| VXLAN number
		{ $$ = TERM(VXLAN, @$, &$2); }
	;

bits
	: '='
		{ $$ = '='; }
	| '<'
		{ $$ = '<'; }
	| '>'
		{ $$ = '>'; }
	| '&'
		{ $$ = '&'; }
	| '|'
		{ $$ = '|'; }
	;

relation
	: '='
		{ $$ = TZ_PCAP_EQ; }
	| NE
		{ $$ = TZ_PCAP_NE; }
	| '>'
		{ $$ = TZ_PCAP_GT; }
	| GE
		{ $$ = TZ_PCAP_GE; }
	| '<'
		{ $$ = TZ_PCAP_LT; }
	| LE
		{ $$ = TZ_PCAP_LE; }
	;

number
	: NUMBER
	| '(' number ')'
		{ $$ = $2; }
	;

arith
	: number
		{ $$ = tz_pcap_arith_number(ARENA, $1); }
	| load
	;

load
	: PROTOCOL '[' arith ']'
		{
			$$ = tz_pcap_arith_index(ARENA, @$, $1, $3,
						 (struct tz_pcap_number){ 0 });
		}
	| PROTOCOL '[' arith ':' NUMBER ']'
		{ $$ = tz_pcap_arith_index(ARENA, @$, $1, $3, $5); }
	| arith '+' arith
		{ $$ = BINARY('+', $1, $3); }
	| arith '-' arith
		{ $$ = BINARY('-', $1, $3); }
	| arith '*' arith
		{ $$ = BINARY('*', $1, $3); }
	| arith '/' arith
		{ $$ = BINARY('/', $1, $3); }
	| arith '%' arith %prec GREEDY
		{ $$ = BINARY('%', $1, $3); }
	| arith '&' arith
		{ $$ = BINARY('&', $1, $3); }
	| arith '|' arith
		{ $$ = BINARY('|', $1, $3); }
	| arith '^' arith %prec GREEDY
		{ $$ = BINARY('^', $1, $3); }
	| arith LSH arith
		{ $$ = BINARY('<', $1, $3); }
	| arith RSH arith
		{ $$ = BINARY('>', $1, $3); }
	| '-' arith %prec NEGATIVE
		{ $$ = tz_pcap_arith_neg(ARENA, @$, $2); }
	| '(' load ')'
		{ $$ = $2; }
	| LEN
		{ $$ = tz_pcap_arith_len(ARENA, @$); }
	;

%%

static int tz_pcap_yylex(TZ_PCAP_YYSTYPE *value, struct tz_span *span,
			 struct tz_pcap_context *context)
{
	return tz_pcap_scan(value, span, context->scanner);
}

/* Called for exhausted memory only: parse.error is custom. */
static void tz_pcap_yyerror(const struct tz_span *span,
			    struct tz_pcap_context *context,
			    const char *message)
{
	(void)message;
	tz_diag(context->diags, TZ_DIAG_SYNTAX, *span,
		"the parentheses are nested too deep");
}

/* For which links a word is that is for none of ours. */
static const char *link_of(const char *word, size_t len)
{
	static const struct {
		const char *word, *link;
	} foreign[] = {
#define WORD(word, token)
#define ALIAS(word, proto)
#define CONSTANT(word, value)
#define FOREIGN(word, link) { word, link },
#include "grammar/pcap_words.def"
#undef ALIAS
#undef CONSTANT
#undef FOREIGN
	};

	for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++)
		if (strlen(foreign[i].word) == len &&
		    memcmp(foreign[i].word, word, len) == 0)
			return foreign[i].link;
	return "other links";
}

/* What might stand there, when that is little; else what may be meant. */
static void report_expected(const yypcontext_t *ctx,
			    struct tz_pcap_context *context, const char *what)
{
	enum { shown = 4 };
	yysymbol_kind_t expected[shown];
	int n = yypcontext_expected_tokens(ctx, expected, shown);
	const char *more = "";
	char *list = "";

	for (int i = 0; i < n; i++)
		list = tz_arena_printf(context->arena, "%s%s%s", list,
				       i == 0	    ? ", but "
				       : i == n - 1 ? " or "
						    : ", ",
				       yysymbol_name(expected[i]));
	if (n == 0 && yypcontext_token(ctx) == YYSYMBOL_YYEOF)
		more = ": there must be more, such as 'port 53' or '= 1'";
	else if (*context->word == '/')
		more = "; networks are written with a dot: 10.0.0.0/8";
	tz_diag(context->diags, TZ_DIAG_SYNTAX, *yypcontext_location(ctx),
		"%s is not expected here%s%s", what, list, more);
}

static int yyreport_syntax_error(const yypcontext_t *ctx,
				 struct tz_pcap_context *context)
{
	struct tz_span span = *yypcontext_location(ctx);
	yysymbol_kind_t token = yypcontext_token(ctx);
	char *what = tz_arena_printf(context->arena, "'%.*s'",
				     (int)context->word_len, context->word);

	if (token == YYSYMBOL_FOREIGN)
		tz_diag(context->diags, TZ_DIAG_LINK_TYPE, span,
			"%s is for %s, which tamiz knows no filters of", what,
			link_of(context->word, context->word_len));
	else if (token == YYSYMBOL_NAME)
		tz_diag(context->diags, TZ_DIAG_SYNTAX, span,
			"%s is no word of the language here; a name stands "
			"behind 'host', 'net', 'port', 'proto'",
			what);
	else
		report_expected(ctx, context,
				token == YYSYMBOL_YYEOF ? yysymbol_name(token)
							: what);
	return 0;
}

void tz_pcap_parse(struct tz_arena *arena, struct tz_diags *diags,
		   uint32_t begin, const char *text, size_t len,
		   struct tz_pcap_node **root)
{
	struct tz_pcap_context context = {
		.arena = arena,
		.diags = diags,
		.text = tz_arena_alloc(arena, len + 2),
		.len = len,
		.offset = begin,
	};

	if (len)
		memcpy(context.text, text, len);
	tz_pcap_scan_begin(&context);
	tz_pcap_yyparse(&context);
	if (context.root && context.root->depth > TZ_PCAP_DEPTH_MAX)
		tz_diag(diags, TZ_DIAG_SYNTAX, context.root->span,
			"the expression is nested more than %d deep",
			TZ_PCAP_DEPTH_MAX);
	*root = context.root;
}
