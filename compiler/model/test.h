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
	TZ_DOUBT_ALL = 15,
	/* No doubt: programs have seen all of it, it is never UNREADABLE. */
	TZ_SURELY_READ = 16,
	/* Nor this: a program's answer may be that only the kernel knows. */
	TZ_MAY_BE_UNKNOWN = 32,
};

/* Of sctp_chunks: which of the listed types a packet has. */
enum tz_chunks_kind { TZ_CHUNKS_ALL, TZ_CHUNKS_ANY, TZ_CHUNKS_ONLY };
enum {
	TZ_CHUNKS_KIND, /* places in args */
	TZ_CHUNKS_IS_INVERTED,
	TZ_CHUNKS_FLAGS,
	TZ_CHUNKS_FLAGS_MAX = 4, /* types with flags: XT_NUM_SCTP_FLAGS */
};

/* Of u32: the first step is a LOAD, AT moves its origin and loads again. */
enum tz_u32_step {
	TZ_U32_LOAD,
	TZ_U32_AND,
	TZ_U32_LEFT,
	TZ_U32_RIGHT,
	TZ_U32_AT,
	TZ_U32_N_STEPS
};
#define TZ_U32_TESTS_MAX 10 /* XT_U32_MAXSIZE: also steps and ranges of one */

/* Of string. */
enum { TZ_STRING_FROM, TZ_STRING_TO, TZ_STRING_ICASE, TZ_STRING_N_ARGS };
#define TZ_STRING_MAX 128 /* XT_STRING_MAX_PATTERN_SIZE */

/* Of set. */
enum {
	TZ_SET_ARG_NUMBER,
	TZ_SET_ARG_DIMENSIONS,
	TZ_SET_ARG_HOW,
	TZ_SET_N_ARGS
};

struct tz_ipset;

/*
 * Of ct: which match it was; the states (TZ_CT_* of tamiz/abi.h) in which it
 * holds, and those in which it may; those where a destination that NAT has
 * translated leaves it open; 1 in the raw table, before connections are known.
 */
enum tz_ct_match {
	TZ_CT_OF_STATE,
	TZ_CT_OF_CONNTRACK,
	TZ_CT_OF_CONNMARK,
	TZ_CT_OF_CONNBYTES,
	TZ_CT_OF_HELPER,
	TZ_CT_N_MATCHES
};
enum {
	TZ_CT_ARG_MATCH,
	TZ_CT_ARG_YES,
	TZ_CT_ARG_MAYBE,
	TZ_CT_ARG_NATTED,
	TZ_CT_ARG_IS_RAW,
	TZ_CT_N_ARGS
};

struct tz_test {
	enum tz_test_id id;
	size_t n_args, n_bytes;
	const uint64_t *args;       /* as test.def says */
	const uint8_t *bytes;       /* a pattern, a program; or NULL */
	const struct tz_ipset *set; /* of set; else NULL */
};

/*
 * The letter that the kernel compares @c as where case is ignored: its ctype
 * knows Latin-1. False: bm and kmp may differ about it, for two of the letters
 * are not 32 below another.
 */
uint8_t tz_string_fold(uint8_t c);
bool tz_string_can_fold(uint8_t c);

const char *tz_test_name(enum tz_test_id id);
/* The test of that name; TZ_N_TESTS when there is none. */
enum tz_test_id tz_test_by_name(const char *name);
/* enum tz_doubt, ored: of a set by what it is compared with. */
unsigned int tz_test_doubts(const struct tz_test *test);
/* Whether it depends on the name of the device. */
bool tz_test_reads_device(const struct tz_test *test);
bool tz_test_may_hotdrop(enum tz_test_id id);
/*
 * Whether iptables-legacy negates what the test answers when it drops at once,
 * and so counts the rule and runs its target (SEMANTICS 2.3).
 */
bool tz_test_counts_hotdrop(const struct tz_test *test);
/* Of a test ct: the name of its match, and why its value may be unknown. */
const char *tz_test_ct_name(const struct tz_test *test);
const char *tz_test_ct_reason(const struct tz_test *test);
