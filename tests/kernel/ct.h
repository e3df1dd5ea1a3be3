/* SPDX-License-Identifier: GPL-2.0-only */
/* What the program of ct.bpf.c says of a frame. */
#pragma once

struct tz_ct_answer {
	unsigned int states; /* TZ_CT_*, without an entry */
	unsigned int is_parsed, is_askable;
	unsigned int is_unknown; /* when askable: the table has no entry */
	unsigned int is_well_formed;
	unsigned int is_new; /* tz_ct_is_new() as a whole */
};
