/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rates beside the kernel's. One rule, one packet after the other at times of
 * a fixed drawing, through iptables-legacy, iptables-nft, and the program that
 * keeps the rule's state itself; each answer is compared with what rate.c says
 * of the moments at which the packet may have been judged, which lie between
 * two readings of the kernel's clock. A history that agrees with all of them is
 * played again through the interpreter.
 *
 *     limits [PACKETS]
 */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <linux/if_link.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <tamiz/runtime.h>

#include "compile.h"
#include "ir/states.h"
#include "lib/frame.h"
#include "lib/lab.h"
#include "lib/spawn.h"
#include "rate.h"

enum {
	PACKETS = 100,
	PACKETS_MAX = 5000,
	ATTEMPTS = 3,
	PORT = 53,
	FENCE = 9999,
	PAYLOAD = RATE_LEN - 20 - 8,
	FENCE_TIMEOUT_MS = 30000,
};

enum side { LEGACY, NFT, XDP, XDP_NFT, N_SIDES };
static const char *const side_names[] = { "legacy", "nft", "XDP",
					  "XDP as nft" };

static const struct test {
	const char *match;
	bool is_limit; /* which nft counts otherwise */
} tests[] = {
	{ "-m limit --limit 40/second --limit-burst 5", true },
	{ "-m limit --limit 300/second --limit-burst 1", true },
	{ "-m limit --limit 10000/second", true },
	{ "-m hashlimit --hashlimit-upto 40/second --hashlimit-burst 3 "
	  "--hashlimit-mode srcip --hashlimit-name a",
	  false },
	{ "-m hashlimit --hashlimit-above 250/second --hashlimit-burst 2 "
	  "--hashlimit-mode dstip,dstport --hashlimit-name b",
	  false },
	{ "-m hashlimit --hashlimit-upto 10kb/s --hashlimit-name c", false },
	{ "-m hashlimit --hashlimit-upto 2kb/s --hashlimit-burst 6kb "
	  "--hashlimit-mode srcip,srcport --hashlimit-name d",
	  false },
	{ "-m quota --quota 4000", false },
	{ "-m statistic --mode nth --every 3 --packet 1", false },
};

static struct tz_lab lab;
static int clock_prog, data_fd, fence_fd;
static unsigned int hz, n_packets = PACKETS;
static struct {
	unsigned int packets, judged, excluded, wrong, runs, unjudged;
} total;

/* ---- the kernel's clocks ---- */

/* A program that says the jiffies. */
static int load_clock(void)
{
	const struct bpf_insn code[] = {
		{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_jiffies64 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	int fd = bpf_prog_load(BPF_PROG_TYPE_XDP, "tz_clock", "GPL", code,
			       sizeof(code) / sizeof(code[0]), NULL);

	if (fd < 0)
		err(1, "the clock");
	return fd;
}

static struct rate_instant now(void)
{
	char frame[64] = { 0 };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame,
		    .data_size_in = sizeof(frame), .repeat = 1);
	struct timespec t;

	if (bpf_prog_test_run_opts(clock_prog, &opts))
		err(1, "the clock");
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (struct rate_instant){ opts.retval,
				      (uint64_t)t.tv_sec * 1000000000 +
					      (uint64_t)t.tv_nsec };
}

/* ---- one packet ---- */

static struct tz_frame make_frame(uint16_t port)
{
	struct tz_frame_spec spec = {
		.src = "198.19.0.1",
		.dst = "198.19.255.254",
		.protocol = IPPROTO_UDP,
		.sport = 1024,
		.dport = port,
		.payload_len = PAYLOAD,
	};
	struct tz_frame frame;

	memcpy(spec.src_mac, tz_lab_sender_mac, 6);
	memcpy(spec.dst_mac, tz_lab_mac, 6);
	tz_frame_build(&frame, &spec);
	return frame;
}

static void send_frame(const struct tz_frame *frame)
{
	if (send(lab.tx, frame->bytes, frame->len, 0) != (ssize_t)frame->len)
		err(1, "send");
}

static int listen_at(uint16_t port)
{
	struct sockaddr_in at = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(0xc613fffe),
	};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof(at)))
		err(1, "a socket for port %u", port);
	return fd;
}

static bool arrives(int fd, int timeout_ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char byte;

	return poll(&p, 1, timeout_ms) == 1 &&
	       recv(fd, &byte, 1, MSG_DONTWAIT | MSG_TRUNC) >= 0;
}

