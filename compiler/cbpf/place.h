/* SPDX-License-Identifier: GPL-2.0-only */
/* Where a program of a rule runs, and what of SKF_AD_* is known there. */
#pragma once

#include "cbpf/cbpf.h"

enum tz_cbpf_place {
	/*
	 * -m bpf: the packet from its IP header on, up to its IP length; the
	 * link header is at SKF_LL_OFF.
	 */
	TZ_CBPF_AT_IP,
	TZ_CBPF_AT_FRAME, /* the frame from its Ethernet header on */
	TZ_CBPF_AT_TC,    /* the same, and what a socket buffer holds */
	TZ_CBPF_N_PLACES
};

/*
 * What of @program cannot be known to rules at @place, as the end of "its
 * program reads ..."; NULL: nothing.
 */
const char *tz_cbpf_obstacle(const struct tz_cbpf *program,
			     enum tz_cbpf_place place);
/* Whether @program asks for the VLAN tag that the kernel holds apart. */
bool tz_cbpf_asks_tag(const struct tz_cbpf *program);
/*
 * Whether @program asks for the device's number or kind. A packet that has none
 * yet (in OUTPUT) ends it with what A holds, not with 0, so it must stay as it
 * is. Source: net/core/filter.c, convert_bpf_extensions.
 */
bool tz_cbpf_asks_device(const struct tz_cbpf *program);
/* Whether loads of @program name the link header. */
bool tz_cbpf_reads_link(const struct tz_cbpf *program);
