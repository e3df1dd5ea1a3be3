/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Layer 4 as tests on bytes ask for it: options of TCP and DCCP, chunks of
 * SCTP, patterns in and around their bounds, numbers on both sides of the
 * ranges of u32; whole, broken and nearly right.
 */
#include <string.h>

#include "ir/draft.h"

enum { SCTP_LEN = 12, DCCP_LEN = 12 };

/* Room for what is put between a header and its payload. */
static bool make_room(struct tz_draft *draft, size_t at, size_t len)
{
	if (draft->l4_len < at || draft->l4_len + len > TZ_DRAFT_L4_MAX ||
	    draft->between_len + draft->l4_len + len > TZ_DRAFT_L4_MAX)
		return false;
	memmove(draft->l4 + at + len, draft->l4 + at, draft->l4_len - at);
	draft->l4_len += len;
	return true;
}

/* A number on one of the ends, beside it, or between them. */
static uint64_t near(struct tz_rng *rng, uint64_t lo, uint64_t hi)
{
	switch (tz_rng_below(rng, 6)) {
	case 0:
		return lo;
	case 1:
		return hi;
	case 2:
		return lo - 1;
	case 3:
		return hi + 1;
	}
	return lo <= hi ? lo + tz_rng_below(rng, hi - lo + 1) : lo;
}

/* ---- options ---- */

struct options {
	uint8_t bytes[40];
	size_t len;
};

static void add_option(struct options *o, struct tz_rng *rng, uint8_t kind,
		       size_t len)
{
	size_t room = sizeof(o->bytes) - o->len;

	if (!room)
		return;
	tz_rng_fill(rng, o->bytes + o->len, room);
	o->bytes[o->len] = kind;
	if (room > 1 && len > 1)
		o->bytes[o->len + 1] =
			(uint8_t)(tz_rng_one_in(rng, 12) ? tz_rng_below(rng, 3)
							 : len);
	o->len += len < room ? len : room;
}

/* One of those that are usual, or @kind, or one that is no option at all. */
static void add_some_option(struct options *o, struct tz_rng *rng, uint8_t kind)
{
	static const struct {
		uint8_t kind, len;
	} usual[] = {
		{ 1, 1 }, { 1, 1 },  { 0, 1 },  { 3, 3 },
		{ 4, 2 }, { 5, 10 }, { 8, 10 }, { 2, 4 },
	};
	size_t i = tz_rng_below(rng, sizeof(usual) / sizeof(usual[0]));

	if (tz_rng_one_in(rng, 3))
		add_option(o, rng, kind, 1 + tz_rng_below(rng, 8));
	else if (tz_rng_one_in(rng, 8))
		add_option(o, rng, (uint8_t)tz_rng_next(rng),
			   1 + tz_rng_below(rng, 12));
	else
		add_option(o, rng, usual[i].kind, usual[i].len);
}

static void add_mss(struct options *o, struct tz_rng *rng,
		    const struct tz_test *test)
{
	uint64_t mss = near(rng, test->args[0], test->args[1]);
	size_t at = o->len;

	add_option(o, rng, 2, 4);
	if (at + 4 > sizeof(o->bytes))
		return;
	o->bytes[at + 2] = (uint8_t)(mss >> 8);
	o->bytes[at + 3] = (uint8_t)mss;
}

static void put_tcp_options(struct tz_draft *draft, struct tz_rng *rng,
			    const struct tz_test *test)
{
	bool is_mss = test->id == TZ_TEST_TCPMSS;
	uint8_t kind = is_mss ? 2 : (uint8_t)test->args[0];
	struct options o = { .len = 0 };
	size_t n = tz_rng_below(rng, 5), chosen = tz_rng_below(rng, n + 1);

	for (size_t i = 0; i <= n; i++) {
		if (i != chosen || tz_rng_one_in(rng, 6))
			add_some_option(&o, rng, kind);
		else if (is_mss)
			add_mss(&o, rng, test);
		else
			add_option(&o, rng, kind, 2 + tz_rng_below(rng, 6));
	}
	while (o.len % 4)
		o.bytes[o.len++] = (uint8_t)(tz_rng_one_in(rng, 4) ? kind : 1);
	if (!make_room(draft, TZ_TCP_LEN, o.len))
		return;
	memcpy(draft->l4 + TZ_TCP_LEN, o.bytes, o.len);
	draft->l4[12] = (uint8_t)((TZ_TCP_LEN + o.len) / 4 << 4);
	if (tz_rng_one_in(rng, 16)) /* too short, or behind the end */
		draft->l4[12] = (uint8_t)(tz_rng_below(rng, 16) << 4);
}

