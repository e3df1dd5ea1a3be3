/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rates and counts that programs keep, exact where several CPUs take from one
 * at once: four threads send test runs through one program, and as many pass
 * as the rule says, no matter how they meet. Then a table of hashlimit that is
 * far too small for those who come: no address gets more than its burst
 * between two idle times that let it expire.
 *
 * SANITIZE, when it is not empty, makes it fewer.
 */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <err.h>
#include <linux/if_link.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <tamiz/runtime.h>

#include "lib/frame.h"
#include "lib/lab.h"
#include "lib/words.h"

enum { N_THREADS = 4, IP = 14, RUNS = 100, RUNS_SANITIZED = 10 };

static struct tz_lab lab;
static unsigned int n_failed;

static bool is_short(void)
{
	const char *sanitize = getenv("SANITIZE");

	return sanitize && *sanitize;
}

/* ---- a program ---- */

struct subject {
	struct tamiz_program *program;
	int root, states; /* map of words; -1: it keeps none */
};

static struct tamiz_program *load(const char *rules,
				  const struct tamiz_options *options)
{
	struct tamiz *tamiz = tamiz_new();
	struct tamiz_message message = { 0 };
	struct tamiz_object object = { 0 };
	struct tamiz_device device = { .ifindex = lab.ifindex };
	struct tamiz_program *program;
	const char *text;
	size_t len;

	memcpy(device.mac, tz_lab_mac, sizeof(device.mac));
	if (tamiz_add_text(tamiz, "limits.rules", rules, strlen(rules)) ||
	    tamiz_compile(tamiz, options))
		errx(1, "the rules do not compile: %s", rules);
	text = tamiz_emit(tamiz, TAMIZ_EMIT_C, &len);
	if (tamiz_build(text, len, getenv("CLANG"), &object, &message) ||
	    tamiz_load(&object, text, &device, &program, &message))
		errx(1, "%s", message.text ? message.text : rules);
	tamiz_object_clear(&object);
	tamiz_free(tamiz);
	return program;
}

static struct subject open_subject(const char *rules,
				   const struct tamiz_options *options)
{
	struct subject s = { .program = load(rules, options) };

	s.root = tamiz_program_fd(s.program, TAMIZ_ROOT);
	s.states = tz_words_open(s.program);
	/* Attached natively, test runs need not wait for the dispatcher. */
	if (bpf_xdp_attach((int)lab.ifindex, s.root, XDP_FLAGS_DRV_MODE, NULL))
		err(1, "attach");
	return s;
}

static void close_subject(struct subject *s)
{
	bpf_xdp_detach((int)lab.ifindex, XDP_FLAGS_DRV_MODE, NULL);
	if (s->states >= 0)
		close(s->states);
	tamiz_program_free(s->program);
}

static struct tz_frame make_frame(void)
{
	struct tz_frame_spec spec = {
		.src = "198.19.0.1",
		.dst = "198.19.255.254",
		.protocol = IPPROTO_UDP,
		.sport = 1024,
		.dport = 53,
		.payload_len = 72,
	};
	struct tz_frame frame;

	memcpy(spec.src_mac, tz_lab_sender_mac, 6);
	memcpy(spec.dst_mac, tz_lab_mac, 6);
	tz_frame_build(&frame, &spec);
	return frame;
}

static bool passes(const struct subject *s, const struct tz_frame *frame)
{
	struct xdp_md context = {
		.data_end = (uint32_t)frame->len,
		.ingress_ifindex = lab.ifindex,
	};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame->bytes,
		    .data_size_in = (uint32_t)frame->len, .ctx_in = &context,
		    .ctx_size_in = sizeof(context), .repeat = 1);

	if (bpf_prog_test_run_opts(s->root, &opts))
		err(1, "test run");
	return opts.retval == XDP_PASS;
}

/* ---- threads ---- */

struct sender {
	pthread_t thread;
	pthread_barrier_t *start;
	const struct subject *subject;
	unsigned int n, n_passed;
};

static void *send_all(void *arg)
{
	struct sender *sender = arg;
	struct tz_frame frame = make_frame();

	pthread_barrier_wait(sender->start);
	for (unsigned int i = 0; i < sender->n; i++)
		sender->n_passed += passes(sender->subject, &frame);
	return NULL;
}

/* How many of @n packets of each thread passed. */
static unsigned int send_together(const struct subject *s, unsigned int n)
{
	struct sender senders[N_THREADS] = { 0 };
	pthread_barrier_t start;
	unsigned int sum = 0;

	pthread_barrier_init(&start, NULL, N_THREADS);
	for (int i = 0; i < N_THREADS; i++) {
		senders[i].start = &start;
		senders[i].subject = s;
		senders[i].n = n;
		if (pthread_create(&senders[i].thread, NULL, send_all,
				   &senders[i]))
			errx(1, "no thread");
	}
	for (int i = 0; i < N_THREADS; i++) {
		pthread_join(senders[i].thread, NULL);
		sum += senders[i].n_passed;
	}
	pthread_barrier_destroy(&start);
	return sum;
}

