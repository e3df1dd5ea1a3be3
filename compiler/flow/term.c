/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Terms, in one writing of each number: what is known is computed at once. A
 * load that may fail stays, though its value be of no use: its failing is.
 */
#include <assert.h>

#include "flow/index.h"

static const struct tz_term *at(const struct tz_flow *flow, uint32_t term)
{
	assert(term < flow->terms.n);
	return &flow->terms.at[term];
}

bool tz_term_is_const(const struct tz_flow *flow, uint32_t term)
{
	return at(flow, term)->kind == TZ_TERM_CONST;
}

/* Whether @term is x op constant; the constant to *k. */
static bool is_with_const(const struct tz_flow *flow, uint32_t term,
			  enum tz_term_kind kind, uint32_t *k)
{
	const struct tz_term *t = at(flow, term);

	if (t->kind != kind || !tz_term_is_const(flow, t->b))
		return false;
	*k = at(flow, t->b)->k;
	return true;
}

bool tz_term_is_header_len(const struct tz_flow *flow, uint32_t term,
			   uint32_t *k)
{
	const struct tz_term *shift = at(flow, term);
	const struct tz_term *load = at(flow, at(flow, shift->a)->a);
	uint32_t by, mask;

	if (!is_with_const(flow, term, TZ_TERM_LSH, &by) || by != 2 ||
	    !is_with_const(flow, shift->a, TZ_TERM_AND, &mask) || mask != 0xf ||
	    load->kind != TZ_TERM_LOAD || load->size != 1 ||
	    load->a != TZ_TERM_ZERO)
		return false;
	*k = load->k;
	return true;
}

/* All bits up to the highest of @x. */
static uint32_t fill(uint64_t x)
{
	uint32_t bits = 0;

	while (bits < x && bits != UINT32_MAX)
		bits = bits << 1 | 1;
	return bits;
}

static uint32_t arith_bits(const struct tz_term *t, const struct tz_term *left,
			   const struct tz_term *right)
{
	uint64_t a = left->bits, b = right->bits;
	bool b_known = right->kind == TZ_TERM_CONST;
	uint32_t k = right->k;

	switch (t->kind) {
	case TZ_TERM_ADD:
		return fill(a + b);
	case TZ_TERM_MUL:
		return fill(a > UINT32_MAX / (b ? b : 1) ? UINT32_MAX : a * b);
	case TZ_TERM_DIV:
		return fill(b_known && k ? a / k : a);
	case TZ_TERM_MOD:
		return fill(b && b - 1 < a ? b - 1 : a);
	case TZ_TERM_AND:
		return (uint32_t)(a & b);
	case TZ_TERM_OR:
	case TZ_TERM_XOR:
		return (uint32_t)(a | b);
	case TZ_TERM_LSH:
		return b_known ? (uint32_t)(k < 32 ? a << k : 0) : UINT32_MAX;
	case TZ_TERM_RSH:
		return b_known ? (uint32_t)(k < 32 ? a >> k : 0) : fill(a);
	case TZ_TERM_SUB:
	case TZ_TERM_CONST:
	case TZ_TERM_LEN:
	case TZ_TERM_LOAD:
	case TZ_TERM_AD:
	case TZ_TERM_VAR:
	case TZ_N_TERM_KINDS:
		break;
	}
	return UINT32_MAX;
}

