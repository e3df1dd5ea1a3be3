/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What `tamiz check` of 100,000 rules takes: time from the shell's point of
 * view, the processor's, and the most memory it had. The least of some rounds:
 * other work on the machine only adds to it.
 */
#include "bench.h"

#include <err.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHECK_ROUNDS 5
#define N_RULES 100000
#define LIMIT_S 1.0
#define LIMIT_MB 300.0

struct cost {
	double wall_s, user_s, mb;
};

extern char **environ;

static double seconds(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

/* `tamiz check -q` of @path; its output is not looked at. */
static struct cost run_check(const char *tamiz, const char *path)
{
	char *const argv[] = { (char *)tamiz, (char *)"check", (char *)"-q",
			       (char *)path, NULL };
	posix_spawn_file_actions_t actions;
	double start = bench_wall_ms();
	struct rusage usage;
	pid_t pid;
	int status;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null",
					 O_WRONLY, 0);
	if (posix_spawnp(&pid, tamiz, &actions, NULL, argv, environ) ||
	    wait4(pid, &status, 0, &usage) < 0)
		err(3, "%s", tamiz);
	posix_spawn_file_actions_destroy(&actions);
	if (status)
		errx(1, "%s check: status %d", tamiz, status);
	return (struct cost){
		.wall_s = (bench_wall_ms() - start) / 1e3,
		.user_s = seconds(usage.ru_utime),
		.mb = (double)usage.ru_maxrss / 1e3,
	};
}

static double least(double a, double b)
{
	return a < b ? a : b;
}

static void print_row(const char *tamiz, const char *style, bool is_v6)
{
	struct cost best = { 1e9, 1e9, 1e9 };
	char path[] = "/tmp/tz-bench-XXXXXX";
	char *rules = bench_genrules(style, N_RULES, is_v6);
	int fd = mkstemp(path);

	if (fd < 0)
		err(3, "%s", path);
	close(fd);
	bench_write_file(path, rules);
	free(rules);
	for (size_t i = 0; i < CHECK_ROUNDS; i++) {
		struct cost cost = run_check(tamiz, path);

		best.wall_s = least(best.wall_s, cost.wall_s);
		best.user_s = least(best.user_s, cost.user_s);
		best.mb = least(best.mb, cost.mb);
	}
	unlink(path);
	printf("%-4s IPv%d %8.2f s %8.2f s %8.0f MB  %s\n", style,
	       is_v6 ? 6 : 4, best.wall_s, best.user_s, best.mb,
	       best.wall_s <= LIMIT_S && best.mb <= LIMIT_MB ? "met"
							     : "MISSED");
}

void bench_large(const char *tamiz)
{
	static const char *const styles[] = { "acl", "fw", "ipc" };

	printf("\ntamiz check of %d rules of genrules (at most %.0f s, "
	       "%.0f MB)\n%18s %10s %11s\n",
	       N_RULES, LIMIT_S, LIMIT_MB, "wall", "user", "memory");
	if (!bench_has_genrules()) {
		puts("no rows: ../shared/genrules.py is absent");
		return;
	}
	for (size_t i = 0; i < sizeof(styles) / sizeof(styles[0]); i++) {
		print_row(tamiz, styles[i], false);
		print_row(tamiz, styles[i], true);
	}
}
