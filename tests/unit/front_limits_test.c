/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Texts that are too large, too long or too deep: a clear error or a result,
 * and no time that grows with the square of the text.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/front_help.h"

static void expect_slug(const struct front *f, const char *slug)
{
	assert_false(f->is_good);
	assert_true(tz_diags_count(f->diags) > 0);
	assert_string_equal(tz_diag_slug(tz_diags_at(f->diags, 0)->id), slug);
}

static void a_line_of_ten_megabytes_is_an_error(void **state)
{
	size_t len = 10 << 20;
	char *text = malloc(len);
	static const char head[] = "*filter\n-A INPUT -m comment --comment ";

	(void)state;
	memset(text, 'x', len);
	memcpy(text, head, sizeof(head) - 1);

	struct front f = front_read("test", text, len, 0);

	expect_slug(&f, "line-too-long");
	assert_int_equal(tz_diags_count(f.diags), 1);
	front_free(&f);
	free(text);
}

static void the_longest_line_is_read(void **state)
{
	static char text[TZ_LINE_MAX + 64];
	char *p = text + sprintf(text, "*filter\n");

	(void)state;
	p += sprintf(p, "-A INPUT -m comment --comment ");
	memset(p, 'x', TZ_LINE_MAX - 30);
	p += TZ_LINE_MAX - 30;
	p += sprintf(p, "\nCOMMIT\n");

	struct front f = front_read("test", text, (size_t)(p - text), 0);

	assert_true(f.is_good);
	front_free(&f);
}

/* n chains, each of which jumps to the next. */
static struct front read_chain_of_chains(int n)
{
	struct tz_buf text = { 0 };

	tz_buf_puts(&text, "*filter\n");
	for (int i = 0; i < n; i++)
		tz_buf_printf(&text, ":c%d - [0:0]\n", i);
	tz_buf_puts(&text, "-A INPUT -j c0\n");
	for (int i = 1; i < n; i++)
		tz_buf_printf(&text, "-A c%d -j c%d\n", i - 1, i);
	tz_buf_puts(&text, "COMMIT\n");

	struct front f = front_read("test", text.text, text.len, 0);

	tz_buf_free(&text);
	return f;
}

static void chains_may_call_each_other_so_deep(void **state)
{
	struct front f = read_chain_of_chains(1024);

	(void)state;
	assert_true(f.is_good);
	assert_null(tz_ir_verify(f.ir));
	front_free(&f);
	f = read_chain_of_chains(1025);
	expect_slug(&f, "chain-depth");
	front_free(&f);
	f = read_chain_of_chains(100000);
	expect_slug(&f, "chain-depth");
	front_free(&f);
}

/* A rule with @n times @part between @begin and @end. */
static struct front read_repeated(const char *begin, const char *part, int n,
				  const char *end)
{
	struct tz_buf rule = { 0 };

	tz_buf_printf(&rule, "-A INPUT %s", begin);
	for (int i = 0; i < n; i++)
		tz_buf_puts(&rule, part);
	tz_buf_puts(&rule, end);

	struct front f = front_table(TZ_IPV4, "filter", rule.text);

	tz_buf_free(&rule);
	return f;
}

static void a_rule_has_so_many_options(void **state)
{
	struct front f = read_repeated("-p tcp", " -m tcp", 254, " -j DROP");

	(void)state;
	assert_true(f.is_good);
	front_free(&f);
	f = read_repeated("-p tcp", " -m tcp", 9000, " -j DROP");
	expect_slug(&f, "too-many-options");
	front_free(&f);
	f = read_repeated("", " -v", 20000, "");
	expect_slug(&f, "too-many-options");
	front_free(&f);
}

static void lists_make_so_many_rules(void **state)
{
	struct front f = read_repeated("-s 1.2.3.4", ",1.2.3.4", 999,
				       " -d 1.1.1.1,2.2.2.2");

	(void)state;
	assert_true(f.is_good);
	assert_int_equal(f.ir->chains.at[0]->rules.n, 2000);
	front_free(&f);
	f = read_repeated("-s 1.2.3.4", ",1", 3999,
			  " -d 1,2,3,4,5,6,7,8,9,10,"
			  "11,12,13,14,15,16,17");
	expect_slug(&f, "too-many-rules");
	front_free(&f);
}

static void a_hundred_thousand_rules(void **state)
{
	enum { n = 100000 };
	struct tz_buf text = { 0 };

	(void)state;
	tz_buf_puts(&text, "*filter\n");
	for (unsigned int i = 0; i < n; i++)
		tz_buf_printf(&text,
			      "-%c INPUT -s 10.%u.%u.%u -p tcp --dport http "
			      "-j DROP\n",
			      i % 2 ? 'A' : 'I', i >> 16, i >> 8 & 255,
			      i & 255);
	tz_buf_puts(&text, "COMMIT\n");

	struct front f = front_read("test", text.text, text.len, 0);

	assert_true(f.is_good);
	assert_int_equal(f.ir->chains.at[0]->rules.n, n);
	assert_string_equal(f.ir->chains.at[0]->rules.at[0]->text,
			    "-s 10.1.134.158/32 -p tcp -m tcp --dport 80 "
			    "-j DROP");
	front_free(&f);
	tz_buf_free(&text);
}

static void twenty_errors_are_enough(void **state)
{
	struct tz_buf text = { 0 };

	(void)state;
	tz_buf_puts(&text, "*filter\n");
	for (int i = 0; i < 100000; i++)
		tz_buf_printf(&text, "-A INPUT -p tcp --dport nosuch%d\n", i);
	tz_buf_puts(&text, "COMMIT\n");

	struct front f = front_read("test", text.text, text.len, 0);

	assert_false(f.is_good);
	assert_int_equal(tz_diags_count(f.diags), TZ_DIAGS_MAX + 1);
	front_free(&f);
	tz_buf_free(&text);
}

/* A line of 4 KB makes 65536 rules: they are refused before they are made. */
static void pairs_are_not_more_than_memory_holds(void **state)
{
	struct tz_buf text = { 0 };

	(void)state;
	tz_buf_puts(&text, "*filter\n");
	for (int line = 0; line < 1000; line++) {
		tz_buf_puts(&text, "-A INPUT");
		for (int o = 0; o < 2; o++)
			for (int i = 0; i < 256; i++)
				tz_buf_printf(&text, "%s%s10.0.%d.%d",
					      i   ? ""
					      : o ? " -d"
						  : " -s",
					      i ? "," : " ", i / 16, i % 16);
		tz_buf_puts(&text, " -j DROP\n");
	}
	tz_buf_puts(&text, "COMMIT\n");

	struct front f = front_read("test", text.text, text.len, 0);

	expect_slug(&f, "too-many-rules");
	assert_int_equal(tz_diags_count(f.diags), 1);
	front_free(&f);
	tz_buf_free(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_of_ten_megabytes_is_an_error),
		cmocka_unit_test(the_longest_line_is_read),
		cmocka_unit_test(pairs_are_not_more_than_memory_holds),
		cmocka_unit_test(chains_may_call_each_other_so_deep),
		cmocka_unit_test(a_rule_has_so_many_options),
		cmocka_unit_test(lists_make_so_many_rules),
		cmocka_unit_test(a_hundred_thousand_rules),
		cmocka_unit_test(twenty_errors_are_enough),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
