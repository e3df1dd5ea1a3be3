/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Classic BPF beside the kernel: programs by dice on a pair of datagram
 * sockets, packets by dice through it. What the kernel delivers, and how much
 * of it, is what tz_cbpf_run says, and what the flow graph says that the
 * program is decoded to, and so it is with the programs that are made of that
 * graph; a program that the kernel refuses is refused, and no other.
 *
 * `cbpf_test [PROGRAMS [SEED]]`; the default is a short run. Each program meets
 * PACKETS packets.
 */
#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "backend/cbpf/cbpf_emit.h"
#include "base/buf.h"
#include "lib/cbpf_random.h"
#include "flow/flow.h"

enum { PROGRAMS = 3000, PACKETS = 20, INSNS = 60 };

struct bench {
	int in, out; /* what goes into one comes out of the other */
	struct cbpf_dice dice;
	/* What the kernel knows here of a packet, a bit each, and its value. */
	uint32_t has_ancillary, ancillary[TZ_AD_N];
	unsigned long n_pairs, n_refused, n_kept, n_cut, n_unemitted;
};

static void say(const struct tz_cbpf *program, const char *what)
{
	struct tz_buf text = { 0 };

	tz_cbpf_print(program, TZ_CBPF_BYTECODE, &text);
	fprintf(stderr, "%s\n%s\n", what, text.text);
	tz_buf_free(&text);
}

/* Whether the kernel takes it. */
static bool attach(const struct bench *b, const struct tz_cbpf *program)
{
	struct sock_fprog fprog = {
		.len = (unsigned short)program->n,
		.filter = program->insns,
	};

	if (setsockopt(b->out, SOL_SOCKET, SO_ATTACH_FILTER, &fprog,
		       sizeof(fprog)) == 0)
		return true;
	if (errno != EINVAL) {
		perror("SO_ATTACH_FILTER");
		exit(1);
	}
	return false;
}

/* How many bytes come out; -1: none, no datagram at all. */
static long deliver(const struct bench *b, const uint8_t *bytes, size_t len)
{
	uint8_t got[CBPF_RANDOM_PACKET_MAX];
	ssize_t n;

	if (send(b->in, bytes, len, 0) != (ssize_t)len) {
		perror("send");
		exit(1);
	}
	n = recv(b->out, got, sizeof(got), MSG_DONTWAIT);
	if (n < 0 && errno != EAGAIN) {
		perror("recv");
		exit(1);
	}
	if (n > 0 && memcmp(got, bytes, (size_t)n) != 0) {
		fprintf(stderr, "other bytes came out\n");
		exit(1);
	}
	return n;
}

/* What the kernel does with @len bytes when the filter says @answer. */
static long expected(uint32_t answer, size_t len)
{
	if (!answer)
		return -1;
	return answer < len ? (long)answer : (long)len;
}

static bool judge(struct bench *b, const struct tz_cbpf *program,
		  const struct tz_flow *flow)
{
	uint8_t bytes[CBPF_RANDOM_PACKET_MAX];
	struct tz_filter_packet packet = {
		.frame = bytes,
		.has_no_link = true,
	};

	packet.frame_len = cbpf_random_packet(&b->dice, bytes);
	packet.len = (uint32_t)packet.frame_len;
	packet.has_ad = b->has_ancillary;
	memcpy(packet.ad, b->ancillary, sizeof(packet.ad));

	uint32_t run = tz_cbpf_run(program, &packet);
	uint32_t eval = tz_flow_eval(flow, &packet);
	long wanted = expected(run, packet.frame_len);
	long got = deliver(b, bytes, packet.frame_len);

	b->n_pairs++;
	b->n_kept += got >= 0;
	b->n_cut += got >= 0 && got < (long)packet.frame_len;
	if (run == eval && got == wanted)
		return true;

	fprintf(stderr,
		"run %" PRIu32 ", flow %" PRIu32 ", kernel %ld of %zu bytes:",
		run, eval, got, packet.frame_len);
	for (size_t i = 0; i < packet.frame_len; i++)
		fprintf(stderr, " %02x", bytes[i]);
	say(program, "");
	return false;
}

