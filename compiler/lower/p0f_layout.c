/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * TCP options as p0f reads them (process.c of p0f): kinds in their order, each
 * of the length that its kind has, but SACK and the unknown ones, which say it
 * themselves; what follows those is at a variable. Quirks that several options
 * may show are pending until one has.
 *
 * A signature that is `bad` fits in up to three ways: all options are there
 * and one tells a wrong length; the last one does not end inside of the header
 * (p0f stops at it); or there are more than p0f looks at.
 */
#include "lower/p0f_layout.h"

#include <string.h>

#include "lower/run.h"

#define HEADER 20
#define SCALE_MAX 14 /* RFC 7323, 2.3 */
#define NONE SIZE_MAX

enum way { WHOLE, CUT, MORE };

/* Quirks of options, as bits of what is pending. */
enum { BAD = 1, SCALE = 2, TS1 = 4, TS2 = 8, ALL = 15 };

struct state {
	const struct tz_p0f_layout *l;
	const struct tz_p0f *p;
	struct tz_flow *flow;
	enum way way;
	size_t n; /* options that are there whole */
	struct tz_run_at at[TZ_P0F_OPTIONS_MAX + 1];
	size_t last_mss, last_scale;
	uint32_t required;
	/* what the options from this one on may show */
	uint32_t candidates[TZ_P0F_OPTIONS_MAX + 1];
	/* nodes from option i on, by what is pending; 0: not made yet */
	uint32_t made[TZ_P0F_OPTIONS_MAX + 1][ALL + 1];
	uint32_t options_end; /* term */
	uint32_t no;
};

/* 0: the option says it. */
static uint32_t len_of(uint8_t kind)
{
	switch (kind) {
	case TZ_TCP_EOL:
	case TZ_TCP_NOP:
		return 1;
	case TZ_TCP_SACK_OK:
		return 2;
	case TZ_TCP_SCALE:
		return 3;
	case TZ_TCP_MSS:
		return 4;
	case TZ_TCP_TIMESTAMP:
		return 10;
	}
	return 0;
}

uint32_t tz_p0f_options_len(const struct tz_p0f *p)
{
	uint32_t len = p->padding;

	if (p->quirks & TZ_P0F_BAD)
		return TZ_P0F_ANY;
	for (size_t i = 0; i < p->n_options; i++) {
		if (!len_of(p->options[i]))
			return TZ_P0F_ANY;
		len += len_of(p->options[i]);
	}
	return len;
}

static uint32_t number(const struct state *s, uint32_t k)
{
	return tz_term_const(s->flow, k);
}

static uint32_t behind(const struct state *s, struct tz_run_at at, uint32_t k)
{
	return tz_term_arith(s->flow, TZ_TERM_ADD, at.term,
			     number(s, at.k + k));
}

static uint32_t load(const struct state *s, unsigned int size, size_t option,
		     uint32_t k)
{
	return tz_term_load(s->flow, size, s->at[option].term,
			    s->at[option].k + k);
}

static uint32_t test(const struct state *s, enum tz_flow_op op, uint32_t a,
		     uint32_t b, uint32_t yes, uint32_t no)
{
	return tz_flow_test(s->flow, op, a, b, yes, no);
}

/* What of its quirks the option @kind may show. */
static uint32_t shows(const struct state *s, uint8_t kind)
{
	switch (kind) {
	case TZ_TCP_MSS:
	case TZ_TCP_SACK_OK:
		return BAD;
	case TZ_TCP_SCALE:
		return BAD | SCALE;
	case TZ_TCP_TIMESTAMP:
		return BAD | TS1 | (s->l->is_reply ? 0 : TS2);
	}
	return 0;
}

static void push_number(struct tz_run *run, size_t n, uint32_t value)
{
	while (n--)
		tz_run_push(run, (uint8_t)(value >> 8 * n), 0);
}

