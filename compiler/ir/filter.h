/* SPDX-License-Identifier: GPL-2.0-only */
/* Which packets the program of a test (-m bpf) can match at all. */
#pragma once

#include "ir/ir.h"

/*
 * Whether the program of @test, which is bpf, can match a packet of @family
 * that GRO may merge with others: a TCP segment, or one of a tunnel.
 */
bool tz_filter_may_merge(enum tz_family family, const struct tz_test *test);
