/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lists of recent beside the kernel's: rules of a port each, that share lists,
 * and packets of a fixed drawing from many addresses, through iptables-legacy,
 * iptables-nft, the program that keeps the lists itself, and the interpreter.
 * Rules that look at the clock are asked at times that lie far from where they
 * would say something else; a run on a machine that is too slow for that is
 * made again, and at last left out.
 */
#include <err.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ir/states.h"
#include "keep.h"

enum {
	FIRST_PORT = 5000,
	FIRST_SPORT = 1024,
	RULES_MAX = 24,
	BATCH = 50,
	ORDER_PACKETS = 4000, /* no clock */
	ORDER_ADDRESSES = 140,
	HOT_ADDRESSES = 6,
	TIME_BATCHES = 6,
	TIME_STEP_MS = 600,
	TIME_SLACK_MS = 90, /* less than half of what lies between */
	ATTEMPTS = 4,
	IP = 14,
};

/* "MASK" becomes a mask of the family. */
static const char *const order_rules[] = {
	"-m recent --set --name a",
	"-m recent --rcheck --name a",
	"-m recent ! --rcheck --name a",
	"-m recent --update --hitcount 3 --name a",
	"-m recent ! --update --hitcount 5 --name a",
	"-m recent --remove --name a",
	"-m recent ! --remove --name a",
	"-m recent --rcheck --rttl --name a",
	"-m recent --update --rttl --hitcount 2 --name a",
	"-m recent ! --set --name a",
	"-m recent --set --name b --rdest",
	"-m recent --rcheck --hitcount 40 --name b --rdest",
	"-m recent --set --name c --mask MASK",
	"-m recent --rcheck --name c",
	"-m recent --rcheck --name a -m recent --set --name d",
	"-m recent --rcheck --name d --rsource",
	"-m recent --update --seconds 100000 --hitcount 4 --reap --name a",
	"-m recent --set",
	"-m recent --rcheck --hitcount 33 --name DEFAULT",
	NULL,
};

static const char *const time_rules[] = {
	"-m recent --set --name t",
	"-m recent --rcheck --seconds 1 --name t",
	"-m recent --update --seconds 1 --hitcount 2 --name t",
	"-m recent --rcheck --seconds 2 --hitcount 3 --name t",
	"-m recent ! --update --seconds 1 --name t",
	"-m recent --rcheck --seconds 1 --reap --name t",
	"-m recent --update --seconds 2 --reap --name t",
	"-m recent ! --rcheck --seconds 2 --reap --name t",
	"-m recent --rcheck --name t",
	NULL,
};

static struct keep_lab lab;
static int data_fds[RULES_MAX];
static struct {
	unsigned int runs, packets, taken, wrong, unjudged;
} total;

/* ---- a packet ---- */

static void address(bool is_ipv6, uint32_t i, char *text, size_t len)
{
	if (is_ipv6)
		snprintf(text, len, "2001:db8:%x::%x", i % 3, i + 1);
	else
		snprintf(text, len, "198.19.%u.%u", i % 3, i + 1);
}

/* The checksum of IPv4 knows its TTL. */
static void set_ttl(struct tz_frame *frame, bool is_ipv6, uint8_t ttl)
{
	uint8_t *ip = frame->bytes + IP;
	uint32_t sum = 0;

	if (is_ipv6) {
		ip[7] = ttl;
		return;
	}
	ip[8] = ttl;
	ip[10] = ip[11] = 0;
	for (int i = 0; i < 20; i += 2)
		sum += (uint32_t)ip[i] << 8 | ip[i + 1];
	sum = (sum & 0xffff) + (sum >> 16);
	sum = ~(sum + (sum >> 16));
	ip[10] = (uint8_t)(sum >> 8);
	ip[11] = (uint8_t)sum;
}

struct run {
	const char *const *rules;
	size_t n_rules;
	bool is_ipv6, has_clock;
	enum keep_side side;
	uint64_t seed;
	struct tamiz *tamiz;
	struct tz_arena *arena;
	struct tz_states *states;
	uint64_t jiffies; /* as the kernel's, beyond 32 bits */
};

