/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rules from small universes, so that packets drawn from one rule meet others
 * too: few prefixes within each other, few ports. Chains call later ones of
 * their table only, some more than once. Most matches are what lower/ makes
 * of iptables' options.
 */
#include "plan_rules.h"

#include <stdio.h>
#include <string.h>

#include "model/field.h"

/* In replace all that is called must be reached (TZ_PLAN_LEVELS). */
enum { N_CHAINS_OFFLOAD = 7, N_CHAINS_REPLACE = 4 };

struct maker {
	struct tz_dice *dice;
	struct tz_buf *out;
	enum tz_family family;
	bool is_replace;
	unsigned int size, n_chains;
	const char *hook;
};

unsigned int tz_dice_below(struct tz_dice *dice, unsigned int n)
{
	dice->state = dice->state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned int)(dice->state >> 33) % n;
}

static unsigned int below(struct maker *m, unsigned int n)
{
	return tz_dice_below(m->dice, n);
}

static void put(struct maker *m, const char *text)
{
	tz_buf_puts(m->out, text);
}

static void negate_some(struct maker *m)
{
	if (!below(m, 6))
		put(m, "not ");
}

/* A prefix, a range or a masked address; prefixes lie within each other. */
static void put_address(struct maker *m)
{
	const char *field = below(m, 2) ? "src" : "dst";
	unsigned int a = below(m, 6), b = below(m, 4), c = below(m, 8);

	negate_some(m);
	tz_buf_printf(m->out, "ip.%s ", field);
	if (m->family == TZ_IPV4) {
		static const char *const forms[] = {
			"in {%u.0.0.0-%u.255.255.255} ",
			"in {%u.%u.0.0-%u.%u.255.255} ",
			"in {%u.%u.%u.0-%u.%u.%u.255} ",
			"in {%u.%u.%u.7} ",
			"in {%u.%u.%u.3-%u.%u.%u.201} ",
			"& 255.0.0.255 = %u.0.0.1 ",
		};

		a += 20;
		switch (below(m, 6)) {
		case 0:
			tz_buf_printf(m->out, forms[0], a, a);
			return;
		case 1:
			tz_buf_printf(m->out, forms[1], a, b, a, b);
			return;
		case 2:
			tz_buf_printf(m->out, forms[2], a, b, c, a, b, c);
			return;
		case 3:
			tz_buf_printf(m->out, forms[3], a, b, c);
			return;
		case 4:
			tz_buf_printf(m->out, forms[4], a, b, c, a, b, c + 1);
			return;
		}
		tz_buf_printf(m->out, forms[5], a);
		return;
	}
	switch (below(m, 4)) {
	case 0:
		tz_buf_printf(m->out,
			      "in {2001:%x::-2001:%x:ffff:ffff:ffff:ffff:"
			      "ffff:ffff} ",
			      a, a);
		return;
	case 1:
		tz_buf_printf(m->out,
			      "in {2001:%x:%x::-2001:%x:%x:0:ffff:ffff:ffff:"
			      "ffff} ",
			      a, b, a, b);
		return;
	case 2:
		tz_buf_printf(m->out, "in {2001:%x:%x::%x} ", a, b, c);
		return;
	}
	tz_buf_printf(m->out, "in {2001:%x::3-2001:%x:%x::9} ", a, a, b);
}

/* One or some ranges of ports, as multiport has them. */
static void put_ports(struct maker *m, unsigned int most)
{
	unsigned int at = 1 + below(m, 40), n = 1 + below(m, most);

	put(m, "in {");
	for (unsigned int i = 0; i < n; i++) {
		unsigned int more = below(m, 3) ? 0 : below(m, 60);

		tz_buf_printf(m->out, "%s%u-%u", i ? ", " : "", at, at + more);
		at += more + 2 + below(m, 300);
	}
	put(m, "} ");
}

