/* SPDX-License-Identifier: GPL-2.0-only */
/* See the header. */
#include "tests/unit/front_help.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct front front_read(const char *name, const char *text, size_t len,
			enum tz_family family)
{
	struct front f = { .arena = tz_arena_new() };

	f.sources = tz_sources_new(f.arena);
	f.diags = tz_diags_new(f.arena, f.sources);
	f.ir = tz_ir_new(f.arena, f.sources);

	const struct tz_source *source =
		tz_sources_add(f.sources, name, text, len);

	if (!source)
		return f;
	f.ast = tz_iptables_parse(f.arena, f.diags, source);
	f.is_good = tz_lower_file(f.ir, f.diags, f.ast, family);
	return f;
}

struct front front_table(enum tz_family family, const char *table,
			 const char *lines)
{
	size_t len = strlen(table) + strlen(lines) + 32;
	char *text = malloc(len);
	int n = snprintf(text, len, "*%s\n%s\nCOMMIT\n", table, lines);
	struct front f = front_read("test", text, (size_t)n, family);

	free(text);
	return f;
}

void front_free(struct front *front)
{
	tz_arena_free(front->arena);
	*front = (struct front){ 0 };
}

struct tz_buf front_diags(const struct front *front)
{
	struct tz_buf out = { 0 };

	for (size_t i = 0; i < tz_diags_count(front->diags); i++)
		tz_diag_print(front->diags, tz_diags_at(front->diags, i), &out);
	return out;
}

char *front_slurp(const char *path, size_t *len)
{
	FILE *file = fopen(path, "rb");
	size_t cap = 1 << 16, n = 0;
	char *text;

	if (!file)
		return NULL;
	text = malloc(cap);
	while (text) {
		n += fread(text + n, 1, cap - n, file);
		if (n < cap)
			break;
		cap *= 2;
		text = realloc(text, cap);
	}
	fclose(file);
	if (!text)
		abort();
	text[n] = '\0';
	*len = n;
	return text;
}

const char *front_shared(void)
{
	static char path[4096];
	const char *top = getenv("top_srcdir");

	snprintf(path, sizeof(path), "%s/../shared", top ? top : ".");
	return access(path, R_OK) == 0 ? path : NULL;
}
