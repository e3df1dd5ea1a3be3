/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * BPF_PROG_TEST_RUN, timed by this thread's CPU time (the kernel's own figure
 * is whole nanoseconds). Real frames (BPF_F_TEST_XDP_LIVE_FRAMES) go on into
 * the network stack in the same call, so the time holds the stack's work too.
 */
#include "bench.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <err.h>
#include <errno.h>
#include <linux/bpf.h>
#include <linux/if_link.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/lab.h"

#define REPEAT 1000000u /* in all, over the frames of a row */
#define LIVE_REPEAT 40000u
#define LIVE_BATCH 64

double bench_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

double bench_wall_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static uint32_t run(int fd, const struct tz_frame *frame, uint32_t repeat)
{
	uint8_t out[sizeof(frame->bytes)];
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame->bytes,
		    .data_size_in = (uint32_t)frame->len, .data_out = out,
		    .data_size_out = sizeof(out), .repeat = (int)repeat);

	if (bpf_prog_test_run_opts(fd, &opts))
		err(3, "test run");
	return opts.retval;
}

static double measure_row(const struct bench_row *row)
{
	uint32_t repeat = REPEAT / (uint32_t)row->frames.n;
	double start = bench_now_ns();

	for (size_t i = 0; i < row->frames.n; i++) {
		uint32_t verdict = run(row->fd, &row->frames.frame[i], repeat);

		if (row->verdict != BENCH_ANY && verdict != row->verdict)
			errx(1, "%s: frame %zu got verdict %u, not %u",
			     row->name, i, verdict, row->verdict);
	}
	return (bench_now_ns() - start) /
	       ((double)repeat * (double)row->frames.n);
}

/*
 * While a program is attached natively it keeps its place in the kernel's XDP
 * dispatcher; otherwise every test run waits for two RCU grace periods to
 * enter and leave it (kernel/bpf/dispatcher.c).
 */
static double measure_attached(const struct bench_row *row,
			       unsigned int ifindex)
{
	if (!row->at_tc &&
	    bpf_xdp_attach((int)ifindex, row->fd, XDP_FLAGS_DRV_MODE, NULL))
		err(3, "%s: attach", row->name);
	return measure_row(row);
}

void bench_measure(struct bench_row *rows, size_t n_rows)
{
	bench_measure_prepared(rows, n_rows, NULL);
}

void bench_measure_prepared(struct bench_row *rows, size_t n_rows,
			    void (*prepare)(const struct tz_lab *lab))
{
	const struct tz_lab_options options = { .dev = BENCH_DEV };
	struct tz_lab lab;

	if (tz_lab_open(&lab, &options) || tz_lab_start(&lab, &options))
		err(3, "cannot make a veth");
	if (prepare)
		prepare(&lab);
	for (size_t i = 0; i < n_rows; i++)
		measure_attached(&rows[i], lab.ifindex); /* warms up */
	for (size_t round = 0; round < BENCH_ROUNDS; round++)
		for (size_t i = 0; i < n_rows; i++)
			rows[i].ns[round] =
				measure_attached(&rows[i], lab.ifindex);
	tz_lab_close(&lab);
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double bench_median(const double *values, size_t n)
{
	double sorted[BENCH_ROUNDS];

	memcpy(sorted, values, n * sizeof(*values));
	qsort(sorted, n, sizeof(*sorted), compare);
	return sorted[n / 2];
}

double bench_extra(const struct bench_row *row, const struct bench_row *base)
{
	double extra[BENCH_ROUNDS];

	for (size_t i = 0; i < BENCH_ROUNDS; i++)
		extra[i] = row->ns[i] - base->ns[i];
	return bench_median(extra, BENCH_ROUNDS);
}

double bench_ratio(const struct bench_row *row, const struct bench_row *base)
{
	double ratio[BENCH_ROUNDS];

	for (size_t i = 0; i < BENCH_ROUNDS; i++)
		ratio[i] = row->ns[i] / base->ns[i];
	return bench_median(ratio, BENCH_ROUNDS);
}

double bench_live_run(int fd, const struct tz_frame *frame,
		      unsigned int ifindex)
{
	struct xdp_md ctx = {
		.data_end = (uint32_t)frame->len,
		.ingress_ifindex = ifindex,
	};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame->bytes,
		    .data_size_in = (uint32_t)frame->len, .ctx_in = &ctx,
		    .ctx_size_in = sizeof(ctx), .repeat = LIVE_REPEAT,
		    .flags = BPF_F_TEST_XDP_LIVE_FRAMES,
		    .batch_size = LIVE_BATCH);
	double start = bench_now_ns();

	if (bpf_prog_test_run_opts(fd, &opts))
		err(3, "live frames");
	return (bench_now_ns() - start) / LIVE_REPEAT;
}
