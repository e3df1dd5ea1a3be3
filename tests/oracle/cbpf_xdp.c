/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Classic BPF at XDP beside the kernel's own: programs by dice, many of them in
 * one object as C functions, from the frame on and from the IP header on; what
 * each answers of a frame is whether a datagram of the same bytes passes a
 * socket that has the program as its filter.
 *
 * `cbpf_xdp [OBJECTS [PROGRAMS [PACKETS [SEED]]]]`; the default is a short run.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <tamiz/abi.h>

#include "lib/cbpf_random.h"
#include "lib/xdp_functions.h"

enum {
	N_WAYS = 2, /* from the frame on, from the IP header on */
	PROGRAMS_MAX = XDP_FUNCTIONS_MAX / N_WAYS,
	PACKETS_MAX = 2000,
	INSNS = 60,
};

struct program {
	struct sock_filter insns[INSNS];
	struct tz_cbpf cbpf;
};

struct packet {
	uint8_t bytes[CBPF_RANDOM_PACKET_MAX];
	size_t len;
};

static struct {
	size_t n_objects, n_programs, n_packets;
	struct cbpf_dice dice;
	struct program programs[PROGRAMS_MAX];
	struct packet packets[PACKETS_MAX];
	bool passes[PROGRAMS_MAX][PACKETS_MAX]; /* the socket */
	unsigned long n_pairs, n_passed, n_skipped, n_far;
} test;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

/* ---- the kernel's own ---- */

static void ask_socket(size_t i)
{
	struct sock_fprog fprog = {
		.len = (unsigned short)test.programs[i].cbpf.n,
		.filter = test.programs[i].cbpf.insns,
	};
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) != 0 ||
	    setsockopt(pair[1], SOL_SOCKET, SO_ATTACH_FILTER, &fprog,
		       sizeof(fprog)) != 0)
		die("a socket with a filter");
	for (size_t k = 0; k < test.n_packets; k++) {
		const struct packet *p = &test.packets[k];
		uint8_t got[CBPF_RANDOM_PACKET_MAX];

		if (send(pair[0], p->bytes, p->len, 0) != (ssize_t)p->len)
			die("send");
		test.passes[i][k] =
			recv(pair[1], got, sizeof(got), MSG_DONTWAIT) >= 0;
	}
	close(pair[0]);
	close(pair[1]);
}

/*
 * Whether offsets with the sign bit mean the same there: a datagram on such a
 * socket has no link header, and its network header is where it begins.
 */
static bool is_comparable(const struct program *program,
			  const struct packet *packet)
{
	struct tz_filter_packet at_xdp = {
		.frame = packet->bytes,
		.frame_len = packet->len,
		.net = XDP_FRAME_MIN,
		.len = (uint32_t)packet->len,
	};
	struct tz_filter_packet on_socket = at_xdp;

	on_socket.net = 0;
	on_socket.has_no_link = true;
	return !tz_cbpf_run(&program->cbpf, &at_xdp) ==
	       !tz_cbpf_run(&program->cbpf, &on_socket);
}

/* ---- at XDP ---- */

/* Two functions of each program: from the frame on, from the IP header on. */
static bool load(struct xdp_functions *functions)
{
	for (size_t i = 0; i < test.n_programs; i++) {
		struct tz_arena *arena = tz_arena_new();
		const struct tz_flow *flow = tz_flow_optimize(
			arena, tz_flow_decode(arena, &test.programs[i].cbpf));

		xdp_functions_add(functions, flow, tz_ebpf_at_frame);
		xdp_functions_add(functions, flow, tz_ebpf_at_ip);
		tz_arena_free(arena);
	}
	return xdp_functions_load(functions);
}

/* What an enum tz_test_result says is a match. */
static bool is_wrong(uint32_t answer, bool passes, size_t way)
{
	/* beside the kernel's rules, what it may read there is not known */
	if (way && answer == TZ_TEST_UNREADABLE) {
		test.n_far++;
		return false;
	}
	return answer != (passes ? TZ_TEST_TRUE : TZ_TEST_FALSE);
}

static bool compare(size_t i, size_t k, const uint32_t *answers)
{
	const struct program *program = &test.programs[i];
	const struct packet *packet = &test.packets[k];
	struct tz_buf text = { 0 };

	if (!is_comparable(program, packet)) {
		test.n_skipped++;
		return true;
	}
	test.n_pairs++;
	test.n_passed += test.passes[i][k];
	for (size_t way = 0; way < N_WAYS; way++) {
		uint32_t answer = answers[i * N_WAYS + way];

		if (!is_wrong(answer, test.passes[i][k], way))
			continue;
		tz_cbpf_print(&program->cbpf, TZ_CBPF_BYTECODE, &text);
		fprintf(stderr, "%s: XDP says %" PRIu32 ", the socket %d:\n%s",
			way ? "from IP on" : "from the frame on", answer,
			test.passes[i][k], text.text);
		for (size_t b = 0; b < packet->len; b++)
			fprintf(stderr, " %02x", packet->bytes[b]);
		fprintf(stderr, "\n");
		tz_buf_free(&text);
		return false;
	}
	return true;
}

static bool run(struct xdp_functions *functions)
{
	for (size_t k = 0; k < test.n_packets; k++) {
		const struct packet *packet = &test.packets[k];

		if (!xdp_functions_run(functions, packet->bytes, packet->len))
			return false;
		for (size_t i = 0; i < test.n_programs; i++)
			if (!compare(i, k, functions->answers))
				return false;
	}
	return true;
}

static bool try_object(void)
{
	struct xdp_functions functions = { 0 };
	bool is_good;

	for (size_t k = 0; k < test.n_packets; k++)
		do
			test.packets[k].len = cbpf_random_packet(
				&test.dice, test.packets[k].bytes);
		while (test.packets[k].len < XDP_FRAME_MIN);
	for (size_t i = 0; i < test.n_programs; i++) {
		cbpf_random_program(&test.dice, test.programs[i].insns,
				    &test.programs[i].cbpf);
		ask_socket(i);
	}
	is_good = load(&functions) && run(&functions);
	xdp_functions_free(&functions);
	return is_good;
}

static size_t argument(int argc, char **argv, int i, size_t standard,
		       size_t most)
{
	size_t n = argc > i ? strtoul(argv[i], NULL, 10) : standard;

	return n < most ? n : most;
}

int main(int argc, char **argv)
{
	if (geteuid() != 0) {
		puts("needs root: loads programs");
		return 77;
	}
	test.n_objects = argument(argc, argv, 1, 1, SIZE_MAX);
	test.n_programs = argument(argc, argv, 2, 40, PROGRAMS_MAX);
	test.n_packets = argument(argc, argv, 3, 100, PACKETS_MAX);
	test.dice.state = argument(argc, argv, 4, 1, SIZE_MAX);
	test.dice.most = INSNS;
	for (size_t i = 0; i < test.n_objects; i++) {
		uint64_t state = test.dice.state;

		if (try_object())
			continue;
		fprintf(stderr, "object %zu, seed %" PRIu64 "\n", i, state);
		return 1;
	}
	printf("%lu pairs of a program and a packet, %lu passed; %lu mean "
	       "something else on a socket, %lu are not told from IP on\n",
	       test.n_pairs, test.n_passed, test.n_skipped, test.n_far);
	return test.n_passed == 0;
}
