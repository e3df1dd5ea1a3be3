/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rules of expressions: how lines are read, what becomes of frames by them in
 * the interpreter, and rates with a clock of the test's own.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include <tamiz/judge.h>
#include <tamiz/limit.h>

static struct tamiz *compile(const char *text)
{
	struct tamiz *t = tamiz_new();
	struct tamiz_options options = { .from = TAMIZ_LANGUAGE_PCAP };

	assert_non_null(t);
	assert_int_equal(tamiz_add_text(t, "x.pcapf", text, strlen(text)), 0);
	assert_int_equal(tamiz_compile(t, &options), 0);
	assert_true(tamiz_judges_frames(t));
	return t;
}

static void lines_are_rules(void **state)
{
	struct tamiz *t = compile("# nothing\n\n  drop   udp \\\n port  53 #x\n"
				  "\t#drop tcp\ncount\nlimit 10/s tcp");
	struct tamiz_rule rule = tamiz_rule(t, 0);
	size_t len;

	(void)state;
	assert_int_equal(tamiz_n_rules(t), 3);
	assert_string_equal(rule.text, "drop udp port 53");
	assert_string_equal(rule.comment, "x");
	assert_string_equal(rule.target, "drop");
	assert_int_equal(rule.line, 3);
	assert_int_equal(rule.number, 1);
	rule = tamiz_rule(t, 1);
	assert_string_equal(rule.text, "count");
	assert_null(rule.comment);
	assert_int_equal(rule.line, 6);
	assert_string_equal(tamiz_emit(t, TAMIZ_EMIT_SAVE, &len),
			    "drop udp port 53  # x\ncount\nlimit 10/s tcp\n");
	tamiz_free(t);
}

/* UDP from port 9 to port 53, 28 bytes of IP. */
static const uint8_t dns[] = {
	2, 0, 0,  0, 0, 1,  2, 0, 0, 0,  0, 2, 8, 0, 0x45, 0, 0,  28, 0, 0, 0,
	0, 9, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, 0, 9,    0, 53, 0,  8, 0, 0,
};

static struct tamiz_judgement judge(struct tamiz_judge *judge, size_t len,
				    int64_t time_ns)
{
	struct tamiz_frame frame = {
		.bytes = dns,
		.len = len,
		.wire_len = sizeof(dns),
		.time_ns = time_ns,
	};
	struct tamiz_judgement j;

	tamiz_judge_frame(judge, &frame, &j);
	return j;
}

static struct tamiz_judgement judge_once(const char *text, size_t len)
{
	static struct tamiz *t;
	static struct tamiz_judge *j;
	struct tamiz_judge_options options = { .n_assumptions = 0 };
	size_t bad;

	tamiz_judge_free(j);
	tamiz_free(t);
	t = NULL;
	j = NULL;
	if (!text)
		return (struct tamiz_judgement){ .rule = 0 };
	t = compile(text);
	j = tamiz_judge_new(t, &options, &bad);
	assert_non_null(j);
	return judge(j, len, 0);
}

static void first_that_decides_decides(void **state)
{
	const size_t whole = sizeof(dns);
	struct tamiz_judgement j;

	(void)state;
	j = judge_once("count udp\naccept port 53\ndrop", whole);
	assert_int_equal(j.verdict, TAMIZ_ACCEPT);
	assert_int_equal(j.rule, 1);
	assert_int_equal(j.n_counted, 2);
	assert_int_equal(j.ip_len, 28);
	j = judge_once("accept tcp\ndrop ip", whole);
	assert_int_equal(j.verdict, TAMIZ_DROP);
	assert_int_equal(j.rule, 1);
	assert_int_equal(j.n_counted, 1);
	j = judge_once("drop tcp", whole);
	assert_int_equal(j.verdict, TAMIZ_ACCEPT);
	assert_int_equal(j.rule, TAMIZ_NO_RULE);
	judge_once(NULL, 0);
}

/* Port 53 was not captured; what stands before it tells enough, or not. */
static void what_was_not_captured_is_unknown(void **state)
{
	struct tamiz_judgement j;

	(void)state;
	j = judge_once("drop udp dst port 53", 36);
	assert_int_equal(j.verdict, TAMIZ_UNKNOWN);
	assert_int_equal(j.depends_on, 0);
	assert_string_equal(j.why, "these bytes were not captured");
	j = judge_once("drop tcp dst port 53\ndrop src host 10.0.0.1", 36);
	assert_int_equal(j.verdict, TAMIZ_DROP);
	assert_int_equal(j.rule, 1);
	j = judge_once("count udp dst port 53\ndrop ip", 36);
	assert_int_equal(j.verdict, TAMIZ_DROP);
	assert_int_equal(j.n_maybe, 1);
	judge_once(NULL, 0);
}

