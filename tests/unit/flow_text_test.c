/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Flow graphs of classic BPF programs, and as text: decoding, verifying,
 * printing and parsing. That a graph answers as the program does, and the
 * program as the kernel, is tests/oracle/cbpf_test.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "flow/flow.h"
#include "lib/cbpf_random.h"

static struct tz_arena *arena;
static struct tz_diags *diags;

static int begin(void **state)
{
	(void)state;
	arena = tz_arena_new();
	return 0;
}

static int end(void **state)
{
	(void)state;
	tz_arena_free(arena);
	return 0;
}

static const struct tz_source *source_of(const char *text)
{
	struct tz_sources *sources = tz_sources_new(arena);

	diags = tz_diags_new(arena, sources);
	return tz_sources_add(sources, "text", text, strlen(text));
}

static struct tz_flow *decode(const char *text)
{
	const struct tz_source *source = source_of(text);
	struct tz_span span = { source->base,
				source->base + (uint32_t)source->len };
	struct tz_cbpf program;
	struct tz_flow *flow;

	assert_true(tz_cbpf_read(arena, diags, span, source->text, source->len,
				 &program));
	flow = tz_flow_decode(arena, &program);
	assert_null(tz_flow_verify(flow));
	return flow;
}

static void assert_prints(const struct tz_flow *flow, const char *text)
{
	struct tz_buf out = { 0 };

	tz_flow_print(flow, &out);
	assert_string_equal(out.text, text);
	tz_buf_free(&out);
}

/* The program as asm is decoded to the graph as text. */
static void assert_decodes(const char *program, const char *graph)
{
	assert_prints(decode(program), graph);
}

static void tests_follow_each_other(void **state)
{
	(void)state;
	assert_decodes("ldh [12]\njneq #0x800, drop\nldb [23]\n"
		       "jneq #17, drop\nret #-1\ndrop: ret #0",
		       "start n3\n"
		       "n3: if [12:2] == 0x800 then n2 else reject\n"
		       "n2: if [23:1] == 0x11 then accept else reject\n");
	assert_decodes("ret #0", "start reject\n");
	assert_decodes("ret #96", "start n2\nn2: return 0x60\n");
	assert_decodes("ldx 4*([14]&0xf)\nldh [x + 16]\njgt x, on\nret a\n"
		       "on: ret #-1",
		       "start n3\n"
		       "n3: if (([14:1] & 0xf) << 2) >= "
		       "[(([14:1] & 0xf) << 2) + 16:2] then n2 else accept\n"
		       "n2: return [(([14:1] & 0xf) << 2) + 16:2]\n");
}

static void loads_of_no_use_may_fail(void **state)
{
	(void)state;
	assert_decodes("ld [40]\nldb [2]\nret a", "start n3\n"
						  "n3: need [40:4] then n2\n"
						  "n2: return [2:1]\n");
	assert_decodes("ld [40]\nret #0", "start reject\n");
	assert_decodes("ldi 7\nldx #0\ndiv x\nret #-1",
		       "start n2\nn2: need (7 / 0) then accept\n");
}

static void arithmetic_is_the_machine_s(void **state)
{
	(void)state;
	assert_decodes("ldb [0]\ntax\nld [1]\nlsh x\nneg\nret a",
		       "start n2\n"
		       "n2: return (0 - ([1:4] << ([0:1] & 0x1f)))\n");
	/* 40 of X = ALU_XOR_X */
	assert_decodes("ldb [0]\ntax\nldb [1]\nld [0xfffff028]\nret a",
		       "start n2\nn2: return ([0:1] ^ [1:1])\n");
	assert_decodes("ld #mark\nret a", "start n2\nn2: return ad 20\n");
	assert_decodes("ldb [-1048576]\nret a",
		       "start n2\nn2: return [0xfff00000:1]\n");
}

static void ways_that_differ_part_again(void **state)
{
	(void)state;
	assert_decodes("ldb [0]\njeq #6, tcp\nldx #20\njmp on\n"
		       "tcp: ldx 4*([14]&0xf)\n"
		       "on: ldh [x + 2]\njeq #53, yes\nret #0\nyes: ret #-1",
		       "start n4\n"
		       "n4: if [0:1] == 6 then n2 else n3\n"
		       "n3: if [22:2] == 0x35 then accept else reject\n"
		       "n2: if [(([14:1] & 0xf) << 2) + 2:2] == 0x35 then "
		       "accept else reject\n");
}

