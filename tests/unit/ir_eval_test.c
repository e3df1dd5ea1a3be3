/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Verdicts and counters of single packets, by both rule engines. Each test is
 * one fact of SEMANTICS, by number.
 */
#include "ir_help.h"

#define INPUT(rules) "chain v4 filter \"INPUT\" policy accept {" rules "}"
#define INPUT6(rules) "chain v6 filter \"INPUT\" policy accept {" rules "}"

static void judge(const char *text, struct frame frame, const char *legacy,
		  const char *nft)
{
	const struct tz_ir *ir = help_ir(text);

	assert_string_equal(help_verdict(ir, &frame, TZ_BACKEND_LEGACY),
			    legacy);
	assert_string_equal(help_verdict(ir, &frame, TZ_BACKEND_NFT), nft);
}

#define NATIVE_UDP "ip.proto in {17} header 17 8 native "
#define NATIVE_TCP "ip.proto in {6} header 6 20 offset_one native "
#define MULTIPORT "ip.proto in {17} header 17 4 "

static void short_header_drops_in_legacy_only(void **state)
{
	const uint8_t l4[8] = { 0, 1, 0, 53 };
	const char *rule =
		INPUT("rule \"\" " NATIVE_UDP "not l4.dport in {9} => accept "
		      "rule \"\" => reject");

	(void)state;
	/* 2.4, 11.2: four bytes are enough for nft to read the port */
	judge(rule, help_frame4(17, 0, l4, 8), "accept", "accept");
	judge(rule, help_frame4(17, 0, l4, 7), "hotdrop", "accept");
	judge(rule, help_frame4(17, 0, l4, 4), "hotdrop", "accept");
	/* a load past the end ends the rule, `!` or not (11.1) */
	judge(rule, help_frame4(17, 0, l4, 3), "hotdrop", "reject");
	judge(rule, help_frame4(17, 0, l4, 0), "hotdrop", "reject");
	/* bytes behind the total length are none (1.6) */
	struct frame frame = help_frame4(17, 0, l4, 8);

	frame.bytes[17] = 23;
	help_fix_checksum(&frame);
	judge(rule, frame, "hotdrop", "reject");
}

static void short_header_drops_in_both_through_nft_compat(void **state)
{
	const uint8_t l4[8] = { 0, 1, 0, 53 };
	const char *rule =
		INPUT("rule \"\" " MULTIPORT "l4.dport in {53} => reject");

	(void)state;
	judge(rule, help_frame4(17, 0, l4, 4), "reject", "reject");
	judge(rule, help_frame4(17, 0, l4, 3), "hotdrop", "hotdrop");
}

/* 2.1: an earlier match that is false keeps the drop away. */
static void earlier_match_prevents_the_hotdrop(void **state)
{
	const uint8_t l4[2] = { 0 };

	(void)state;
	judge(INPUT("rule \"\" ip.src in {10.0.0.9} " MULTIPORT
		    "l4.dport in {53} => drop"),
	      help_frame4(17, 0, l4, 2), "accept", "accept");
	judge(INPUT("rule \"\" ip.proto in {6} header 6 20 => drop"),
	      help_frame4(17, 0, l4, 2), "accept", "accept");
}

static void plain_protocol_never_looks_at_headers(void **state)
{
	(void)state; /* 2.6 */
	judge(INPUT("rule \"\" ip.proto in {17} => reject"),
	      help_frame4(17, 0, NULL, 0), "reject", "reject");
}

static void later_fragments(void **state)
{
	uint8_t l4[20] = { 0, 53, 0, 53, 0, 0, 0, 0, 0, 0, 0, 0, 0x50, 0xff };
	const char *udp =
		INPUT("rule \"\" " NATIVE_UDP "l4.dport in {53} => reject");
	const char *not_udp =
		INPUT("rule \"\" " NATIVE_UDP "not l4.dport in {9} => reject");
	const char *multi =
		INPUT("rule \"\" " MULTIPORT "not l4.dport in {9} => reject");
	const char *flags =
		INPUT("rule \"\" " NATIVE_TCP "tcp.flags & 2 = 2 => reject");

	(void)state;
	/* 3.1: a first fragment is an ordinary packet */
	judge(udp, help_frame4(17, 0x2000, l4, 8), "reject", "reject");
	/* 3.1, 11.3: legacy takes no port of a later one, nft its payload */
	judge(udp, help_frame4(17, 2, l4, 8), "accept", "reject");
	judge(not_udp, help_frame4(17, 2, l4, 8), "accept", "reject");
	judge(multi, help_frame4(17, 2, l4, 8), "accept", "accept");
	/* 2.5: offset 1 */
	judge(flags, help_frame4(6, 1, l4, 20), "hotdrop", "reject");
	judge(flags, help_frame4(6, 2, l4, 20), "accept", "reject");
	judge(flags, help_frame4(6, 0x2002, l4, 13), "accept", "accept");
}