/* The bytes behind kind and length, as far as the signature says them. */
static void push_data(const struct state *s, struct tz_run *run, size_t i)
{
	const struct tz_p0f *p = s->p;

	switch (p->options[i]) {
	case TZ_TCP_EOL:
		if (p->quirks & TZ_P0F_PADDING)
			tz_run_push_any(run, p->padding);
		else
			for (size_t j = 0; j < p->padding; j++)
				tz_run_push(run, 0, 0);
		break;
	case TZ_TCP_SCALE:
		if (i == s->last_scale && p->scale != TZ_P0F_ANY)
			push_number(run, 1, p->scale);
		else
			tz_run_push_any(run, 1);
		break;
	case TZ_TCP_MSS:
		if (i == s->last_mss && p->mss != TZ_P0F_ANY)
			push_number(run, 2, p->mss);
		else
			tz_run_push_any(run, 2);
		break;
	case TZ_TCP_TIMESTAMP:
		tz_run_push_any(run, 4);
		if (s->l->is_reply || p->quirks & TZ_P0F_TS2_SET)
			tz_run_push_any(run, 4);
		else
			push_number(run, 4, 0);
		break;
	}
}

static void push_option(const struct state *s, struct tz_run *run, size_t i)
{
	uint32_t len = len_of(s->p->options[i]);

	tz_run_push(run, s->p->options[i], 0);
	if (i == s->n || !len)
		return;
	if (len > 1)
		tz_run_push(run, (uint8_t)len,
			    s->p->quirks & TZ_P0F_BAD ? 0xff : 0);
	push_data(s, run, i);
}

static uint32_t from(struct state *s, size_t i, uint32_t pending);

/* The options from @i on to the next that says its length itself. */
static uint32_t segment(struct state *s, size_t i, uint32_t pending)
{
	size_t end = i;
	struct tz_run run = { 0 };
	uint32_t node = from(s, i, pending);

	while (end < s->n && len_of(s->p->options[end]))
		end++;
	for (size_t j = i; j <= end && j < s->p->n_options; j++)
		push_option(s, &run, j);
	node = tz_run_compare(s->flow, &run, s->at[i], node, s->no);
	if (tz_p0f_options_len(s->p) != TZ_P0F_ANY)
		return node;
	/* Nothing is read that is not of the options. */
	if (end < s->n)
		return test(s, TZ_FLOW_GE, s->options_end,
			    behind(s, s->at[end], 2), node, s->no);
	return test(s, s->way == WHOLE ? TZ_FLOW_EQ : TZ_FLOW_GT,
		    s->options_end, behind(s, s->at[end], 0), node, s->no);
}

/* SACK is of 10 to 34 bytes, what is unknown of 2 to 40. */
static uint32_t min_len(uint8_t kind)
{
	return kind == TZ_TCP_SACK ? 10 : 2;
}

static uint32_t max_len(uint8_t kind)
{
	return kind == TZ_TCP_SACK ? 34 : 40;
}

static uint32_t variable(struct state *s, size_t i, uint32_t pending)
{
	uint8_t kind = s->p->options[i];
	uint32_t len = load(s, 1, i, 1);
	uint32_t next = tz_term_arith(s->flow, TZ_TERM_ADD, s->at[i].term, len);
	uint32_t node = tz_flow_let(s->flow, TZ_VAR_OPTION, next,
				    segment(s, i + 1, pending));

	node = test(s, TZ_FLOW_GT, len, number(s, max_len(kind)), s->no, node);
	return test(s, TZ_FLOW_GE, len, number(s, min_len(kind)), node, s->no);
}

/* p0f cannot go on behind the kind of the last option. */
static uint32_t cut(const struct state *s)
{
	size_t i = s->n;
	uint8_t kind = s->p->options[i];
	uint32_t len = load(s, 1, i, 1), node;
	uint32_t end = tz_term_arith(s->flow, TZ_TERM_ADD,
				     behind(s, s->at[i], 0), len);

	if (len_of(kind))
		return test(s, TZ_FLOW_GE, s->options_end,
			    behind(s, s->at[i], len_of(kind)), s->no,
			    TZ_FLOW_ACCEPT);
	node = test(s, TZ_FLOW_GT, end, s->options_end, TZ_FLOW_ACCEPT, s->no);
	node = test(s, TZ_FLOW_GT, len, number(s, max_len(kind)),
		    TZ_FLOW_ACCEPT, node);
	node = test(s, TZ_FLOW_GE, len, number(s, min_len(kind)), node,
		    TZ_FLOW_ACCEPT);
	return test(s, TZ_FLOW_GE, s->options_end, behind(s, s->at[i], 2), node,
		    TZ_FLOW_ACCEPT);
}

