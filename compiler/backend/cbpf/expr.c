/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Terms into registers. What a place holds already is taken from there; else
 * the operand that needs more is computed first (Sethi and Ullman, 1970), and
 * scratch memory is used when both need X.
 */
#include "backend/cbpf/expr.h"

static const struct tz_term *at(const struct tz_code_writer *w, uint32_t term)
{
	return &w->flow->terms.at[term];
}

static bool is_const(const struct tz_code_writer *w, uint32_t term)
{
	return at(w, term)->kind == TZ_TERM_CONST;
}

static bool has_place(const struct tz_code_writer *w, int place, uint32_t term)
{
	return tz_code_holds(w->flow, &w->state.at[place], term);
}

/* A place of scratch that holds @term, or -1. */
static int in_scratch(const struct tz_code_writer *w, uint32_t term)
{
	for (int i = PLACE_M; i < N_PLACES; i++) {
		if (has_place(w, i, term))
			return i;
	}
	return -1;
}

bool tz_code_is_held(const struct tz_code_writer *w, uint32_t term)
{
	return has_place(w, PLACE_A, term) || has_place(w, PLACE_X, term) ||
	       in_scratch(w, term) >= 0;
}

static void put(struct tz_code_writer *w, unsigned int code, uint32_t k,
		struct tz_code_value value)
{
	struct tz_code_insn insn = {
		.filter = { .code = (uint16_t)code, .k = k },
		.value = value,
	};
	int place = tz_code_writes(&insn.filter);

	tz_vec_push(w->arena, &w->block->insns, insn);
	w->state.at[place] = value;
}

/* An instruction after which A or X holds @term, NOTHING: no known one. */
static void put_term(struct tz_code_writer *w, unsigned int code, uint32_t k,
		     uint32_t term)
{
	put(w, code, k, (struct tz_code_value){ .term = term });
}

static void put_move(struct tz_code_writer *w, unsigned int code, uint32_t k,
		     int from)
{
	put(w, code, k, w->state.at[from]);
}

void tz_code_store(struct tz_code_writer *w, unsigned int place)
{
	put_move(w, BPF_ST, place - PLACE_M, PLACE_A);
}

/* Temporaries are given back in turn; what they hold stays known. */
static void free_temps(struct tz_code_writer *w, unsigned int n)
{
	w->next_temp = (uint8_t)(w->next_temp - n);
}

static unsigned int new_temp(struct tz_code_writer *w)
{
	if (w->next_temp >= BPF_MEMWORDS) {
		w->failed = true;
		w->next_temp++;
		return PLACE_M;
	}
	return PLACE_M + w->next_temp++;
}

/*
 * Loads at absolute offsets from SKF_AD_OFF on ask for something else than
 * bytes: those with X do not.
 */
static bool is_absolute(const struct tz_term *load)
{
	return load->a == TZ_TERM_ZERO && load->k < (uint32_t)SKF_AD_OFF;
}

/*
 * x & m that has only the low bytes of a load is a shorter load that ends at
 * the same byte. Returns its size, or 0.
 */
static unsigned int low_bytes(const struct tz_code_writer *w,
			      const struct tz_term *t)
{
	const struct tz_term *load = at(w, t->a);
	uint32_t mask = at(w, t->b)->k;

	if (t->kind != TZ_TERM_AND || !is_const(w, t->b) ||
	    load->kind != TZ_TERM_LOAD || load->a != TZ_TERM_ZERO ||
	    load->k > INT32_MAX - 4)
		return 0;
	if (mask == 0xff && load->size > 1)
		return 1;
	return mask == 0xffff && load->size > 2 ? 2 : 0;
}

/* Whether one instruction that leaves A alone makes X hold @term. */
static bool fits_x(const struct tz_code_writer *w, uint32_t term)
{
	uint32_t k;

	return has_place(w, PLACE_X, term) || is_const(w, term) ||
	       at(w, term)->kind == TZ_TERM_LEN || in_scratch(w, term) >= 0 ||
	       tz_term_is_header_len(w->flow, term, &k);
}

static bool is_negation(const struct tz_code_writer *w, const struct tz_term *t)
{
	return t->kind == TZ_TERM_SUB && is_const(w, t->a);
}

