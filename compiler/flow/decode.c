/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The flow graph of a classic BPF program. Jumps lead forward only, so one walk
 * from the first instruction to the last knows what A, X and scratch hold, as
 * terms of the packet; a second one back makes the nodes.
 *
 * Where ways meet with different terms in a cell that is still read, every way
 * puts its own into the variable of that cell, and so does every other cell
 * whose term reads such a variable. The same is done before a term grows too
 * heavy, and to a random number, which is drawn once. A load is NEEDed where it
 * stands, unless the next node makes it anyhow: that it fails is part of the
 * answer, though nobody asks for its value.
 *
 * Cells that would have to take each other's places at once (two words of
 * scratch, swapped on one way) have no order in which they could: such a
 * program is decoded plainly, every cell in its variable all the time.
 */
#include <assert.h>

#include "cbpf/cbpf.h"
#include "flow/assign.h"
#include "flow/index.h"

/* Heavier terms are kept in a variable before they are computed with. */
#define HEAVY 64
#define NO_TERM TZ_TERM_ZERO

struct place {
	bool is_reached;
	uint32_t live;   /* cells that are read from here on, a bit each */
	uint32_t joined; /* cells in whose terms the ways to here differ */
	uint32_t kept;   /* cells that go into their variables here */
	struct tz_flow_cells *before; /* the terms before that; kept only */
	/* What it tests, or returns (a), or what may fail of it (a). */
	uint32_t a, b;
	uint32_t node;
};

struct decode {
	const struct tz_cbpf *program;
	struct tz_flow *flow;
	struct tz_flow_live live;
	bool is_plain;     /* all cells are kept before each instruction */
	bool meets_a_ring; /* of cells: it must be plain */
	struct place *places;
	struct tz_flow_cells *in, *out; /* an item for each instruction */
};

static const struct sock_filter *insn_at(const struct decode *d, size_t i)
{
	return &d->program->insns[i];
}

static bool is_test(const struct sock_filter *insn)
{
	return BPF_CLASS(insn->code) == BPF_JMP && BPF_OP(insn->code) != BPF_JA;
}

/* Where @i goes on, to @next; how many places. */
static size_t successors(const struct decode *d, size_t i, size_t next[2])
{
	const struct sock_filter *insn = insn_at(d, i);

	if (BPF_CLASS(insn->code) == BPF_RET)
		return 0;
	if (is_test(insn)) {
		next[0] = i + 1 + insn->jt;
		next[1] = i + 1 + insn->jf;
		return 2;
	}
	next[0] = i + 1;
	if (BPF_CLASS(insn->code) == BPF_JMP)
		next[0] += insn->k;
	return 1;
}

static uint32_t scratch(const struct sock_filter *insn)
{
	return 1u << (TZ_CELL_M + insn->k);
}

static bool is_xor_of_x(const struct sock_filter *insn)
{
	return BPF_CLASS(insn->code) == BPF_LD &&
	       BPF_MODE(insn->code) == BPF_ABS &&
	       insn->k == (uint32_t)(SKF_AD_OFF + SKF_AD_ALU_XOR_X);
}

/* The cells that @insn reads and writes, a bit each. */
static void cells_of(const struct sock_filter *insn, uint32_t *reads,
		     uint32_t *writes)
{
	const uint32_t a = 1u << TZ_CELL_A, x = 1u << TZ_CELL_X;
	uint32_t operand = BPF_SRC(insn->code) == BPF_X ? x : 0;

	*reads = *writes = 0;
	switch (BPF_CLASS(insn->code)) {
	case BPF_LD:
	case BPF_LDX:
		*writes = BPF_CLASS(insn->code) == BPF_LD ? a : x;
		if (BPF_MODE(insn->code) == BPF_MEM)
			*reads = scratch(insn);
		else if (BPF_MODE(insn->code) == BPF_IND)
			*reads = x;
		else if (is_xor_of_x(insn))
			*reads = a | x;
		break;
	case BPF_ST:
	case BPF_STX:
		*reads = BPF_CLASS(insn->code) == BPF_ST ? a : x;
		*writes = scratch(insn);
		break;
	case BPF_ALU:
		*reads = BPF_OP(insn->code) == BPF_NEG ? a : a | operand;
		*writes = a;
		break;
	case BPF_JMP:
		*reads = is_test(insn) ? a | operand : 0;
		break;
	case BPF_RET:
		*reads = BPF_RVAL(insn->code) == BPF_A ? a : 0;
		break;
	case BPF_MISC:
		*reads = BPF_MISCOP(insn->code) == BPF_TAX ? a : x;
		*writes = *reads ^ (a | x);
		break;
	}
}

