/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The rows of matches.def and targets.def: that they hold together, and what
 * sema/ext.h answers about them. ext_iptables_test.c compares them with
 * iptables itself.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "sema/ext.h"

struct row {
	const char *name;
	bool is_target;
};

static const struct row rows[] = {
#define RULE(...)
#define MATCH(name, ...) { #name, false },
#define TARGET(name, ...) { #name, true },
#include "sema/matches.def"
#include "sema/targets.def"
#undef TARGET
#undef MATCH
#undef RULE
};

#define N_ROWS (sizeof(rows) / sizeof(rows[0]))

static const struct tz_ext *find(const struct row *row, enum tz_family family)
{
	return row->is_target ? tz_ext_target(row->name, family)
			      : tz_ext_match(row->name, family);
}

static void check_conflicts(const struct tz_ext *ext,
			    const struct tz_ext_option *option)
{
	char words[256];
	char *state;

	snprintf(words, sizeof(words), "%s", option->conflicts);
	assert_string_equal(words, option->conflicts);
	for (char *w = strtok_r(words, " ", &state); w != NULL;
	     w = strtok_r(NULL, " ", &state)) {
		const struct tz_ext_option *other = tz_ext_option(ext, w);

		if (other == NULL)
			fail_msg("%s --%s: no option %s", ext->name,
				 option->name, w);
		else
			assert_null(other->alias_of);
	}
}

static void check_option(const struct tz_ext *ext,
			 const struct tz_ext_option *option)
{
	const struct tz_ext_option *meaning =
		tz_ext_option_meaning(ext, option);

	/* The first of two rows with one name would hide the other. */
	assert_ptr_equal(tz_ext_option(ext, option->name), option);
	assert_non_null(meaning);
	assert_null(meaning->alias_of);
	assert_int_equal(option->arg, meaning->arg);
	assert_int_equal(option->letter, meaning->letter);
	assert_int_equal(option->may_invert, meaning->may_invert);
	assert_int_equal(option->may_repeat, meaning->may_repeat);
	assert_int_equal(option->writes, meaning->writes);
	assert_ptr_equal(option->needs, meaning->needs);
	if (meaning->conflicts == NULL)
		assert_null(option->conflicts);
	else
		assert_string_equal(option->conflicts, meaning->conflicts);
	if (option->conflicts != NULL)
		check_conflicts(ext, option);
	if (option->needs != NULL)
		assert_non_null(tz_ext_option(ext, option->needs));
	if (option->writes)
		assert_int_equal(ext->kind, TZ_EXT_WRITES);
}

static bool is_kind_of_match(enum tz_ext_kind kind)
{
	return kind == TZ_EXT_REAL || kind == TZ_EXT_PURE ||
	       kind == TZ_EXT_WRITES;
}

static void test_rows_hold_together(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2 * N_ROWS; i++) {
		enum tz_family family = i % 2 == 0 ? TZ_IPV4 : TZ_IPV6;
		const struct row *row = &rows[i / 2];
		const struct tz_ext *ext = find(row, family);

		if (ext == NULL)
			continue;
		assert_string_equal(ext->name, row->name);
		assert_int_equal(ext->reason == NULL, ext->kind == TZ_EXT_REAL);
		assert_true(ext->kind == TZ_EXT_REAL ||
			    is_kind_of_match(ext->kind) == !row->is_target);
		for (size_t k = 0; k < ext->n_options; k++)
			check_option(ext, &ext->options[k]);
	}
}

/*
 * Kinds decide what offload may drop, so they are stated twice: what is not
 * listed here is pure, or harmless to a packet that is dropped later.
 */
static const struct {
	enum tz_ext_kind kind;
	const char *names;
} kinds[] = {
	{ TZ_EXT_REAL, "tcp udp icmp icmp6 multiport iprange mac comment "
		       "length ttl hl tos dscp ecn mark pkttype cpu "
		       "ah esp ipcomp sctp dccp tcpmss string u32 addrtype "
		       "ipv6header frag rt srh hbh dst mh eui64 dns p0f "
		       "socket "
		       "ACCEPT DROP RETURN REJECT LOG" },
	{ TZ_EXT_WRITES, "limit hashlimit connlimit recent quota statistic "
			 "nfacct connlabel bpf osf" },
	{ TZ_EXT_LOG, "NFLOG ULOG TRACE AUDIT" },
	{ TZ_EXT_NAT, "DNAT SNAT MASQUERADE REDIRECT NETMAP DNPT SNPT" },
	{ TZ_EXT_OTHER, "QUEUE NFQUEUE SET CONNMARK CONNSECMARK TEE TPROXY "
			"SYNPROXY CLUSTERIP IDLETIMER LED RATEEST" },
};

static enum tz_ext_kind kind_of(const struct row *row)
{
	char list[512], name[64];

	snprintf(name, sizeof(name), " %s ", row->name);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		snprintf(list, sizeof(list), " %s ", kinds[i].names);
		if (strstr(list, name) != NULL)
			return kinds[i].kind;
	}
	return row->is_target ? TZ_EXT_MODIFY : TZ_EXT_PURE;
}

