/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Any bytes as a classic BPF program -- text, or behind a byte 0xff the
 * instructions themselves -- and as the text of a flow graph. What is taken
 * prints and reads back as the same, and says the same of packets when it is
 * decoded, read again, and optimised.
 */
#include "fuzz.h"

#include <string.h>

#include "cbpf/cbpf.h"
#include "flow/flow.h"

const char fuzz_corpus[] = "cbpf";

enum { N_PACKETS = 4, PACKET_MAX = 96 };

/* The packets that programs meet: UDP, zeros, the input, and its end. */
static struct packets {
	uint8_t bytes[N_PACKETS][PACKET_MAX];
	struct tz_filter_packet at[N_PACKETS];
} packets;

static const uint8_t udp4[] = {
	2,  0, 0,  0, 0, 1, 2, 0,  0,  0,    0,    2,  8,   0,   0x45,
	0,  0, 30, 0, 0, 0, 0, 64, 17, 0x66, 0xcd, 10, 0,   0,   1,
	10, 0, 0,  2, 0, 7, 0, 53, 0,  10,   0,    0,  'h', 'i',
};

static void set_packet(int i, const uint8_t *bytes, size_t len)
{
	struct tz_filter_packet *packet = &packets.at[i];

	if (len > PACKET_MAX)
		len = PACKET_MAX;
	if (len)
		memcpy(packets.bytes[i], bytes, len);
	*packet = (struct tz_filter_packet){
		.frame = packets.bytes[i],
		.frame_len = len,
		.net = len < 14 ? len : 14,
		.len = (uint32_t)len,
		.has_ad = 1u << SKF_AD_MARK / 4 | 1u << SKF_AD_CPU / 4,
	};
	packet->ad[SKF_AD_MARK / 4] = 7;
}

static void set_packets(const uint8_t *data, size_t size)
{
	static const uint8_t zeros[PACKET_MAX];
	size_t tail = size < PACKET_MAX ? size : PACKET_MAX;

	set_packet(0, udp4, sizeof(udp4));
	set_packet(1, zeros, sizeof(zeros));
	set_packet(2, data, size);
	set_packet(3, size ? data + size - tail : data, tail);
}

static void compare_flows(const struct tz_flow *a, const struct tz_flow *b,
			  const char *what, const char *text)
{
	for (int i = 0; i < N_PACKETS; i++)
		if (tz_flow_eval(a, &packets.at[i]) !=
		    tz_flow_eval(b, &packets.at[i]))
			fuzz_die(what, text);
}

static const struct tz_source *source_of(struct tz_arena *arena,
					 struct tz_diags **diags,
					 const char *text, size_t len)
{
	struct tz_sources *sources = tz_sources_new(arena);

	*diags = tz_diags_new(arena, sources);
	return tz_sources_add(sources, "fuzz", text, len);
}

static struct tz_flow *parse_flow(struct tz_arena *arena, const char *text,
				  size_t len)
{
	struct tz_diags *diags;
	const struct tz_source *source = source_of(arena, &diags, text, len);
	struct tz_flow *flow = tz_flow_parse(arena, diags, source);

	if (!flow && !tz_diags_have_errors(diags))
		fuzz_die("a graph refused without an error", "");
	return flow;
}

static void check_flow(struct tz_arena *arena, const struct tz_flow *flow)
{
	struct tz_buf first = { 0 }, second = { 0 };
	const char *wrong = tz_flow_verify(flow);

	tz_flow_print(flow, &first);
	if (wrong)
		fuzz_die(wrong, first.text);

	const struct tz_flow *again = parse_flow(arena, first.text, first.len);

	if (!again)
		fuzz_die("printed what cannot be read", first.text);
	tz_flow_print(again, &second);
	if (strcmp(first.text, second.text) != 0)
		fuzz_die("differs when it was read again", first.text);
	compare_flows(flow, again, "read again, answers otherwise", first.text);

	const struct tz_flow *small = tz_flow_optimize(arena, flow);

	wrong = tz_flow_verify(small);
	if (wrong)
		fuzz_die(wrong, first.text);
	compare_flows(flow, small, "optimised, answers otherwise", first.text);
	tz_buf_free(&second);
	tz_flow_describe(flow, &second);
	tz_buf_free(&first);
	tz_buf_free(&second);
}

static bool read_program(struct tz_arena *arena, const char *text, size_t len,
			 struct tz_cbpf *program)
{
	struct tz_diags *diags;
	const struct tz_source *source = source_of(arena, &diags, text, len);
	struct tz_span span = { source->base,
				source->base + (uint32_t)source->len };

	if (tz_cbpf_read(arena, diags, span, source->text, source->len,
			 program))
		return true;
	if (!tz_diags_have_errors(diags))
		fuzz_die("a program refused without an error", "");
	return false;
}

/* Prints and reads it; numbers say all of it, asm what is of meaning. */
static void check_text(struct tz_arena *arena, const struct tz_cbpf *program,
		       enum tz_cbpf_form form)
{
	struct tz_buf text = { 0 };
	struct tz_cbpf again;
	bool is_same;

	tz_cbpf_print(program, form, &text);
	if (!read_program(arena, text.text, text.len, &again))
		fuzz_die("printed what cannot be read", text.text);
	is_same = again.n == program->n;
	if (form == TZ_CBPF_ASM)
		for (int i = 0; i < N_PACKETS; i++)
			is_same &= tz_cbpf_run(program, &packets.at[i]) ==
				   tz_cbpf_run(&again, &packets.at[i]);
	else if (is_same)
		is_same = memcmp(again.insns, program->insns,
				 program->n * sizeof(*program->insns)) == 0;
	if (!is_same)
		fuzz_die("differs when it was read again", text.text);
	tz_buf_free(&text);
}

static void check_program(struct tz_arena *arena, const struct tz_cbpf *program)
{
	struct tz_buf text = { 0 };
	const struct tz_flow *flow = tz_flow_decode(arena, program);

	check_text(arena, program, TZ_CBPF_BYTECODE);
	check_text(arena, program, TZ_CBPF_C);
	check_text(arena, program, TZ_CBPF_ASM);
	tz_cbpf_print(program, TZ_CBPF_ASM, &text);
	for (int i = 0; i < N_PACKETS; i++)
		if (tz_cbpf_run(program, &packets.at[i]) !=
		    tz_flow_eval(flow, &packets.at[i]))
			fuzz_die("decoded, answers otherwise", text.text);
	tz_buf_free(&text);
	check_flow(arena, flow);
}

/* The instructions behind the first byte; false: refused. */
static bool take_program(struct tz_arena *arena, const uint8_t *data,
			 size_t size, struct tz_cbpf *program)
{
	size_t at;

	program->n = (size - 1) / sizeof(*program->insns);
	program->insns = tz_new_array(arena, struct sock_filter, program->n);
	if (program->n)
		memcpy(program->insns, data + 1,
		       program->n * sizeof(*program->insns));
	return !tz_cbpf_check(program, &at);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tz_arena *arena = tz_arena_new();
	bool is_binary = size && data[0] == 0xff;
	const char *text = (const char *)data;
	struct tz_flow *flow = NULL;
	struct tz_cbpf program;

	set_packets(data, size);
	if (is_binary ? take_program(arena, data, size, &program)
		      : read_program(arena, text, size, &program))
		check_program(arena, &program);
	else if (!is_binary)
		flow = parse_flow(arena, text, size);
	if (flow)
		check_flow(arena, flow);
	tz_arena_free(arena);
	return 0;
}
