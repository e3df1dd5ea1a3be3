/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What offload may conclude (DESIGN 5), case by case; both ways of concluding
 * must agree on each. ir_random_test.c compares them on random rules.
 */
#include "ir_help.h"

#define INPUT(rules) "chain v4 filter \"INPUT\" policy accept {" rules "}"
#define RAW(rules) "chain v4 raw \"PREROUTING\" policy accept {" rules "}"
#define CHAIN(name, rules) "chain v4 filter \"" name "\" {" rules "}"
#define UNKNOWN "opaque \"state\" pure \"\" "
#define LIMIT "opaque \"limit\" writes \"\" "
#define UDP53 "ip.proto in {17} header 17 8 native l4.dport in {53} "

static struct tz_possible_options usual(void)
{
	return (struct tz_possible_options){ .backends = { true, true },
					     .ifname = "eth0",
					     .routes = { true, true } };
}

static struct tz_possible_options to_input(void)
{
	struct tz_possible_options options = usual();

	options.routes[TZ_ROUTE_FORWARD] = false;
	return options;
}

/* Both ways of concluding must agree, and say "pass" or "drop". */
static const char *conclude(const char *text, struct frame frame,
			    struct tz_possible_options options)
{
	const struct tz_ir *ir = help_ir(text);
	struct tz_packet packet = help_packet(&frame);
	enum tz_possible possible = tz_eval_possible(ir, &packet, &options);

	assert_int_equal(tz_eval_brute(ir, &packet, &options), possible);
	return possible == TZ_MAY_DROP ? "drop" : "pass";
}

static void expect(const char *text, const char *verdict)
{
	struct frame frame = help_ports(TZ_IPV4, 17, 1000, 53, 0, 4);

	if (strcmp(conclude(text, frame, to_input()), verdict))
		fail_msg("not %s: %s", verdict, text);
}

static void unknown_matches(void **state)
{
	(void)state;
	expect(INPUT("rule \"\" => drop"), "drop");
	expect(INPUT("rule \"\" => accept"), "pass");
	expect(INPUT("rule \"\" " UNKNOWN "=> accept rule \"\" => drop"),
	       "pass");
	expect(INPUT("rule \"\" " UNKNOWN "=> drop rule \"\" => drop"), "drop");
	expect(INPUT("rule \"\" " UNKNOWN "=> drop"), "pass");
	expect(INPUT("rule \"\" not " UNKNOWN "=> drop rule \"\" => drop"),
	       "drop");
	/* behind a match that is false nothing is unknown */
	expect(INPUT("rule \"\" ip.proto in {6} " UNKNOWN
		     "=> accept rule \"\" => drop"),
	       "drop");
	expect(INPUT("rule \"\" any (" UNKNOWN ", ip.proto in {17}) => drop"),
	       "drop");
	expect(INPUT("rule \"\" any (" UNKNOWN ", ip.proto in {6}) => drop"),
	       "pass");
}

static void unknown_ways_through_chains(void **state)
{
	(void)state;
	expect(INPUT("rule \"\" " UNKNOWN "=> jump \"a\" rule \"\" => drop")
		       CHAIN("a", "rule \"\" => drop"),
	       "drop");
	expect(INPUT("rule \"\" " UNKNOWN "=> jump \"a\" rule \"\" => drop")
		       CHAIN("a", "rule \"\" => accept"),
	       "pass");
	expect(INPUT("rule \"\" => jump \"a\"")
		       CHAIN("a", "rule \"\" " UNKNOWN "=> return "
				  "rule \"\" => drop"),
	       "pass");
	expect(INPUT("rule \"\" => jump \"a\" rule \"\" => drop")
		       CHAIN("a", "rule \"\" " UNKNOWN "=> return "
				  "rule \"\" => drop"),
	       "drop");
	/* a goto does not come back */
	expect(INPUT("rule \"\" " UNKNOWN "=> goto \"a\" rule \"\" => drop")
		       CHAIN("a", ""),
	       "pass");
	expect(INPUT("rule \"\" => jump \"a\" rule \"\" => drop")
		       CHAIN("a", "rule \"\" => goto \"b\" rule \"\" => accept")
			       CHAIN("b", ""),
	       "drop");
}

static void a_drop_in_any_table_drops(void **state)
{
	(void)state;
	expect(RAW("rule \"\" => accept") INPUT("rule \"\" => drop"), "drop");
	expect(RAW("rule \"\" => drop") INPUT("rule \"\" => accept"), "drop");
	expect(RAW("rule \"\" " UNKNOWN "=> accept") INPUT("rule \"\" => drop"),
	       "drop");
	expect("chain v4 filter \"FORWARD\" policy drop {}", "pass");
	expect("chain v4 filter \"INPUT\" policy drop {}", "drop");
	expect("chain v6 filter \"INPUT\" policy drop {}", "pass");
}

