/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tcpdump expressions where libpcap is no judge: names, sockets, equal
 * writings, and texts that are too much.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lower/pcap.h"

static bool one_host(const char *name,
		     void (*each)(void *context, const uint8_t *bytes,
				  size_t len),
		     void *context)
{
	static const uint8_t ip4[] = { 10, 0, 0, 1 },
			     other4[] = { 10, 0, 0, 2 },
			     ip6[] = { 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0,
				       0,    0, 0,   0,    0, 0, 0, 1 };

	if (strcmp(name, "sun") != 0)
		return false;
	each(context, ip4, sizeof(ip4));
	each(context, other4, sizeof(other4));
	each(context, ip6, sizeof(ip6));
	return true;
}

static bool one_network(const char *name, uint32_t *net)
{
	*net = 10 << 8 | 1; /* as getnetbyname has 10.1 */
	return strcmp(name, "office") == 0;
}

static bool one_service(const char *name, const char *protocol, uint16_t *port)
{
	bool is_tcp = strcmp(protocol, "tcp") == 0;

	*port = strcmp(name, "web") == 0 ? 80 : 514;
	return (is_tcp && strcmp(name, "web") == 0) ||
	       strcmp(name, "both") == 0 ||
	       (!is_tcp && strcmp(name, "log") == 0);
}

static bool one_ether(const char *name, uint8_t mac[6])
{
	static const uint8_t bytes[] = { 2, 0, 0, 0, 0, 9 };

	memcpy(mac, bytes, sizeof(bytes));
	return strcmp(name, "sun") == 0;
}

static const struct tz_names names = {
	.host = one_host,
	.network = one_network,
	.service = one_service,
	.ether = one_ether,
};

/* The graph of @text; NULL when it is refused. */
static struct tz_flow *lower(struct tz_arena *arena, enum tz_link link,
			     bool is_socket, const char *text, size_t len)
{
	const struct tz_pcap_options options = {
		.link = link,
		.names = &names,
		.is_socket = is_socket,
		.has_netmask = true,
		.netmask = 0xffffff00,
	};
	struct tz_sources *sources = tz_sources_new(arena);
	struct tz_diags *diags = tz_diags_new(arena, sources);
	const struct tz_source *source =
		tz_sources_add(sources, "expression", text, len);
	struct tz_span span = { source->base,
				source->base + (uint32_t)source->len };
	struct tz_flow *flow = tz_pcap_lower(arena, diags, span, source->text,
					     source->len, &options);

	assert_int_equal(!flow, tz_diags_have_errors(diags));
	return flow;
}

static bool matches(enum tz_link link, bool is_socket, const char *text,
		    const struct tz_filter_packet *packet)
{
	struct tz_arena *arena = tz_arena_new();
	struct tz_flow *flow =
		lower(arena, link, is_socket, text, strlen(text));
	bool result;

	assert_non_null(flow);
	assert_null(tz_flow_verify(flow));
	result = tz_flow_eval(flow, packet);
	tz_arena_free(arena);
	return result;
}

static char *listing(const char *text)
{
	struct tz_arena *arena = tz_arena_new();
	struct tz_buf out = { 0 };
	struct tz_flow *flow =
		lower(arena, TZ_LINK_EN10MB, false, text, strlen(text));

	assert_non_null(flow);
	tz_flow_print(flow, &out);
	tz_arena_free(arena);
	return out.text;
}