static void draw_packet(struct run *r, unsigned int number, size_t *rule,
			struct tz_frame *frame)
{
	uint32_t n = r->has_clock || keep_draw(&r->seed, 2) ? HOT_ADDRESSES
							    : ORDER_ADDRESSES;
	char src[64], dst[64];

	*rule = keep_draw(&r->seed, (uint32_t)r->n_rules);
	/* more comes to the list than goes */
	if (keep_draw(&r->seed, 3) == 0)
		*rule = 0;
	address(r->is_ipv6, keep_draw(&r->seed, n), src, sizeof(src));
	address(r->is_ipv6, 200 + keep_draw(&r->seed, 3), dst, sizeof(dst));
	keep_frame(frame, src, dst, (uint16_t)(FIRST_SPORT + number),
		   (uint16_t)(FIRST_PORT + *rule), 4);
	set_ttl(frame, r->is_ipv6, (uint8_t)(64 + keep_draw(&r->seed, 2)));
}

/* ---- what should be ---- */

static const struct tz_ir_rule *rule_of(const struct run *r, size_t i)
{
	for (size_t k = 0; k < r->tamiz->ir->counted.n; k++) {
		const struct tz_ir_rule *rule =
			r->tamiz->ir->counted.at[k].rule;

		if (rule && rule->index == i)
			return rule;
	}
	errx(1, "rule %zu is not there", i);
}

static bool expect(struct run *r, size_t i, const struct tz_frame *frame,
		   struct keep_instant now)
{
	struct tz_moment moment = { .jiffies = r->jiffies };
	struct tz_packet packet;

	moment.jiffies += now.jiffies - (uint32_t)moment.jiffies;
	r->jiffies = moment.jiffies;
	tz_packet_parse(frame->bytes, frame->len, tz_lab_mac, &packet);
	for (const struct tz_ir_match *m = rule_of(r, i)->matches; m;
	     m = m->next)
		if (m->kind == TZ_IR_OPAQUE &&
		    tz_states_ask(r->states, m, &packet, TZ_BACKEND_LEGACY,
				  moment) != TZ_TRUE)
			return false;
	return true;
}

/* ---- a run ---- */

static void read_arrived(size_t n_rules, bool *has_arrived)
{
	uint16_t from;

	memset(has_arrived, 0, BATCH);
	for (size_t i = 0; i < n_rules; i++)
		while (keep_arrives(data_fds[i], 0, &from))
			if (from >= FIRST_SPORT && from < FIRST_SPORT + BATCH)
				has_arrived[from - FIRST_SPORT] = true;
}

static uint64_t ms_of(struct keep_instant t)
{
	return t.ns / 1000000;
}

/* False: it took so long that the clock may have told otherwise. */
static bool run_batch(struct run *r, const char *const *rules,
		      uint64_t latest_ms)
{
	struct tz_frame frames[BATCH];
	size_t rule[BATCH];
	bool has_arrived[BATCH];
	struct keep_instant from = keep_now(&lab);

	for (unsigned int i = 0; i < BATCH; i++) {
		draw_packet(r, i, &rule[i], &frames[i]);
		keep_send(&lab, &frames[i]);
	}
	keep_fence(&lab);
	if (r->has_clock && ms_of(keep_now(&lab)) > latest_ms)
		return false;
	read_arrived(r->n_rules, has_arrived);
	for (unsigned int i = 0; i < BATCH; i++) {
		bool is_taken = expect(r, rule[i], &frames[i], from);

		total.packets++;
		total.taken += is_taken;
		if (is_taken == has_arrived[i])
			continue;
		if (!total.wrong++)
			printf("FAILED: %s, IPv%d: %s: a packet is %s\n",
			       keep_side_names[r->side], r->is_ipv6 ? 6 : 4,
			       rules[rule[i]],
			       is_taken ? "not taken" : "taken");
	}
	return true;
}

static bool run_batches(struct run *r)
{
	uint64_t start = ms_of(keep_now(&lab)) + 10;

	for (int i = 0; r->has_clock && i < TIME_BATCHES; i++) {
		uint64_t at = start + (uint64_t)i * TIME_STEP_MS;

		keep_sleep_until(at);
		if (!run_batch(r, r->rules, at + TIME_SLACK_MS))
			return false;
	}
	for (int i = 0; !r->has_clock && i < ORDER_PACKETS / BATCH; i++)
		run_batch(r, r->rules, 0);
	return true;
}

