/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests on IPv6 extension headers and on kinds of addresses, in the
 * interpreter: each is one fact of net/ipv6/netfilter/ip6t_*.c or
 * net/netfilter/xt_addrtype.c. And arguments that no compiler writes.
 */
#include "ir_help.h"

#include <tamiz/fib.h>

#define RULE6(matches)                                                 \
	"chain v6 filter \"INPUT\" policy accept { rule \"\" " matches \
	" => reject }"
#define RULE4(matches)                                                 \
	"chain v4 filter \"INPUT\" policy accept { rule \"\" " matches \
	" => reject }"

static void judge(const char *text, struct frame frame, const char *verdict)
{
	const struct tz_ir *ir = help_ir(text);

	assert_string_equal(help_verdict(ir, &frame, TZ_BACKEND_LEGACY),
			    verdict);
	assert_string_equal(help_verdict(ir, &frame, TZ_BACKEND_NFT), verdict);
}

enum { DST = 60, RT = 43, FRAG = 44, AH = 51, NONE = 59, MH = 135 };

static void header_is_found_behind_others(void **state)
{
	const uint8_t chain[] = {
		RT,   0, 1, 4, 0, 0, 0, 0, /* destination options */
		DST,  0, 2, 0, 0, 0, 0, 0, /* routing */
		NONE, 1, 5, 2, 0, 0, 1, 8, 0, 0, 0, 0, 0, 0, 0, 0,
	};

	(void)state;
	judge(RULE6("test rt (0, 0, 0, 0, 0)"),
	      help_frame6(DST, chain, sizeof(chain)), "reject");
	judge(RULE6("test ah6 (0, 4294967295, 0, 0)"),
	      help_frame6(DST, chain, sizeof(chain)), "accept");
	/* the first of its kind is looked at */
	judge(RULE6("test options (60, 1, 8, 0)"),
	      help_frame6(DST, chain, sizeof(chain)), "reject");
	judge(RULE6("test options (60, 1, 16, 0)"),
	      help_frame6(DST, chain, sizeof(chain)), "accept");
	/* absent is false, inverted or not (4.8) */
	judge(RULE6("test options (0, 3, 8, 0)"),
	      help_frame6(DST, chain, sizeof(chain)), "accept");
}

static void what_cannot_be_read_is_a_hotdrop(void **state)
{
	const uint8_t past_end[8] = { NONE, 1 }, cut[1] = { NONE };
	const uint8_t short_auth[8] = { NONE, 0 };

	(void)state;
	judge(RULE6("test options (60, 0, 0, 0)"),
	      help_frame6(DST, past_end, 8), "hotdrop");
	judge(RULE6("test rt (0, 255, 0, 0, 0)"), help_frame6(DST, cut, 1),
	      "hotdrop");
	judge(RULE6("test ah6 (0, 4294967295, 0, 0)"),
	      help_frame6(AH, short_auth, 8), "hotdrop");
	/* srh and ipv6header do not drop */
	judge(RULE6("test ipv6header (64, 1, 0)"), help_frame6(DST, cut, 1),
	      "accept");
}

static void options_are_compared_in_their_order(void **state)
{
	/* router alert (5:2), two Pad1, an option of the type 30 */
	const uint8_t options[] = { NONE, 1, 5, 2, 0, 1, 0, 0,
				    30,   6, 1, 1, 1, 1, 1, 1 };

	(void)state;
#define OPTIONS(list)                               \
	RULE6("test options (60, 0, 0, " list ")"), \
		help_frame6(DST, options, sizeof(options))
	judge(OPTIONS("1, 1282"), "reject"); /* 5:2 */
	judge(OPTIONS("1, 1283"), "accept");
	judge(OPTIONS("1, 1535"), "reject"); /* 5 of any length */
	judge(OPTIONS("4, 1535, 255, 255, 7686"), "reject");
	judge(OPTIONS("3, 1535, 255, 7686"), "accept");
	judge(OPTIONS("5, 1535, 255, 255, 7686, 255"), "accept");
#undef OPTIONS
}

