/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From text to IR: the matches of the odd cases (SEMANTICS 5), their order,
 * and the order of rules. What the matches mean is tests/oracle's to judge.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/front_help.h"

/* The IR of the first rule of `-A INPUT @rule`, from its first match on. */
static char *body_of(enum tz_family family, const char *table,
		     const char *chain, const char *rule)
{
	char lines[1024];
	struct tz_buf out = { 0 };

	snprintf(lines, sizeof(lines), ":user - [0:0]\n-A %s %s", chain, rule);

	struct front f = front_table(family, table, lines);

	if (!f.is_good) {
		out = front_diags(&f);
		fail_msg("%s", out.text);
	}
	assert_null(tz_ir_verify(f.ir));
	tz_ir_print(f.ir, &out);

	const char *begin = strstr(out.text, "\trule \"");

	assert_non_null(begin);
	begin = strchr(begin, '\n') + 1;

	char *body = strdup(begin);
	size_t n = 0;

	/* One line, up to the verdict's end. */
	for (const char *p = body;
	     *p && strncmp(p, "\n\trule", 6) != 0 && strncmp(p, "\n}", 2) != 0;
	     p++)
		if (*p != '\t')
			body[n++] = *p == '\n' ? ';' : *p;
	body[n] = '\0';
	tz_buf_free(&out);
	front_free(&f);
	return body;
}

static void expect(enum tz_family family, const char *rule, const char *ir)
{
	char *body = body_of(family, "filter", "INPUT", rule);

	assert_string_equal(body, ir);
	free(body);
}

static void own_tests_stand_in_the_kernels_order(void **state)
{
	(void)state;
	expect(TZ_IPV4, "-f -p udp -i eth+ -d 1.2.3.4 -s 10.0.0.0/8 -j DROP",
	       "ip.src in {10.0.0.0-10.255.255.255};ip.dst in {1.2.3.4};"
	       "iface \"eth\" prefix;ip.proto in {17};"
	       "ip.later_fragment in {1};=> drop");
	expect(TZ_IPV4, "! -f ! -i lo ! -p 6 ! -s 1.2.3.4 -j DROP",
	       "ip.src in {0.0.0.0-1.2.3.3, 1.2.3.5-255.255.255.255};"
	       "not iface \"lo\";ip.proto in {0-5, 7-255};"
	       "ip.later_fragment in {0};=> drop");
}

static void odd_own_tests(void **state)
{
	(void)state;
	expect(TZ_IPV4, "-s 0/0 -d 0.0.0.0/0.0.0.0 -i + -p all -j DROP",
	       "=> drop");
	expect(TZ_IPV4, "! -s 0/0 -j DROP", "ip.src in {};=> drop");
	expect(TZ_IPV4, "-s 10.1.2.3/255.0.255.0 -j DROP",
	       "ip.src & 255.0.255.0 = 10.0.2.0;=> drop");
	expect(TZ_IPV4, "! -d 10.1.2.3/255.0.255.0 -j DROP",
	       "not ip.dst & 255.0.255.0 = 10.0.2.0;=> drop");
	/* iptables reads 10.1 as 10.1.0.0, and 010 as 8 */
	expect(TZ_IPV4, "-s 10.1 -d 010.1.1.1/8 -j DROP",
	       "ip.src in {10.1.0.0};ip.dst in {8.0.0.0-8.255.255.255};"
	       "=> drop");
	/* legacy and nft: never */
	expect(TZ_IPV4, "! -i + -j DROP", "ip.src in {};=> drop");
	expect(TZ_IPV6, "-s 2001:db8::/127 -p 6 -j DROP",
	       "ip.src in {2001:db8::-2001:db8::1};ip.proto in {6};=> drop");
	expect(TZ_IPV6, "-p all -j DROP",
	       "opaque \"protocol\" pure \"'-p all' drops packets with broken "
	       "extension headers in iptables-legacy only\";=> drop");
	/* SEMANTICS 4.12 */
	expect(TZ_IPV6, "-p icmp -j DROP", "ip.proto in {1};=> drop");
}