static void refill(const struct subject *s, uint64_t word)
{
	uint32_t place = 0;

	if (bpf_map_update_elem(s->states, &place, &word, BPF_ANY))
		err(1, "the bucket");
}

#define RULES(match)                          \
	"*raw\n:PREROUTING DROP [0:0]\n"      \
	"-A PREROUTING " match " -j ACCEPT\n" \
	"COMMIT\n"

/* What comes back of these rates within a run is less than a packet. */
static const struct exact {
	const char *what, *rules;
	bool is_own_in_nft;
	unsigned int n, passed; /* of each thread; of all */
} exact[] = {
	{ "limit", RULES("-m limit --limit 1/minute --limit-burst 2000"), false,
	  1000, 2000 },
	{ "limit of nft", RULES("-m limit --limit 1/minute --limit-burst 5000"),
	  true, 2500, 5000 },
	{ "quota", RULES("-m quota --quota 500000"), false, 2500, 5000 },
	{ "nth", RULES("-m statistic --mode nth --every 4 --packet 3"), false,
	  2500, 2500 },
};

static void try_exact(const struct exact *e, unsigned int n_runs)
{
	struct tamiz_options options = {
		.mode = e->is_own_in_nft ? TAMIZ_MODE_OFFLOAD
					 : TAMIZ_MODE_REPLACE,
		.backend = e->is_own_in_nft ? TAMIZ_BACKEND_NFT
					    : TAMIZ_BACKEND_BOTH,
		.owns_state = e->is_own_in_nft,
		.hz = tamiz_kernel_hz(),
		.standalone = true,
		.ifname = lab.dev,
	};
	struct subject s = open_subject(e->rules, &options);
	unsigned int n_wrong = 0;

	for (unsigned int i = 0; i < n_runs; i++) {
		refill(&s, 0);

		unsigned int passed = send_together(&s, e->n);

		if (passed == e->passed)
			continue;
		n_failed++;
		if (!n_wrong++)
			printf("FAILED: %s: run %u: %u pass, not %u\n", e->what,
			       i, passed, e->passed);
	}
	printf("%s: %u runs of %d threads, %u packets each: %u of %u pass\n",
	       e->what, n_runs, N_THREADS, e->n, e->passed, N_THREADS * e->n);
	close_subject(&s);
}

/* ---- a list ---- */

static void set_port(struct tz_frame *frame, uint16_t port)
{
	uint8_t *udp = frame->bytes + IP + 20;

	udp[2] = (uint8_t)(port >> 8);
	udp[3] = (uint8_t)port;
}

/*
 * Port 55 takes the address from the list, 54 puts it there, and then the
 * others see it as often as is asked, the first time being that of port 54.
 */
static void try_list(unsigned int n_runs)
{
	enum { HITS = 200 };
	const char *rules =
		"*raw\n:PREROUTING DROP [0:0]\n"
		"-A PREROUTING -p udp --dport 55 -m recent --remove --name a\n"
		"-A PREROUTING -p udp --dport 54 -m recent --set --name a\n"
		"-A PREROUTING -p udp --dport 53 -m recent ! --update "
		"--hitcount 200 --name a -j ACCEPT\n"
		"COMMIT\n";
	struct tamiz_options options = {
		.mode = TAMIZ_MODE_REPLACE,
		.hz = tamiz_kernel_hz(),
		.standalone = true,
		.ifname = lab.dev,
	};
	struct subject s = open_subject(rules, &options);
	struct tz_frame frame = make_frame();
	unsigned int n_wrong = 0;

	for (unsigned int i = 0; i < n_runs; i++) {
		unsigned int passed;

		set_port(&frame, 55);
		passes(&s, &frame);
		set_port(&frame, 54);
		passes(&s, &frame);
		passed = send_together(&s, 100);
		if (passed != HITS - 1 && !n_wrong++)
			printf("FAILED: list: run %u: %u pass, not %d\n", i,
			       passed, HITS - 1);
	}
	n_failed += n_wrong;
	printf("list: %u runs of %d threads, 100 packets each: %d pass\n",
	       n_runs, N_THREADS, HITS - 1);
	close_subject(&s);
}

