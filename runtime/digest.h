/* SPDX-License-Identifier: GPL-2.0-only */
/* SHA-256 (FIPS 180-4): tells whether two texts are the same one. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct tz_digest {
	uint32_t state[8];
	uint64_t len;
	uint8_t block[64];
};

#define TZ_DIGEST_HEX_LEN 65

void tz_digest_start(struct tz_digest *digest);
void tz_digest_add(struct tz_digest *digest, const void *data, size_t len);
/* A text and its end, so that "a", "bc" is not "ab", "c". */
void tz_digest_add_text(struct tz_digest *digest, const char *text);
/* Ends it: 64 digits and a NUL. */
void tz_digest_hex(struct tz_digest *digest, char hex[TZ_DIGEST_HEX_LEN]);
/* All at once. */
void tz_digest_of(const void *data, size_t len, char hex[TZ_DIGEST_HEX_LEN]);