/* A constant that the instruction may carry: the kernel refuses x / 0. */
static bool fits_insn(const struct tz_code_writer *w, const struct tz_term *t)
{
	if (!is_const(w, t->b))
		return false;
	return at(w, t->b)->k ||
	       (t->kind != TZ_TERM_DIV && t->kind != TZ_TERM_MOD);
}

/* How much more than @base @term is, when that is known. */
static bool distance(const struct tz_code_writer *w, uint32_t term,
		     uint32_t base, uint32_t *more)
{
	const struct tz_term *t;

	*more = 0;
	if (term == base)
		return true;
	if (term == NOTHING)
		return false;
	t = at(w, term);
	if (t->kind != TZ_TERM_ADD || !is_const(w, t->b) || t->a != base)
		return false;
	*more = at(w, t->b)->k;
	return true;
}

/*
 * A place that holds something which differs from @term by a constant, when
 * that is the nearer way to it, or -1; A before others.
 */
static int find_near(const struct tz_code_writer *w, uint32_t term,
		     uint32_t *add)
{
	const struct tz_term *t = at(w, term);
	bool is_sum = t->kind == TZ_TERM_ADD && is_const(w, t->b);
	uint32_t base = is_sum ? t->a : term;
	uint32_t wanted = is_sum ? at(w, t->b)->k : 0, held;
	int n_places = N_PLACES;

	/* A load is as near as anything, but for what A holds. */
	if (at(w, base)->kind < TZ_TERM_ADD)
		n_places = is_sum ? PLACE_A + 1 : 0;
	for (int i = 0; i < n_places; i++) {
		if (distance(w, w->state.at[i].term, base, &held)) {
			*add = wanted - held;
			return i;
		}
	}
	return -1;
}

/* Whether evaluating @term into A changes X, when X holds @in_x. */
static bool clobbers_x(const struct tz_code_writer *w, uint32_t term,
		       uint32_t in_x)
{
	const struct tz_term *t = at(w, term);
	uint32_t more;

	if (term == in_x || has_place(w, PLACE_A, term) ||
	    in_scratch(w, term) >= 0)
		return false;
	if (t->kind == TZ_TERM_LOAD)
		return !is_absolute(t) && !distance(w, in_x, t->a, &more);
	if (find_near(w, term, &more) == PLACE_A)
		return false;
	if (t->kind < TZ_TERM_ADD)
		return false;
	if (fits_insn(w, t))
		return clobbers_x(w, t->a, in_x);
	if (is_negation(w, t))
		return clobbers_x(w, t->b, in_x);
	return t->b != in_x || clobbers_x(w, t->a, in_x);
}

static unsigned int cost(const struct tz_code_writer *w, uint32_t term)
{
	const struct tz_term *t = at(w, term);
	uint32_t k;
	int near;

	if (has_place(w, PLACE_A, term))
		return 0;
	if (has_place(w, PLACE_X, term) || t->kind < TZ_TERM_LOAD ||
	    in_scratch(w, term) >= 0 || t->kind == TZ_TERM_AD ||
	    t->kind == TZ_TERM_VAR)
		return 1;
	if (t->kind == TZ_TERM_LOAD) {
		if (is_absolute(t) ||
		    distance(w, w->state.at[PLACE_X].term, t->a, &k))
			return 1;
		return fits_x(w, t->a) ? 2 : cost(w, t->a) + 2;
	}
	near = find_near(w, term, &k);
	if (near >= 0)
		return near == PLACE_A ? 1 : 2;
	if (tz_term_is_header_len(w->flow, term, &k))
		return 2;
	if (is_const(w, t->b))
		return cost(w, t->a) + 1;
	return tz_code_pair_cost(w, t->a, t->b) + 1;
}

unsigned int tz_code_pair_cost(const struct tz_code_writer *w, uint32_t a,
			       uint32_t b)
{
	bool b_fits = fits_x(w, b);

	if (has_place(w, PLACE_X, b) && !clobbers_x(w, a, b))
		return cost(w, a);
	if (b_fits)
		return cost(w, a) + 1;
	return cost(w, a) + cost(w, b) + (clobbers_x(w, a, b) ? 3 : 1);
}

/* A holds a, and X is to hold b, which needs A: by way of scratch. */
static void exchange(struct tz_code_writer *w, uint32_t b)
{
	unsigned int temp = new_temp(w);

	tz_code_store(w, temp);
	tz_code_to_x(w, b);
	put_move(w, BPF_LD | BPF_MEM, temp - PLACE_M, (int)temp);
	free_temps(w, 1);
}

