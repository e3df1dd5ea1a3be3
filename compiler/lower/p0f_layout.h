/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The TCP options of a p0f signature: which stand where, and what p0f reads of
 * them.
 */
#pragma once

#include "lower/p0f.h"

/* The bytes of all options, or TZ_P0F_ANY where the segment has a say. */
uint32_t tz_p0f_options_len(const struct tz_p0f *signature);

struct tz_p0f_layout {
	struct tz_flow *flow;
	const struct tz_p0f *signature;
	bool is_reply;
	uint32_t tcp;      /* term: where the TCP header is */
	uint32_t tcp_len;  /* term: of that header, options and all */
	uint32_t mtu_more; /* term: the MTU less the MSS */
};

/* Variables that this uses; TZ_VAR_OTHERS is free for the caller. */
enum { TZ_VAR_OPTION = TZ_VAR_OTHERS + 1 };

/*
 * The node that accepts where options, MSS, window scale and a window that is
 * made of the MSS are those of the signature. All of the header is in the
 * packet, and where tz_p0f_options_len knows its length it has that.
 */
uint32_t tz_p0f_options(const struct tz_p0f_layout *layout);
