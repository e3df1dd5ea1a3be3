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
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "ir/states.h"
#include "keep.h"
#include "rate.h"

enum {
	PACKETS = 100,
	PACKETS_MAX = 5000,
	ATTEMPTS = 3,
	PORT = 53,
	PAYLOAD = RATE_LEN - 20 - 8,
	FENCE_TIMEOUT_MS = 30000,
};

static const struct test {
	const char *match;
	bool is_limit;        /* which nft counts otherwise */
	const char *first;    /* a rule that made the table; NULL: none */
	unsigned int stretch; /* pauses that are so much longer */
} tests[] = {
	{ "-m limit --limit 40/second --limit-burst 5", true, NULL, 1 },
	{ "-m limit --limit 300/second --limit-burst 1", true, NULL, 1 },
	{ "-m limit --limit 10000/second", true, NULL, 1 },
	{ "-m hashlimit --hashlimit-upto 40/second --hashlimit-burst 3 "
	  "--hashlimit-mode srcip --hashlimit-name a",
	  false, NULL, 1 },
	{ "-m hashlimit --hashlimit-above 250/second --hashlimit-burst 2 "
	  "--hashlimit-mode dstip,dstport --hashlimit-name b",
	  false, NULL, 1 },
	{ "-m hashlimit --hashlimit-upto 10kb/s --hashlimit-name c", false,
	  NULL, 1 },
	{ "-m hashlimit --hashlimit-upto 2kb/s --hashlimit-burst 6kb "
	  "--hashlimit-mode srcip,srcport --hashlimit-name d",
	  false, NULL, 1 },
	{ "-m hashlimit --hashlimit-above 40/second --hashlimit-burst 5 "
	  "--hashlimit-name e --hashlimit-rate-match "
	  "--hashlimit-htable-expire 600000",
	  false, NULL, 4 },
	{ "-m hashlimit --hashlimit-upto 3kb/s --hashlimit-name f "
	  "--hashlimit-mode srcip --hashlimit-rate-match "
	  "--hashlimit-htable-expire 600000",
	  false, NULL, 4 },
	/* whose rules count packets and bytes */
	{ "-m hashlimit --hashlimit-upto 10kb/s --hashlimit-name g", false,
	  "-m hashlimit --hashlimit-upto 40/s --hashlimit-burst 3 "
	  "--hashlimit-name g",
	  1 },
	{ "-m hashlimit --hashlimit-upto 1/s --hashlimit-name h", false,
	  "-m hashlimit --hashlimit-upto 2kb/s --hashlimit-burst 6kb "
	  "--hashlimit-name h",
	  1 },
	{ "-m quota --quota 4000", false, NULL, 1 },
	{ "-m statistic --mode nth --every 3 --packet 1", false, NULL, 1 },
};

static struct keep_lab lab;
static int data_fd;
static unsigned int n_packets = PACKETS;
static struct {
	unsigned int packets, judged, excluded, wrong, runs, unjudged;
} total;

/* ---- one packet ---- */

static struct tz_frame make_frame(uint16_t port)
{
	struct tz_frame frame;

	keep_frame(&frame, "198.19.0.1", "198.19.255.254", 1024, port, PAYLOAD);
	return frame;
}

/* One queue, one order: when the fence is there, the packet was judged. */
static bool try_packet(const struct tz_frame *frame,
		       const struct tz_frame *fence, struct keep_instant *from,
		       struct keep_instant *to)
{
	*from = keep_now(&lab);
	keep_send(&lab, frame);
	*to = keep_now(&lab);
	keep_send(&lab, fence);
	if (keep_arrives(lab.fence_fd, 0, NULL))
		return keep_arrives(data_fd, 0, NULL);
	/* it is under way still */
	if (!keep_arrives(lab.fence_fd, FENCE_TIMEOUT_MS, NULL))
		errx(1, "frames get lost");
	*to = keep_now(&lab);
	return keep_arrives(data_fd, 0, NULL);
}

