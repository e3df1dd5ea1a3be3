/* SPDX-License-Identifier: GPL-2.0-only */
/* Tests on TCP options. A header match stands in front of them. */
#include "ir/test.h"

enum { KIND, IS_INVERTED, N_ARGS };

static unsigned int outcome_of(bool is_true)
{
	return is_true ? TZ_OUTCOME_TRUE : TZ_OUTCOME_FALSE;
}

/*
 * net/netfilter/xt_tcpudp.c, tcp_find_option (SEMANTICS 2.7): the scan does
 * not stop at the end-of-list option, and a length of 0 or 1 is a step of 1.
 */
static bool has_option(const uint8_t *options, size_t len, uint64_t kind)
{
	for (size_t i = 0; i < len;) {
		if (options[i] == kind)
			return true;
		if (options[i] < 2 || i + 1 == len || !options[i + 1])
			i++;
		else
			i += options[i + 1];
	}
	return false;
}

unsigned int tz_test_tcp_option(const struct tz_view *view,
				const struct tz_test *test)
{
	const struct tz_packet *p = view->packet;
	const uint8_t *tcp = p->frame + p->l4;
	size_t header_len;

	if (view->l4_len < 20)
		return TZ_OUTCOME_HOTDROP;
	header_len = (tcp[12] >> 4) * 4u;
	if (header_len < 20 || header_len > view->l4_len)
		return TZ_OUTCOME_HOTDROP;
	return outcome_of(
		has_option(tcp + 20, header_len - 20, test->args[KIND]) !=
		test->args[IS_INVERTED]);
}

bool tz_test_tcp_option_is_sound(const struct tz_test *test)
{
	return test->n_args == N_ARGS && test->args[KIND] < 256 &&
	       test->args[IS_INVERTED] < 2;
}
