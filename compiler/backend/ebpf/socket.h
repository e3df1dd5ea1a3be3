/* SPDX-License-Identifier: GPL-2.0-only */
/* Filters as eBPF programs for sockets, and for what takes such programs. */
#pragma once

#include "flow/flow.h"

/* @flow as a socket filter in C that includes nothing. */
void tz_ebpf_socket(const struct tz_flow *flow, struct tz_buf *out);
/* Not all of SKF_AD_* can be had there: whether what @flow reads can. */
bool tz_ebpf_socket_knows(const struct tz_flow *flow);
