/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Under which rules an echo request that is refused is known to have no entry
 * (compiler/ir/ct_requests.c): the program says so, in a definition.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <tamiz/compile.h>

#define STATE "-A INPUT -m state --state RELATED,ESTABLISHED -j ACCEPT\n"

/* Of rules behind which all is dropped that no state accepts. */
static bool knows(const char *rules, const struct tamiz_options *options)
{
	char text[2048];
	struct tamiz *tamiz = tamiz_new();

	assert_non_null(tamiz);
	snprintf(text, sizeof(text),
		 "*filter\n:INPUT DROP [0:0]\n:FORWARD ACCEPT [0:0]\n"
		 ":own - [0:0]\n%sCOMMIT\n",
		 rules);
	assert_int_equal(tamiz_add_text(tamiz, "rules", text, strlen(text)), 0);

	assert_int_equal(tamiz_compile(tamiz, options), 0);

	size_t len;
	const char *c = tamiz_emit(tamiz, TAMIZ_EMIT_C, &len);
	bool found;

	assert_non_null(c);
	assert_non_null(strstr(c, "#define TZ_CT\n"));
	found = strstr(c, "#define TZ_CT_REQUESTS\n") != NULL;
	tamiz_free(tamiz);
	return found;
}

static void what_makes_a_connection_is_the_same(void **state)
{
	static const char *const rules[] = {
		STATE,
		STATE "-A INPUT -s 192.0.2.0/24 -p icmp -j ACCEPT\n",
		STATE
		"-A INPUT -p icmp --icmp-type 8/0 -d 192.0.2.1 -j ACCEPT\n",
		STATE "-A INPUT -i lo -j ACCEPT\n",
		STATE "-A INPUT -f -j DROP\n",
		/* these take no request, or decide nothing */
		STATE "-A INPUT -p tcp -m tcp --dport 22 -m length --length "
		      "60:80 -j ACCEPT\n",
		STATE "-A INPUT -p icmp --icmp-type 3 -m ttl --ttl-gt 9 "
		      "-j ACCEPT\n",
		STATE "-A INPUT ! -p icmp -m ttl --ttl-gt 9 -j ACCEPT\n",
		STATE "-A INPUT -m state --state ESTABLISHED -m ttl --ttl-gt 9 "
		      "-j ACCEPT\n",
		STATE "-A INPUT -m ttl --ttl-lt 5\n",
		STATE "-A own -m ttl --ttl-lt 5 -j ACCEPT\n",
		STATE "-A INPUT -p udp -j own\n-A own -m ttl --ttl-lt 5 "
		      "-j ACCEPT\n",
		/* what is unknown is so of every packet */
		STATE "-A INPUT -p icmp -m limit -j ACCEPT\n",
	};
	const struct tamiz_options options = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (!knows(rules[i], &options))
			fail_msg("not known:\n%s", rules[i]);
}

static void what_may_differ_is_not(void **state)
{
	static const char *const rules[] = {
		STATE "-A INPUT -p icmp -m ttl --ttl-gt 9 -j ACCEPT\n",
		STATE "-A INPUT -m ttl --ttl-lt 5 -j DROP\n"
		      "-A INPUT -p icmp -j ACCEPT\n",
		STATE "-A INPUT -i eth1 -j ACCEPT\n",
		STATE "-A INPUT ! -i eth1 -j DROP\n",
		STATE "-A INPUT -m length --length 0:100 -j ACCEPT\n",
		STATE "-A INPUT -m mac --mac-source 02:00:00:00:00:01 "
		      "-j ACCEPT\n",
		STATE "-A INPUT -p icmp -j own\n-A own -m tos --tos 8 "
		      "-j ACCEPT\n",
		STATE "-A FORWARD -m ttl --ttl-lt 5 -j DROP\n",
		STATE "-A INPUT -m addrtype --src-type LOCAL --limit-iface-in "
		      "-j ACCEPT\n",
	};
	const struct tamiz_options options = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (knows(rules[i], &options))
			fail_msg("taken for known:\n%s", rules[i]);
}

static void host_has_its_say(void **state)
{
	const char *const by_device = STATE "-A INPUT -i eth1 -j ACCEPT\n";
	const char *const by_rate =
		STATE "-A INPUT -p icmp -m limit -j ACCEPT\n";

	(void)state;
	assert_true(knows(by_device, &(struct tamiz_options){
					     .host_has_one_device = true }));
	assert_false(knows(
		STATE, &(struct tamiz_options){ .host_has_requests = true }));
	assert_false(
		knows(by_rate, &(struct tamiz_options){ .owns_state = true }));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_makes_a_connection_is_the_same),
		cmocka_unit_test(what_may_differ_is_not),
		cmocka_unit_test(host_has_its_say),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