static void put_tcp(struct maker *m)
{
	static const unsigned int flags[][2] = {
		{ 0x17, 2 },    { 2, 2 },       { 0x3f, 0 },    { 0x29, 0x29 },
		{ 1, 1 },       { 9, 8 },       { 0x3f, 0x3f }, { 0x10, 0x10 },
		{ 0x18, 0x10 }, { 0x2b, 0x01 }, { 0x3f, 0x10 },
	};
	unsigned int f = below(m, sizeof(flags) / sizeof(flags[0]));

	put(m, "ip.proto in {6} header 6 20 offset_one native ");
	for (unsigned int i = 0; i < 2; i++) {
		if (below(m, 2))
			continue;
		negate_some(m);
		put(m, i ? "l4.sport " : "l4.dport ");
		put_ports(m, 1);
	}
	if (!below(m, 3))
		return;
	negate_some(m);
	tz_buf_printf(m->out, "tcp.flags & %u = %u ", flags[f][0], flags[f][1]);
}

static void put_multiport(struct maker *m)
{
	unsigned int proto = below(m, 2) ? 6 : 17;

	tz_buf_printf(m->out, "ip.proto in {%u} header %u 4 ", proto, proto);
	if (!below(m, 3)) {
		negate_some(m);
		put(m, "any (l4.sport ");
		put_ports(m, 3);
		put(m, ", l4.dport ");
		put_ports(m, 3);
		put(m, ") ");
		return;
	}
	put(m, below(m, 2) ? "l4.dport " : "l4.sport ");
	put_ports(m, 6);
}

static void put_icmp(struct maker *m)
{
	unsigned int proto = m->family == TZ_IPV4 ? 1 : 58;
	unsigned int type = below(m, 3) ? below(m, 16) : 128 + below(m, 10);

	tz_buf_printf(m->out, "ip.proto in {%u} header %u 8 ", proto, proto);
	switch (below(m, 4)) {
	case 0:
		tz_buf_printf(m->out, "icmp.type in {%u} icmp.code in {%u-%u} ",
			      type, below(m, 2), 1 + below(m, 9));
		return;
	case 1:
		tz_buf_printf(m->out,
			      "not all (icmp.type in {%u}, "
			      "icmp.code in {%u}) ",
			      type, below(m, 3));
		return;
	case 2:
		put(m, "icmp.type in {} ");
		return;
	}
	negate_some(m);
	tz_buf_printf(m->out, "icmp.type in {%u} ", type);
}

static void put_l4(struct maker *m)
{
	switch (below(m, 8)) {
	case 0:
	case 6:
	case 7:
		put_tcp(m);
		return;
	case 1:
		put(m, "ip.proto in {17} header 17 8 native ");
		put(m, below(m, 2) ? "l4.dport " : "l4.sport ");
		put_ports(m, 1);
		return;
	case 2:
		put_multiport(m);
		return;
	case 3:
		put_icmp(m);
		return;
	case 4:
		negate_some(m);
		tz_buf_printf(m->out, "ip.proto in {%u} ",
			      below(m, 2) ? 6 : 17);
		return;
	}
	tz_buf_printf(m->out, "ip.proto in {%u} ", 30 + below(m, 110));
}

/* What no clock matters to; the numbers are those of model/state.def. */
static void put_state(struct maker *m)
{
	uint32_t every = 1 + below(m, 4);

	if (!below(m, 3)) {
		/* one an hour: nothing comes back meanwhile */
		tz_buf_printf(m->out,
			      "opaque \"hashlimit\" writes \"\" hashlimit "
			      "(%u, 3600000000, %u, %u, %u, 60000, 1000, "
			      "3600000) \"%c\" ",
			      below(m, 32), 1 + below(m, 30), below(m, 33),
			      below(m, 33), 'a' + (int)below(m, 3));
		return;
	}
	if (!below(m, 4)) {
		tz_buf_printf(m->out,
			      "opaque \"limit\" writes \"\" limit "
			      "(36000000, %u) ",
			      1 + below(m, 100));
		return;
	}
	if (below(m, 2))
		tz_buf_printf(m->out,
			      "opaque \"quota\" writes \"\" quota (%u, %u) ",
			      below(m, 200000), below(m, 2));
	else
		tz_buf_printf(m->out,
			      "opaque \"nth\" writes \"\" nth (%u, %u, %u) ",
			      every, below(m, every), below(m, 2));
}