/* One queue, one order: when the fence is there, the packet was judged. */
static bool try_packet(const struct tz_frame *frame,
		       const struct tz_frame *fence, struct rate_instant *from,
		       struct rate_instant *to)
{
	*from = now();
	send_frame(frame);
	*to = now();
	send_frame(fence);
	if (arrives(fence_fd, 0))
		return arrives(data_fd, 0);
	/* it is under way still */
	if (!arrives(fence_fd, FENCE_TIMEOUT_MS))
		errx(1, "frames get lost");
	*to = now();
	return arrives(data_fd, 0);
}

/* A device that was just brought up throws frames away. */
static void warm_up(void)
{
	struct tz_frame fence = make_frame(FENCE);

	for (int i = 0; i < 300; i++) {
		send_frame(&fence);
		if (!arrives(fence_fd, 100))
			continue;
		while (arrives(fence_fd, 100))
			;
		return;
	}
	errx(1, "no frame gets through");
}

/* ---- whose rules ---- */

static void restore(enum side side, const char *rules)
{
	const char *argv[] = { side == NFT ? "iptables-nft-restore"
					   : "iptables-legacy-restore",
			       NULL };
	char *errors = NULL;

	if (tz_spawn(argv, rules, strlen(rules), NULL, &errors))
		errx(1, "%s: %s", argv[0], errors ? errors : "");
	free(errors);
}

static struct tamiz *compile(const char *rules, enum side side)
{
	struct tamiz_options options = {
		.backend = side == NFT || side == XDP_NFT
				   ? TAMIZ_BACKEND_NFT
				   : TAMIZ_BACKEND_LEGACY,
		.owns_state = true,
		.hz = hz,
		.standalone = true,
		.ifname = lab.dev,
	};
	struct tamiz *tamiz = tamiz_new();

	if (tamiz_add_text(tamiz, "limits.rules", rules, strlen(rules)) ||
	    tamiz_compile(tamiz, &options))
		errx(1, "does not compile: %s", rules);
	return tamiz;
}

static struct tamiz_program *attach(struct tamiz *tamiz)
{
	struct tamiz_message message = { 0 };
	struct tamiz_object object = { 0 };
	struct tamiz_device device = { .ifindex = lab.ifindex };
	struct tamiz_program *program;
	size_t len;
	const char *text = tamiz_emit(tamiz, TAMIZ_EMIT_C, &len);

	memcpy(device.mac, tz_lab_mac, sizeof(device.mac));
	if (tamiz_build(text, len, getenv("CLANG"), &object, &message) ||
	    tamiz_load(&object, text, &device, &program, &message))
		errx(1, "%s", message.text ? message.text : "load");
	tamiz_object_clear(&object);
	if (bpf_xdp_attach((int)lab.ifindex,
			   tamiz_program_fd(program, TAMIZ_ROOT),
			   XDP_FLAGS_DRV_MODE, NULL))
		err(1, "attach");
	return program;
}

static const struct tz_ir_match *state_match(const struct tamiz *tamiz)
{
	for (size_t i = 0; i < tamiz->ir->counted.n; i++) {
		const struct tz_ir_rule *rule = tamiz->ir->counted.at[i].rule;

		for (const struct tz_ir_match *m = rule ? rule->matches : NULL;
		     m; m = m->next)
			if (m->kind == TZ_IR_OPAQUE && m->opaque.state)
				return m;
	}
	errx(1, "no match of the rule keeps a state");
}

/* ---- a run ---- */

/* xorshift64; the times of a run are the same each time. */
static uint64_t draw(uint64_t *seed, uint64_t n)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return (*seed >> 20) % n;
}

/* Mostly at once, often within a few ticks, seldom later. */
static void wait_some(uint64_t *seed)
{
	uint64_t kind = draw(seed, 100), us = 0;

	if (kind >= 97)
		us = 50000 + draw(seed, 50000);
	else if (kind >= 72)
		us = 200 + draw(seed, 12000);
	if (us)
		usleep((useconds_t)us);
}

/* The history that is left, through the interpreter. */
static unsigned int replay(const struct rate_model *m,
			   const struct tamiz *tamiz, uint32_t start)
{
	struct tz_arena *arena = tz_arena_new();
	struct tz_frame frame = make_frame(PORT);
	struct tz_moment moment = { .jiffies = start };
	struct tz_states *states = tz_states_new(arena, tamiz->ir, hz, moment);
	struct tz_packet packet;
	unsigned int n_wrong = 0;

	tz_packet_parse(frame.bytes, frame.len, tz_lab_mac, &packet);
	for (unsigned int i = 0; i < m->n_seen; i++) {
		enum tz_truth truth;

		/* as the kernel's do, jiffies go on beyond 32 bits */
		moment.jiffies +=
			m->at[0].jiffies[i] - (uint32_t)moment.jiffies;
		truth = tz_states_ask(states, state_match(tamiz), &packet,
				      TZ_BACKEND_LEGACY, moment);
		n_wrong += (truth == TZ_TRUE) != m->answers[i];
	}
	tz_arena_free(arena);
	return n_wrong;
}