static void output_interface_is_opaque(void **state)
{
	char *body = body_of(TZ_IPV4, "filter", "FORWARD", "-o eth0 -j DROP");

	(void)state;
	assert_string_equal(body, "opaque \"out-interface\" pure \"the output "
				  "interface is decided by routing\";=> drop");
	free(body);
	body = body_of(TZ_IPV4, "filter", "FORWARD", "-o + -j DROP");
	assert_string_equal(body, "=> drop");
	free(body);
}

static void tcp_and_udp_check_their_header_first(void **state)
{
	(void)state;
	expect(TZ_IPV4, "-p tcp -j DROP", "ip.proto in {6};=> drop");
	expect(TZ_IPV4, "-p tcp -m tcp -j DROP",
	       "ip.proto in {6};header 6 20 offset_one;=> drop");
	expect(TZ_IPV4, "-p udp --sport : -j DROP",
	       "ip.proto in {17};header 17 8;=> drop");
	expect(TZ_IPV4, "-p tcp --sport : --dport 80: -j DROP",
	       "ip.proto in {6};header 6 20 offset_one native;"
	       "l4.dport in {80-65535};=> drop");
	expect(TZ_IPV4, "-p udp --dport :5 ! --sport 7 -j DROP",
	       "ip.proto in {17};header 17 8 native;"
	       "l4.sport in {0-6, 8-65535};l4.dport in {0-5};=> drop");
	expect(TZ_IPV4, "-p tcp ! --sport : -j DROP",
	       "ip.proto in {6};header 6 20 offset_one native;"
	       "opaque \"source-port\" pure \"'!' before all ports never "
	       "matches in iptables-legacy and always in iptables-nft\";"
	       "=> drop");
	expect(TZ_IPV4, "-p udp --dport 9:8 -j DROP",
	       "ip.proto in {17};header 17 8 native;l4.dport in {};=> drop");
	expect(TZ_IPV4, "-p tcp --tcp-option 2 -j DROP",
	       "ip.proto in {6};header 6 20 offset_one;"
	       "test tcp_option (2, 0);=> drop");
}

static void tcp_flags(void **state)
{
	(void)state;
	expect(TZ_IPV4, "-p tcp --syn -j DROP",
	       "ip.proto in {6};header 6 20 offset_one native;"
	       "tcp.flags & 23 = 2;=> drop");
	expect(TZ_IPV4, "-p tcp ! --tcp-flags ALL NONE -j DROP",
	       "ip.proto in {6};header 6 20 offset_one native;"
	       "not tcp.flags & 63 = 0;=> drop");
	expect(TZ_IPV4, "-p tcp --tcp-flags SYN ACK -j DROP",
	       "ip.proto in {6};header 6 20 offset_one native;"
	       "tcp.flags in {};=> drop");
	expect(TZ_IPV4, "-p tcp ! --tcp-flags SYN ACK -j DROP",
	       "ip.proto in {6};header 6 20 offset_one native;"
	       "tcp.flags in {0-255};=> drop");
}

/* legacy tests no bits against a value, nft does not test at all */
static void tcp_flags_without_a_mask(void **state)
{
	(void)state;
	expect(TZ_IPV4, "-p tcp --tcp-flags NONE NONE -j DROP",
	       "ip.proto in {6};header 6 20 offset_one;=> drop");
	expect(TZ_IPV4, "-p tcp ! --tcp-flags NONE SYN -j DROP",
	       "ip.proto in {6};header 6 20 offset_one native;=> drop");
	expect(TZ_IPV4, "-p tcp --tcp-flags NONE SYN -j DROP",
	       "ip.proto in {6};header 6 20 offset_one native;"
	       "opaque \"tcp-flags\" pure \"without flags to look at it never "
	       "matches in iptables-legacy and always in iptables-nft\";"
	       "=> drop");
}

