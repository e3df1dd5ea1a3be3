/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests that look into bytes, by the interpreter: what the kernel's modules do
 * at their edges. tests/oracle asks the kernel about the same.
 */
#include "ir_help.h"

#define RULE(proto, test)                                               \
	"chain v4 filter \"INPUT\" policy accept { rule \"\" ip.proto " \
	"in {" proto "} " test " => drop }"

static void judge(const char *text, const void *l4, size_t len, uint8_t proto,
		  const char *verdict)
{
	const struct tz_ir *ir = help_ir(text);
	struct frame frame = help_frame4(proto, 0, l4, len);

	assert_string_equal(help_verdict(ir, &frame, TZ_BACKEND_LEGACY),
			    verdict);
	assert_string_equal(help_verdict(ir, &frame, TZ_BACKEND_NFT), verdict);
}

/* A UDP packet that carries @payload: its first byte is byte 28. */
static void udp(const char *test, const char *payload, const char *verdict)
{
	uint8_t l4[300] = { 0 };
	char *text = malloc(2000);

	assert_non_null(text);
	snprintf(text, 2000, RULE("17", "%s"), test);
	memcpy(l4 + 8, payload, strlen(payload));
	judge(text, l4, 8 + strlen(payload), 17, verdict);
	free(text);
}

/* 5.15: it begins at `from` or behind, and ends at `to` or before. */
static void string_lies_within_its_bounds(void **state)
{
	(void)state;
	udp("test string (0, 65535, 0) \"616263\"", "xxabcxx", "drop");
	udp("test string (0, 65535, 0) \"616263\"", "xxab", "accept");
	udp("test string (30, 65535, 0) \"616263\"", "xxabcxx", "drop");
	udp("test string (31, 65535, 0) \"616263\"", "xxabcxx", "accept");
	udp("test string (0, 33, 0) \"616263\"", "xxabcxx", "drop");
	udp("test string (0, 32, 0) \"616263\"", "xxabcxx", "accept");
	udp("test string (60000, 65535, 0) \"61\"", "xxabcxx", "accept");
	udp("not test string (0, 65535, 0) \"616263\"", "xxab", "drop");
	/* from the IP header on: 10.0.0.1 is in it */
	udp("test string (0, 16, 0) \"0a000001\"", "", "drop");
}

static void string_ignores_case_of_latin_1(void **state)
{
	(void)state;
	udp("test string (28, 65535, 1) \"414243\"", "xaBcx", "drop");
	udp("test string (28, 65535, 0) \"414243\"", "xaBcx", "accept");
	udp("test string (28, 65535, 1) \"c9\"", "\xe9", "drop");
	udp("test string (28, 65535, 1) \"5b\"", "{", "accept");
	udp("test string (28, 65535, 1) \"d7\"", "\xf7", "accept");
}

/* 5.14 */
static void u32_loads_what_the_packet_has(void **state)
{
	(void)state;
	udp("test u32 (1, 0, 28, 1, 1633837924, 1633837924)", "abcd", "drop");
	udp("test u32 (1, 0, 28, 1, 0, 4294967295)", "abc", "accept");
	udp("not test u32 (1, 0, 28, 1, 0, 4294967295)", "abc", "drop");
	udp("test u32 (3, 0, 28, 1, 65280, 3, 8, 1, 99, 99)", "abcd", "drop");
	udp("test u32 (2, 0, 28, 2, 16, 1, 1667497984, 1667497984)", "abcd",
	    "drop");
	/* 0>>22&0x3C@4>>16 is the length of UDP, which is 0 here */
	udp("test u32 (5, 0, 0, 3, 22, 1, 60, 4, 4, 3, 16, 1, 0, 0)", "",
	    "drop");
	/* an origin behind the packet, and one that would overflow */
	udp("test u32 (2, 0, 28, 4, 0, 1, 0, 4294967295)", "abcd", "accept");
	udp("test u32 (2, 0, 28, 4, 4294967295, 1, 0, 4294967295)", "abcd",
	    "accept");
	/* all tests, one of the ranges */
	udp("test u32 (1, 0, 28, 2, 5, 3, 0, 4294967295, 1, 0, 24, 1, 1, 2)",
	    "abcd", "accept");
}