/* States in which it holds, and more in which it may. */
static void put_ct(struct maker *m)
{
	static const unsigned int usual[] = { 1, 6, 8, 3, 22 };
	unsigned int yes = usual[below(m, 5)];
	unsigned int more = below(m, 3) ? 0 : below(m, 32);

	tz_buf_printf(m->out, "test ct (%u, %u, %u, %u, 0) ", below(m, 5), yes,
		      yes | more, below(m, 4) ? 0 : 1);
}

static void put_other(struct maker *m)
{
	switch (below(m, 5)) {
	case 0:
		negate_some(m);
		put(m, "mac.src in {02:00:00:00:00:01} ");
		return;
	case 1:
		negate_some(m);
		put(m,
		    below(m, 2) ? "iface \"tz-rx\" " : "iface \"tz\" prefix ");
		return;
	case 2:
		if (m->family == TZ_IPV4) {
			negate_some(m);
			put(m, "ip.later_fragment in {1} ");
		}
		return;
	}
	if (m->is_replace) {
		put_state(m);
		return;
	}
	if (!below(m, 30)) {
		put(m, "opaque \"limit\" writes \"a rate\" ");
		return;
	}
	negate_some(m);
	if (below(m, 4))
		put_ct(m);
	else
		put(m, "opaque \"realm\" pure \"unknown\" ");
}

/* Extension headers; the numbers are those of model/test.def. */
static void put_extension(struct maker *m)
{
	static const char *const forms[] = {
		"frag (0, %u, %u) ",
		"options (0, 0, 0, 1, %u) ",
		"options (60, %u, 8, 0) ",
		"options (60, 0, 0, 2, 260, %u) ",
		"rt (0, %u, %u, 2, 24) ",
		"rt (0, 255, 193, 0, 24, 1, %u) ",
		"ah6 (0, 2147483647, %u, 16) ",
		"ipv6header (%u, %u, 1) ",
		"ipv6header (%u, 1, 0) ",
		"eui64 () ",
		("srh (%u, 17, 4, 1, 1, 256, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, "
		 "0) "),
	};
	static const unsigned int bounds[][2] = {
		{ 9999, 32 }, { 1500, 1 }, { 4, 1 },    { 9999, 1 },
		{ 3, 64 },    { 9, 1 },    { 8, 1 },    { 256, 2 },
		{ 256, 1 },   { 1, 1 },    { 1024, 1 },
	};
	unsigned int f = below(m, sizeof(forms) / sizeof(forms[0]));

	if (!below(m, 8)) {
		tz_buf_printf(m->out, "ip.proto in {135} test mh (%u, 9, 0) ",
			      below(m, 9));
		return;
	}
	put(m, "test ");
	tz_buf_printf(m->out, forms[f], below(m, bounds[f][0]),
		      below(m, bounds[f][1]));
}