static uint64_t ticks(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
	return ((uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec) /
	       (1000000000 / tamiz_kernel_hz());
}

/*
 * At a rate that time matters to: never more than the credit of the ticks that
 * may have passed (xt_limit.c: at 10,000 a second a packet is a tenth of a
 * millisecond, and a tick brings so many; never more than the burst of 100).
 */
static void try_rate(unsigned int n_runs)
{
	struct tamiz_options options = {
		.mode = TAMIZ_MODE_REPLACE,
		.hz = tamiz_kernel_hz(),
		.standalone = true,
		.ifname = lab.dev,
	};
	struct subject s = open_subject(RULES("-m limit --limit 10000/second "
					      "--limit-burst 100"),
					&options);
	uint64_t least = UINT64_MAX, most = 0;

	for (unsigned int i = 0; i < n_runs; i++) {
		refill(&s, 0);

		uint64_t start = ticks();
		unsigned int passed = send_together(&s, 2500);
		uint64_t n_ticks = ticks() - start + 1;
		uint64_t bound = 100 + n_ticks * 10000 / tamiz_kernel_hz();

		least = passed < least ? passed : least;
		most = passed > most ? passed : most;
		if (passed <= bound && passed >= 100)
			continue;
		n_failed++;
		printf("FAILED: rate: %u pass in %llu ticks\n", passed,
		       (unsigned long long)n_ticks);
	}
	printf("rate: %u runs, %llu to %llu of 10000 pass, never over the "
	       "bound\n",
	       n_runs, (unsigned long long)least, (unsigned long long)most);
	close_subject(&s);
}

/* ---- a table that is too small ---- */

enum {
	BURST = 2,
	EXPIRE_MS = 500,
	TABLE = 65536,
	WINDOW = 20000, /* addresses that come at the same time */
	PER_KEY = 3,
};

struct address {
	uint32_t last;    /* tick of its last packet that passed */
	uint8_t n_passed; /* since it may have expired */
	bool was_there;
};

static void set_source(struct tz_frame *frame, uint32_t address)
{
	uint8_t *ip = frame->bytes + IP;
	uint32_t sum = 0, be = htonl(address);

	memcpy(ip + 12, &be, 4);
	ip[10] = ip[11] = 0;
	for (int i = 0; i < 20; i += 2)
		sum += (uint32_t)ip[i] << 8 | ip[i + 1];
	sum = (sum & 0xffff) + (sum >> 16);
	sum = ~(sum + (sum >> 16));
	ip[10] = (uint8_t)(sum >> 8);
	ip[11] = (uint8_t)sum;
}

/* xorshift64 with a fixed seed. */
static uint32_t draw(uint64_t *seed, uint32_t n)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return (uint32_t)(*seed >> 33) % n;
}

static void try_table(uint32_t n_keys)
{
	const char *rules =
		RULES("-m hashlimit --hashlimit-upto 1/minute "
		      "--hashlimit-burst 2 --hashlimit-mode srcip "
		      "--hashlimit-name few --hashlimit-htable-max 65536 "
		      "--hashlimit-htable-expire 500 "
		      "--hashlimit-htable-gcinterval 100");
	struct tamiz_options options = {
		.mode = TAMIZ_MODE_REPLACE,
		.hz = tamiz_kernel_hz(),
		.standalone = true,
		.ifname = lab.dev,
	};
	struct subject s = open_subject(rules, &options);
	struct address *at = calloc(n_keys, sizeof(*at));
	struct tz_frame frame = make_frame();
	uint64_t seed = 88172645463325252ull, first = ticks();
	uint64_t expire = (uint64_t)EXPIRE_MS * tamiz_kernel_hz() / 1000;
	uint32_t n_there = 0, n_wrong = 0;

	if (!at)
		err(1, "memory");
	for (uint32_t i = 0; i < n_keys * PER_KEY; i++) {
		uint32_t key = i / PER_KEY + draw(&seed, WINDOW);
		struct address *a = &at[key < n_keys ? key : n_keys - 1];

		set_source(&frame, 0x0a000000 + (uint32_t)(a - at));
		/* the packet's time is not before this */
		uint32_t before = (uint32_t)(ticks() - first);
		bool passed = passes(&s, &frame);
		uint32_t now = (uint32_t)(ticks() - first);

		if (a->was_there && now + 2 - a->last >= expire)
			a->n_passed = 0;
		if (passed && ++a->n_passed > BURST && !n_wrong++)
			printf("FAILED: address %u passes %u times\n",
			       (unsigned int)(a - at), a->n_passed);
		/* one that does not pass may have found no entry */
		if (passed)
			a->last = before;
		n_there += passed && !a->was_there;
		a->was_there |= passed;
	}
	n_failed += n_wrong;
	printf("hashlimit: %u addresses, %u of them let in by a table of %d, "
	       "%u over their burst\n",
	       n_keys, n_there, TABLE, n_wrong);
	/* a fast machine is done before anything expires */
	if (n_there <= TABLE && ticks() - first > 4 * expire) {
		printf("FAILED: what has expired makes no room\n");
		n_failed++;
	}
	free(at);
	close_subject(&s);
}

int main(void)
{
	struct tz_lab_options options = { .dev = "tz-rx" };
	unsigned int n_runs = is_short() ? RUNS_SANITIZED : RUNS;

	if (geteuid() != 0) {
		puts("needs root: loads programs");
		return 77;
	}
	if (tz_lab_open(&lab, &options))
		return 1;
	for (size_t i = 0; i < sizeof(exact) / sizeof(exact[0]); i++)
		try_exact(&exact[i], n_runs);
	try_list(n_runs);
	try_rate(n_runs);
	try_table(is_short() ? 200000 : 1000000);
	tz_lab_close(&lab);
	printf("%u failed\n", n_failed);
	return n_failed != 0;
}