static void f_is_a_fragment_with_an_offset(void **state)
{
	const char *later = INPUT("rule \"\" ip.later_fragment in {1} "
				  "=> reject");
	const char *other = INPUT("rule \"\" not ip.later_fragment in {1} "
				  "=> reject");

	(void)state; /* 3.2 */
	judge(later, help_frame4(17, 0x2000, NULL, 0), "accept", "accept");
	judge(later, help_frame4(17, 0x2001, NULL, 0), "reject", "reject");
	judge(other, help_frame4(17, 0x2000, NULL, 0), "reject", "reject");
	judge(other, help_frame4(17, 1, NULL, 0), "accept", "accept");
}

static void ipv6_chains_that_do_not_parse(void **state)
{
	const struct frame cut = help_frame6(60, "\x11", 1);
	const struct frame later_extension =
		help_frame6(44, "\x3c\0\0\x11\0\0\0\1", 8);
	const char *p = INPUT6("rule \"\" ip.proto in {6} => accept "
			       "rule \"\" => reject");
	const char *not_p = INPUT6("rule \"\" not ip.proto in {6} => accept "
				   "rule \"\" => reject");
	const char *all = INPUT6("rule \"\" ip.proto in {0-255} => accept "
				 "rule \"\" => reject");
	const char *elsewhere = INPUT6("rule \"\" ip.src in {::} "
				       "ip.proto in {6} => accept "
				       "rule \"\" => reject");

	(void)state;
	/* 4.4: any rule with -p, once its addresses match; 11.5 in nft */
	judge(p, cut, "hotdrop", "reject");
	judge(not_p, cut, "hotdrop", "reject");
	judge(p, later_extension, "hotdrop", "reject");
	judge(elsewhere, cut, "reject", "reject");
	/* 4.3: -p all walks too, but has no expression in nft */
	judge(all, cut, "hotdrop", "accept");
	judge(INPUT6("rule \"\" => accept"), cut, "accept", "accept");
}

static void ipv6_later_fragments(void **state)
{
	/* ports 1 and 53 behind the header; of the IPv6 header, "dport" 0 */
	const struct frame frame =
		help_frame6(44, "\x11\0\0\x11\0\0\0\1\0\1\0\x35\0\0\0\0", 16);

	(void)state;
	judge(INPUT6("rule \"\" ip.proto in {17} => reject"), frame, "reject",
	      "reject"); /* 4.6 */
	judge(INPUT6("rule \"\" " NATIVE_UDP "l4.dport in {53} => reject"),
	      frame, "accept", "accept");
	/* 11.4: nft reads the IPv6 header as ports */
	judge(INPUT6("rule \"\" " NATIVE_UDP "l4.dport in {0} => reject"),
	      frame, "accept", "reject");
	judge(INPUT6("rule \"\" " NATIVE_UDP "l4.sport in {24576} => reject"),
	      frame, "accept", "reject");
	/* no hotdrop for offset 1: IPv6 counts in bytes */
	judge(INPUT6("rule \"\" " NATIVE_TCP "l4.dport in {1} => reject"),
	      help_frame6(44, "\6\0\0\x9\0\0\0\1\0\1\0\x35\0\0\0\0", 16),
	      "accept", "accept");
}

static void authentication_header_hides_udp_from_nft(void **state)
{
	const struct frame frame = help_frame6(51,
					       "\x11\1\0\0\0\0\0\0\0\0\0\0"
					       "\0\1\0\x35\0\x8\0\0",
					       20);

	(void)state;
	judge(INPUT6("rule \"\" ip.proto in {17} => reject"), frame, "reject",
	      "accept");
	judge(INPUT6("rule \"\" ip.proto in {51} => reject"), frame, "accept",
	      "reject");
}