static void effects_forbid_a_drop(void **state)
{
	(void)state;
	expect(INPUT("rule \"\" => log rule \"\" => drop"), "pass");
	expect(INPUT("rule \"\" => other rule \"\" => drop"), "pass");
	expect(INPUT("rule \"\" => modify rule \"\" => drop"), "drop");
	expect(INPUT("rule \"\" => reject"), "pass");
	expect(INPUT("rule \"\" " LIMIT "=> drop rule \"\" => drop"), "pass");
	expect(INPUT("rule \"\" " UNKNOWN LIMIT "=> drop rule \"\" => drop"),
	       "pass");
	expect(INPUT("rule \"\" " UNKNOWN "=> log rule \"\" => drop"), "pass");
	/* where no path gets to */
	expect(INPUT("rule \"\" ip.proto in {6} " LIMIT "=> drop "
		     "rule \"\" ip.proto in {6} => log rule \"\" => drop "
		     "rule \"\" => log"),
	       "drop");
	expect(RAW("rule \"\" => drop") INPUT("rule \"\" => log"), "drop");
	expect(RAW("rule \"\" => log") INPUT("rule \"\" => drop"), "pass");
}

static void both_backends_must_drop(void **state)
{
	const uint8_t l4[4] = { 0, 1, 0, 53 };
	const char *rules = INPUT("rule \"\" " UDP53 "=> accept "
				  "rule \"\" ip.proto in {17} => drop");
	struct frame frame = help_frame4(17, 0, l4, 4);
	struct tz_possible_options options = to_input();

	(void)state;
	assert_string_equal(conclude(rules, frame, options), "pass");
	options.backends[TZ_BACKEND_NFT] = false;
	assert_string_equal(conclude(rules, frame, options), "drop");
	options.backends[TZ_BACKEND_LEGACY] = false;
	assert_string_equal(conclude(rules, frame, options), "pass");
}

static void both_routes_must_drop(void **state)
{
	const char *rules =
		INPUT("rule \"\" => drop") "chain v4 filter \"FORWARD\" policy "
					   "accept {}";
	struct frame frame = help_ports(TZ_IPV4, 17, 1, 53, 0, 0);

	(void)state;
	assert_string_equal(conclude(rules, frame, to_input()), "drop");
	assert_string_equal(conclude(rules, frame, usual()), "pass");
	assert_string_equal(conclude(INPUT("") "chain v4 mangle \"PREROUTING\" "
					       "policy drop {}",
				     frame, usual()),
			    "drop");
}

static void nat_hides_destination_and_route(void **state)
{
	const char *by_port =
		INPUT("rule \"\" " UDP53
		      "=> drop") "chain v4 filter \"FORWARD\" policy drop {}";
	const char *by_source = INPUT(
		"rule \"\" ip.src in {10.0.0.1} => drop") "chain v4 filter "
							  "\"FORWARD\" policy "
							  "drop {}";
	const char *by_destination = INPUT("rule \"\" ip.dst in {10.0.0.2} => "
					   "drop") "chain v4 filter "
						   "\"FORWARD\" policy drop {}";
	const char *in_raw = RAW("rule \"\" " UDP53 "=> drop");
	struct frame frame = help_ports(TZ_IPV4, 17, 1, 53, 0, 0);
	struct tz_possible_options options = to_input();

	(void)state;
	assert_string_equal(conclude(by_port, frame, options), "drop");
	assert_string_equal(conclude(by_destination, frame, options), "drop");
	options.has_nat = true;
	assert_string_equal(conclude(by_destination, frame, options), "pass");
	assert_string_equal(conclude(by_port, frame, options), "pass");
	assert_string_equal(conclude(by_source, frame, options), "drop");
	assert_string_equal(conclude(in_raw, frame, options), "drop");
	/* FORWARD may be its way, too */
	assert_string_equal(
		conclude(INPUT("rule \"\" => drop"), frame, options), "pass");
}

static void fragments_are_judged_by_addresses(void **state)
{
	const uint8_t l4[16] = { 0, 1, 0, 53, 0, 16 };
	struct frame first = help_frame4(17, 0x2000, l4, 16);
	struct frame later = help_frame4(17, 2, l4, 16);
	const char *by_address = RAW("rule \"\" ip.src in {10.0.0.1} => drop");
	const char *by_port = RAW("rule \"\" " UDP53 "=> drop");
	const char *by_f = RAW("rule \"\" ip.later_fragment in {1} => drop");
	const char *by_mac = RAW("rule \"\" not mac.src in "
				 "{00:00:00:00:00:01} => drop");
	const char *by_iface = RAW("rule \"\" iface \"eth0\" => drop");
	const char *in_input = INPUT("rule \"\" => drop");
	struct tz_possible_options options = usual();

	(void)state;
	assert_string_equal(conclude(by_address, first, options), "drop");
	assert_string_equal(conclude(by_address, later, options), "drop");
	assert_string_equal(conclude(by_iface, later, options), "drop");
	assert_string_equal(conclude(by_port, first, options), "pass");
	assert_string_equal(conclude(by_port, later, options), "pass");
	assert_string_equal(conclude(by_f, later, options), "pass");
	assert_string_equal(conclude(by_mac, first, options), "pass");
	assert_string_equal(conclude(in_input, first, to_input()), "pass");
	options.fragments_drop = true;
	assert_string_equal(conclude(in_input, later, options), "drop");
	assert_string_equal(conclude(by_port,
				     help_ports(TZ_IPV4, 17, 1, 54, 0, 0),
				     options),
			    "pass");
}

