/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sets that rules change (the target SET) beside the kernel's: the same packets
 * of a fixed drawing through iptables-legacy with sets of ipset, and through
 * the program that keeps the sets itself; what arrives must be the same. Sets
 * with timeouts are asked at times that lie far from where members expire; a
 * run on a machine that is too slow for that is made again, and at last left
 * out.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "keep.h"
#include "lib/spawn.h"

enum {
	FIRST_PORT = 5000,
	FIRST_SPORT = 1024,
	RULES_MAX = 24,
	BATCH = 50,
	ORDER_BATCHES = 40, /* no clock */
	TIME_BATCHES = 6,
	TIME_STEP_MS = 600,
	TIME_SLACK_MS = 90, /* less than half of what lies between */
	ADDRESSES = 40,
	ATTEMPTS = 4,
};

/* Each has a port of its own; what stands behind a bar is a second rule. */
static const char *const order_rules[] = {
	"-j SET --add-set s src",
	"-m set --match-set s src -j ACCEPT",
	"-m set ! --match-set s src -j ACCEPT",
	"-j SET --del-set s src",
	"-j SET --add-set s dst",
	"-j SET --add-set p src,src",
	"-m set --match-set p src,src -j ACCEPT",
	"-j SET --del-set p src,src",
	"-j SET --add-set f src",
	"-m set --match-set f src -j ACCEPT",
	"-j SET --del-set f src",
	"-j SET --add-set m src",
	"-m set --match-set m src -j ACCEPT",
	"-j SET --add-set p src",
	"-m set ! --match-set s src -j SET --add-set s src"
	"|-m set --match-set s src -j ACCEPT",
	"-j SET --add-set x src,src,dst",
	"-m set --match-set x src,src,dst -j ACCEPT",
	NULL,
};

static const char *const time_rules[] = {
	"-j SET --add-set t src",
	"-m set --match-set t src -j ACCEPT",
	"-j SET --add-set t src --exist",
	"-j SET --add-set t src --timeout 2 --exist",
	"-j SET --add-set u src --timeout 1",
	"-m set --match-set u src -j ACCEPT",
	"-j SET --add-set u src --exist",
	"-j SET --del-set t src",
	"-j SET --add-set v src",
	"-m set --match-set v src -j ACCEPT",
	NULL,
};

/* "%s" is the family. */
static const char *const sets[] = {
	"create s hash:ip family %s\n",
	"create p hash:ip,port family %s\n",
	"create f hash:ip family %s maxelem 20\n",
	"create m hash:ip family %s netmask 30\n",
	"create x hash:ip,port,ip family %s maxelem 100\n",
	"create t hash:ip family %s timeout 1\n",
	"create u hash:ip family %s timeout 0\n",
	"create v hash:ip family %s timeout 1 maxelem 5\n",
};

static struct keep_lab lab;
static int data_fds[RULES_MAX];
static struct {
	unsigned int runs, packets, taken, wrong, unjudged;
} total;

struct run {
	const char *const *rules;
	size_t n_rules, n_batches;
	bool is_ipv6, has_clock;
	char text[8192], sets[1024];
	uint64_t seed;
	bool arrived[2][ORDER_BATCHES * BATCH]; /* kernel, XDP */
	uint8_t rule[ORDER_BATCHES * BATCH];
};

static void address(bool is_ipv6, uint32_t i, char *text, size_t len)
{
	if (is_ipv6)
		snprintf(text, len, "2001:db8:%x::%x", i % 3, i + 1);
	else
		snprintf(text, len, "198.19.%u.%u", i % 3, i + 1);
}

static void send_packet(struct run *r, unsigned int i, uint8_t *rule)
{
	struct tz_frame frame;
	char src[64], dst[64];

	*rule = (uint8_t)keep_draw(&r->seed, (uint32_t)r->n_rules);
	address(r->is_ipv6, keep_draw(&r->seed, ADDRESSES), src, sizeof(src));
	address(r->is_ipv6, keep_draw(&r->seed, 3), dst, sizeof(dst));
	keep_frame(&frame, src, dst, (uint16_t)(FIRST_SPORT + i),
		   (uint16_t)(FIRST_PORT + *rule), 4);
	keep_send(&lab, &frame);
}

static void read_arrived(bool *arrived)
{
	uint16_t from;

	for (size_t i = 0; i < RULES_MAX; i++)
		while (keep_arrives(data_fds[i], 0, &from))
			if (from >= FIRST_SPORT && from < FIRST_SPORT + BATCH)
				arrived[from - FIRST_SPORT] = true;
}

static uint64_t now_ms(void)
{
	return keep_now(&lab).ns / 1000000;
}

