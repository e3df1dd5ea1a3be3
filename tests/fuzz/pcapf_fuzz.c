/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Any bytes as a rule file of expressions, up to its program in C. What is
 * refused has an error; what is taken is, in the form that fmt prints, the same
 * rules again, and says the same of a frame.
 */
#include "fuzz.h"

#include <string.h>

#include <tamiz/judge.h>

const char fuzz_corpus[] = "pcapf";

/* UDP to port 53 in a VLAN. */
static const uint8_t bytes[] = {
	2, 0, 0,    0, 0, 1,  2, 0, 0, 0,  0,  2,  0x81, 0,    0,   5,
	8, 0, 0x45, 0, 0, 30, 0, 0, 0, 0,  64, 17, 0x66, 0xcd, 10,  0,
	0, 1, 10,   0, 0, 2,  0, 7, 0, 53, 0,  10, 0,    0,    'h', 'i',
};

static struct tamiz *compile(const char *text, size_t len, bool *is_taken)
{
	struct tamiz_options options = { .from = TAMIZ_LANGUAGE_PCAP,
					 .standalone = true };
	struct tamiz *t = tamiz_new();

	if (!t || tamiz_add_text(t, "fuzz", text, len))
		fuzz_die("no memory", "");
	*is_taken = !tamiz_compile(t, &options);
	if (!*is_taken && !tamiz_n_diagnostics(t))
		fuzz_die("refused without an error", text);
	for (size_t i = 0; i < tamiz_n_diagnostics(t); i++)
		(void)tamiz_diagnostic(t, i);
	return t;
}

static size_t decider(const struct tamiz *t, size_t len)
{
	struct tamiz_judge_options options = { .n_assumptions = 0 };
	struct tamiz_frame frame = { .bytes = bytes, .len = len };
	struct tamiz_judgement j;
	size_t bad;
	struct tamiz_judge *judge = tamiz_judge_new(t, &options, &bad);

	frame.wire_len = len;
	tamiz_judge_frame(judge, &frame, &j);
	tamiz_judge_free(judge);
	return j.rule;
}

static void check(struct tamiz *t)
{
	size_t len, again_len;
	const char *text = tamiz_emit(t, TAMIZ_EMIT_SAVE, &len);
	bool is_taken;
	struct tamiz *again = compile(text, len, &is_taken);
	const char *saved;

	if (!is_taken)
		fuzz_die("what was saved is refused", text);
	saved = tamiz_emit(again, TAMIZ_EMIT_SAVE, &again_len);
	if (strcmp(text, saved) != 0)
		fuzz_die("what was saved is read as something else", text);
	for (size_t n = 0; n <= sizeof(bytes); n += 7)
		if (decider(t, n) != decider(again, n))
			fuzz_die("what was saved judges otherwise", text);
	if (!tamiz_emit(t, TAMIZ_EMIT_C, &len))
		fuzz_die("rules without a program", text);
	tamiz_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	bool is_taken;
	struct tamiz *t = compile((const char *)data, size, &is_taken);

	if (is_taken)
		check(t);
	tamiz_free(t);
	return 0;
}
