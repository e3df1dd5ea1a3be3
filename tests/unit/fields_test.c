/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Matches that compare a field, or ask the clock, from the text of a rule to
 * its value: what they are lowered to, and what is known of them where.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "ir/eval.h"
#include "tests/unit/front_help.h"

/* IPv4, TTL 64, TOS 0x48, 10.0.0.1 to 10.0.0.2, UDP without data. */
static const uint8_t udp[] = {
	2,    0,    0,  0,  0, 2, 2,    0, 0,  0,  0, 1, 8,  0,
	0x45, 0x48, 0,  28, 0, 0, 0x40, 0, 64, 17, 0, 0, 10, 0,
	0,    1,    10, 0,  0, 2, 0,    1, 0,  53, 0, 8, 0,  0,
};

static struct tz_packet packet_of(uint8_t *frame, uint8_t proto)
{
	struct tz_packet packet;
	uint32_t sum = 0;

	memcpy(frame, udp, sizeof(udp));
	frame[14 + 9] = proto;
	for (int i = 0; i < 20; i += 2)
		sum += (uint32_t)(frame[14 + i] << 8 | frame[15 + i]);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = ~((sum & 0xffff) + (sum >> 16));
	frame[14 + 10] = (uint8_t)(sum >> 8);
	frame[14 + 11] = (uint8_t)sum;
	assert_int_equal(tz_packet_parse(frame, sizeof(udp), NULL, &packet),
			 TZ_PACKET_FILTERED);
	return packet;
}

/* The rules of mangle and filter, one table each: both may be NULL. */
static struct front read_rules(const char *mangle, const char *filter)
{
	char text[4096];

	snprintf(text, sizeof(text),
		 "*mangle\n:PREROUTING ACCEPT [0:0]\n:INPUT ACCEPT [0:0]\n"
		 ":FORWARD ACCEPT [0:0]\n:both - [0:0]\n%sCOMMIT\n"
		 "*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n"
		 "%sCOMMIT\n",
		 mangle ? mangle : "", filter ? filter : "");

	struct front f = front_read("rules", text, strlen(text), TZ_IPV4);

	if (!f.is_good) {
		struct tz_buf said = front_diags(&f);

		fail_msg("%s", said.text);
	}
	assert_null(tz_ir_verify(f.ir));
	tz_ir_mark_stale(f.ir, 0);
	return f;
}

static enum tz_truth count_asked(void *arg, const struct tz_ir_match *match)
{
	(void)match;
	++*(int *)arg;
	return TZ_FALSE;
}

/* 'a'ccepted, 'd'ropped, or '?' when an unknown match was met. */
static char verdict(const struct front *f, enum tz_route route,
		    const struct tz_context *context)
{
	uint8_t frame[sizeof(udp)];
	struct tz_packet packet = packet_of(frame, 17);
	int asked = 0;
	struct tz_eval_options options = { .ifname = "eth0",
					   .opaque = count_asked,
					   .arg = &asked };
	struct tz_eval_result result = { 0 };

	if (context)
		options.context = *context;
	tz_eval_verdict(f->ir, &packet, route, &options, &result);
	return asked ? '?' : result.is_dropped ? 'd' : 'a';
}

static void expect(const char *mangle, const char *filter, enum tz_route route,
		   char expected)
{
	struct front f = read_rules(mangle, filter);
	char found = verdict(&f, route, NULL);

	if (found != expected)
		fail_msg("%c and not %c: %s%s", found, expected,
			 mangle ? mangle : "", filter ? filter : "");
	front_free(&f);
}

#define DROPS(match) expect(NULL, "-A INPUT " match " -j DROP\n", 0, 'd')
#define PASSES(match) expect(NULL, "-A INPUT " match " -j DROP\n", 0, 'a')
#define ASKS(match) expect(NULL, "-A INPUT " match " -j DROP\n", 0, '?')

static void fields_have_their_bounds(void **state)
{
	(void)state;
	DROPS("-m length --length 28");
	PASSES("-m length --length 29:");
	DROPS("-m length ! --length :27");
	PASSES("-m length --length 30:20");
	DROPS("-m length ! --length 30:20");
	DROPS("-m ttl --ttl-lt 65");
	PASSES("-m ttl --ttl-lt 64");
	PASSES("-m ttl --ttl-gt 64");
	PASSES("-m ttl --ttl-lt 0");
	PASSES("-m ttl --ttl-gt 255");
	DROPS("-m tos --tos 0x48");
	DROPS("-m tos --tos 0x40/0xf0");
	DROPS("-m tos --tos Maximize-Throughput");
	PASSES("-m tos --tos Normal-Service");
	PASSES("-m tos --tos 0x11/0x10");
	DROPS("-m tos ! --tos 0x11/0x10");
	DROPS("-m dscp --dscp-class AF21");
	PASSES("-m dscp --dscp 0x11");
	DROPS("-m ecn --ecn-ip-ect 0");
	DROPS("-m pkttype --pkt-type host");
	PASSES("-m pkttype --pkt-type broadcast");
	PASSES("-m pkttype ! --pkt-type unicast");
}

