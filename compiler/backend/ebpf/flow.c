/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A flow graph as the body of a C function: its nodes in order, from the root
 * on, with a label where a jump leads; loads in front of the test that needs
 * them, for they end the function where the packet is too short. The loads that
 * most nodes share are made once on a way.
 */
#include "backend/ebpf/flow.h"

#include <inttypes.h>
#include <string.h>

#include "flow/walk.h"

/* Loads that stay in registers, or nearly: the stack is small. */
#define KEPT_MAX 8
/* As many variables are locals; more are memory. */
#define LOCAL_VARS_MAX 4
/* A term of more is printed as statements, so that few of it wait. */
#define STATEMENT_WEIGHT 32
/* A graph of more loads by calls: jumps reach 32,767 instructions. */
#define INLINE_NODES_MAX 1200

const char tz_ebpf_at_ip[] = "TZ_IP";
const char tz_ebpf_at_frame[] = "TZ_FRAME";

struct printer {
	const struct tz_flow *flow;
	const char *prefix;
	struct tz_buf *out;
	const uint32_t *ways; /* to each node; 0: it is not reached */
	size_t n_reached;
	uint32_t n_nodes, n_terms;
	uint8_t *kept_in; /* by term: kept loads that it contains, bits */
	uint8_t *known;   /* by node: kept loads that all ways have made */
	uint32_t kept[KEPT_MAX];
	size_t n_kept;
	uint32_t *prepared; /* by term: the node that has it ready, + 1 */
	bool *is_declared;  /* by term: it is a local */
	uint32_t vars;      /* that are set or read, bits */
	uint32_t node;      /* that is printed */
};

static const struct tz_term *term_at(const struct printer *p, uint32_t term)
{
	return &p->flow->terms.at[term];
}

static const struct tz_flow_node *node_at(const struct printer *p, uint32_t n)
{
	return &p->flow->nodes.at[n];
}

/* ---- what is reached, what is shared ---- */

static void mark_reached(struct printer *p, struct tz_arena *arena)
{
	p->ways = tz_flow_ways(arena, p->flow);
	for (uint32_t i = 0; i <= p->flow->root; i++) {
		const struct tz_flow_node *n = node_at(p, i);

		p->n_reached += p->ways[i] > 0;
		if (p->ways[i] && n->kind == TZ_FLOW_LET)
			p->vars |= UINT32_C(1) << n->var;
	}
}

/* Adds the loads of @term, each once for the node that @seen names. */
static void count_loads(const struct printer *p, uint32_t term, uint32_t node,
			uint32_t *seen, uint32_t *count)
{
	const struct tz_term *t = term_at(p, term);

	if (seen[term] == node + 1)
		return;
	seen[term] = node + 1;
	if (t->kind == TZ_TERM_LOAD)
		count[term]++;
	if (t->kind < TZ_TERM_LOAD)
		return;
	count_loads(p, t->a, node, seen, count);
	count_loads(p, t->b, node, seen, count);
}

/* The loads that most nodes need, if more than one does. */
static void choose_kept(struct printer *p, struct tz_arena *arena)
{
	uint32_t *seen = tz_new_array(arena, uint32_t, p->n_terms);
	uint32_t *count = tz_new_array(arena, uint32_t, p->n_terms);

	for (uint32_t i = 0; i <= p->flow->root; i++) {
		const struct tz_flow_node *n = node_at(p, i);

		if (!p->ways[i])
			continue;
		count_loads(p, n->a, i, seen, count);
		if (n->kind == TZ_FLOW_TEST)
			count_loads(p, n->b, i, seen, count);
	}
	while (p->n_kept < KEPT_MAX) {
		uint32_t best = 0;

		for (uint32_t t = 1; t < p->n_terms; t++)
			if (count[t] > count[best])
				best = t;
		if (count[best] < 2)
			return;
		count[best] = 0;
		p->kept[p->n_kept++] = best;
	}
}

