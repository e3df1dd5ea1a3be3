/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Extension headers for rules that test them: what the test's arguments ask
 * for, or a little beside it, in company of others, sometimes twice, sometimes
 * not at all.
 */
#include <string.h>

#include <tamiz/exthdr.h>

#include "ir/draft.h"

enum { BODY_MAX = 320, PROTO_MOBILITY = 135, OPTION_UNKNOWN = 0x1e };

/* Mostly within @low and @high, or just outside; at most @max. */
static uint64_t near(struct tz_rng *rng, uint64_t low, uint64_t high,
		     uint64_t max)
{
	uint64_t value;

	switch (tz_rng_below(rng, 6)) {
	case 0:
		value = high;
		break;
	case 1:
		value = low ? low - 1 : high + 1;
		break;
	case 2:
		value = high < max ? high + 1 : low;
		break;
	case 3:
		value = tz_rng_next(rng);
		break;
	default:
		value = low <= high ? low + tz_rng_next(rng) % (high - low + 1)
				    : low;
	}
	return value & max;
}

static void put_be32(uint8_t *p, uint64_t value)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(value >> (24 - 8 * i));
}

static void put_value(uint8_t *p, tz_value value)
{
	for (int i = 0; i < 16; i++)
		p[i] = (uint8_t)(value >> (120 - 8 * i));
}

static tz_value value_at(const uint64_t *args)
{
	return (tz_value)args[0] << 64 | args[1];
}

/* ---- options ---- */

/* From @at to @len: padding, or an option that is skipped when unknown. */
static void fill_options(uint8_t *body, size_t at, size_t len)
{
	size_t left = len - at;

	if (!left)
		return;
	body[at] = left == 1 ? 0 : left <= 7 ? 1 : OPTION_UNKNOWN;
	if (left > 1)
		body[at + 1] = (uint8_t)(left - 2);
}

static void push_options(struct tz_draft *draft, struct tz_rng *rng,
			 const uint64_t *args)
{
	uint8_t body[BODY_MAX] = { 0 };
	size_t n = args[3], at = 2, len;

	if (tz_rng_one_in(rng, 4))
		n = tz_rng_below(rng, n + 1);
	for (size_t i = 0; i < n && at < BODY_MAX - 64; i++) {
		uint64_t wanted = args[4 + i];
		size_t data = wanted & 0xff;

		if (data == TZ_OPTION_ANY_LEN || tz_rng_one_in(rng, 8))
			data = tz_rng_below(rng, 5);
		if (data > 40)
			data = 40;
		body[at] = (uint8_t)(wanted >> 8);
		if (tz_rng_one_in(rng, 8))
			body[at] ^= (uint8_t)tz_rng_below(rng, 8);
		if (!body[at++])
			continue;
		body[at++] = (uint8_t)data;
		if (body[at - 2] == 5) /* a router alert (RFC 2711) */
			body[at + data - 1] = (uint8_t)tz_rng_below(rng, 3);
		at += data;
	}
	len = (at + 7) / 8 * 8;
	if (args[1] & TZ_OPTIONS_LEN && args[2] % 8 == 0 && args[2] >= len &&
	    args[2] <= 64 && tz_rng_below(rng, 4))
		len = args[2];
	else if (tz_rng_one_in(rng, 4))
		len += 8;
	fill_options(body, at, len);
	body[1] = (uint8_t)(len / 8 - 1);
	tz_draft_push_extension(draft, (uint8_t)args[0], body, len);
}

/* ---- routing ---- */

static void push_routing(struct tz_draft *draft, struct tz_rng *rng,
			 const struct tz_test *test)
{
	const uint64_t *args = test->args;
	size_t n = (test->n_args - TZ_RT_ARG_ADDRESSES) / 2, n_there = n;
	uint8_t body[BODY_MAX] = { 0 };

	if (!n || tz_rng_one_in(rng, 4))
		n_there = tz_rng_below(rng, 4);
	if (args[TZ_RT_ARG_FLAGS] & TZ_RT_AMONG)
		n_there += tz_rng_below(rng, 2);
	body[1] = (uint8_t)(2 * n_there);
	body[2] = (uint8_t)(args[TZ_RT_ARG_FLAGS] & TZ_RT_TYPE
				    ? near(rng, args[TZ_RT_ARG_TYPE],
					   args[TZ_RT_ARG_TYPE], 255)
				    : tz_rng_below(rng, 5));
	body[3] = (uint8_t)near(rng, args[TZ_RT_ARG_LOW],
				args[TZ_RT_ARG_HIGH] & 255, 255);
	if (tz_rng_one_in(rng, 3))
		tz_rng_fill(rng, body + 4, 4);
	for (size_t i = 0, next = 0; i < n_there; i++) {
		uint8_t *at = body + 8 + 16 * i;

		if (n && next < n && tz_rng_below(rng, 5))
			put_value(at, value_at(args + TZ_RT_ARG_ADDRESSES +
					       2 * next++));
		else
			tz_rng_fill(rng, at, 16);
	}
	tz_draft_push_extension(draft, TZ_PROTO_ROUTING, body,
				8 + 16 * n_there);
}

