/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads the text form of a flow graph, by recursive descent:
 *
 *   graph  = "start" target { node }
 *   node   = NAME ":" ( "return" term
 *                     | "if" term ( "==" | ">" | ">=" | "&" ) term
 *                       "then" target "else" target
 *                     | "need" term "then" target
 *                     | "let" VAR "=" term "then" target )
 *   target = "reject" | "accept" | NAME
 *   term   = NUMBER | "len" | "ad" NUMBER | VAR
 *          | "[" [ term "+" ] NUMBER ":" ( "1" | "2" | "4" ) "]"
 *          | "(" term ( "+" | "-" ... "<<" | ">>" ) term ")"
 *
 * A name is n and a number, smaller than that of the node before, and ways lead
 * to nodes that follow. Terms are taken as they are written, not simplified.
 * The first error ends the reading. What comes out is verified.
 */
#include <stdio.h>
#include <string.h>

#include "flow/index.h"
#include "flow/text.h"

struct line {
	uint32_t name;
	struct tz_flow_node node; /* yes and no are names still */
	struct tz_span span;
};

struct parser {
	struct tz_diags *diags;
	const struct tz_source *source;
	struct tz_flow *flow;
	const char *at, *end;
	TZ_VEC(struct line) lines;
	bool has_failed;
};

static struct tz_span span_from(const struct parser *p, const char *begin)
{
	const char *end = p->at > begin ? p->at : begin + 1;
	uint32_t base = p->source->base;

	if (end > p->end)
		end = p->end;
	return (struct tz_span){
		base + (uint32_t)(begin - p->source->text),
		base + (uint32_t)(end - p->source->text),
	};
}

static bool fail(struct parser *p, const char *begin, const char *what)
{
	if (!p->has_failed)
		tz_diag(p->diags, TZ_DIAG_SYNTAX, span_from(p, begin), "%s",
			what);
	p->has_failed = true;
	return false;
}

/* Blanks, and comments to the end of their line. */
static void skip(struct parser *p)
{
	for (; p->at < p->end; p->at++) {
		if (*p->at == '#')
			while (p->at + 1 < p->end && p->at[1] != '\n')
				p->at++;
		else if (*p->at != ' ' && *p->at != '\t' && *p->at != '\n')
			return;
	}
}

static bool is_letter_or_digit(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* Takes @text if it is here; a word must end with it. */
static bool accept(struct parser *p, const char *text)
{
	size_t len = strlen(text);

	skip(p);
	if ((size_t)(p->end - p->at) < len || memcmp(p->at, text, len) != 0)
		return false;
	if (is_letter_or_digit(text[0]) && p->at + len < p->end &&
	    is_letter_or_digit(p->at[len]))
		return false;
	p->at += len;
	return true;
}

static bool want(struct parser *p, const char *text)
{
	char words[32];

	if (accept(p, text))
		return true;
	snprintf(words, sizeof(words), "expected %s here", text);
	return fail(p, p->at, words);
}

static int digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 99;
}

/* Decimal or 0x..., here at once. */
static bool read_number(struct parser *p, uint32_t *number)
{
	const char *begin = p->at;
	uint64_t value = 0;
	int base = 10;

	if (p->end - p->at > 2 && !memcmp(p->at, "0x", 2)) {
		base = 16;
		p->at += 2;
	}

	const char *digits = p->at;

	for (; p->at < p->end && digit_of(*p->at) < base; p->at++)
		if (value <= UINT32_MAX)
			value = value * (unsigned int)base +
				(unsigned int)digit_of(*p->at);
	if (p->at == digits || value > UINT32_MAX)
		return fail(p, begin, "expected a number of 32 bits here");
	*number = (uint32_t)value;
	return true;
}

/* The letter @kind and a number. */
static bool accept_named(struct parser *p, char kind, uint32_t *number)
{
	skip(p);
	if (p->end - p->at < 2 || *p->at != kind || digit_of(p->at[1]) > 9)
		return false;
	p->at++;
	return read_number(p, number);
}