/* Fields of the IP header, the frame, and headers that few rules name. */
static void put_field(struct maker *m)
{
	static const struct {
		const char *form;
		unsigned int bound;
	} rows[] = {
		{ "ip.ttl in {%u-255} ", 255 },
		{ "ip.ttl in {63-%u} ", 66 },
		{ "ip.tos & 252 = %u ", 1 },
		{ "ip.tos & 3 = %u ", 4 },
		{ "ip.len in {20-%u} ", 300 },
		{ "link.type in {%u} ", 3 },
		{ "ip.proto in {50} header 50 8 l4.spi in {0-%u} ", 4000 },
		{ "ip.proto in {33} header 33 12 dccp.type in {%u} ", 10 },
		{ "ip.proto in {108} header 108 4 ipcomp.cpi in {0-%u} ", 99 },
		{ "ip.proto in {132} header 132 12 l4.dport in {0-%u} ", 999 },
		{ "ip.proto in {51} header 51 12 l4.spi in {0-%u} ", 4000 },
		/* offload only: replace does not read later fragments, and
		 * nobody knows the mark */
		{ "ip.proto in {6} header 6 20 lenient tcp.flags & 64 = %u ",
		  1 },
		{ "meta.mark & 7 = %u ", 7 },
	};
	unsigned int n =
		sizeof(rows) / sizeof(rows[0]) - (m->is_replace ? 2 : 0);
	unsigned int i = below(m, n);

	/* in IPv6 an authentication header is no final one */
	if (m->family == TZ_IPV6 && strstr(rows[i].form, "{51}"))
		i = 0;
	if (!strstr(rows[i].form, "header"))
		negate_some(m);

	unsigned int value = below(m, rows[i].bound);

	tz_buf_printf(m->out, rows[i].form,
		      value < 63 && i == 1   ? 63
		      : value < 20 && i == 4 ? 20
					     : value);
}

/* Bytes of the packet; the numbers are those of model/test.def. */
static void put_bytes(struct maker *m)
{
	static const char all_types[] = "ffffffffffffffffffffffffffffffff"
					"ffffffffffffffffffffffffffffffff";
	static const char *const forms[] = {
		"test string (%u, 65535, 0) \"%02x\" ",
		"test string (0, %u, 1) \"41%02x5a\" ",
		"test u32 (3, 0, %u, 1, 255, 3, 4, 1, 0, %u) ",
		"test u32 (5, 0, 0, 3, 22, 1, 60, 4, %u, 1, 3, 1, 0, %u) ",
		"ip.proto in {6} test tcpmss (%u, 1460, %u) ",
		"ip.proto in {6} header 6 20 offset_one test tcp_option (%u, "
		"%u) ",
		"ip.proto in {132} header 132 12 test sctp_chunks (%u, %u, 0, "
		"7, 3) ",
		"ip.proto in {33} header 33 12 test dccp_option (%u, %u) ",
	};
	static const unsigned int bounds[][2] = {
		{ 80, 256 }, { 200, 16 }, { 60, 16 }, { 40, 3 },
		{ 1460, 2 }, { 9, 2 },    { 3, 2 },   { 40, 2 },
	};
	unsigned int f = below(m, sizeof(forms) / sizeof(forms[0]));
	unsigned int second = below(m, bounds[f][1]);

	if (f == 1) /* digits, which have no case */
		second = '0' + second % 10;
	if (f < 4)
		negate_some(m);
	tz_buf_printf(m->out, forms[f], below(m, bounds[f][0]), second);
	if (f == 6)
		tz_buf_printf(m->out, "\"%s\" ", all_types);
}

static void put_matches(struct maker *m)
{
	if (!below(m, 10))
		put_bytes(m);
	/* no table has them: a long chain of many pieces is too complex */
	if (!below(m, 6 + m->size / 4))
		put_field(m);
	if (m->family == TZ_IPV6 && !below(m, 8))
		put_extension(m);
	if (below(m, 3))
		put_address(m);
	if (!below(m, 4))
		put_address(m);
	if (below(m, 2))
		put_l4(m);
	if (!below(m, 8))
		put_other(m);
}

/* What later rules read of it is stale (ir/stale.c). */
static void put_change(struct maker *m)
{
	static const char *const targets[] = {
		"TTL", "TCPOPTSTRIP", "TCPMSS", "DSCP", "MARK", "ECN",
	};
	/* the latter three may decide about the route, which is then unknown */
	unsigned int n = strcmp(m->hook, "PREROUTING") ? 6 : 3;

	tz_buf_printf(m->out, "=> modify target \"%s\"\n",
		      targets[below(m, n)]);
}