/* Terms are made of terms with smaller numbers. */
static void find_kept(struct printer *p)
{
	for (uint32_t i = 0; i < p->n_terms; i++) {
		const struct tz_term *t = term_at(p, i);

		for (size_t k = 0; k < p->n_kept; k++)
			if (p->kept[k] == i)
				p->kept_in[i] |= (uint8_t)(1u << k);
		p->kept_in[i] |= p->kept_in[t->a] | p->kept_in[t->b];
	}
}

/* Kept loads whose value another value of @var would change. */
static uint8_t kept_of_var(const struct printer *p, uint32_t var)
{
	uint8_t set = 0;

	for (size_t k = 0; k < p->n_kept; k++)
		if (term_at(p, p->kept[k])->vars >> var & 1)
			set |= (uint8_t)(1u << k);
	return set;
}

/* What is known at a node, all that lead to it have known. */
static void find_known(struct printer *p)
{
	memset(p->known, 0xff, p->n_nodes);
	p->known[p->flow->root] = 0;
	for (uint32_t i = p->flow->root + 1; i-- > 0;) {
		const struct tz_flow_node *n = node_at(p, i);
		uint8_t known = p->known[i];

		if (!p->ways[i] || n->kind == TZ_FLOW_RETURN)
			continue;
		known |= p->kept_in[n->a];
		if (n->kind == TZ_FLOW_TEST) {
			known |= p->kept_in[n->b];
			p->known[n->no] &= known;
		}
		if (n->kind == TZ_FLOW_LET)
			known &= (uint8_t)~kept_of_var(p, n->var);
		p->known[n->yes] &= known;
	}
}

/* ---- terms ---- */

static bool is_local(const struct printer *p, uint32_t term)
{
	const struct tz_term *t = term_at(p, term);

	return t->kind == TZ_TERM_LOAD ||
	       (t->kind > TZ_TERM_LOAD && t->weight > STATEMENT_WEIGHT);
}

static bool has_local_vars(const struct printer *p)
{
	return __builtin_popcount(p->vars) <= LOCAL_VARS_MAX;
}

static void var(struct printer *p, uint32_t number)
{
	tz_buf_printf(p->out,
		      has_local_vars(p) ? "v%" PRIu32 : "v[%" PRIu32 "]",
		      number);
}

static void expression(struct printer *p, uint32_t term);

static void arithmetic(struct printer *p, const struct tz_term *t)
{
	static const char *const operators[TZ_N_TERM_KINDS] = {
		[TZ_TERM_ADD] = "+",  [TZ_TERM_SUB] = "-", [TZ_TERM_MUL] = "*",
		[TZ_TERM_DIV] = "/",  [TZ_TERM_MOD] = "%", [TZ_TERM_AND] = "&",
		[TZ_TERM_OR] = "|",   [TZ_TERM_XOR] = "^", [TZ_TERM_LSH] = "<<",
		[TZ_TERM_RSH] = ">>",
	};
	bool is_shift = t->kind == TZ_TERM_LSH || t->kind == TZ_TERM_RSH;
	bool is_call = is_shift && !tz_term_is_const(p->flow, t->b);

	if (is_call)
		tz_buf_puts(p->out,
			    t->kind == TZ_TERM_LSH ? "tz_shl" : "tz_shr");
	tz_buf_puts(p->out, "(");
	expression(p, t->a);
	if (is_call)
		tz_buf_puts(p->out, ", ");
	else
		tz_buf_printf(p->out, " %s ", operators[t->kind]);
	expression(p, t->b);
	tz_buf_puts(p->out, ")");
}

/* @term, whose loads are made. */
static void expression(struct printer *p, uint32_t term)
{
	const struct tz_term *t = term_at(p, term);

	if (is_local(p, term))
		tz_buf_printf(p->out, "t%" PRIu32, term);
	else if (t->kind == TZ_TERM_CONST)
		tz_buf_printf(p->out, t->k < 256 ? "%" PRIu32 : "0x%" PRIx32,
			      t->k);
	else if (t->kind == TZ_TERM_LEN)
		tz_buf_printf(p->out, "%s_LEN", p->prefix);
	else if (t->kind == TZ_TERM_AD)
		tz_buf_printf(p->out, "%s_AD(%" PRIu32 ")", p->prefix, t->k);
	else if (t->kind == TZ_TERM_VAR)
		var(p, t->k);
	else
		arithmetic(p, t);
}

