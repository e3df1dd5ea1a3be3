/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SHA-256 as FIPS 180-4 writes it, a block at a time; names are the standard's.
 * The compared texts are short: no library for it.
 */
#include "runtime/digest.h"

#include <stdio.h>
#include <string.h>

/* Section 4.2.2: of the cube roots of the first 64 primes. */
static const uint32_t K[64] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1,
	0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3,
	0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
	0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
	0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147,
	0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
	0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
	0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
	0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
	0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
	0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

/* Section 5.3.3: of the square roots of the first eight. */
static const uint32_t H0[8] = {
	0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
	0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
};

static uint32_t rotr(uint32_t x, int n)
{
	return x >> n | x << (32 - n);
}

static void schedule(uint32_t w[64], const uint8_t block[64])
{
	for (int t = 0; t < 16; t++)
		w[t] = (uint32_t)block[4 * t] << 24 |
		       (uint32_t)block[4 * t + 1] << 16 |
		       (uint32_t)block[4 * t + 2] << 8 | block[4 * t + 3];
	for (int t = 16; t < 64; t++) {
		uint32_t a = w[t - 15], b = w[t - 2];

		w[t] = (rotr(b, 17) ^ rotr(b, 19) ^ b >> 10) + w[t - 7] +
		       (rotr(a, 7) ^ rotr(a, 18) ^ a >> 3) + w[t - 16];
	}
}

/* Section 6.2.2. */
static void compress(uint32_t h[8], const uint8_t block[64])
{
	uint32_t w[64], v[8];

	schedule(w, block);
	memcpy(v, h, sizeof(v));
	for (int t = 0; t < 64; t++) {
		uint32_t a = v[0], e = v[4];
		uint32_t t1 = v[7] + (rotr(e, 6) ^ rotr(e, 11) ^ rotr(e, 25)) +
			      ((e & v[5]) ^ (~e & v[6])) + K[t] + w[t];
		uint32_t t2 = (rotr(a, 2) ^ rotr(a, 13) ^ rotr(a, 22)) +
			      ((a & v[1]) ^ (a & v[2]) ^ (v[1] & v[2]));

		memmove(v + 1, v, 7 * sizeof(*v));
		v[4] += t1;
		v[0] = t1 + t2;
	}
	for (int i = 0; i < 8; i++)
		h[i] += v[i];
}

void tz_digest_start(struct tz_digest *digest)
{
	*digest = (struct tz_digest){ 0 };
	memcpy(digest->state, H0, sizeof(H0));
}

void tz_digest_add(struct tz_digest *digest, const void *data, size_t len)
{
	const uint8_t *at = data;

	while (len) {
		size_t used = digest->len % 64, n = 64 - used;

		if (n > len)
			n = len;
		memcpy(digest->block + used, at, n);
		digest->len += n;
		at += n;
		len -= n;
		if (digest->len % 64 == 0)
			compress(digest->state, digest->block);
	}
}

void tz_digest_add_text(struct tz_digest *digest, const char *text)
{
	tz_digest_add(digest, text, strlen(text) + 1);
}

void tz_digest_hex(struct tz_digest *digest, char hex[TZ_DIGEST_HEX_LEN])
{
	uint64_t n_bits = digest->len * 8;
	uint8_t len[8];

	for (int i = 0; i < 8; i++)
		len[i] = (uint8_t)(n_bits >> (56 - 8 * i));
	tz_digest_add(digest, "\x80", 1);
	while (digest->len % 64 != 56)
		tz_digest_add(digest, "", 1);
	tz_digest_add(digest, len, sizeof(len));
	for (int i = 0; i < 8; i++)
		snprintf(hex + 8 * i, 9, "%08x", digest->state[i]);
}

void tz_digest_of(const void *data, size_t len, char hex[TZ_DIGEST_HEX_LEN])
{
	struct tz_digest digest;

	tz_digest_start(&digest);
	tz_digest_add(&digest, data, len);
	tz_digest_hex(&digest, hex);
}