static void interface_names(void **state)
{
	const struct frame frame = help_ports(TZ_IPV4, 17, 1, 2, 0, 0);

	(void)state; /* 5.3 */
	judge(INPUT("rule \"\" iface \"eth0\" => drop"), frame, "drop", "drop");
	judge(INPUT("rule \"\" iface \"eth\" => drop"), frame, "accept",
	      "accept");
	judge(INPUT("rule \"\" iface \"eth\" prefix => drop"), frame, "drop",
	      "drop");
	judge(INPUT("rule \"\" iface \"eth01\" => drop"), frame, "accept",
	      "accept");
	judge(INPUT("rule \"\" iface \"\" prefix => drop"), frame, "drop",
	      "drop");
	judge(INPUT("rule \"\" not iface \"\" prefix => drop"), frame, "accept",
	      "accept");
}

/* Tables in order; accept ends one, drop ends all (10.1, 10.2). */
static const char all_tables[] =
	"chain v4 security \"INPUT\" policy accept { rule \"s\" => drop }"
	"chain v4 filter \"INPUT\" policy accept { rule \"f\" => accept }"
	"chain v4 filter \"FORWARD\" policy drop {}"
	"chain v4 mangle \"INPUT\" policy accept { rule \"m\" => continue }"
	"chain v4 nat \"PREROUTING\" policy accept { rule \"n\" => drop }"
	"chain v4 mangle \"PREROUTING\" policy accept { rule \"p\" => return }"
	"chain v4 raw \"PREROUTING\" policy accept { rule \"r\" => accept }"
	"chain v4 raw \"OUTPUT\" policy accept { rule \"o\" => drop }"
	"chain v6 raw \"PREROUTING\" policy drop { rule \"6\" => drop }";

/* What counted, as "table/chain:rule" words; rule 0 is the policy. */
static char *counted(const struct tz_ir *ir, const struct frame *frame,
		     enum tz_route route)
{
	uint32_t ids[32];
	struct tz_packet packet = help_packet(frame);
	struct tz_eval_options options = { .ifname = "eth0" };
	struct tz_eval_result result = { .counted = ids, .counted_max = 32 };
	struct tz_buf buf = { 0 };

	tz_eval_verdict(ir, &packet, route, &options, &result);
	assert_true(result.n_counted <= 32);
	for (size_t i = 0; i < result.n_counted; i++) {
		const struct tz_ir_counted *c = &ir->counted.at[ids[i]];

		tz_buf_printf(&buf, "%s/%s:%zu ",
			      tz_table_name(c->chain->table), c->chain->name,
			      c->rule ? c->rule->index + 1 : 0);
	}
	tz_buf_puts(&buf, result.is_dropped ? "drop" : "accept");

	char *text = tz_arena_strndup(help_arena, buf.text, buf.len);

	tz_buf_free(&buf);
	return text;
}

static void tables_are_met_in_order(void **state)
{
	const struct tz_ir *ir = help_ir(all_tables);
	const struct frame frame = help_ports(TZ_IPV4, 17, 1, 2, 0, 0);

	(void)state;
	assert_string_equal(counted(ir, &frame, TZ_ROUTE_INPUT),
			    "raw/PREROUTING:1 mangle/PREROUTING:1 "
			    "mangle/PREROUTING:0 mangle/INPUT:1 "
			    "mangle/INPUT:0 filter/INPUT:1 security/INPUT:1 "
			    "drop");
	assert_string_equal(counted(ir, &frame, TZ_ROUTE_FORWARD),
			    "raw/PREROUTING:1 mangle/PREROUTING:1 "
			    "mangle/PREROUTING:0 filter/FORWARD:0 drop");
}

static void calls_return_and_gotos_do_not(void **state)
{
	const struct frame frame = help_ports(TZ_IPV4, 17, 1, 2, 0, 0);
	const struct tz_ir *ir = help_ir(INPUT(
		"rule \"\" => jump \"a\" rule \"\" => goto \"b\" "
		"rule \"\" => drop") "chain v4 filter \"a\" { rule \"\" => "
				     "goto \"b\" "
				     "rule \"\" => drop }"
				     "chain v4 filter \"b\" { rule \"\" => "
				     "jump \"c\" "
				     "rule \"\" => return rule \"\" => drop }"
				     "chain v4 filter \"c\" { rule \"\" => log "
				     "}");

	(void)state; /* 10.5, 10.6 */
	assert_string_equal(counted(ir, &frame, TZ_ROUTE_INPUT),
			    "filter/INPUT:1 filter/a:1 filter/b:1 filter/c:1 "
			    "filter/b:2 filter/INPUT:2 filter/b:1 filter/c:1 "
			    "filter/b:2 filter/INPUT:0 accept");
}