static void find_live(struct decode *d)
{
	for (size_t i = d->program->n; i-- > 0;) {
		size_t next[2], n = successors(d, i, next);
		uint32_t reads, writes, live = 0;

		cells_of(insn_at(d, i), &reads, &writes);
		while (n--)
			live |= d->places[next[n]].live;
		d->places[i].live = reads | (live & ~writes);
	}
}

/* The cells with @mask, and those whose terms read one of its variables. */
static uint32_t with_readers(const struct decode *d, const struct place *place,
			     const struct tz_flow_cells *cells, uint32_t mask)
{
	uint32_t before;

	do {
		before = mask;
		for (uint32_t v = 0; v < TZ_N_CELLS; v++)
			if ((place->live & ~mask) >> v & 1 &&
			    d->flow->terms.at[cells->term[v]].vars & mask)
				mask |= 1u << v;
	} while (mask != before);
	return mask;
}

static void put_in_variables(struct decode *d, struct tz_flow_cells *cells,
			     uint32_t mask)
{
	for (uint32_t v = 0; v < TZ_N_CELLS; v++)
		if (mask >> v & 1)
			cells->term[v] = tz_term_var(d->flow, v);
}

/* Another way to @to, on which the cells hold @cells. */
static void arrive(struct decode *d, size_t to,
		   const struct tz_flow_cells *cells)
{
	struct place *place = &d->places[to];

	if (!place->is_reached) {
		place->is_reached = true;
		d->in[to] = *cells;
		return;
	}
	for (uint32_t v = 0; v < TZ_N_CELLS; v++)
		if (d->in[to].term[v] != cells->term[v])
			place->joined |= 1u << v;
}

/* The live cells that must not be computed with as they are. */
static uint32_t to_be_kept(const struct decode *d, size_t i)
{
	uint32_t kept = 0, reads, writes;

	cells_of(insn_at(d, i), &reads, &writes);
	for (uint32_t v = 0; v < TZ_N_CELLS; v++) {
		const struct tz_term *t = &d->flow->terms.at[d->in[i].term[v]];
		bool is_random = t->kind == TZ_TERM_AD && t->k == SKF_AD_RANDOM;

		if (d->places[i].live >> v & 1 &&
		    (d->is_plain || is_random ||
		     (reads >> v & 1 && t->weight > HEAVY)))
			kept |= 1u << v;
	}
	return kept;
}

/* All ways to @i are known: what the cells hold there. */
static void settle(struct decode *d, size_t i)
{
	struct place *place = &d->places[i];
	struct tz_flow_cells *in = &d->in[i];

	for (uint32_t v = 0; v < TZ_N_CELLS; v++)
		if (!(place->live >> v & 1))
			in->term[v] = TZ_TERM_ZERO;
	place->joined &= place->live;
	if (place->joined) {
		place->joined = with_readers(d, place, in, place->joined);
		put_in_variables(d, in, place->joined);
	}
	place->kept = to_be_kept(d, i);
	if (place->kept) {
		place->kept = with_readers(d, place, in, place->kept);
		place->before = tz_new(d->flow->arena, struct tz_flow_cells);
		*place->before = *in;
		put_in_variables(d, in, place->kept);
	}
}

static unsigned int size_of(uint16_t code)
{
	switch (BPF_SIZE(code)) {
	case BPF_B:
		return 1;
	case BPF_H:
		return 2;
	default:
		return 4;
	}
}

