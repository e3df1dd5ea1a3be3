/* SPDX-License-Identifier: GPL-2.0-only */
/* Bytes in JSON, RFC 4648 section 4. */
#pragma once

#include <jansson.h>
#include <stddef.h>

/* A string; NULL without memory. */
json_t *tz_base64_pack(const void *data, size_t len);
/* Owned, terminated by a NUL that *len does not count. -EPROTO: not base64. */
int tz_base64_unpack(const char *text, size_t text_len, char **data,
		     size_t *len);