static void hotdrop_counts_nowhere(void **state)
{
	const struct frame frame = help_frame4(17, 0, NULL, 0);
	const struct tz_ir *ir = help_ir(INPUT(
		"rule \"\" => continue rule \"\" " MULTIPORT "=> accept"));

	(void)state; /* 2.2 */
	assert_string_equal(counted(ir, &frame, TZ_ROUTE_INPUT),
			    "filter/INPUT:1 drop");
}

static enum tz_truth true_always(void *arg, const struct tz_ir_match *match)
{
	(void)match;
	++*(int *)arg;
	return TZ_TRUE;
}

static void opaque_matches_are_asked_in_order(void **state)
{
	const struct frame frame = help_ports(TZ_IPV4, 17, 1, 2, 0, 0);
	struct tz_packet packet = help_packet(&frame);
	int n = 0;
	struct tz_eval_options options = { .opaque = true_always, .arg = &n };
	struct tz_eval_result result = { 0 };

	(void)state;
	tz_eval_verdict(help_ir(INPUT("rule \"\" ip.proto in {6} "
				      "opaque \"limit\" writes \"\" => drop "
				      "rule \"\" opaque \"mark\" pure \"\" "
				      "opaque \"mark\" pure \"\" => drop")),
			&packet, TZ_ROUTE_INPUT, &options, &result);
	assert_int_equal(n, 2);
	assert_true(result.is_dropped);
	assert_false(result.has_effect);
	tz_eval_verdict(help_ir(INPUT("rule \"\" opaque \"limit\" writes \"\" "
				      "ip.proto in {6} => drop")),
			&packet, TZ_ROUTE_INPUT, &options, &result);
	assert_true(result.has_effect);
	assert_false(result.is_dropped);
}

/* Two to the 40th rules: the walk is given up (limits.h). */
static void calls_that_double_come_to_an_end(void **state)
{
	const struct frame frame = help_ports(TZ_IPV4, 17, 1, 2, 0, 0);
	const struct tz_packet packet = help_packet(&frame);
	const struct tz_possible_options options = { .backends = { true },
						     .routes = { true } };
	struct tz_buf buf = { 0 };

	(void)state;
	tz_buf_puts(&buf, "chain v4 filter \"INPUT\" policy drop {"
			  "rule \"\" => jump \"c0\" }");
	for (int i = 0; i < 40; i++)
		tz_buf_printf(&buf,
			      "chain v4 filter \"c%d\" { rule \"\" => jump "
			      "\"c%d\" rule \"\" => jump \"c%d\" }",
			      i, i + 1, i + 1);
	tz_buf_puts(&buf, "chain v4 filter \"c40\" {}");

	const struct tz_ir *ir = help_ir(buf.text);

	tz_buf_free(&buf);
	assert_string_equal(help_verdict(ir, &frame, TZ_BACKEND_LEGACY),
			    "accept");
	assert_int_equal(tz_eval_possible(ir, &packet, &options), TZ_MUST_PASS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(short_header_drops_in_legacy_only),
		cmocka_unit_test(short_header_drops_in_both_through_nft_compat),
		cmocka_unit_test(earlier_match_prevents_the_hotdrop),
		cmocka_unit_test(plain_protocol_never_looks_at_headers),
		cmocka_unit_test(later_fragments),
		cmocka_unit_test(f_is_a_fragment_with_an_offset),
		cmocka_unit_test(ipv6_chains_that_do_not_parse),
		cmocka_unit_test(ipv6_later_fragments),
		cmocka_unit_test(authentication_header_hides_udp_from_nft),
		cmocka_unit_test(interface_names),
		cmocka_unit_test(tables_are_met_in_order),
		cmocka_unit_test(calls_return_and_gotos_do_not),
		cmocka_unit_test(hotdrop_counts_nowhere),
		cmocka_unit_test(opaque_matches_are_asked_in_order),
		cmocka_unit_test(calls_that_double_come_to_an_end),
	};

	return cmocka_run_group_tests(tests, help_setup, help_teardown);
}
