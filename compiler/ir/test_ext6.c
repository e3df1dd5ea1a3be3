/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests on IPv6 extension headers, as net/ipv6/netfilter/ip6t_*.c has them
 * (SEMANTICS 4.8). Each looks for the first header of its kind; without one
 * it is false; a chain that cannot be read so far, and a header that says it
 * is longer than the packet, is a hotdrop (Linux 6.18; older kernels took the
 * latter for no match).
 */
#include <tamiz/exthdr.h>

#include "ir/packet.h"
#include "ir/test.h"

enum {
	FRAGMENT_LEN = 8,
	AUTHENTICATION_LEN = 12,
};

static bool is_between(uint64_t value, uint64_t low, uint64_t high)
{
	return value >= low && value <= high;
}

static uint32_t be32(const uint8_t *p)
{
	return (uint32_t)tz_bytes_value(p, 4);
}

/* A header in the packet, and all that follows it. */
struct header {
	const uint8_t *at;
	size_t left; /* bytes from @at to the packet's end */
};

/*
 * net/ipv6/exthdrs_core.c:ipv6_find_hdr with a target. TRUE: *@found is it.
 * A later fragment has nothing behind its fragment header.
 */
static unsigned int find(const struct tz_view *view, uint8_t target,
			 struct header *found)
{
	const struct tz_packet *p = view->packet;
	const uint8_t *ip = p->frame + p->l3;
	uint8_t number = ip[6];
	size_t at = TZ_IPV6_LEN;

	while (tz_is_extension(number)) {
		bool has_more = number == TZ_PROTO_ROUTING ||
				number == TZ_PROTO_FRAGMENT;
		size_t need = has_more ? 4 : 2;

		if (at > p->ip_len || p->ip_len - at < need)
			return TZ_OUTCOME_HOTDROP;
		if (number == target) {
			*found = (struct header){ ip + at, p->ip_len - at };
			return TZ_OUTCOME_TRUE;
		}
		if (number == TZ_PROTO_FRAGMENT &&
		    tz_be16(ip + at + 2) & 0xfff8)
			return TZ_OUTCOME_FALSE;

		size_t len = tz_extension_len(number, ip + at);

		number = ip[at];
		at += len;
	}
	return TZ_OUTCOME_FALSE;
}

/* ---- frag ---- */

unsigned int tz_test_frag(const struct tz_view *view,
			  const struct tz_test *test)
{
	uint64_t flags = test->args[2];
	struct header h;
	unsigned int outcome = find(view, TZ_PROTO_FRAGMENT, &h);

	if (outcome != TZ_OUTCOME_TRUE)
		return outcome;
	if (h.left < FRAGMENT_LEN)
		return TZ_OUTCOME_HOTDROP;

	uint16_t word = tz_be16(h.at + 2);
	bool has_id = is_between(be32(h.at + 4), test->args[0], test->args[1]);

	return tz_outcome_of(has_id != !!(flags & TZ_FRAG_NOT_ID) &&
			     !(flags & TZ_FRAG_RES && (h.at[1] || word & 6)) &&
			     !(flags & TZ_FRAG_FIRST && word & 0xfff8) &&
			     !(flags & TZ_FRAG_MORE && !(word & 1)) &&
			     !(flags & TZ_FRAG_LAST && word & 1));
}

bool tz_test_frag_is_sound(const struct tz_test *test)
{
	return test->n_args == 3 && test->args[0] <= UINT32_MAX &&
	       test->args[1] <= UINT32_MAX && test->args[2] < 32;
}

/* ---- hbh and dst ---- */

/*
 * The options in front of the header are those of the list, one by one. The
 * last of them may say that it is longer than the header.
 */
static bool begins_with(const struct header *h, size_t len,
			const uint64_t *list, size_t n)
{
	size_t at = 2;

	for (size_t i = 0; i < n; i++) {
		if (len - at < 1 || h->at[at] != list[i] >> 8)
			return false;

		size_t step = 1;

		if (h->at[at]) {
			uint64_t wanted = list[i] & 0xff;

			if (len - at < 2 || (wanted != TZ_OPTION_ANY_LEN &&
					     wanted != h->at[at + 1]))
				return false;
			step = h->at[at + 1] + 2u;
		}
		if (i + 1 < n && (at + step > h->left || at + step > len))
			return false;
		at += step;
	}
	return true;
}

unsigned int tz_test_options(const struct tz_view *view,
			     const struct tz_test *test)
{
	uint64_t flags = test->args[1];
	struct header h;
	unsigned int outcome = find(view, (uint8_t)test->args[0], &h);

	if (outcome != TZ_OUTCOME_TRUE)
		return outcome;

	size_t len = tz_extension_len(TZ_PROTO_DESTINATION, h.at);

	if (len > h.left)
		return TZ_OUTCOME_HOTDROP;
	if (flags & TZ_OPTIONS_LEN &&
	    (len == test->args[2]) == !!(flags & TZ_OPTIONS_NOT_LEN))
		return TZ_OUTCOME_FALSE;
	return tz_outcome_of(
		begins_with(&h, len, test->args + 4, test->args[3]));
}

