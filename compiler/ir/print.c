/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The text form of the IR, one match on a line; its grammar is in parse.c,
 * which reads it back. Places in sources and numbers of counters are not part
 * of it: they follow from the order.
 */
#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ir/text.h"
#include "sema/ipset.h"

const char *const tz_ir_verdict_words[] = {
	[TZ_IR_CONTINUE] = "continue", [TZ_IR_ACCEPT] = "accept",
	[TZ_IR_DROP] = "drop",         [TZ_IR_REJECT] = "reject",
	[TZ_IR_RETURN] = "return",     [TZ_IR_JUMP] = "jump",
	[TZ_IR_GOTO] = "goto",         [TZ_IR_LOG] = "log",
	[TZ_IR_MODIFY] = "modify",     [TZ_IR_OTHER] = "other",
};

_Static_assert(sizeof(tz_ir_verdict_words) / sizeof(char *) == TZ_IR_N_VERDICTS,
	       "a word per verdict");

const char *tz_ir_usual_target(const struct tz_ir_rule *rule)
{
	switch (rule->verdict) {
	case TZ_IR_ACCEPT:
		return "ACCEPT";
	case TZ_IR_DROP:
		return "DROP";
	case TZ_IR_REJECT:
		return "REJECT";
	case TZ_IR_RETURN:
		return "RETURN";
	case TZ_IR_LOG:
		return "LOG";
	case TZ_IR_JUMP:
	case TZ_IR_GOTO:
		return rule->chain ? rule->chain->name : "";
	case TZ_IR_CONTINUE:
	case TZ_IR_MODIFY:
	case TZ_IR_OTHER:
		break;
	}
	return "";
}

struct printer {
	struct tz_buf *out;
	enum tz_family family;
};

static void print_string(struct printer *p, const char *s)
{
	tz_buf_puts(p->out, "\"");
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (c == '"' || c == '\\')
			tz_buf_printf(p->out, "\\%c", c);
		else if (c < ' ' || c == 127)
			tz_buf_printf(p->out, "\\x%02x", c);
		else
			tz_buf_append(p->out, s, 1);
	}
	tz_buf_puts(p->out, "\"");
}

static void print_address(struct printer *p, tz_value value)
{
	char text[INET6_ADDRSTRLEN];
	uint8_t bytes[16];
	size_t len = p->family == TZ_IPV4 ? 4 : 16;

	for (size_t i = 0; i < len; i++)
		bytes[i] = (uint8_t)(value >> 8 * (len - 1 - i));
	inet_ntop(p->family == TZ_IPV4 ? AF_INET : AF_INET6, bytes, text,
		  sizeof(text));
	tz_buf_puts(p->out, text);
}

static void print_value(struct printer *p, enum tz_field field, tz_value value)
{
	if (field == TZ_FIELD_SRC || field == TZ_FIELD_DST) {
		print_address(p, value);
		return;
	}
	if (field != TZ_FIELD_MAC_SRC) {
		tz_buf_printf(p->out, "%" PRIu64, (uint64_t)value);
		return;
	}
	for (int shift = 40; shift >= 0; shift -= 8)
		tz_buf_printf(p->out, "%02x%s",
			      (unsigned int)(value >> shift) & 0xff,
			      shift ? ":" : "");
}

static void print_set(struct printer *p, const struct tz_ir_match *match)
{
	enum tz_field field = match->in.field;

	tz_buf_printf(p->out, "%s in {", tz_field_name(field));
	for (size_t i = 0; i < match->in.set.n; i++) {
		struct tz_interval interval = match->in.set.at[i];

		if (i)
			tz_buf_puts(p->out, ", ");
		print_value(p, field, interval.lo);
		if (interval.lo == interval.hi)
			continue;
		tz_buf_puts(p->out, "-");
		print_value(p, field, interval.hi);
	}
	tz_buf_puts(p->out, "}");
}

static void print_match(struct printer *p, const struct tz_ir_match *match);

static void print_operands(struct printer *p, const struct tz_ir_match *match)
{
	tz_buf_puts(p->out, match->kind == TZ_IR_AND ? "all (" : "any (");
	for (const struct tz_ir_match *m = match->operands; m; m = m->next) {
		print_match(p, m);
		if (m->next)
			tz_buf_puts(p->out, ", ");
	}
	tz_buf_puts(p->out, ")");
}

static void print_header(struct printer *p, const struct tz_ir_match *match)
{
	tz_buf_printf(p->out, "header %u %u%s%s%s", match->header.proto,
		      match->header.bytes,
		      match->header.offset_one_drops ? " offset_one" : "",
		      match->header.is_native_in_nft ? " native" : "",
		      match->header.is_lenient ? " lenient" : "");
}

static void print_test(struct printer *p, const struct tz_test *test)
{
	tz_buf_printf(p->out, "test %s (", tz_test_name(test->id));
	for (size_t i = 0; i < test->n_args; i++)
		tz_buf_printf(p->out, "%s%" PRIu64, i ? ", " : "",
			      test->args[i]);
	tz_buf_puts(p->out, ")");
	if (!test->n_bytes)
		return;
	tz_buf_puts(p->out, " \"");
	for (size_t i = 0; i < test->n_bytes; i++)
		tz_buf_printf(p->out, "%02x", test->bytes[i]);
	tz_buf_puts(p->out, "\"");
}

