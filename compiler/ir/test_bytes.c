/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests on the bytes of a packet from its IP header on, up to its IP length:
 * u32 and string. Both look at later fragments too (SEMANTICS 3.3).
 */
#include <string.h>

#include "ir/packet.h"
#include "ir/test.h"

/* Bytes of the header that forwarding writes, and those around them. */
enum { HEADER_LEN = 12 };

/* The first bytes of the packet as the hook of the view sees them. */
static void read_header(const struct tz_view *view, uint8_t header[HEADER_LEN])
{
	const struct tz_packet *p = view->packet;

	memcpy(header, p->frame + p->l3, HEADER_LEN);
	if (view->is_forwarded)
		tz_packet_spend_hop(p->family, header);
}

static uint8_t byte_at(const struct tz_view *view,
		       const uint8_t header[HEADER_LEN], size_t at)
{
	return at < HEADER_LEN ? header[at]
			       : view->packet->frame[view->packet->l3 + at];
}

/* ---- u32: net/netfilter/xt_u32.c ---- */

/* A number of the packet: where the last one was loaded from, and what it is.
 */
struct number {
	uint64_t origin;
	uint32_t value;
};

static bool load(const struct tz_view *view, struct number *n, uint64_t offset)
{
	uint64_t at = n->origin + offset;
	uint8_t header[HEADER_LEN];

	if (at + 4 > view->packet->ip_len)
		return false;
	read_header(view, header);
	n->value = 0;
	for (uint64_t i = at; i < at + 4; i++)
		n->value = n->value << 8 | byte_at(view, header, i);
	return true;
}

static bool step(const struct tz_view *view, struct number *n,
		 const uint64_t step[2])
{
	switch ((enum tz_u32_step)step[0]) {
	case TZ_U32_LOAD:
		return load(view, n, step[1]);
	case TZ_U32_AND:
		n->value &= (uint32_t)step[1];
		return true;
	case TZ_U32_LEFT:
		n->value <<= step[1];
		return true;
	case TZ_U32_RIGHT:
		n->value >>= step[1];
		return true;
	case TZ_U32_AT:
		n->origin += n->value;
		return load(view, n, step[1]);
	case TZ_U32_N_STEPS:
		break;
	}
	return false;
}

/* One test, whose arguments begin at @args; *@next is behind them. */
static bool one_holds(const struct tz_view *view, const uint64_t *args,
		      const uint64_t **next)
{
	struct number n = { 0 };
	uint64_t n_steps = *args++, n_ranges;
	bool is_loaded = true, is_in = false;

	for (; n_steps--; args += 2)
		is_loaded = is_loaded && step(view, &n, args);
	for (n_ranges = *args++; n_ranges--; args += 2)
		is_in |= args[0] <= n.value && n.value <= args[1];
	*next = args;
	return is_loaded && is_in;
}

unsigned int tz_test_u32(const struct tz_view *view, const struct tz_test *test)
{
	const uint64_t *args = test->args, *end = args + test->n_args;

	while (args < end)
		if (!one_holds(view, args, &args))
			return TZ_OUTCOME_FALSE;
	return TZ_OUTCOME_TRUE;
}

/* The steps or ranges at @args, two numbers each; NULL: there are not so many.
 */
static const uint64_t *pairs(const uint64_t *args, const uint64_t *end)
{
	if (args == end || *args < 1 || *args > TZ_U32_TESTS_MAX ||
	    (uint64_t)(end - args - 1) / 2 < *args)
		return NULL;
	for (size_t i = 1; i <= 2 * *args; i++)
		if (args[i] > UINT32_MAX)
			return NULL;
	return args + 1 + 2 * *args;
}

static bool steps_are_sound(const uint64_t *args)
{
	const uint64_t *steps = args + 1;

	for (uint64_t i = 0; i < *args; i++, steps += 2) {
		bool is_shift =
			steps[0] == TZ_U32_LEFT || steps[0] == TZ_U32_RIGHT;

		if (steps[0] >= TZ_U32_N_STEPS || (is_shift && steps[1] > 31) ||
		    (steps[0] == TZ_U32_LOAD) != (i == 0))
			return false;
	}
	return true;
}

bool tz_test_u32_is_sound(const struct tz_test *test)
{
	const uint64_t *args = test->args, *end;
	unsigned int n = 0;

	if (!test->n_args)
		return false;
	end = args + test->n_args;
	for (; args < end; n++) {
		const uint64_t *ranges = pairs(args, end);

		if (!ranges || !steps_are_sound(args))
			return false;
		args = pairs(ranges, end);
		if (!args)
			return false;
	}
	return n >= 1 && n <= TZ_U32_TESTS_MAX;
}

/* ---- string: net/core/skbuff.c:skb_find_text ---- */

/* Whether the pattern of @test stands at @at, as @header and the view say. */
static bool is_at(const struct tz_view *view, const uint8_t *header,
		  const struct tz_test *test, size_t at)
{
	for (size_t i = 0; i < test->n_bytes; i++) {
		uint8_t c = byte_at(view, header, at + i);

		if (test->args[TZ_STRING_ICASE])
			c = tz_string_fold(c);
		if (c != test->bytes[i])
			return false;
	}
	return true;
}

unsigned int tz_test_string(const struct tz_view *view,
			    const struct tz_test *test)
{
	size_t to = test->args[TZ_STRING_TO];
	uint8_t header[HEADER_LEN];

	if (to > view->packet->ip_len)
		to = view->packet->ip_len;
	read_header(view, header);
	for (size_t at = test->args[TZ_STRING_FROM]; at + test->n_bytes <= to;
	     at++)
		if (is_at(view, header, test, at))
			return TZ_OUTCOME_TRUE;
	return TZ_OUTCOME_FALSE;
}

bool tz_test_string_is_sound(const struct tz_test *test)
{
	if (test->n_args != TZ_STRING_N_ARGS || !test->n_bytes ||
	    test->n_bytes > TZ_STRING_MAX ||
	    test->args[TZ_STRING_FROM] > 65535 ||
	    test->args[TZ_STRING_TO] > 65535 || test->args[TZ_STRING_ICASE] > 1)
		return false;
	for (size_t i = 0; test->args[TZ_STRING_ICASE] && i < test->n_bytes;
	     i++)
		if (!tz_string_can_fold(test->bytes[i]) ||
		    tz_string_fold(test->bytes[i]) != test->bytes[i])
			return false;
	return true;
}
