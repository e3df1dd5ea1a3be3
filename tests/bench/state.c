/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * `make bench-state`: what a rule on the state of connections costs in a set
 * that denies by default: a packet that is accepted as NEW is not looked up,
 * one that all rules drop is, and then either has no entry or has one. Then the
 * same rules by iptables-legacy and at XDP, with real frames that both drop.
 */
#include "bench.h"

#include <err.h>
#include <linux/bpf.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/lab.h"

#define DENY "*filter\n:INPUT DROP [0:0]\n"
#define STATEFUL "-A INPUT -m state --state RELATED,ESTABLISHED -j ACCEPT\n"
#define OPEN(port, more) \
	"-A INPUT -p udp -m udp --dport " port more " -j ACCEPT\n"
#define NEW " -m state --state NEW"
#define END "COMMIT\n"

static const char stateless[] =
	DENY OPEN("53", "") OPEN("123", "") OPEN("4500", "") END;
static const char stateful[] =
	DENY STATEFUL OPEN("53", NEW) OPEN("123", NEW) OPEN("4500", NEW) END;
/* The kernel's, so that what is known is let in. */
static const char tracking[] = DENY STATEFUL OPEN("9", NEW) END;

enum { TRIES = 200 };

static struct bench_frames udp_frame(uint16_t dport)
{
	struct tz_frame_spec spec = { .src = "192.0.2.9",
				      .dst = "198.51.100.1",
				      .protocol = IPPROTO_UDP,
				      .sport = 4000,
				      .dport = dport,
				      .payload_len = 18 };
	struct bench_frames frames = { calloc(1, sizeof(struct tz_frame)), 1 };

	if (!frames.frame)
		err(3, "memory");
	memcpy(spec.src_mac, tz_lab_sender_mac, 6);
	memcpy(spec.dst_mac, tz_lab_mac, 6);
	tz_frame_build(frames.frame, &spec);
	return frames;
}

/* An ICMP error about a datagram that nobody has sent; its sum is not right. */
static struct bench_frames error_frame(void)
{
	struct bench_frames frames = udp_frame(10);
	struct tz_frame_spec spec = { .src = "198.51.100.1",
				      .dst = "192.0.2.9",
				      .protocol = IPPROTO_UDP,
				      .sport = 10,
				      .dport = 4000,
				      .payload_len = 18 };
	struct tz_frame quoted;
	const size_t ethernet = 14, headers = 14 + 20 + 8;

	tz_frame_build(&quoted, &spec);
	spec.src = "192.0.2.9";
	spec.dst = "198.51.100.1";
	spec.protocol = IPPROTO_ICMP;
	spec.icmp_type = 3;
	spec.payload_len = quoted.len - ethernet;
	memcpy(spec.src_mac, tz_lab_sender_mac, 6);
	memcpy(spec.dst_mac, tz_lab_mac, 6);
	tz_frame_build(frames.frame, &spec);
	memcpy(frames.frame->bytes + headers, quoted.bytes + ethernet,
	       spec.payload_len);
	return frames;
}

static unsigned int n_entries(void)
{
	FILE *file = fopen("/proc/sys/net/netfilter/nf_conntrack_count", "r");
	unsigned int n = 0;

	if (file && fscanf(file, "%u", &n) != 1)
		n = 0;
	if (file)
		fclose(file);
	return n;
}

/* An entry for what goes to port 9, until the end of the namespace. */
static void make_entry(const struct tz_lab *lab)
{
	struct bench_frames known = udp_frame(9);

	bench_restore("iptables-legacy-restore", tracking);
	tz_lab_sysctl("net/netfilter/nf_conntrack_udp_timeout", "3600");
	for (int i = 0; !n_entries() && i < TRIES; i++) {
		if (send(lab->tx, known.frame->bytes, known.frame->len, 0) < 0)
			err(3, "send");
		usleep(10000);
	}
	if (!n_entries())
		errx(3, "the kernel made no entry");
	bench_frames_free(&known);
}

enum {
	ACCEPTED,
	ACCEPTED_NEW,
	DROPPED,
	MISSED,
	FOUND,
	ERROR_DROPPED,
	ERROR_MISSED,
	N_ROWS
};

