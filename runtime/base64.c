/* SPDX-License-Identifier: GPL-2.0-only */
/* Base64 with padding, nothing in between; what is read is checked. */
#include "runtime/base64.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/scope.h"

static const char digits[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

json_t *tz_base64_pack(const void *data, size_t len)
{
	const uint8_t *at = data;
	_cleanup_free_ char *text = malloc((len + 2) / 3 * 4 + 1);
	char *out = text;

	if (!text)
		return NULL;
	for (size_t i = 0; i < len; i += 3) {
		size_t n = len - i < 3 ? len - i : 3;
		uint32_t bits = (uint32_t)at[i] << 16;

		if (n > 1)
			bits |= (uint32_t)at[i + 1] << 8;
		if (n > 2)
			bits |= at[i + 2];
		for (size_t k = 0; k < 4; k++)
			*out++ =
				k > n ? '=' : digits[bits >> (18 - 6 * k) & 63];
	}
	return json_stringn_nocheck(text, (size_t)(out - text));
}

/* 64: no digit. */
static uint32_t value_of(char c)
{
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (uint32_t)(at - digits) : 64;
}

/* Four characters; @n of the three bytes are there. */
static int unpack_four(const char *text, char *out, size_t n)
{
	uint32_t bits = 0;

	for (size_t k = 0; k < 4; k++) {
		uint32_t value =
			k > n && text[k] == '=' ? 0 : value_of(text[k]);

		if (value > 63)
			return -EPROTO;
		bits = bits << 6 | value;
	}
	for (size_t k = 0; k < n; k++)
		out[k] = (char)(bits >> (16 - 8 * k));
	return 0;
}

int tz_base64_unpack(const char *text, size_t text_len, char **data,
		     size_t *len)
{
	size_t n_pad = 0, n = text_len / 4 * 3;
	_cleanup_free_ char *out = malloc(n + 1);

	if (!out)
		return -ENOMEM;
	if (text_len % 4)
		return -EPROTO;
	while (n_pad < 2 && n_pad < text_len &&
	       text[text_len - 1 - n_pad] == '=')
		n_pad++;
	for (size_t i = 0; i < text_len; i += 4) {
		bool is_last = i + 4 == text_len;

		if (unpack_four(text + i, out + i / 4 * 3,
				is_last ? 3 - n_pad : 3))
			return -EPROTO;
	}
	n -= n_pad;
	out[n] = '\0';
	*data = TAKE_PTR(out);
	*len = n;
	return 0;
}
