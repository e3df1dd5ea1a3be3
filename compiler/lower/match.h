/* SPDX-License-Identifier: GPL-2.0-only */
/* The matches of one rule, in the order in which the kernel tests them. */
#pragma once

#include "ir/ir.h"
#include "sema/sema.h"

/*
 * The matches of @rule for one source and one destination address (NULL: none
 * given).
 */
struct tz_ir_match *tz_lower_matches(struct tz_ir *ir, enum tz_family family,
				     enum tz_table table,
				     const struct tz_sema_rule *rule,
				     const struct tz_sema_address *src,
				     const struct tz_sema_address *dst);
