/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Patterns, programs and chunk types as iptables-save 1.8.9 prints them.
 */
#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "sema/bytes.h"
#include "sema/text.h"

/* libxt_string: in hexadecimal if a byte cannot be printed, or a '\' is last.
 */
static bool is_hex(const struct tz_sema_pattern *pattern)
{
	for (size_t i = 0; i < pattern->n; i++)
		if (pattern->bytes[i] < ' ' || pattern->bytes[i] > '~')
			return true;
	return pattern->bytes[pattern->n - 1] == '\\';
}

/* In quotes; of what can be printed only these have a '\\' in front. */
static void print_quoted(struct tz_printer *p,
			 const struct tz_sema_pattern *pattern)
{
	tz_buf_puts(&p->out, " \"");
	for (size_t i = 0; i < pattern->n; i++) {
		char c = (char)pattern->bytes[i];

		tz_buf_printf(&p->out, c == '"' || c == '\\' ? "\\%c" : "%c",
			      c);
	}
	tz_buf_puts(&p->out, "\"");
}

static void print_pattern(struct tz_printer *p, const struct tz_sema_option *o)
{
	const struct tz_sema_pattern *pattern = o->pattern;

	tz_text_bang(p, o);
	if (is_hex(pattern)) {
		tz_buf_puts(&p->out, " --hex-string \"|");
		for (size_t i = 0; i < pattern->n; i++)
			tz_buf_printf(&p->out, "%02x", pattern->bytes[i]);
		tz_buf_puts(&p->out, "|\"");
		return;
	}
	tz_buf_puts(&p->out, " --string");
	print_quoted(p, pattern);
}

void tz_text_string_use(struct tz_printer *p, const struct tz_sema_use *use)
{
	const struct tz_sema_option *string = tz_sema_option(use, "string");
	const struct tz_sema_option *from = tz_sema_option(use, "from");
	const struct tz_sema_option *to = tz_sema_option(use, "to");

	print_pattern(p, string ? string : tz_sema_option(use, "hex-string"));
	tz_buf_printf(&p->out, " --algo %s",
		      tz_sema_option(use, "algo")->args[0]->text);
	if (from && from->number != 0)
		tz_buf_printf(&p->out, " --from %" PRIu64, from->number);
	if (to && to->number != 65535)
		tz_buf_printf(&p->out, " --to %" PRIu64, to->number);
	if (tz_sema_option(use, "icase"))
		tz_buf_puts(&p->out, " --icase");
}

/* The steps or ranges at @args; returns what stands behind them. */
static const uint64_t *print_steps(struct tz_printer *p, const uint64_t *args)
{
	static const char *const operators[] = {
		[TZ_U32_LOAD] = "",    [TZ_U32_AND] = "&", [TZ_U32_LEFT] = "<<",
		[TZ_U32_RIGHT] = ">>", [TZ_U32_AT] = "@",
	};

	for (uint64_t n = *args++; n--; args += 2)
		tz_buf_printf(&p->out, "%s0x%" PRIx64, operators[args[0]],
			      args[1]);
	return args;
}

static const uint64_t *print_ranges(struct tz_printer *p, const uint64_t *args)
{
	const char *separator = "=";

	for (uint64_t n = *args++; n--; args += 2) {
		tz_buf_printf(&p->out, "%s0x%" PRIx64, separator, args[0]);
		if (args[1] != args[0])
			tz_buf_printf(&p->out, ":0x%" PRIx64, args[1]);
		separator = ",";
	}
	return args;
}

void tz_text_u32_use(struct tz_printer *p, const struct tz_sema_use *use)
{
	const struct tz_sema_u32 *u32 = use->options->u32;
	const uint64_t *args = u32->args, *end = args + u32->n;

	tz_text_bang(p, use->options);
	tz_buf_puts(&p->out, " --u32 \"");
	while (args < end) {
		tz_buf_puts(&p->out, args == u32->args ? "" : "&&");
		args = print_ranges(p, print_steps(p, args));
	}
	tz_buf_puts(&p->out, "\"");
}

/* libxt_bpf.c, bpf_save and bpf_save_v1 */
void tz_text_bpf_use(struct tz_printer *p, const struct tz_sema_use *use)
{
	const struct tz_sema_option *bytecode = tz_sema_option(use, "bytecode");

	if (!bytecode) {
		tz_text_opaque(p, use);
		return;
	}
	tz_buf_puts(&p->out, " --bytecode \"");
	tz_cbpf_print(bytecode->program, TZ_CBPF_BYTECODE, &p->out);
	tz_buf_puts(&p->out, "\"");
}

static void print_flags(struct tz_printer *p,
			const struct tz_sema_chunks *chunks,
			const struct tz_chunk_name *name)
{
	size_t i = 0;

	while (i < chunks->n_flags && chunks->flags[i].type != name->type)
		i++;
	if (i == chunks->n_flags)
		return;
	tz_buf_puts(&p->out, ":");
	for (int bit = 7; bit >= 0; bit--) {
		char flag = name->flags[7 - bit];

		if (!(chunks->flags[i].mask >> bit & 1))
			continue;
		if (!(chunks->flags[i].value >> bit & 1))
			flag = (char)tolower((unsigned char)flag);
		tz_buf_printf(&p->out, "%c", flag);
	}
}

void tz_text_chunks(struct tz_printer *p, const struct tz_sema_option *o)
{
	static const char *const kinds[] = { "all", "any", "only" };
	static const uint8_t none[32];
	const struct tz_sema_chunks *chunks = o->chunks;
	const char *separator = " ";
	size_t n;
	const struct tz_chunk_name *names = tz_chunk_names(&n);

	tz_text_bang(p, o);
	tz_buf_printf(&p->out, " --chunk-types %s", kinds[chunks->kind]);
	if (chunks->map[31] & 0x80) { /* a type without a name: all */
		tz_buf_puts(&p->out, " ALL");
		return;
	}
	if (memcmp(chunks->map, none, sizeof(none)) == 0)
		tz_buf_puts(&p->out, " NONE");
	for (size_t i = 0; i < n; i++) {
		if (!(chunks->map[names[i].type / 8] >> names[i].type % 8 & 1))
			continue;
		tz_buf_printf(&p->out, "%s%s", separator, names[i].name);
		print_flags(p, chunks, &names[i]);
		separator = ",";
	}
}