/* False: it took so long that the clock may have told otherwise. */
static bool run_batches(struct run *r, int side)
{
	uint64_t start = now_ms() + 10;

	r->seed = 88172645463325252ull;
	for (size_t b = 0; b < r->n_batches; b++) {
		uint64_t at = start + b * TIME_STEP_MS;

		if (r->has_clock)
			keep_sleep_until(at);
		for (unsigned int i = 0; i < BATCH; i++)
			send_packet(r, i, &r->rule[b * BATCH + i]);
		keep_fence(&lab);
		read_arrived(&r->arrived[side][b * BATCH]);
		if (r->has_clock && now_ms() > at + TIME_SLACK_MS)
			return false;
	}
	return true;
}

static void make_texts(struct run *r)
{
	size_t n = (size_t)snprintf(r->text, sizeof(r->text),
				    "*filter\n:INPUT ACCEPT [0:0]\n"),
	       m = 0;

	for (size_t i = 0; i < r->n_rules; i++) {
		const char *second = strchr(r->rules[i], '|');

		for (const char *s = r->rules[i]; s;
		     s = s == r->rules[i] && second ? second + 1 : NULL)
			n += (size_t)snprintf(
				r->text + n, sizeof(r->text) - n,
				"-A INPUT -p udp -m udp --dport %zu %.*s\n",
				FIRST_PORT + i, (int)strcspn(s, "|"), s);
	}
	snprintf(r->text + n, sizeof(r->text) - n,
		 "-A INPUT -p udp -m udp --dport %d:%zu -j DROP\nCOMMIT\n",
		 FIRST_PORT, FIRST_PORT + r->n_rules - 1);
	for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++)
		m += (size_t)snprintf(r->sets + m, sizeof(r->sets) - m, sets[i],
				      r->is_ipv6 ? "inet6" : "inet");
}

static void ipset(const char *command, const char *text)
{
	const char *argv[] = { "ipset", command, NULL };
	char *errors = NULL;

	if (tz_spawn(argv, text, strlen(text), NULL, &errors))
		errx(1, "ipset %s: %s", command, errors ? errors : "");
	free(errors);
}

static bool run_kernel(struct run *r)
{
	bool is_judged;

	ipset("restore", r->sets);
	keep_restore(r->is_ipv6, KEEP_LEGACY, r->text);
	keep_warm_up(&lab);
	is_judged = run_batches(r, 0);
	keep_restore(r->is_ipv6, KEEP_LEGACY,
		     "*filter\n:INPUT ACCEPT [0:0]\nCOMMIT\n");
	ipset("destroy", "");
	return is_judged;
}

static bool run_program(struct run *r)
{
	struct tamiz *tamiz = keep_compile(&lab, r->is_ipv6, r->text, r->sets,
					   KEEP_XDP, TAMIZ_MODE_REPLACE);
	struct tamiz_program *program = keep_attach(&lab, tamiz);
	bool is_judged;

	keep_warm_up(&lab);
	is_judged = run_batches(r, 1);
	keep_detach(&lab, program);
	tamiz_free(tamiz);
	return is_judged;
}

static void compare(const struct run *r)
{
	for (size_t i = 0; i < r->n_batches * BATCH; i++) {
		total.packets++;
		total.taken += r->arrived[0][i];
		if (r->arrived[0][i] != r->arrived[1][i] && !total.wrong++)
			printf("FAILED: IPv%d, packet %zu: %s: %s by the "
			       "kernel alone\n",
			       r->is_ipv6 ? 6 : 4, i, r->rules[r->rule[i]],
			       r->arrived[0][i] ? "taken" : "not taken");
	}
}

static void run(const char *const *rules, bool has_clock, bool is_ipv6)
{
	unsigned int wrong = total.wrong;

	/*
	 * A frame that another's flood pushes out of the CPU's backlog looks
	 * like a mismatch. A real one comes every time.
	 */
	for (int i = 0; i < ATTEMPTS; i++) {
		struct run *r = calloc(1, sizeof(*r));
		bool is_judged;

		total.wrong = wrong;
		if (!r)
			err(1, "memory");
		r->rules = rules;
		r->has_clock = has_clock;
		r->is_ipv6 = is_ipv6;
		r->n_batches = has_clock ? TIME_BATCHES : ORDER_BATCHES;
		while (rules[r->n_rules])
			r->n_rules++;
		make_texts(r);
		total.runs++;
		is_judged = run_kernel(r) && run_program(r);
		if (is_judged)
			compare(r);
		free(r);
		if (is_judged && total.wrong == wrong)
			return;
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
	for (int family = 0; family < 2; family++) {
		run(order_rules, false, family);
		run(time_rules, true, family);
	}
	keep_close(&lab);
	printf("%u runs, %u packets, %u taken, %u mismatches; %u runs on a "
	       "machine too busy\n",
	       total.runs, total.packets, total.taken, total.wrong,
	       total.unjudged);
	return total.wrong != 0;
}