static void icmp_types(void **state)
{
	(void)state;
	expect(TZ_IPV4, "-p icmp --icmp-type any -j DROP",
	       "ip.proto in {1};header 1 8;=> drop");
	expect(TZ_IPV4, "-p icmp --icmp-type 255/3 -j DROP",
	       "ip.proto in {1};header 1 8;=> drop");
	expect(TZ_IPV4, "-p icmp ! --icmp-type any -j DROP",
	       "ip.proto in {1};header 1 8;icmp.type in {};=> drop");
	expect(TZ_IPV4, "-p icmp --icmp-type host-unreachable -j DROP",
	       "ip.proto in {1};header 1 8;icmp.type in {3};"
	       "icmp.code in {1};=> drop");
	expect(TZ_IPV4, "-p icmp ! --icmp-type 3/1 -j DROP",
	       "ip.proto in {1};header 1 8;"
	       "not all (icmp.type in {3}, icmp.code in {1});=> drop");
	expect(TZ_IPV4, "-p icmp ! --icmp-type 3 -j DROP",
	       "ip.proto in {1};header 1 8;icmp.type in {0-2, 4-255};=> drop");
	expect(TZ_IPV6, "-p icmpv6 --icmpv6-type 255 -j DROP",
	       "ip.proto in {58};header 58 8;icmp.type in {255};=> drop");
}

static void multiport_takes_either_end(void **state)
{
	(void)state;
	expect(TZ_IPV4, "-p tcp -m multiport --dports 80,http,1:5,6 -j DROP",
	       "ip.proto in {6};header 6 4;l4.dport in {1-6, 80};=> drop");
	expect(TZ_IPV4, "-p udp -m multiport ! --ports 5,7:9 -j DROP",
	       "ip.proto in {17};header 17 4;"
	       "not any (l4.sport in {5, 7-9}, l4.dport in {5, 7-9});=> drop");
	/* the abbreviation is not --dport of tcp: that is not loaded yet */
	expect(TZ_IPV4, "-p tcp -m multiport ! --dport 80 -j DROP",
	       "ip.proto in {6};header 6 4;"
	       "l4.dport in {0-79, 81-65535};=> drop");
}

static void ranges_and_macs(void **state)
{
	(void)state;
	expect(TZ_IPV4, "-m iprange --src-range 1.0.0.1-1.0.0.3 -j DROP",
	       "ip.src in {1.0.0.1-1.0.0.3};=> drop");
	expect(TZ_IPV4, "-m iprange --dst-range 1.0.0.1 -j DROP",
	       "ip.dst in {1.0.0.1};=> drop");
	expect(TZ_IPV4, "-m iprange --src-range 1.0.0.3-1.0.0.1 -j DROP",
	       "ip.src in {};=> drop");
	expect(TZ_IPV4, "-m iprange ! --src-range 1.0.0.3-1.0.0.1 -j DROP",
	       "ip.src in {0.0.0.0-255.255.255.255};=> drop");
	expect(TZ_IPV4, "-m mac --mac-source 0:1:2:3:4:5 -j DROP",
	       "mac.src in {00:01:02:03:04:05};=> drop");
}

/* SEMANTICS 6.3: -p's match stands where its first option stood. */
static void matches_keep_their_order(void **state)
{
	(void)state;
	expect(TZ_IPV4, "-p tcp -m limit --limit 1/s --dport 80 -j DROP",
	       "ip.proto in {6};opaque \"limit\" writes \"spends tokens of a "
	       "bucket that belongs to the kernel's own rule\" "
	       "limit(10000, 5);"
	       "header 6 20 offset_one native;l4.dport in {80};=> drop");
	expect(TZ_IPV4, "-p tcp --dport 80 -m tcp --sport 1 -j DROP",
	       "ip.proto in {6};header 6 20 offset_one native;"
	       "l4.dport in {80};header 6 20 offset_one native;"
	       "l4.sport in {1};=> drop");
}

static enum tz_ir_effect effect_of(const char *match)
{
	char lines[256];

	snprintf(lines, sizeof(lines), "-A INPUT %s -j DROP", match);

	struct front f = front_table(TZ_IPV4, "filter", lines);

	assert_true(f.is_good);

	const struct tz_ir_match *m = f.ir->chains.at[0]->rules.at[0]->matches;