static void addresses_of_a_routing_header(void **state)
{
	uint8_t rt[40] = { NONE, 4, 0, 1 };

	(void)state;
	rt[23] = 1; /* ::1, ::2 */
	rt[39] = 2;
#define RT0(flags, list)                                             \
	RULE6("test rt (0, 4294967295, " flags ", 0, 0, " list ")"), \
		help_frame6(RT, rt, sizeof(rt))
	judge(RT0("65", "0, 1, 0, 2"), "reject");
	judge(RT0("65", "0, 1"), "accept");        /* not all */
	judge(RT0("193", "0, 2"), "reject");       /* among others */
	judge(RT0("193", "0, 2, 0, 1"), "accept"); /* the order counts */
	judge(RT0("97", "0, 1, 0, 2"), "reject");  /* reserved is 0 */
	rt[5] = 1;
	judge(RT0("97", "0, 1, 0, 2"), "accept");
#undef RT0
	judge(RULE6("test rt (1, 1, 16, 0, 0)"),
	      help_frame6(RT, rt, sizeof(rt)), "accept");
	judge(RULE6("test rt (2, 1, 16, 0, 0)"),
	      help_frame6(RT, rt, sizeof(rt)), "reject");
}

static void ipv6header_knows_what_is_behind(void **state)
{
	const uint8_t udp[] = {
		17, 0, 1, 4, 0, 0, 0, 0, 0, 1, 0, 2, 0, 8, 0, 0
	};
	const uint8_t end[] = { NONE, 0, 1, 4, 0, 0, 0, 0 };

	(void)state;
	/* 4.9: `prot` is part of the set */
	judge(RULE6("test ipv6header (64, 0, 0)"),
	      help_frame6(DST, udp, sizeof(udp)), "accept");
	judge(RULE6("test ipv6header (192, 0, 0)"),
	      help_frame6(DST, udp, sizeof(udp)), "reject");
	judge(RULE6("test ipv6header (96, 0, 0)"),
	      help_frame6(DST, end, sizeof(end)), "reject");
	judge(RULE6("test ipv6header (64, 0, 1)"),
	      help_frame6(DST, end, sizeof(end)), "reject");
	judge(RULE6("test ipv6header (64, 1, 1)"),
	      help_frame6(DST, end, sizeof(end)), "accept");
	judge(RULE6("test ipv6header (3, 1, 1)"),
	      help_frame6(DST, end, sizeof(end)), "reject");
}

static void mobility_header_must_end_the_chain(void **state)
{
	uint8_t mh[8] = { NONE, 0, 5 };
	const char *rule = RULE6("ip.proto in {135} test mh (5, 6, 0)");

	(void)state;
	judge(rule, help_frame6(MH, mh, 8), "reject");
	judge(rule, help_frame6(MH, mh, 6), "reject");
	judge(rule, help_frame6(MH, mh, 5), "hotdrop");
	mh[2] = 7;
	judge(rule, help_frame6(MH, mh, 8), "accept");
	mh[0] = 17;
	judge(rule, help_frame6(MH, mh, 8), "hotdrop");
}

static void segments_are_counted_from_the_end(void **state)
{
	/* three segments, ::1 to ::3, one left */
	uint8_t srh[56] = { NONE, 6, 4, 1, 2, 0, 0, 7 };

	(void)state;
	for (int i = 0; i < 3; i++)
		srh[8 + 16 * i + 15] = (uint8_t)(i + 1);
#define ALL ", 18446744073709551615, 18446744073709551615"
#define SRH(bits, p, n, l)                                                 \
	RULE6("test srh (" bits ", 0, 0, 0, 0, 0, 0, " p ALL ", 0, " n ALL \
	      ", 0, " l ALL ")"),                                          \
		help_frame6(RT, srh, sizeof(srh))
	judge(SRH("14336", "3", "1", "1"), "reject");
	judge(SRH("14336", "3", "1", "2"), "accept");
	judge(SRH("536885248", "3", "1", "2"), "reject"); /* ! lsid */
	srh[3] = 2; /* nothing before the first */
	judge(SRH("2048", "3", "1", "1"), "accept");
	judge(SRH("4096", "3", "2", "1"), "reject");
	srh[3] = 3; /* more left than there are */
	judge(SRH("0", "3", "1", "1"), "accept");
#undef SRH
#undef ALL
}

