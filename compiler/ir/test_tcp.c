/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests on TCP options. A header match stands in front of --tcp-option;
 * xt_tcpmss looks for the header itself, wherever a fragment has layer 4
 * (SEMANTICS 3.3).
 */
#include "ir/test.h"

struct options {
	const uint8_t *bytes;
	size_t len;
};

/* The options of the header, when it is whole and says it is. */
static bool find_options(const struct tz_view *view, struct options *options)
{
	size_t l4_len, header_len;
	const uint8_t *tcp = tz_view_l4(view, &l4_len);

	if (l4_len < 20)
		return false;
	header_len = (tcp[12] >> 4) * 4u;
	if (header_len < 20 || header_len > l4_len)
		return false;
	*options = (struct options){ tcp + 20, header_len - 20 };
	return true;
}

/*
 * How far the option at @i reaches, as xt_tcpudp.c and xt_tcpmss.c step: they
 * do not stop at the end of the list, and take lengths of 0 and 1 as 1.
 */
static size_t step(struct options o, size_t i)
{
	if (o.bytes[i] < 2 || i + 1 == o.len || !o.bytes[i + 1])
		return 1;
	return o.bytes[i + 1];
}

/* ---- tcp_option (SEMANTICS 2.7) ---- */

enum { KIND, IS_INVERTED, N_OPTION_ARGS };

unsigned int tz_test_tcp_option(const struct tz_view *view,
				const struct tz_test *test)
{
	struct options o;
	bool is_found = false;

	if (!find_options(view, &o))
		return TZ_OUTCOME_HOTDROP;
	for (size_t i = 0; i < o.len && !is_found; i += step(o, i))
		is_found = o.bytes[i] == test->args[KIND];
	return tz_outcome_of(is_found != test->args[IS_INVERTED]);
}

bool tz_test_tcp_option_is_sound(const struct tz_test *test)
{
	return test->n_args == N_OPTION_ARGS && test->args[KIND] < 256 &&
	       test->args[IS_INVERTED] < 2;
}

/* ---- tcpmss (SEMANTICS 2.9) ---- */

enum { MSS_LO, MSS_HI, IS_MSS_INVERTED, N_MSS_ARGS };

unsigned int tz_test_tcpmss(const struct tz_view *view,
			    const struct tz_test *test)
{
	struct options o;
	bool is_in = false;

	if (!find_options(view, &o))
		return TZ_OUTCOME_HOTDROP;
	for (size_t i = 0; i < o.len; i += step(o, i)) {
		const uint8_t *option = o.bytes + i;

		if (option[0] != 2 || o.len - i < 4 || option[1] != 4)
			continue;

		uint64_t mss = (uint64_t)(option[2] << 8 | option[3]);

		is_in = mss >= test->args[MSS_LO] && mss <= test->args[MSS_HI];
		break;
	}
	return tz_outcome_of(is_in != test->args[IS_MSS_INVERTED]);
}

bool tz_test_tcpmss_is_sound(const struct tz_test *test)
{
	return test->n_args == N_MSS_ARGS && test->args[MSS_LO] <= 65535 &&
	       test->args[MSS_HI] <= 65535 && test->args[IS_MSS_INVERTED] < 2;
}
