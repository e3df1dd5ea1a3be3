/* SPDX-License-Identifier: GPL-2.0-only */
/* The matches that are tamiz's own (sema/own.h), as programs. */
#pragma once

#include "lower/build.h"

/* False: @use is neither dns nor p0f. */
bool tz_lower_own(struct tz_builder *b, const struct tz_sema_use *use);
