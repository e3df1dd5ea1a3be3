/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The sampler: goes round the rules, drafts a packet for each (goal.c) and
 * gives it one of the forms that sample.h names. Fragments of one datagram
 * come one after the other, in an order of their own.
 */
#include "ir/sample.h"

#include <string.h>

#include "ir/draft.h"

enum { PIECES_MAX = 24 };

struct piece {
	uint16_t begin, len; /* in the datagram's layer 4 */
	bool has_more;
};

/* A datagram that is being sent in pieces. */
struct train {
	struct tz_draft draft; /* its l4 is the whole datagram's */
	uint32_t id;           /* of the IPv6 fragment header */
	struct piece pieces[PIECES_MAX];
	size_t n, next;
};

struct tz_sampler {
	struct tz_sample_options options;
	struct tz_goals *goals;
	struct tz_rng rng;
	size_t next_rule;
	const struct tz_ir_rule *rule; /* of the draft in hand */
	uint32_t n_trains;
	struct train train;
};

struct tz_sampler *tz_sampler_new(struct tz_arena *arena,
				  const struct tz_ir *ir,
				  const struct tz_sample_options *options)
{
	struct tz_sampler *sampler = tz_new(arena, struct tz_sampler);

	sampler->options = *options;
	sampler->goals = tz_goals_new(arena, ir, options);
	sampler->rng.state = options->seed;
	return sampler;
}

static void start_draft(struct tz_sampler *sampler, struct tz_draft *draft)
{
	struct tz_rng *rng = &sampler->rng;
	size_t n = tz_goals_count(sampler->goals);

	draft->family = sampler->options.family;
	draft->id = (uint16_t)tz_rng_next(rng);
	draft->fragment = tz_rng_one_in(rng, 2) ? 0x4000 : 0;
	draft->between_len = 0;
	sampler->rule =
		tz_goals_set(sampler->goals, sampler->next_rule, rng, draft);
	tz_draft_aim(draft, rng, sampler->rule);
	/* After the last rule one packet is made for none. */
	sampler->next_rule = n ? (sampler->next_rule + 1) % (n + 1) : 0;
	draft->first_header = (uint8_t)draft->values[TZ_FIELD_PROTO];
}

static size_t usual_payload(struct tz_rng *rng)
{
	switch (tz_rng_below(rng, 8)) {
	case 0:
		return 0;
	case 1:
		return tz_rng_below(rng, 1000);
	}
	return tz_rng_below(rng, 64);
}

/* ---- fragments ---- */

static void swap(struct piece *a, struct piece *b)
{
	struct piece piece = *a;

	*a = *b;
	*b = piece;
}

/* In order, reversed, shuffled, one twice, one overlapping, one missing. */
static void rearrange(struct train *train, struct tz_rng *rng)
{
	struct piece *p = train->pieces;
	size_t n = train->n, i = tz_rng_below(rng, n);

	switch (tz_rng_below(rng, 8)) {
	case 0:
	case 1:
		for (size_t j = 0; j < n / 2; j++)
			swap(&p[j], &p[n - 1 - j]);
		break;
	case 2:
		for (size_t j = n - 1; j > 0; j--)
			swap(&p[j], &p[tz_rng_below(rng, j + 1)]);
		break;
	case 3:
		p[train->n++] = p[i];
		swap(&p[i], &p[train->n - 1]);
		break;
	case 4:
		if (p[i].begin)
			p[i].begin -= 8;
		break;
	case 5:
		if (n > 1)
			p[i] = p[--train->n];
		break;
	}
}

/* Cuts the datagram at multiples of 8 bytes, the first piece often tiny. */
static void cut_pieces(struct train *train, struct tz_rng *rng)
{
	size_t len = train->draft.l4_len, begin = 0;
	size_t step = 8 * (1 + tz_rng_below(rng, 1 + len / 16));

	train->n = 0;
	train->next = 0;
	/* IPv6 has the datagram that is one piece; in IPv4 it is none. */
	if (tz_rng_one_in(rng, 3) ||
	    (step >= len && train->draft.family == TZ_IPV4))
		step = 8;
	while (begin < len && train->n < PIECES_MAX - 1) {
		bool is_last =
			train->n == PIECES_MAX - 2 || len - begin <= step;
		size_t piece_len = is_last ? len - begin : step;

		train->pieces[train->n++] =
			(struct piece){ (uint16_t)begin, (uint16_t)piece_len,
					!is_last };
		begin += piece_len;
		step = 8 * (1 + tz_rng_below(rng, 1 + len / 16));
	}
}

static void start_train(struct tz_sampler *sampler)
{
	struct train *train = &sampler->train;
	struct tz_rng *rng = &sampler->rng;

	start_draft(sampler, &train->draft);
	tz_draft_fill_l4(
		&train->draft, rng,
		8 + tz_rng_below(rng, tz_rng_one_in(rng, 2) ? 64 : 800));
	tz_draft_put_bytes(&train->draft, rng, sampler->rule);
	train->draft.fragment = 0;
	train->id = (uint32_t)tz_rng_next(rng);
	sampler->n_trains++;
	cut_pieces(train, rng);
	rearrange(train, rng);
}

