/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Classic BPF as text: every form that is printed and read comes back the same,
 * what people write is understood, and what is wrong is said where it is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "lib/cbpf_random.h"

static struct tz_arena *arena;
static struct tz_diags *diags;

static bool read_text(const char *text, struct tz_cbpf *program)
{
	struct tz_sources *sources = tz_sources_new(arena);
	const struct tz_source *source =
		tz_sources_add(sources, "text", text, strlen(text));
	struct tz_span span = { source->base,
				source->base + (uint32_t)source->len };

	diags = tz_diags_new(arena, sources);
	return tz_cbpf_read(arena, diags, span, source->text, source->len,
			    program);
}

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

/* @text is read as the program that @bytecode is printed from. */
static void assert_reads(const char *text, const char *bytecode)
{
	struct tz_cbpf program;
	struct tz_buf out = { 0 };

	if (!read_text(text, &program)) {
		tz_diag_print(diags, tz_diags_at(diags, 0), &out);
		fail_msg("%s", out.text);
	}
	tz_cbpf_print(&program, TZ_CBPF_BYTECODE, &out);
	assert_string_equal(out.text, bytecode);
	tz_buf_free(&out);
}

/* The first diagnostic about @text is @column and @words. */
static void assert_fails(const char *text, uint32_t column, const char *words)
{
	struct tz_cbpf program;
	struct tz_buf out = { 0 };
	char place[32];

	assert_false(read_text(text, &program));
	assert_int_equal(tz_diags_count(diags), 1);
	tz_diag_print(diags, tz_diags_at(diags, 0), &out);
	snprintf(place, sizeof(place), ":%u: error", column);
	if (!strstr(out.text, place) || !strstr(out.text, words))
		fail_msg("wanted%s: %s\ngot %s", place, words, out.text);
	tz_buf_free(&out);
}

static const char udp[] =
	"6,40 0 0 12,21 0 3 2048,48 0 0 23,21 0 1 17,6 0 0 262144,6 0 0 0";

static void numbers_are_read(void **state)
{
	(void)state;
	assert_reads(udp, udp);
	assert_reads("6\n40 0 0 12\n21 0 3 2048\n48 0 0 23\n21 0 1 17\n"
		     "6 0 0 262144\n6 0 0 0\n",
		     udp);
	assert_reads("\n 6 , 40 0 0 12 ,\t21 0 3 2048,\r\n48 0 0 23,21 0 1 17,"
		     "6 0 0 0x40000,6 0 0 0,\n",
		     udp);
}

static void initialisers_are_read(void **state)
{
	(void)state;
	assert_reads("{ 0x28, 0, 0, 0x0000000c },\n"
		     "{ 0x15, 0, 3, 0x00000800 },\n"
		     "{ 0x30, 0, 0, 0x00000017 },\n"
		     "{ 0x15, 0, 1, 0x00000011 },\n"
		     "{ 0x6, 0, 0, 0x00040000 },\n"
		     "{ 0x6, 0, 0, 0x00000000 },\n",
		     udp);
	assert_reads("/* UDP */\nstatic const struct sock_filter f[] = {\n"
		     "\t{ 6, 0, 0, -1 } // all\n};\n",
		     "1,6 0 0 4294967295");
}

static void asm_is_read(void **state)
{
	(void)state;
	assert_reads("\tldh [12]\n\tjne #0x800, drop\n\tldb [23]\n"
		     "\tjneq #17, drop\n\tret #262144\ndrop:\tret #0\n",
		     udp);
	assert_reads("# a comment\nLDH [12] ; another\nJEQ #0x800,L2,drop\n"
		     "L2: ldb [0x17] /* and\none */ jeq #021, yes, drop\n"
		     "yes: ret #0b1000000000000000000\ndrop: ret #0",
		     udp);
}