void tz_code_to_pair(struct tz_code_writer *w, uint32_t a, uint32_t b)
{
	unsigned int temp;

	if (!clobbers_x(w, a, b)) {
		tz_code_to_x(w, b);
		tz_code_to_a(w, a);
	} else if (fits_x(w, b)) {
		tz_code_to_a(w, a);
	} else {
		temp = new_temp(w);
		tz_code_to_a(w, b);
		tz_code_store(w, temp);
		tz_code_to_a(w, a);
		put_move(w, BPF_LDX | BPF_MEM, temp - PLACE_M, (int)temp);
		free_temps(w, 1);
	}
	/* What b was to be taken from may have been lost on the way. */
	if (!has_place(w, PLACE_X, b) && !fits_x(w, b))
		exchange(w, b);
	else
		tz_code_to_x(w, b);
}

void tz_code_to_x(struct tz_code_writer *w, uint32_t term)
{
	int scratch = in_scratch(w, term);
	uint32_t k;

	if (has_place(w, PLACE_X, term))
		return;
	if (is_const(w, term)) {
		put_term(w, BPF_LDX | BPF_IMM, at(w, term)->k, term);
	} else if (at(w, term)->kind == TZ_TERM_LEN) {
		put_term(w, BPF_LDX | BPF_LEN, 0, term);
	} else if (!has_place(w, PLACE_A, term) && scratch >= 0) {
		put_move(w, BPF_LDX | BPF_MEM, (uint32_t)scratch - PLACE_M,
			 scratch);
	} else if (!has_place(w, PLACE_A, term) &&
		   tz_term_is_header_len(w->flow, term, &k)) {
		put_term(w, BPF_LDX | BPF_B | BPF_MSH, k, term);
	} else {
		tz_code_to_a(w, term);
		put_move(w, BPF_MISC | BPF_TAX, 0, PLACE_A);
	}
}

static unsigned int size_code(unsigned int size)
{
	return size == 4 ? BPF_W : size == 2 ? BPF_H : BPF_B;
}

static void load(struct tz_code_writer *w, uint32_t term)
{
	const struct tz_term *t = at(w, term);
	uint32_t more;

	if (is_absolute(t)) {
		put_term(w, BPF_LD | BPF_ABS | size_code(t->size), t->k, term);
		return;
	}
	/* X + k wraps, so an X that is more than the base serves as well. */
	if (!distance(w, w->state.at[PLACE_X].term, t->a, &more)) {
		tz_code_to_x(w, t->a);
		more = 0;
	}
	put_term(w, BPF_LD | BPF_IND | size_code(t->size), t->k - more, term);
}

static unsigned int alu_code(enum tz_term_kind kind)
{
	static const uint8_t codes[TZ_N_TERM_KINDS] = {
		[TZ_TERM_ADD] = BPF_ADD, [TZ_TERM_SUB] = BPF_SUB,
		[TZ_TERM_MUL] = BPF_MUL, [TZ_TERM_DIV] = BPF_DIV,
		[TZ_TERM_MOD] = BPF_MOD, [TZ_TERM_AND] = BPF_AND,
		[TZ_TERM_OR] = BPF_OR,   [TZ_TERM_XOR] = BPF_XOR,
		[TZ_TERM_LSH] = BPF_LSH, [TZ_TERM_RSH] = BPF_RSH,
	};

	return BPF_ALU | codes[kind];
}

/*
 * The kernel shifts by X modulo 32, a term's shift by 32 and more is 0. So a is
 * multiplied with 1 or 0 first: ((b >> 5) - 1) >> 31.
 */
static void far_shift(struct tz_code_writer *w, uint32_t term)
{
	const struct tz_term *t = at(w, term);
	unsigned int by = new_temp(w), factor = new_temp(w);

	tz_code_to_a(w, t->b);
	tz_code_store(w, by);
	put_term(w, BPF_ALU | BPF_RSH | BPF_K, 5, NOTHING);
	put_term(w, BPF_ALU | BPF_SUB | BPF_K, 1, NOTHING);
	put_term(w, BPF_ALU | BPF_RSH | BPF_K, 31, NOTHING);
	tz_code_store(w, factor);
	tz_code_to_a(w, t->a);
	put_move(w, BPF_LDX | BPF_MEM, factor - PLACE_M, (int)factor);
	put_term(w, BPF_ALU | BPF_MUL | BPF_X, 0, NOTHING);
	put_move(w, BPF_LDX | BPF_MEM, by - PLACE_M, (int)by);
	put_term(w, alu_code(t->kind) | BPF_X, 0, term);
	free_temps(w, 2);
}