/*
 * net/netfilter/xt_bpf.c, net/core/filter.c: from the IP header on, as long as
 * the packet is by it.
 */
static void bpf_sees_the_packet_from_its_ip_header(void **state)
{
	(void)state;
	/* ldb [28]; ret a: the payload's first byte, and none */
	udp("test bpf () \"300000001c0000001600000000000000\"", "a", "drop");
	udp("test bpf () \"300000001c0000001600000000000000\"", "", "accept");
	/* ld #len; jeq #29; ret #1; ret #0 */
	udp("test bpf () \"8000000000000000150000011d000000"
	    "06000000010000000600000000000000\"",
	    "a", "drop");
	/* ldh [SKF_LL_OFF + 12]; jeq #0x800 */
	udp("test bpf () \"280000000c00e0ff1500000100080000"
	    "06000000010000000600000000000000\"",
	    "a", "drop");
	/* ldh #proto; jeq #0x800 */
	udp("test bpf () \"2800000000f0ffff1500000100080000"
	    "06000000010000000600000000000000\"",
	    "a", "drop");
}

#define TCP "rule \"\" ip.proto in {6} test tcpmss "
#define MSS(args) \
	"chain v4 filter \"INPUT\" policy accept { " TCP args " => drop }"

/* 2.9 */
static void mss_is_a_whole_option_of_four_bytes(void **state)
{
	uint8_t l4[40] = { [12] = 7 << 4, [20] = 2, 4, 5, 0xb4 };

	(void)state;
	judge(MSS("(1460, 1460, 0)"), l4, 28, 6, "drop");
	judge(MSS("(0, 1459, 0)"), l4, 28, 6, "accept");
	judge(MSS("(0, 1459, 1)"), l4, 28, 6, "drop");
	l4[21] = 3; /* no MSS; the step leads into its value */
	judge(MSS("(0, 65535, 0)"), l4, 28, 6, "accept");
	judge(MSS("(0, 65535, 1)"), l4, 28, 6, "drop");
	l4[12] = 5 << 4; /* no options */
	judge(MSS("(0, 65535, 1)"), l4, 28, 6, "drop");
	l4[12] = 4 << 4;
	judge(MSS("(0, 65535, 0)"), l4, 28, 6, "hotdrop");
	l4[12] = 8 << 4; /* longer than the packet */
	judge(MSS("(0, 65535, 1)"), l4, 28, 6, "hotdrop");
	judge(MSS("(0, 65535, 1)"), l4, 19, 6, "hotdrop");
}

#define CHUNKS(args, map)                                               \
	"chain v4 filter \"INPUT\" policy accept { rule \"\" ip.proto " \
	"in {132} header 132 12 test sctp_chunks (" args ") \"" map     \
	"\" => drop }"
#define ZEROS "000000000000000000000000000000000000000000000000000000000000"
#define DATA_INIT "0300" ZEROS
#define NO_TYPE "0000" ZEROS

/* 2.8 */
static void chunks_all_any_only(void **state)
{
	/* DATA of 6 bytes and 2 of padding, INIT of 4 */
	uint8_t l4[40] = { [12] = 0, 3, 0, 6, [20] = 1, 0, 0, 4 };

	(void)state;
	judge(CHUNKS("0, 0", DATA_INIT), l4, 24, 132, "drop");
	judge(CHUNKS("0, 0", DATA_INIT), l4, 20, 132, "accept");
	judge(CHUNKS("1, 0", DATA_INIT), l4, 20, 132, "drop");
	judge(CHUNKS("2, 0", DATA_INIT), l4, 24, 132, "drop");
	judge(CHUNKS("2, 0", "0100" ZEROS), l4, 24, 132, "accept");
	judge(CHUNKS("0, 0", NO_TYPE), l4, 24, 132, "drop");
	judge(CHUNKS("1, 1", NO_TYPE), l4, 24, 132, "drop");
	/* flags: E and B must be there, U must not */
	judge(CHUNKS("1, 0, 0, 7, 3", "0100" ZEROS), l4, 24, 132, "drop");
	judge(CHUNKS("1, 0, 0, 7, 1", "0100" ZEROS), l4, 24, 132, "accept");
	/* no chunk, a cut one, one of length 0; a length beyond the end */
	judge(CHUNKS("1, 0", DATA_INIT), l4, 12, 132, "hotdrop");
	judge(CHUNKS("1, 0", NO_TYPE), l4, 22, 132, "hotdrop");
	l4[23] = 0;
	judge(CHUNKS("1, 0", NO_TYPE), l4, 24, 132, "hotdrop");
	judge(CHUNKS("1, 0", DATA_INIT), l4, 24, 132, "drop");
	l4[22] = 9;
	judge(CHUNKS("1, 0", NO_TYPE), l4, 24, 132, "accept");
}