static void limit_drops_what_exceeds_it(void **state)
{
	struct tamiz *t = compile("limit 10/s:3 udp");
	struct tamiz_judge_options options = { .n_assumptions = 0 };
	size_t bad;
	struct tamiz_judge *j = tamiz_judge_new(t, &options, &bad);
	/* at these times of a second, in ms, this is dropped */
	static const struct {
		int ms;
		bool is_dropped;
	} frames[] = {
		{ 0, false },   { 0, false },   { 0, false },   { 0, true },
		{ 99, true },   { 100, false }, { 100, true },  { 250, false },
		{ 299, true },  { 300, false }, { 900, false }, { 900, false },
		{ 900, false }, { 900, true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(frames) / sizeof(frames[0]); i++) {
		struct tamiz_judgement result =
			judge(j, sizeof(dns), (int64_t)frames[i].ms * 1000000);

		assert_int_equal(result.verdict, frames[i].is_dropped
							 ? TAMIZ_DROP
							 : TAMIZ_ACCEPT);
		assert_int_equal(result.n_counted, frames[i].is_dropped);
	}
	assert_int_equal(judge(j, sizeof(dns), -1).verdict, TAMIZ_UNKNOWN);
	tamiz_judge_free(j);
	tamiz_free(t);
}

enum { THREADS = 4, TAKES = 20000, ROOM = 1000 };

struct taker {
	__u64 *next;
	unsigned int n_taken;
};

static void *take_all(void *arg)
{
	struct taker *taker = arg;

	for (int i = 0; i < TAKES; i++)
		taker->n_taken +=
			tz_limit_take(taker->next, 5000, 10, (ROOM - 1) * 10);
	return NULL;
}

/* While the clock stands still, as many pass as there is room for. */
static void limit_is_one_for_all_threads(void **state)
{
	__u64 next = 0;
	struct taker takers[THREADS] = { { NULL, 0 } };
	pthread_t threads[THREADS];
	unsigned int n = 0;

	(void)state;
	for (int i = 0; i < THREADS; i++) {
		takers[i].next = &next;
		assert_int_equal(
			pthread_create(&threads[i], NULL, take_all, &takers[i]),
			0);
	}
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		n += takers[i].n_taken;
	}
	assert_int_equal(n, ROOM);
}

static void rules_of_two_kinds_are_refused(void **state)
{
	struct tamiz *t = tamiz_new();
	struct tamiz_options options = { .n_chains = 0 };

	(void)state;
	tamiz_add_text(t, "x.pcapf", "drop tcp\n", 9);
	tamiz_add_text(t, "rules", "*filter\nCOMMIT\n", 15);
	assert_int_not_equal(tamiz_compile(t, &options), 0);
	tamiz_free(t);
}

/* How many functions the program of @n lines has; @line: printed with %u. */
static size_t n_runs(const char *line, unsigned int n)
{
	struct tamiz *t = tamiz_new();
	struct tamiz_options options = { .from = TAMIZ_LANGUAGE_PCAP };
	static char text[65536];
	size_t len = 0, found = 0;

	for (unsigned int i = 0; i < n; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, line, i,
					i);
	assert_in_range(len, 1, sizeof(text) - 1);
	tamiz_add_text(t, "x.pcapf", text, len);
	assert_int_equal(tamiz_compile(t, &options), 0);
	for (const char *c = tamiz_emit(t, TAMIZ_EMIT_C, &len);
	     (c = strstr(c, "= tz_run_")); c++)
		found++;
	tamiz_free(t);
	return found;
}

/* What a list repeats is data: no code is left of it. */
static void lists_are_tables(void **state)
{
	static const char *const lines[] = {
		"drop port %u\n",
		"drop tcp dst port %u\n",
		"accept udp src portrange %u-60000\n",
		"drop host 10.0.0.%u\n",
		"drop src and dst host 10.0.0.%u\n",
		"drop arp host 10.0.0.%u\n",
		"drop dst net 10.%u.0.0/16\n",
		"drop net 10.%u.0.0/16 or port %u\n",
		"drop host 2001:db8::%u\n",
		"drop ip6 src net 2001:%u::/32\n",
		"drop ether host 2:0:0:0:0:%u\n",
		"drop ether src 2:0:0:0:0:%u and udp port 53\n",
		"drop ip proto %u\n",
		"drop ether proto 0x88%02u\n",
		"drop icmp[icmptype] = %u and dst host 10.0.0.1\n",
		"drop tcp[tcpflags] = tcp-syn and dst host 10.0.0.%u\n",
		"drop dst host 10.0.0.%u and not tcp port 80\n",
		"count dst host 10.0.0.%u\n",
		"limit 10/s src host 10.0.0.%u\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		assert_int_equal(n_runs(lines[i], 90), 0);
}

/* Of few lines, what else is asked, and what takes much and goes on. */
static void others_are_code(void **state)
{
	(void)state;
	assert_int_not_equal(n_runs("drop port %u\n", 10), 0);
	assert_int_not_equal(n_runs("drop udp[8:2] = %u\n", 90), 0);
	assert_int_not_equal(n_runs("drop less %u\n", 90), 0);
	assert_int_not_equal(n_runs("drop vlan %u and tcp\n", 90), 0);
	assert_int_equal(n_runs("count net %u.0.0.0/8\n", 90), 90);
	assert_int_equal(n_runs("count dst host 10.0.0.%u\n", 20), 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_rules),
		cmocka_unit_test(first_that_decides_decides),
		cmocka_unit_test(what_was_not_captured_is_unknown),
		cmocka_unit_test(limit_drops_what_exceeds_it),
		cmocka_unit_test(limit_is_one_for_all_threads),
		cmocka_unit_test(rules_of_two_kinds_are_refused),
		cmocka_unit_test(lists_are_tables),
		cmocka_unit_test(others_are_code),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
