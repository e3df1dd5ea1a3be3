/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The matches of IR text, with the values of their fields; the grammar stands
 * in parse.c.
 */
#include <arpa/inet.h>
#include <string.h>

#include "ir/limits.h"
#include "ir/parse.h"
#include "sema/ipset.h"

/* ---- values ---- */

static bool want_address(struct tz_ir_parser *p, tz_value *value)
{
	bool is_v4 = p->chain->family == TZ_IPV4;
	uint8_t bytes[16];

	if (p->scan.token != TZ_IR_TOKEN_WORD ||
	    inet_pton(is_v4 ? AF_INET : AF_INET6, p->scan.text, bytes) != 1)
		return tz_ir_fail(p, "an address of the chain's family");
	*value = 0;
	for (size_t i = 0; i < (is_v4 ? 4 : 16); i++)
		*value = *value << 8 | bytes[i];
	tz_ir_scan(&p->scan);
	return true;
}

static bool want_mac(struct tz_ir_parser *p, tz_value *value)
{
	static const char digits[] = "0123456789abcdef";
	const char *c = p->scan.text;
	bool is_mac = p->scan.token == TZ_IR_TOKEN_WORD && strlen(c) == 17;

	*value = 0;
	for (int i = 0; is_mac && i < 17; i++) {
		const char *digit = c[i] ? strchr(digits, c[i]) : NULL;

		if (i % 3 == 2)
			is_mac = c[i] == ':';
		else if (digit)
			*value = *value << 4 | (tz_value)(digit - digits);
		else
			is_mac = false;
	}
	if (!is_mac)
		return tz_ir_fail(p, "a MAC address");
	tz_ir_scan(&p->scan);
	return true;
}

static bool want_value(struct tz_ir_parser *p, enum tz_field field,
		       tz_value *value)
{
	unsigned int bits = tz_field_bits(field, p->chain->family);
	uint64_t number = 0;

	if (field == TZ_FIELD_SRC || field == TZ_FIELD_DST)
		return want_address(p, value);
	if (field == TZ_FIELD_MAC_SRC)
		return want_mac(p, value);
	if (!tz_ir_want_number(p, (uint64_t)tz_value_max(bits), &number))
		return false;
	*value = number;
	return true;
}

/* ---- matches ---- */

static bool parse_interval(struct tz_ir_parser *p, enum tz_field field,
			   struct tz_interval *interval)
{
	if (!want_value(p, field, &interval->lo))
		return false;
	interval->hi = interval->lo;
	if (!tz_ir_accept_sign(p, '-'))
		return true;
	if (!want_value(p, field, &interval->hi))
		return false;
	return interval->lo <= interval->hi ||
	       tz_ir_fail(p, "lower bound first");
}

static bool parse_set(struct tz_ir_parser *p, struct tz_ir_match *match)
{
	TZ_VEC(struct tz_interval) list = { 0 };
	struct tz_interval interval;

	if (!tz_ir_want_sign(p, '{'))
		return false;
	if (!tz_ir_accept_sign(p, '}')) {
		do {
			if (!parse_interval(p, match->in.field, &interval))
				return false;
			tz_vec_push(p->ir->arena, &list, interval);
		} while (tz_ir_accept_sign(p, ','));
		if (!tz_ir_want_sign(p, '}'))
			return false;
	}
	match->in.set = tz_set_of(p->ir->arena, list.at, list.n);
	return true;
}

static bool parse_field(struct tz_ir_parser *p, enum tz_field field,
			struct tz_ir_match *match)
{
	if (tz_ir_accept_word(p, "in")) {
		match->kind = TZ_IR_IN;
		match->in.field = field;
		return parse_set(p, match);
	}
	match->kind = TZ_IR_MASKED;
	match->masked.field = field;
	return tz_ir_want_sign(p, '&') &&
	       want_value(p, field, &match->masked.mask) &&
	       tz_ir_want_sign(p, '=') &&
	       want_value(p, field, &match->masked.value);
}

static bool parse_header(struct tz_ir_parser *p, struct tz_ir_match *match)
{
	uint64_t proto = 0, bytes = 0;

	if (!tz_ir_want_number(p, 255, &proto) ||
	    !tz_ir_want_number(p, 255, &bytes))
		return false;
	match->kind = TZ_IR_HEADER;
	match->header.proto = (uint8_t)proto;
	match->header.bytes = (uint8_t)bytes;
	match->header.offset_one_drops = tz_ir_accept_word(p, "offset_one");
	match->header.is_native_in_nft = tz_ir_accept_word(p, "native");
	match->header.is_lenient = tz_ir_accept_word(p, "lenient");
	return true;
}

static bool parse_hex(struct tz_ir_parser *p, struct tz_test *test)
{
	static const char digits[] = "0123456789abcdef";
	const char *text = p->scan.text;
	size_t n = strspn(text, digits);
	uint8_t *bytes = tz_new_array(p->ir->arena, uint8_t, n / 2 + 1);

	if (!n || n % 2 || text[n])
		return tz_ir_fail(p, "bytes in hexadecimal digits");
	for (size_t i = 0; i < n; i++)
		bytes[i / 2] = (uint8_t)(bytes[i / 2] << 4 |
					 (strchr(digits, text[i]) - digits));
	test->bytes = bytes;
	test->n_bytes = n / 2;
	tz_ir_scan(&p->scan);
	return true;
}

