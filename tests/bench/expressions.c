/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lists of expressions (.pcapf): what a packet costs that none of 1,000 lines
 * takes, or the last one, at XDP and at tc; and how long it takes to compile,
 * build and load them.
 */
#include "bench.h"

#include <err.h>
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/lab.h"

#define N_LINES 1000
#define LIMIT_NS 150
#define LIMIT_MS 3000

/* The lines of a list; the last one's number is N_LINES - 1. */
static void print_port(FILE *out, unsigned int i)
{
	fprintf(out, "drop port %u\n", 10000 + i);
}

static void print_dst_port(FILE *out, unsigned int i)
{
	fprintf(out, "drop tcp dst port %u\n", 10000 + i);
}

static void print_range(FILE *out, unsigned int i)
{
	fprintf(out, "drop udp portrange %u-%u\n", 10000 + 10 * i,
		10000 + 10 * i + 7);
}

static void print_host(FILE *out, unsigned int i)
{
	fprintf(out, "drop host 198.18.%u.%u\n", i >> 8, i & 255);
}

static void print_net(FILE *out, unsigned int i)
{
	fprintf(out, "drop src net 10.%u.%u.0/%u\n", i >> 4, (i & 15) << 4,
		20 + i % 5);
}

static void print_host6(FILE *out, unsigned int i)
{
	fprintf(out, "drop host 2001:db8::%x\n", i);
}

static void print_ether(FILE *out, unsigned int i)
{
	fprintf(out, "drop ether host 02:00:5e:00:%02x:%02x\n", i >> 8,
		i & 255);
}

static void print_both(FILE *out, unsigned int i)
{
	fprintf(out, "drop dst host 198.18.%u.%u and udp port 53\n", i >> 8,
		i & 255);
}

static void print_mix(FILE *out, unsigned int i)
{
	static void (*const kinds[])(FILE * out, unsigned int i) = {
		print_port, print_dst_port, print_range, print_host,
		print_net,  print_host6,    print_ether, print_both,
	};

	kinds[i % 8](out, i);
}

static const struct list {
	const char *name;
	void (*print)(FILE *out, unsigned int i);
	const char *dst; /* NULL: the last line takes no packet of IPv4 */
	uint16_t dport;
} lists[] = {
	{ "port N", print_port, "192.0.2.1", 10999 },
	{ "tcp dst port N", print_dst_port, NULL, 0 },
	{ "udp portrange N-M", print_range, "192.0.2.1", 19990 },
	{ "host A", print_host, "198.18.3.231", 5353 },
	{ "src net A/N", print_net, NULL, 0 },
	{ "host A, of IPv6", print_host6, NULL, 0 },
	{ "ether host M", print_ether, NULL, 0 },
	{ "dst host A and udp port 53", print_both, "198.18.3.231", 53 },
	{ "a mix of these", print_mix, "198.18.3.231", 53 },
};

#define N_LISTS (sizeof(lists) / sizeof(lists[0]))

static struct tamiz_program *load(const struct list *list, bool at_tc,
				  struct bench_times *times)
{
	struct tamiz_options options = {
		.standalone = true,
		.from = TAMIZ_LANGUAGE_PCAP,
		.target = at_tc ? TAMIZ_TARGET_TC : TAMIZ_TARGET_XDP,
	};
	struct tamiz_device device = {
		.ifindex = 1,
		.hook = at_tc ? TAMIZ_HOOK_INGRESS : TAMIZ_HOOK_XDP,
		.mac = { 2 },
	};
	struct tamiz_message message = { 0 };
	struct tamiz_object object = { 0 };
	struct tamiz_program *program;
	struct tamiz *t = tamiz_new();
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	double start;
	const char *c;

	if (!t || !out)
		err(3, "memory");
	for (unsigned int i = 0; i < N_LINES; i++)
		list->print(out, i);
	fclose(out);
	start = bench_wall_ms();
	if (tamiz_add_text(t, "bench.pcapf", text, len) ||
	    tamiz_compile(t, &options))
		errx(3, "%s: not compiled", list->name);
	c = tamiz_emit(t, TAMIZ_EMIT_C, &len);
	times->compile_ms = bench_wall_ms() - start;
	start = bench_wall_ms();
	if (tamiz_build(c, len, getenv("CLANG"), &object, &message))
		errx(3, "%s: %s", list->name, message.text);
	times->build_ms = bench_wall_ms() - start;
	start = bench_wall_ms();
	if (tamiz_load(&object, c, &device, &program, &message))
		errx(3, "%s: %s", list->name, message.text);
	times->load_ms = bench_wall_ms() - start;
	tamiz_object_clear(&object);
	tamiz_free(t);
	free(text);
	return program;
}

/* Two rows a list: a frame that no line takes, and one of the last line. */
static void measure(bool at_tc)
{
	static struct bench_row rows[2 * N_LISTS];
	struct tamiz_program *programs[N_LISTS];
	struct bench_times times[N_LISTS];

	for (size_t i = 0; i < N_LISTS; i++) {
		const struct list *l = &lists[i];
		struct bench_row *miss = &rows[2 * i], *last = miss + 1;

		programs[i] = load(l, at_tc, &times[i]);
		miss->name = last->name = l->name;
		miss->at_tc = last->at_tc = at_tc;
		miss->fd = last->fd = tamiz_program_fd(programs[i], TAMIZ_ROOT);
		miss->frames = bench_udp_frame(54);
		miss->verdict = at_tc ? BENCH_ANY : XDP_PASS;
		last->frames = l->dst ? bench_frame_to(l->dst, l->dport)
				      : bench_udp_frame(54);
		last->verdict = !l->dst ? miss->verdict
				: at_tc ? TC_ACT_SHOT
					: XDP_DROP;
	}
	bench_measure(rows, 2 * N_LISTS);
	printf("\n%d lines at %s, medians of %d rounds (at most %d ns, %d ms)\n"
	       "%-28s %7s %7s   %s\n",
	       N_LINES, at_tc ? "tc" : "XDP", BENCH_ROUNDS, LIMIT_NS, LIMIT_MS,
	       "drop ...", "none", "last", "compile, build, load in ms");
	for (size_t i = 0; i < N_LISTS; i++) {
		const struct bench_times *t = &times[i];
		double miss = bench_median(rows[2 * i].ns, BENCH_ROUNDS);
		double last = bench_median(rows[2 * i + 1].ns, BENCH_ROUNDS);
		bool is_met =
			miss <= LIMIT_NS && last <= LIMIT_NS &&
			t->compile_ms + t->build_ms + t->load_ms <= LIMIT_MS;

		printf("%-28s %7.1f ", lists[i].name, miss);
		if (lists[i].dst)
			printf("%7.1f", last);
		else
			printf("%7s", "");
		printf("   %5.0f %5.0f %5.0f  %s\n", t->compile_ms, t->build_ms,
		       t->load_ms, is_met ? "met" : "MISSED");
		bench_frames_free(&rows[2 * i].frames);
		bench_frames_free(&rows[2 * i + 1].frames);
		tamiz_program_free(programs[i]);
	}
}

int main(void)
{
	if (geteuid())
		errx(77, "needs root: it loads programs");
	setvbuf(stdout, NULL, _IOLBF, 0);
	tz_lab_pin();
	measure(false);
	measure(true);
	return 0;
}
