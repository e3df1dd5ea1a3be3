/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where libpcap's interpreter and the kernel give one program two answers: an
 * offset that wraps is past the end for the one, and a shift by 32 and more is
 * one by its low five bits for the other. In an expression offsets wrap, as
 * where it will run, and what is shifted out is gone, as tcpdump has it, so
 * that each case here has an answer of its own, in every engine.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <pcap/pcap.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "backend/cbpf/best.h"
#include "lower/pcap.h"

/* On Ethernet; what is in no case is 0. */
struct apart {
	const char *expression;
	const uint8_t *bytes;
	bool means;      /* to tamiz */
	bool to_pcap;    /* libpcap's plain program in libpcap's interpreter */
	bool to_kernel;  /* and in the kernel's */
	bool to_tcpdump; /* that of libpcap's optimiser in libpcap's */
};

enum { LEN = 60 };

static bool in_kernel(struct sock_filter *insns, size_t n, const uint8_t *bytes)
{
	struct sock_fprog program = { .len = (uint16_t)n, .filter = insns };
	bool is_match;
	int fd[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM, 0, fd), 0);
	assert_int_equal(setsockopt(fd[1], SOL_SOCKET, SO_ATTACH_FILTER,
				    &program, sizeof(program)),
			 0);
	assert_int_equal(send(fd[0], bytes, LEN, 0), LEN);
	is_match = recv(fd[1], &(char){ 0 }, 1, MSG_DONTWAIT) >= 0;
	close(fd[0]);
	close(fd[1]);
	return is_match;
}

static void check_libpcap(const struct apart *c)
{
	pcap_t *pcap = pcap_open_dead(DLT_EN10MB, 262144);

	for (int optimises = 0; optimises < 2; optimises++) {
		struct bpf_program program;
		bool is_match;

		assert_int_equal(pcap_compile(pcap, &program, c->expression,
					      optimises, 0),
				 0);
		is_match = bpf_filter(program.bf_insns, c->bytes, LEN, LEN);
		assert_int_equal(is_match,
				 optimises ? c->to_tcpdump : c->to_pcap);
		/* struct bpf_insn and sock_filter are one. */
		if (!optimises)
			assert_int_equal(in_kernel((void *)program.bf_insns,
						   program.bf_len, c->bytes),
					 c->to_kernel);
		pcap_freecode(&program);
	}
	pcap_close(pcap);
}

static void check_tamiz(const struct apart *c, bool keeps_loads)
{
	const struct tz_pcap_options options = {
		.link = TZ_LINK_EN10MB,
		.keeps_loads = keeps_loads,
		.names = &tz_names_system,
	};
	const struct tz_filter_packet packet = {
		.frame = c->bytes,
		.frame_len = LEN,
		.len = LEN,
	};
	struct tz_arena *arena = tz_arena_new();
	struct tz_sources *sources = tz_sources_new(arena);
	const struct tz_source *source = tz_sources_add(
		sources, "case", c->expression, strlen(c->expression));
	struct tz_span span = { source->base,
				source->base + (uint32_t)source->len };
	const struct tz_flow *flow =
		tz_pcap_lower(arena, tz_diags_new(arena, sources), span,
			      source->text, source->len, &options);
	struct tz_cbpf program;

	assert_non_null(flow);
	assert_int_equal(tz_flow_eval(flow, &packet) != 0, c->means);
	assert_int_equal(tz_flow_eval(tz_flow_optimize(arena, flow), &packet) !=
				 0,
			 c->means);
	assert_true(tz_cbpf_best(arena, flow, TZ_CBPF_MAX, &program, NULL));
	assert_int_equal(tz_cbpf_run(&program, &packet) != 0, c->means);
	assert_int_equal(in_kernel(program.insns, program.n, c->bytes),
			 c->means);
	tz_arena_free(arena);
}

static void check(const struct apart *c)
{
	check_libpcap(c);
	check_tamiz(c, true);
	check_tamiz(c, false);
}

static void a_shift_by_33_leaves_nothing(void **state)
{
	static const uint8_t bytes[LEN] = { 33 };
	const struct apart c = {
		.expression = "4 >> ether[0] = 0",
		.bytes = bytes,
		.means = true,
		.to_pcap = true,
		.to_tcpdump = true,
	};

	(void)state;
	check(&c);
}

static void an_offset_wraps(void **state)
{
	static const uint8_t bytes[LEN] = {
		2,
		[10] = 7,
		[12] = 0x08,
		0x00,
	};
	const struct apart c = {
		.expression = "ip[4294967290 + ether[0]] = 7",
		.bytes = bytes,
		.means = true,
		.to_kernel = true,
		.to_tcpdump = true,
	};

	(void)state;
	check(&c);
}

/* Found by pcap.sh random 815: only what the optimiser makes of it wraps. */
static void an_offset_wraps_in_the_optimised_program_only(void **state)
{
	static const uint8_t bytes[LEN] = {
		[12] = 0x08, 0x00, 0x46, [23] = 132, [30] = 1,
	};
	const struct apart c = {
		.expression = "not ((sctp[-(17)]) == ip[(tcpflags):4])",
		.bytes = bytes,
		.means = true,
		.to_pcap = true,
		.to_kernel = true,
	};

	(void)state;
	check(&c);
}

/*
 * Found there, too: the byte at an offset of -4 is there to the kernel, and is
 * as large as what is left of 0x86dd when all is shifted out: nothing.
 * libpcap's interpreter does not load, the kernel's shifts by few bits.
 */
static void both_at_once_make_equal_answers_by_chance(void **state)
{
	static const uint8_t bytes[LEN] = {
		[10] = 0x79, [12] = 0x08, 0x00, [23] = 2,
		[31] = 1,    0x01,        0x00, 0x00,
	};
	const struct apart c = {
		.expression = "igmp[0x86dd - len ^ 0x86dd] >= "
			      "0x86dd >> (atalk[17:4])",
		.bytes = bytes,
		.means = true,
	};

	(void)state;
	check(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_shift_by_33_leaves_nothing),
		cmocka_unit_test(an_offset_wraps),
		cmocka_unit_test(an_offset_wraps_in_the_optimised_program_only),
		cmocka_unit_test(both_at_once_make_equal_answers_by_chance),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
