/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the runtime does without a kernel: the verifier's log in terms of the
 * rule file, and which rules of two rule sets are the same.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/json.h"
#include "runtime/count.h"
#include "runtime/meta.h"
#include "runtime/verifier.h"

static const char text[] = "static int help(int a)\n"
			   "{\n"
			   "	return a / 0;\n"
			   "}\n"
			   "	/* fw.rules:3: -p udp -j DROP */\n"
			   "	if (proto == 17)\n"
			   "		return drop;\n"
			   "	/* fw.rules:14: policy */\n"
			   "	return help(3);\n";

static void expect_message(const char *log, int error, const char *wanted)
{
	struct tamiz_message message = { 0 };

	assert_int_equal(tz_verifier_explain(&message, error, log, text),
			 error);
	assert_string_equal(message.text, wanted);
	tamiz_message_clear(&message);
}

static void verifier_names_rule_by_line(void **state)
{
	(void)state;
	expect_message("func#0 @0\n"
		       "; if (proto == 17) @ <stdin>:6\n"
		       "3: (61) r1 = *(u32 *)(r6 +0)\n"
		       "R1 invalid mem access 'scalar'\n"
		       "processed 47 insns (limit 1000000)\n",
		       -EACCES,
		       "the verifier refused the program at the rule "
		       "fw.rules:3: R1 invalid mem access 'scalar'");
}

static void verifier_names_rule_by_text(void **state)
{
	(void)state;
	expect_message("; return help(3);\n"
		       "BPF program is too large. Processed 1000001 insn\n"
		       "verification time 12 usec\n"
		       "stack depth 8\n"
		       "processed 1000001 insns (limit 1000000)\n",
		       -E2BIG,
		       "the verifier refused the program at the rule "
		       "fw.rules:14: BPF program is too large. Processed "
		       "1000001 insn");
}

static void verifier_names_caller_of_helper(void **state)
{
	(void)state;
	expect_message("; return drop; @ <stdin>:7\n"
		       "; return a / 0; @ <stdin>:3\n"
		       "div by zero\n",
		       -EINVAL,
		       "the verifier refused the program at the rule "
		       "fw.rules:3: div by zero");
}

static void verifier_without_place(void **state)
{
	(void)state;
	expect_message("0: R1=ctx()\nunknown opcode 8d\n", -EINVAL,
		       "the verifier refused the program: unknown opcode 8d");
	expect_message(
		"", -E2BIG,
		"the kernel refused the program: Argument list too long");
	expect_message("; nowhere @ <stdin>:900\nbad\n", -EINVAL,
		       "the verifier refused the program: bad");
}

static json_t *rules_of(const char *json)
{
	json_t *rules = json_loads(json, 0, NULL);

	assert_non_null(rules);
	return rules;
}

#define RULE(number, text)                                                   \
	"{\"family\":4,\"table\":\"raw\",\"chain\":\"C\",\"number\":" number \
	",\"text\":\"" text "\",\"target\":\"DROP\"}"

static void rules_match_by_text_and_occurrence(void **state)
{
	_cleanup_json_ json_t *old = rules_of("[" RULE("1", "a") "," RULE(
		"2", "b") "," RULE("3", "a") "," RULE("0", "policy") "]");
	_cleanup_json_ json_t *new =
		rules_of("[" RULE("1", "a") "," RULE("2", "a") "," RULE(
			"3", "a") "," RULE("4", "b") "," RULE("0", "x") "]");
	_cleanup_json_ json_t *index = tz_count_index(old);
	int *match = tz_count_match(new, index);
	const int wanted[] = { 0, 2, -1, 1, 3 };

	(void)state;
	assert_memory_equal(match, wanted, sizeof(wanted));
	free(match);
}

static void carry_keeps_base_and_place(void **state)
{
	_cleanup_json_ json_t *old =
		rules_of("{\"generation\":7,\"rules\":[" RULE(
			"1", "x") "," RULE("2", "kept") "]}");
	_cleanup_json_ json_t *new =
		rules_of("{\"generation\":8,\"rules\":[" RULE(
			"1", "kept") "," RULE("2", "fresh") "]}");
	json_t *kept = json_array_get(json_object_get(new, "rules"), 0);
	json_t *fresh = json_array_get(json_object_get(new, "rules"), 1);

	(void)state;
	json_object_set_new(json_array_get(json_object_get(old, "rules"), 1),
			    "base", json_pack("[i,i]", 10, 380));
	assert_int_equal(tz_count_carry(new, old), 0);
	assert_int_equal(tz_meta_number(new, "from_generation"), 7);
	assert_int_equal(tz_meta_number(kept, "from"), 1);
	assert_int_equal(tz_count_base(kept).xdp.packets, 10);
	assert_int_equal(tz_count_base(kept).xdp.bytes, 380);
	assert_null(json_object_get(fresh, "from"));
	assert_int_equal(tz_count_base(fresh).xdp.packets, 0);
}

static void json_text_takes_any_bytes(void **state)
{
	_cleanup_json_ json_t *latin1 = tz_json_text("caf\xe9");
	_cleanup_json_ json_t *utf8 = tz_json_text("caf\xc3\xa9");

	(void)state;
	assert_string_equal(json_string_value(latin1), "caf\xc3\xa9");
	assert_string_equal(json_string_value(utf8), "caf\xc3\xa9");
	assert_true(json_is_null(tz_json_text(NULL)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(verifier_names_rule_by_line),
		cmocka_unit_test(verifier_names_rule_by_text),
		cmocka_unit_test(verifier_names_caller_of_helper),
		cmocka_unit_test(verifier_without_place),
		cmocka_unit_test(rules_match_by_text_and_occurrence),
		cmocka_unit_test(carry_keeps_base_and_place),
		cmocka_unit_test(json_text_takes_any_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