/* RFC 8200: another fragment may name another protocol, and that one counts. */
static void later_ipv6_fragments_have_no_protocol(void **state)
{
	const char *rules = "chain v6 raw \"PREROUTING\" policy accept {"
			    "rule \"\" ip.proto in {17} => drop }";
	struct frame first = help_frame6(44,
					 "\x11\0\0\1\0\0\0\1"
					 "\0\1\0\x35\0\x10\0\0",
					 16);
	struct frame later = help_frame6(44,
					 "\x11\0\0\x8\0\0\0\1"
					 "\0\1\0\x35\0\x10\0\0",
					 16);

	(void)state;
	assert_string_equal(conclude(rules, first, usual()), "drop");
	assert_string_equal(conclude(rules, later, usual()), "pass");
}

static void odd_ipv6_chains_pass(void **state)
{
	const char *rules = "chain v6 raw \"PREROUTING\" policy drop {}";

	(void)state; /* 4.5, 14.6 */
	assert_string_equal(
		conclude(rules, help_frame6(60, "\x11", 1), usual()), "pass");
	assert_string_equal(conclude(rules,
				     help_frame6(60, "\x11\1\0\0\0\0\0\0", 8),
				     usual()),
			    "pass");
	assert_string_equal(conclude(rules, help_frame6(59, "", 0), usual()),
			    "drop");
}

static void merged_segments_may_end_with_fin_or_psh(void **state)
{
#define TCP "ip.proto in {6} header 6 20 offset_one native "
	const char *no_psh = RAW("rule \"\" " TCP "tcp.flags & 8 = 0 => drop");
	const char *no_cwr =
		RAW("rule \"\" " TCP "tcp.flags & 128 = 0 => drop");
	const char *is_ack = RAW("rule \"\" " TCP "tcp.flags & 18 = 16 "
				 "=> drop");
	struct frame ack = help_ports(TZ_IPV4, 6, 1, 2, 0x10, 10);
	struct tz_possible_options options = usual();

	(void)state;
	assert_string_equal(conclude(no_psh, ack, options), "drop");
	options.may_merge = true;
	assert_string_equal(conclude(no_psh, ack, options), "pass");
	assert_string_equal(conclude(no_cwr, ack, options), "pass");
	assert_string_equal(conclude(is_ack, ack, options), "drop");
	/* SYN, no data: never merged */
	ack = help_ports(TZ_IPV4, 6, 1, 2, 0x12, 10);
	assert_string_equal(conclude(no_psh, ack, options), "drop");
	ack = help_ports(TZ_IPV4, 6, 1, 2, 0x10, 0);
	assert_string_equal(conclude(no_psh, ack, options), "drop");
}

static void no_backend_or_no_route_passes(void **state)
{
	struct frame frame = help_ports(TZ_IPV4, 17, 1, 53, 0, 0);
	struct tz_possible_options options = usual();

	(void)state;
	options.backends[0] = options.backends[1] = false;
	assert_string_equal(conclude(RAW("rule \"\" => drop"), frame, options),
			    "pass");
	options = usual();
	options.routes[0] = options.routes[1] = false;
	assert_string_equal(conclude(RAW("rule \"\" => drop"), frame, options),
			    "pass");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unknown_matches),
		cmocka_unit_test(unknown_ways_through_chains),
		cmocka_unit_test(a_drop_in_any_table_drops),
		cmocka_unit_test(effects_forbid_a_drop),
		cmocka_unit_test(both_backends_must_drop),
		cmocka_unit_test(both_routes_must_drop),
		cmocka_unit_test(nat_hides_destination_and_route),
		cmocka_unit_test(fragments_are_judged_by_addresses),
		cmocka_unit_test(later_ipv6_fragments_have_no_protocol),
		cmocka_unit_test(odd_ipv6_chains_pass),
		cmocka_unit_test(merged_segments_may_end_with_fin_or_psh),
		cmocka_unit_test(no_backend_or_no_route_passes),
	};

	return cmocka_run_group_tests(tests, help_setup, help_teardown);
}
