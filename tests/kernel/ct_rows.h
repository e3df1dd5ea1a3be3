/* SPDX-License-Identifier: GPL-2.0-only */
/* Frames in their order, and what becomes of them (SEMANTICS 8.8, 8.12). */
#pragma once

#include <stddef.h>

#include "ct_frame.h"

struct ct_row {
	const char *name; /* begins with '+': of the flow of the row before */
	struct ct_frame_spec spec; /* without family and flow */
	const char *states;        /* the set without an entry: of "NERIU" */
	char look;                 /* 'u'nknown, 'f'ound, '-' not asked */
	char goes;                 /* 'd'ropped if all states are, 'p'assed */
	char state;                /* the kernel's */
	/*
	 * An error, where its protocol is 0: quotes the last frame that is
	 * none, up to so many bytes behind its IP header (0: 20).
	 */
	bool quotes;
	enum ct_quote_harm quote;
	int more;
};

#define CT_NO_BYTES (-128) /* .more: the header alone */

struct ct_rows {
	const struct ct_row *row;
	size_t n;
};

extern const struct ct_rows ct_rows_tcp, ct_rows_udp; /* of both families */
extern const struct ct_rows ct_rows_icmp4, ct_rows_icmp6, ct_rows_other;
extern const struct ct_rows ct_rows_error4, ct_rows_error6;
/* Errors of both families; port 82 is another's 83. */
extern const struct ct_rows ct_rows_errors, ct_rows_natted;
extern const struct ct_rows ct_rows_strict; /* tcp_loose = 0 */
/* With a helper of FTP on port 21 and no tracking for port 81. */
extern const struct ct_rows ct_rows_helped4, ct_rows_notrack;
