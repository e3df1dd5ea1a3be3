/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The front-end over any bytes: scanner, parser, sema and lowering. What it
 * takes must be a sound IR, what it refuses has an error.
 */
#include "fuzz.h"

#include <string.h>

#include "grammar/iptables.h"
#include "lower/lower.h"

const char fuzz_corpus[] = "iptables";

/* Prints all that can be printed, for its memory errors. */
static void print_all(const struct tz_ast_file *ast, struct tz_diags *diags)
{
	struct tz_buf out = { 0 };

	tz_ast_print(ast, &out);
	for (size_t i = 0; i < tz_diags_count(diags); i++)
		tz_diag_print(diags, tz_diags_at(diags, i), &out);
	tz_buf_free(&out);
}

/* Reads @text; what iptables-save would print of it, "" for what is wrong. */
static struct tz_buf save(const char *text, size_t len)
{
	struct tz_arena *arena = tz_arena_new();
	struct tz_sources *sources = tz_sources_new(arena);
	struct tz_diags *diags = tz_diags_new(arena, sources);
	struct tz_ir *ir = tz_ir_new(arena, sources);
	struct tz_buf out = { 0 };
	const struct tz_source *source =
		tz_sources_add(sources, "saved", text, len);

	tz_buf_puts(&out, "");
	if (source && tz_lower_file(ir, diags,
				    tz_iptables_parse(arena, diags, source), 0))
		tz_ir_save(ir, &out);
	tz_arena_free(arena);
	return out;
}

/* What was saved is read again as what it was. */
static void check_saved(const struct tz_ir *ir)
{
	struct tz_buf once = { 0 };

	tz_buf_puts(&once, "");
	tz_ir_save(ir, &once);

	struct tz_buf twice = save(once.text, once.len);
	struct tz_buf thrice = save(twice.text, twice.len);

	/* The first may be of another family: it looked for no word of it. */
	if (twice.len > 0 && strcmp(twice.text, thrice.text) != 0)
		fuzz_die("what was saved is read as something else",
			 twice.text);
	tz_buf_free(&once);
	tz_buf_free(&twice);
	tz_buf_free(&thrice);
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
		fuzz_die("the scanner changed the source", "");
	if (tz_lower_file(ir, diags, ast, family)) {
		const char *broken = tz_ir_verify(ir);

		if (broken)
			fuzz_die("unsound IR", broken);
		check_saved(ir);
	} else if (!tz_diags_have_errors(diags)) {
		fuzz_die("refused without an error", "");
	}
	print_all(ast, diags);
	tz_arena_free(arena);
	return 0;
}
