/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads the text form of the IR, by recursive descent:
 *
 *   ir       = { "chain" ("v4" | "v6") TABLE STRING
 *                ["policy" ("accept" | "drop")] [counters]
 *                "{" { rule } "}" }
 *   rule     = "rule" STRING [counters] { match } "=>" VERDICT
 *              [STRING chain] ["target" STRING] ["nat"]
 *   counters = "[" PACKETS ":" BYTES "]"
 *   match    = FIELD "in" "{" [ value ["-" value] { "," ... } ] "}"
 *            | FIELD "&" value "=" value
 *            | "iface" STRING ["prefix"]
 *            | "header" PROTO BYTES ["offset_one"] ["native"]
 *            | "test" NAME "(" [ NUMBER { "," NUMBER } ] ")" [ STRING hex ]
 *            | "not" match
 *            | ("all" | "any") "(" [ match { "," match } ] ")"
 *            | "opaque" STRING ("pure" | "writes") STRING
 *
 * The first error ends the reading. What comes out is verified.
 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "ir/limits.h"
#include "ir/text.h"

/* A jump whose chain may stand further down. */
struct jump {
	struct tz_ir_rule *rule;
	const char *name;
	struct tz_span span;
};

struct parser {
	struct tz_ir_scanner scan;
	struct tz_diags *diags;
	struct tz_ir *ir;
	struct tz_ir_chain *chain;
	TZ_VEC(struct jump) jumps;
	bool has_failed;
};

/* Records the first error. Returns false. */
static bool fail(struct parser *p, const char *wanted)
{
	if (!p->has_failed)
		tz_diag(p->diags, TZ_DIAG_SYNTAX, p->scan.span,
			"expected %s here", wanted);
	p->has_failed = true;
	return false;
}

static bool at_word(const struct parser *p, const char *word)
{
	return p->scan.token == TZ_IR_TOKEN_WORD && !strcmp(p->scan.text, word);
}

static bool accept_word(struct parser *p, const char *word)
{
	if (!at_word(p, word))
		return false;
	tz_ir_scan(&p->scan);
	return true;
}

static bool accept_sign(struct parser *p, char sign)
{
	if (p->scan.token != TZ_IR_TOKEN_SIGN || p->scan.sign != sign)
		return false;
	tz_ir_scan(&p->scan);
	return true;
}

static bool want_sign(struct parser *p, char sign)
{
	const char wanted[] = { '\'', sign, '\'', '\0' };

	return accept_sign(p, sign) || fail(p, wanted);
}

static bool want_string(struct parser *p, const char **text)
{
	if (p->scan.token != TZ_IR_TOKEN_STRING)
		return fail(p, "a string in quotes");
	*text = p->scan.text;
	tz_ir_scan(&p->scan);
	return true;
}

