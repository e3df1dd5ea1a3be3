/* SPDX-License-Identifier: GPL-2.0-only */
#include "model/test.h"

#include <string.h>

#include "model/ipset.h"

static const struct {
	const char *name;
	unsigned int doubts;
	bool may_hotdrop;
} rows[] = {
#define TEST(id, name, doubts, may_hotdrop) { #name, doubts, may_hotdrop },
#include "model/test.def"
#undef TEST
};

_Static_assert(sizeof(rows) / sizeof(rows[0]) == TZ_N_TESTS, "a row per test");

uint8_t tz_string_fold(uint8_t c)
{
	bool is_small =
		(c >= 'a' && c <= 'z') || (c >= 0xe0 && c != 0xf7 && c != 0xff);

	return is_small ? c ^ 0x20 : c;
}

bool tz_string_can_fold(uint8_t c)
{
	return c != 0xbf && c != 0xdf && c != 0xff;
}

const char *tz_test_name(enum tz_test_id id)
{
	return rows[id].name;
}

enum tz_test_id tz_test_by_name(const char *name)
{
	int id = 0;

	while (id < TZ_N_TESTS && strcmp(rows[id].name, name))
		id++;
	return (enum tz_test_id)id;
}

static unsigned int reads_of_set(const struct tz_test *test)
{
	return tz_ipset_reads(test->set,
			      (size_t)test->args[TZ_SET_ARG_DIMENSIONS],
			      (uint32_t)test->args[TZ_SET_ARG_HOW]);
}

bool tz_test_reads_device(const struct tz_test *test)
{
	return test->id == TZ_TEST_SET && test->set &&
	       reads_of_set(test) & TZ_IPSET_READS_DEVICE;
}

unsigned int tz_test_doubts(const struct tz_test *test)
{
	unsigned int doubts = rows[test->id].doubts, reads;

	if (test->id != TZ_TEST_SET || !test->set)
		return doubts;
	reads = reads_of_set(test);
	if (!(reads & TZ_IPSET_READS_DST))
		doubts &= ~(unsigned int)TZ_DOUBT_NAT;
	/* each fragment has a sender of its own */
	if (!(reads & (TZ_IPSET_READS_L4 | TZ_IPSET_READS_LINK)))
		doubts &= ~(unsigned int)TZ_DOUBT_FRAGMENT;
	return doubts;
}

bool tz_test_may_hotdrop(enum tz_test_id id)
{
	return rows[id].may_hotdrop;
}

bool tz_test_counts_hotdrop(const struct tz_test *test)
{
	return (test->id == TZ_TEST_SCTP_CHUNKS &&
		test->args[TZ_CHUNKS_IS_INVERTED]) ||
	       (test->id == TZ_TEST_DCCP_OPTION && test->args[1]);
}

static const struct {
	const char *name, *reason;
} ct_matches[] = {
	[TZ_CT_OF_STATE] = { "state",
			     "the state of the connection is known only to the "
			     "kernel's connection tracking" },
	[TZ_CT_OF_CONNTRACK] = { "conntrack",
				 "the state of the connection is known only "
				 "to the kernel's connection tracking" },
	[TZ_CT_OF_CONNMARK] = { "connmark",
				"the mark of the connection is known only to "
				"the kernel's connection tracking" },
	[TZ_CT_OF_CONNBYTES] = { "connbytes",
				 "what a connection has carried is known only "
				 "to the kernel's connection tracking" },
	[TZ_CT_OF_HELPER] = { "helper",
			      "the connection's helper is known only to the "
			      "kernel's connection tracking" },
};

_Static_assert(sizeof(ct_matches) / sizeof(ct_matches[0]) == TZ_CT_N_MATCHES,
	       "a row per match");

const char *tz_test_ct_name(const struct tz_test *test)
{
	return ct_matches[test->args[TZ_CT_ARG_MATCH]].name;
}

const char *tz_test_ct_reason(const struct tz_test *test)
{
	return ct_matches[test->args[TZ_CT_ARG_MATCH]].reason;
}