static void kinds_that_show_need_no_table(void **state)
{
	struct frame frame = help_ports(TZ_IPV4, 17, 1, 2, 0, 0);

	(void)state;
	/* the rest is opaque to help_verdict: false */
	judge(RULE4("test dst_kind (8, 0)"), frame, "accept");
	judge(RULE4("test dst_kind (30, 0)"), frame, "reject"); /* all */
	judge(RULE4("test dst_kind (32, 1)"), frame, "reject");
	frame.bytes[30] = 224;
	help_fix_checksum(&frame);
	judge(RULE4("test dst_kind (32, 0)"), frame, "reject");
	judge(RULE4("test dst_kind (4, 1)"), frame, "reject");
	memset(frame.bytes + 30, 255, 4);
	help_fix_checksum(&frame);
	judge(RULE4("test dst_kind (8, 2)"), frame, "reject");
}

static unsigned int all_unicast(void *arg, uint32_t address)
{
	(void)arg;
	(void)address;
	return TZ_KIND_UNICAST;
}

static void tables_tell_the_rest(void **state)
{
	const struct tz_fib fib = { .kinds = all_unicast };
	struct tz_possible_options options = {
		.backends = { true, true },
		.ifname = "eth0",
		.routes = { true, true },
	};
	struct frame frame = help_ports(TZ_IPV4, 17, 1, 2, 0, 0);
	struct tz_packet packet = help_packet(&frame);
	const struct tz_ir *ir =
		help_ir("chain v4 raw \"PREROUTING\" policy accept { "
			"rule \"\" test dst_kind (4, 1) => drop }");

	(void)state;
	assert_int_equal(tz_eval_possible(ir, &packet, &options), TZ_MUST_PASS);
	assert_int_equal(tz_eval_brute(ir, &packet, &options), TZ_MUST_PASS);
	options.context.fib = &fib;
	assert_int_equal(tz_eval_possible(ir, &packet, &options), TZ_MAY_DROP);
	assert_int_equal(tz_eval_brute(ir, &packet, &options), TZ_MAY_DROP);
}

static enum tz_truth only_loosely(void *arg, const struct tz_packet *packet,
				  unsigned int flags)
{
	(void)arg;
	assert_int_equal(flags & TZ_WAY_NOT, 0);
	return packet->dst == 99      ? TZ_UNKNOWN
	       : flags & TZ_WAY_LOOSE ? TZ_TRUE
				      : TZ_FALSE;
}

/* What may become of a packet that rpfilter with @flags drops. */
static enum tz_possible by_way(unsigned int flags, const struct tz_fib *fib,
			       struct tz_packet packet)
{
	struct tz_possible_options options = {
		.backends = { true, true },
		.ifname = "eth0",
		.routes = { true, true },
		.context = { .fib = fib },
	};
	char text[128];

	snprintf(text, sizeof(text),
		 "chain v%d raw \"PREROUTING\" policy accept { rule \"\" "
		 "test rpfilter (%u) => drop }",
		 packet.family == TZ_IPV6 ? 6 : 4, flags);
	assert_int_equal(tz_eval_possible(help_ir(text), &packet, &options),
			 tz_eval_brute(help_ir(text), &packet, &options));
	return tz_eval_possible(help_ir(text), &packet, &options);
}

static void the_way_back_is_asked(void **state)
{
	const struct tz_fib fib = { .leads_back = only_loosely };
	const struct tz_fib silent = { .kinds = all_unicast };
	struct frame frame = help_ports(TZ_IPV4, 17, 1, 2, 0, 0);
	struct tz_packet packet = help_packet(&frame);

	(void)state;
	assert_int_equal(by_way(TZ_WAY_LOOSE, NULL, packet), TZ_MUST_PASS);
	assert_int_equal(by_way(TZ_WAY_LOOSE, &silent, packet), TZ_MUST_PASS);
	assert_int_equal(by_way(TZ_WAY_LOOSE, &fib, packet), TZ_MAY_DROP);
	assert_int_equal(by_way(TZ_WAY_NOT | TZ_WAY_LOOSE, &fib, packet),
			 TZ_MUST_PASS);
	assert_int_equal(by_way(0, &fib, packet), TZ_MUST_PASS);
	assert_int_equal(by_way(TZ_WAY_NOT, &fib, packet), TZ_MAY_DROP);
	packet.dst = 99;
	assert_int_equal(by_way(TZ_WAY_LOOSE, &fib, packet), TZ_MUST_PASS);
	assert_int_equal(by_way(TZ_WAY_NOT, &fib, packet), TZ_MUST_PASS);
	/* another fragment may have another TOS, and that another route */
	packet.dst = 1;
	packet.is_fragment = true;
	assert_int_equal(by_way(TZ_WAY_LOOSE, &fib, packet), TZ_MUST_PASS);
}