static void ways_that_differ_meet_in_variables(void **state)
{
	(void)state;
	assert_decodes("ldb [0]\njeq #6, tcp\nldx #20\njmp on\n"
		       "tcp: ldx #24\n"
		       "on: ldh [x + 0]\njgt #1, no\nldh [x + 2]\njgt #1, no\n"
		       "ldh [x + 4]\njgt #1, no\nldh [x + 6]\njgt #1, no\n"
		       "ret #-1\nno: ret #0",
		       "start n8\n"
		       "n8: if [0:1] == 6 then n6 else n7\n"
		       "n7: let v1 = 0x14 then n5\n"
		       "n6: let v1 = 0x18 then n5\n"
		       "n5: if [v1 + 0:2] > 1 then reject else n4\n"
		       "n4: if [v1 + 2:2] > 1 then reject else n3\n"
		       "n3: if [v1 + 4:2] > 1 then reject else n2\n"
		       "n2: if [v1 + 6:2] > 1 then reject else accept\n");
	/* Alike on both ways, or not read any more: no variable. */
	assert_decodes("ldx #5\nldb [0]\njeq #6, a1\nst M[1]\nldi 1\njmp on\n"
		       "a1: ldi 2\non: ldb [x + 1]\nret a",
		       "start n3\n"
		       "n3: need [0:1] then n2\n"
		       "n2: return [6:1]\n");
}

static void random_numbers_are_drawn_once(void **state)
{
	(void)state;
	assert_decodes("ld #rand\njgt #9, big\nret a\nbig: add #1\nret a",
		       "start n5\n"
		       "n5: let v0 = ad 56 then n4\n"
		       "n4: if v0 > 9 then n2 else n3\n"
		       "n3: return v0\n"
		       "n2: return (v0 + 1)\n");
}

/* What @program answers, decoded or not, for each of a few packets. */
static void assert_answers(const struct tz_cbpf *program,
			   const struct tz_flow *flow, struct cbpf_dice *dice)
{
	uint8_t bytes[CBPF_RANDOM_PACKET_MAX];

	for (int i = 0; i < 20; i++) {
		struct tz_filter_packet packet = { .frame = bytes };

		packet.frame_len = cbpf_random_packet(dice, bytes);
		packet.len = (uint32_t)packet.frame_len;
		assert_int_equal(tz_flow_eval(flow, &packet),
				 tz_cbpf_run(program, &packet));
	}
}

static void assert_decoded_answers(const char *text)
{
	struct cbpf_dice dice = { .state = 5 };
	const struct tz_source *source = source_of(text);
	struct tz_span span = { source->base, source->base + 1 };
	struct tz_cbpf program;

	assert_true(
		tz_cbpf_read(arena, diags, span, text, strlen(text), &program));
	for (int i = 0; i < 20; i++)
		assert_answers(&program, decode(text), &dice);
}

/* Two words of scratch change places on one of two ways: no order is right. */
static void rings_are_decoded(void **state)
{
	(void)state;
	assert_decoded_answers("ldb [0]\nst M[0]\nldb [1]\nst M[1]\n"
			       "ldb [2]\njset #1, odd\n"
			       "ldi 9\nst M[0]\njmp next\n"
			       "odd: ldi 8\nst M[1]\n"
			       "next: ldb [3]\njset #1, swap, on\n"
			       "swap: ld M[0]\nldx M[1]\n"
			       "stx M[0]\nst M[1]\n"
			       "on: ld M[0]\nmul #16\nldx M[1]\nadd x\n"
			       "ret a");
}

/* The same load by another X is another load: both may fail. */
static void variables_change_between_loads(void **state)
{
	(void)state;
	assert_decoded_answers("ldb [0]\njset #1, odd\nldx #40\njmp on\n"
			       "odd: ldx #50\n"
			       "on: ldb [0]\njgt #60, last\n"
			       "ldb [x + 1]\nldx #9\n"
			       "last: ldb [x + 1]\njeq #1, no\n"
			       "ldb [x + 2]\njeq #1, no\n"
			       "ldb [x + 3]\njeq #1, no\n"
			       "ldb [x + 4]\njeq #1, no\n"
			       "ret #-1\nno: ret #0");
}

