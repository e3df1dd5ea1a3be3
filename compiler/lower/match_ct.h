/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Matches on connections as a test on states (model/test.def: ct). They take
 * the table of the rule from the builder.
 */
#pragma once

#include "lower/build.h"

/* False: @use is of another extension. */
bool tz_lower_ct(struct tz_builder *b, const struct tz_sema_use *use);