static void put_segments(uint8_t *body, size_t n, struct tz_rng *rng,
			 const uint64_t *args)
{
	for (size_t i = 0; i < n; i++) {
		const uint64_t *sid =
			args + TZ_SRH_ARG_SIDS + 4 * tz_rng_below(rng, 3);
		uint8_t *at = body + 8 + 16 * i;

		tz_rng_fill(rng, at, 16);
		if (tz_rng_one_in(rng, 4))
			continue;

		tz_value any = (tz_value)tz_rng_next(rng) << 64;
		tz_value mask = value_at(sid + 2);

		put_value(at, (value_at(sid) & mask) | (any & ~mask));
	}
}

/* RFC 8754, 2. */
static void push_segments(struct tz_draft *draft, struct tz_rng *rng,
			  const uint64_t *args)
{
	uint64_t bits = args[TZ_SRH_ARG_BITS];
	size_t n = 1 + tz_rng_below(rng, 4);
	uint8_t body[BODY_MAX] = { 0, (uint8_t)(2 * n), 4 };
	uint16_t tag = (uint16_t)tz_rng_next(rng);

	if (bits & (TZ_SRH_LEN_EQ | TZ_SRH_LEN_GT | TZ_SRH_LEN_LT) &&
	    args[TZ_SRH_ARG_LEN] < 10) {
		n = near(rng, args[TZ_SRH_ARG_LEN], args[TZ_SRH_ARG_LEN], 7) /
		    2;
		body[1] = (uint8_t)(2 * n);
	}
	body[4] = (uint8_t)(n ? n - 1 : 0);
	if (tz_rng_one_in(rng, 8))
		body[4] = (uint8_t)tz_rng_below(rng, 6);
	body[3] = (uint8_t)tz_rng_below(rng, body[4] + 2u);
	if (tz_rng_one_in(rng, 12))
		body[2] = 3;
	if (bits & TZ_SRH_TAG)
		tag = (uint16_t)near(rng, args[TZ_SRH_ARG_TAG],
				     args[TZ_SRH_ARG_TAG], UINT16_MAX);
	memcpy(body + 6, &tag, sizeof(tag)); /* as the kernel compares it */
	put_segments(body, n, rng, args);
	tz_draft_push_extension(draft, TZ_PROTO_ROUTING, body, 8 + 16 * n);
}

/* ---- others ---- */

static void push_auth(struct tz_draft *draft, struct tz_rng *rng,
		      const uint64_t *args)
{
	uint8_t body[64] = { 0 };
	size_t len = 8 + 4 * tz_rng_below(rng, 5);

	if (args[3] % 4 == 0 && args[3] >= 8 && args[3] <= 64 &&
	    tz_rng_below(rng, 4))
		len = args[3];
	tz_rng_fill(rng, body + 8, len - 8);
	body[1] = (uint8_t)(len / 4 - 2);
	if (tz_rng_one_in(rng, 4))
		body[3] = 1;
	put_be32(body + 4, near(rng, args[0], args[1], UINT32_MAX));
	tz_draft_push_extension(draft, TZ_PROTO_AH, body, len);
}

/* A fragment that is the whole, the first one, or a later one. */
static void push_fragment(struct tz_draft *draft, struct tz_rng *rng,
			  const uint64_t *args)
{
	static const uint8_t words[] = { 0, 1, 1, 8, 9, 2, 5 };
	uint8_t body[8] = { 0 };

	body[1] = tz_rng_one_in(rng, 6);
	body[3] = words[tz_rng_below(rng, sizeof(words))];
	put_be32(body + 4, near(rng, args[0], args[1], UINT32_MAX));
	tz_draft_push_extension(draft, TZ_PROTO_FRAGMENT, body, sizeof(body));
}

/* The plainest header of each kind of the set @headers. */
static void push_kinds(struct tz_draft *draft, struct tz_rng *rng,
		       uint64_t headers)
{
	static const struct {
		unsigned int header;
		uint8_t number, len;
		uint8_t body[16];
	} kinds[] = {
		{ TZ_HEADER_DSTOPTS, TZ_PROTO_DESTINATION, 8, { 0, 0, 1, 4 } },
		{ TZ_HEADER_AUTH, TZ_PROTO_AH, 16, { 0, 2 } },
		{ TZ_HEADER_FRAGMENT, TZ_PROTO_FRAGMENT, 8, { 0 } },
		{ TZ_HEADER_ROUTING, TZ_PROTO_ROUTING, 8, { 0, 0, 2, 0 } },
		{ TZ_HEADER_HOPOPTS,
		  TZ_PROTO_HOP_BY_HOP,
		  8,
		  { 0, 0, 5, 2, 0, 0, 1, 0 } },
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		bool is_wanted = headers & kinds[i].header;

		/* no fragment but where one is wanted: it tells little */
		if (is_wanted ? tz_rng_below(rng, 8) == 0
			      : tz_rng_below(rng, 8) != 0 ||
					kinds[i].header == TZ_HEADER_FRAGMENT)
			continue;
		tz_draft_push_extension(draft, kinds[i].number, kinds[i].body,
					kinds[i].len);
	}
}

