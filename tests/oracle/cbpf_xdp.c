/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Classic BPF at XDP beside the kernel's own: programs by dice, many of them in
 * one object as C functions, from the frame on and from the IP header on; what
 * each answers of a frame is whether a datagram of the same bytes passes a
 * socket that has the program as its filter.
 *
 * `cbpf_xdp [OBJECTS [PROGRAMS [PACKETS [SEED]]]]`; the default is a short run.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <tamiz/runtime.h>

#include "backend/ebpf/emit.h"
#include "backend/ebpf/flow.h"
#include "lib/cbpf_random.h"

enum {
	PROGRAMS_MAX = 100, /* two functions each: a program may have 256 */
	PACKETS_MAX = 2000,
	INSNS = 60,
	FRAME_MIN = 14,
	N_WAYS = 2, /* from the frame on, from the IP header on */
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
		.net = FRAME_MIN,
		.len = (uint32_t)packet->len,
	};
	struct tz_filter_packet on_socket = at_xdp;

	on_socket.net = 0;
	on_socket.has_no_link = true;
	return !tz_cbpf_run(&program->cbpf, &at_xdp) ==
	       !tz_cbpf_run(&program->cbpf, &on_socket);
}

/* ---- at XDP ---- */

/* The scratch area says that the packet's IP header is where the frame is. */
static const char program_begin[] =
	"struct {\n"
	"\t__uint(type, BPF_MAP_TYPE_ARRAY);\n"
	"\t__uint(max_entries, 1);\n"
	"\t__type(key, __u32);\n"
	"\t__type(value, __u32[N_ANSWERS]);\n"
	"} answers SEC(\".maps\");\n"
	"SEC(\"xdp.frags\")\nint tz_rules(struct xdp_md *ctx)\n{\n"
	"\tstruct tz_scratch *s = tz_scratch_get();\n"
	"\t__u32 zero = 0, *a = bpf_map_lookup_elem(&answers, &zero);\n"
	"\tif (!s || !a)\n\t\treturn XDP_DROP;\n"
	"\ts->at = TZ_AT_PREROUTING;\n"
	"\ts->key.l3_off = 0;\n"
	"\ts->key.ip_len = bpf_xdp_get_buff_len(ctx);\n";

static void print_object(struct tz_buf *out)
{
	static const char *const prefixes[N_WAYS] = { tz_ebpf_at_frame,
						      tz_ebpf_at_ip };
	char head[96];

	tz_buf_printf(out,
		      "#define TZ_N_COUNTERS 1\n#define TZ_HAS_bpf\n"
		      "#define TZ_HAS_frames\n#define N_ANSWERS %zu\n",
		      test.n_programs * N_WAYS);
	for (size_t i = 0; tz_ebpf_headers[i]; i++)
		tz_buf_puts(out, tz_ebpf_headers[i]);
	for (size_t i = 0; i < test.n_programs * N_WAYS; i++) {
		const struct tz_cbpf *cbpf = &test.programs[i / N_WAYS].cbpf;

		snprintf(head, sizeof(head),
			 "__noinline int f%zu" TZ_EBPF_PARAMETERS "\n", i);
		tz_ebpf_program((const uint8_t *)cbpf->insns,
				cbpf->n * sizeof(*cbpf->insns),
				prefixes[i % N_WAYS], head, out);
	}
	tz_buf_puts(out, program_begin);
	for (size_t i = 0; i < test.n_programs * N_WAYS; i++)
		tz_buf_printf(out, "\ta[%zu] = f%zu(ctx, s);\n", i, i);
	tz_buf_puts(out, "\treturn XDP_PASS;\n}\n"
			 "char tz_license[] SEC(\"license\") = "
			 "\"Dual BSD/GPL\";\n");
}

static struct bpf_object *load(void)
{
	struct tamiz_message message = { 0 };
	struct tamiz_object built = { 0 };
	struct tz_buf text = { 0 };
	struct bpf_object *object;

	print_object(&text);
	if (tamiz_build(text.text, text.len, getenv("CLANG"), &built,
			&message)) {
		fprintf(stderr, "%s\n%s\n", message.text,
			message.log ? message.log : "");
		exit(1);
	}
	object = bpf_object__open_mem(built.data, built.len, NULL);
	if (!object || bpf_object__load(object))
		die("load");
	tz_buf_free(&text);
	tamiz_object_clear(&built);
	return object;
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

static bool run(struct bpf_object *object)
{
	static uint32_t answers[PROGRAMS_MAX * N_WAYS];
	int program = bpf_program__fd(
		bpf_object__find_program_by_name(object, "tz_rules"));
	int map = bpf_object__find_map_fd_by_name(object, "answers");
	uint32_t zero = 0;

	for (size_t k = 0; k < test.n_packets; k++) {
		LIBBPF_OPTS(bpf_test_run_opts, opts,
			    .data_in = test.packets[k].bytes,
			    .data_size_in = (uint32_t)test.packets[k].len);

		if (bpf_prog_test_run_opts(program, &opts) ||
		    bpf_map_lookup_elem(map, &zero, answers))
			die("test run");
		for (size_t i = 0; i < test.n_programs; i++)
			if (!compare(i, k, answers))
				return false;
	}
	return true;
}

static bool try_object(void)
{
	struct bpf_object *object;
	bool is_good;

	for (size_t k = 0; k < test.n_packets; k++)
		do
			test.packets[k].len = cbpf_random_packet(
				&test.dice, test.packets[k].bytes);
		while (test.packets[k].len < FRAME_MIN);
	for (size_t i = 0; i < test.n_programs; i++) {
		cbpf_random_program(&test.dice, test.programs[i].insns,
				    &test.programs[i].cbpf);
		ask_socket(i);
	}
	object = load();
	is_good = run(object);
	bpf_object__close(object);
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
