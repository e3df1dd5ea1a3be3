/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Files of ipset: what commands make of sets, and how rules that ask them are
 * told. What a set says of a packet is tests/oracle's.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tamiz/ipset.h>

static struct tamiz *compile(const char *sets, const char *rules)
{
	const struct tamiz_options options = { .target = TAMIZ_TARGET_XDP };
	struct tamiz *t = tamiz_new();

	assert_non_null(t);
	assert_int_equal(tamiz_add_text(t, "sets", sets, strlen(sets)), 0);
	if (rules)
		assert_int_equal(
			tamiz_add_text(t, "rules", rules, strlen(rules)), 0);
	if (tamiz_compile(t, &options))
		fail_msg("%s", tamiz_diagnostic(t, 0).printed);
	return t;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The members of set @i, sorted, with blanks between. */
static void members(const struct tamiz *t, size_t i, char *out, size_t size)
{
	struct tamiz_set set = tamiz_set(t, i);
	char *texts[64];
	uint32_t key[10];

	assert_true(set.n <= 64);
	for (size_t k = 0; k < set.n; k++) {
		struct tamiz_set_entry entry;

		texts[k] = malloc(128);
		tamiz_set_entry(t, i, k, key, &entry);
		tamiz_set_print(t, i, key, &entry, texts[k], 128);
	}
	qsort(texts, set.n, sizeof(*texts), by_text);
	*out = '\0';
	for (size_t k = 0; k < set.n; k++) {
		snprintf(out + strlen(out), size - strlen(out), "%s%s",
			 k ? " | " : "", texts[k]);
		free(texts[k]);
	}
}

static void expect(const char *sets, const char *wanted)
{
	struct tamiz *t = compile(sets, NULL);
	char text[4096];

	members(t, tamiz_n_sets(t) - 1, text, sizeof(text));
	assert_string_equal(text, wanted);
	tamiz_free(t);
}

static void words_stand_for_many(void **state)
{
	(void)state;
	expect("create a hash:ip\nadd a 10.0.0.1-10.0.0.3\n",
	       "10.0.0.1 | 10.0.0.2 | 10.0.0.3");
	expect("create a hash:ip\nadd a 10.0.0.6/31\n", "10.0.0.6 | 10.0.0.7");
	expect("create a hash:ip netmask 30\nadd a 10.0.0.1-10.0.0.9\n",
	       "10.0.0.0 | 10.0.0.4 | 10.0.0.8");
	expect("create a hash:net\nadd a 10.0.0.1-10.0.0.6\n",
	       "10.0.0.1 | 10.0.0.2/31 | 10.0.0.4/31 | 10.0.0.6");
	expect("create a hash:net\nadd a 10.9.8.7/16\n", "10.9.0.0/16");
	expect("create a hash:net\nadd a 255.255.255.254-255.255.255.255\n",
	       "255.255.255.254/31");
	expect("create a hash:ip,port\nadd a 10.0.0.1-10.0.0.2,udp:5-4\n",
	       "10.0.0.1,udp:4 | 10.0.0.1,udp:5 | 10.0.0.2,udp:4 | "
	       "10.0.0.2,udp:5");
	expect("create a hash:net,iface\nadd a 10.0.0.0/8,eth0\n",
	       "10.0.0.0/8, | 10.0.0.0/8,eth0");
	expect("create a bitmap:port range 1-9\nadd a 2-3\n", "2 | 3");
	expect("create a hash:ip,port,net -6\n"
	       "add a 2001:db8::1,icmpv6:ping,2001:db8:1::/48\n",
	       "2001:db8::1,icmpv6:128/0,2001:db8:1::/48");
}

static void protocols_have_names_and_numbers(void **state)
{
	(void)state;
	expect("create a hash:ip,port\nadd a 10.0.0.1,80\n"
	       "add a 10.0.0.1,6:80\nadd a 10.0.0.1,tcp:http\n",
	       "10.0.0.1,tcp:80");
	expect("create a hash:ip,port\nadd a 10.0.0.1,icmp:ping\n"
	       "add a 10.0.0.1,1:8/0\nadd a 10.0.0.1,47:0\n",
	       "10.0.0.1,47:0 | 10.0.0.1,icmp:8/0");
}

static void commands_act_in_order(void **state)
{
	(void)state;
	expect("create a hash:ip\nadd a 10.0.0.1\nadd a 10.0.0.2\n"
	       "del a 10.0.0.1\nadd -exist a 10.0.0.2\n",
	       "10.0.0.2");
	expect("create a hash:ip\nadd a 10.0.0.1\nflush a\nadd a 10.0.0.2\n",
	       "10.0.0.2");
	expect("create a hash:ip\ncreate b hash:ip\nadd a 10.0.0.1\n"
	       "add b 10.0.0.2\nswap a b\n",
	       "10.0.0.1");
	expect("create a hash:ip\nadd a 10.0.0.1\nrename a b\nadd b 10.0.0.2\n",
	       "10.0.0.1 | 10.0.0.2");
	expect("create a hash:ip\ndestroy a\ncreate a hash:net\n"
	       "add a 10.0.0.0/8 nomatch\nCOMMIT\n",
	       "10.0.0.0/8 nomatch");
	expect("create a hash:ip timeout 60\nadd a 10.0.0.1\n"
	       "-exist add a 10.0.0.1 timeout 7\n",
	       "10.0.0.1 timeout 7");
	expect("# sets\n\n  create a nethash hashsize 64 counters comment\n"
	       "add a 10.0.0.0/8 packets 1 bytes 2 comment \"a b # c\"\r\n",
	       "10.0.0.0/8");
}

/* Enough to grow, and to be taken out of the middle of runs of slots. */
static void many_come_and_go(void **state)
{
	enum { MANY = 5000, LEFT = 3 };
	char *text = malloc(MANY * 48), *at = text;
	struct tamiz *t;

	(void)state;
	at += sprintf(at, "create a hash:ip\n");
	for (unsigned int i = 0; i < MANY; i++)
		at += sprintf(at, "add a 10.%u.%u.1\n", i / 250, i % 250);
	for (unsigned int i = 0; i < MANY - LEFT; i++)
		at += sprintf(at, "del a 10.%u.%u.1\n", (i * 7 % MANY) / 250,
			      (i * 7 % MANY) % 250);
	t = compile(text, NULL);
	assert_int_equal(tamiz_set(t, 0).n, LEFT);
	tamiz_free(t);
	free(text);
}

#define RULES(rule) \
	"*raw\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING " rule "\nCOMMIT\n"

static void expect_fit(const char *sets, const char *rules,
		       enum tamiz_fit wanted, const char *why)
{
	struct tamiz *t = compile(sets, rules);
	struct tamiz_rule rule = tamiz_rule(t, 1); /* behind the policy */

