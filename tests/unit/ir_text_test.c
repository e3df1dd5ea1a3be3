/* SPDX-License-Identifier: GPL-2.0-only */
/* The text form of the IR: both ways, its errors, and what is not sound. */
#include "ir_help.h"

#include "ir/limits.h"

/* Every construct once, as the printer writes it. */
static const char everything[] =
	"chain v4 filter \"INPUT\" policy drop [10:20] {\n"
	"\trule \"-p tcp -m tcp --dport 80\" [1:60]\n"
	"\t\tip.proto in {6}\n"
	"\t\theader 6 20 offset_one native\n"
	"\t\tl4.dport in {80, 443-444}\n"
	"\t\ttcp.flags & 23 = 2\n"
	"\t\t=> accept\n"
	"\trule \"say \\\"hi\\\" \\\\ \\x09\"\n"
	"\t\tip.src in {10.0.0.0-10.255.255.255, 192.0.2.1}\n"
	"\t\tip.dst & 255.0.255.0 = 10.0.1.0\n"
	"\t\tnot mac.src in {02:00:00:00:00:ff}\n"
	"\t\tiface \"eth\" prefix\n"
	"\t\tnot iface \"eth7\"\n"
	"\t\topaque \"limit\" writes \"counts over time\"\n"
	"\t\tany (ip.proto in {}, all (ip.proto in {1}, not ip.proto in "
	"{0-255}))\n"
	"\t\t=> jump \"a b\"\n"
	"\trule \"\"\n"
	"\t\t=> goto \"a b\"\n"
	"}\n"
	"chain v4 filter \"a b\" {\n"
	"\trule \"-j LOG\"\n"
	"\t\t=> log\n"
	"\trule \"-j NFLOG\"\n"
	"\t\t=> log target \"NFLOG\"\n"
	"\trule \"-j MARK\"\n"
	"\t\t=> modify target \"MARK\"\n"
	"\trule \"-j NFQUEUE\"\n"
	"\t\t=> other target \"NFQUEUE\"\n"
	"\trule \"\"\n"
	"\t\t=> continue\n"
	"\trule \"\"\n"
	"\t\t=> return\n"
	"\trule \"\"\n"
	"\t\t=> reject\n"
	"\trule \"\"\n"
	"\t\t=> drop\n"
	"}\n"
	"chain v4 nat \"PREROUTING\" policy accept {\n"
	"\trule \"-j DNAT\"\n"
	"\t\t=> other target \"DNAT\" nat\n"
	"}\n"
	"chain v6 filter \"INPUT\" policy accept {\n"
	"\trule \"\"\n"
	"\t\tip.src in {::-2001:db8::ffff, fe80::1}\n"
	"\t\topaque \"state\" pure \"\"\n"
	"\t\t=> drop\n"
	"}\n";

static void text_comes_back_the_same(void **state)
{
	(void)state;

	const struct tz_ir *ir = help_ir(everything);

	assert_string_equal(help_print(ir), everything);
	assert_int_equal(ir->chains.n, 4);
	assert_true(tz_ir_has_nat(ir, TZ_IPV4));
	assert_false(tz_ir_has_nat(ir, TZ_IPV6));
	assert_int_equal(ir->chains.at[0]->rules.at[0]->bytes, 60);
	assert_ptr_equal(ir->chains.at[0]->rules.at[1]->chain,
			 ir->chains.at[1]);
}

static void space_and_comments_are_free(void **state)
{
	(void)state;

	const struct tz_ir *ir = help_ir(
		"chain v4 raw \"PREROUTING\"{rule\"\"ip.src in{10.0.0.2,"
		"10.0.0.1}# one\n=>drop target\"DROP\"}");

	assert_string_equal(help_print(ir),
			    "chain v4 raw \"PREROUTING\" policy accept {\n"
			    "\trule \"\"\n"
			    "\t\tip.src in {10.0.0.1-10.0.0.2}\n"
			    "\t\t=> drop\n"
			    "}\n");
}

#define IN_CHAIN(text) "chain v4 filter \"INPUT\" {" text "}"

