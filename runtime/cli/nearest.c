/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For "did you mean": the word of a list with the least edit distance
 * (Levenshtein), if that is at most a third of the word's letters.
 */
#include "runtime/cli/cli.h"

#include <string.h>

#define MAX_LEN 32

static unsigned int least(unsigned int a, unsigned int b, unsigned int c)
{
	unsigned int ab = a < b ? a : b;

	return ab < c ? ab : c;
}

/* Both words are shorter than MAX_LEN. */
static unsigned int distance(const char *a, const char *b)
{
	unsigned int row[MAX_LEN];
	size_t n = strlen(b);

	for (size_t k = 0; k <= n; k++)
		row[k] = (unsigned int)k;
	for (size_t i = 0; a[i]; i++) {
		unsigned int diagonal = row[0];

		row[0] = (unsigned int)i + 1;
		for (size_t k = 0; k < n; k++) {
			unsigned int above = row[k + 1];

			row[k + 1] = least(above + 1, row[k] + 1,
					   diagonal + (a[i] != b[k]));
			diagonal = above;
		}
	}
	return row[n];
}

const char *cli_nearest(const char *word, const char *const *words, size_t n,
			size_t stride)
{
	size_t len = strlen(word);
	/* a letter more than it may be */
	unsigned int best = (unsigned int)(len + 2) / 3 + 1;
	const char *found = NULL;

	if (len < 2 || len >= MAX_LEN)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		const char *candidate = *(
			const char *const *)((const char *)words + i * stride);
		unsigned int far;

		if (strlen(candidate) >= MAX_LEN)
			continue;
		far = distance(word, candidate);
		if (far < best) {
			best = far;
			found = candidate;
		}
	}
	return found;
}