static uint32_t larger(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

static void conclude_arith(const struct tz_flow *flow, struct tz_term *t)
{
	const struct tz_term *a = at(flow, t->a), *b = at(flow, t->b);
	bool is_division = t->kind == TZ_TERM_DIV || t->kind == TZ_TERM_MOD;

	t->bits = arith_bits(t, a, b);
	t->need = larger(a->need, b->need);
	t->vars = a->vars | b->vars;
	if (is_division && (b->kind != TZ_TERM_CONST || !b->k))
		t->need = TZ_TERM_NEVER_SAFE;
	t->weight = 1 + a->weight + b->weight;
	if (t->weight <= a->weight || t->weight <= b->weight)
		t->weight = UINT32_MAX;
}

/* Says of @t what follows from its making. */
static void conclude(const struct tz_flow *flow, struct tz_term *t)
{
	if (t->kind >= TZ_TERM_ADD) {
		conclude_arith(flow, t);
		return;
	}
	t->bits = t->kind == TZ_TERM_CONST ? t->k : UINT32_MAX;
	t->need = t->kind == TZ_TERM_AD ? TZ_TERM_NEVER_SAFE : 0;
	t->weight = 1;
	if (t->kind == TZ_TERM_VAR)
		t->vars = 1u << t->k;
	if (t->kind != TZ_TERM_LOAD)
		return;
	if (t->size < 4)
		t->bits = (1u << 8 * t->size) - 1;
	t->need = t->k + t->size;
	if (t->a != TZ_TERM_ZERO || t->k > INT32_MAX - 4)
		t->need = TZ_TERM_NEVER_SAFE;
	t->weight += at(flow, t->a)->weight;
	t->vars = at(flow, t->a)->vars;
}

static uint32_t keep(struct tz_flow *flow, struct tz_term term)
{
	conclude(flow, &term);
	return tz_flow_keep_term(flow, term);
}

uint32_t tz_term_keep(struct tz_flow *flow, struct tz_term term)
{
	return keep(flow, term);
}

bool tz_term_is_dropped(const struct tz_flow *flow, uint32_t term)
{
	return !tz_term_may_fail(flow, term, 0) ||
	       (flow->drops_loads && at(flow, term)->need <= INT32_MAX);
}

bool tz_term_may_fail(const struct tz_flow *flow, uint32_t term,
		      uint32_t known_len)
{
	return at(flow, term)->need > known_len;
}

/* A flat switch over operations. */
bool tz_term_compute(enum tz_term_kind kind, uint32_t a, uint32_t b,
		     uint32_t *result)
{
	switch (kind) {
	case TZ_TERM_ADD:
		*result = a + b;
		return true;
	case TZ_TERM_SUB:
		*result = a - b;
		return true;
	case TZ_TERM_MUL:
		*result = a * b;
		return true;
	case TZ_TERM_DIV:
		*result = b ? a / b : 0;
		return b;
	case TZ_TERM_MOD:
		*result = b ? a % b : 0;
		return b;
	case TZ_TERM_AND:
		*result = a & b;
		return true;
	case TZ_TERM_OR:
		*result = a | b;
		return true;
	case TZ_TERM_XOR:
		*result = a ^ b;
		return true;
	case TZ_TERM_LSH:
		*result = b < 32 ? a << b : 0;
		return true;
	case TZ_TERM_RSH:
		*result = b < 32 ? a >> b : 0;
		return true;
	case TZ_TERM_CONST:
	case TZ_TERM_LEN:
	case TZ_TERM_LOAD:
	case TZ_TERM_AD:
	case TZ_TERM_VAR:
	case TZ_N_TERM_KINDS:
		break;
	}
	return false;
}

uint32_t tz_term_const(struct tz_flow *flow, uint32_t k)
{
	return keep(flow, (struct tz_term){ .kind = TZ_TERM_CONST, .k = k });
}

uint32_t tz_term_len(struct tz_flow *flow)
{
	return keep(flow, (struct tz_term){ .kind = TZ_TERM_LEN });
}

uint32_t tz_term_ad(struct tz_flow *flow, uint32_t number)
{
	return keep(flow, (struct tz_term){ .kind = TZ_TERM_AD, .k = number });
}

uint32_t tz_term_var(struct tz_flow *flow, uint32_t var)
{
	assert(var < TZ_FLOW_VARS);
	return keep(flow, (struct tz_term){ .kind = TZ_TERM_VAR, .k = var });
}

uint32_t tz_term_load(struct tz_flow *flow, unsigned int size, uint32_t base,
		      uint32_t k)
{
	uint32_t more;

	assert(size == 1 || size == 2 || size == 4);
	if (is_with_const(flow, base, TZ_TERM_ADD, &more)) {
		k += more;
		base = at(flow, base)->a;
	} else if (tz_term_is_const(flow, base)) {
		k += at(flow, base)->k;
		base = TZ_TERM_ZERO;
	}
	return keep(flow, (struct tz_term){
				  .kind = TZ_TERM_LOAD,
				  .size = (uint8_t)size,
				  .a = base,
				  .k = k,
			  });
}

uint32_t tz_term_remake(struct tz_flow *flow, const struct tz_term *term,
			uint32_t a, uint32_t b)
{
	if (term->kind == TZ_TERM_LOAD)
		return tz_term_load(flow, term->size, a, term->k);
	if (term->kind > TZ_TERM_LOAD)
		return tz_term_arith(flow, term->kind, a, b);
	return keep(flow, (struct tz_term){ .kind = term->kind, .k = term->k });
}

static bool commutes(enum tz_term_kind kind)
{
	return kind == TZ_TERM_ADD || kind == TZ_TERM_MUL ||
	       kind == TZ_TERM_AND || kind == TZ_TERM_OR || kind == TZ_TERM_XOR;
}

static bool is_power_of_two(uint32_t k)
{
	return k && !(k & (k - 1));
}

/* A multiplication or division by a power of two is a shift or a mask. */
static void strengthen(enum tz_term_kind *kind, uint32_t *k)
{
	if (!is_power_of_two(*k))
		return;
	if (*kind == TZ_TERM_MUL || *kind == TZ_TERM_DIV) {
		*kind = *kind == TZ_TERM_MUL ? TZ_TERM_LSH : TZ_TERM_RSH;
		*k = (uint32_t)__builtin_ctz(*k);
	} else if (*kind == TZ_TERM_MOD) {
		*kind = TZ_TERM_AND;
		*k -= 1;
	}
}

/* Always 0; what may fail is still evaluated. */
static uint32_t nothing_of(struct tz_flow *flow, uint32_t a)
{
	if (!tz_term_may_fail(flow, a, 0))
		return TZ_TERM_ZERO;
	return keep(flow, (struct tz_term){
				  .kind = TZ_TERM_AND,
				  .a = a,
				  .b = TZ_TERM_ZERO,
			  });
}

/* Whether x op k is x. */
static bool is_identity(const struct tz_flow *flow, enum tz_term_kind kind,
			uint32_t a, uint32_t k)
{
	if (kind == TZ_TERM_AND)
		return k && !(at(flow, a)->bits & ~k);
	return !k && kind != TZ_TERM_DIV && kind != TZ_TERM_MOD &&
	       kind != TZ_TERM_MUL;
}

/* a op k, a being no constant. */
static uint32_t with_const(struct tz_flow *flow, enum tz_term_kind kind,
			   uint32_t a, uint32_t k)
{
	bool is_shift = kind == TZ_TERM_LSH || kind == TZ_TERM_RSH;
	uint32_t inner;

	if (is_identity(flow, kind, a, k))
		return a;
	if (!k && (kind == TZ_TERM_AND || kind == TZ_TERM_MUL) &&
	    tz_term_is_dropped(flow, a))
		return TZ_TERM_ZERO;
	if ((kind == TZ_TERM_AND && !(at(flow, a)->bits & k)) ||
	    (kind == TZ_TERM_MUL && !k) || (is_shift && k > 31))
		return nothing_of(flow, a);
	if ((kind == TZ_TERM_ADD || kind == TZ_TERM_AND || kind == TZ_TERM_OR ||
	     kind == TZ_TERM_XOR) &&
	    is_with_const(flow, a, kind, &inner)) {
		tz_term_compute(kind, inner, k, &k);
		return tz_term_arith(flow, kind, at(flow, a)->a,
				     tz_term_const(flow, k));
	}
	if (is_shift && is_with_const(flow, a, kind, &inner))
		return tz_term_arith(flow, kind, at(flow, a)->a,
				     tz_term_const(flow, k + inner));
	return keep(flow, (struct tz_term){
				  .kind = kind,
				  .a = a,
				  .b = tz_term_const(flow, k),
			  });
}

uint32_t tz_term_arith(struct tz_flow *flow, enum tz_term_kind kind, uint32_t a,
		       uint32_t b)
{
	uint32_t k;

	assert(kind >= TZ_TERM_ADD && kind < TZ_N_TERM_KINDS);
	if (tz_term_is_const(flow, a) && tz_term_is_const(flow, b) &&
	    tz_term_compute(kind, at(flow, a)->k, at(flow, b)->k, &k))
		return tz_term_const(flow, k);
	if (commutes(kind) && (tz_term_is_const(flow, a) ||
			       (!tz_term_is_const(flow, b) && a > b)))
		return tz_term_arith(flow, kind, b, a);
	if (tz_term_is_const(flow, b)) {
		k = at(flow, b)->k;
		if (kind == TZ_TERM_SUB) {
			kind = TZ_TERM_ADD;
			k = -k;
		}
		strengthen(&kind, &k);
		if (!tz_term_is_const(flow, a))
			return with_const(flow, kind, a, k);
		b = tz_term_const(flow, k);
	} else if (kind == TZ_TERM_ADD) {
		/* Constants go outside, and into the offsets of loads. */
		if (is_with_const(flow, a, kind, &k))
			return with_const(
				flow, kind,
				tz_term_arith(flow, kind, at(flow, a)->a, b),
				k);
		if (is_with_const(flow, b, kind, &k))
			return with_const(
				flow, kind,
				tz_term_arith(flow, kind, a, at(flow, b)->a),
				k);
	}
	return keep(flow, (struct tz_term){ .kind = kind, .a = a, .b = b });
}