static void put_dccp_options(struct tz_draft *draft, struct tz_rng *rng,
			     const struct tz_test *test)
{
	static const uint8_t rest[16] = { 4, 12, 0,  8,  8,  8,  8,  12,
					  8, 8,  12, 12, 12, 12, 12, 12 };
	uint8_t *l4 = draft->l4, type = l4[8] >> 1 & 15;
	size_t header = DCCP_LEN + (l4[8] & 1) * 4u + rest[type];
	struct options o = { .len = 0 };

	for (size_t n = tz_rng_below(rng, 6); n; n--)
		add_some_option(&o, rng, (uint8_t)test->args[0]);
	while (o.len % 4)
		o.bytes[o.len++] = 0;
	if (draft->l4_len < header)
		draft->l4_len = header;
	if (make_room(draft, header, o.len))
		memcpy(l4 + header, o.bytes, o.len);
	l4[4] = (uint8_t)((header + o.len) / 4);
	if (tz_rng_one_in(rng, 12))
		l4[4] = (uint8_t)tz_rng_next(rng);
}

/* ---- chunks ---- */

static uint8_t chunk_type(struct tz_rng *rng, const struct tz_test *test)
{
	uint8_t type = (uint8_t)tz_rng_next(rng);

	if (tz_rng_one_in(rng, 4))
		return (uint8_t)tz_rng_below(rng, 15);
	if (test->n_args > TZ_CHUNKS_FLAGS && tz_rng_one_in(rng, 3))
		return (uint8_t)test->args[TZ_CHUNKS_FLAGS];
	/* the next one that is listed */
	for (int i = 0; i < 256; i++, type++)
		if (test->bytes[type / 8] >> type % 8 & 1)
			break;
	return type;
}

static size_t chunk_len(struct tz_rng *rng)
{
	if (tz_rng_one_in(rng, 24))
		return tz_rng_below(rng, 4); /* 0 is broken */
	if (tz_rng_one_in(rng, 24))
		return 1000 + tz_rng_below(rng, 60000);
	return 4 + tz_rng_below(rng, 40);
}

static void put_chunks(struct tz_draft *draft, struct tz_rng *rng,
		       const struct tz_test *test)
{
	size_t at = SCTP_LEN;

	for (size_t n = tz_rng_below(rng, 7); n && at < 800; n--) {
		uint8_t *chunk = draft->l4 + at;
		size_t len = chunk_len(rng);

		chunk[0] = chunk_type(rng, test);
		chunk[1] = (uint8_t)tz_rng_below(rng, 16);
		for (size_t i = TZ_CHUNKS_FLAGS; i < test->n_args; i += 3)
			if (test->args[i] == chunk[0] && tz_rng_one_in(rng, 2))
				chunk[1] = (uint8_t)test->args[i + 2];
		chunk[2] = (uint8_t)(len >> 8);
		chunk[3] = (uint8_t)len;
		at += len < 1000 ? (len + 3) / 4 * 4 + (len < 4) * 4 : 4;
	}
	draft->l4_len = at;
	if (tz_rng_one_in(rng, 16))
		draft->l4_len += tz_rng_below(rng, 5);
}

/* ---- patterns ---- */

/* Where the pattern of @test is put in a packet of @len bytes. */
static size_t pattern_place(struct tz_rng *rng, const struct tz_test *test,
			    size_t len)
{
	size_t from = test->args[TZ_STRING_FROM];
	size_t to = test->args[TZ_STRING_TO], n = test->n_bytes;

	if (to > len)
		to = len;
	switch (tz_rng_below(rng, 6)) {
	case 0:
		return from;
	case 1:
		return from ? from - 1 : 0;
	case 2:
		return to >= n ? to - n : 0;
	case 3:
		return to >= n ? to - n + 1 : 0;
	}
	return from + n < to ? from + tz_rng_below(rng, to - from - n) : from;
}

