/* SPDX-License-Identifier: GPL-2.0-only */
/* What the internet sends to any host: probes of ports that it has not open. */
#pragma once

#include "seq_meter.h"
#include "seq_talk.h"

/* A probe of @flow's host or its like, by one of its clients or a stranger. */
void tz_seq_scan(struct tz_meter_frame *frame, const struct tz_seq_flow *flow,
		 int domain, unsigned int *seed);
