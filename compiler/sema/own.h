/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The matches that are tamiz's own, dns and p0f: iptables and the kernel do not
 * know them, so that nobody but XDP decides about their rules.
 */
#pragma once

#include "sema/sema.h"

bool tz_own_is(const struct tz_ext *match);
/* What --qname and --sig say; false after an error. */
bool tz_own_type_dns_name(struct tz_sema *sema, struct tz_sema_option *option);
bool tz_own_type_p0f(struct tz_sema *sema, struct tz_sema_option *option);
/* What must go together; false after an error. */
bool tz_own_check_use(struct tz_sema *sema, const struct tz_sema_use *use);
