/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Matches on bytes of the packet; see the header. What sema/ read dies before
 * the IR does, so that all is copied.
 */
#include "lower/match_bytes.h"

#include <string.h>

#include "cbpf/place.h"
#include "sema/bytes.h"

/* Without bytes tz_build_test does it. */
static struct tz_ir_match *with_bytes(struct tz_builder *b, enum tz_test_id id,
				      size_t n_args, const uint64_t *args,
				      size_t n_bytes, const uint8_t *bytes)
{
	struct tz_ir_match *match = tz_build_match(b, TZ_IR_TEST);
	uint64_t *args_copy = tz_new_array(b->ir->arena, uint64_t, n_args);
	uint8_t *bytes_copy = tz_new_array(b->ir->arena, uint8_t, n_bytes + 1);

	if (n_args)
		memcpy(args_copy, args, n_args * sizeof(*args));
	if (n_bytes)
		memcpy(bytes_copy, bytes, n_bytes);
	match->test = (struct tz_test){
		.id = id,
		.n_args = n_args,
		.n_bytes = n_bytes,
		.args = args_copy,
		.bytes = n_bytes ? bytes_copy : NULL,
	};
	return match;
}

void tz_lower_chunks(struct tz_builder *b, const struct tz_sema_option *option)
{
	const struct tz_sema_chunks *chunks = option->chunks;
	uint64_t args[TZ_CHUNKS_FLAGS + 3 * TZ_CHUNKS_FLAGS_MAX] = {
		[TZ_CHUNKS_KIND] = chunks->kind,
		[TZ_CHUNKS_IS_INVERTED] = option->is_inverted,
	};
	size_t n = TZ_CHUNKS_FLAGS;

	for (size_t i = 0; i < chunks->n_flags; i++) {
		args[n++] = chunks->flags[i].type;
		args[n++] = chunks->flags[i].mask;
		args[n++] = chunks->flags[i].value;
	}
	b->span = option->span;
	tz_build_add(b, with_bytes(b, TZ_TEST_SCTP_CHUNKS, n, args,
				   sizeof(chunks->map), chunks->map));
}

void tz_lower_dccp_option(struct tz_builder *b,
			  const struct tz_sema_option *option)
{
	b->span = option->span;
	tz_build_test(b, TZ_TEST_DCCP_OPTION, 2,
		      (uint64_t[]){ option->number, option->is_inverted });
}

static void add_tcpmss(struct tz_builder *b, const struct tz_sema_use *use)
{
	const struct tz_sema_option *mss = use->options;
	uint64_t args[3] = { [2] = mss->is_inverted };

	tz_bytes_mss(mss, args);
	b->span = mss->span;
	tz_build_test(b, TZ_TEST_TCPMSS, 3, args);
}

static void add_u32(struct tz_builder *b, const struct tz_sema_use *use)
{
	const struct tz_sema_option *o = use->options;

	b->span = o->span;
	tz_build_add(b, tz_build_inverted(b,
					  with_bytes(b, TZ_TEST_U32, o->u32->n,
						     o->u32->args, 0, NULL),
					  o->is_inverted));
}

/* Capital letters where case is ignored; false: not all of them have one. */
static bool fold(struct tz_sema_pattern *pattern)
{
	for (size_t i = 0; i < pattern->n; i++) {
		if (!tz_string_can_fold(pattern->bytes[i]))
			return false;
		pattern->bytes[i] = tz_string_fold(pattern->bytes[i]);
	}
	return true;
}

static void add_string(struct tz_builder *b, const struct tz_sema_use *use)
{
	const struct tz_sema_option *string = tz_sema_option(use, "string");
	const struct tz_sema_option *from = tz_sema_option(use, "from");
	const struct tz_sema_option *to = tz_sema_option(use, "to");
	bool ignores_case = tz_sema_option(use, "icase") != NULL;
	struct tz_sema_pattern pattern;
	uint64_t args[TZ_STRING_N_ARGS] = {
		[TZ_STRING_FROM] = from ? from->number : 0,
		[TZ_STRING_TO] = to ? to->number : 65535,
		[TZ_STRING_ICASE] = ignores_case,
	};

	if (!string)
		string = tz_sema_option(use, "hex-string");
	b->span = string->span;
	pattern = *string->pattern;
	if (ignores_case && !fold(&pattern)) {
		tz_build_opaque(b, "string",
				"bm and kmp differ about the case of bytes "
				"bf, df and ff",
				TZ_IR_PURE);
		return;
	}
	tz_build_add(b, tz_build_inverted(b,
					  with_bytes(b, TZ_TEST_STRING,
						     TZ_STRING_N_ARGS, args,
						     pattern.n, pattern.bytes),
					  string->is_inverted));
}

void tz_lower_program(struct tz_builder *b, const char *name,
		      const struct tz_cbpf *program)
{
	const char *obstacle = tz_cbpf_obstacle(program, TZ_CBPF_AT_IP);

	if (!obstacle) {
		tz_build_add(b, with_bytes(b, TZ_TEST_BPF, 0, NULL,
					   program->n * sizeof(*program->insns),
					   (const uint8_t *)program->insns));
		return;
	}
	tz_build_opaque(b, name,
			tz_arena_printf(b->ir->arena,
					"its program reads %s, which is not "
					"known at XDP",
					obstacle),
			TZ_IR_PURE);
}

/* A pinned object may be anything: only the kernel holds it. */
static bool add_bpf(struct tz_builder *b, const struct tz_sema_use *use)
{
	const struct tz_sema_option *o = tz_sema_option(use, "bytecode");

	if (!o || tz_sema_option(use, "object-pinned"))
		return false;
	b->span = o->span;
	tz_lower_program(b, use->ext->name, o->program);
	return true;
}

bool tz_lower_bytes(struct tz_builder *b, const struct tz_sema_use *use)
{
	if (strcmp(use->ext->name, "string") == 0)
		add_string(b, use);
	else if (strcmp(use->ext->name, "u32") == 0)
		add_u32(b, use);
	else if (strcmp(use->ext->name, "tcpmss") == 0)
		add_tcpmss(b, use);
	else if (strcmp(use->ext->name, "bpf") == 0)
		return add_bpf(b, use);
	else
		return false;
	return true;
}