static void put_verdict(struct maker *m, unsigned int chain, bool drops)
{
	unsigned int r = below(m, 40);

	if (chain < m->n_chains && r < 12) {
		unsigned int callee = chain + 1 + below(m, m->n_chains - chain);

		tz_buf_printf(m->out, "=> %s \"%s%u\"\n", r ? "jump" : "goto",
			      m->hook, callee);
		return;
	}
	if (r < 16)
		put(m, "=> accept\n");
	else if (r < 18)
		put(m, "=> return\n");
	else if (r < 22)
		put(m, r < 20 ? "=> continue\n" : "=> continue logged\n");
	else if (r == 22 && !m->is_replace && !below(m, 3))
		put(m, below(m, 2) ? "=> log\n" : "=> reject\n");
	else if (r == 23 && !m->is_replace && !below(m, 3))
		put(m, "=> other target \"CONNMARK\"\n");
	else if (r == 23 && !m->is_replace)
		put_change(m);
	else
		put(m, drops ? "=> drop\n" : "=> accept\n");
}

static void put_chain(struct maker *m, const char *table, unsigned int chain)
{
	unsigned int n = 1 + below(m, chain ? m->size / 2 + 1 : m->size);
	bool drops = below(m, 5);

	tz_buf_printf(m->out, "chain v%d %s \"%s", (int)m->family, table,
		      m->hook);
	if (chain)
		tz_buf_printf(m->out, "%u\" {\n", chain);
	else
		tz_buf_printf(m->out, "\" policy %s {\n",
			      below(m, 2) ? "drop" : "accept");
	while (n--) {
		put(m, "rule \"\" ");
		put_matches(m);
		put_verdict(m, chain, drops);
	}
	put(m, "}\n");
}

static void put_table(struct maker *m, const char *table, const char *hook)
{
	m->hook = hook;
	for (unsigned int i = 0; i <= m->n_chains; i++)
		put_chain(m, table, i);
}

/* Two chains of rules that translate, or do not: nothing else ends them. */
static void put_nat(struct maker *m)
{
	static const char *const verdicts[] = {
		"=> accept\n",
		"=> return\n",
		"=> other target \"DNAT\" nat\n",
		"=> jump \"PREROUTING1\"\n",
		"=> goto \"PREROUTING1\"\n",
	};

	m->hook = "PREROUTING";
	for (unsigned int chain = 0; chain < 2; chain++) {
		tz_buf_printf(m->out, "chain v%d nat \"PREROUTING%s\" %s {\n",
			      (int)m->family, chain ? "1" : "",
			      chain ? "" : "policy accept");
		for (unsigned int n = 1 + below(m, 5); n; n--) {
			put(m, "rule \"\" ");
			put_matches(m);
			put(m, verdicts[below(m, chain ? 3 : 5)]);
		}
		put(m, "}\n");
	}
}

void tz_random_rules(struct tz_dice *dice, bool is_replace, unsigned int size,
		     struct tz_buf *out)
{
	struct maker m = {
		.dice = dice,
		.out = out,
		.is_replace = is_replace,
		.size = size,
		.n_chains = is_replace ? N_CHAINS_REPLACE : N_CHAINS_OFFLOAD,
	};

	for (int i = 0; i < 2; i++) {
		m.family = i ? TZ_IPV6 : TZ_IPV4;
		if (below(&m, 2))
			put_table(&m, "raw", "PREROUTING");
		if (!below(&m, 3))
			put_table(&m, "mangle", "INPUT");
		if (!is_replace && !below(&m, 3))
			put_nat(&m);
		put_table(&m, "filter", "INPUT");
		put_table(&m, "filter", "FORWARD");
		if (!below(&m, 4))
			put_table(&m, "security", "INPUT");
	}
}