/* Digits of one number, at most @max, up to @stop. */
static bool read_number(const char *text, char stop, uint64_t max,
			uint64_t *number, const char **rest)
{
	uint64_t value = 0;
	const char *c = text;

	for (; *c >= '0' && *c <= '9'; c++) {
		uint64_t digit = (uint64_t)(*c - '0');

		if (value > (max - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	if (c == text || *c != stop)
		return false;
	*number = value;
	*rest = c;
	return true;
}

static bool want_number(struct parser *p, uint64_t max, uint64_t *number)
{
	const char *rest;

	if (p->scan.token != TZ_IR_TOKEN_WORD ||
	    !read_number(p->scan.text, '\0', max, number, &rest))
		return fail(p, "a number that fits");
	tz_ir_scan(&p->scan);
	return true;
}

static bool parse_counters(struct parser *p, uint64_t *packets, uint64_t *bytes)
{
	const char *rest;

	if (!accept_sign(p, '['))
		return true;
	if (p->scan.token != TZ_IR_TOKEN_WORD ||
	    !read_number(p->scan.text, ':', UINT64_MAX, packets, &rest) ||
	    !read_number(rest + 1, '\0', UINT64_MAX, bytes, &rest))
		return fail(p, "PACKETS:BYTES");
	tz_ir_scan(&p->scan);
	return want_sign(p, ']');
}

/* ---- values ---- */

static bool want_address(struct parser *p, tz_value *value)
{
	bool is_v4 = p->chain->family == TZ_IPV4;
	uint8_t bytes[16];

	if (p->scan.token != TZ_IR_TOKEN_WORD ||
	    inet_pton(is_v4 ? AF_INET : AF_INET6, p->scan.text, bytes) != 1)
		return fail(p, "an address of the chain's family");
	*value = 0;
	for (size_t i = 0; i < (is_v4 ? 4 : 16); i++)
		*value = *value << 8 | bytes[i];
	tz_ir_scan(&p->scan);
	return true;
}

static bool want_mac(struct parser *p, tz_value *value)
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
		return fail(p, "a MAC address");
	tz_ir_scan(&p->scan);
	return true;
}

static bool want_value(struct parser *p, enum tz_field field, tz_value *value)
{
	unsigned int bits = tz_field_bits(field, p->chain->family);
	uint64_t number = 0;

	if (field == TZ_FIELD_SRC || field == TZ_FIELD_DST)
		return want_address(p, value);
	if (field == TZ_FIELD_MAC_SRC)
		return want_mac(p, value);
	if (!want_number(p, (uint64_t)tz_value_max(bits), &number))
		return false;
	*value = number;
	return true;
}

/* ---- matches ---- */

static bool parse_interval(struct parser *p, enum tz_field field,
			   struct tz_interval *interval)
{
	if (!want_value(p, field, &interval->lo))
		return false;
	interval->hi = interval->lo;
	if (!accept_sign(p, '-'))
		return true;
	if (!want_value(p, field, &interval->hi))
		return false;
	return interval->lo <= interval->hi || fail(p, "lower bound first");
}

static bool parse_set(struct parser *p, struct tz_ir_match *match)
{
	TZ_VEC(struct tz_interval) list = { 0 };
	struct tz_interval interval;

	if (!want_sign(p, '{'))
		return false;
	if (!accept_sign(p, '}')) {
		do {
			if (!parse_interval(p, match->in.field, &interval))
				return false;
			tz_vec_push(p->ir->arena, &list, interval);
		} while (accept_sign(p, ','));
		if (!want_sign(p, '}'))
			return false;
	}
	match->in.set = tz_set_of(p->ir->arena, list.at, list.n);
	return true;
}

static bool parse_field(struct parser *p, enum tz_field field,
			struct tz_ir_match *match)
{
	if (accept_word(p, "in")) {
		match->kind = TZ_IR_IN;
		match->in.field = field;
		return parse_set(p, match);
	}
	match->kind = TZ_IR_MASKED;
	match->masked.field = field;
	return want_sign(p, '&') && want_value(p, field, &match->masked.mask) &&
	       want_sign(p, '=') && want_value(p, field, &match->masked.value);
}

static bool parse_header(struct parser *p, struct tz_ir_match *match)
{
	uint64_t proto = 0, bytes = 0;

	if (!want_number(p, 255, &proto) || !want_number(p, 255, &bytes))
		return false;
	match->kind = TZ_IR_HEADER;
	match->header.proto = (uint8_t)proto;
	match->header.bytes = (uint8_t)bytes;
	match->header.offset_one_drops = accept_word(p, "offset_one");
	match->header.is_native_in_nft = accept_word(p, "native");
	return true;
}

static bool parse_hex(struct parser *p, struct tz_test *test)
{
	static const char digits[] = "0123456789abcdef";
	const char *text = p->scan.text;
	size_t n = strspn(text, digits);
	uint8_t *bytes = tz_new_array(p->ir->arena, uint8_t, n / 2 + 1);

	if (!n || n % 2 || text[n])
		return fail(p, "bytes in hexadecimal digits");
	for (size_t i = 0; i < n; i++)
		bytes[i / 2] = (uint8_t)(bytes[i / 2] << 4 |
					 (strchr(digits, text[i]) - digits));
	test->bytes = bytes;
	test->n_bytes = n / 2;
	tz_ir_scan(&p->scan);
	return true;
}

static bool parse_test(struct parser *p, struct tz_ir_match *match)
{
	TZ_VEC(uint64_t) args = { 0 };
	uint64_t arg = 0;

	match->kind = TZ_IR_TEST;
	match->test.id = p->scan.token == TZ_IR_TOKEN_WORD
				 ? tz_test_by_name(p->scan.text)
				 : TZ_N_TESTS;
	if (match->test.id == TZ_N_TESTS)
		return fail(p, "the name of a test");
	tz_ir_scan(&p->scan);
	if (!want_sign(p, '('))
		return false;
	if (!accept_sign(p, ')')) {
		do {
			if (!want_number(p, UINT64_MAX, &arg))
				return false;
			tz_vec_push(p->ir->arena, &args, arg);
		} while (accept_sign(p, ','));
		if (!want_sign(p, ')'))
			return false;
	}
	match->test.args = args.at;
	match->test.n_args = args.n;
	return p->scan.token != TZ_IR_TOKEN_STRING ||
	       parse_hex(p, &match->test);
}

static bool parse_opaque(struct parser *p, struct tz_ir_match *match)
{
	match->kind = TZ_IR_OPAQUE;
	if (!want_string(p, &match->opaque.name))
		return false;
	match->opaque.effect = TZ_IR_PURE;
	if (accept_word(p, "writes"))
		match->opaque.effect = TZ_IR_WRITES;
	else if (!accept_word(p, "pure"))
		return fail(p, "pure or writes");
	return want_string(p, &match->opaque.reason);
}

static bool parse_match(struct parser *p, struct tz_ir_match **out,
			unsigned int depth);

static bool parse_operands(struct parser *p, struct tz_ir_match *match,
			   unsigned int depth)
{
	struct tz_ir_match **last = &match->operands;

	if (!want_sign(p, '('))
		return false;
	if (accept_sign(p, ')'))
		return true;
	do {
		if (!parse_match(p, last, depth + 1))
			return false;
		last = &(*last)->next;
	} while (accept_sign(p, ','));
	return want_sign(p, ')');
}

static bool parse_iface(struct parser *p, struct tz_ir_match *match)
{
	match->kind = TZ_IR_IFACE;
	if (!want_string(p, &match->iface.name))
		return false;
	match->iface.is_prefix = accept_word(p, "prefix");
	return true;
}

static enum tz_field field_by_name(const struct parser *p)
{
	int field = 0;

	while (field < TZ_N_FIELDS &&
	       !at_word(p, tz_field_name((enum tz_field)field)))
		field++;
	return (enum tz_field)field;
}

static bool parse_match(struct parser *p, struct tz_ir_match **out,
			unsigned int depth)
{
	struct tz_ir_match *match =
		tz_ir_new_match(p->ir, TZ_IR_NOT, p->scan.span);
	enum tz_field field = field_by_name(p);

	if (depth > TZ_IR_NESTING_MAX)
		return fail(p, "fewer nested matches");
	*out = match;
	if (field != TZ_N_FIELDS) {
		tz_ir_scan(&p->scan);
		return parse_field(p, field, match);
	}
	if (accept_word(p, "iface"))
		return parse_iface(p, match);
	if (accept_word(p, "header"))
		return parse_header(p, match);
	if (accept_word(p, "test"))
		return parse_test(p, match);
	if (accept_word(p, "opaque"))
		return parse_opaque(p, match);
	if (accept_word(p, "not"))
		return parse_match(p, &match->operands, depth + 1);
	match->kind = at_word(p, "all") ? TZ_IR_AND : TZ_IR_OR;
	if (accept_word(p, "all") || accept_word(p, "any"))
		return parse_operands(p, match, depth);
	return fail(p, "a match, or =>");
}

/* ---- rules and chains ---- */

static bool parse_verdict(struct parser *p, struct tz_ir_rule *rule)
{
	int verdict = 0;
	struct jump jump = { .rule = rule };

	while (verdict < TZ_IR_N_VERDICTS &&
	       !at_word(p, tz_ir_verdict_words[verdict]))
		verdict++;
	if (verdict == TZ_IR_N_VERDICTS)
		return fail(p, "a verdict");
	tz_ir_scan(&p->scan);
	rule->verdict = (enum tz_ir_verdict)verdict;
	jump.span = p->scan.span;
	if (verdict == TZ_IR_JUMP || verdict == TZ_IR_GOTO) {
		if (!want_string(p, &jump.name))
			return false;
		tz_vec_push(p->ir->arena, &p->jumps, jump);
	}
	rule->target = jump.name ? jump.name : tz_ir_usual_target(rule);
	if (accept_word(p, "target") && !want_string(p, &rule->target))
		return false;
	rule->is_nat = accept_word(p, "nat");
	return true;
}

static bool parse_rule(struct parser *p)
{
	struct tz_ir_rule *rule = tz_ir_add_rule(p->ir, p->chain);
	struct tz_ir_match **last = &rule->matches;

	rule->span = p->scan.span;
	if (!accept_word(p, "rule"))
		return fail(p, "a rule, or '}'");
	if (!want_string(p, &rule->text) ||
	    !parse_counters(p, &rule->packets, &rule->bytes))
		return false;
	while (p->scan.token != TZ_IR_TOKEN_ARROW) {
		if (!parse_match(p, last, 0))
			return false;
		last = &(*last)->next;
	}
	tz_ir_scan(&p->scan);
	return parse_verdict(p, rule);
}

static bool parse_policy(struct parser *p)
{
	struct tz_span span = p->scan.span;

	if (!accept_word(p, "policy"))
		return true;
	if (p->chain->hook == TZ_HOOK_NONE) {
		p->scan.span = span;
		return fail(p,
			    "no policy: the chain is no base chain, and '{'");
	}
	if (accept_word(p, "drop"))
		p->chain->policy = TZ_IR_DROP;
	else if (!accept_word(p, "accept"))
		return fail(p, "accept or drop");
	return true;
}

/* `v4 TABLE "NAME"` of a chain that is not there yet. */
static bool parse_chain_name(struct parser *p)
{
	struct tz_span span = p->scan.span;
	enum tz_family family = at_word(p, "v4") ? TZ_IPV4 : TZ_IPV6;
	const char *name;

	if (!accept_word(p, "v4") && !accept_word(p, "v6"))
		return fail(p, "v4 or v6");

	enum tz_table table = p->scan.token == TZ_IR_TOKEN_WORD
				      ? tz_table_by_name(p->scan.text)
				      : TZ_N_TABLES;

	if (table == TZ_N_TABLES)
		return fail(p, "a table");
	tz_ir_scan(&p->scan);
	if (!want_string(p, &name))
		return false;
	p->chain = tz_ir_add_chain(p->ir, family, table, name);
	p->chain->span = span;
	return true;
}

static bool parse_chain(struct parser *p)
{
	if (!accept_word(p, "chain"))
		return fail(p, "a chain");
	if (!parse_chain_name(p) || !parse_policy(p) ||
	    !parse_counters(p, &p->chain->packets, &p->chain->bytes) ||
	    !want_sign(p, '{'))
		return false;
	while (!accept_sign(p, '}'))
		if (!parse_rule(p))
			return false;
	return true;
}

static bool resolve_jumps(struct parser *p)
{
	for (size_t i = 0; i < p->jumps.n; i++) {
		const struct jump *jump = &p->jumps.at[i];
		const struct tz_ir_chain *owner = jump->rule->owner;

		jump->rule->chain = tz_ir_find_chain(p->ir, owner->family,
						     owner->table, jump->name);
		if (!jump->rule->chain) {
			p->scan.span = jump->span;
			return fail(p, "a chain of this table");
		}
	}
	return true;
}

struct tz_ir *tz_ir_parse(struct tz_arena *arena, struct tz_diags *diags,
			  const struct tz_source *source)
{
	struct parser p = { .diags = diags, .ir = tz_ir_new(arena, NULL) };
	struct tz_span start = { source->base, source->base };

	tz_ir_scanner_init(&p.scan, arena, source);
	while (p.scan.token != TZ_IR_TOKEN_END)
		if (!parse_chain(&p))
			return NULL;
	if (!resolve_jumps(&p))
		return NULL;

	const char *broken = tz_ir_verify(p.ir);

	if (!broken)
		return p.ir;
	tz_diag(diags, TZ_DIAG_SYNTAX, start, "not a sound rule set: %s",
		broken);
	return NULL;
}
