/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Classic BPF from flow graphs: the instructions for chosen graphs, and for
 * graphs by dice the answers, and that the kernel would take the programs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "backend/cbpf/cbpf_emit.h"
#include "lib/cbpf_random.h"
#include "lib/flow_random.h"

#define GRAPHS 4000
#define PACKETS 40

static int set_up(void **state)
{
	struct tz_arena *arena = tz_arena_new();

	*state = tz_flow_new(arena);
	return 0;
}

static int tear_down(void **state)
{
	struct tz_flow *flow = *state;

	tz_arena_free(flow->arena);
	return 0;
}

static uint32_t number(struct tz_flow *flow, uint32_t k)
{
	return tz_term_const(flow, k);
}

static uint32_t load(struct tz_flow *flow, unsigned int size, uint32_t k)
{
	return tz_term_load(flow, size, TZ_TERM_ZERO, k);
}

/* term op k */
static uint32_t with(struct tz_flow *flow, uint32_t term,
		     enum tz_term_kind kind, uint32_t k)
{
	return tz_term_arith(flow, kind, term, number(flow, k));
}

/* Whether @term is @k leads to @yes, else all ends with 0. */
static uint32_t when(struct tz_flow *flow, uint32_t term, uint32_t k,
		     uint32_t yes)
{
	return tz_flow_test(flow, TZ_FLOW_EQ, term, number(flow, k), yes,
			    TZ_FLOW_REJECT);
}

/* The length of the IPv4 header at @k. */
static uint32_t header_len(struct tz_flow *flow, uint32_t k)
{
	return with(flow, with(flow, load(flow, 1, k), TZ_TERM_AND, 0xf),
		    TZ_TERM_MUL, 4);
}

static void assert_listing(struct tz_flow *flow, uint32_t root,
			   const char *wanted)
{
	struct tz_buf text = { 0 };
	struct tz_cbpf program;
	size_t needed;

	flow->root = root;
	assert_true(tz_cbpf_emit(flow->arena, flow, TZ_CBPF_MAX, &program,
				 &needed));
	assert_int_equal(needed, program.n);
	tz_cbpf_print(&program, TZ_CBPF_ASM, &text);
	assert_string_equal(text.text, wanted);
	tz_buf_free(&text);
}

static void nothing_but_a_return(void **state)
{
	assert_listing(*state, TZ_FLOW_ACCEPT, "\tret #0xffffffff\n");
}

static void a_load_serves_several_tests(void **state)
{
	struct tz_flow *flow = *state;
	uint32_t type = load(flow, 2, 12);
	uint32_t root = when(flow, type, 0x86dd, TZ_FLOW_ACCEPT);

	root = tz_flow_test(flow, TZ_FLOW_EQ, type, number(flow, 0x800),
			    TZ_FLOW_ACCEPT, root);
	assert_listing(flow, root,
		       "\tldh [12]\n"
		       "\tjeq #0x800, L3\n"
		       "\tjneq #0x86dd, L4\n"
		       "L3:\tret #0xffffffff\n"
		       "L4:\tret #0\n");
}

/* The second way to the test of [6] has loaded it: it goes in behind. */
static void a_way_goes_past_what_it_has_done(void **state)
{
	struct tz_flow *flow = *state;
	uint32_t byte = load(flow, 1, 6);
	uint32_t common = when(flow, byte, 1, TZ_FLOW_ACCEPT);
	uint32_t loads = tz_flow_test(flow, TZ_FLOW_GT, byte, number(flow, 9),
				      TZ_FLOW_ACCEPT, common);
	uint32_t other = when(flow, load(flow, 1, 7), 5, common);

	assert_listing(flow,
		       tz_flow_test(flow, TZ_FLOW_EQ, load(flow, 1, 0),
				    number(flow, 2), loads, other),
		       "\tldb [0]\n"
		       "\tjneq #0x2, L4\n"
		       "\tldb [6]\n"
		       "\tjgt #0x9, L8, L7\n"
		       "L4:\tldb [7]\n"
		       "\tjneq #0x5, L9\n"
		       "\tldb [6]\n"
		       "L7:\tjneq #0x1, L9\n"
		       "L8:\tret #0xffffffff\n"
		       "L9:\tret #0\n");
}