static const struct tz_flow *parse(const char *text)
{
	const struct tz_source *source = source_of(text);

	return tz_flow_parse(arena, diags, source);
}

static void random_programs_keep_their_meaning(void **state)
{
	static const size_t most[] = { 10, 60, 400 };
	struct sock_filter insns[400];

	(void)state;
	for (int i = 0; i < 600; i++) {
		struct cbpf_dice dice = { .state = (uint64_t)i,
					  .most = most[i % 3],
					  .ancillary = i & 1 ? ~0u : 0,
					  .has_link = i & 2 };
		struct tz_cbpf program;
		struct tz_buf out = { 0 };

		cbpf_random_program(&dice, insns, &program);

		const struct tz_flow *flow = tz_flow_decode(arena, &program);

		assert_null(tz_flow_verify(flow));
		tz_flow_print(flow, &out);

		const struct tz_flow *again = parse(out.text);

		if (!again)
			fail_msg("cannot be read again:\n%s", out.text);
		assert_prints(again, out.text);
		assert_answers(&program, flow, &dice);
		assert_answers(&program, again, &dice);
		tz_buf_free(&out);
	}
}

/* The graph does not outgrow the program, whatever the program does. */
static void assert_grows_little(const struct sock_filter *body, size_t n_body)
{
	static struct sock_filter insns[TZ_CBPF_MAX];
	struct tz_cbpf program = { .insns = insns };
	struct cbpf_dice dice = { .state = 1 };
	struct tz_buf out = { 0 };
	size_t at;

	insns[program.n++] =
		(struct sock_filter){ BPF_LD | BPF_W | BPF_ABS, 0, 0, 3 };
	for (uint32_t i = 0; i < BPF_MEMWORDS; i++)
		insns[program.n++] = (struct sock_filter){ BPF_ST, 0, 0, i };
	while (program.n + n_body + 1 < TZ_CBPF_MAX)
		for (size_t i = 0; i < n_body; i++)
			insns[program.n++] = body[i];
	for (int i = 0; i < 2; i++)
		insns[program.n++] =
			(struct sock_filter){ BPF_RET | BPF_A, 0, 0, 0 };
	assert_null(tz_cbpf_check(&program, &at));

	const struct tz_flow *flow = tz_flow_decode(arena, &program);

	assert_null(tz_flow_verify(flow));
	assert_true(flow->nodes.n < 40 * program.n);
	assert_true(flow->terms.n < 40 * program.n);
	assert_answers(&program, flow, &dice);
	tz_flow_describe(flow, &out);
	assert_true(out.len < 1000 * program.n);
	tz_buf_free(&out);
}

static void large_programs_stay_so(void **state)
{
	/* A = A + A, 2,000 times. */
	static const struct sock_filter doubling[] = {
		{ BPF_MISC | BPF_TAX, 0, 0, 0 },
		{ BPF_ALU | BPF_ADD | BPF_X, 0, 0, 0 },
		{ BPF_ALU | BPF_XOR | BPF_K, 0, 0, 0x55 },
	};
	/* Cells that are read later differ at every join. */
	static const struct sock_filter joining[] = {
		{ BPF_LD | BPF_MEM, 0, 0, 3 },
		{ BPF_LDX | BPF_MEM, 0, 0, 7 },
		{ BPF_JMP | BPF_JSET | BPF_K, 0, 2, 1 },
		{ BPF_ST, 0, 0, 7 },
		{ BPF_STX, 0, 0, 3 },
		{ BPF_LD | BPF_B | BPF_ABS, 0, 0, 1 },
		{ BPF_ALU | BPF_ADD | BPF_X, 0, 0, 0 },
		{ BPF_ST, 0, 0, 9 },
		{ BPF_LDX | BPF_MEM, 0, 0, 9 },
		{ BPF_JMP | BPF_JGT | BPF_X, 1, 0, 0 },
		{ BPF_STX, 0, 0, 2 },
		{ BPF_LD | BPF_MEM, 0, 0, 2 },
	};
	/* All ways lead to where the rest of them does. */
	static const struct sock_filter crossing[] = {
		{ BPF_LD | BPF_B | BPF_ABS, 0, 0, 2 },
		{ BPF_JMP | BPF_JGT | BPF_K, 2, 1, 3 },
		{ BPF_MISC | BPF_TXA, 0, 0, 0 },
		{ BPF_JMP | BPF_JEQ | BPF_X, 1, 0, 0 },
		{ BPF_LDX | BPF_IMM, 0, 0, 2 },
		{ BPF_ALU | BPF_OR | BPF_X, 0, 0, 0 },
	};
	/* Every second way leaves a test out. */
	static const struct sock_filter skipping[] = {
		{ BPF_LD | BPF_H | BPF_ABS, 0, 0, 5 },
		{ BPF_JMP | BPF_JEQ | BPF_K, 1, 0, 3 },
		{ BPF_LD | BPF_B | BPF_IND, 0, 0, 7 },
		{ BPF_JMP | BPF_JGT | BPF_K, 1, 0, 8 },
	};

	(void)state;
	assert_grows_little(doubling, 3);
	assert_grows_little(joining, 12);
	assert_grows_little(crossing, 6);
	assert_grows_little(skipping, 4);
}