static uint32_t loaded(struct tz_flow *flow, const struct sock_filter *insn,
		       const struct tz_flow_cells *cells)
{
	uint32_t byte;

	switch (BPF_MODE(insn->code)) {
	case BPF_IMM:
		return tz_term_const(flow, insn->k);
	case BPF_MEM:
		return cells->term[TZ_CELL_M + insn->k];
	case BPF_LEN:
		return tz_term_len(flow);
	case BPF_MSH:
		byte = tz_term_load(flow, 1, TZ_TERM_ZERO, insn->k);
		byte = tz_term_arith(flow, TZ_TERM_AND, byte,
				     tz_term_const(flow, 0xf));
		return tz_term_arith(flow, TZ_TERM_LSH, byte,
				     tz_term_const(flow, 2));
	case BPF_IND:
		return tz_term_load(flow, size_of(insn->code),
				    cells->term[TZ_CELL_X], insn->k);
	default: /* BPF_ABS */
		if (is_xor_of_x(insn))
			return tz_term_arith(flow, TZ_TERM_XOR,
					     cells->term[TZ_CELL_A],
					     cells->term[TZ_CELL_X]);
		if (insn->k >= (uint32_t)SKF_AD_OFF)
			return tz_term_ad(flow, insn->k - (uint32_t)SKF_AD_OFF);
		return tz_term_load(flow, size_of(insn->code), TZ_TERM_ZERO,
				    insn->k);
	}
}

static enum tz_term_kind arith_of(uint16_t code)
{
	switch (BPF_OP(code)) {
	case BPF_ADD:
		return TZ_TERM_ADD;
	case BPF_SUB:
	case BPF_NEG:
		return TZ_TERM_SUB;
	case BPF_MUL:
		return TZ_TERM_MUL;
	case BPF_DIV:
		return TZ_TERM_DIV;
	case BPF_MOD:
		return TZ_TERM_MOD;
	case BPF_AND:
		return TZ_TERM_AND;
	case BPF_OR:
		return TZ_TERM_OR;
	case BPF_XOR:
		return TZ_TERM_XOR;
	case BPF_LSH:
		return TZ_TERM_LSH;
	default: /* BPF_RSH */
		return TZ_TERM_RSH;
	}
}

static uint32_t operand(struct tz_flow *flow, const struct sock_filter *insn,
			const struct tz_flow_cells *cells)
{
	if (BPF_SRC(insn->code) == BPF_X)
		return cells->term[TZ_CELL_X];
	return tz_term_const(flow, insn->k);
}

static uint32_t computed(struct tz_flow *flow, const struct sock_filter *insn,
			 const struct tz_flow_cells *cells)
{
	enum tz_term_kind kind = arith_of(insn->code);
	uint32_t a = cells->term[TZ_CELL_A];
	uint32_t b = operand(flow, insn, cells);

	if (BPF_OP(insn->code) == BPF_NEG)
		return tz_term_arith(flow, kind, TZ_TERM_ZERO, a);
	if (kind == TZ_TERM_LSH || kind == TZ_TERM_RSH)
		b = tz_term_arith(flow, TZ_TERM_AND, b,
				  tz_term_const(flow, 31));
	return tz_term_arith(flow, kind, a, b);
}

/* What @i makes of the cells, and what it asks of them. */
static void carry_out(struct decode *d, size_t i)
{
	const struct sock_filter *insn = insn_at(d, i);
	struct place *place = &d->places[i];
	struct tz_flow_cells *out = &d->out[i];

	*out = d->in[i];
	place->a = NO_TERM;
	switch (BPF_CLASS(insn->code)) {
	case BPF_LD:
		place->a = out->term[TZ_CELL_A] = loaded(d->flow, insn, out);
		break;
	case BPF_LDX:
		place->a = out->term[TZ_CELL_X] = loaded(d->flow, insn, out);
		break;
	case BPF_ST:
		out->term[TZ_CELL_M + insn->k] = out->term[TZ_CELL_A];
		break;
	case BPF_STX:
		out->term[TZ_CELL_M + insn->k] = out->term[TZ_CELL_X];
		break;
	case BPF_ALU:
		place->a = out->term[TZ_CELL_A] = computed(d->flow, insn, out);
		break;
	case BPF_JMP:
		place->a = out->term[TZ_CELL_A];
		place->b = operand(d->flow, insn, out);
		break;
	case BPF_RET:
		place->a = BPF_RVAL(insn->code) == BPF_A
				   ? out->term[TZ_CELL_A]
				   : tz_term_const(d->flow, insn->k);
		break;
	case BPF_MISC:
		if (BPF_MISCOP(insn->code) == BPF_TAX)
			out->term[TZ_CELL_X] = out->term[TZ_CELL_A];
		else
			out->term[TZ_CELL_A] = out->term[TZ_CELL_X];
		break;
	}
}

