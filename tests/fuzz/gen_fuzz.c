/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Any bytes as a pattern of tamiz gen: the first one says which generator and
 * how ("dpsv" and options in its upper bits), the line is the pattern, the rest
 * a packet. What is taken is a sound graph, whose answer is that of the
 * optimised one and of its program; what is refused has an error.
 */
#include "fuzz.h"

#include <string.h>

#include "backend/cbpf/cbpf_emit.h"
#include "lower/dns.h"
#include "lower/p0f.h"
#include "lower/suffix.h"

const char fuzz_corpus[] = "gen";

struct input {
	struct tz_arena *arena;
	struct tz_diags *diags;
	struct tz_span span;
	const char *text;
	size_t len;
	uint8_t kind, options;
};

static enum tz_link link_of(const struct input *in)
{
	return (enum tz_link)(in->options % TZ_N_LINKS);
}

static struct tz_flow *names(const struct input *in)
{
	struct tz_dns_options options = {
		.link = link_of(in),
		.ipv4 = in->options & 16,
		.ipv6 = true,
		.is_bare = in->options & 32,
		.ignores_case = in->options & 64,
		.port = TZ_DNS_PORT,
		.n_headers = 1,
	};
	struct tz_dns_name name[2];

	if (in->kind == 'v')
		return tz_dns_lower_valid(in->arena, in->options & 7,
					  in->options & 64, &options);
	if (!tz_dns_parse(in->arena, in->diags, in->span, in->text, in->len,
			  &name[0]))
		return NULL;
	name[1] = name[0];
	return tz_dns_lower(in->arena, name, 1 + (in->options >> 7), &options);
}

static struct tz_flow *signature(const struct input *in)
{
	struct tz_p0f_options options = { .link = link_of(in),
					  .is_reply = in->options & 64 };
	struct tz_p0f p;

	if (!tz_p0f_parse(in->arena, in->diags, in->span, in->text, in->len,
			  &p))
		return NULL;
	return tz_p0f_lower(in->arena, &p, &options);
}

static struct tz_flow *suffix(const struct input *in)
{
	struct tz_transport transport = {
		.link = link_of(in),
		.ipv4 = in->options & 16,
		.ipv6 = true,
		.is_given = in->options & 32,
		.n_headers = 2,
	};

	return tz_suffix_lower(in->arena, in->diags, in->span, in->text,
			       in->len, &transport);
}

static struct tz_flow *lower(const struct input *in)
{
	if (in->kind == 'p')
		return signature(in);
	return in->kind == 's' ? suffix(in) : names(in);
}

/* All that may be said about it, for its memory errors. */
static void print_errors(const struct input *in)
{
	struct tz_buf out = { 0 };

	for (size_t i = 0; i < tz_diags_count(in->diags); i++)
		tz_diag_print(in->diags, tz_diags_at(in->diags, i), &out);
	tz_buf_free(&out);
}

static void compare(const struct input *in, const struct tz_flow *flow,
		    const uint8_t *frame, size_t len)
{
	size_t before = link_of(in) == TZ_LINK_NET && len > 20 ? 20 : 0;
	struct tz_filter_packet packet = {
		.frame = frame,
		.frame_len = len,
		.data = before,
		.len = (uint32_t)(len - before),
	};
	uint32_t answer = tz_flow_eval(flow, &packet);
	struct tz_flow *shorter = tz_flow_optimize(in->arena, flow);
	struct tz_cbpf program;
	size_t needed = 0, at;
	const char *wrong = tz_flow_verify(flow);

	if (wrong)
		fuzz_die(wrong, in->text);
	if (tz_flow_eval(shorter, &packet) != answer)
		fuzz_die("optimising changes the answer", in->text);
	if (!tz_cbpf_emit(in->arena, shorter, TZ_CBPF_MAX, &program, &needed)) {
		if (needed <= TZ_CBPF_MAX)
			fuzz_die("a small graph has no program", in->text);
		return;
	}
	wrong = tz_cbpf_check(&program, &at);
	if (wrong)
		fuzz_die(wrong, in->text);
	if (tz_cbpf_run(&program, &packet) != answer)
		fuzz_die("the program has another answer", in->text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *line = data + 2, *end;
	struct tz_sources *sources;
	const struct tz_source *source;
	struct input in = { 0 };
	struct tz_flow *flow;

	if (size < 2)
		return 0;
	end = memchr(line, '\n', size - 2);
	if (!end)
		end = data + size;
	in.arena = tz_arena_new();
	sources = tz_sources_new(in.arena);
	in.diags = tz_diags_new(in.arena, sources);
	in.len = (size_t)(end - line);
	source = tz_sources_add(sources, "fuzz", (const char *)line, in.len);
	in.text = source->text;
	in.span = (struct tz_span){ source->base,
				    source->base + (uint32_t)in.len };
	in.kind = data[0];
	in.options = data[1];
	flow = lower(&in);
	print_errors(&in);
	if (!flow && !tz_diags_have_errors(in.diags))
		fuzz_die("a pattern refused without an error", in.text);
	if (flow)
		compare(&in, flow, end, (size_t)(data + size - end));
	tz_arena_free(in.arena);
	return 0;
}