	assert_int_equal(rule.number, 1);
	assert_int_equal(rule.offload, wanted);
	assert_non_null(strstr(rule.offload_why, why));
	tamiz_free(t);
}

static void rules_are_told_what_sets_hold(void **state)
{
	(void)state;
	expect_fit("create a hash:ip\n",
		   RULES("-m set --match-set a src -j DROP"), TAMIZ_EXACT, "");
	expect_fit("create b hash:ip\n",
		   RULES("-m set --match-set a src -j DROP"), TAMIZ_IMPOSSIBLE,
		   "kernel's ipset");
	expect_fit("create a hash:net,net\n",
		   RULES("-m set --match-set a src,dst -j DROP"),
		   TAMIZ_IMPOSSIBLE, "of the type hash:net,net");
	expect_fit("create a hash:net,net\ncreate l list:set\nadd l a\n",
		   RULES("-m set --match-set l src,dst -j DROP"),
		   TAMIZ_IMPOSSIBLE, "of the type hash:net,net");
	expect_fit("create a hash:net,iface\nadd a 0.0.0.0/0,eth0\n",
		   RULES("-m set --match-set a src,src -j DROP"),
		   TAMIZ_IMPOSSIBLE, "only the kernel");
	expect_fit("create a hash:net,iface\nadd a 10.0.0.0/8,eth wildcard\n",
		   RULES("-m set --match-set a src,src -j DROP"),
		   TAMIZ_IMPOSSIBLE, "only the kernel");
	expect_fit("create a hash:net,iface\nadd a 10.0.0.0/8,eth0\n",
		   RULES("-m set --match-set a src,dst -j DROP"),
		   TAMIZ_IMPOSSIBLE, "output interface");
	expect_fit("create a hash:ip counters\n",
		   RULES("-m set --match-set a src --packets-gt 3 -j DROP"),
		   TAMIZ_IMPOSSIBLE, "");
	expect_fit("create a hash:ip\n",
		   RULES("-m set --match-set a src -j DROP\n"
			 "-A PREROUTING -j SET --add-set a src"),
		   TAMIZ_IMPOSSIBLE, "rules change the set");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_stand_for_many),
		cmocka_unit_test(protocols_have_names_and_numbers),
		cmocka_unit_test(commands_act_in_order),
		cmocka_unit_test(many_come_and_go),
		cmocka_unit_test(rules_are_told_what_sets_hold),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
