/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The tests of model/test.def in the interpreter: a function each, in a file
 * per kind (test_tcp.c ...). They read the packet through the view, as the
 * rule engine of the view's backend does.
 */
#pragma once

#include "ir/view.h"
#include "model/test.h"

/* What @test may answer of a packet that is not known: TZ_OUTCOME_*. */
unsigned int tz_test_unknown(const struct tz_test *test);
/* The outcomes of @test, the above where the view doubts it. */
unsigned int tz_test_outcomes(const struct tz_view *view,
			      const struct tz_test *test);
/* Whether the arguments are as test.def says; any text may be parsed. */
bool tz_test_is_sound(const struct tz_test *test);

#define TEST(id, name, doubts, may_hotdrop)                      \
	unsigned int tz_test_##name(const struct tz_view *view,  \
				    const struct tz_test *test); \
	bool tz_test_##name##_is_sound(const struct tz_test *test);
#include "model/test.def"
#undef TEST
