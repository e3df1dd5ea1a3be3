/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How long the whole command `tamiz attach` takes with 1,000 rules, from the
 * shell's point of view, and where the library spends its share.
 */
#include "bench.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/lab.h"
#include "lib/spawn.h"

#define ATTACH_ROUNDS 5
#define N_RULES 1000
#define LIMIT_MS 600

static double timed(const char *const argv[])
{
	double start = bench_wall_ms();
	char *output = NULL, *errors = NULL;
	int status = tz_spawn(argv, NULL, 0, &output, &errors);

	if (status)
		errx(1, "%s %s: exit %d: %s", argv[0], argv[1], status, errors);
	free(output);
	free(errors);
	return bench_wall_ms() - start;
}

void bench_attach(const char *tamiz)
{
	const struct tz_lab_options options = { .dev = BENCH_DEV };
	char dir[] = "/tmp/tz-bench-XXXXXX", path[64];
	const char *const attach[] = { tamiz,   "attach",  path,
				       "--dev", BENCH_DEV, NULL };
	const char *const detach[] = { tamiz, "detach", "--dev", BENCH_DEV,
				       NULL };
	double ms[ATTACH_ROUNDS];
	char *rules = bench_one_shape_rules(N_RULES);
	struct bench_times times;
	struct tz_lab lab;

	if (!mkdtemp(dir) || tz_lab_open(&lab, &options) ||
	    tz_lab_start(&lab, &options))
		err(3, "a place to attach in");
	snprintf(path, sizeof(path), "%s/bench.rules", dir);
	bench_write_file(path, rules);
	for (size_t i = 0; i < ATTACH_ROUNDS; i++) {
		ms[i] = timed(attach);
		timed(detach);
	}
	tamiz_program_free(bench_load_rules(rules, &times));
	tz_lab_close(&lab);
	unlink(path);
	rmdir(dir);
	free(rules);

	double median = bench_median(ms, ATTACH_ROUNDS);

	printf("\ntamiz attach of %d rules: %.0f ms (at most %d: %s); of it "
	       "compiler %.0f,\nclang %.0f, load and verify %.0f ms\n",
	       N_RULES, median, LIMIT_MS, median < LIMIT_MS ? "met" : "MISSED",
	       times.compile_ms, times.build_ms, times.load_ms);
}