static void the_header_length_stays_in_x(void **state)
{
	struct tz_flow *flow = *state;
	uint32_t len = header_len(flow, 14);
	uint32_t dst =
		when(flow, tz_term_load(flow, 2, len, 16), 53, TZ_FLOW_ACCEPT);

	assert_listing(flow,
		       tz_flow_test(flow, TZ_FLOW_EQ,
				    tz_term_load(flow, 2, len, 14),
				    number(flow, 53), TZ_FLOW_ACCEPT, dst),
		       "\tldxb 4*([14]&0xf)\n"
		       "\tldh [x + 14]\n"
		       "\tjeq #0x35, L5\n"
		       "\tldh [x + 16]\n"
		       "\tjneq #0x35, L6\n"
		       "L5:\tret #0xffffffff\n"
		       "L6:\tret #0\n");
}

static void arms_meet_with_their_own_x(void **state)
{
	struct tz_flow *flow = *state;
	uint32_t base = tz_term_var(flow, 0), type = load(flow, 2, 12);
	uint32_t ports =
		when(flow, tz_term_load(flow, 2, base, 16), 53, TZ_FLOW_ACCEPT);
	uint32_t six, four;

	ports = tz_flow_test(flow, TZ_FLOW_EQ, tz_term_load(flow, 2, base, 14),
			     number(flow, 53), TZ_FLOW_ACCEPT, ports);
	six = tz_flow_let(flow, 0, number(flow, 40), ports);
	four = tz_flow_let(flow, 0, header_len(flow, 14), ports);
	assert_listing(flow,
		       tz_flow_test(flow, TZ_FLOW_EQ, type,
				    number(flow, 0x86dd), six,
				    when(flow, type, 0x800, four)),
		       "\tldh [12]\n"
		       "\tldx #0x28\n"
		       "\tjeq #0x86dd, L5\n"
		       "\tjneq #0x800, L10\n"
		       "\tldxb 4*([14]&0xf)\n"
		       "L5:\tldh [x + 14]\n"
		       "\tjeq #0x35, L9\n"
		       "\tldh [x + 16]\n"
		       "\tjneq #0x35, L10\n"
		       "L9:\tret #0xffffffff\n"
		       "L10:\tret #0\n");
}

/* [x + 26] >> 2 + x, and what is there. */
static void sums_are_offsets(void **state)
{
	struct tz_flow *flow = *state;
	uint32_t len = header_len(flow, 14);
	uint32_t words = tz_term_load(flow, 1, len, 26);
	uint32_t sum =
		tz_term_arith(flow, TZ_TERM_ADD,
			      with(flow, with(flow, words, TZ_TERM_AND, 0xf0),
				   TZ_TERM_RSH, 2),
			      len);

	assert_listing(flow,
		       when(flow, tz_term_load(flow, 4, sum, 14), 0x47455420,
			    TZ_FLOW_ACCEPT),
		       "\tldxb 4*([14]&0xf)\n"
		       "\tldb [x + 26]\n"
		       "\tand #0xf0\n"
		       "\trsh #0x2\n"
		       "\tadd x\n"
		       "\ttax\n"
		       "\tld [x + 14]\n"
		       "\tjneq #0x47455420, L9\n"
		       "\tret #0xffffffff\n"
		       "L9:\tret #0\n");
}

static void scratch_when_both_sides_need_x(void **state)
{
	struct tz_flow *flow = *state;
	uint32_t a = tz_term_load(flow, 1, load(flow, 1, 1), 0);
	uint32_t b = tz_term_load(flow, 1, load(flow, 1, 2), 0);

	assert_listing(flow,
		       tz_flow_test(flow, TZ_FLOW_GT, a, b, TZ_FLOW_ACCEPT,
				    TZ_FLOW_REJECT),
		       "\tldb [2]\n"
		       "\ttax\n"
		       "\tldb [x + 0]\n"
		       "\tst M[0]\n"
		       "\tldb [1]\n"
		       "\ttax\n"
		       "\tldb [x + 0]\n"
		       "\tldx M[0]\n"
		       "\tjle x, L10\n"
		       "\tret #0xffffffff\n"
		       "L10:\tret #0\n");
}