/* Of each row, both mean one: the same graph. */
static const char *const pairs[][2] = {
	/* names */
	{ "host sun", "host 10.0.0.1 or 10.0.0.2 or 2001:db8::1" },
	{ "ip src sun", "ip src 10.0.0.1 or 10.0.0.2" },
	{ "ip6 dst host sun", "ip6 dst host 2001:db8::1" },
	{ "ether src sun", "ether src 2:0:0:0:0:9" },
	{ "net office", "net 10.1.0.0/16" },
	{ "port web", "tcp port 80" },
	{ "port log", "udp port 514" },
	{ "udp port both", "udp port 514" },
	{ "port both", "port 514" },
	{ "portrange web-both", "portrange 80-514" },
	{ "tcp portrange both-web", "tcp portrange 80-514" },
	{ "gateway sun", "ether host 2:0:0:0:0:9 and not (host "
			 "10.0.0.1 or 10.0.0.2)" },
	{ "ip gateway sun", "ether host 2:0:0:0:0:9 and not (ip host "
			    "10.0.0.1 or 10.0.0.2)" },
	/* qualifiers go on to the right */
	{ "tcp port 80 or 443", "tcp port 80 or tcp port 443" },
	{ "tcp port (80 or 443)", "tcp port 80 or tcp port 443" },
	{ "src net 10 and not 11", "src net 10 and not src net 11" },
	{ "port 22 or (23 or 24) or 25",
	  "port 22 or port 23 or port 24 or port 25" },
	{ "tcp port 80 and (udp port 53) or 22",
	  "tcp port 80 and udp port 53 or tcp port 22" },
	/* and, or: alike, from the left; not: above both */
	{ "ip or ip6 and tcp", "(ip or ip6) and tcp" },
	{ "not ip or ip6", "(not ip) or ip6" },
	{ "ip && ! tcp || udp", "ip and not tcp or udp" },
	/* numbers, and what is computed of them */
	{ "ip[0x10] = 010", "ip[16] == 8" },
	{ "len = 2 + 3 * 4", "len = 14" },
	{ "len = 7 & 3 | 8", "len = 11" },
	{ "len = 1 << 2 + 1", "len = 8" },
	{ "len = 2 ^ 3 + 4", "len = 5" },
	{ "len = 10 - 7 % 4", "len = 7" },
	{ "tcp[tcpflags] & tcp-syn != 0", "tcp[13] & 2 != 0" },
	{ "icmp[icmptype] = icmp-echo", "icmp[0] = 8" },
	{ "less 100", "len <= 100" },
	{ "greater 100", "len >= 100" },
	/* short forms */
	{ "net 10", "net 10.0.0.0/8" },
	{ "net 192.168", "net 192.168.0.0 mask 255.255.0.0" },
	{ "host 0xa000001", "host 10.0.0.1" },
	{ "ether host 0200.0000.0009", "link host 2-0-0-0-0-9" },
	{ "ether proto \\ip", "ip" },
	{ "proto 6", "tcp" },
	{ "portrange 9-7", "portrange 7-9" },
	{ "ip broadcast", "ip and (link[30:4] & 255 = 0 or "
			  "link[30:4] & 255 = 255)" },
	{ "ip6 host::1", "ip6 host ::1" },
	{ "es-is", "iso proto \\esis" },
};

static void test_equal_writings(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		char *a = listing(pairs[i][0]), *b = listing(pairs[i][1]);

		if (strcmp(a, b) != 0)
			print_message("%s\n%s\n", pairs[i][0], pairs[i][1]);
		assert_string_equal(a, b);
		free(a);
		free(b);
	}
}

/* Ethernet, IPv4 with an option, UDP 53 -> 4000 with four bytes. */
static const uint8_t udp4[] = {
	2,  0, 0, 0, 0, 1,  2,    0,    0, 0,  0, 2, 8,    0,    0x46, 0,    0,
	36, 0, 0, 0, 0, 64, 17,   0,    0, 10, 0, 0, 1,    10,   0,    0,    2,
	1,  1, 1, 0, 0, 53, 0x0f, 0xa0, 0, 12, 0, 0, 0xde, 0xad, 0xbe, 0xef,
};

