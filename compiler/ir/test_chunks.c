/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Chunks of SCTP and options of DCCP. A header match stands in front of both.
 * Where the kernel negates what a broken packet answered, it counts the rule,
 * runs its target and drops all the same (SEMANTICS 2.3): the verdict is that
 * of a hotdrop.
 */
#include "ir/test.h"

#include <string.h>

/* ---- sctp_chunks: net/netfilter/xt_sctp.c:match_packet ---- */

enum { SCTP_LEN = 12, CHUNK_LEN = 4 };

static bool is_set(const uint8_t *map, uint8_t type)
{
	return map[type / 8] >> type % 8 & 1;
}

/* Whether the flags of a chunk are those that the rule wants of its type. */
static bool has_flags(const struct tz_test *test, uint8_t type, uint8_t flags)
{
	for (size_t i = TZ_CHUNKS_FLAGS; i < test->n_args; i += 3)
		if (test->args[i] == type)
			return (flags & test->args[i + 1]) == test->args[i + 2];
	return true;
}

/* One chunk. False: it decides, as *@is_true says. */
static bool take_chunk(const struct tz_test *test, uint8_t missing[32],
		       const uint8_t *chunk, bool *is_true)
{
	bool is_listed = is_set(test->bytes, chunk[0]);
	bool fits = is_listed && has_flags(test, chunk[0], chunk[1]);

	switch ((enum tz_chunks_kind)test->args[TZ_CHUNKS_KIND]) {
	case TZ_CHUNKS_ALL:
		if (fits)
			missing[chunk[0] / 8] &=
				(uint8_t) ~(1u << chunk[0] % 8);
		return true;
	case TZ_CHUNKS_ANY:
		*is_true = fits;
		return !fits;
	case TZ_CHUNKS_ONLY:
		*is_true = fits;
		return fits;
	}
	return true;
}

unsigned int tz_test_sctp_chunks(const struct tz_view *view,
				 const struct tz_test *test)
{
	static const uint8_t none[32];
	bool is_inverted = test->args[TZ_CHUNKS_IS_INVERTED], is_true = false;
	uint8_t missing[32];
	size_t len, at = SCTP_LEN;
	const uint8_t *sctp = tz_view_l4(view, &len);

	memcpy(missing, test->bytes, sizeof(missing));
	do {
		const uint8_t *chunk = sctp + at;

		if (len < at + CHUNK_LEN || !(chunk[2] | chunk[3]))
			return TZ_OUTCOME_HOTDROP;
		if (!take_chunk(test, missing, chunk, &is_true))
			return tz_outcome_of(is_true != is_inverted);
		at += ((size_t)(chunk[2] << 8 | chunk[3]) + 3) & ~(size_t)3;
	} while (at < len);
	if (test->args[TZ_CHUNKS_KIND] == TZ_CHUNKS_ALL)
		is_true = !memcmp(missing, none, sizeof(none));
	return tz_outcome_of(is_true != is_inverted);
}

bool tz_test_sctp_chunks_is_sound(const struct tz_test *test)
{
	if (test->n_bytes != 32 || test->n_args < TZ_CHUNKS_FLAGS ||
	    test->n_args > TZ_CHUNKS_FLAGS + 3 * TZ_CHUNKS_FLAGS_MAX ||
	    (test->n_args - TZ_CHUNKS_FLAGS) % 3 ||
	    test->args[TZ_CHUNKS_KIND] > TZ_CHUNKS_ONLY ||
	    test->args[TZ_CHUNKS_IS_INVERTED] > 1)
		return false;
	for (size_t i = TZ_CHUNKS_FLAGS; i < test->n_args; i++)
		if (test->args[i] > 255)
			return false;
	return true;
}

/* ---- dccp_option: net/netfilter/xt_dccp.c:dccp_find_option ---- */

enum { OPTION, IS_OPTION_INVERTED, N_DCCP_ARGS };

/* The header of a packet without its options (RFC 4340, 5.1-5.6). */
static size_t dccp_header_len(const uint8_t *dccp)
{
	size_t len = dccp[8] & 1 ? 16 : 12; /* of the sequence number: X */

	switch (dccp[8] >> 1 & 15) {
	case 0: /* Request */
		return len + 4;
	case 2: /* Data */
		return len;
	case 3: /* Ack, DataAck, CloseReq, Close, Sync, SyncAck */
	case 4:
	case 5:
	case 6:
	case 8:
	case 9:
		return len + 8;
	}
	return len + 12; /* Response, Reset, and what is reserved */
}

unsigned int tz_test_dccp_option(const struct tz_view *view,
				 const struct tz_test *test)
{
	size_t len;
	const uint8_t *dccp = tz_view_l4(view, &len);
	bool is_found = false;

	if (len < 12)
		return TZ_OUTCOME_HOTDROP;

	size_t begin = dccp_header_len(dccp), end = dccp[4] * 4u;

	if (end < begin || (end > begin && end > len))
		return TZ_OUTCOME_HOTDROP;
	for (size_t i = begin; i < end && !is_found;) {
		uint8_t option = dccp[i];

		is_found = option == test->args[OPTION];
		/* RFC 4340 has no length up to 31, xt_dccp none up to 1 */
		if (option < 2 || i + 1 == end || !dccp[i + 1])
			i++;
		else
			i += dccp[i + 1];
	}
	return tz_outcome_of(is_found != test->args[IS_OPTION_INVERTED]);
}

bool tz_test_dccp_option_is_sound(const struct tz_test *test)
{
	return test->n_args == N_DCCP_ARGS && test->args[OPTION] < 256 &&
	       test->args[IS_OPTION_INVERTED] < 2;
}
