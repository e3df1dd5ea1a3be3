/* SPDX-License-Identifier: GPL-2.0-only */
/* `-m time` as a test (model/test.def). */
#pragma once

#include "lower/build.h"

/* False: a form that only the kernel's clock and time zone give a meaning. */
bool tz_lower_time(struct tz_builder *b, const struct tz_sema_use *use);