static void print(const struct bench_row *rows)
{
	const struct {
		int base;
		double limit;
	} limits[N_ROWS] = {
		[ACCEPTED_NEW] = { ACCEPTED, 10 },
		[MISSED] = { DROPPED, 130 },
		[FOUND] = { DROPPED, 200 },
		[ERROR_MISSED] = { ERROR_DROPPED, 200 },
	};

	printf("Default deny, BPF_PROG_TEST_RUN, medians of %d rounds\n",
	       BENCH_ROUNDS);
	for (int i = 0; i < N_ROWS; i++) {
		const struct bench_row *row = &rows[i];

		printf("%-42s %6.1f ns", row->name,
		       bench_median(row->ns, BENCH_ROUNDS));
		if (limits[i].limit) {
			double extra = bench_extra(row, &rows[limits[i].base]);

			printf("  %+.1f over \"%s\", at most +%.0f: %s", extra,
			       rows[limits[i].base].name, limits[i].limit,
			       extra <= limits[i].limit ? "met" : "MISSED");
		}
		putchar('\n');
	}
}

static void measure_rows(int without, int with)
{
	struct bench_row rows[N_ROWS] = {
		[ACCEPTED] = { "accepted, no state rule",
			       without,
			       udp_frame(4500),
			       XDP_PASS,
			       { 0 },
			       false },
		[ACCEPTED_NEW] = { "accepted as NEW",
				   with,
				   udp_frame(4500),
				   XDP_PASS,
				   { 0 },
				   false },
		[DROPPED] = { "dropped, no state rule",
			      without,
			      udp_frame(10),
			      XDP_DROP,
			      { 0 },
			      false },
		[MISSED] = { "dropped, looked up: no entry",
			     with,
			     udp_frame(10),
			     XDP_DROP,
			     { 0 },
			     false },
		[FOUND] = { "passed, looked up: an entry",
			    with,
			    udp_frame(9),
			    XDP_PASS,
			    { 0 },
			    false },
		[ERROR_DROPPED] = { "an ICMP error dropped, no state rule",
				    without,
				    error_frame(),
				    XDP_DROP,
				    { 0 },
				    false },
		[ERROR_MISSED] = { "an ICMP error dropped, looked up",
				   with,
				   error_frame(),
				   XDP_DROP,
				   { 0 },
				   false },
	};

	bench_measure_prepared(rows, N_ROWS, make_entry);
	print(rows);
	for (int i = 0; i < N_ROWS; i++)
		bench_frames_free(&rows[i].frames);
}

/* Frames that all rules drop, each a packet of a flow that nobody knows. */
static void measure_live(int with)
{
	struct bench_frames unknown = udp_frame(10);
	int empty = bench_load_empty();
	struct tz_lab lab;
	double kernel, tamiz;

	bench_lab_open(&lab, empty);
	bench_restore("iptables-legacy-restore", stateful);
	kernel = bench_live_median(empty, &unknown, &lab);
	tamiz = bench_live_median(with, &unknown, &lab);
	tz_lab_close(&lab);
	close(empty);
	bench_frames_free(&unknown);
	printf("Live frames that these rules drop: iptables-legacy %.0f ns, "
	       "tamiz %.0f ns, %.1f times as fast\n",
	       kernel, tamiz, kernel / tamiz);
}

int main(int argc, char **argv)
{
	struct tamiz_program *without, *with;

	if (argc != 2)
		errx(2, "needs sources.bpf.o");

	if (geteuid())
		errx(77, "needs root: it loads programs");
	setvbuf(stdout, NULL, _IOLBF, 0);
	tz_lab_pin();
	without = bench_load_rules(stateless, NULL);
	with = bench_load_rules(stateful, NULL);
	measure_rows(tamiz_program_fd(without, TAMIZ_ROOT),
		     tamiz_program_fd(with, TAMIZ_ROOT));
	measure_live(tamiz_program_fd(with, TAMIZ_ROOT));
	bench_sources(argv[1]);
	tamiz_program_free(without);
	tamiz_program_free(with);
	return 0;
}