static void load(struct printer *p, uint32_t term)
{
	const struct tz_term *t = term_at(p, term);
	bool is_large = p->n_reached > INLINE_NODES_MAX;

	tz_buf_printf(p->out, "\t%s_%s(t%" PRIu32 ", %u, ", p->prefix,
		      is_large ? "CALL" : "GET", term, t->size);
	if (t->a != TZ_TERM_ZERO) {
		expression(p, t->a);
		tz_buf_puts(p->out, " + ");
	}
	tz_buf_printf(p->out, t->k < 65536 ? "%" PRIu32 "u" : "0x%" PRIx32 "u",
		      t->k);
	tz_buf_puts(p->out, ");\n");
}

/* Whether @term is a load that all ways have made. */
static bool is_known(const struct printer *p, uint32_t term)
{
	for (size_t k = 0; k < p->n_kept; k++)
		if (p->kept[k] == term)
			return p->known[p->node] >> k & 1;
	return false;
}

/* Statements for the loads of @term, its divisions, and what is large. */
static void prepare(struct printer *p, uint32_t term)
{
	const struct tz_term *t = term_at(p, term);

	if (p->prepared[term] == p->node + 1 || is_known(p, term))
		return;
	p->prepared[term] = p->node + 1;
	if (t->kind == TZ_TERM_LOAD) {
		prepare(p, t->a);
		load(p, term);
	}
	if (t->kind <= TZ_TERM_LOAD)
		return;
	prepare(p, t->a);
	prepare(p, t->b);
	if ((t->kind == TZ_TERM_DIV || t->kind == TZ_TERM_MOD) &&
	    (!tz_term_is_const(p->flow, t->b) || !term_at(p, t->b)->k)) {
		tz_buf_puts(p->out, "\tif (!");
		expression(p, t->b);
		tz_buf_printf(p->out, ")\n\t\treturn %s_NO;\n", p->prefix);
	}
	if (is_local(p, term)) {
		tz_buf_printf(p->out, "\tt%" PRIu32 " = ", term);
		arithmetic(p, t);
		tz_buf_puts(p->out, ";\n");
	}
}

/* ---- nodes ---- */

/* "goto nN;", or the return that stands there. */
static void go(struct printer *p, uint32_t node)
{
	const struct tz_flow_node *n = node_at(p, node);

	if (node == TZ_FLOW_REJECT || node == TZ_FLOW_ACCEPT)
		tz_buf_printf(p->out, "return %s_%s;\n", p->prefix,
			      node == TZ_FLOW_REJECT ? "NO" : "YES");
	else if (n->kind == TZ_FLOW_RETURN && tz_term_is_const(p->flow, n->a))
		tz_buf_printf(p->out, "return %s_VALUE(0x%" PRIx32 "u);\n",
			      p->prefix, term_at(p, n->a)->k);
	else
		tz_buf_printf(p->out, "goto n%" PRIu32 ";\n", node);
}

static bool is_inline(const struct printer *p, uint32_t node)
{
	const struct tz_flow_node *n = node_at(p, node);

	return n->kind == TZ_FLOW_RETURN && tz_term_is_const(p->flow, n->a);
}

/* The node that is printed next; the root's number when there is none. */
static uint32_t next_of(const struct printer *p)
{
	for (uint32_t i = p->node; i-- > 0;)
		if (p->ways[i] && !is_inline(p, i))
			return i;
	return p->flow->root;
}

static void test(struct printer *p, const struct tz_flow_node *n)
{
	static const struct {
		const char *yes, *no;
	} operators[] = {
		[TZ_FLOW_EQ] = { "==", "!=" },
		[TZ_FLOW_GT] = { ">", "<=" },
		[TZ_FLOW_GE] = { ">=", "<" },
		[TZ_FLOW_SET] = { "&", "&" },
	};
	bool is_negated = n->yes == next_of(p);

	tz_buf_puts(p->out,
		    n->op == TZ_FLOW_SET && is_negated ? "\tif (!(" : "\tif (");
	expression(p, n->a);
	tz_buf_printf(p->out, " %s ",
		      is_negated ? operators[n->op].no : operators[n->op].yes);
	expression(p, n->b);
	tz_buf_puts(p->out, n->op == TZ_FLOW_SET && is_negated ? "))\n\t\t"
							       : ")\n\t\t");
	go(p, is_negated ? n->no : n->yes);
	if (!is_negated && n->no != next_of(p)) {
		tz_buf_puts(p->out, "\t");
		go(p, n->no);
	}
}

