/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Any bytes as rules, all the way: scanner, parser, sema, lowering, plan and
 * C. What is taken must be a sound IR, what is refused has an error.
 */
#include "fuzz.h"

#include <string.h>

#include <tamiz/compile.h>

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

/* The listing of the IR reads back as itself. */
static void check_listed(struct tz_arena *arena, const struct tz_ir *ir)
{
	struct tz_buf once = { 0 }, twice = { 0 };

	tz_buf_puts(&once, "");
	tz_ir_print(ir, &once);

	struct tz_sources *sources = tz_sources_new(arena);
	struct tz_diags *diags = tz_diags_new(arena, sources);
	const struct tz_source *source =
		tz_sources_add(sources, "listed", once.text, once.len);
	struct tz_ir *again = source ? tz_ir_parse(arena, diags, source) : NULL;

	if (!again || tz_ir_verify(again))
		fuzz_die("listed what cannot be read", once.text);
	tz_buf_puts(&twice, "");
	tz_ir_print(again, &twice);
	if (strcmp(once.text, twice.text) != 0)
		fuzz_die("what was listed is read as something else",
			 once.text);
	tz_buf_free(&once);
	tz_buf_free(&twice);
}

/* The rest of the way, under options that the length of the input chooses. */
static void compile(const uint8_t *data, size_t size, enum tz_family family)
{
	struct tamiz *tamiz = tamiz_new();
	struct tamiz_options options = {
		.family = family,
		.mode = size % 5 == 0 ? TAMIZ_MODE_REPLACE : TAMIZ_MODE_OFFLOAD,
		.backend = size % 3,
		.ifname = size % 7 ? NULL : "eth0",
		.udp_merges = size % 2,
		.log_ring = size % 4 < 2,
		.sample_every = size % 11 ? 0 : 10,
		.standalone = size % 13 == 0,
	};

	if (!tamiz || tamiz_add_text(tamiz, "fuzz", (const char *)data, size))
		fuzz_die("no memory", "");
	if (!tamiz_compile(tamiz, &options)) {
		/* The forms of rules come first, those of filters later. */
		for (int form = 0; form <= TAMIZ_EMIT_C; form++) {
			size_t len;

			if (!tamiz_emit(tamiz, form, &len))
				fuzz_die("compiled without a result", "");
		}
	} else if (!tamiz_n_diagnostics(tamiz)) {
		fuzz_die("not compiled", "without an error");
	}
	tamiz_free(tamiz);
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
		check_listed(arena, ir);
		compile(data, size, family);
	} else if (!tz_diags_have_errors(diags)) {
		fuzz_die("refused without an error", "");
	}
	print_all(ast, diags);
	tz_arena_free(arena);
	return 0;
}
