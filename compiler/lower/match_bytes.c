/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The arguments of tests on bytes of the packet; see the header. What sema/
 * read dies before the IR does.
 */
#include "lower/match_bytes.h"

#include <string.h>

#include "sema/bytes.h"

static struct tz_test with_args(struct tz_arena *arena, enum tz_test_id id,
				size_t n_args, const uint64_t *args)
{
	uint64_t *copy = tz_new_array(arena, uint64_t, n_args);

	memcpy(copy, args, n_args * sizeof(*args));
	return (struct tz_test){ .id = id, .n_args = n_args, .args = copy };
}

static struct tz_test with_bytes(struct tz_arena *arena, struct tz_test test,
				 size_t n_bytes, const uint8_t *bytes)
{
	uint8_t *copy = tz_new_array(arena, uint8_t, n_bytes);

	memcpy(copy, bytes, n_bytes);
	test.n_bytes = n_bytes;
	test.bytes = copy;
	return test;
}

struct tz_test tz_lower_tcpmss(struct tz_arena *arena,
			       const struct tz_sema_option *mss)
{
	uint64_t args[3] = { [2] = mss->is_inverted };

	tz_bytes_mss(mss, args);
	return with_args(arena, TZ_TEST_TCPMSS, 3, args);
}

struct tz_test tz_lower_chunks(struct tz_arena *arena,
			       const struct tz_sema_option *option)
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
	return with_bytes(arena, with_args(arena, TZ_TEST_SCTP_CHUNKS, n, args),
			  sizeof(chunks->map), chunks->map);
}

struct tz_test tz_lower_dccp_option(struct tz_arena *arena,
				    const struct tz_sema_option *option)
{
	return with_args(arena, TZ_TEST_DCCP_OPTION, 2,
			 (uint64_t[]){ option->number, option->is_inverted });
}

struct tz_test tz_lower_u32(struct tz_arena *arena,
			    const struct tz_sema_option *u32)
{
	return with_args(arena, TZ_TEST_U32, u32->u32->n, u32->u32->args);
}

bool tz_lower_string(struct tz_arena *arena, const struct tz_sema_use *use,
		     struct tz_test *test)
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
	pattern = *string->pattern;
	for (size_t i = 0; ignores_case && i < pattern.n; i++) {
		if (!tz_string_can_fold(pattern.bytes[i]))
			return false;
		pattern.bytes[i] = tz_string_fold(pattern.bytes[i]);
	}
	*test = with_bytes(
		arena, with_args(arena, TZ_TEST_STRING, TZ_STRING_N_ARGS, args),
		pattern.n, pattern.bytes);
	return true;
}