/* The kernel runs what is made of @flow instead of @program. */
static bool try_emitted(struct bench *b, const struct tz_cbpf *program,
			const struct tz_flow *flow, const struct tz_flow *from)
{
	struct tz_cbpf emitted;
	size_t needed;
	bool is_good = true;

	if (!tz_cbpf_emit(flow->arena, from, TZ_CBPF_MAX, &emitted, &needed)) {
		b->n_unemitted++;
		return true;
	}
	if (!attach(b, &emitted)) {
		say(&emitted, "refused, made of:");
		say(program, "");
		return false;
	}
	for (int i = 0; i < PACKETS && is_good; i++)
		is_good = judge(b, program, flow);
	if (!is_good)
		say(&emitted, "became:");
	return is_good;
}

static bool try_program(struct bench *b)
{
	struct tz_arena *arena = tz_arena_new();
	struct sock_filter insns[INSNS];
	struct tz_cbpf program;
	bool is_good = true;
	size_t at;

	cbpf_random_program(&b->dice, insns, &program);
	if (!attach(b, &program) || tz_cbpf_check(&program, &at)) {
		say(&program, "refused");
		is_good = false;
	} else {
		const struct tz_flow *flow = tz_flow_decode(arena, &program);

		for (int i = 0; i < PACKETS && is_good; i++)
			is_good = judge(b, &program, flow);
		is_good = is_good && try_emitted(b, &program, flow, flow) &&
			  try_emitted(b, &program, flow,
				      tz_flow_optimize(arena, flow));
	}
	tz_arena_free(arena);

	cbpf_random_damage(&b->dice, &program);

	bool is_taken = attach(b, &program);
	const char *wrong = tz_cbpf_check(&program, &at);

	b->n_refused += !is_taken;
	if (is_taken == !wrong)
		return is_good;
	say(&program, wrong ? wrong : "the kernel alone refuses");
	return false;
}

/* The filter runs where the sender does: then the CPU is known, too. */
static void know(struct bench *b, uint32_t number, uint32_t value)
{
	b->has_ancillary |= 1u << number / 4;
	b->ancillary[number / 4] = value;
}

static void open_bench(struct bench *b)
{
	int pair[2];
	int cpu = sched_getcpu();
	cpu_set_t one;

	if (socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) != 0) {
		perror("socketpair");
		exit(1);
	}
	b->in = pair[0];
	b->out = pair[1];
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	if (sched_setaffinity(0, sizeof(one), &one) == 0)
		know(b, SKF_AD_CPU, (uint32_t)cpu);
	know(b, SKF_AD_PROTOCOL, 0);
	know(b, SKF_AD_PKTTYPE, 0);
	know(b, SKF_AD_MARK, 0);
	know(b, SKF_AD_QUEUE, 0);
	know(b, SKF_AD_RXHASH, 0);
	know(b, SKF_AD_VLAN_TAG, 0);
	know(b, SKF_AD_VLAN_TAG_PRESENT, 0);
	know(b, SKF_AD_VLAN_TPID, 0);
	know(b, SKF_AD_PAY_OFFSET, 0);
	/* But not the device: there is none, and then the filter answers A. */
	b->dice.ancillary = b->has_ancillary;
}

int main(int argc, char **argv)
{
	unsigned long programs =
		argc > 1 ? strtoul(argv[1], NULL, 10) : PROGRAMS;
	struct bench b = {
		.dice = { .state = argc > 2 ? strtoull(argv[2], NULL, 10) : 1,
			  .most = INSNS,
			  .has_link = true },
	};

	open_bench(&b);
	for (unsigned long i = 0; i < programs; i++) {
		uint64_t state = b.dice.state;

		if (!try_program(&b)) {
			fprintf(stderr, "program %lu, seed %" PRIu64 "\n", i,
				state);
			return 1;
		}
	}
	printf("%lu programs, %lu pairs, %lu kept, %lu of them cut; "
	       "%lu damaged ones refused, %lu graphs not written\n",
	       programs, b.n_pairs, b.n_kept, b.n_cut, b.n_refused,
	       b.n_unemitted);
	close(b.in);
	close(b.out);
	return b.n_kept == 0 || b.n_cut == 0 || b.n_refused == 0 ||
	       b.n_unemitted > programs / 100;
}
