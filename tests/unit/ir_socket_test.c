/* SPDX-License-Identifier: GPL-2.0-only */
/* The test `socket`: what the interpreter asks of who knows the sockets. */
#include "ir_help.h"

#include <tamiz/sock.h>

static enum tz_truth by_flags(void *arg, const struct tz_packet *packet,
			      unsigned int flags)
{
	(void)arg;
	(void)packet;
	assert_int_equal(flags & TZ_SOCKET_IS_RAW, 0);
	return flags & TZ_SOCKET_TRANSPARENT  ? TZ_UNKNOWN
	       : flags & TZ_SOCKET_NOWILDCARD ? TZ_TRUE
					      : TZ_FALSE;
}

/* What may become of a packet that the rule with the test drops in @table. */
static enum tz_possible by_socket(const char *table, const char *test,
				  const struct tz_packet *packet,
				  struct tz_possible_options *options)
{
	char text[128];

	snprintf(text, sizeof(text),
		 "chain v4 %s \"PREROUTING\" policy accept { rule \"\" "
		 "%s => drop }",
		 table, test);
	assert_int_equal(tz_eval_possible(help_ir(text), packet, options),
			 tz_eval_brute(help_ir(text), packet, options));
	return tz_eval_possible(help_ir(text), packet, options);
}

static void sockets_are_asked(void **state)
{
	const struct tz_sockets sockets = { .holds = by_flags };
	struct tz_possible_options options = { .backends = { true, true },
					       .routes = { true, true } };
	struct frame frame = help_ports(TZ_IPV4, 17, 1, 2, 0, 0);
	struct tz_packet packet = help_packet(&frame);

	(void)state;
	assert_int_equal(by_socket("raw", "test socket (5)", &packet, &options),
			 TZ_MUST_PASS);
	options.context.sockets = &sockets;
	assert_int_equal(by_socket("raw", "test socket (5)", &packet, &options),
			 TZ_MAY_DROP);
	assert_int_equal(by_socket("raw", "test socket (4)", &packet, &options),
			 TZ_MUST_PASS);
	assert_int_equal(
		by_socket("raw", "not test socket (4)", &packet, &options),
		TZ_MAY_DROP);
	assert_int_equal(
		by_socket("raw", "not test socket (7)", &packet, &options),
		TZ_MUST_PASS);
	assert_int_equal(
		by_socket("mangle", "test socket (1)", &packet, &options),
		TZ_MAY_DROP);
	/* a reply is looked up by what NAT has translated, but not in raw */
	options.has_nat = true;
	assert_int_equal(
		by_socket("mangle", "test socket (1)", &packet, &options),
		TZ_MUST_PASS);
	assert_int_equal(by_socket("raw", "test socket (5)", &packet, &options),
			 TZ_MAY_DROP);
}

/* Of packets that are neither TCP nor UDP, nor speak of them. */
static void some_packets_have_no_socket(void **state)
{
	struct tz_possible_options options = { .backends = { true, true },
					       .routes = { true, true } };
	uint8_t icmp[8] = { 8 };
	struct frame frame = help_frame4(47, 0, icmp, sizeof(icmp));
	struct tz_packet packet = help_packet(&frame);

	(void)state;
	assert_int_equal(
		by_socket("raw", "not test socket (4)", &packet, &options),
		TZ_MAY_DROP);
	frame = help_frame4(1, 0, icmp, sizeof(icmp));
	packet = help_packet(&frame);
	assert_int_equal(
		by_socket("raw", "not test socket (4)", &packet, &options),
		TZ_MAY_DROP);
	icmp[0] = 3;
	frame = help_frame4(1, 0, icmp, sizeof(icmp));
	packet = help_packet(&frame);
	assert_int_equal(
		by_socket("raw", "not test socket (4)", &packet, &options),
		TZ_MUST_PASS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sockets_are_asked),
		cmocka_unit_test(some_packets_have_no_socket),
	};

	return cmocka_run_group_tests(tests, help_setup, help_teardown);
}