static void fill_mobility(struct tz_draft *draft, struct tz_rng *rng,
			  const uint64_t *args)
{
	if (draft->values[TZ_FIELD_PROTO] != PROTO_MOBILITY ||
	    draft->l4_len < 8)
		return;
	draft->l4[0] = TZ_PROTO_NONE;
	if (tz_rng_one_in(rng, 8))
		draft->l4[0] = TZ_PROTO_UDP;
	draft->l4[2] = (uint8_t)near(rng, args[0], args[1], 255);
}

static void push_for(struct tz_draft *draft, struct tz_rng *rng,
		     const struct tz_test *test)
{
	switch (test->id) {
	case TZ_TEST_FRAG:
		push_fragment(draft, rng, test->args);
		break;
	case TZ_TEST_OPTIONS:
		push_options(draft, rng, test->args);
		break;
	case TZ_TEST_RT:
		push_routing(draft, rng, test);
		break;
	case TZ_TEST_AH6:
		push_auth(draft, rng, test->args);
		break;
	case TZ_TEST_IPV6HEADER:
		push_kinds(draft, rng, test->args[0]);
		break;
	case TZ_TEST_MH:
		fill_mobility(draft, rng, test->args);
		break;
	case TZ_TEST_SRH:
		push_segments(draft, rng, test->args);
		break;
	default:
		break;
	}
}

/* The interface identifier of the MAC address, or one bit beside it. */
static void aim_eui64(struct tz_draft *draft, struct tz_rng *rng)
{
	uint64_t mac = (uint64_t)draft->values[TZ_FIELD_MAC_SRC];
	uint64_t id =
		(mac & 0xffffff000000) << 16 | 0xfffe000000 | (mac & 0xffffff);

	id ^= UINT64_C(0x0200000000000000);
	if (tz_rng_one_in(rng, 4))
		id ^= UINT64_C(1) << tz_rng_below(rng, 64);
	draft->values[TZ_FIELD_SRC] =
		draft->values[TZ_FIELD_SRC] >> 64 << 64 | id;
}

/* Also what rules ask with `!`: half of the packets are in the set then. */
static void aim_sets(struct tz_draft *draft, struct tz_rng *rng,
		     const struct tz_ir_match *matches)
{
	for (const struct tz_ir_match *m = matches; m; m = m->next) {
		if (m->kind == TZ_IR_TEST && m->test.id == TZ_TEST_SET)
			tz_draft_aim_set(draft, rng, &m->test);
		if (m->kind == TZ_IR_NOT && tz_rng_one_in(rng, 2))
			aim_sets(draft, rng, m->operands);
	}
}

void tz_draft_aim(struct tz_draft *draft, struct tz_rng *rng,
		  const struct tz_ir_rule *rule)
{
	if (rule)
		aim_sets(draft, rng, rule->matches);
	if (draft->family != TZ_IPV6 || !rule)
		return;
	for (const struct tz_ir_match *m = rule->matches; m; m = m->next) {
		if (m->kind != TZ_IR_TEST)
			continue;
		if (m->test.id == TZ_TEST_EUI64 && tz_rng_below(rng, 4))
			aim_eui64(draft, rng);
		if (m->test.id != TZ_TEST_IPV6HEADER || tz_rng_one_in(rng, 4))
			continue;
		if (m->test.args[0] & TZ_HEADER_NONE)
			draft->values[TZ_FIELD_PROTO] = TZ_PROTO_NONE;
		else if (m->test.args[0] & TZ_HEADER_ESP)
			draft->values[TZ_FIELD_PROTO] = TZ_PROTO_ESP;
	}
}

/* The first header says that it is longer, or layer 4 is cut behind it. */
static void spoil(struct tz_draft *draft, struct tz_rng *rng)
{
	if (!draft->between_len || tz_rng_below(rng, 10))
		return;
	if (tz_rng_one_in(rng, 2))
		draft->between[1] +=
			(uint8_t)(1 + tz_rng_below(rng, 1 + draft->l4_len / 4));
	else
		draft->l4_len = tz_rng_below(rng, 6) % (draft->l4_len + 1);
}

void tz_draft_add_extensions(struct tz_draft *draft, struct tz_rng *rng,
			     const struct tz_ir_rule *rule)
{
	if (draft->family != TZ_IPV6 || !rule)
		return;
	for (const struct tz_ir_match *m = rule->matches; m; m = m->next) {
		if (m->kind != TZ_IR_TEST || tz_rng_one_in(rng, 8))
			continue;
		if (tz_rng_one_in(rng, 6))
			push_for(draft, rng, &m->test);
		if (tz_rng_one_in(rng, 6))
			push_kinds(draft, rng, TZ_HEADER_DSTOPTS);
		push_for(draft, rng, &m->test);
		if (tz_rng_one_in(rng, 6))
			push_kinds(draft, rng, TZ_HEADER_ROUTING);
		spoil(draft, rng);
	}
}