static bool read_term(struct parser *p, unsigned int depth, uint32_t *term);

static bool keep(struct parser *p, const char *begin, struct tz_term term,
		 uint32_t *number)
{
	*number = tz_term_keep(p->flow, term);
	return p->flow->terms.at[*number].weight <= TZ_TERM_WEIGHT_MAX ||
	       fail(p, begin, "this term is too heavy");
}

/* Behind a '['. */
static bool read_load(struct parser *p, unsigned int depth, uint32_t *term)
{
	struct tz_term t = { .kind = TZ_TERM_LOAD };
	const char *begin = p->at;
	uint32_t size;

	if (!read_term(p, depth, &t.a))
		return false;
	if (accept(p, "+")) {
		skip(p);
		if (!read_number(p, &t.k))
			return false;
	} else if (tz_term_is_const(p->flow, t.a)) {
		t.k = p->flow->terms.at[t.a].k;
		t.a = TZ_TERM_ZERO;
	}
	if (!want(p, ":"))
		return false;
	skip(p);
	begin = p->at;
	if (!read_number(p, &size))
		return false;
	if (size != 1 && size != 2 && size != 4)
		return fail(p, begin, "a load is of 1, 2 or 4 bytes");
	t.size = (uint8_t)size;
	return want(p, "]") && keep(p, begin, t, term);
}

/* Behind a '('. */
static bool read_arith(struct parser *p, unsigned int depth, uint32_t *term)
{
	struct tz_term t = { .kind = TZ_TERM_ADD };
	const char *begin = p->at;

	if (!read_term(p, depth, &t.a))
		return false;
	while (t.kind < TZ_N_TERM_KINDS &&
	       !accept(p, tz_flow_term_signs[t.kind]))
		t.kind++;
	if (t.kind == TZ_N_TERM_KINDS)
		return fail(p, p->at, "expected an operation here");
	return read_term(p, depth, &t.b) && want(p, ")") &&
	       keep(p, begin, t, term);
}

static bool read_term(struct parser *p, unsigned int depth, uint32_t *term)
{
	struct tz_term t = { .kind = TZ_TERM_CONST };
	const char *begin;

	skip(p);
	begin = p->at;
	if (depth > TZ_TERM_WEIGHT_MAX)
		return fail(p, begin, "this term is too heavy");
	if (accept(p, "["))
		return read_load(p, depth + 1, term);
	if (accept(p, "("))
		return read_arith(p, depth + 1, term);
	if (accept(p, "len")) {
		t.kind = TZ_TERM_LEN;
	} else if (accept(p, "ad")) {
		t.kind = TZ_TERM_AD;
		skip(p);
		if (!read_number(p, &t.k))
			return false;
	} else if (accept_named(p, 'v', &t.k)) {
		t.kind = TZ_TERM_VAR;
		if (t.k >= TZ_FLOW_VARS)
			return fail(p, begin, "there is no such variable");
	} else if (p->has_failed || p->at == p->end || digit_of(*p->at) > 9) {
		return fail(p, begin, "expected a term here");
	} else if (!read_number(p, &t.k)) {
		return false;
	}
	return keep(p, begin, t, term);
}

static bool read_target(struct parser *p, uint32_t *name)
{
	if (accept(p, "reject"))
		*name = TZ_FLOW_REJECT;
	else if (accept(p, "accept"))
		*name = TZ_FLOW_ACCEPT;
	else if (!accept_named(p, 'n', name))
		return fail(p, p->at, "expected reject, accept or a node here");
	return true;
}

static bool read_op(struct parser *p, enum tz_flow_op *op)
{
	/* The longer sign first: > begins >=, too. */
	static const enum tz_flow_op ops[] = { TZ_FLOW_EQ, TZ_FLOW_GE,
					       TZ_FLOW_GT, TZ_FLOW_SET };

	for (size_t i = 0; i < sizeof(ops) / sizeof(*ops); i++) {
		*op = ops[i];
		if (accept(p, tz_flow_op_signs[*op]))
			return true;
	}
	return fail(p, p->at, "expected ==, >, >= or & here");
}

