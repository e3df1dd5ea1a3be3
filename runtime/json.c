/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rule files hold bytes, comments above all, and JSON holds UTF-8: what is
 * not is converted as if it were Latin-1, which always succeeds.
 */
#include "runtime/json.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/scope.h"

json_t *tz_json_text(const char *text)
{
	if (!text)
		return json_null();

	json_t *json = json_string(text);

	if (json)
		return json;

	_cleanup_free_ char *utf8 = malloc(2 * strlen(text) + 1);
	char *out = utf8;

	if (!utf8)
		return NULL;
	for (const unsigned char *in = (const void *)text; *in; in++) {
		if (*in < 0x80) {
			*out++ = (char)*in;
		} else {
			*out++ = (char)(0xc0 | *in >> 6);
			*out++ = (char)(0x80 | (*in & 0x3f));
		}
	}
	*out = '\0';
	return json_string(utf8);
}
