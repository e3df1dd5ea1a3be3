/* SPDX-License-Identifier: GPL-2.0-only */
/* Which frames reach netfilter, and where their layer 4 is (SEMANTICS 1-4). */
#include "ir_help.h"

#define TAKEN(frame) assert_true(help_is_filtered(&(frame)))
#define REFUSED(frame) assert_false(help_is_filtered(&(frame)))

static struct frame udp4(void)
{
	return help_ports(TZ_IPV4, 17, 1000, 53, 0, 4);
}

static struct frame udp6(void)
{
	return help_ports(TZ_IPV6, 17, 1000, 53, 0, 4);
}

/* Sets one byte of the IP header, with the checksum right after it. */
static struct frame ip_byte(struct frame frame, size_t at, uint8_t value)
{
	frame.bytes[14 + at] = value;
	if (frame.bytes[12] == 8)
		help_fix_checksum(&frame);
	return frame;
}

static void ipv4_header_is_checked_as_the_kernel_does(void **state)
{
	struct frame whole = udp4(), frame = whole;

	(void)state;
	TAKEN(whole);
	frame.len--;
	REFUSED(frame); /* total length past the end */
	frame = whole;
	frame.bytes[24] ^= 1;
	REFUSED(frame); /* checksum */
	frame = ip_byte(whole, 0, 0x55);
	REFUSED(frame); /* version */
	frame = ip_byte(whole, 0, 0x44);
	REFUSED(frame); /* header length under 20 */
	frame = ip_byte(whole, 0, 0x4f);
	REFUSED(frame); /* header length past the end */
	frame = ip_byte(whole, 3, 19);
	REFUSED(frame); /* total length under the header's */
	frame = ip_byte(whole, 3, 0);
	REFUSED(frame);
	frame = ip_byte(whole, 3, 20);
	TAKEN(frame);
	frame = ip_byte(whole, 8, 0); /* TTL 0 (1.3) */
	TAKEN(frame);
	frame = ip_byte(whole, 6, 0xe0); /* reserved flag, DF, MF */
	TAKEN(frame);
	frame = whole;
	frame.len = 14 + 19;
	REFUSED(frame);
	frame.len = 13;
	REFUSED(frame);
}

static void layer_4_ends_with_the_total_length(void **state)
{
	struct frame frame = udp4();
	struct tz_packet packet;

	(void)state;
	frame.len += 20; /* padding */
	packet = help_packet(&frame);
	assert_int_equal(packet.ip_len, 32);
	assert_int_equal(packet.l4, 34);
	assert_int_equal(packet.l4_len, 12);
	frame = ip_byte(frame, 3, 20);
	packet = help_packet(&frame);
	assert_int_equal(packet.ip_len, 20);
	assert_int_equal(packet.l4_len, 0);
}

static void options_move_layer_4(void **state)
{
	const uint8_t l4[12] = { 1, 1, 1, 0, 0, 7 };
	struct frame frame = help_frame4(17, 0, l4, sizeof(l4));

	(void)state;
	frame = ip_byte(frame, 0, 0x46);

	struct tz_packet packet = help_packet(&frame);

	assert_int_equal(packet.l4, 38);
	assert_int_equal(packet.l4_len, 8);
}

static struct frame tagged(struct frame frame, uint8_t type_high, uint16_t tag)
{
	memmove(frame.bytes + 16, frame.bytes + 12, frame.len - 12);
	frame.bytes[12] = type_high;
	frame.bytes[13] = type_high == 0x81 ? 0x00 : 0xa8;
	frame.bytes[14] = (uint8_t)(tag >> 8);
	frame.bytes[15] = (uint8_t)tag;
	frame.len += 4;
	return frame;
}

static void only_priority_tags_are_ours(void **state)
{
	struct frame frame = tagged(udp4(), 0x81, 0x6000);

	(void)state;
	TAKEN(frame);
	assert_int_equal(help_packet(&frame).l3, 18);
	frame = tagged(frame, 0x88, 0);
	TAKEN(frame);
	assert_int_equal(help_packet(&frame).l3, 22);
	frame.bytes[19] = 5; /* the inner tag */
	REFUSED(frame);
	frame = tagged(udp6(), 0x81, 1);
	REFUSED(frame);
	frame = tagged(udp6(), 0x81, 0);
	frame.len = 17;
	REFUSED(frame);
}

static void other_hosts_and_llc_are_not_seen(void **state)
{
	struct frame frame = udp4();

	(void)state;
	frame.bytes[5] ^= 1;
	REFUSED(frame);
	frame.bytes[0] |= 1; /* a group address */
	TAKEN(frame);
	frame = udp4();
	frame.bytes[12] = 0;
	frame.bytes[13] = 46;
	REFUSED(frame);
	frame.bytes[12] = 8;
	frame.bytes[13] = 6; /* ARP */
	REFUSED(frame);
}

