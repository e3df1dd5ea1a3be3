/* SPDX-License-Identifier: GPL-2.0-only */
/* A line on the terminal, at most twice a second. */
#include "runtime/cli/progress.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum { FIRST_MS = 2000, EVERY_MS = 500 };

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void cli_progress_start(struct cli_progress *progress, const char *unit)
{
	*progress = (struct cli_progress){
		.unit = unit,
		.next_ms = now_ms() + FIRST_MS,
		.is_on = isatty(STDERR_FILENO),
	};
}

void cli_progress_show(struct cli_progress *progress, uint64_t n, double part)
{
	if (!progress->is_on || now_ms() < progress->next_ms)
		return;
	progress->next_ms = now_ms() + EVERY_MS;
	progress->is_shown = true;
	fprintf(stderr, "\r\033[K%ju %s", (uintmax_t)n, progress->unit);
	if (part >= 0)
		fprintf(stderr, ", %d%%", (int)(part * 100));
	fflush(stderr);
}

void cli_progress_end(struct cli_progress *progress)
{
	if (progress->is_shown)
		fputs("\r\033[K", stderr);
	progress->is_shown = false;
}
