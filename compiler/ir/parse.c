/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads the text form of the IR, by recursive descent:
 *
 *   ir       = { "set" STRING of a command of ipset }
 *              { "chain" ("v4" | "v6") TABLE STRING
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
 *              [ STATE "(" [ NUMBER { "," NUMBER } ] ")" [ STRING ] ]
 *
 * The first error ends the reading. What comes out is verified. Matches are
 * read in parse_match.c.
 */
#include "ir/parse.h"

#include <string.h>

#include "sema/ipset.h"

bool tz_ir_fail(struct tz_ir_parser *p, const char *wanted)
{
	if (!p->has_failed)
		tz_diag(p->diags, TZ_DIAG_SYNTAX, p->scan.span,
			"expected %s here", wanted);
	p->has_failed = true;
	return false;
}

bool tz_ir_at_word(const struct tz_ir_parser *p, const char *word)
{
	return p->scan.token == TZ_IR_TOKEN_WORD && !strcmp(p->scan.text, word);
}

bool tz_ir_accept_word(struct tz_ir_parser *p, const char *word)
{
	if (!tz_ir_at_word(p, word))
		return false;
	tz_ir_scan(&p->scan);
	return true;
}

bool tz_ir_accept_sign(struct tz_ir_parser *p, char sign)
{
	if (p->scan.token != TZ_IR_TOKEN_SIGN || p->scan.sign != sign)
		return false;
	tz_ir_scan(&p->scan);
	return true;
}

bool tz_ir_want_sign(struct tz_ir_parser *p, char sign)
{
	const char wanted[] = { '\'', sign, '\'', '\0' };

	return tz_ir_accept_sign(p, sign) || tz_ir_fail(p, wanted);
}

bool tz_ir_want_string(struct tz_ir_parser *p, const char **text)
{
	if (p->scan.token != TZ_IR_TOKEN_STRING)
		return tz_ir_fail(p, "a string in quotes");
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

bool tz_ir_want_number(struct tz_ir_parser *p, uint64_t max, uint64_t *number)
{
	const char *rest;

	if (p->scan.token != TZ_IR_TOKEN_WORD ||
	    !read_number(p->scan.text, '\0', max, number, &rest))
		return tz_ir_fail(p, "a number that fits");
	tz_ir_scan(&p->scan);
	return true;
}

static bool parse_counters(struct tz_ir_parser *p, uint64_t *packets,
			   uint64_t *bytes)
{
	const char *rest;

	if (!tz_ir_accept_sign(p, '['))
		return true;
	if (p->scan.token != TZ_IR_TOKEN_WORD ||
	    !read_number(p->scan.text, ':', UINT64_MAX, packets, &rest) ||
	    !read_number(rest + 1, '\0', UINT64_MAX, bytes, &rest))
		return tz_ir_fail(p, "PACKETS:BYTES");
	tz_ir_scan(&p->scan);
	return tz_ir_want_sign(p, ']');
}

/* ---- rules and chains ---- */

static bool parse_verdict(struct tz_ir_parser *p, struct tz_ir_rule *rule)
{
	int verdict = 0;
	struct tz_ir_jump jump = { .rule = rule };

	while (verdict < TZ_IR_N_VERDICTS &&
	       !tz_ir_at_word(p, tz_ir_verdict_words[verdict]))
		verdict++;
	if (verdict == TZ_IR_N_VERDICTS)
		return tz_ir_fail(p, "a verdict");
	tz_ir_scan(&p->scan);
	rule->verdict = (enum tz_ir_verdict)verdict;
	jump.span = p->scan.span;
	if (verdict == TZ_IR_JUMP || verdict == TZ_IR_GOTO) {
		if (!tz_ir_want_string(p, &jump.name))
			return false;
		tz_vec_push(p->ir->arena, &p->jumps, jump);
	}
	rule->target = jump.name ? jump.name : tz_ir_usual_target(rule);
	if (tz_ir_accept_word(p, "target") &&
	    !tz_ir_want_string(p, &rule->target))
		return false;
	rule->is_logged = tz_ir_accept_word(p, "logged");
	if (tz_ir_accept_word(p, "answered")) {
		uint64_t answer;

		if (!tz_ir_want_number(p, TZ_ANSWER_MAX, &answer))
			return false;
		rule->answers_here = true;
		rule->answer = (uint8_t)answer;
	}
	rule->is_nat = tz_ir_accept_word(p, "nat");
	return true;
}

static bool parse_rule(struct tz_ir_parser *p)
{
	struct tz_ir_rule *rule = tz_ir_add_rule(p->ir, p->chain);
	struct tz_ir_match **last = &rule->matches;

	rule->span = p->scan.span;
	if (!tz_ir_accept_word(p, "rule"))
		return tz_ir_fail(p, "a rule, or '}'");
	if (!tz_ir_want_string(p, &rule->text) ||
	    !parse_counters(p, &rule->packets, &rule->bytes))
		return false;
	while (p->scan.token != TZ_IR_TOKEN_ARROW) {
		if (!tz_ir_parse_match(p, last, 0))
			return false;
		last = &(*last)->next;
	}
	tz_ir_scan(&p->scan);
	return parse_verdict(p, rule);
}

static bool parse_policy(struct tz_ir_parser *p)
{
	struct tz_span span = p->scan.span;

	if (!tz_ir_accept_word(p, "policy"))
		return true;
	if (p->chain->hook == TZ_HOOK_NONE) {
		p->scan.span = span;
		return tz_ir_fail(
			p, "no policy: the chain is no base chain, and '{'");
	}
	if (tz_ir_accept_word(p, "drop"))
		p->chain->policy = TZ_IR_DROP;
	else if (!tz_ir_accept_word(p, "accept"))
		return tz_ir_fail(p, "accept or drop");
	return true;
}

/* `v4 TABLE "NAME"` of a chain that is not there yet. */
static bool parse_chain_name(struct tz_ir_parser *p)
{
	struct tz_span span = p->scan.span;
	enum tz_family family = tz_ir_at_word(p, "v4") ? TZ_IPV4 : TZ_IPV6;
	const char *name;

	if (!tz_ir_accept_word(p, "v4") && !tz_ir_accept_word(p, "v6"))
		return tz_ir_fail(p, "v4 or v6");

	enum tz_table table = p->scan.token == TZ_IR_TOKEN_WORD
				      ? tz_table_by_name(p->scan.text)
				      : TZ_N_TABLES;

	if (table == TZ_N_TABLES)
		return tz_ir_fail(p, "a table");
	tz_ir_scan(&p->scan);
	if (!tz_ir_want_string(p, &name))
		return false;
	p->chain = tz_ir_add_chain(p->ir, family, table, name);
	p->chain->span = span;
	return true;
}

static bool parse_chain(struct tz_ir_parser *p)
{
	if (!tz_ir_accept_word(p, "chain"))
		return tz_ir_fail(p, "a chain");
	if (!parse_chain_name(p) || !parse_policy(p) ||
	    !parse_counters(p, &p->chain->packets, &p->chain->bytes) ||
	    !tz_ir_want_sign(p, '{'))
		return false;
	while (!tz_ir_accept_sign(p, '}'))
		if (!parse_rule(p))
			return false;
	return true;
}

static bool resolve_jumps(struct tz_ir_parser *p)
{
	for (size_t i = 0; i < p->jumps.n; i++) {
		const struct tz_ir_jump *jump = &p->jumps.at[i];
		const struct tz_ir_chain *owner = jump->rule->owner;

		jump->rule->chain = tz_ir_find_chain(p->ir, owner->family,
						     owner->table, jump->name);
		if (!jump->rule->chain) {
			p->scan.span = jump->span;
			return tz_ir_fail(p, "a chain of this table");
		}
	}
	return true;
}

static bool parse_sets(struct tz_ir_parser *p)
{
	struct tz_arena *scratch = tz_arena_new();
	struct tz_ipset_reader *reader =
		tz_ipset_reader_new(scratch, p->ir->sets, p->diags);
	const char *text;
	bool is_fine = true;

	while (is_fine && tz_ir_accept_word(p, "set")) {
		uint32_t base = p->scan.span.begin;

		is_fine = tz_ir_want_string(p, &text);
		if (is_fine)
			tz_ipset_read_line(reader, text, strlen(text), base);
		is_fine &= !tz_diags_have_errors(p->diags);
	}
	tz_arena_free(scratch);
	tz_ipsets_settle(p->ir->sets);
	return is_fine;
}

struct tz_ir *tz_ir_parse(struct tz_arena *arena, struct tz_diags *diags,
			  const struct tz_source *source)
{
	struct tz_ir_parser p = { .diags = diags,
				  .ir = tz_ir_new(arena, NULL) };
	struct tz_span start = { source->base, source->base };

	tz_ir_scanner_init(&p.scan, arena, source);
	if (!parse_sets(&p))
		return NULL;
	while (p.scan.token != TZ_IR_TOKEN_END)
		if (!parse_chain(&p))
			return NULL;
	if (!resolve_jumps(&p))
		return NULL;

	const char *broken = tz_ir_verify(p.ir);

	if (!broken) {
		tz_ir_mark_stale(p.ir, 0);
		return p.ir;
	}
	tz_diag(diags, TZ_DIAG_SYNTAX, start, "not a sound rule set: %s",
		broken);
	return NULL;
}
