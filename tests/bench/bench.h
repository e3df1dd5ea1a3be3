/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The parts of `make bench`: rule sets and frames to measure with, programs
 * made from them, rounds of measurement, and the tables. A failure that makes
 * the figures worthless ends the program with its cause.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tamiz/runtime.h>

#include "lib/frame.h"

#define BENCH_ROUNDS 11
#define BENCH_DEV "tz-bench"

struct bench_frames {
	struct tz_frame *frame; /* owned */
	size_t n;
};

/* rules.c: texts are owned by the caller, frames by struct bench_frames. */

/* @n rules, each dropping one destination, in raw PREROUTING. */
char *bench_one_destination_rules(size_t n);
/* What the @i-th of them drops; @i == n: what none drops. */
struct bench_frames bench_one_destination_frame(size_t i);
/* @n rules of one shape: source address, TCP, destination port. */
char *bench_one_shape_rules(size_t n);
/* One rule that drops UDP to port 53, and a frame to port @dport. */
char *bench_port_rule(void);
struct bench_frames bench_udp_frame(uint16_t dport);
struct bench_frames bench_frame_to(const char *dst, uint16_t dport);
/*
 * Rules of ../shared/genrules.py (@n of @style, seed 1), which must be there.
 * Frames of its trace: all, or only those that no rule matches.
 */
bool bench_has_genrules(void);
char *bench_genrules(const char *style, size_t n, bool is_v6);
struct bench_frames bench_trace(const char *style, size_t n, bool only_misses);
/* One that carries 1,400 bytes which no rule of bench_string() looks for. */
struct bench_frames bench_payload_frame(void);
void bench_frames_free(struct bench_frames *frames);
/* A capture of @packets Ethernet frames of the generator's trace, to @path. */
void bench_write_trace(const char *path, const char *style, const char *n,
		       const char *packets);

/* program.c */

struct bench_times {
	double compile_ms, build_ms, load_ms;
};

/* A program that passes every frame: the floor of all figures. */
int bench_load_empty(void);
/* Compiles @rules in offload mode and loads them; @times may be NULL. */
struct tamiz_program *bench_load_rules(const char *rules,
				       struct bench_times *times);
/* The same with --state=own. */
struct tamiz_program *bench_load_own(const char *rules);
/* The hand-written stage behind the same root program. */
struct tamiz_program *bench_load_hand(const char *path);

/* measure.c */

struct bench_row {
	const char *name;
	int fd; /* of the program that BPF_PROG_TEST_RUN runs */
	struct bench_frames frames;
	uint32_t verdict;        /* what every frame must get; BENCH_ANY */
	double ns[BENCH_ROUNDS]; /* per packet, by round */
	bool at_tc;
};

#define BENCH_ANY UINT32_MAX

/* All rows in each round, so that a slow moment hits all of them. */
void bench_measure(struct bench_row *rows, size_t n_rows);
/* @prepare: what the namespace needs before it, or NULL. */
struct tz_lab;
void bench_measure_prepared(struct bench_row *rows, size_t n_rows,
			    void (*prepare)(const struct tz_lab *lab));
double bench_median(const double *values, size_t n);
/* Medians over the rounds of what @row takes more, or how many times more. */
double bench_extra(const struct bench_row *row, const struct bench_row *base);
double bench_ratio(const struct bench_row *row, const struct bench_row *base);
/* One run of real frames through @fd and the stack behind it: ns a frame. */
double bench_live_run(int fd, const struct tz_frame *frame,
		      unsigned int ifindex);
/* CPU time of this thread. */
double bench_now_ns(void);

double bench_wall_ms(void);

void bench_write_file(const char *path, const char *text);

/*
 * live.c: a lab whose device takes live frames, as a veth does with XDP of its
 * own; the median of some runs there; rules for the kernel.
 */
void bench_lab_open(struct tz_lab *lab, int empty);
double bench_live_median(int fd, const struct bench_frames *frames,
			 const struct tz_lab *lab);
void bench_restore(const char *restore, const char *rules);

/* sources.c; @path: sources.bpf.o. */
void bench_sources(const char *path);
/* live.c, string.c, attach.c and large.c print their own tables. */
void bench_live(void);
void bench_string(void);
void bench_attach(const char *tamiz);
/* Needs the generator. */
void bench_run(const char *tamiz);
void bench_large(const char *tamiz);