static void sources_that_need_no_way_back(void **state)
{
	struct frame frame = help_ports(TZ_IPV4, 17, 1, 2, 0, 0);
	struct tz_packet packet = help_packet(&frame);

	(void)state;
	packet.src = 0;
	packet.dst = UINT32_MAX;
	assert_int_equal(by_way(0, NULL, packet), TZ_MAY_DROP);
	packet.dst = 0xe00000ff;
	assert_int_equal(by_way(0, NULL, packet), TZ_MAY_DROP);
	packet.dst = 0xe0000100;
	assert_int_equal(by_way(0, NULL, packet), TZ_MUST_PASS);
	packet.src = 1;
	packet.dst = UINT32_MAX;
	assert_int_equal(by_way(0, NULL, packet), TZ_MUST_PASS);
	frame = help_ports(TZ_IPV6, 17, 1, 2, 0, 0);
	packet = help_packet(&frame);
	assert_int_equal(by_way(0, NULL, packet), TZ_MUST_PASS);
	packet.src = 0;
	assert_int_equal(by_way(0, NULL, packet), TZ_MAY_DROP);
}

static void hostile_arguments_are_refused(void **state)
{
	static const char *const bad[] = {
		"frag (0, 0)",
		"frag (4294967296, 0, 0)",
		"frag (0, 0, 32)",
		"options (0, 0, 0)",
		"options (0, 0, 0, 1)",
		"options (0, 0, 0, 1, 65536)",
		"options (43, 0, 0, 0)",
		("options (0, 0, 0, 17, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, "
		 "1, 1, 1, 1)"),
		"rt (0, 0, 0, 0)",
		"rt (0, 0, 64, 0, 0)",
		"rt (0, 0, 64, 0, 0, 1)",
		"rt (0, 0, 0, 0, 0, 1, 1)",
		"rt (0, 0, 256, 0, 0)",
		"ah6 (0, 0, 8, 0)",
		"ah6 ()",
		"ipv6header (256, 0, 0)",
		"ipv6header (1, 2, 0)",
		"mh (0, 256, 0)",
		"mh (0, 1)",
		"srh (0)",
		"srh (0, 256, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)",
		"eui64 (1)",
		"src_kind (65536, 0)",
		"rpfilter ()",
		"rpfilter (8)",
		"rpfilter (1, 0)",
		"socket ()",
		"socket (8)",
		"dst_kind (1, 4)",
		"dst_kind (1)",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char text[256], *why = NULL;
		int len = snprintf(text, sizeof(text),
				   "chain v6 raw \"PREROUTING\" { rule \"\" "
				   "test %s => drop }",
				   bad[i]);

		if (help_try_ir(text, (size_t)len, &why))
			fail_msg("taken: %s", bad[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(header_is_found_behind_others),
		cmocka_unit_test(what_cannot_be_read_is_a_hotdrop),
		cmocka_unit_test(options_are_compared_in_their_order),
		cmocka_unit_test(addresses_of_a_routing_header),
		cmocka_unit_test(ipv6header_knows_what_is_behind),
		cmocka_unit_test(mobility_header_must_end_the_chain),
		cmocka_unit_test(segments_are_counted_from_the_end),
		cmocka_unit_test(kinds_that_show_need_no_table),
		cmocka_unit_test(tables_tell_the_rest),
		cmocka_unit_test(the_way_back_is_asked),
		cmocka_unit_test(sources_that_need_no_way_back),
		cmocka_unit_test(hostile_arguments_are_refused),
	};

	return cmocka_run_group_tests(tests, help_setup, help_teardown);
}