static void test_kinds_are_as_listed(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2 * N_ROWS; i++) {
		enum tz_family family = i % 2 == 0 ? TZ_IPV4 : TZ_IPV6;
		const struct tz_ext *ext = find(&rows[i / 2], family);

		if (ext != NULL && ext->kind != kind_of(&rows[i / 2]))
			fail_msg("%s: kind %d", ext->name, (int)ext->kind);
	}
}

static void test_families_have_their_own_rows(void **state)
{
	(void)state;
	assert_non_null(tz_ext_match("icmp", TZ_IPV4));
	assert_null(tz_ext_match("icmp", TZ_IPV6));
	assert_null(tz_ext_match("icmpv6", TZ_IPV4));
	assert_null(tz_ext_option(tz_ext_match("ah", TZ_IPV4), "ahlen"));
	assert_non_null(tz_ext_option(tz_ext_match("ah", TZ_IPV6), "ahlen"));
	assert_non_null(tz_ext_target("TTL", TZ_IPV4));
	assert_null(tz_ext_target("TTL", TZ_IPV6));
	/* The two kinds of extension are two spaces of names. */
	assert_null(tz_ext_match("TCPMSS", TZ_IPV4));
	assert_null(tz_ext_target("tcpmss", TZ_IPV4));
	assert_null(tz_ext_match("rule", TZ_IPV4));
	assert_null(tz_ext_match("", TZ_IPV4));
}

static void test_icmp6_has_three_names(void **state)
{
	(void)state;
	const struct tz_ext *ext = tz_ext_match("icmp6", TZ_IPV6);

	assert_non_null(ext);
	assert_ptr_equal(tz_ext_match("icmpv6", TZ_IPV6), ext);
	assert_ptr_equal(tz_ext_match("ipv6-icmp", TZ_IPV6), ext);
}

static void test_rule_has_letters(void **state)
{
	(void)state;
	const struct tz_ext *rule = tz_ext_rule(TZ_IPV4);
	const struct tz_ext *rule6 = tz_ext_rule(TZ_IPV6);

	for (const char *c = "sdpiomjgc46ACDEFILNPRSXZtw"; *c != '\0'; c++) {
		assert_non_null(tz_ext_option_letter(rule, *c));
		assert_non_null(tz_ext_option_letter(rule6, *c));
	}
	assert_non_null(tz_ext_option_letter(rule, 'f'));
	assert_null(tz_ext_option_letter(rule6, 'f'));
	assert_null(tz_ext_option_letter(rule, 'T'));
	assert_null(tz_ext_option_letter(rule, '\0'));
	assert_string_equal(tz_ext_option_letter(rule, 's')->name, "source");
	for (size_t i = 0; i < rule->n_options; i++)
		check_option(rule, &rule->options[i]);
}

static bool conflict(const char *match, const char *a, const char *b)
{
	const struct tz_ext *ext = tz_ext_match(match, TZ_IPV4);

	return tz_ext_options_conflict(tz_ext_option(ext, a),
				       tz_ext_option(ext, b));
}

static void test_conflicts_hold_for_aliases(void **state)
{
	(void)state;
	assert_true(conflict("tcp", "syn", "tcp-flags"));
	assert_true(conflict("multiport", "sports", "destination-ports"));
	assert_true(conflict("multiport", "dports", "ports"));
	/* --rttl names --set; --set does not name it. */
	assert_true(conflict("recent", "set", "rttl"));
	assert_false(conflict("recent", "rcheck", "rttl"));
	/* The same option twice is for may_repeat to refuse. */
	assert_false(conflict("multiport", "sports", "source-ports"));
	assert_false(conflict("tcp", "syn", "syn"));
	assert_false(conflict("tcp", "sport", "dport"));
}

static bool writes(const char *match, const char *option)
{
	const struct tz_ext *ext = tz_ext_match(match, TZ_IPV4);
	const struct tz_ext_option *given = tz_ext_option(ext, option);

	assert_non_null(given);
	return tz_ext_writes(ext, &given, 1);
}

static void test_options_decide_what_writes(void **state)
{
	(void)state;
	assert_true(writes("limit", "limit"));
	assert_true(tz_ext_writes(tz_ext_match("limit", TZ_IPV4), NULL, 0));
	assert_true(writes("recent", "update"));
	assert_false(writes("recent", "rcheck"));
	assert_true(writes("statistic", "every"));
	assert_false(writes("statistic", "probability"));
	assert_false(writes("bpf", "bytecode"));
	assert_false(writes("conntrack", "ctstate"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows_hold_together),
		cmocka_unit_test(test_kinds_are_as_listed),
		cmocka_unit_test(test_families_have_their_own_rows),
		cmocka_unit_test(test_icmp6_has_three_names),
		cmocka_unit_test(test_rule_has_letters),
		cmocka_unit_test(test_conflicts_hold_for_aliases),
		cmocka_unit_test(test_options_decide_what_writes),
	};

	return cmocka_run_group_tests_name("ext", tests, NULL, NULL);
}
