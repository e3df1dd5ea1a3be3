/* SPDX-License-Identifier: GPL-2.0-only */
/* Matches on bytes of the packet as tests (model/test.def). */
#pragma once

#include "base/arena.h"
#include "model/test.h"
#include "sema/sema.h"

struct tz_test tz_lower_tcpmss(struct tz_arena *arena,
			       const struct tz_sema_option *mss);
struct tz_test tz_lower_chunks(struct tz_arena *arena,
			       const struct tz_sema_option *chunks);
struct tz_test tz_lower_dccp_option(struct tz_arena *arena,
				    const struct tz_sema_option *option);
/* These say nothing of a '!'. */
struct tz_test tz_lower_u32(struct tz_arena *arena,
			    const struct tz_sema_option *u32);
/* False: bm and kmp differ about letters of the pattern. */
bool tz_lower_string(struct tz_arena *arena, const struct tz_sema_use *use,
		     struct tz_test *test);
