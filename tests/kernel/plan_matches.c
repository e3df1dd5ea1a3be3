/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Matches from small universes, so that packets drawn from one rule meet others
 * too: few prefixes within each other, few ports. Most are what lower/ makes of
 * iptables' options.
 */
#include "plan_matches.h"

#include <stdio.h>
#include <string.h>

unsigned int tz_dice_below(struct tz_dice *dice, unsigned int n)
{
	dice->state = dice->state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned int)(dice->state >> 33) % n;
}

unsigned int tz_maker_below(struct tz_maker *m, unsigned int n)
{
	return tz_dice_below(m->dice, n);
}

void tz_maker_put(struct tz_maker *m, const char *text)
{
	tz_buf_puts(m->out, text);
}

static void negate_some(struct tz_maker *m)
{
	if (!tz_maker_below(m, 6))
		tz_maker_put(m, "not ");
}

/* A prefix, a range or a masked address; prefixes lie within each other. */
static void put_address(struct tz_maker *m)
{
	const char *field = tz_maker_below(m, 2) ? "src" : "dst";
	unsigned int a = tz_maker_below(m, 6), b = tz_maker_below(m, 4),
		     c = tz_maker_below(m, 8);

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
		switch (tz_maker_below(m, 6)) {
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
	switch (tz_maker_below(m, 4)) {
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
static void put_ports(struct tz_maker *m, unsigned int most)
{
	unsigned int at = 1 + tz_maker_below(m, 40),
		     n = 1 + tz_maker_below(m, most);

	tz_maker_put(m, "in {");
	for (unsigned int i = 0; i < n; i++) {
		unsigned int more =
			tz_maker_below(m, 3) ? 0 : tz_maker_below(m, 60);

		tz_buf_printf(m->out, "%s%u-%u", i ? ", " : "", at, at + more);
		at += more + 2 + tz_maker_below(m, 300);
	}
	tz_maker_put(m, "} ");
}

static void put_tcp(struct tz_maker *m)
{
	static const unsigned int flags[][2] = {
		{ 0x17, 2 },    { 2, 2 },       { 0x3f, 0 },    { 0x29, 0x29 },
		{ 1, 1 },       { 9, 8 },       { 0x3f, 0x3f }, { 0x10, 0x10 },
		{ 0x18, 0x10 }, { 0x2b, 0x01 }, { 0x3f, 0x10 },
	};
	unsigned int f = tz_maker_below(m, sizeof(flags) / sizeof(flags[0]));

	tz_maker_put(m, "ip.proto in {6} header 6 20 offset_one native ");
	for (unsigned int i = 0; i < 2; i++) {
		if (tz_maker_below(m, 2))
			continue;
		negate_some(m);
		tz_maker_put(m, i ? "l4.sport " : "l4.dport ");
		put_ports(m, 1);
	}
	if (!tz_maker_below(m, 3))
		return;
	negate_some(m);
	tz_buf_printf(m->out, "tcp.flags & %u = %u ", flags[f][0], flags[f][1]);
}

static void put_multiport(struct tz_maker *m)
{
	unsigned int proto = tz_maker_below(m, 2) ? 6 : 17;

	tz_buf_printf(m->out, "ip.proto in {%u} header %u 4 ", proto, proto);
	if (!tz_maker_below(m, 3)) {
		negate_some(m);
		tz_maker_put(m, "any (l4.sport ");
		put_ports(m, 3);
		tz_maker_put(m, ", l4.dport ");
		put_ports(m, 3);
		tz_maker_put(m, ") ");
		return;
	}
	tz_maker_put(m, tz_maker_below(m, 2) ? "l4.dport " : "l4.sport ");
	put_ports(m, 6);
}

static void put_icmp(struct tz_maker *m)
{
	unsigned int proto = m->family == TZ_IPV4 ? 1 : 58;
	unsigned int type = tz_maker_below(m, 3) ? tz_maker_below(m, 16)
						 : 128 + tz_maker_below(m, 10);

	tz_buf_printf(m->out, "ip.proto in {%u} header %u 8 ", proto, proto);
	switch (tz_maker_below(m, 4)) {
	case 0:
		tz_buf_printf(m->out, "icmp.type in {%u} icmp.code in {%u-%u} ",
			      type, tz_maker_below(m, 2),
			      1 + tz_maker_below(m, 9));
		return;
	case 1:
		tz_buf_printf(m->out,
			      "not all (icmp.type in {%u}, "
			      "icmp.code in {%u}) ",
			      type, tz_maker_below(m, 3));
		return;
	case 2:
		tz_maker_put(m, "icmp.type in {} ");
		return;
	}
	negate_some(m);
	tz_buf_printf(m->out, "icmp.type in {%u} ", type);
}

static void put_l4(struct tz_maker *m)
{
	switch (tz_maker_below(m, 8)) {
	case 0:
	case 6:
	case 7:
		put_tcp(m);
		return;
	case 1:
		tz_maker_put(m, "ip.proto in {17} header 17 8 native ");
		tz_maker_put(m,
			     tz_maker_below(m, 2) ? "l4.dport " : "l4.sport ");
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
			      tz_maker_below(m, 2) ? 6 : 17);
		return;
	}
	tz_buf_printf(m->out, "ip.proto in {%u} ", 30 + tz_maker_below(m, 110));
}

/* States in which it holds, and more in which it may. */
static void put_ct(struct tz_maker *m)
{
	static const unsigned int usual[] = { 1, 6, 8, 3, 22 };
	unsigned int yes = usual[tz_maker_below(m, 5)];
	unsigned int more = tz_maker_below(m, 3) ? 0 : tz_maker_below(m, 32);

	tz_buf_printf(m->out, "test ct (%u, %u, %u, %u, %u) ",
		      tz_maker_below(m, 5), yes, yes | more,
		      tz_maker_below(m, 4) ? 0 : 1, m->is_raw);
}

static void put_other(struct tz_maker *m)
{
	switch (tz_maker_below(m, 5)) {
	case 0:
		negate_some(m);
		tz_maker_put(m, "mac.src in {02:00:00:00:00:01} ");
		return;
	case 1:
		negate_some(m);
		tz_maker_put(m, tz_maker_below(m, 2) ? "iface \"tz-rx\" "
						     : "iface \"tz\" prefix ");
		return;
	case 2:
		if (m->family == TZ_IPV4) {
			negate_some(m);
			tz_maker_put(m, "ip.later_fragment in {1} ");
		}
		return;
	}
	if (m->is_replace) {
		/* more of them cut the tables: too complex for the verifier */
		if (m->size <= 40)
			tz_random_state(m->dice, m->out);
		return;
	}
	if (!tz_maker_below(m, 30)) {
		tz_maker_put(m, "opaque \"limit\" writes \"a rate\" ");
		return;
	}
	negate_some(m);
	if (tz_maker_below(m, 4))
		put_ct(m);
	else
		tz_maker_put(m, "opaque \"realm\" pure \"unknown\" ");
}

/* Extension headers; the numbers are those of model/test.def. */
static void put_extension(struct tz_maker *m)
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
	unsigned int f = tz_maker_below(m, sizeof(forms) / sizeof(forms[0]));

	if (!tz_maker_below(m, 8)) {
		tz_buf_printf(m->out, "ip.proto in {135} test mh (%u, 9, 0) ",
			      tz_maker_below(m, 9));
		return;
	}
	tz_maker_put(m, "test ");
	tz_buf_printf(m->out, forms[f], tz_maker_below(m, bounds[f][0]),
		      tz_maker_below(m, bounds[f][1]));
}

/* Fields of the IP header, the frame, and headers that few rules name. */
static void put_field(struct tz_maker *m)
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
	unsigned int i = tz_maker_below(m, n);

	/* in IPv6 an authentication header is no final one */
	if (m->family == TZ_IPV6 && strstr(rows[i].form, "{51}"))
		i = 0;
	if (!strstr(rows[i].form, "header"))
		negate_some(m);

	unsigned int value = tz_maker_below(m, rows[i].bound);

	tz_buf_printf(m->out, rows[i].form,
		      value < 63 && i == 1   ? 63
		      : value < 20 && i == 4 ? 20
					     : value);
}

