/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How far a long command has come: one line on standard error that is written
 * over, on terminals only, and only of what takes over two seconds.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct cli_progress {
	const char *unit; /* "packets" */
	int64_t next_ms;
	bool is_on, is_shown;
};

void cli_progress_start(struct cli_progress *progress, const char *unit);
/* @part of the work, 0 to 1; negative: unknown. Cheap, but not for each. */
void cli_progress_show(struct cli_progress *progress, uint64_t n, double part);
/* Takes the line away: before anything else is written to the terminal. */
void cli_progress_end(struct cli_progress *progress);