/* One instruction in each form of bpf_asm, and a ret. */
static void every_form_of_asm_is_read(void **state)
{
	static const char *const forms[][2] = {
		{ "ld [4]", "32 0 0 4" },
		{ "ldh [-4096]", "40 0 0 4294963200" },
		{ "ldb [x + 3]", "80 0 0 3" },
		{ "ldb [%x+3]", "80 0 0 3" },
		{ "ldh [x+-2]", "72 0 0 4294967294" },
		{ "ld [X + 1]", "64 0 0 1" },
		{ "ld #len", "128 0 0 0" },
		{ "ld len", "128 0 0 0" },
		{ "ld #5", "0 0 0 5" },
		{ "ldi 5", "0 0 0 5" },
		{ "ldi #5", "0 0 0 5" },
		{ "ld #proto", "32 0 0 4294963200" },
		{ "ldb type", "48 0 0 4294963204" },
		{ "ld #vlan_pr", "32 0 0 4294963248" },
		{ "ld vlan_avail", "32 0 0 4294963248" },
		{ "ld #rand", "32 0 0 4294963256" },
		{ "ldx #len", "129 0 0 0" },
		{ "ldx #-1", "1 0 0 4294967295" },
		{ "ldxi 7", "1 0 0 7" },
		{ "ldxb 4*([14]&0xf)", "177 0 0 14" },
		{ "ldx 4 * ( [ 14 ] & 0xf )", "177 0 0 14" },
		{ "st M[15]\nld M[15]", "2 0 0 15,96 0 0 15" },
		{ "stx m[0]\nldx M[0]", "3 0 0 0,97 0 0 0" },
		{ "add x", "12 0 0 0" },
		{ "sub %x", "28 0 0 0" },
		{ "mul #3", "36 0 0 3" },
		{ "div #3", "52 0 0 3" },
		{ "mod x", "156 0 0 0" },
		{ "and #0xff", "84 0 0 255" },
		{ "or #1", "68 0 0 1" },
		{ "xor x", "172 0 0 0" },
		{ "lsh #31", "100 0 0 31" },
		{ "rsh x", "124 0 0 0" },
		{ "neg", "132 0 0 0" },
		{ "tax", "7 0 0 0" },
		{ "txa", "135 0 0 0" },
		{ "jmp end", "5 0 0 0" },
		{ "ja end", "5 0 0 0" },
		{ "jeq #1, end", "21 0 0 1" },
		{ "jeq x, end, end", "29 0 0 0" },
		{ "jlt %x, end\ntax", "61 0 1 0,7 0 0 0" },
		{ "jle #9, end\ntax", "37 0 1 9,7 0 0 0" },
		{ "jgt #9, end\ntax", "37 1 0 9,7 0 0 0" },
		{ "jset #9, end, next\nnext: tax", "69 1 0 9,7 0 0 0" },
		{ "ret a", "22 0 0 0" },
		{ "ret %a", "22 0 0 0" },
		{ "ret #-1", "6 0 0 4294967295" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		char text[128], bytecode[128];
		bool is_two = strchr(forms[i][1], ',');

		snprintf(text, sizeof(text), "%s\nend: ret #0\n", forms[i][0]);
		snprintf(bytecode, sizeof(bytecode), "%d,%s,6 0 0 0",
			 is_two ? 3 : 2, forms[i][1]);
		assert_reads(text, bytecode);
	}
}

/* tcpdump -d 'udp and ip[2:2] - ((ip[0] & 0xf) << 2) > 20' */
static void listing_of_tcpdump_is_read(void **state)
{
	(void)state;
	assert_reads("(000) ldh      [12]\n"
		     "(001) jeq      #0x800           jt 2\tjf 14\n"
		     "(002) ldb      [23]\n"
		     "(003) jeq      #0x11            jt 4\tjf 14\n"
		     "(004) ldb      [14]\n"
		     "(005) and      #0xf\n"
		     "(006) lsh      #2\n"
		     "(007) tax      \n"
		     "(008) stx      M[3]\n"
		     "(009) ldh      [16]\n"
		     "(010) sub      x\n"
		     "(011) jgt      #0x14            jt 12\tjf 14\n"
		     "(012) ldxb     4*([14]&0xf)\n"
		     "(013) ret      #262144\n"
		     "(014) ret      #0\n",
		     "15,40 0 0 12,21 0 12 2048,48 0 0 23,21 0 10 17,48 0 0 14,"
		     "84 0 0 15,100 0 0 2,7 0 0 0,3 0 0 3,40 0 0 16,28 0 0 0,"
		     "37 0 2 20,177 0 0 14,6 0 0 262144,6 0 0 0");
}

static void errors_have_a_place(void **state)
{
	(void)state;
	assert_fails("", 1, "expected a program");
	assert_fails("2,6 0 0 0", 1, "says 2 instructions, but 1 follow");
	assert_fails("1,6 0 0", 7, "expected k");
	assert_fails("1,6 0 256 0", 7,
		     "jf, a number of instructions, is at "
		     "most 255");
	assert_fails("1,6 0 0 4294967296", 9, "at most 4294967295");
	assert_fails("1;6 0 0 0", 1, "says 1 instructions, but 0 follow");
	assert_fails("2,7 0 0 0 6 0 0 0", 11, "expected ','");
	assert_fails("99999,6 0 0 0", 1, "at most 4096");
	assert_fails("{ 6, 0, 0 }", 11, "expected ','");
	assert_fails("{ 6, 0, 0, 0 }, x", 17, "the end of the program");
	assert_fails("struct f[] = { { 6, 0, 0, 0 }", 29, "expected '}'");
	assert_fails("ldy #5\nret #0", 1, "expected an instruction");
	assert_fails("st #5\nret #0", 1, "st is written with M[k]");
	assert_fails("ld 5\nret #0", 4, "written #k");
	assert_fails("ldb [x - 5]\nret #0", 8, "expected '+'");
	assert_fails("ldb [5\nret #0", 1, "expected ']'");
	assert_fails("ldxb 4*([14]&0xff)\nret #0", 7, "no other of this kind");
	assert_fails("ldxb 5*([14]&0xf)\nret #0", 6, "expected 4*(");
	assert_fails("jeq #0, on\nret #0", 9, "no such label");
	assert_fails("on: tax\njmp on\nret #0", 5, "forward only");
	assert_fails("on: tax\non: ret #0", 1, "used twice");
	assert_fails("jeq #1 jt 1 jf 7\nret #0", 16, "no such label");
	assert_fails("(001) ret #0", 2, "this is instruction 0");
	assert_fails("ret x", 1, "ret is written with #k, a");
}

static void what_the_kernel_refuses_has_a_place(void **state)
{
	(void)state;
	assert_fails("1,7 0 0 0", 3, "the last instruction must be a return");
	assert_fails("2,52 0 0 0,6 0 0 0", 3, "instruction 0: divides by zero");
	assert_fails("2,14 0 0 0,6 0 0 0", 3, "no such instruction");
	assert_fails("2,21 0 1 0,6 0 0 0", 3, "behind the end");
	assert_fails("2,5 0 0 4294967295,6 0 0 0", 3, "behind the end");
	assert_fails("2,5 0 0 1,6 0 0 0", 3, "behind the end");
	assert_fails("tax\nld M[3]\nret a", 1, "some way to here has not");
	assert_fails("lsh #32\nret a", 1, "more than 31 bits");
	assert_fails("ld M[16]\nret a", 1, "16 words");
	assert_fails("ld [-1]\nret a", 1, "no such property");
	assert_fails("0", 1, "at least one instruction");
}

static void far_jumps_are_refused(void **state)
{
	struct tz_buf text = { 0 };

	(void)state;
	tz_buf_puts(&text, "jeq #0, far\n");
	for (int i = 0; i < 256; i++)
		tz_buf_puts(&text, "tax\n");
	tz_buf_puts(&text, "far: ret #0\n");
	assert_fails(text.text, 9, "256 instructions away");
	tz_buf_free(&text);
	for (int i = 0; i <= TZ_CBPF_MAX; i++)
		tz_buf_puts(&text, "tax\n");
	assert_fails(text.text, 1, "at most 4096 instructions");
	tz_buf_free(&text);
}

static void forms_are_printed(void **state)
{
	struct tz_cbpf program;
	struct tz_buf out = { 0 };

	(void)state;
	assert_true(read_text(udp, &program));
	tz_cbpf_print(&program, TZ_CBPF_ASM, &out);
	assert_string_equal(out.text, "\tldh [12]\n"
				      "\tjneq #0x800, L5\n"
				      "\tldb [23]\n"
				      "\tjneq #0x11, L5\n"
				      "\tret #262144\n"
				      "L5:\tret #0\n");
	tz_buf_free(&out);
	assert_true(read_text("jset #1, yes, no\nno: ret #0\nyes: ret a",
			      &program));
	tz_cbpf_print(&program, TZ_CBPF_C, &out);
	assert_string_equal(
		out.text,
		"struct sock_filter filter[] = {\n"
		"\t{ 0x45,   1,   0, 0x00000001 }, /* 0: jset #0x1, 2, 1 */\n"
		"\t{ 0x06,   0,   0, 0x00000000 }, /* 1: ret #0 */\n"
		"\t{ 0x16,   0,   0, 0x00000000 }, /* 2: ret a */\n"
		"};\n");
	tz_buf_free(&out);
	assert_true(read_text("ld #rand\nret a", &program));
	tz_cbpf_print(&program, TZ_CBPF_JSON, &out);
	assert_string_equal(
		out.text,
		"{\n  \"instructions\": [\n"
		"    {\"code\": 32, \"jt\": 0, \"jf\": 0, \"k\": 4294963256, "
		"\"text\": \"ld #rand\"},\n"
		"    {\"code\": 22, \"jt\": 0, \"jf\": 0, \"k\": 0, "
		"\"text\": \"ret a\"}\n"
		"  ]\n}\n");
	tz_buf_free(&out);
}

static void random_programs_come_back(void **state)
{
	static const enum tz_cbpf_form forms[] = {
		TZ_CBPF_BYTECODE, TZ_CBPF_DDD, TZ_CBPF_DD,
		TZ_CBPF_ASM,      TZ_CBPF_C,
	};
	struct cbpf_dice dice = {
		.state = 1, .most = 300, .ancillary = ~0u, .has_link = true
	};
	struct sock_filter insns[300];

	(void)state;
	for (int i = 0; i < 500; i++) {
		enum tz_cbpf_form form = forms[i % 5];
		struct tz_cbpf program, again;
		struct tz_buf out = { 0 };

		cbpf_random_program(&dice, insns, &program);
		tz_cbpf_print(&program, form, &out);
		assert_true(read_text(out.text, &again));
		assert_int_equal(again.n, program.n);
		if (memcmp(again.insns, insns, program.n * sizeof(*insns)) != 0)
			fail_msg("%s", out.text);
		tz_buf_free(&out);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(numbers_are_read),
		TEST(initialisers_are_read),
		TEST(asm_is_read),
		TEST(every_form_of_asm_is_read),
		TEST(listing_of_tcpdump_is_read),
		TEST(errors_have_a_place),
		TEST(what_the_kernel_refuses_has_a_place),
		TEST(far_jumps_are_refused),
		TEST(forms_are_printed),
		TEST(random_programs_come_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