static void text_is_taken_as_it_is(void **state)
{
	static const char text[] =
		"start n7\n"
		"n7: need [(v3 + 1) + 0xfffffffe:1] then n6\n";
	static const char good[] =
		"start n9\n"
		"n9: let v3 = (len % 7) then n8\n"
		"n8: need [(v3 + 1) + 0xfffffffe:1] then n7\n"
		"n7: if 5 >= (1 + [4:4]) then n6 else n5\n"
		"n6: if ad 36 & (0x20 >> 1) then accept else n4\n"
		"n5: if (3 | (2 ^ (5 / (6 * (7 - (1 << 2)))))) > 0 then n3 "
		"else n2\n"
		"n4: return (4 & 4)\n"
		"n3: return 0x60\n"
		"n2: return v3\n";

	(void)state;
	assert_null(parse(text));

	const struct tz_flow *flow = parse(good);

	assert_non_null(flow);
	assert_prints(flow, good);
	assert_prints(parse("start accept # all"), "start accept\n");
}

static void assert_fails(const char *text, const char *words)
{
	struct tz_buf out = { 0 };

	assert_null(parse(text));
	assert_int_equal(tz_diags_count(diags), 1);
	tz_diag_print(diags, tz_diags_at(diags, 0), &out);
	if (!strstr(out.text, words))
		fail_msg("wanted %s\ngot %s", words, out.text);
	tz_buf_free(&out);
}

static void errors_of_text(void **state)
{
	struct tz_buf deep = { 0 };

	(void)state;
	assert_fails("", "1:1: error: expected start");
	assert_fails("start", "expected reject, accept or a node");
	assert_fails("start n2", "begins with a node that is not here");
	assert_fails("start n2\nn1: return 4", "2:1: error: names begin");
	assert_fails("start n2\nn2: return 4\nn2: return 5",
		     "3:1: error: names grow smaller");
	assert_fails("start n3\nn3: need len then n4\nn2: return 1",
		     "leads to a node that does not follow");
	assert_fails("start n2\nn2: return v0", "read before it is set");
	assert_fails("start n2\nn2: return v18", "no such variable");
	assert_fails("start n2\nn2: return [1:3]", "1, 2 or 4 bytes");
	assert_fails("start n2\nn2: return (1 ~ 2)", "expected an operation");
	assert_fails("start n2\nn2: return 4294967296", "32 bits");
	assert_fails("start n2\nn2: return returned", "expected a term");
	assert_fails("start n2\nn2: if 1 = 2 then accept else reject",
		     "2:10: error: expected ==");
	assert_fails("start n2\nn2: let v18 = 2 then accept",
		     "expected a variable");
	assert_fails("start n2\nn2: jump", "expected return, if, need or let");
	tz_buf_puts(&deep, "start n2\nn2: return ");
	for (int i = 0; i < 5000; i++)
		tz_buf_puts(&deep, "(");
	assert_fails(deep.text, "too heavy");
	tz_buf_free(&deep);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(tests_follow_each_other),
		TEST(loads_of_no_use_may_fail),
		TEST(arithmetic_is_the_machine_s),
		TEST(ways_that_differ_part_again),
		TEST(ways_that_differ_meet_in_variables),
		TEST(random_numbers_are_drawn_once),
		TEST(rings_are_decoded),
		TEST(variables_change_between_loads),
		TEST(random_programs_keep_their_meaning),
		TEST(large_programs_stay_so),
		TEST(text_is_taken_as_it_is),
		TEST(errors_of_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
