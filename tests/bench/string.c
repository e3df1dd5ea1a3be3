/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * -m string over 1,400 bytes: live frames that the rule drops, and live frames
 * without the pattern that the policy drops behind it; by the kernel in raw
 * PREROUTING and at XDP. Without the rule is what all of that costs anyway.
 */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/lab.h"

#define N(array) (sizeof(array) / sizeof((array)[0]))

static const struct {
	const char *name, *options; /* of the rule; NULL: no rule */
	bool is_found;              /* at the end of the payload */
} rows[] = {
	{ "no rule", NULL, false },
	{ "bm, 8 bytes, last", "--string XMarksIt --algo bm", true },
	{ "bm, 8 bytes, absent", "--string XMarksIt --algo bm", false },
	{ "bm, 3 bytes, absent", "--string XMa --algo bm", false },
	{ "bm, 24 bytes, absent", "--string 123456789012345678901234 --algo bm",
	  false },
	{ "kmp, 8 bytes, absent", "--string XMarksIt --algo kmp", false },
	{ "icase, 8 bytes, absent", "--string XMarksIt --algo bm --icase",
	  false },
};

static char *make_rules(size_t row)
{
	char *text = malloc(512);

	if (!text)
		exit(3);
	snprintf(text, 512, "*raw\n:PREROUTING DROP [0:0]\n%s%s%sCOMMIT\n",
		 rows[row].options ? "-A PREROUTING -m string " : "",
		 rows[row].options ? rows[row].options : "",
		 rows[row].options ? " -j DROP\n" : "");
	return text;
}

static struct bench_frames make_frame(size_t row)
{
	struct bench_frames frames = bench_payload_frame();
	struct tz_frame *frame = frames.frame;

	if (rows[row].is_found)
		memcpy(frame->bytes + frame->len - 8, "XMarksIt", 8);
	return frames;
}

static void measure_kernel(int empty, double ns[N(rows)])
{
	struct tz_lab lab;

	bench_lab_open(&lab, empty);
	for (size_t i = 0; i < N(rows); i++) {
		char *rules = make_rules(i);
		struct bench_frames frames = make_frame(i);

		bench_restore("iptables-legacy-restore", rules);
		ns[i] = bench_live_median(empty, &frames, &lab);
		bench_frames_free(&frames);
		free(rules);
	}
	tz_lab_close(&lab);
}

static void measure_tamiz(int empty, double ns[N(rows)])
{
	struct tz_lab lab;

	bench_lab_open(&lab, empty);
	for (size_t i = 0; i < N(rows); i++) {
		char *rules = make_rules(i);
		struct bench_frames frames = make_frame(i);
		struct tamiz_program *program = bench_load_rules(rules, NULL);

		ns[i] = bench_live_median(tamiz_program_fd(program, TAMIZ_ROOT),
					  &frames, &lab);
		tamiz_program_free(program);
		bench_frames_free(&frames);
		free(rules);
	}
	tz_lab_close(&lab);
}

void bench_string(void)
{
	double kernel[N(rows)], tamiz[N(rows)];
	int empty = bench_load_empty();

	measure_kernel(empty, kernel);
	measure_tamiz(empty, tamiz);
	close(empty);

	puts("\nLive frames of 1,400 bytes of payload, ns per packet; a string "
	     "rule, then the\npolicy drops; the search is what the rule adds");
	printf("%-24s %10s %9s %14s %9s\n", "", "legacy", "tamiz",
	       "search: legacy", "tamiz");
	for (size_t i = 0; i < N(rows); i++)
		printf("%-24s %10.0f %9.0f %14.0f %9.0f  %s\n", rows[i].name,
		       kernel[i], tamiz[i], kernel[i] - kernel[0],
		       tamiz[i] - tamiz[0],
		       tamiz[i] <= 2 * kernel[i] ? "within 2x" : "MISSED");
}