/* Bytes of the packet; the numbers are those of model/test.def. */
static void put_bytes(struct tz_maker *m)
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
	unsigned int f = tz_maker_below(m, sizeof(forms) / sizeof(forms[0]));
	unsigned int second = tz_maker_below(m, bounds[f][1]);

	if (f == 1) /* digits, which have no case */
		second = '0' + second % 10;
	if (f < 4)
		negate_some(m);
	tz_buf_printf(m->out, forms[f], tz_maker_below(m, bounds[f][0]),
		      second);
	if (f == 6)
		tz_buf_printf(m->out, "\"%s\" ", all_types);
}

void tz_maker_put_matches(struct tz_maker *m)
{
	if (m->owns_state && !tz_maker_below(m, 6))
		tz_random_nth(m->dice, m->out);
	if (!tz_maker_below(m, 10))
		put_bytes(m);
	/* no table has them: a long chain of many pieces is too complex */
	if (!tz_maker_below(m, 6 + m->size / 4))
		put_field(m);
	if (m->family == TZ_IPV6 && !tz_maker_below(m, 8))
		put_extension(m);
	if (tz_maker_below(m, 3))
		put_address(m);
	if (!tz_maker_below(m, 4))
		put_address(m);
	if (tz_maker_below(m, 2))
		put_l4(m);
	if (!tz_maker_below(m, 8))
		put_other(m);
	if (m->owns_state && !tz_maker_below(m, 4))
		tz_random_nth(m->dice, m->out);
}
