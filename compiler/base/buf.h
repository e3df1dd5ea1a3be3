/* SPDX-License-Identifier: GPL-2.0-only */
/* Growing text: what printers write to. The text is always terminated. */
#pragma once

#include <stddef.h>

struct tz_buf {
	char *text; /* owned; NULL while empty */
	size_t len, cap;
};

void tz_buf_append(struct tz_buf *buf, const char *s, size_t len);
void tz_buf_puts(struct tz_buf *buf, const char *s);
void tz_buf_printf(struct tz_buf *buf, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void tz_buf_free(struct tz_buf *buf);