	assert_int_equal(m->kind, TZ_IR_OPAQUE);

	enum tz_ir_effect effect = m->opaque.effect;

	front_free(&f);
	return effect;
}

static void opaque_matches_know_what_they_write(void **state)
{
	(void)state;
	assert_int_equal(effect_of("-m realm --realm 1"), TZ_IR_PURE);
	assert_int_equal(effect_of("-m limit --limit 1/s"), TZ_IR_WRITES);
	expect(TZ_IPV4, "-m statistic --mode random ! --probability 0.5",
	       "test statistic (1073741824, 1);=> continue");
	assert_int_equal(effect_of("-m statistic --mode nth --every 2 "
				   "--packet 0"),
			 TZ_IR_WRITES);
	assert_int_equal(effect_of("-m recent --set"), TZ_IR_WRITES);
}

static void targets(void **state)
{
	(void)state;
	expect(TZ_IPV4, "-j ACCEPT", "=> accept");
	expect(TZ_IPV4, "-j RETURN", "=> return");
	expect(TZ_IPV4, "-j LOG", "=> log");
	expect(TZ_IPV4, "-j REJECT", "=> reject");
	expect(TZ_IPV4, "-j user", "=> jump \"user\"");
	expect(TZ_IPV4, "-g user", "=> goto \"user\"");
	expect(TZ_IPV4, "", "=> continue");
	expect(TZ_IPV4, "-j MARK --set-mark 1", "=> modify target \"MARK\"");
	expect(TZ_IPV4, "-j NFQUEUE", "=> other target \"NFQUEUE\"");
}

/* ---- chains ---- */

static void check_texts(const struct front *f, const char *const *texts,
			size_t n)
{
	const struct tz_ir_chain *chain = f->ir->chains.at[0];

	assert_int_equal(chain->rules.n, n);
	for (size_t i = 0; i < n; i++) {
		assert_string_equal(chain->rules.at[i]->text, texts[i]);
		assert_int_equal(chain->rules.at[i]->index, i);
	}
}

static void inserts_and_lists_are_in_the_kernels_order(void **state)
{
	/* as iptables-legacy-save 1.8.9 lists them */
	static const char *const texts[] = {
		"-s 9.9.9.9/32 -j DROP",
		"-s 2.2.2.2/32 -d 4.4.4.4/32 -j DROP",
		"-s 8.8.8.8/32 -j DROP",
		"-s 2.2.2.2/32 -d 3.3.3.3/32 -j DROP",
		"-s 1.1.1.1/32 -d 4.4.4.4/32 -j DROP",
		"-s 1.1.1.1/32 -d 3.3.3.3/32 -j DROP",
		"-s 5.5.5.5/32 -d 7.7.7.7/32 -j DROP",
		"-s 6.6.6.6/32 -d 7.7.7.7/32 -j DROP",
	};
	struct front f = front_table(
		TZ_IPV4, "filter",
		"-A INPUT -s 5.5.5.5,6.6.6.6 -d 7.7.7.7 -j DROP\n"
		"-I INPUT -s 1.1.1.1,2.2.2.2 -d 3.3.3.3,4.4.4.4 -j DROP\n"
		"-I INPUT 2 -s 8.8.8.8 -j DROP\n"
		"-I INPUT -s 9.9.9.9 -j DROP");

	(void)state;
	assert_true(f.is_good);
	check_texts(&f, texts, sizeof(texts) / sizeof(*texts));
	front_free(&f);
}

static void flush_forgets_what_came_before(void **state)
{
	static const char *const texts[] = { "-j DROP" };
	struct front f = front_table(TZ_IPV4, "filter",
				     "-A INPUT -j ACCEPT\n-I INPUT -j LOG\n"
				     "-F INPUT\n-A INPUT -j DROP");

	(void)state;
	assert_true(f.is_good);
	check_texts(&f, texts, 1);
	front_free(&f);
}

