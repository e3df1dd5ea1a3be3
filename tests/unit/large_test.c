/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A file of 100,000 rules is read, judged and summed up within 300 MB: what
 * grows with it is counted here, since nobody sees it in small files. Through
 * the public interface, the text given as a caller gives it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/resource.h>

#include <cmocka.h>

#include <tamiz/compile.h>

#include "base/buf.h"

#define N_RULES 100000
#define LIMIT_MB 300

/* A sanitizer needs several times the memory of what it watches. */
#if defined(__SANITIZE_ADDRESS__)
#define IS_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define IS_SANITIZED 1
#endif
#endif
#ifndef IS_SANITIZED
#define IS_SANITIZED 0
#endif

static void add_rules4(struct tz_buf *text)
{
	for (unsigned int i = 0; i < N_RULES; i++)
		tz_buf_printf(text,
			      "-A INPUT -s 55.%u.%u.%u/32 -d 209.%u.%u.0/24 "
			      "-p tcp -m tcp --dport %u:%u -j %s\n",
			      i >> 16, i >> 8 & 255, i & 255, i & 255,
			      i >> 8 & 255, i % 30000, i % 30000 + i % 7,
			      i % 3 ? "ACCEPT" : "DROP");
}

static void add_rules6(struct tz_buf *text)
{
	for (unsigned int i = 0; i < N_RULES; i++)
		tz_buf_printf(text,
			      "-A INPUT -s 2001:db8:%x:%x:8863:87d4:b901:a931/"
			      "128 -d 2001:%x:%x:8500::/56 -p udp -m udp "
			      "%s --dport %u -j %s\n",
			      i >> 8, i & 255, i & 255, i >> 8,
			      i % 4 ? "" : "--sport 1024:65535", i % 60000,
			      i % 3 ? "ACCEPT" : "DROP");
}

static long max_rss_mb(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_maxrss / 1000; /* counted in KiB: rounded up */
}

static void take(void (*add_rules)(struct tz_buf *text), const char *name)
{
	const struct tamiz_options options = { 0 };
	struct tamiz *tamiz = tamiz_new();
	struct tz_buf text = { 0 };

	tz_buf_puts(&text, "*filter\n:INPUT ACCEPT [0:0]\n");
	add_rules(&text);
	tz_buf_puts(&text, "COMMIT\n");
	assert_int_equal(tamiz_add_text(tamiz, name, text.text, text.len), 0);
	assert_int_equal(tamiz_compile(tamiz, &options), 0);

	struct tamiz_summary sum = tamiz_summary(tamiz);

	assert_int_equal(sum.n_rules, N_RULES);
	assert_int_equal(sum.n_exact, N_RULES);
	assert_true(sum.dropped_by_rules > 0);
	assert_int_equal(sum.dropped_by_xdp, sum.dropped_by_rules);
	tamiz_free(tamiz);
	tz_buf_free(&text);
	if (!IS_SANITIZED)
		assert_in_range(max_rss_mb(), 1, LIMIT_MB);
}

static void rules_for_ipv4_take_so_much_memory(void **state)
{
	(void)state;
	take(add_rules4, "rules.v4");
}

static void rules_for_ipv6_take_so_much_memory(void **state)
{
	(void)state;
	take(add_rules6, "rules.v6");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules_for_ipv4_take_so_much_memory),
		cmocka_unit_test(rules_for_ipv6_take_so_much_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
