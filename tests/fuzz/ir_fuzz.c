/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Any bytes as IR text: what is taken is sound or named unsound, prints, and
 * reads back as what was printed; packets are judged by it.
 */
#include "fuzz.h"

#include <string.h>

#include "ir/eval.h"
#include "ir/verdicts.h"

const char fuzz_corpus[] = "ir";

/* UDP to port 53, and a TCP SYN over IPv6 with a destination option. */
static const uint8_t udp4[] = {
	2,  0, 0,  0, 0, 1, 2, 0,  0,  0,    0,    2,  8,   0,   0x45,
	0,  0, 30, 0, 0, 0, 0, 64, 17, 0x66, 0xcd, 10, 0,   0,   1,
	10, 0, 0,  2, 0, 7, 0, 53, 0,  10,   0,    0,  'h', 'i',
};
static const uint8_t tcp6[] = {
	2,    0, 0, 0, 0,    1,  2,  0,  0,    0,    0,    2,    0x86, 0xdd,
	0x60, 0, 0, 0, 0,    28, 60, 64, 0x20, 0x01, 0x0d, 0xb8, 0,    0,
	0,    0, 0, 0, 0,    0,  0,  0,  0,    1,    0x20, 0x01, 0x0d, 0xb8,
	0,    0, 0, 0, 0,    0,  0,  0,  0,    0,    0,    2,    6,    0,
	1,    4, 0, 0, 0,    0,  0,  80, 1,    2,    0,    0,    0,    1,
	0,    0, 0, 0, 0x50, 2,  16, 0,  0,    0,    0,    0,
};

static enum tz_truth is_false(void *arg, const struct tz_ir_match *match)
{
	(void)arg;
	(void)match;
	return TZ_FALSE;
}

static void judge(const struct tz_ir *ir, struct tz_arena *arena,
		  const uint8_t *bytes, size_t len)
{
	struct tz_eval_options options = { .opaque = is_false };
	struct tz_verdicts_options open_ended = { 0 };
	struct tz_eval_result result = { 0 };
	struct tz_verdicts verdicts = { 0 };
	struct tz_packet packet;
	struct tz_view view;

	if (tz_packet_parse(bytes, len, NULL, &packet) != TZ_PACKET_FILTERED)
		fuzz_die("not filtered", "the packet");

	struct tz_way way = tz_way_find(ir, packet.family, TZ_ROUTE_INPUT);

	tz_eval_verdict(ir, &packet, TZ_ROUTE_INPUT, &options, &result);
	tz_view_init(&view, &packet, TZ_BACKEND_LEGACY, NULL);
	tz_verdicts_find(&verdicts, arena, &way, &view, &view, &open_ended);
	if (!verdicts.is_given_up &&
	    !verdicts.may[!result.is_dropped   ? TZ_ENDS_ACCEPT
			  : result.is_rejected ? TZ_ENDS_REJECT
					       : TZ_ENDS_DROP])
		fuzz_die("a verdict", "that was not among the possible");
}

static struct tz_ir *parse(struct tz_arena *arena, const char *text, size_t len)
{
	struct tz_sources *sources = tz_sources_new(arena);
	struct tz_diags *diags = tz_diags_new(arena, sources);
	const struct tz_source *source =
		tz_sources_add(sources, "fuzz", text, len);
	struct tz_ir *ir = source ? tz_ir_parse(arena, diags, source) : NULL;

	if (source && !ir && !tz_diags_have_errors(diags))
		fuzz_die("refused without an error", "");
	return ir;
}

static void check(struct tz_arena *arena, const struct tz_ir *ir)
{
	struct tz_buf first = { 0 }, second = { 0 };

	tz_ir_print(ir, &first);

	struct tz_ir *again =
		parse(arena, first.text ? first.text : "", first.len);

	if (!again)
		fuzz_die("printed what cannot be read", first.text);
	if (tz_ir_verify(again))
		fuzz_die("unsound when it was read again", first.text);
	tz_ir_print(again, &second);
	if (first.len != second.len ||
	    (first.len && memcmp(first.text, second.text, first.len) != 0))
		fuzz_die("differs when it was read again", first.text);
	tz_buf_free(&first);
	tz_buf_free(&second);
	judge(ir, arena, udp4, sizeof(udp4));
	judge(ir, arena, tcp6, sizeof(tcp6));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tz_arena *arena = tz_arena_new();
	struct tz_ir *ir = parse(arena, (const char *)data, size);

	if (ir && !tz_ir_verify(ir))
		check(arena, ir);
	tz_arena_free(arena);
	return 0;
}
