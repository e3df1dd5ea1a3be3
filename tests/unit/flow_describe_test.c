/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Programs for people: what is written is what the program does, as our own
 * reader of tcpdump's language understands it.
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
#include "lower/pcap.h"

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

static struct tz_span add_source(const char *text)
{
	struct tz_sources *sources = tz_sources_new(arena);
	const struct tz_source *source =
		tz_sources_add(sources, "text", text, strlen(text));

	diags = tz_diags_new(arena, sources);
	return (struct tz_span){ source->base,
				 source->base + (uint32_t)source->len };
}

static void assert_describes(const char *text, const char *wanted)
{
	struct tz_span span = add_source(text);
	struct tz_buf out = { 0 };
	struct tz_cbpf program;

	assert_true(
		tz_cbpf_read(arena, diags, span, text, strlen(text), &program));
	tz_flow_describe(tz_flow_decode(arena, &program), &out);
	assert_string_equal(out.text, wanted);
	tz_buf_free(&out);
}

static void expressions_come_back(void **state)
{
	(void)state;
	assert_describes("ret #262144", "len >= 0\n");
	assert_describes("ret #0", "len < 0\n");
	assert_describes("ldh [12]\njne #0x800, no\nldb [23]\njne #6, no\n"
			 "ldh [20]\njset #0x1fff, no\nldxb 4*([14]&0xf)\n"
			 "ldb [x + 27]\njset #2, yes, no\n"
			 "yes: ret #96\nno: ret #0",
			 "link[12:2] = 0x800 and link[23] = 6 and "
			 "link[20:2] & 0x1fff = 0 and "
			 "link[((link[14] & 0xf) << 2) + 27] & 2 != 0\n");
	assert_describes("ldh [12]\njne #0x86dd, ip\nldb [20]\njne #17, no\n"
			 "ldh [56]\njeq #53, yes, no\nip: jne #0x800, no\n"
			 "ldb [23]\njeq #17, yes, no\n"
			 "yes: ret #96\nno: ret #0",
			 "(link[12:2] = 0x86dd and link[20] = 0x11 and "
			 "link[56:2] = 0x35) or (link[12:2] = 0x800 and "
			 "link[23] = 0x11)\n");
}

static void places_have_names(void **state)
{
	(void)state;
	assert_describes("ldb [-1048575]\njeq #5, yes, no\n"
			 "yes: ret #1\nno: ret #0",
			 "net[1] = 5\n");
	assert_describes("ldh [-2097140]\njge #5, yes, no\n"
			 "no: ret #0\nyes: ret #1",
			 "frame[12:2] > 4\n");
	assert_describes("ldxb 4*([0xfff00000]&0xf)\nldh [x + 0xfff00002]\n"
			 "jeq #53, yes, no\nyes: ret #1\nno: ret #0",
			 "net[((net[0] & 0xf) << 2) + 2:2] = 0x35\n");
	/* An offset that wraps may be of any kind. */
	assert_describes("ld [0]\ntax\nldb [x + 0xfff00000]\n"
			 "jeq #5, yes, no\nyes: ret #1\nno: ret #0",
			 "link[link[0:4] - 1048576] = 5\n");
	assert_describes("ldx #len\nldb [x + -1]\njset #8, yes, no\n"
			 "yes: ret #0\nno: ret #1",
			 "link[len - 1] & 8 = 0\n");
	assert_describes("ld [40]\nld #mark\njeq #5, yes, no\n"
			 "yes: ret #1\nno: ret #0",
			 "link[40:4] >= 0 and ad(20) = 5\n");
}

static void what_is_no_expression_is_steps(void **state)
{
	(void)state;
	assert_describes(
		"ldb [0]\njeq #6, a, b\na: ldx #4\njmp on\nb: ldx #8\n"
		"on: ldb [x + 0]\njeq #1, no\nldb [x + 1]\njeq #1, no\n"
		"ldb [x + 2]\njeq #1, no\nldb [x + 3]\nret a\n"
		"no: ret #0",
		"8: if link[0] = 6: go to 7, else go to 6\n"
		"7: v1 = 4, go to 5\n"
		"6: v1 = 8, go to 5\n"
		"5: if link[v1] = 1 or link[v1 + 1] = 1 or "
		"link[v1 + 2] = 1: return 0, else go to 2\n"
		"2: return link[v1 + 3]\n");
}

/* Whether @text takes the same packets as @program. */
static void assert_same(const char *text, const struct tz_cbpf *program,
			struct cbpf_dice *dice)
{
	struct tz_pcap_options options = { .link = TZ_LINK_EN10MB };
	struct tz_span span = add_source(text);
	const struct tz_flow *flow =
		tz_pcap_lower(arena, diags, span, text, strlen(text), &options);
	uint8_t bytes[CBPF_RANDOM_PACKET_MAX];

	if (!flow)
		fail_msg("not understood: %s", text);
	for (int i = 0; i < 20; i++) {
		struct tz_filter_packet packet = { .frame = bytes };

		packet.frame_len = cbpf_random_packet(dice, bytes);
		packet.len = (uint32_t)packet.frame_len;
		if (!tz_flow_eval(flow, &packet) !=
		    !tz_cbpf_run(program, &packet))
			fail_msg("not the same: %s", text);
	}
}

/* Whether tcpdump's language has all the words of it. */
static bool is_expression(const char *text)
{
	return !strstr(text, "ret") && !strstr(text, "net[") &&
	       !strstr(text, "frame[") && !strstr(text, "/ 0") &&
	       !strstr(text, "% 0");
}

static void random_programs_are_understood(void **state)
{
	struct cbpf_dice dice = { .state = 1, .most = 16 };
	struct sock_filter insns[16];
	int n_expressions = 0;

	(void)state;
	for (int i = 0; i < 2000; i++) {
		struct tz_cbpf program;
		struct tz_buf out = { 0 };

		cbpf_random_program(&dice, insns, &program);
		tz_flow_describe(tz_flow_decode(arena, &program), &out);
		if (is_expression(out.text)) {
			n_expressions++;
			assert_same(out.text, &program, &dice);
		}
		tz_buf_free(&out);
	}
	assert_true(n_expressions > 500);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(expressions_come_back),
		TEST(places_have_names),
		TEST(what_is_no_expression_is_steps),
		TEST(random_programs_are_understood),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