static void test_socket_filters(void **state)
{
	static const struct {
		const char *text;
		bool is_match;
	} cases[] = {
		{ "udp port 53", true },
		{ "dst port 53", false },
		{ "tcp", false },
		{ "ip6", false },
		{ "src host 10.0.0.1 and dst net 10.0.0.0/24", true },
		{ "udp[8:4] = 0xdeadbeef", true },
		{ "udp[4:2] = len", true },
		{ "link[0:2] = 53", true }, /* the socket's own header */
		{ "ip[2:2] = 36 and ip[20] = 1", true },
		{ "udp[12] = 0", false }, /* behind the end */
		{ "inbound and ifindex 7", true },
		{ "outbound", false },
	};
	struct tz_filter_packet packet = {
		.frame = udp4,
		.frame_len = sizeof(udp4),
		.data = 38,
		.net = 14,
		.len = sizeof(udp4) - 38,
		.has_ad = 1u << SKF_AD_PKTTYPE / 4 | 1u << SKF_AD_IFINDEX / 4,
	};

	(void)state;
	packet.ad[SKF_AD_IFINDEX / 4] = 7;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (matches(TZ_LINK_NET, true, cases[i].text, &packet) !=
		    cases[i].is_match)
			fail_msg("%s", cases[i].text);
	packet.ad[SKF_AD_PKTTYPE / 4] = 4; /* PACKET_OUTGOING */
	assert_true(matches(TZ_LINK_NET, true, "outbound", &packet));
	assert_false(matches(TZ_LINK_NET, true, "inbound", &packet));
}

/* UDP over IPv4 with a tag of VLAN 5 in the frame, or beside it. */
static struct tz_filter_packet tagged(uint8_t frame[64], bool is_beside)
{
	static const uint8_t tag[] = { 0x81, 0, 0x60, 5 };
	size_t n = is_beside ? 0 : sizeof(tag);

	memset(frame, 0, 64);
	memcpy(frame, udp4, 12);
	memcpy(frame + 12, tag, n);
	memcpy(frame + 12 + n, udp4 + 12, sizeof(udp4) - 12);
	return (struct tz_filter_packet){
		.frame = frame,
		.frame_len = sizeof(udp4) + n,
		.len = (uint32_t)(sizeof(udp4) + n),
		.has_ad = 1ull << SKF_AD_VLAN_TAG_PRESENT / 4 |
			  1ull << SKF_AD_VLAN_TAG / 4,
		.ad = { [SKF_AD_VLAN_TAG_PRESENT / 4] = is_beside,
			[SKF_AD_VLAN_TAG / 4] = is_beside ? 0x6005 : 0 },
	};
}

/* tests/kernel/tags.sh asks the kernel. */
static void test_sockets_find_the_tag_beside_the_frame(void **state)
{
	static const struct {
		const char *text;
		bool is_match;
	} cases[] = {
		{ "vlan", true },
		{ "not vlan", false },
		{ "vlan 5", true },
		{ "vlan 6", false },
		{ "vlan 6 or vlan 5", false }, /* the inner one */
		{ "vlan 5 and udp src port 53", true },
		{ "vlan and udp[8:4] = 0xdeadbeef", true },
		{ "vlan and ip protochain 17", true },
		{ "vlan and vlan", false },
		{ "ether src 2:0:0:0:0:2 and vlan and ip", true },
	};
	uint8_t frame[64];

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct tz_filter_packet packet = tagged(frame, i);

		for (size_t j = 0; j < sizeof(cases) / sizeof(cases[0]); j++)
			if (matches(TZ_LINK_EN10MB, true, cases[j].text,
				    &packet) != cases[j].is_match)
				fail_msg("%s, %d", cases[j].text, i);
	}
}

/* Spanning tree begins with 0x42: only the kernel knows that it is no IPv4. */
static void test_sockets_ask_the_kernel_for_the_type(void **state)
{
	static const uint8_t stp[40] = { 0x42, 0x42, 3 };
	struct tz_filter_packet packet = {
		.frame = stp,
		.frame_len = sizeof(stp),
		.len = sizeof(stp),
		.has_ad = 1 << SKF_AD_PROTOCOL / 4,
		.ad = { [SKF_AD_PROTOCOL / 4] = 4 }, /* ETH_P_802_2 */
	};

	(void)state;
	assert_false(matches(TZ_LINK_RAW, true, "ip", &packet));
	assert_false(matches(TZ_LINK_RAW, true, "arp or stp", &packet));
	assert_true(matches(TZ_LINK_RAW, false, "ip", &packet));
	packet.ad[SKF_AD_PROTOCOL / 4] = 0x0806;
	assert_true(matches(TZ_LINK_RAW, true, "arp", &packet));
}

