/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The front-end over any bytes: scanner, parser, sema and lowering. What it
 * takes must be a sound IR, what it refuses has an error. With libFuzzer (make
 * fuzz) LLVMFuzzerTestOneInput is called by it; without, main() replays the
 * files and folders of its arguments.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "grammar/iptables.h"
#include "lower/lower.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void die(const char *what, const char *detail)
{
	fprintf(stderr, "%s: %s\n", what, detail);
	abort();
}

/* Prints all that can be printed, for its memory errors. */
static void print_all(const struct tz_ast_file *ast, struct tz_diags *diags)
{
	struct tz_buf out = { 0 };

	tz_ast_print(ast, &out);
	for (size_t i = 0; i < tz_diags_count(diags); i++)
		tz_diag_print(diags, tz_diags_at(diags, i), &out);
	tz_buf_free(&out);
}

/* A first byte of 4 or 6 chooses the family, another leaves it open. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tz_arena *arena = tz_arena_new();
	struct tz_sources *sources = tz_sources_new(arena);
	struct tz_diags *diags = tz_diags_new(arena, sources);
	enum tz_family family = 0;

	if (size > 0 && (data[0] == '4' || data[0] == '6')) {
		family = data[0] - '0';
		data++;
		size--;
	}

	const struct tz_source *source =
		tz_sources_add(sources, "fuzz", (const char *)data, size);

	if (!source) {
		tz_arena_free(arena);
		return 0;
	}

	struct tz_ast_file *ast = tz_iptables_parse(arena, diags, source);
	struct tz_ir *ir = tz_ir_new(arena, sources);

	if (size && memcmp(source->text, data, size) != 0)
		die("the scanner changed the source", "");
	if (tz_lower_file(ir, diags, ast, family)) {
		const char *broken = tz_ir_verify(ir);

		if (broken)
			die("unsound IR", broken);
	} else if (!tz_diags_have_errors(diags)) {
		die("refused without an error", "");
	}
	print_all(ast, diags);
	tz_arena_free(arena);
	return 0;
}

#ifndef TAMIZ_LIBFUZZER
#include <dirent.h>
#include <sys/stat.h>

static size_t n_replayed;

static void replay_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	static uint8_t bytes[4 << 20];

	if (!file)
		die("cannot be read", path);

	size_t n = fread(bytes, 1, sizeof(bytes), file);

	fclose(file);
	LLVMFuzzerTestOneInput(bytes, n);
	n_replayed++;
}

static void replay(const char *path)
{
	struct stat st;
	char inner[4096];

	if (stat(path, &st) != 0)
		die("cannot be found", path);
	if (!S_ISDIR(st.st_mode)) {
		replay_file(path);
		return;
	}

	DIR *dir = opendir(path);

	if (!dir)
		die("cannot be opened", path);
	for (const struct dirent *e; (e = readdir(dir));) {
		if (e->d_name[0] == '.')
			continue;
		snprintf(inner, sizeof(inner), "%s/%s", path, e->d_name);
		replay(inner);
	}
	closedir(dir);
}

/* Without arguments: the corpus that comes with the source. */
int main(int argc, char **argv)
{
	const char *top = getenv("top_srcdir");
	char path[4096];

	snprintf(path, sizeof(path), "%s/tests/fuzz/corpus/iptables",
		 top ? top : ".");
	if (argc < 2)
		replay(path);
	for (int i = 1; i < argc; i++)
		replay(argv[i]);
	printf("%zu files replayed\n", n_replayed);
	return n_replayed > 0 ? 0 : 1;
}
#endif