static void policies_counters_and_comments_arrive(void **state)
{
	struct front f = front_table(TZ_IPV4, "filter",
				     ":INPUT DROP [12:34]\n"
				     "[5:6] -A INPUT -m comment --comment "
				     "\"a \\\"b\\\"\" -j ACCEPT\n"
				     "-A INPUT -c 7 8 -j ACCEPT");

	(void)state;
	assert_true(f.is_good);

	const struct tz_ir_chain *chain = f.ir->chains.at[0];

	assert_int_equal(chain->policy, TZ_IR_DROP);
	assert_int_equal(chain->packets, 12);
	assert_int_equal(chain->bytes, 34);
	assert_int_equal(chain->rules.at[0]->packets, 5);
	assert_int_equal(chain->rules.at[0]->bytes, 6);
	assert_string_equal(chain->rules.at[0]->comment, "a \"b\"");
	assert_int_equal(chain->rules.at[1]->packets, 7);
	assert_int_equal(chain->rules.at[1]->bytes, 8);
	assert_null(chain->rules.at[1]->comment);
	front_free(&f);
}

static void nat_is_seen(void **state)
{
	struct front f = front_table(TZ_IPV4, "nat",
				     "-A PREROUTING -p tcp --dport 80 -j DNAT "
				     "--to-destination 10.0.0.1");

	(void)state;
	assert_true(f.is_good);
	assert_true(tz_ir_has_nat(f.ir, TZ_IPV4));
	assert_false(tz_ir_has_nat(f.ir, TZ_IPV6));
	front_free(&f);
}

/* ---- the family ---- */

static enum tz_family family_of(const char *name, const char *rule)
{
	char text[512];
	int n = snprintf(text, sizeof(text), "*filter\n-A INPUT %s\nCOMMIT\n",
			 rule);
	struct front f = front_read(name, text, (size_t)n, 0);
	enum tz_family family = f.ir->chains.n ? f.ir->chains.at[0]->family : 0;

	front_free(&f);
	return family;
}

static void family_is_found(void **state)
{
	(void)state;
	assert_int_equal(family_of("x", "-j DROP"), TZ_IPV4);
	assert_int_equal(family_of("rules.v6", "-j DROP"), TZ_IPV6);
	assert_int_equal(family_of("a/ip6tables.rules", "-j DROP"), TZ_IPV6);
	assert_int_equal(family_of("ip6tables/x", "-j DROP"), TZ_IPV4);
	assert_int_equal(family_of("x", "-s ::/0 -j DROP"), TZ_IPV6);
	assert_int_equal(family_of("rules.v6", "-s 1.2.3.4"), TZ_IPV4);
	assert_int_equal(family_of("x", "-p ipv6-icmp -j DROP"), TZ_IPV6);
	assert_int_equal(family_of("x", "-m hl --hl-eq 255"), TZ_IPV6);
	assert_int_equal(family_of("rules.v6", "-p icmp --icmp-type 8"),
			 TZ_IPV4);
	/* neither a MAC address nor a comment tells */
	assert_int_equal(family_of("x", "-m mac --mac-source 0:1:2:3:4:5"),
			 TZ_IPV4);
	assert_int_equal(family_of("x", "-m comment --comment 2001:db8::1"),
			 TZ_IPV4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(own_tests_stand_in_the_kernels_order),
		cmocka_unit_test(odd_own_tests),
		cmocka_unit_test(output_interface_is_opaque),
		cmocka_unit_test(tcp_and_udp_check_their_header_first),
		cmocka_unit_test(tcp_flags),
		cmocka_unit_test(tcp_flags_without_a_mask),
		cmocka_unit_test(icmp_types),
		cmocka_unit_test(multiport_takes_either_end),
		cmocka_unit_test(ranges_and_macs),
		cmocka_unit_test(matches_keep_their_order),
		cmocka_unit_test(opaque_matches_know_what_they_write),
		cmocka_unit_test(targets),
		cmocka_unit_test(inserts_and_lists_are_in_the_kernels_order),
		cmocka_unit_test(flush_forgets_what_came_before),
		cmocka_unit_test(policies_counters_and_comments_arrive),
		cmocka_unit_test(nat_is_seen),
		cmocka_unit_test(family_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