static void errors_say_what_was_expected(void **state)
{
	static const struct {
		const char *text, *why;
	} cases[] = {
		{ "rule", "t.ir:1:1: error: expected a chain here" },
		{ "chain v5", "1:7: error: expected v4 or v6" },
		{ "chain v4 filler", "1:10: error: expected a table" },
		{ "chain v4 filter \"x", "expected a string in quotes" },
		{ "chain v4 filter \"x\\y\" {", "expected a string in quotes" },
		{ "chain v4 filter \"x\" policy drop {}", "no base chain" },
		{ "chain v4 filter \"INPUT\" policy eat {}",
		  "expected accept or drop" },
		{ "chain v4 filter \"INPUT\" [1:x] {}", "PACKETS:BYTES" },
		{ "chain v4 filter \"INPUT\" [99999999999999999999:1] {}",
		  "PACKETS:BYTES" },
		{ IN_CHAIN("drop"), "expected a rule, or '}'" },
		{ IN_CHAIN("rule \"\" ip.port in {1} => drop"),
		  "expected a match, or =>" },
		{ IN_CHAIN("rule \"\" ip.proto in {256} => drop"),
		  "expected a number that fits" },
		{ IN_CHAIN("rule \"\" ip.proto in {9-3} => drop"),
		  "expected lower bound first" },
		{ IN_CHAIN("rule \"\" ip.proto in {3 4} => drop"),
		  "expected '}'" },
		{ IN_CHAIN("rule \"\" ip.src in {::1} => drop"),
		  "an address of the chain's family" },
		{ IN_CHAIN("rule \"\" mac.src in {02:00:00:00:00:0} => drop"),
		  "expected a MAC address" },
		{ IN_CHAIN("rule \"\" opaque \"x\" maybe \"\" => drop"),
		  "expected pure or writes" },
		{ IN_CHAIN("rule \"\" => eat"), "expected a verdict" },
		{ IN_CHAIN("rule \"\" => jump \"x\""),
		  "expected a chain of this table" },
		{ IN_CHAIN("rule \"\" = > drop"), "expected a match, or =>" },
		/* what the verifier finds */
		{ IN_CHAIN("rule \"\" => jump \"INPUT\""), "to a base chain" },
		{ IN_CHAIN("") IN_CHAIN(""), "two chains of this name" },
		{ IN_CHAIN("rule \"\" l4.sport in {1} => drop"),
		  "reads a header that was not checked" },
		{ IN_CHAIN("rule \"\" header 6 13 tcp.flags & 1 = 1 => drop"),
		  "reads a header that was not checked" },
		{ IN_CHAIN("rule \"\" not header 6 20 => drop"),
		  "a header match inside of another" },
		{ IN_CHAIN(
			  "rule \"\" => jump \"a\"") "chain v4 filter \"a\" "
						     "{rule \"\" => goto \"b\"}"
						     "chain v4 filter \"b\" "
						     "{rule \"\" => jump "
						     "\"a\"}",
		  "a loop of chains" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *why = NULL;

		if (help_try_ir(cases[i].text, strlen(cases[i].text), &why))
			fail_msg("taken: %s", cases[i].text);
		if (!strstr(why, cases[i].why))
			fail_msg("%s\nsays: %s", cases[i].text, why);
	}
}

/* The kernel takes them (SEMANTICS 10.8). */
static void a_loop_that_nothing_enters_is_sound(void **state)
{
	(void)state;
	help_ir("chain v4 filter \"a\" {rule \"\" => goto \"b\"}"
		"chain v4 filter \"b\" {rule \"\" => jump \"a\"}");
}

static char *nested(size_t depth)
{
	struct tz_buf buf = { 0 };

	tz_buf_puts(&buf, "chain v4 filter \"INPUT\" { rule \"\" ");
	for (size_t i = 0; i < depth; i++)
		tz_buf_puts(&buf, i % 2 ? "not " : "any (");
	tz_buf_puts(&buf, "ip.proto in {6}");
	for (size_t i = 0; i < depth; i++)
		tz_buf_puts(&buf, i % 2 ? "" : ")");
	tz_buf_puts(&buf, " => drop }");

	char *text = tz_arena_strndup(help_arena, buf.text, buf.len);

	tz_buf_free(&buf);
	return text;
}

static void nesting_is_bounded(void **state)
{
	const char *deep = nested(100000);
	char *why = NULL;

	(void)state;
	help_ir(nested(TZ_IR_NESTING_MAX));
	assert_null(help_try_ir(deep, strlen(deep), &why));
	assert_non_null(strstr(why, "fewer nested matches"));
}

/* Chains c0 .. cN, each jumping to the next. */
static char *chain_of_calls(size_t n)
{
	struct tz_buf buf = { 0 };

	tz_buf_puts(&buf,
		    "chain v4 filter \"INPUT\" { rule \"\" => jump \"c0\" }");
	for (size_t i = 0; i < n; i++)
		tz_buf_printf(&buf,
			      "chain v4 filter \"c%zu\" "
			      "{ rule \"\" => jump \"c%zu\" }",
			      i, i + 1);
	tz_buf_printf(&buf, "chain v4 filter \"c%zu\" { rule \"\" => drop }",
		      n);

	char *text = tz_arena_strndup(help_arena, buf.text, buf.len);

	tz_buf_free(&buf);
	return text;
}

static void depth_of_calls_is_bounded(void **state)
{
	const char *deep = chain_of_calls(TZ_IR_DEPTH_MAX);
	struct frame frame = help_ports(TZ_IPV4, 6, 1, 2, 2, 0);
	char *why = NULL;

	(void)state;

	const struct tz_ir *ir = help_ir(chain_of_calls(TZ_IR_DEPTH_MAX - 1));

	assert_string_equal(help_verdict(ir, &frame, TZ_BACKEND_LEGACY),
			    "drop");
	assert_null(help_try_ir(deep, strlen(deep), &why));
	assert_non_null(strstr(why, "too deep"));
}

/* No prefix of a text, and no change of a byte, may do more than fail. */
static void any_text_is_answered(void **state)
{
	size_t len = sizeof(everything) - 1;
	uint32_t x = 12345;
	char text[sizeof(everything)];

	(void)state;
	for (size_t i = 0; i < len; i++)
		help_try_ir(everything, i, NULL);
	for (int i = 0; i < 20000; i++) {
		memcpy(text, everything, len);
		for (int j = 0; j < 1 + i % 3; j++) {
			x = x * 1664525 + 1013904223;
			text[(x >> 8) % len] =
				i % 2 ? (char)(x >> 24)
				      : everything[(x >> 9) % len];
		}

		const struct tz_ir *ir = help_try_ir(text, len, NULL);

		if (ir)
			assert_string_equal(help_print(help_ir(help_print(ir))),
					    help_print(ir));
	}
}

/* What no text can say: links and numbers that a pass got wrong. */
static void verify_finds_wrong_links(void **state)
{
	struct tz_ir *ir = help_ir(everything);
	struct tz_ir_chain *chain = ir->chains.at[0];
	struct tz_ir_rule *rule = chain->rules.at[0];

	(void)state;
	assert_null(tz_ir_verify(ir));
	rule->id++;
	assert_non_null(strstr(tz_ir_verify(ir), "wrong number"));
	rule->id--;
	rule->index = 1;
	assert_non_null(strstr(tz_ir_verify(ir), "another chain's"));
	rule->index = 0;
	chain->policy_id++;
	assert_non_null(strstr(tz_ir_verify(ir), "policy with a wrong"));
	chain->policy_id--;
	chain->index = 3;
	assert_non_null(strstr(tz_ir_verify(ir), "wrong index"));
	chain->index = 0;
	rule->chain = ir->chains.at[1];
	assert_non_null(strstr(tz_ir_verify(ir), "a chain for no jump"));
	rule->verdict = TZ_IR_JUMP;
	assert_null(tz_ir_verify(ir));
	rule->chain = ir->chains.at[2];
	assert_non_null(strstr(tz_ir_verify(ir), "another table"));
	rule->chain = NULL;
	assert_non_null(strstr(tz_ir_verify(ir), "a jump to no chain"));
}

static void verify_finds_bad_sets(void **state)
{
	struct tz_ir *ir = help_ir(everything);
	struct tz_ir_match *match = ir->chains.at[0]->rules.at[0]->matches;
	struct tz_interval list[2] = { { 1, 2 }, { 3, 4 } };

	(void)state;
	match->in.set = (struct tz_set){ list, 2 };
	assert_non_null(strstr(tz_ir_verify(ir), "not normalised"));
	list[1].lo = 4;
	assert_null(tz_ir_verify(ir));
	list[1].hi = 256;
	assert_non_null(strstr(tz_ir_verify(ir), "wider than its field"));
	list[1].hi = 3;
	assert_non_null(strstr(tz_ir_verify(ir), "without values"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_comes_back_the_same),
		cmocka_unit_test(space_and_comments_are_free),
		cmocka_unit_test(errors_say_what_was_expected),
		cmocka_unit_test(a_loop_that_nothing_enters_is_sound),
		cmocka_unit_test(nesting_is_bounded),
		cmocka_unit_test(depth_of_calls_is_bounded),
		cmocka_unit_test(any_text_is_answered),
		cmocka_unit_test(verify_finds_wrong_links),
		cmocka_unit_test(verify_finds_bad_sets),
	};

	return cmocka_run_group_tests(tests, help_setup, help_teardown);
}