static void context_is_unknown_until_it_is_given(void **state)
{
	struct tz_context given = {
		.has_mark = true, .mark = 0x12, .has_cpu = true, .cpu = 3
	};
	struct front f = read_rules(
		NULL,
		"-A INPUT -m mark --mark 0x2/0xf -m cpu --cpu 3 -j DROP\n");

	(void)state;
	ASKS("-m mark --mark 1");
	ASKS("-m cpu --cpu 1");
	ASKS("-m statistic --mode random --probability 0.5");
	ASKS("-m time --weekdays Mon");
	assert_int_equal(verdict(&f, TZ_ROUTE_INPUT, &given), 'd');
	given.mark = 3;
	assert_int_equal(verdict(&f, TZ_ROUTE_INPUT, &given), 'a');
	front_free(&f);
}

static void a_hop_is_lost_before_forward(void **state)
{
	const char *both = "-A both -m ttl --ttl-eq 64 -j DROP\n"
			   "-A PREROUTING -j both\n";
	const char *forward = "-A both -m ttl --ttl-eq 63 -j DROP\n"
			      "-A PREROUTING -j both\n-A FORWARD -j both\n"
			      "-A INPUT -j both\n";

	(void)state;
	expect(both, NULL, TZ_ROUTE_FORWARD, 'd');
	expect(forward, NULL, TZ_ROUTE_FORWARD, 'd');
	expect(forward, NULL, TZ_ROUTE_INPUT, 'a');
}

static void what_was_written_is_unknown(void **state)
{
	const char *ttl = "-A INPUT -m ttl --ttl-eq 9 -j DROP\n";

	(void)state;
	expect("-A PREROUTING -j TTL --ttl-set 9\n", ttl, 0, '?');
	/* other fields, and other hooks, are not written */
	expect("-A PREROUTING -j MARK --set-mark 9\n", ttl, 0, 'a');
	expect("-A FORWARD -j TTL --ttl-set 9\n", ttl, 0, 'a');
	expect("-A INPUT -m ttl --ttl-eq 64 -j DROP\n"
	       "-A INPUT -j TTL --ttl-set 9\n",
	       NULL, 0, 'd');
	/* a chain that is called in front of the target and behind it */
	expect("-A both -m ttl --ttl-eq 9 -j DROP\n-A INPUT -j both\n"
	       "-A INPUT -j TTL --ttl-set 9\n-A INPUT -j both\n",
	       NULL, 0, '?');
	/* a target in a chain that is called */
	expect("-A both -j DSCP --set-dscp 1\n-A PREROUTING -j both\n"
	       "-A PREROUTING -m tos --tos 4 -j DROP\n",
	       NULL, 0, '?');
}

static void lengths_that_may_grow_are_unknown(void **state)
{
	struct front f =
		read_rules(NULL, "-A INPUT -m length --length 28 -j DROP\n");
	struct tz_possible_options options = {
		.backends = { true, true },
		.ifname = "eth0",
		.may_merge = true,
		.routes = { [TZ_ROUTE_INPUT] = true },
	};
	uint8_t frame[sizeof(udp)];
	struct tz_packet packet = packet_of(frame, 17);

	(void)state;
	assert_int_equal(tz_eval_possible(f.ir, &packet, &options),
			 TZ_MAY_DROP);
	options.udp_merges = true;
	assert_int_equal(tz_eval_possible(f.ir, &packet, &options),
			 TZ_MUST_PASS);
	/* what is in GRE may be merged, ICMP may not */
	packet = packet_of(frame, 47);
	assert_int_equal(tz_eval_possible(f.ir, &packet, &options),
			 TZ_MUST_PASS);
	packet = packet_of(frame, 1);
	assert_int_equal(tz_eval_possible(f.ir, &packet, &options),
			 TZ_MAY_DROP);
	front_free(&f);
}

/* ---- time ---- */

static int64_t seconds_of(const char *date)
{
	struct tm tm = { 0 };

	assert_non_null(strptime(date, "%Y-%m-%dT%H:%M:%S", &tm));
	return timegm(&tm);
}