/* [a] - [b] - ..., 2^@depth loads, each of which needs X. */
static uint32_t tree(struct tz_flow *flow, unsigned int depth, uint32_t k)
{
	if (!depth)
		return tz_term_load(flow, 1, load(flow, 1, k), 0);
	return tz_term_arith(flow, TZ_TERM_SUB, tree(flow, depth - 1, 2 * k),
			     tree(flow, depth - 1, 2 * k + 1));
}

static void temporaries_are_used_again(void **state)
{
	struct tz_flow *flow = *state;
	struct tz_cbpf program;
	uint32_t places = 0;

	flow->root = tz_flow_return(flow, tree(flow, 6, 1));
	assert_true(
		tz_cbpf_emit(flow->arena, flow, TZ_CBPF_MAX, &program, NULL));
	for (size_t i = 0; i < program.n; i++) {
		if (BPF_CLASS(program.insns[i].code) == BPF_ST)
			places |= 1u << program.insns[i].k;
	}
	assert_in_range(places, 1, (1u << 7) - 1);
}

static void masks_of_the_upper_and_of_the_low_bits(void **state)
{
	struct tz_flow *flow = *state;
	uint32_t low = with(flow, load(flow, 4, 20), TZ_TERM_AND, 0xffff);
	uint32_t high = with(flow, load(flow, 4, 30), TZ_TERM_AND, 0xff000000);

	assert_listing(flow,
		       when(flow, high, 0xff000000,
			    when(flow, low, 0x1234, TZ_FLOW_ACCEPT)),
		       "\tld [30]\n"
		       "\tjlt #0xff000000, L5\n"
		       "\tldh [22]\n"
		       "\tjneq #0x1234, L5\n"
		       "\tret #0xffffffff\n"
		       "L5:\tret #0\n");
}

static uint32_t run(const struct tz_flow *flow, const uint8_t *bytes,
		    size_t len)
{
	struct tz_filter_packet packet = {
		.frame = bytes,
		.frame_len = len,
		.len = (uint32_t)len,
	};
	struct tz_cbpf program;
	size_t at;

	assert_true(
		tz_cbpf_emit(flow->arena, flow, TZ_CBPF_MAX, &program, NULL));
	assert_null(tz_cbpf_check(&program, &at));
	assert_int_equal(tz_cbpf_run(&program, &packet),
			 tz_flow_eval(flow, &packet));
	return tz_cbpf_run(&program, &packet);
}

/* The kernel would shift by the low five bits. */
static void shifts_by_32_and_more_are_0(void **state)
{
	struct tz_flow *flow = *state;

	flow->root = tz_flow_return(flow, tz_term_arith(flow, TZ_TERM_LSH,
							load(flow, 1, 0),
							load(flow, 1, 1)));
	for (unsigned int by = 0; by < 256; by++) {
		uint8_t bytes[] = { 3, (uint8_t)by };

		assert_int_equal(run(flow, bytes, sizeof(bytes)),
				 by < 32 ? 3u << by : 0);
	}
	assert_int_equal(run(flow, (uint8_t[]){ 3 }, 1), 0);
}

/* A chain of @n tests, all of which lead to the same two ends. */
static uint32_t chain(struct tz_flow *flow, uint32_t n)
{
	uint32_t root = TZ_FLOW_REJECT;

	for (uint32_t i = 0; i < n; i++)
		root = tz_flow_test(flow, TZ_FLOW_EQ, load(flow, 4, 0),
				    number(flow, 1000 - i), TZ_FLOW_ACCEPT,
				    root);
	return root;
}