/* Letters change their case, and now and then a byte is wrong. */
static void write_pattern(struct tz_rng *rng, const struct tz_test *test,
			  uint8_t *at)
{
	memcpy(at, test->bytes, test->n_bytes);
	for (size_t i = 0; test->args[TZ_STRING_ICASE] && i < test->n_bytes;
	     i++)
		if (tz_string_fold(at[i] ^ 0x20) == at[i] &&
		    tz_rng_one_in(rng, 2))
			at[i] ^= 0x20;
	if (tz_rng_one_in(rng, 5))
		at[tz_rng_below(rng, test->n_bytes)] ^= 0x20;
}

static void put_pattern(struct tz_draft_image *image, struct tz_rng *rng,
			const struct tz_test *test)
{
	size_t at = pattern_place(rng, test, image->len);

	/* starts of the pattern, over which a search stumbles */
	for (size_t i = tz_rng_below(rng, 4); i; i--) {
		size_t n = 1 + tz_rng_below(rng, test->n_bytes);
		size_t to = image->header +
			    tz_rng_below(rng, image->len - image->header + 1);

		if (to + n <= image->len)
			memcpy(image->ip + to, test->bytes, n);
	}
	if (at < image->header)
		at = image->header + 8;
	if (at + test->n_bytes > image->room)
		return;
	if (at + test->n_bytes > image->len && tz_rng_below(rng, 4))
		image->len = at + test->n_bytes;
	write_pattern(rng, test, image->ip + at);
}

/* ---- numbers ---- */

/* The first @n steps; false where one reads behind the packet. */
static bool find_number(const struct tz_draft_image *image,
			const uint64_t *steps, uint64_t n, uint64_t *origin,
			uint32_t *value)
{
	*origin = 0;
	for (; n--; steps += 2) {
		uint32_t operand = (uint32_t)steps[1];
		uint64_t at;

		switch ((enum tz_u32_step)steps[0]) {
		case TZ_U32_AND:
			*value &= operand;
			continue;
		case TZ_U32_LEFT:
			*value <<= operand;
			continue;
		case TZ_U32_RIGHT:
			*value >>= operand;
			continue;
		case TZ_U32_AT:
			*origin += *value;
			break;
		case TZ_U32_LOAD:
		case TZ_U32_N_STEPS:
			break;
		}
		at = *origin + operand;
		if (at + 4 > image->room)
			return false;
		*value = 0;
		for (int i = 0; i < 4; i++)
			*value = *value << 8 | image->ip[at + (uint64_t)i];
	}
	return true;
}

/* Writes what gives @value after the @n steps behind the load at @at. */
static void write_number(struct tz_draft_image *image, struct tz_rng *rng,
			 uint64_t at, const uint64_t *steps, uint64_t n,
			 uint64_t value)
{
	uint32_t raw = (uint32_t)value;

	while (n--) {
		const uint64_t *step = steps + 2 * n;

		if (step[0] == TZ_U32_AND && tz_rng_below(rng, 4))
			raw |= (uint32_t)tz_rng_next(rng) & ~(uint32_t)step[1];
		else if (step[0] == TZ_U32_RIGHT)
			raw = raw << step[1] | ((uint32_t)tz_rng_next(rng) &
						((UINT32_C(1) << step[1]) - 1));
		else if (step[0] == TZ_U32_LEFT)
			raw >>= step[1];
	}
	if (at < image->header || at + 4 > image->room)
		return;
	if (at + 4 > image->len && tz_rng_below(rng, 8))
		image->len = at + 4;
	for (uint64_t i = 0; i < 4; i++)
		image->ip[at + i] = (uint8_t)(raw >> 8 * (3 - i));
}

/* One test of a program; returns what stands behind it. */
static const uint64_t *put_number(struct tz_draft_image *image,
				  struct tz_rng *rng, const uint64_t *args)
{
	uint64_t n = *args++, first = 0, n_ranges, origin;
	const uint64_t *ranges = args + 2 * n;
	uint32_t value = 0;

	for (uint64_t i = 0; i < n; i++)
		if (args[2 * i] == TZ_U32_LOAD || args[2 * i] == TZ_U32_AT)
			first = i;
	n_ranges = *ranges++;
	if (find_number(image, args, first + 1, &origin, &value)) {
		const uint64_t *range =
			ranges + 2 * tz_rng_below(rng, n_ranges);

		write_number(image, rng, origin + args[2 * first + 1],
			     args + 2 * (first + 1), n - first - 1,
			     tz_rng_one_in(rng, 4)
				     ? near(rng, range[0], range[1])
				     : range[0]);
	}
	return ranges + 2 * n_ranges;
}