/* "(" NUMBER, ... ")" */
static bool parse_args(struct tz_ir_parser *p, const uint64_t **at, size_t *n)
{
	TZ_VEC(uint64_t) args = { 0 };
	uint64_t arg = 0;

	if (!tz_ir_want_sign(p, '('))
		return false;
	if (!tz_ir_accept_sign(p, ')')) {
		do {
			if (!tz_ir_want_number(p, UINT64_MAX, &arg))
				return false;
			tz_vec_push(p->ir->arena, &args, arg);
		} while (tz_ir_accept_sign(p, ','));
		if (!tz_ir_want_sign(p, ')'))
			return false;
	}
	*at = args.at;
	*n = args.n;
	return true;
}

static bool parse_test(struct tz_ir_parser *p, struct tz_ir_match *match)
{
	match->kind = TZ_IR_TEST;
	match->test.id = p->scan.token == TZ_IR_TOKEN_WORD
				 ? tz_test_by_name(p->scan.text)
				 : TZ_N_TESTS;
	if (match->test.id == TZ_N_TESTS)
		return tz_ir_fail(p, "the name of a test");
	tz_ir_scan(&p->scan);
	if (!parse_args(p, &match->test.args, &match->test.n_args))
		return false;
	if (match->test.id == TZ_TEST_SET && match->test.n_args &&
	    match->test.args[TZ_SET_ARG_NUMBER] < p->ir->sets->all.n)
		match->test.set =
			p->ir->sets->all.at[match->test
						    .args[TZ_SET_ARG_NUMBER]];
	return p->scan.token != TZ_IR_TOKEN_STRING ||
	       parse_hex(p, &match->test);
}

/* What stands behind an opaque match may be its state. */
static bool parse_state(struct tz_ir_parser *p, struct tz_ir_match *match)
{
	enum tz_state_id id = p->scan.token == TZ_IR_TOKEN_WORD
				      ? tz_state_by_name(p->scan.text)
				      : TZ_N_STATES;
	struct tz_state *state;

	if (id == TZ_N_STATES)
		return true;
	state = tz_new(p->ir->arena, struct tz_state);
	state->id = id;
	match->opaque.state = state;
	tz_ir_scan(&p->scan);
	if (!parse_args(p, &state->args, &state->n_args))
		return false;
	return p->scan.token != TZ_IR_TOKEN_STRING ||
	       tz_ir_want_string(p, &state->name);
}

static bool parse_opaque(struct tz_ir_parser *p, struct tz_ir_match *match)
{
	match->kind = TZ_IR_OPAQUE;
	if (!tz_ir_want_string(p, &match->opaque.name))
		return false;
	match->opaque.effect = TZ_IR_PURE;
	if (tz_ir_accept_word(p, "writes"))
		match->opaque.effect = TZ_IR_WRITES;
	else if (!tz_ir_accept_word(p, "pure"))
		return tz_ir_fail(p, "pure or writes");
	return tz_ir_want_string(p, &match->opaque.reason) &&
	       parse_state(p, match);
}

static bool parse_operands(struct tz_ir_parser *p, struct tz_ir_match *match,
			   unsigned int depth)
{
	struct tz_ir_match **last = &match->operands;

	if (!tz_ir_want_sign(p, '('))
		return false;
	if (tz_ir_accept_sign(p, ')'))
		return true;
	do {
		if (!tz_ir_parse_match(p, last, depth + 1))
			return false;
		last = &(*last)->next;
	} while (tz_ir_accept_sign(p, ','));
	return tz_ir_want_sign(p, ')');
}

static bool parse_iface(struct tz_ir_parser *p, struct tz_ir_match *match)
{
	match->kind = TZ_IR_IFACE;
	if (!tz_ir_want_string(p, &match->iface.name))
		return false;
	match->iface.is_prefix = tz_ir_accept_word(p, "prefix");
	return true;
}

static enum tz_field field_by_name(const struct tz_ir_parser *p)
{
	int field = 0;

	while (field < TZ_N_FIELDS &&
	       !tz_ir_at_word(p, tz_field_name((enum tz_field)field)))
		field++;
	return (enum tz_field)field;
}

bool tz_ir_parse_match(struct tz_ir_parser *p, struct tz_ir_match **out,
		       unsigned int depth)
{
	struct tz_ir_match *match =
		tz_ir_new_match(p->ir, TZ_IR_NOT, p->scan.span);
	enum tz_field field = field_by_name(p);

	if (depth > TZ_IR_NESTING_MAX)
		return tz_ir_fail(p, "fewer nested matches");
	*out = match;
	if (field != TZ_N_FIELDS) {
		tz_ir_scan(&p->scan);
		return parse_field(p, field, match);
	}
	if (tz_ir_accept_word(p, "iface"))
		return parse_iface(p, match);
	if (tz_ir_accept_word(p, "header"))
		return parse_header(p, match);
	if (tz_ir_accept_word(p, "test"))
		return parse_test(p, match);
	if (tz_ir_accept_word(p, "opaque"))
		return parse_opaque(p, match);
	if (tz_ir_accept_word(p, "not"))
		return tz_ir_parse_match(p, &match->operands, depth + 1);
	match->kind = tz_ir_at_word(p, "all") ? TZ_IR_AND : TZ_IR_OR;
	if (tz_ir_accept_word(p, "all") || tz_ir_accept_word(p, "any"))
		return parse_operands(p, match, depth);
	return tz_ir_fail(p, "a match, or =>");
}