static void walk_forward(struct decode *d)
{
	d->places[0].is_reached = true;
	for (size_t i = 0; i < d->program->n; i++) {
		size_t next[2], n = successors(d, i, next);

		if (!d->places[i].is_reached)
			continue;
		settle(d, i);
		carry_out(d, i);
		while (n--)
			arrive(d, next[n], &d->out[i]);
	}
}

/* The node that puts the cells of @mask into their variables, then @next. */
static uint32_t assign(struct decode *d, uint32_t mask,
		       const struct tz_flow_cells *cells, uint32_t next)
{
	uint32_t node = tz_flow_assign(d->flow, &d->live, mask, cells, next);

	if (node != TZ_FLOW_NO_NODE)
		return node;
	d->meets_a_ring = true;
	return next;
}

/* The node that the way from @from to @to leads to. */
static uint32_t way(struct decode *d, size_t from, size_t to)
{
	return assign(d, d->places[to].joined, &d->out[from],
		      d->places[to].node);
}

static enum tz_flow_op op_of(uint16_t code)
{
	switch (BPF_OP(code)) {
	case BPF_JEQ:
		return TZ_FLOW_EQ;
	case BPF_JGT:
		return TZ_FLOW_GT;
	case BPF_JGE:
		return TZ_FLOW_GE;
	default: /* BPF_JSET */
		return TZ_FLOW_SET;
	}
}

static void make_node(struct decode *d, size_t i)
{
	const struct sock_filter *insn = insn_at(d, i);
	struct place *place = &d->places[i];
	size_t next[2], n = successors(d, i, next);

	if (n == 0) {
		place->node = tz_flow_return(d->flow, place->a);
	} else if (n == 2) {
		uint32_t yes = way(d, i, next[0]), no = way(d, i, next[1]);

		place->node = tz_flow_test(d->flow, op_of(insn->code), place->a,
					   place->b, yes, no);
	} else {
		place->node = way(d, i, next[0]);
		if (BPF_CLASS(insn->code) != BPF_JMP &&
		    !tz_flow_evaluates(d->flow, place->node, place->a))
			place->node =
				tz_flow_need(d->flow, place->a, place->node);
	}
	if (place->kept)
		place->node =
			assign(d, place->kept, place->before, place->node);
}

/* NULL when @is_plain is false and must not be. */
static struct tz_flow *decode(struct tz_arena *arena,
			      const struct tz_cbpf *program, bool is_plain)
{
	struct decode d = {
		.program = program,
		.flow = tz_flow_new(arena),
		.is_plain = is_plain,
		.places = tz_new_array(arena, struct place, program->n),
		.in = tz_new_array(arena, struct tz_flow_cells, program->n),
		.out = tz_new_array(arena, struct tz_flow_cells, program->n),
	};

	find_live(&d);
	walk_forward(&d);
	for (size_t i = program->n; i-- > 0 && !d.meets_a_ring;)
		if (d.places[i].is_reached)
			make_node(&d, i);
	d.flow->root = d.places[0].node;
	return d.meets_a_ring ? NULL : d.flow;
}

struct tz_flow *tz_flow_decode(struct tz_arena *arena,
			       const struct tz_cbpf *program)
{
	struct tz_flow *flow = decode(arena, program, false);

	if (flow)
		return flow;
	/* One cell changes at a time then: it cannot be in a ring. */
	flow = decode(arena, program, true);
	assert(flow);
	return flow;
}