/* Some byte of the padding is not 0. */
static uint32_t padding(const struct state *s, size_t i, uint32_t next)
{
	uint32_t node = s->no;

	for (uint32_t at = 0; at < s->p->padding;) {
		uint32_t rest = s->p->padding - at;
		unsigned int size = rest > 3 ? 4 : rest > 1 ? 2 : 1;

		node = test(s, TZ_FLOW_EQ, load(s, size, i, 1 + at),
			    TZ_TERM_ZERO, node, next);
		at += size;
	}
	return node;
}

static bool is_of_mss(const struct tz_p0f *p)
{
	return p->window == TZ_P0F_WINDOW_OF_MSS ||
	       p->window == TZ_P0F_WINDOW_OF_MTU;
}

/* The window is made of the MSS, which p0f minds from 100 on. */
static uint32_t window(const struct state *s, uint32_t next)
{
	bool is_known = s->p->mss != TZ_P0F_ANY;
	uint32_t mss =
		is_known ? number(s, s->p->mss) : load(s, 2, s->last_mss, 2);
	uint32_t unit = mss, node;

	if (s->p->window == TZ_P0F_WINDOW_OF_MTU)
		unit = tz_term_arith(s->flow, TZ_TERM_ADD, mss, s->l->mtu_more);
	unit = tz_term_arith(s->flow, TZ_TERM_MUL, unit,
			     number(s, s->p->window_number));
	node = test(s, TZ_FLOW_EQ, tz_term_load(s->flow, 2, s->l->tcp, 14),
		    unit, next, s->no);
	return test(s, TZ_FLOW_GE, mss, number(s, 100), node, s->no);
}

/*
 * Whether the MSS can still be found behind all options. There its comparison
 * with the window, which takes both registers, is in nobody's way.
 */
static bool is_late(const struct state *s)
{
	return s->last_mss != NONE && s->at[s->last_mss].term == s->l->tcp;
}

static uint32_t finish(const struct state *s)
{
	uint32_t node = s->way == CUT ? cut(s) : TZ_FLOW_ACCEPT;

	return is_of_mss(s->p) && is_late(s) ? window(s, node) : node;
}

/* How a quirk is seen in an option. */
struct sign {
	uint32_t bit;
	enum tz_flow_op op;
	uint32_t a, b;
	bool is_inverted;
};

static size_t signs_of(const struct state *s, size_t i, struct sign *signs)
{
	uint8_t kind = s->p->options[i];
	bool is_known = i == s->last_scale && s->p->scale != TZ_P0F_ANY;
	size_t n = 0;

	if (s->required & BAD && len_of(kind) > 1)
		signs[n++] = (struct sign){ BAD, TZ_FLOW_EQ, load(s, 1, i, 1),
					    number(s, len_of(kind)), true };
	if (kind == TZ_TCP_SCALE)
		signs[n++] = (struct sign){ SCALE, TZ_FLOW_GT,
					    is_known ? number(s, s->p->scale)
						     : load(s, 1, i, 2),
					    number(s, SCALE_MAX), false };
	if (kind == TZ_TCP_TIMESTAMP)
		signs[n++] = (struct sign){ TS1, TZ_FLOW_EQ, load(s, 4, i, 2),
					    TZ_TERM_ZERO, false };
	if (kind == TZ_TCP_TIMESTAMP && s->required & TS2 && !s->l->is_reply)
		signs[n++] = (struct sign){ TS2, TZ_FLOW_EQ, load(s, 4, i, 6),
					    TZ_TERM_ZERO, true };
	return n;
}

/* The @n signs of option @i, then what is behind it. */
static uint32_t look(struct state *s, size_t i, const struct sign *sign,
		     size_t n, uint32_t pending)
{
	uint32_t shown = s->no, other = s->no, next;

	if (!n) {
		next = from(s, i + 1, pending);
		if (i == s->last_mss && is_of_mss(s->p) && !is_late(s))
			return window(s, next);
		return next;
	}
	if (s->required & sign->bit && !(pending & sign->bit))
		return look(s, i, sign + 1, n - 1, pending);
	if (pending & sign->bit)
		shown = look(s, i, sign + 1, n - 1, pending & ~sign->bit);
	if (!(pending & sign->bit & ~s->candidates[i + 1]))
		other = look(s, i, sign + 1, n - 1, pending);
	return test(s, sign->op, sign->a, sign->b,
		    sign->is_inverted ? other : shown,
		    sign->is_inverted ? shown : other);
}