static void print_state(struct printer *p, const struct tz_state *state)
{
	tz_buf_printf(p->out, " %s(", tz_state_name(state->id));
	for (size_t i = 0; i < state->n_args; i++)
		tz_buf_printf(p->out, "%s%" PRIu64, i ? ", " : "",
			      state->args[i]);
	tz_buf_puts(p->out, ")");
	if (state->name) {
		tz_buf_puts(p->out, " ");
		print_string(p, state->name);
	}
}

static void print_match(struct printer *p, const struct tz_ir_match *match)
{
	switch (match->kind) {
	case TZ_IR_IN:
		print_set(p, match);
		break;
	case TZ_IR_MASKED:
		tz_buf_printf(p->out, "%s & ",
			      tz_field_name(match->masked.field));
		print_value(p, match->masked.field, match->masked.mask);
		tz_buf_puts(p->out, " = ");
		print_value(p, match->masked.field, match->masked.value);
		break;
	case TZ_IR_IFACE:
		tz_buf_puts(p->out, "iface ");
		print_string(p, match->iface.name);
		if (match->iface.is_prefix)
			tz_buf_puts(p->out, " prefix");
		break;
	case TZ_IR_HEADER:
		print_header(p, match);
		break;
	case TZ_IR_TEST:
		print_test(p, &match->test);
		break;
	case TZ_IR_NOT:
		tz_buf_puts(p->out, "not ");
		print_match(p, match->operands);
		break;
	case TZ_IR_AND:
	case TZ_IR_OR:
		print_operands(p, match);
		break;
	case TZ_IR_OPAQUE:
		tz_buf_puts(p->out, "opaque ");
		print_string(p, match->opaque.name);
		tz_buf_puts(p->out, match->opaque.effect == TZ_IR_WRITES
					    ? " writes "
					    : " pure ");
		print_string(p, match->opaque.reason);
		if (match->opaque.state)
			print_state(p, match->opaque.state);
		break;
	}
}

static void print_counters(struct printer *p, uint64_t packets, uint64_t bytes)
{
	if (packets || bytes)
		tz_buf_printf(p->out, " [%" PRIu64 ":%" PRIu64 "]", packets,
			      bytes);
}

static void print_verdict(struct printer *p, const struct tz_ir_rule *rule)
{
	tz_buf_printf(p->out, "\t\t=> %s", tz_ir_verdict_words[rule->verdict]);
	if (rule->chain) {
		tz_buf_puts(p->out, " ");
		print_string(p, rule->chain->name);
	}
	if (strcmp(rule->target, tz_ir_usual_target(rule))) {
		tz_buf_puts(p->out, " target ");
		print_string(p, rule->target);
	}
	if (rule->is_logged)
		tz_buf_puts(p->out, " logged");
	if (rule->answers_here)
		tz_buf_printf(p->out, " answered %u", rule->answer);
	tz_buf_puts(p->out, rule->is_nat ? " nat\n" : "\n");
}

static void print_rule(struct printer *p, const struct tz_ir_rule *rule)
{
	tz_buf_puts(p->out, "\trule ");
	print_string(p, rule->text);
	print_counters(p, rule->packets, rule->bytes);
	tz_buf_puts(p->out, "\n");
	for (const struct tz_ir_match *m = rule->matches; m; m = m->next) {
		tz_buf_puts(p->out, "\t\t");
		print_match(p, m);
		tz_buf_puts(p->out, "\n");
	}
	print_verdict(p, rule);
}

static void print_chain(struct printer *p, const struct tz_ir_chain *chain)
{
	tz_buf_printf(p->out, "chain v%d %s ", (int)chain->family,
		      tz_table_name(chain->table));
	print_string(p, chain->name);
	if (chain->hook != TZ_HOOK_NONE)
		tz_buf_printf(p->out, " policy %s",
			      tz_ir_verdict_words[chain->policy]);
	print_counters(p, chain->packets, chain->bytes);
	tz_buf_puts(p->out, " {\n");
	for (size_t i = 0; i < chain->rules.n; i++)
		print_rule(p, chain->rules.at[i]);
	tz_buf_puts(p->out, "}\n");
}

/* Sets as the lines that ipset itself reads. */
static void print_sets(const struct tz_ir *ir, struct tz_buf *out)
{
	struct printer p = { out, TZ_IPV4 };
	struct tz_buf text = { 0 };
	char *next, *line;

	for (size_t i = 0; i < ir->sets->all.n; i++)
		tz_ipset_print(ir->sets->all.at[i], &text);
	next = text.text;
	while ((line = strsep(&next, "\n")) && *line) {
		tz_buf_puts(out, "set ");
		print_string(&p, line);
		tz_buf_puts(out, "\n");
	}
	tz_buf_free(&text);
}

void tz_ir_print(const struct tz_ir *ir, struct tz_buf *out)
{
	print_sets(ir, out);
	for (size_t i = 0; i < ir->chains.n; i++) {
		struct printer p = { out, ir->chains.at[i]->family };

		print_chain(&p, ir->chains.at[i]);
	}
}