/* The match that is asked, or that of the rule that made its table. */
static const struct tz_ir_match *state_match(const struct tamiz *tamiz,
					     bool is_first)
{
	const struct tz_ir_match *found = NULL;

	for (size_t i = 0; i < tamiz->ir->counted.n; i++) {
		const struct tz_ir_rule *rule = tamiz->ir->counted.at[i].rule;

		for (const struct tz_ir_match *m = rule ? rule->matches : NULL;
		     m; m = m->next)
			if (m->kind == TZ_IR_OPAQUE && m->opaque.state &&
			    !(is_first && found))
				found = m;
	}
	if (!found)
		errx(1, "no match of the rule keeps a state");
	return found;
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
static void wait_some(uint64_t *seed, unsigned int stretch)
{
	uint64_t kind = draw(seed, 100), us = 0;

	if (kind >= 97)
		us = 50000 + draw(seed, 50000);
	else if (kind >= 72)
		us = 200 + draw(seed, 12000);
	if (us)
		usleep((useconds_t)us * stretch);
}

/* The history that is left, through the interpreter. */
static unsigned int replay(const struct rate_model *m,
			   const struct tamiz *tamiz, uint32_t start)
{
	struct tz_arena *arena = tz_arena_new();
	struct tz_frame frame = make_frame(PORT);
	struct tz_moment moment = { .jiffies = start };
	const struct tz_state_kernel kernel = { .hz = lab.hz };
	struct tz_states *states =
		tz_states_new(arena, tamiz->ir, &kernel, moment);
	struct tz_packet packet;
	unsigned int n_wrong = 0;

	tz_packet_parse(frame.bytes, frame.len, tz_lab_mac, &packet);
	for (unsigned int i = 0; i < m->n_seen; i++) {
		enum tz_truth truth;

		/* as the kernel's do, jiffies go on beyond 32 bits */
		moment.jiffies +=
			m->at[0].jiffies[i] - (uint32_t)moment.jiffies;
		truth = tz_states_ask(states, state_match(tamiz, false),
				      &packet, TZ_BACKEND_LEGACY, moment);
		n_wrong += (truth == TZ_TRUE) != m->answers[i];
	}
	tz_arena_free(arena);
	return n_wrong;
}

/* Returns how many were excluded. */
static unsigned int run_packets(struct rate_model *m, const struct test *test,
				enum keep_side side)
{
	struct tz_frame frame = make_frame(PORT),
			fence = make_frame(KEEP_FENCE);
	uint64_t seed = 88172645463325252ull + (uint64_t)(test - tests);
	unsigned int n_excluded = 0;

	for (unsigned int i = 0; i < n_packets; i++) {
		struct keep_instant from, to;
		bool answer;
		enum rate_said said;

		wait_some(&seed, test->stretch);
		answer = try_packet(&frame, &fence, &from, &to);
		said = rate_see(m, from, to, answer);
		total.packets++;
		n_excluded += said == RATE_EXCLUDED;
		total.judged += said == RATE_JUDGED;
		if (said != RATE_WRONG)
			continue;
		total.wrong++;
		printf("FAILED: %s: %s: packet %u is %s, at jiffy %u to %u\n",
		       keep_side_names[side], test->match, i,
		       answer ? "taken" : "not taken", from.jiffies,
		       to.jiffies);
		break;
	}
	total.excluded += n_excluded;
	return n_excluded;
}

/* False: too much was excluded, the machine is busy. */
static bool run_once(const struct test *test, enum keep_side side)
{
	char rules[1024];
	struct rate_model m = { .is_nft = test->is_limit &&
					  (side == KEEP_NFT ||
					   side == KEEP_XDP_NFT) };
	struct tamiz_program *program = NULL;
	struct keep_instant from, to;
	unsigned int n_excluded;

	snprintf(rules, sizeof(rules),
		 "*filter\n:INPUT ACCEPT [0:0]\n"
		 "-A INPUT -p udp -m udp --dport 1 %s -j ACCEPT\n"
		 "-A INPUT -p udp -m udp --dport %d %s -j ACCEPT\n"
		 "-A INPUT -p udp -m udp --dport %d -j DROP\nCOMMIT\n",
		 test->first ? test->first : "", PORT, test->match, PORT);

	struct tamiz *tamiz = keep_compile(&lab, false, rules, NULL, side,
					   TAMIZ_MODE_OFFLOAD);

	m.state = state_match(tamiz, false)->opaque.state;
	m.first = state_match(tamiz, true)->opaque.state;
	m.hz = lab.hz;
	m.n_packets = n_packets;
	if (side >= KEEP_XDP)
		program = keep_attach(&lab, tamiz);
	keep_warm_up(&lab);
	from = keep_now(&lab);
	if (side < KEEP_XDP)
		keep_restore(false, side, rules);
	to = keep_now(&lab);
	rate_begin(&m, from, to);
	n_excluded = run_packets(&m, test, side);
	total.runs++;
	if (m.n && !m.is_nft) {
		unsigned int n_wrong = replay(&m, tamiz, from.jiffies);

		total.wrong += n_wrong;
		if (n_wrong)
			printf("FAILED: %s: %s: the interpreter differs %u "
			       "times\n",
			       keep_side_names[side], test->match, n_wrong);
	}
	if (side < KEEP_XDP)
		keep_restore(false, side,
			     "*filter\n:INPUT ACCEPT [0:0]\nCOMMIT\n");
	if (program)
		keep_detach(&lab, program);
	rate_end(&m);
	tamiz_free(tamiz);
	return n_excluded * 20 <= n_packets;
}

static void run(const struct test *test, enum keep_side side)
{
	for (int i = 0; i < ATTEMPTS; i++)
		if (run_once(test, side))
			return;
	total.unjudged++;
}

/* What takes long asks the module once: in both engines it is the same. */
static bool is_asked(const struct test *test, enum keep_side side)
{
	if (side == KEEP_XDP_NFT)
		return test->is_limit;
	return side != KEEP_NFT || (test->stretch == 1 && !test->first);
}

int main(int argc, char **argv)
{
	if (geteuid() != 0) {
		puts("needs root: loads rules and programs");
		return 77;
	}
	if (argc > 1)
		n_packets = (unsigned int)atoi(argv[1]);
	if (!n_packets || n_packets > PACKETS_MAX)
		errx(2, "1 to %d packets", PACKETS_MAX);
	keep_open(&lab);
	data_fd = keep_listen(PORT);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		for (int side = 0; side < KEEP_N_SIDES; side++)
			if (is_asked(&tests[i], (enum keep_side)side))
				run(&tests[i], (enum keep_side)side);
	keep_close(&lab);
	printf("%u runs, %u packets: %u judged, %u excluded (%.1f%%), %u "
	       "mismatches; %u runs on a machine too busy\n",
	       total.runs, total.packets, total.judged, total.excluded,
	       total.packets ? 100.0 * total.excluded / total.packets : 0,
	       total.wrong, total.unjudged);
	return total.wrong != 0;
}