static void put_numbers(struct tz_draft_image *image, struct tz_rng *rng,
			const struct tz_test *test)
{
	const uint64_t *args = test->args, *end = args + test->n_args;

	while (args < end)
		args = put_number(image, rng, args);
}

/* Fields of the IP header are values still: what was written there. */
static void take_header(struct tz_draft *draft,
			const struct tz_draft_image *image)
{
	bool is_v4 = draft->family == TZ_IPV4;
	size_t len = is_v4 ? 4 : 16;
	const uint8_t *src = image->ip + (is_v4 ? 12 : 8);

	draft->values[TZ_FIELD_SRC] = tz_bytes_value(src, len);
	draft->values[TZ_FIELD_DST] = tz_bytes_value(src + len, len);
	draft->values[TZ_FIELD_TTL] = image->ip[is_v4 ? 8 : 7];
	if (is_v4)
		draft->values[TZ_FIELD_TOS] = image->ip[1];
	if (is_v4 || !draft->between_len)
		draft->values[TZ_FIELD_PROTO] = image->ip[is_v4 ? 9 : 6];
}

/* In a frame of its own: all know offsets from the IP header only. */
static void put_anywhere(struct tz_draft *draft, struct tz_rng *rng,
			 const struct tz_test *test)
{
	struct tz_sample_frame frame;
	size_t header =
		(draft->family == TZ_IPV4 ? 20 : 40) + draft->between_len;
	struct tz_draft_image image = {
		.family = draft->family,
		.ip = frame.bytes + TZ_ETH_LEN,
		.header = header,
	};

	memset(frame.bytes, 0, sizeof(frame.bytes));
	tz_draft_to_frame(draft, &frame);
	image.len = frame.len - TZ_ETH_LEN;
	image.room = header + TZ_DRAFT_L4_MAX - draft->between_len;
	if (image.room > sizeof(frame.bytes) - TZ_ETH_LEN)
		image.room = sizeof(frame.bytes) - TZ_ETH_LEN;
	if (test->id == TZ_TEST_STRING)
		put_pattern(&image, rng, test);
	else if (test->id == TZ_TEST_U32)
		put_numbers(&image, rng, test);
	else
		tz_draft_put_filter(&image, rng, test);
	draft->l4_len = image.len - header;
	memcpy(draft->l4, image.ip + header, draft->l4_len);
	if (test->id == TZ_TEST_BPF)
		take_header(draft, &image);
}

/* ---- all of them ---- */

static void put_test(struct tz_draft *draft, struct tz_rng *rng,
		     const struct tz_test *test)
{
	uint8_t proto = (uint8_t)draft->values[TZ_FIELD_PROTO];
	bool is_of_options =
		test->id == TZ_TEST_TCP_OPTION || test->id == TZ_TEST_TCPMSS;

	if (is_of_options && proto == TZ_PROTO_TCP)
		put_tcp_options(draft, rng, test);
	if (test->id == TZ_TEST_SCTP_CHUNKS && proto == TZ_PROTO_SCTP)
		put_chunks(draft, rng, test);
	if (test->id == TZ_TEST_DCCP_OPTION && proto == TZ_PROTO_DCCP)
		put_dccp_options(draft, rng, test);
	if (test->id == TZ_TEST_STRING || test->id == TZ_TEST_U32 ||
	    test->id == TZ_TEST_BPF)
		put_anywhere(draft, rng, test);
}

static void put_tests(struct tz_draft *draft, struct tz_rng *rng,
		      const struct tz_ir_match *matches)
{
	for (const struct tz_ir_match *m = matches; m; m = m->next) {
		if (m->kind == TZ_IR_TEST)
			put_test(draft, rng, &m->test);
		else if (m->kind == TZ_IR_NOT)
			put_tests(draft, rng, m->operands);
	}
}

void tz_draft_put_bytes(struct tz_draft *draft, struct tz_rng *rng,
			const struct tz_ir_rule *rule)
{
	if (!rule || tz_rng_one_in(rng, 8))
		return;
	put_tests(draft, rng, rule->matches);
	tz_draft_put_checksum(draft);
}