/* 2.3: legacy takes it for true as well; nft drops before it asks. */
static void negated_hotdrop_counts_in_legacy(void **state)
{
	uint8_t l4[12] = { 0 };
	const struct tz_ir *ir = help_ir(CHUNKS("1, 1", DATA_INIT));
	struct frame frame = help_frame4(132, 0, l4, sizeof(l4));
	struct tz_packet packet = help_packet(&frame);

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct tz_eval_options options = { .backend =
							   (enum tz_backend)i };
		uint32_t counted[4];
		struct tz_eval_result result = { .counted = counted,
						 .counted_max = 4 };

		tz_eval_verdict(ir, &packet, TZ_ROUTE_INPUT, &options, &result);
		assert_true(result.is_dropped);
		assert_int_equal(result.n_counted,
				 i == TZ_BACKEND_LEGACY ? 1 : 0);
	}
}

static void arguments_must_be_sound(void **state)
{
	static const char *const bad[] = {
		"test string (0, 65535, 0)",
		"test string (0, 65536, 0) \"61\"",
		"test string (0, 65535, 2) \"61\"",
		"test string (0, 65535) \"61\"",
		"test string (0, 65535, 1) \"61\"",
		"test string (0, 65535, 1) \"df\"",
		"test u32 ()",
		"test u32 (1, 0, 28, 1, 0)",
		"test u32 (1, 1, 28, 1, 0, 0)",
		"test u32 (2, 0, 28, 0, 4, 1, 0, 0)",
		"test u32 (2, 0, 28, 2, 32, 1, 0, 0)",
		"test u32 (2, 0, 28, 5, 1, 1, 0, 0)",
		"test u32 (1, 0, 28, 0)",
		"test u32 (0, 1, 0, 0)",
		"test u32 (1, 0, 4294967296, 1, 0, 0)",
		"test u32 (18446744073709551615, 0, 28, 1, 0, 0)",
		"test tcpmss (0, 65536, 0)",
		"test tcpmss (0, 1)",
		"test sctp_chunks (0, 0) \"00\"",
		"test sctp_chunks (3, 0) \"" NO_TYPE "\"",
		"test sctp_chunks (0, 0, 1, 2) \"" NO_TYPE "\"",
		"test dccp_option (256, 0)",
		"test dccp_option (1)",
		"test bpf ()",
		"test bpf (0) \"0600000001000000\"",
		"test bpf () \"06000000010000\"",
		/* no return; division by 0; the mark */
		"test bpf () \"3000000000000000\"",
		"test bpf () \"34000000000000000600000001000000\"",
		"test bpf () \"2000000014f0ffff1600000000000000\"",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char text[400], *why = NULL;

		snprintf(text, sizeof(text), RULE("17", "%s"), bad[i]);
		if (help_try_ir(text, strlen(text), &why))
			fail_msg("taken: %s", bad[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(string_lies_within_its_bounds),
		cmocka_unit_test(string_ignores_case_of_latin_1),
		cmocka_unit_test(u32_loads_what_the_packet_has),
		cmocka_unit_test(bpf_sees_the_packet_from_its_ip_header),
		cmocka_unit_test(mss_is_a_whole_option_of_four_bytes),
		cmocka_unit_test(chunks_all_any_only),
		cmocka_unit_test(negated_hotdrop_counts_in_legacy),
		cmocka_unit_test(arguments_must_be_sound),
	};

	return cmocka_run_group_tests(tests, help_setup, help_teardown);
}