static void ends_are_reached_from_afar(void **state)
{
	struct tz_flow *flow = *state;

	flow->root = chain(flow, 900);
	assert_int_equal(run(flow, (uint8_t[]){ 0, 0, 3, 232 }, 4), UINT32_MAX);
	assert_int_equal(run(flow, (uint8_t[]){ 0, 0, 0, 101 }, 4), UINT32_MAX);
	assert_int_equal(run(flow, (uint8_t[]){ 0, 0, 0, 100 }, 4), 0);
}

static void what_is_too_long_is_counted(void **state)
{
	struct tz_flow *flow = *state;
	struct tz_cbpf program = { 0 };
	size_t needed = 0;

	flow->root = chain(flow, 100);
	assert_false(tz_cbpf_emit(flow->arena, flow, 64, &program, &needed));
	assert_int_equal(needed, 103);
	assert_null(program.insns);
	assert_true(tz_cbpf_emit(flow->arena, flow, 103, &program, NULL));
}

static void judge(const struct tz_flow *flow, const struct tz_cbpf *program,
		  const struct tz_filter_packet *packet, const char *what,
		  unsigned int seed)
{
	uint32_t wanted = tz_flow_eval(flow, packet);
	uint32_t got = tz_cbpf_run(program, packet);

	if (wanted != got)
		printf("%s %u\n", what, seed);
	assert_int_equal(wanted, got);
}

static void graphs_by_dice(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < GRAPHS; i++) {
		unsigned int seed = i;
		struct tz_arena *arena = tz_arena_new();
		struct tz_flow *flow = tz_flow_random(arena, &seed);
		struct tz_cbpf program;
		size_t at;

		assert_true(
			tz_cbpf_emit(arena, flow, TZ_CBPF_MAX, &program, NULL));
		assert_null(tz_cbpf_check(&program, &at));
		for (int j = 0; j < PACKETS; j++) {
			struct tz_filter_packet packet;
			uint8_t frame[12];

			tz_flow_random_packet(&seed, frame, sizeof(frame),
					      &packet);
			judge(flow, &program, &packet, "graph", i);
		}
		tz_arena_free(arena);
	}
}

/* Programs that were read, with all that the graph has of variables. */
static void programs_by_dice(void **state)
{
	static const size_t sizes[] = { 20, 60, 400 };

	(void)state;
	for (unsigned int i = 0; i < GRAPHS; i++) {
		struct cbpf_dice dice = {
			.state = i,
			.most = sizes[i % 3],
			.has_link = true,
		};
		struct sock_filter insns[400];
		struct tz_arena *arena = tz_arena_new();
		struct tz_cbpf old, program;
		struct tz_flow *flow;
		size_t at;

		cbpf_random_program(&dice, insns, &old);
		flow = tz_flow_decode(arena, &old);
		assert_true(
			tz_cbpf_emit(arena, flow, TZ_CBPF_MAX, &program, NULL));
		assert_null(tz_cbpf_check(&program, &at));
		for (int j = 0; j < PACKETS; j++) {
			uint8_t bytes[CBPF_RANDOM_PACKET_MAX];
			size_t len = cbpf_random_packet(&dice, bytes);
			struct tz_filter_packet packet = {
				.frame = bytes,
				.frame_len = len,
				.net = len > 14 ? 14 : 0,
				.len = (uint32_t)len,
			};

			judge(flow, &program, &packet, "program", i);
		}
		tz_arena_free(arena);
	}
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		CASE(nothing_but_a_return),
		CASE(a_load_serves_several_tests),
		CASE(a_way_goes_past_what_it_has_done),
		CASE(the_header_length_stays_in_x),
		CASE(arms_meet_with_their_own_x),
		CASE(sums_are_offsets),
		CASE(scratch_when_both_sides_need_x),
		CASE(temporaries_are_used_again),
		CASE(masks_of_the_upper_and_of_the_low_bits),
		CASE(shifts_by_32_and_more_are_0),
		CASE(ends_are_reached_from_afar),
		CASE(what_is_too_long_is_counted),
		cmocka_unit_test(graphs_by_dice),
		cmocka_unit_test(programs_by_dice),
	};

	return cmocka_run_group_tests_name("cbpf_emit", tests, NULL, NULL);
}