/* The fragment header (RFC 8200, 4.5) between IPv6 and the piece. */
static void push_fragment_header(struct tz_draft *draft, uint32_t id,
				 const struct piece *piece)
{
	uint8_t body[8] = {
		[2] = (uint8_t)(piece->begin >> 8),
		[3] = (uint8_t)(piece->begin | piece->has_more),
		[4] = (uint8_t)(id >> 24),
		[5] = (uint8_t)(id >> 16),
		[6] = (uint8_t)(id >> 8),
		[7] = (uint8_t)id,
	};

	tz_draft_push_extension(draft, TZ_PROTO_FRAGMENT, body, sizeof(body));
}

static void next_piece(struct tz_sampler *sampler,
		       struct tz_sample_frame *frame)
{
	struct train *train = &sampler->train;
	const struct piece *piece = &train->pieces[train->next++];
	struct tz_draft draft = train->draft;

	memmove(draft.l4, draft.l4 + piece->begin, piece->len);
	draft.l4_len = piece->len;
	if (draft.family == TZ_IPV4)
		draft.fragment = (uint16_t)(piece->begin / 8 |
					    (piece->has_more ? 0x2000 : 0));
	else
		push_fragment_header(&draft, train->id, piece);
	tz_draft_to_frame(&draft, frame);
	frame->kind = TZ_SAMPLE_FRAGMENT;
	frame->train = sampler->n_trains;
}

/* ---- the other kinds ---- */

/* Fewer bytes than the header has; sometimes the rest follows as padding. */
static void make_short(struct tz_sampler *sampler,
		       struct tz_sample_frame *frame)
{
	struct tz_rng *rng = &sampler->rng;
	struct tz_draft draft;

	start_draft(sampler, &draft);
	tz_draft_fill_l4(&draft, rng, 0);
	tz_draft_put_bytes(&draft, rng, sampler->rule);

	size_t len = draft.l4_len;
	size_t kept = len ? tz_rng_below(rng, len) : 0;

	draft.l4_len = kept;
	tz_draft_add_extensions(&draft, rng, sampler->rule);
	tz_draft_to_frame(&draft, frame);
	if (tz_rng_one_in(rng, 2))
		return;
	memcpy(frame->bytes + frame->len, draft.l4 + kept, len - kept);
	frame->len += len - kept;
}

static void make_whole(struct tz_sampler *sampler,
		       struct tz_sample_frame *frame, bool is_odd)
{
	struct tz_rng *rng = &sampler->rng;
	struct tz_draft draft;

	start_draft(sampler, &draft);
	tz_draft_fill_l4(&draft, rng,
			 tz_draft_payload(&draft, usual_payload(rng)));
	tz_draft_add_extensions(&draft, rng, sampler->rule);
	tz_draft_put_bytes(&draft, rng, sampler->rule);

	bool is_odd_draft = is_odd && tz_rng_one_in(rng, 2);

	if (is_odd_draft)
		tz_draft_make_odd(&draft, rng);
	tz_draft_to_frame(&draft, frame);
	if (is_odd && !is_odd_draft)
		tz_frame_make_odd(frame, rng);
}

/* A packet with some bytes replaced, or nothing but random bytes. */
static void make_random(struct tz_sampler *sampler,
			struct tz_sample_frame *frame)
{
	struct tz_rng *rng = &sampler->rng;

	make_whole(sampler, frame, false);

	size_t len = frame->len - TZ_ETH_LEN;

	if (tz_rng_one_in(rng, 8))
		tz_rng_fill(rng, frame->bytes + TZ_ETH_LEN, len);
	for (size_t n = 1 + tz_rng_below(rng, 6); n; n--)
		frame->bytes[TZ_ETH_LEN + tz_rng_below(rng, len)] =
			(uint8_t)tz_rng_next(rng);
	if (tz_rng_below(rng, 8))
		tz_frame_fix_checksum(frame, TZ_ETH_LEN);
}

static enum tz_sample_kind draw_kind(struct tz_sampler *sampler)
{
	const struct tz_sample_options *options = &sampler->options;
	int share = (int)tz_rng_below(&sampler->rng, 256);

	if ((share -= options->fragments) < 0)
		return TZ_SAMPLE_FRAGMENT;
	if ((share -= options->short_ones) < 0)
		return TZ_SAMPLE_SHORT;
	if ((share -= options->odd) < 0)
		return TZ_SAMPLE_ODD;
	return share < options->random ? TZ_SAMPLE_RANDOM : TZ_SAMPLE_PLAIN;
}

void tz_sampler_next(struct tz_sampler *sampler, struct tz_sample_frame *frame)
{
	const struct train *train = &sampler->train;

	frame->train = 0;
	frame->kind = TZ_SAMPLE_FRAGMENT;
	if (train->next == train->n)
		frame->kind = draw_kind(sampler);
	switch (frame->kind) {
	case TZ_SAMPLE_FRAGMENT:
		if (train->next == train->n)
			start_train(sampler);
		next_piece(sampler, frame);
		break;
	case TZ_SAMPLE_PLAIN:
	case TZ_SAMPLE_ODD:
		make_whole(sampler, frame, frame->kind == TZ_SAMPLE_ODD);
		break;
	case TZ_SAMPLE_SHORT:
		make_short(sampler, frame);
		break;
	case TZ_SAMPLE_RANDOM:
		make_random(sampler, frame);
		break;
	}
	frame->rule = sampler->rule;
}
