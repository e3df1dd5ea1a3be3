/* SPDX-License-Identifier: GPL-2.0-only */
/* Runs a program to its end, without a shell. */
#pragma once

#include <stddef.h>

/*
 * Runs @argv (found in PATH) with @input on its standard input (NULL: none).
 * Returns its exit status, or -errno when it did not start or was killed. Its
 * standard output goes to *@output, its errors to *@errors: terminated, the
 * caller frees them; NULL: they stay the caller's.
 */
int tz_spawn(const char *const argv[], const char *input, size_t input_len,
	     char **output, char **errors);