static bool time_holds(const char *match, int64_t seconds)
{
	struct tz_context context = { .has_clock = true,
				      .clock_ns = seconds * 1000000000 };
	char rule[256];

	snprintf(rule, sizeof(rule), "-A INPUT -m time %s -j DROP\n", match);

	struct front f = read_rules(NULL, rule);
	char found = verdict(&f, TZ_ROUTE_INPUT, &context);

	assert_int_not_equal(found, '?');
	front_free(&f);
	return found == 'd';
}

static void times_are_those_of_xt_time(void **state)
{
	static const struct {
		const char *match, *date;
		bool holds;
	} rows[] = {
		{ "--datestart 2024-02-29", "2024-02-28T23:59:59", false },
		{ "--datestart 2024-02-29", "2024-02-29T00:00:00", true },
		{ "--datestop 2024-03", "2024-03-01T00:00:00", true },
		{ "--datestop 2024-03", "2024-03-01T00:00:01", false },
		{ "--datestart 2020", "2019-12-31T23:59:59", false },
		{ "--datestop 2030-05-06T07:08:09", "2030-05-06T07:08:09",
		  true },
		/* no date is as a last date of 2^31 - 1 */
		{ "--timestart 00:00", "2038-01-19T03:14:08", false },
		{ "--timestart 8:00 --timestop 17:00", "2024-05-05T07:59:59",
		  false },
		{ "--timestart 8:00 --timestop 17:00", "2024-05-05T17:00:00",
		  true },
		{ "--timestart 8:00 --timestop 17:00", "2024-05-05T17:00:01",
		  false },
		{ "--timestart 22:00 --timestop 6:00", "2024-05-05T23:00:00",
		  true },
		{ "--timestart 22:00 --timestop 6:00", "2024-05-05T05:59:59",
		  true },
		{ "--timestart 22:00 --timestop 6:00", "2024-05-05T07:00:00",
		  false },
		{ "--timestart 8:00 --timestop 8:00", "2024-05-05T01:00:00",
		  true },
		/* 2024-05-05 is a Sunday */
		{ "--weekdays Sun", "2024-05-05T01:00:00", true },
		{ "--weekdays 7", "2024-05-05T01:00:00", true },
		{ "! --weekdays Sun", "2024-05-05T01:00:00", false },
		{ "--weekdays Sat --timestart 22:00 --timestop 6:00",
		  "2024-05-05T01:00:00", false },
		{ "--weekdays Sat --timestart 22:00 --timestop 6:00 "
		  "--contiguous",
		  "2024-05-05T01:00:00", true },
		{ "--monthdays 30 --timestart 22:00 --timestop 6:00 "
		  "--contiguous",
		  "2024-05-01T01:00:00", true },
		{ "--monthdays 29", "2024-02-29T12:00:00", true },
		{ "! --monthdays 29,30", "2024-02-29T12:00:00", false },
		{ "--monthdays 1", "2023-03-01T00:00:00", true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (time_holds(rows[i].match, seconds_of(rows[i].date)) !=
		    rows[i].holds)
			fail_msg("%s at %s", rows[i].match, rows[i].date);
}

/* Every 37th day and a bit, by the C library's calendar. */
static void days_are_those_of_the_calendar(void **state)
{
	(void)state;
	for (int64_t t = 200000; t < INT64_C(0x7fffffff);
	     t += 37 * 86400 + 77) {
		time_t at = t;
		struct tm tm;
		char match[64];

		gmtime_r(&at, &tm);
		snprintf(match, sizeof(match), "--weekdays %d --monthdays %d",
			 tm.tm_wday ? tm.tm_wday : 7, tm.tm_mday);
		if (!time_holds(match, t))
			fail_msg("%s at %lld", match, (long long)t);
	}
}

static void the_kernels_zone_is_unknown(void **state)
{
	struct tz_context context = { .has_clock = true,
				      .clock_ns = INT64_C(1) << 60 };
	struct front f = read_rules(
		NULL, "-A INPUT -m time --timestart 8:00 --kerneltz -j DROP\n");

	(void)state;
	assert_int_equal(verdict(&f, TZ_ROUTE_INPUT, &context), '?');
	front_free(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_have_their_bounds),
		cmocka_unit_test(context_is_unknown_until_it_is_given),
		cmocka_unit_test(a_hop_is_lost_before_forward),
		cmocka_unit_test(what_was_written_is_unknown),
		cmocka_unit_test(lengths_that_may_grow_are_unknown),
		cmocka_unit_test(times_are_those_of_xt_time),
		cmocka_unit_test(days_are_those_of_the_calendar),
		cmocka_unit_test(the_kernels_zone_is_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