static void ipv6_header_is_checked_as_the_kernel_does(void **state)
{
	struct frame whole = udp6(), frame = whole;

	(void)state;
	TAKEN(whole);
	frame.len--;
	REFUSED(frame);
	frame = ip_byte(whole, 0, 0x50);
	REFUSED(frame);
	frame = ip_byte(whole, 8, 0xff); /* multicast source */
	REFUSED(frame);
	frame = whole;
	memset(frame.bytes + 14 + 8, 0, 15); /* source ::1 */
	REFUSED(frame);
	frame = ip_byte(frame, 23, 0); /* source :: (1.8) */
	TAKEN(frame);
	frame = whole;
	memset(frame.bytes + 14 + 24, 0, 15);
	frame = ip_byte(frame, 39, 1); /* destination ::1 */
	REFUSED(frame);
	for (uint8_t scope = 0; scope < 3; scope++) {
		frame = ip_byte(ip_byte(whole, 24, 0xff), 25, 0x10 | scope);
		assert_int_equal(help_is_filtered(&frame), scope == 2);
	}
	frame = ip_byte(ip_byte(whole, 5, 0), 7, 0); /* payload, hop limit 0 */
	TAKEN(frame);
	assert_int_equal(help_packet(&frame).ip_len, 40);
	assert_int_equal(help_packet(&frame).l4_len, 0);
}

/* One hop-by-hop header of @n * 8 bytes in front of UDP. */
static struct frame hop_by_hop(const char *options, size_t n)
{
	uint8_t payload[80] = { 17, (uint8_t)(n - 1) };

	memcpy(payload + 2, options, n * 8 - 2);
	return help_frame6(0, payload, n * 8 + 8);
}