static uint32_t option(struct state *s, size_t i, uint32_t pending)
{
	uint8_t kind = s->p->options[i];
	struct sign signs[3];
	size_t n;

	if (!len_of(kind))
		return variable(s, i, pending);
	if (kind == TZ_TCP_EOL && s->p->quirks & TZ_P0F_PADDING)
		return padding(s, i, from(s, i + 1, pending));
	n = signs_of(s, i, signs);
	return look(s, i, signs, n, pending);
}

static uint32_t from(struct state *s, size_t i, uint32_t pending)
{
	if (pending & ~s->candidates[i])
		return s->no;
	if (i == s->n)
		return finish(s);
	if (!s->made[i][pending])
		s->made[i][pending] = option(s, i, pending) + 1;
	return s->made[i][pending] - 1;
}

/* Where the options are, and which of them count. */
static void lay_out(struct state *s)
{
	struct tz_run_at at = { s->l->tcp, HEADER };

	s->last_mss = NONE;
	s->last_scale = NONE;
	for (size_t i = 0; i < s->n; i++) {
		uint8_t kind = s->p->options[i];

		s->at[i] = at;
		if (kind == TZ_TCP_MSS)
			s->last_mss = i;
		if (kind == TZ_TCP_SCALE)
			s->last_scale = i;
		if (!len_of(kind))
			at.term = tz_term_var(s->flow, TZ_VAR_OPTION);
		at.k += len_of(kind);
		if (kind == TZ_TCP_EOL)
			at.k += s->p->padding;
	}
	s->at[s->n] = at;
	for (size_t i = s->n; i--;)
		s->candidates[i] =
			s->candidates[i + 1] | shows(s, s->p->options[i]);
}

/* Whether its values can be those of options that are not there. */
static bool is_possible(const struct state *s)
{
	const struct tz_p0f *p = s->p;
	uint8_t last = s->n ? p->options[s->n - 1] : TZ_TCP_NOP;

	for (size_t i = 0; i + 1 < p->n_options; i++)
		if (p->options[i] == TZ_TCP_EOL)
			return false;
	if (p->quirks & TZ_P0F_PADDING && last != TZ_TCP_EOL)
		return false;
	if (s->last_mss == NONE &&
	    (is_of_mss(p) || (p->mss && p->mss != TZ_P0F_ANY)))
		return false;
	return s->last_scale != NONE || !p->scale || p->scale == TZ_P0F_ANY;
}

/* The node that accepts what fits in this way, else goes to @no. */
static uint32_t build(const struct tz_p0f_layout *l, enum way way, uint32_t no)
{
	uint32_t quirks = l->signature->quirks;
	struct state s = {
		.l = l,
		.p = l->signature,
		.flow = l->flow,
		.way = way,
		.n = l->signature->n_options - (way == CUT),
		.required = (quirks & TZ_P0F_SCALE ? SCALE : 0) |
			    (quirks & TZ_P0F_TS1_ZERO ? TS1 : 0) |
			    (quirks & TZ_P0F_TS2_SET ? TS2 : 0) |
			    (quirks & TZ_P0F_BAD && way == WHOLE ? BAD : 0),
		.no = no,
	};

	s.options_end = tz_term_arith(l->flow, TZ_TERM_ADD, l->tcp, l->tcp_len);
	lay_out(&s);
	return is_possible(&s) ? segment(&s, 0, s.required) : no;
}

uint32_t tz_p0f_options(const struct tz_p0f_layout *l)
{
	const struct tz_p0f *p = l->signature;
	size_t n = p->n_options;
	uint32_t node = build(l, WHOLE, TZ_FLOW_REJECT);

	if (!(p->quirks & TZ_P0F_BAD) || !n)
		return node;
	if (len_of(p->options[n - 1]) != 1)
		node = build(l, CUT, node);
	if (n == TZ_P0F_OPTIONS_MAX && p->options[n - 1] != TZ_TCP_EOL)
		node = build(l, MORE, node);
	return node;
}
