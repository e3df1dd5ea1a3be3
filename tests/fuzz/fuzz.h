/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What fuzz targets share. A target defines the two below; libFuzzer calls
 * the function (make fuzz), or main() of replay.c, which reads a corpus.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* The folder of tests/fuzz/corpus with the target's inputs. */
extern const char fuzz_corpus[];
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

__attribute__((noreturn)) static inline void fuzz_die(const char *what,
						      const char *detail)
{
	fprintf(stderr, "%s: %s\n", what, detail);
	abort();
}