static void node(struct printer *p)
{
	const struct tz_flow_node *n = node_at(p, p->node);

	tz_buf_printf(p->out, "n%" PRIu32 ": TZ_UNUSED;\n", p->node);
	prepare(p, n->a);
	if (n->kind == TZ_FLOW_TEST) {
		prepare(p, n->b);
		test(p, n);
		return;
	}
	if (n->kind == TZ_FLOW_RETURN) {
		tz_buf_printf(p->out, "\treturn %s_VALUE(", p->prefix);
		expression(p, n->a);
		tz_buf_puts(p->out, ");\n");
		return;
	}
	if (n->kind == TZ_FLOW_LET) {
		tz_buf_puts(p->out, "\t");
		var(p, n->var);
		tz_buf_puts(p->out, " = ");
		expression(p, n->a);
		tz_buf_puts(p->out, ";\n");
	}
	if (n->yes != next_of(p)) {
		tz_buf_puts(p->out, "\t");
		go(p, n->yes);
	}
}

/* ---- the function ---- */

/* Locals for the terms of @term that have one. */
static void declare(struct printer *p, uint32_t term)
{
	const struct tz_term *t = term_at(p, term);

	if (p->is_declared[term])
		return;
	p->is_declared[term] = true;
	if (is_local(p, term))
		tz_buf_printf(p->out, "\t__u32 t%" PRIu32 ";\n", term);
	if (t->kind < TZ_TERM_LOAD)
		return;
	declare(p, t->a);
	declare(p, t->b);
}

static void declarations(struct printer *p)
{
	for (uint32_t i = 0; i <= p->flow->root; i++) {
		const struct tz_flow_node *n = node_at(p, i);

		if (!p->ways[i] || is_inline(p, i))
			continue;
		declare(p, n->a);
		if (n->kind == TZ_FLOW_TEST)
			declare(p, n->b);
	}
	if (!has_local_vars(p)) {
		tz_buf_printf(p->out,
			      "\t__u32 *v = tz_filter_vars_get();\n\n"
			      "\tif (!v)\n\t\treturn %s_NO;\n",
			      p->prefix);
		return;
	}
	for (uint32_t i = 0; i < TZ_FLOW_VARS; i++)
		if (p->vars >> i & 1)
			tz_buf_printf(p->out, "\t__u32 v%" PRIu32 ";\n", i);
}

void tz_ebpf_flow(const struct tz_flow *flow, const char *prefix,
		  struct tz_buf *out)
{
	struct tz_arena *arena = tz_arena_new();
	struct printer p = {
		.flow = flow,
		.prefix = prefix,
		.out = out,
		.n_nodes = (uint32_t)flow->nodes.n,
		.n_terms = (uint32_t)flow->terms.n,
	};

	p.known = tz_new_array(arena, uint8_t, p.n_nodes);
	p.kept_in = tz_new_array(arena, uint8_t, p.n_terms);
	p.prepared = tz_new_array(arena, uint32_t, p.n_terms);
	p.is_declared = tz_new_array(arena, bool, p.n_terms);
	mark_reached(&p, arena);
	choose_kept(&p, arena);
	find_kept(&p);
	find_known(&p);
	tz_buf_puts(out, "{\n");
	declarations(&p);
	tz_buf_printf(out, "\n\t%s_BEGIN;\n", prefix);
	if (is_inline(&p, flow->root)) {
		tz_buf_puts(out, "\t");
		go(&p, flow->root);
	}
	for (uint32_t i = flow->root + 1; i-- > 0;) {
		p.node = i;
		if (p.ways[i] && !is_inline(&p, i))
			node(&p);
	}
	tz_buf_puts(out, "}\n");
	tz_arena_free(arena);
}
