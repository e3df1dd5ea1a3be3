/* SPDX-License-Identifier: GPL-2.0-only */
/* Matches that compare fields of a header, or what the kernel knows. */
#pragma once

#include "lower/build.h"

/* False: @use is none of them, or not in this form. */
bool tz_lower_fields(struct tz_builder *b, const struct tz_sema_use *use);