static bool commutes(enum tz_term_kind kind)
{
	return kind == TZ_TERM_ADD || kind == TZ_TERM_MUL ||
	       kind == TZ_TERM_AND || kind == TZ_TERM_OR || kind == TZ_TERM_XOR;
}

static void arith(struct tz_code_writer *w, uint32_t term)
{
	const struct tz_term *t = at(w, term);
	bool is_shift = t->kind == TZ_TERM_LSH || t->kind == TZ_TERM_RSH;
	uint32_t a = t->a, b = t->b;

	if (fits_insn(w, t)) {
		tz_code_to_a(w, a);
		put_term(w, alu_code(t->kind) | BPF_K, at(w, b)->k, term);
	} else if (is_negation(w, t)) {
		tz_code_to_a(w, b);
		put_term(w, BPF_ALU | BPF_NEG, 0,
			 a == TZ_TERM_ZERO ? term : NOTHING);
		if (a != TZ_TERM_ZERO)
			put_term(w, BPF_ALU | BPF_ADD | BPF_K, at(w, a)->k,
				 term);
	} else if (is_shift && at(w, b)->bits & ~31u) {
		far_shift(w, term);
	} else {
		if (commutes(t->kind) &&
		    tz_code_pair_cost(w, b, a) < tz_code_pair_cost(w, a, b)) {
			a = t->b;
			b = t->a;
		}
		tz_code_to_pair(w, a, b);
		put_term(w, alu_code(t->kind) | BPF_X, 0, term);
	}
}

/* What no place holds. */
static void compute(struct tz_code_writer *w, uint32_t term)
{
	const struct tz_term *t = at(w, term);
	unsigned int size = 0;
	uint32_t k;
	int near;

	switch (t->kind) {
	case TZ_TERM_CONST:
		put_term(w, BPF_LD | BPF_IMM, t->k, term);
		return;
	case TZ_TERM_LEN:
		put_term(w, BPF_LD | BPF_W | BPF_LEN, 0, term);
		return;
	case TZ_TERM_AD:
		put_term(w, BPF_LD | BPF_W | BPF_ABS,
			 (uint32_t)SKF_AD_OFF + t->k, term);
		return;
	case TZ_TERM_LOAD:
		load(w, term);
		return;
	default:
		break;
	}
	near = find_near(w, term, &k);
	if (t->kind == TZ_TERM_VAR) {
		w->failed = true;
	} else if (near >= 0) {
		if (near >= PLACE_M)
			put_move(w, BPF_LD | BPF_MEM, (uint32_t)near - PLACE_M,
				 near);
		else if (near == PLACE_X)
			put_move(w, BPF_MISC | BPF_TXA, 0, PLACE_X);
		put_term(w, BPF_ALU | BPF_ADD | BPF_K, k, term);
	} else if (tz_term_is_header_len(w->flow, term, &k) && cost(w, t->a) &&
		   !(w->precious & 1u << PLACE_X)) {
		tz_code_to_x(w, term);
		put_move(w, BPF_MISC | BPF_TXA, 0, PLACE_X);
	} else if (cost(w, t->a) && (size = low_bytes(w, t))) {
		k = at(w, t->a)->k + at(w, t->a)->size - size;
		put_term(w, BPF_LD | BPF_ABS | size_code(size), k, term);
	} else {
		arith(w, term);
	}
}

void tz_code_to_a(struct tz_code_writer *w, uint32_t term)
{
	int scratch = in_scratch(w, term);

	if (has_place(w, PLACE_A, term))
		return;
	if (has_place(w, PLACE_X, term))
		put_move(w, BPF_MISC | BPF_TXA, 0, PLACE_X);
	else if (is_const(w, term) || scratch < 0)
		compute(w, term);
	else
		put_move(w, BPF_LD | BPF_MEM, (uint32_t)scratch - PLACE_M,
			 scratch);
}
