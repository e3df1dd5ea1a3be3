/* SPDX-License-Identifier: GPL-2.0-only */
/* Text that doubles its room; without memory it aborts, as the arena does. */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void reserve(struct tz_buf *buf, size_t more)
{
	size_t need = buf->len + more + 1;

	if (need <= buf->cap)
		return;

	size_t cap = buf->cap ? buf->cap : 256;

	while (cap < need)
		cap *= 2;
	buf->text = realloc(buf->text, cap);
	if (!buf->text)
		abort();
	buf->cap = cap;
}

void tz_buf_append(struct tz_buf *buf, const char *s, size_t len)
{
	reserve(buf, len);
	if (len)
		memcpy(buf->text + buf->len, s, len);
	buf->len += len;
	buf->text[buf->len] = '\0';
}

void tz_buf_puts(struct tz_buf *buf, const char *s)
{
	tz_buf_append(buf, s, strlen(s));
}

void tz_buf_printf(struct tz_buf *buf, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);

	int len = vsnprintf(NULL, 0, fmt, ap);

	va_end(ap);
	if (len < 0)
		abort();
	reserve(buf, (size_t)len);
	va_start(ap, fmt);
	vsnprintf(buf->text + buf->len, (size_t)len + 1, fmt, ap);
	va_end(ap);
	buf->len += (size_t)len;
}

void tz_buf_free(struct tz_buf *buf)
{
	free(buf->text);
	*buf = (struct tz_buf){ 0 };
}