/* Returns how many were excluded. */
static unsigned int run_packets(struct rate_model *m, const struct test *test,
				enum side side)
{
	struct tz_frame frame = make_frame(PORT), fence = make_frame(FENCE);
	uint64_t seed = 88172645463325252ull + (uint64_t)(test - tests);
	unsigned int n_excluded = 0;

	for (unsigned int i = 0; i < n_packets; i++) {
		struct rate_instant from, to;
		bool answer;
		enum rate_said said;

		wait_some(&seed);
		answer = try_packet(&frame, &fence, &from, &to);
		said = rate_see(m, from, to, answer);
		total.packets++;
		n_excluded += said == RATE_EXCLUDED;
		total.judged += said == RATE_JUDGED;
		if (said != RATE_WRONG)
			continue;
		total.wrong++;
		printf("FAILED: %s: %s: packet %u is %s, at jiffy %u to %u\n",
		       side_names[side], test->match, i,
		       answer ? "taken" : "not taken", from.jiffies,
		       to.jiffies);
		break;
	}
	total.excluded += n_excluded;
	return n_excluded;
}

/* False: too much was excluded, the machine is busy. */
static bool run_once(const struct test *test, enum side side)
{
	char rules[1024];
	struct rate_model m = { .is_nft = test->is_limit &&
					  (side == NFT || side == XDP_NFT) };
	struct tamiz_program *program = NULL;
	struct rate_instant from, to;
	unsigned int n_excluded;

	snprintf(rules, sizeof(rules),
		 "*filter\n:INPUT ACCEPT [0:0]\n"
		 "-A INPUT -p udp -m udp --dport %d %s -j ACCEPT\n"
		 "-A INPUT -p udp -m udp --dport %d -j DROP\nCOMMIT\n",
		 PORT, test->match, PORT);

	struct tamiz *tamiz = compile(rules, side);

	m.state = state_match(tamiz)->opaque.state;
	m.hz = hz;
	m.n_packets = n_packets;
	if (side >= XDP)
		program = attach(tamiz);
	warm_up();
	from = now();
	if (side < XDP)
		restore(side, rules);
	to = now();
	rate_begin(&m, from, to);
	n_excluded = run_packets(&m, test, side);
	total.runs++;
	if (m.n && !m.is_nft) {
		unsigned int n_wrong = replay(&m, tamiz, from.jiffies);

		total.wrong += n_wrong;
		if (n_wrong)
			printf("FAILED: %s: %s: the interpreter differs %u "
			       "times\n",
			       side_names[side], test->match, n_wrong);
	}
	if (side < XDP)
		restore(side, "*filter\n:INPUT ACCEPT [0:0]\nCOMMIT\n");
	else
		bpf_xdp_detach((int)lab.ifindex, XDP_FLAGS_DRV_MODE, NULL);
	if (program)
		tamiz_program_free(program);
	rate_end(&m);
	tamiz_free(tamiz);
	return n_excluded * 20 <= n_packets;
}

static void run(const struct test *test, enum side side)
{
	for (int i = 0; i < ATTEMPTS; i++)
		if (run_once(test, side))
			return;
	total.unjudged++;
}

int main(int argc, char **argv)
{
	struct tz_lab_options options = { .dev = "tz-rx" };

	if (geteuid() != 0) {
		puts("needs root: loads rules and programs");
		return 77;
	}
	if (argc > 1)
		n_packets = (unsigned int)atoi(argv[1]);
	if (!n_packets || n_packets > PACKETS_MAX)
		errx(2, "1 to %d packets", PACKETS_MAX);
	hz = tamiz_kernel_hz();
	if (tz_lab_open(&lab, &options) || tz_lab_start(&lab, &options))
		return 1;
	tz_lab_pin();
	clock_prog = load_clock();
	data_fd = listen_at(PORT);
	fence_fd = listen_at(FENCE);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		for (int side = 0; side < N_SIDES; side++)
			if (side != XDP_NFT || tests[i].is_limit)
				run(&tests[i], (enum side)side);
	tz_lab_close(&lab);
	printf("%u runs, %u packets: %u judged, %u excluded (%.1f%%), %u "
	       "mismatches; %u runs on a machine too busy\n",
	       total.runs, total.packets, total.judged, total.excluded,
	       total.packets ? 100.0 * total.excluded / total.packets : 0,
	       total.wrong, total.unjudged);
	return total.wrong != 0;
}