static void make_rules(const struct run *r, char *text, size_t len)
{
	const char *mask =
		r->is_ipv6 ? "ffff:ffff:ffff:ffff::fff8" : "255.255.0.248";
	size_t n =
		(size_t)snprintf(text, len, "*filter\n:INPUT ACCEPT [0:0]\n");

	for (size_t i = 0; i < r->n_rules; i++) {
		const char *at = strstr(r->rules[i], "MASK");

		n += (size_t)snprintf(
			text + n, len - n,
			"-A INPUT -p udp -m udp --dport %zu %.*s%s -j ACCEPT\n",
			FIRST_PORT + i,
			at ? (int)(at - r->rules[i]) : (int)strlen(r->rules[i]),
			r->rules[i], at ? mask : "");
	}
	snprintf(text + n, len - n,
		 "-A INPUT -p udp -m udp --dport %d:%zu -j DROP\nCOMMIT\n",
		 FIRST_PORT, FIRST_PORT + r->n_rules - 1);
}

/* False: the machine was too slow. */
static bool run_once(struct run *r)
{
	struct tamiz_program *program = NULL;
	struct tz_state_kernel kernel = { .hz = lab.hz };
	char text[8192];
	bool is_judged;

	make_rules(r, text, sizeof(text));
	tamiz_kernel_recent(&kernel.recent_entries, &kernel.recent_stamps);
	r->seed = 88172645463325252ull + r->has_clock;
	r->tamiz = keep_compile(&lab, r->is_ipv6, text, NULL, r->side,
				TAMIZ_MODE_REPLACE);
	r->arena = tz_arena_new();
	r->states = tz_states_new(r->arena, r->tamiz->ir, &kernel,
				  (struct tz_moment){ 0 });
	r->jiffies = (UINT64_C(1) << 32) + keep_now(&lab).jiffies;
	if (r->side >= KEEP_XDP)
		program = keep_attach(&lab, r->tamiz);
	else
		keep_restore(r->is_ipv6, r->side, text);
	keep_warm_up(&lab);
	is_judged = run_batches(r);
	if (program)
		keep_detach(&lab, program);
	else
		keep_restore(r->is_ipv6, r->side,
			     "*filter\n:INPUT ACCEPT [0:0]\nCOMMIT\n");
	tz_arena_free(r->arena);
	tamiz_free(r->tamiz);
	return is_judged;
}

static void run(const char *const *rules, bool has_clock, bool is_ipv6,
		enum keep_side side)
{
	unsigned int wrong = total.wrong;

	/*
	 * A frame that another's flood pushes out of the CPU's backlog looks
	 * like a mismatch. A real one comes every time.
	 */
	for (int i = 0; i < ATTEMPTS; i++) {
		struct run r = {
			.rules = rules,
			.has_clock = has_clock,
			.is_ipv6 = is_ipv6,
			.side = side,
		};
		bool has_arrived[BATCH];

		while (rules[r.n_rules])
			r.n_rules++;
		total.runs++;
		total.wrong = wrong;
		if (run_once(&r) && total.wrong == wrong)
			return;
		read_arrived(r.n_rules, has_arrived);
	}
	total.unjudged += total.wrong == wrong;
}

int main(void)
{
	if (geteuid() != 0) {
		puts("needs root: loads rules and programs");
		return 77;
	}
	keep_open(&lab);
	for (int i = 0; i < RULES_MAX; i++)
		data_fds[i] = keep_listen((uint16_t)(FIRST_PORT + i));
	for (int side = 0; side <= KEEP_XDP; side++) {
		for (int family = 0; family < 2; family++)
			run(order_rules, false, family, (enum keep_side)side);
		run(time_rules, true, side == KEEP_NFT, (enum keep_side)side);
	}
	keep_close(&lab);
	printf("%u runs, %u packets, %u taken, %u mismatches; %u runs on a "
	       "machine too busy\n",
	       total.runs, total.packets, total.taken, total.wrong,
	       total.unjudged);
	return total.wrong != 0;
}