bool tz_test_options_is_sound(const struct tz_test *test)
{
	if (test->n_args < 4 || test->args[3] > TZ_OPTIONS_MAX ||
	    test->n_args != 4 + test->args[3] ||
	    (test->args[0] != TZ_PROTO_HOP_BY_HOP &&
	     test->args[0] != TZ_PROTO_DESTINATION) ||
	    test->args[1] > 3 || test->args[2] > UINT32_MAX)
		return false;
	for (size_t i = 4; i < test->n_args; i++)
		if (test->args[i] > UINT16_MAX)
			return false;
	return true;
}

/* ---- rt ---- */

static tz_value address_at(const struct header *h, size_t i)
{
	return tz_bytes_value(h->at + 8 + 16 * i, 16);
}

static bool has_addresses(const struct header *h, size_t len,
			  const struct tz_test *test)
{
	const uint64_t *list = test->args + TZ_RT_ARG_ADDRESSES;
	size_t n = (test->n_args - TZ_RT_ARG_ADDRESSES) / 2, n_there;
	bool among = test->args[TZ_RT_ARG_FLAGS] & TZ_RT_AMONG;
	size_t found = 0;

	n_there = (len - 8) / 16;
	if (n > n_there || (!among && n != n_there))
		return false;
	for (size_t i = 0; i < n_there && found < n; i++) {
		tz_value wanted =
			(tz_value)list[2 * found] << 64 | list[2 * found + 1];

		if (address_at(h, i) == wanted)
			found++;
		else if (!among)
			return false;
	}
	return found == n;
}

unsigned int tz_test_rt(const struct tz_view *view, const struct tz_test *test)
{
	const uint64_t *args = test->args;
	uint64_t flags = args[TZ_RT_ARG_FLAGS];
	struct header h;
	unsigned int outcome = find(view, TZ_PROTO_ROUTING, &h);

	if (outcome != TZ_OUTCOME_TRUE)
		return outcome;

	size_t len = tz_extension_len(TZ_PROTO_ROUTING, h.at);

	if (len > h.left)
		return TZ_OUTCOME_HOTDROP;

	bool has_segments =
		is_between(h.at[3], args[TZ_RT_ARG_LOW], args[TZ_RT_ARG_HIGH]);

	if (has_segments == !!(flags & TZ_RT_NOT_SEGMENTS) ||
	    (flags & TZ_RT_LEN &&
	     (len == args[TZ_RT_ARG_LEN]) == !!(flags & TZ_RT_NOT_LEN)) ||
	    (flags & TZ_RT_TYPE &&
	     (h.at[2] == args[TZ_RT_ARG_TYPE]) == !!(flags & TZ_RT_NOT_TYPE)) ||
	    (flags & TZ_RT_RES && be32(h.at + 4)))
		return TZ_OUTCOME_FALSE;
	return tz_outcome_of(!(flags & TZ_RT_ADDRESSES) ||
			     has_addresses(&h, len, test));
}

bool tz_test_rt_is_sound(const struct tz_test *test)
{
	size_t n = test->n_args;

	if (n < TZ_RT_ARG_ADDRESSES ||
	    n > TZ_RT_ARG_ADDRESSES + 2 * TZ_RT_ADDRESSES_MAX ||
	    (n - TZ_RT_ARG_ADDRESSES) % 2 || test->args[TZ_RT_ARG_FLAGS] > 255)
		return false;
	for (size_t i = 0; i < TZ_RT_ARG_ADDRESSES; i++)
		if (test->args[i] > UINT32_MAX)
			return false;
	return !(test->args[TZ_RT_ARG_FLAGS] & TZ_RT_ADDRESSES) ==
	       (n == TZ_RT_ARG_ADDRESSES);
}

/* ---- ah ---- */

unsigned int tz_test_ah6(const struct tz_view *view, const struct tz_test *test)
{
	uint64_t flags = test->args[2], wanted = test->args[3];
	struct header h;
	unsigned int outcome = find(view, TZ_PROTO_AH, &h);

	if (outcome != TZ_OUTCOME_TRUE)
		return outcome;
	if (h.left < AUTHENTICATION_LEN ||
	    h.left < tz_extension_len(TZ_PROTO_AH, h.at))
		return TZ_OUTCOME_HOTDROP;

	bool has_spi = is_between(be32(h.at + 4), test->args[0], test->args[1]);
	bool has_len = tz_extension_len(TZ_PROTO_AH, h.at) == wanted;

	return tz_outcome_of(
		has_spi != !!(flags & TZ_AH_NOT_SPI) &&
		(!wanted || has_len != !!(flags & TZ_AH_NOT_LEN)) &&
		!(flags & TZ_AH_RES && tz_be16(h.at + 2)));
}

bool tz_test_ah6_is_sound(const struct tz_test *test)
{
	return test->n_args == 4 && test->args[0] <= UINT32_MAX &&
	       test->args[1] <= UINT32_MAX && test->args[2] < 8 &&
	       test->args[3] <= UINT32_MAX;
}
