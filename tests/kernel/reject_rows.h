/* SPDX-License-Identifier: GPL-2.0-only */
/* The frames that reject_ask sends. */
#pragma once

#include <stddef.h>

#include "lib/frame.h"

/* What is done to a frame before it is sent. */
enum edit {
	AS_IT_IS,
	BAD_SUM, /* of layer 4 */
	NO_SUM,  /* UDP */
	TAGGED,  /* VLAN id 0 */
	TWICE_TAGGED,
	OPTIONS, /* of IPv4: four bytes */
	TTL_ONE,
	TOS,
	TO_GROUP, /* to a link address of many */
	PADDED,
	LONG_HEADER,    /* TCP: says 60 bytes */
	NUMBERED,       /* TCP: with numbers */
	OTHER_PROTOCOL, /* + its number */
};

struct row {
	const char *name;
	struct tz_frame_spec spec;
	int edit;
};

#define HOST "192.0.2.1"
#define PEER "192.0.2.2"

extern const struct row rows4[], rows6[];
extern const size_t n_rows4, n_rows6;
