/* SPDX-License-Identifier: GPL-2.0-only */
/* Matches on IPv6 extension headers as tests (model/test.def). */
#pragma once

#include "model/test.h"
#include "sema/sema.h"

/* False: @use is none of them. Else *@test is it, in @arena. */
bool tz_lower_ext6(struct tz_arena *arena, const struct tz_sema_use *use,
		   struct tz_test *test);