static bool read_node(struct parser *p, struct tz_flow_node *n)
{
	if (accept(p, "return")) {
		n->kind = TZ_FLOW_RETURN;
		return read_term(p, 0, &n->a);
	}
	if (accept(p, "if")) {
		n->kind = TZ_FLOW_TEST;
		return read_term(p, 0, &n->a) && read_op(p, &n->op) &&
		       read_term(p, 0, &n->b) && want(p, "then") &&
		       read_target(p, &n->yes) && want(p, "else") &&
		       read_target(p, &n->no);
	}
	if (accept(p, "need")) {
		n->kind = TZ_FLOW_NEED;
	} else if (accept(p, "let")) {
		const char *begin = p->at;

		n->kind = TZ_FLOW_LET;
		if (!accept_named(p, 'v', &n->var) || n->var >= TZ_FLOW_VARS)
			return fail(p, begin, "expected a variable here");
		if (!want(p, "="))
			return false;
	} else {
		return fail(p, p->at, "expected return, if, need or let here");
	}
	return read_term(p, 0, &n->a) && want(p, "then") &&
	       read_target(p, &n->yes);
}

static bool read_line(struct parser *p)
{
	struct line line = { 0 };
	const char *begin = p->at;

	if (!accept_named(p, 'n', &line.name))
		return fail(p, begin, "expected the name of a node here");
	if (line.name <= TZ_FLOW_ACCEPT)
		return fail(p, begin, "names begin with n2");
	if (p->lines.n && line.name >= p->lines.at[p->lines.n - 1].name)
		return fail(p, begin, "names grow smaller from node to node");
	if (!want(p, ":") || !read_node(p, &line.node))
		return false;
	line.span = span_from(p, begin);
	tz_vec_push(p->flow->arena, &p->lines, line);
	return true;
}

/*
 * The node of @name, where the nodes of lines from @from on are made already;
 * false: it is none of those.
 */
static bool find(const struct parser *p, const uint32_t *made, size_t from,
		 uint32_t name, uint32_t *node)
{
	size_t to = p->lines.n;

	*node = name;
	if (name <= TZ_FLOW_ACCEPT)
		return true;
	while (from < to) {
		size_t middle = from + (to - from) / 2;

		*node = made[middle];
		if (p->lines.at[middle].name == name)
			return true;
		if (p->lines.at[middle].name > name)
			from = middle + 1;
		else
			to = middle;
	}
	return false;
}

/* Nodes from the last line to the first, then the root. */
static bool build(struct parser *p, uint32_t root)
{
	uint32_t *made = tz_new_array(p->flow->arena, uint32_t, p->lines.n + 1);

	for (size_t i = p->lines.n; i-- > 0;) {
		const struct line *line = &p->lines.at[i];
		struct tz_flow_node n = line->node;

		if (!find(p, made, i + 1, n.yes, &n.yes) ||
		    !find(p, made, i + 1, n.no, &n.no)) {
			tz_diag(p->diags, TZ_DIAG_SYNTAX, line->span,
				"leads to a node that does not follow");
			return false;
		}
		made[i] = tz_flow_keep_node(p->flow, n);
	}
	return find(p, made, 0, root, &p->flow->root) ||
	       fail(p, p->source->text, "begins with a node that is not here");
}

struct tz_flow *tz_flow_parse(struct tz_arena *arena, struct tz_diags *diags,
			      const struct tz_source *source)
{
	struct parser p = {
		.diags = diags,
		.source = source,
		.flow = tz_flow_new(arena),
		.at = source->text,
		.end = source->text + source->len,
	};
	uint32_t root;
	const char *wrong;

	if (!want(&p, "start") || !read_target(&p, &root))
		return NULL;
	for (skip(&p); p.at < p.end; skip(&p))
		if (!read_line(&p))
			return NULL;
	if (!build(&p, root))
		return NULL;
	wrong = tz_flow_verify(p.flow);
	if (!wrong)
		return p.flow;
	fail(&p, p.source->text, wrong);
	return NULL;
}
