/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Real frames, whose last rule drops them: by the kernel's two rule engines in
 * raw PREROUTING, behind a program that passes all, and at XDP by the compiled
 * rules. Each engine has a network namespace of its own.
 */
#include "bench.h"

#include <bpf/libbpf.h>
#include <err.h>
#include <linux/if_link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/lab.h"
#include "lib/spawn.h"

#define LIVE_ROUNDS 5

static const size_t sizes[] = { 0, 1, 10, 100, 1000 };

#define N_SIZES (sizeof(sizes) / sizeof(sizes[0]))

static const char drop_all[] = "*raw\n:PREROUTING DROP [0:0]\nCOMMIT\n";

void bench_lab_open(struct tz_lab *lab, int empty)
{
	const struct tz_lab_options options = { .dev = BENCH_DEV };

	if (tz_lab_open(lab, &options) || tz_lab_start(lab, &options))
		exit(3);
	if (bpf_xdp_attach((int)lab->ifindex, empty, XDP_FLAGS_DRV_MODE, NULL))
		err(3, "attaching to %s", BENCH_DEV);
}

double bench_live_median(int fd, const struct bench_frames *frames,
			 const struct tz_lab *lab)
{
	double ns[LIVE_ROUNDS];

	bench_live_run(fd, frames->frame, lab->ifindex); /* warms up */
	for (size_t i = 0; i < LIVE_ROUNDS; i++)
		ns[i] = bench_live_run(fd, frames->frame, lab->ifindex);
	return bench_median(ns, LIVE_ROUNDS);
}

void bench_restore(const char *restore, const char *rules)
{
	const char *const argv[] = { restore, NULL };

	if (tz_spawn(argv, rules, strlen(rules), NULL, NULL))
		errx(3, "%s refused the rules", restore);
}

static void measure_kernel(const char *engine, int empty, double ns[N_SIZES])
{
	struct tz_lab lab;

	bench_lab_open(&lab, empty);
	for (size_t i = 0; i < N_SIZES; i++) {
		size_t n = sizes[i];
		char *rules = bench_one_destination_rules(n);
		struct bench_frames frames =
			bench_one_destination_frame(n ? n - 1 : 0);

		bench_restore(engine, n ? rules : drop_all);
		ns[i] = bench_live_median(empty, &frames, &lab);
		bench_frames_free(&frames);
		free(rules);
	}
	tz_lab_close(&lab);
}

static void measure_tamiz(int empty, double ns[N_SIZES])
{
	struct tz_lab lab;

	bench_lab_open(&lab, empty);
	for (size_t i = 0; i < N_SIZES; i++) {
		size_t n = sizes[i];
		char *rules = bench_one_destination_rules(n);
		struct bench_frames frames =
			bench_one_destination_frame(n ? n - 1 : 0);
		struct tamiz_program *program =
			bench_load_rules(n ? rules : drop_all, NULL);

		ns[i] = bench_live_median(tamiz_program_fd(program, TAMIZ_ROOT),
					  &frames, &lab);
		tamiz_program_free(program);
		bench_frames_free(&frames);
		free(rules);
	}
	tz_lab_close(&lab);
}

void bench_live(void)
{
	double legacy[N_SIZES], nft[N_SIZES], tamiz[N_SIZES];
	int empty = bench_load_empty();

	measure_kernel("iptables-legacy-restore", empty, legacy);
	measure_kernel("iptables-nft-restore", empty, nft);
	measure_tamiz(empty, tamiz);
	close(empty);

	puts("\nLive frames, ns per packet; N rules of one destination each, "
	     "the last drops\n(0 rules: the policy drops)");
	printf("%8s %16s %13s %9s %14s %11s\n", "rules", "iptables-legacy",
	       "iptables-nft", "tamiz", "legacy/tamiz", "nft/tamiz");
	for (size_t i = 0; i < N_SIZES; i++)
		printf("%8zu %16.0f %13.0f %9.0f %13.1fx %10.1fx\n", sizes[i],
		       legacy[i], nft[i], tamiz[i], legacy[i] / tamiz[i],
		       nft[i] / tamiz[i]);
}
