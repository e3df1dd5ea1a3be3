/* SPDX-License-Identifier: GPL-2.0-only */
/* The tests of test.def: predicates with arguments over a packet. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum tz_test_id {
#define TEST(id, name, doubts, may_hotdrop) TZ_TEST_##id,
#include "model/test.def"
#undef TEST
	TZ_N_TESTS
};

/* What may change a test's value between XDP and netfilter. */
enum tz_doubt {
	TZ_DOUBT_FRAGMENT = 1, /* it may be judged when reassembled */
	TZ_DOUBT_MERGE = 2,    /* GRO may merge the segment with others */
	TZ_DOUBT_NAT = 4,      /* addresses and ports may be rewritten */
	TZ_DOUBT_ROUTED = 8,   /* routing has changed the IP header */
	/* No doubt: programs have seen all of it, it is never UNREADABLE. */
	TZ_SURELY_READ = 16,
};

struct tz_test {
	enum tz_test_id id;
	size_t n_args, n_bytes;
	const uint64_t *args; /* as test.def says */
	const uint8_t *bytes; /* a pattern, a program; or NULL */
};

const char *tz_test_name(enum tz_test_id id);
/* The test of that name; TZ_N_TESTS when there is none. */
enum tz_test_id tz_test_by_name(const char *name);
/* enum tz_doubt, ored. */
unsigned int tz_test_doubts(enum tz_test_id id);
bool tz_test_may_hotdrop(enum tz_test_id id);
