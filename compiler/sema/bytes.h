/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Arguments of the matches that look into a packet's bytes: patterns, programs
 * of u32, chunk types of SCTP. Read here, printed by text_bytes.c, given their
 * meaning in lower/match_bytes.c.
 */
#pragma once

#include "cbpf/cbpf.h"
#include "model/test.h"
#include "sema/sema.h"

/* What --string and --hex-string look for; at least one byte. */
struct tz_sema_pattern {
	uint8_t bytes[128];
	size_t n;
};

/* Types of chunks, and for some of them flags. */
struct tz_sema_chunks {
	enum tz_chunks_kind kind;
	uint8_t map[32]; /* a bit per type */
	size_t n_flags;
	struct {
		uint8_t type, mask, value;
	} flags[TZ_CHUNKS_FLAGS_MAX];
};

/* A program of u32 as test.def has it. */
struct tz_sema_u32 {
	const uint64_t *args;
	size_t n;
};

/* Types the argument of @option; false after an error. */
bool tz_bytes_type_string(struct tz_sema *sema, struct tz_sema_option *option);
bool tz_bytes_type_hex(struct tz_sema *sema, struct tz_sema_option *option);
bool tz_bytes_type_u32(struct tz_sema *sema, struct tz_sema_option *option);
bool tz_bytes_type_bpf(struct tz_sema *sema, struct tz_sema_option *option);
bool tz_bytes_type_chunks(struct tz_sema *sema, struct tz_sema_option *option);
/* What of string and tcpmss must go together; false after an error. */
bool tz_bytes_check_use(struct tz_sema *sema, const struct tz_sema_use *use);

/* A type of chunk that iptables has a name for; NULL: there is none. */
struct tz_chunk_name {
	uint8_t type;
	const char *name;
	const char *flags; /* their letters, the highest bit first */
};
const struct tz_chunk_name *tz_chunk_names(size_t *n);

/* The ends of n[:n] of a checked --mss. */
void tz_bytes_mss(const struct tz_sema_option *option, uint64_t ends[2]);