static void hop_by_hop_options_are_parsed(void **state)
{
	static const struct {
		const char *options;
		size_t n;
		bool passes;
	} cases[] = {
		{ "\x01\x04\0\0\0\0", 1, true },
		{ "\x01\x04\0\0\0\1", 1, false }, /* PadN that is not zero */
		{ "\0\0\0\0\0\0", 1, true },
		{ "\x01\x05\0\0\0\0\0\0\0\0\0\0\0\0", 2, false }, /* 7+7 */
		{ "\x1e\x04\0\0\0\0", 1, true }, /* unknown, action 0 */
		{ "\x5e\x04\0\0\0\0", 1, false },
		{ "\x9e\x04\0\0\0\0", 1, false },
		{ "\xde\x04\0\0\0\0", 1, false },
		{ "\x1e\x05\0\0\0\0", 1, false }, /* past its header */
		{ "\x05\x02\0\0\1\0", 1, true },  /* router alert */
		{ "\x05\x01\0\1\1\0", 1, false },
		{ "\xc2\x04\0\0\0\1", 1, false }, /* jumbo */
		{ "\x1e\0\x1e\0\x1e\0\x1e\0\x1e\0\x1e\0\x1e\0", 2, true },
		{ "\x1e\0\x1e\0\x1e\0\x1e\0\x1e\0\x1e\0\x1e\0"
		  "\x1e\0\1\0\1\0\1\0",
		  3, true },
		{ "\x1e\0\x1e\0\x1e\0\x1e\0\x1e\0\x1e\0\x1e\0"
		  "\x1e\0\x1e\0\1\0\1\0",
		  3, false }, /* the ninth */
		{ "\0\0\0\0\0\0\0\x1e\x05\0\0\0\0\0", 2, true },
		{ "\0\0\0\0\0\0\0\0\x1e\x04\0\0\0\0", 2, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct frame frame = hop_by_hop(cases[i].options, cases[i].n);

		if (help_is_filtered(&frame) != cases[i].passes)
			fail_msg("case %zu", i);
	}

	struct frame frame = hop_by_hop("\x01\x04\0\0\0\0", 1);

	frame.bytes[55] = 2; /* longer than the packet */
	REFUSED(frame);
	frame.bytes[55] = 0;
	frame.bytes[19] = 0; /* payload length 0: nothing is trimmed (1.9) */
	TAKEN(frame);
	assert_int_equal(help_packet(&frame).ip_len, 56);
}

/* What both engines see of one chain of extension headers. */
struct walk_case {
	uint8_t first;
	const char *payload;
	size_t len;
	bool has_proto, nft_has_proto;
	uint8_t proto, nft_proto;
	size_t l4, nft_l4; /* from the IPv6 header */
	bool is_fragment, is_odd;
	uint16_t offset;
};

#define EIGHT "\0\0\0\0\0\0\0\0"

static const struct walk_case walks[] = {
	{ 17, EIGHT, 8, true, true, 17, 17, 40, 40, false, false, 0 },
	{ 59, EIGHT, 8, true, true, 59, 59, 40, 40, false, false, 0 },
	{ 50, EIGHT, 8, true, true, 50, 50, 40, 40, false, false, 0 },
	/* destination options, routing, hop-by-hop out of place */
	{ 60,
	  "\x2b\0\1\4\0\0\0\0"
	  "\0\0\2\0\0\0\0\0"
	  "\x11\0\1\4\0\0\0\0" EIGHT,
	  32, true, true, 17, 17, 64, 64, false, false, 0 },
	/* AH: nft stops, ip6tables goes on (11.5) */
	{ 51, "\x11\1\0\0" EIGHT EIGHT, 20, true, true, 17, 51, 52, 40, false,
	  false, 0 },
	/* fragments: atomic, first, later, later of an extension header */
	{ 44, "\x11\0\0\0\0\0\0\1" EIGHT, 16, true, true, 17, 17, 48, 48, true,
	  false, 0 },
	{ 44, "\x11\0\0\1\0\0\0\1" EIGHT, 16, true, true, 17, 17, 48, 48, true,
	  false, 0 },
	{ 44, "\x11\0\0\x11\0\0\0\1" EIGHT, 16, true, true, 17, 17, 48, 0, true,
	  false, 16 },
	{ 44, "\x3c\0\0\x11\0\0\0\1" EIGHT, 16, false, false, 60, 60, 48, 0,
	  true, false, 16 },
	{ 44, "\x3b\0\0\x11\0\0\0\1" EIGHT, 16, true, true, 59, 59, 48, 0, true,
	  false, 16 },
	/* cut: under 2 bytes, under 4 of routing and fragment */
	{ 60, "\x11", 1, false, false, 60, 60, 40, 40, false, false, 0 },
	{ 43, "\x11\0\0", 3, false, false, 43, 43, 40, 40, false, false, 0 },
	{ 44, "\x11\0\0", 3, false, false, 44, 44, 40, 40, false, false, 0 },
	{ 51, "\x11", 1, false, false, 51, 51, 40, 40, false, false, 0 },
	/* longer than the packet: walked over (4.5) */
	{ 60, "\x11\1" EIGHT, 10, true, true, 17, 17, 56, 56, false, true, 0 },
	{ 60, "\x3c\1" EIGHT, 10, false, false, 60, 60, 56, 56, false, true,
	  0 },
	{ 44, "\x11\0\0\0", 4, true, true, 17, 17, 48, 48, true, true, 0 },
};

static void extension_headers_are_walked(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(walks) / sizeof(walks[0]); i++) {
		const struct walk_case *c = &walks[i];
		struct frame frame = help_frame6(c->first, c->payload, c->len);
		struct tz_packet p = help_packet(&frame);

		if (p.has_proto != c->has_proto ||
		    p.nft.has_proto != c->nft_has_proto ||
		    p.proto != c->proto || p.nft.proto != c->nft_proto ||
		    p.l4 != c->l4 + 14 || p.nft.l4 != c->nft_l4 + 14 ||
		    p.is_fragment != c->is_fragment ||
		    p.has_odd_extensions != c->is_odd ||
		    p.fragment_offset != c->offset)
			fail_msg("case %zu", i);
	}
}

/* Twenty headers and more are no matter (4.1). */
static void chains_may_be_long(void **state)
{
	uint8_t payload[8 * 100 + 8] = { 0 };

	(void)state;
	for (size_t i = 0; i < 100; i++)
		payload[8 * i] = i == 99 ? 17 : 60;

	struct frame frame = help_frame6(60, payload, sizeof(payload));
	struct tz_packet packet = help_packet(&frame);

	assert_true(packet.has_proto);
	assert_int_equal(packet.proto, 17);
	assert_int_equal(packet.l4_len, 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ipv4_header_is_checked_as_the_kernel_does),
		cmocka_unit_test(layer_4_ends_with_the_total_length),
		cmocka_unit_test(options_move_layer_4),
		cmocka_unit_test(only_priority_tags_are_ours),
		cmocka_unit_test(other_hosts_and_llc_are_not_seen),
		cmocka_unit_test(ipv6_header_is_checked_as_the_kernel_does),
		cmocka_unit_test(hop_by_hop_options_are_parsed),
		cmocka_unit_test(extension_headers_are_walked),
		cmocka_unit_test(chains_may_be_long),
	};

	return cmocka_run_group_tests(tests, help_setup, help_teardown);
}