/* IPv6 with @n destination options, UDP behind them. */
static bool finds_udp_behind(unsigned int n)
{
	uint8_t bytes[40 + 8 * 20 + 8] = { 0x60 };
	const struct tz_filter_packet packet = {
		.frame = bytes,
		.frame_len = sizeof(bytes),
		.len = sizeof(bytes),
	};

	bytes[6] = n ? 60 : 17;
	for (unsigned int i = 0; i < n; i++)
		bytes[40 + 8 * i] = i + 1 < n ? 60 : 17;
	return matches(TZ_LINK_RAW, false, "ip6 protochain 17", &packet);
}

static void test_protochain_ends_at_the_twelfth(void **state)
{
	(void)state;
	assert_true(finds_udp_behind(0));
	assert_true(finds_udp_behind(11));
	assert_false(finds_udp_behind(12));
}

/* Tests of what is inside a tunnel do not hold where there is none. */
static void test_no_tunnel_has_no_inside(void **state)
{
	const struct tz_filter_packet packet = {
		.frame = udp4,
		.frame_len = sizeof(udp4),
		.len = sizeof(udp4),
	};

	(void)state;
	assert_true(matches(TZ_LINK_EN10MB, false, "udp or geneve", &packet));
	assert_false(matches(TZ_LINK_EN10MB, false, "geneve or udp", &packet));
	assert_false(
		matches(TZ_LINK_EN10MB, false, "not vxlan and udp", &packet));
}

/* @n times @part between @head and @tail: taken or not, but no crash. */
static bool is_taken(const char *head, const char *part, size_t n,
		     const char *tail)
{
	struct tz_arena *arena = tz_arena_new();
	struct tz_buf text = { 0 };
	bool result;

	tz_buf_puts(&text, head);
	while (n-- > 0)
		tz_buf_puts(&text, part);
	tz_buf_puts(&text, tail);
	result = lower(arena, TZ_LINK_EN10MB, false, text.text, text.len);
	tz_buf_free(&text);
	tz_arena_free(arena);
	return result;
}

static void test_large_texts(void **state)
{
	(void)state;
	assert_true(is_taken("port 1", " or 2", 13000, ""));
	assert_false(is_taken("port 1", " or 2", 14000, "")); /* 64 KiB */
	assert_true(is_taken("len > 1", " and tcp", 8000, ""));
	assert_false(is_taken("", "(", 60000, "ip"));
	assert_false(is_taken("", "not ", 16000, "ip"));
	assert_true(is_taken("", "not ", 100, "ip"));
	assert_false(is_taken("1", "+1", 30000, " = len"));
	assert_false(is_taken("0", "+ip[0]", 10000, " = len"));
	assert_false(is_taken("", "tcp[", 16000, "0"));
	assert_false(is_taken("port ", "(", 30000, "1"));
	assert_true(is_taken("", "vlan and ", 7000, "ip"));
	assert_false(is_taken("", "geneve and ", 5000, "ip"));
	assert_true(is_taken("", " ", 65000, ""));
}

static void test_names_of_links(void **state)
{
	enum tz_link link;

	(void)state;
	for (int i = 0; i < TZ_N_LINKS; i++) {
		assert_true(
			tz_link_by_name(tz_link_name((enum tz_link)i), &link));
		assert_int_equal(link, i);
	}
	assert_true(tz_link_by_name("EN10MB", &link));
	assert_false(tz_link_by_name("fddi", &link));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_equal_writings),
		cmocka_unit_test(test_socket_filters),
		cmocka_unit_test(test_sockets_find_the_tag_beside_the_frame),
		cmocka_unit_test(test_sockets_ask_the_kernel_for_the_type),
		cmocka_unit_test(test_protochain_ends_at_the_twelfth),
		cmocka_unit_test(test_no_tunnel_has_no_inside),
		cmocka_unit_test(test_large_texts),
		cmocka_unit_test(test_names_of_links),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
