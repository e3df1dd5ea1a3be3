/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sane DNS queries and others: each rule broken once, lengths that promise too
 * much, and random bytes, held against a reading of the test's own. What is
 * sane and what is not must share all datagrams to the port.
 */
#include "lower/dns.h"
#include "tests/unit/gen_help.h"

struct message {
	uint8_t bytes[600];
	size_t len;
};

static void put(struct message *m, const void *bytes, size_t len)
{
	memcpy(m->bytes + m->len, bytes, len);
	m->len += len;
}

#define PUT(m, bytes) put((m), (bytes), sizeof(bytes) - 1)

/* A query for www.example.com, with @additional records to follow. */
static struct message query(uint8_t additional)
{
	struct message m = { 0 };

	PUT(&m, "\x12\x34\1\0\0\1\0\0\0\0\0");
	put(&m, &additional, 1);
	PUT(&m, "\3www\7example\3com\0\0\1\0\1");
	return m;
}

static uint32_t get16(const uint8_t *at)
{
	return (uint32_t)at[0] << 8 | at[1];
}

/* The reference. The name's labels are counted from 1. */
static bool is_sane(const uint8_t *m, size_t len, unsigned int n_labels)
{
	size_t at = 12, record;

	if (len < 17 || get16(m + 2) & 0xfe0f || get16(m + 4) != 1 ||
	    get16(m + 6) || get16(m + 8) || get16(m + 10) > 2)
		return false;
	for (unsigned int n = 0;; n++) {
		if (at >= len)
			return false;
		if (!m[at])
			break;
		if (n == n_labels)
			return n_labels < TZ_DNS_LABELS_MAX;
		if (m[at] > 63)
			return false;
		at += m[at] + 1u;
	}
	record = at + 5;
	if (at - 11 > 255 || record > len)
		return false;
	if (!get16(m + 10))
		return true;
	if (record + 11 > len)
		return false;
	if (m[record] || get16(m + record + 1) != 41)
		return true;
	return record + 11 + get16(m + record + 9) <= len;
}

struct pair {
	struct gen_filter sane, insane;
};

static struct pair pair_of(struct tz_arena *arena, unsigned int n_labels,
			   enum tz_link link)
{
	struct tz_dns_options options = {
		.link = link,
		.ipv4 = true,
		.ipv6 = true,
		.port = TZ_DNS_PORT,
		.n_headers = 4,
	};

	return (struct pair){
		gen_filter(arena,
			   tz_dns_lower_valid(arena, n_labels, false, &options),
			   link),
		gen_filter(arena,
			   tz_dns_lower_valid(arena, n_labels, true, &options),
			   link),
	};
}

/* The verdict, which both filters must agree about. */
static bool judge(const struct pair *pair, const struct gen_packet *p,
		  size_t len)
{
	bool sane = gen_matches_cut(&pair->sane, p, len);

	assert_int_equal(gen_matches_cut(&pair->insane, p, len), !sane);
	return sane;
}

static bool check(const struct pair *pair, const struct message *m,
		  unsigned int n_labels)
{
	bool expected = is_sane(m->bytes, m->len, n_labels);

	for (int is_ipv6 = 0; is_ipv6 < 2; is_ipv6++) {
		struct gen_ip ip = { .is_ipv6 = is_ipv6, .protocol = 17 };
		struct gen_packet p = gen_udp(&ip, 53, m->bytes, m->len);

		assert_int_equal(judge(pair, &p, p.len), expected);
	}
	return expected;
}

static void one_rule_at_a_time(void **state)
{
	static const struct {
		size_t at;
		uint8_t value;
		bool is_sane;
	} changes[] = {
		{ 0, 0xff, true },   { 2, 0x81, false }, { 2, 0x09, false },
		{ 2, 0x05, false },  { 2, 0x03, false }, { 2, 0x00, true },
		{ 3, 0x80, true },   { 3, 0x10, true },  { 3, 0x20, true },
		{ 3, 0x01, false },  { 5, 0, false },    { 5, 2, false },
		{ 4, 1, false },     { 7, 1, false },    { 9, 1, false },
		{ 11, 1, false },    { 11, 3, false },   { 12, 0xc0, false },
		{ 12, 0x40, false }, { 12, 4, false },   { 28, 1, false },
		{ 29, 7, true },
	};
	struct tz_arena *arena = tz_arena_new();
	struct pair pair =
		pair_of(arena, TZ_DNS_LABELS_DEFAULT, TZ_LINK_EN10MB);
	struct message m = query(0);

	(void)state;
	assert_true(check(&pair, &m, TZ_DNS_LABELS_DEFAULT));
	for (size_t i = 0; i < sizeof(changes) / sizeof(*changes); i++) {
		m = query(0);
		m.bytes[changes[i].at] = changes[i].value;
		if (check(&pair, &m, TZ_DNS_LABELS_DEFAULT) !=
		    changes[i].is_sane)
			fail_msg("byte %zu as %u", changes[i].at,
				 changes[i].value);
	}
	/* Without its class, and cut everywhere before. */
	for (m = query(0); m.len;) {
		m.len--;
		assert_false(check(&pair, &m, TZ_DNS_LABELS_DEFAULT));
	}
	tz_arena_free(arena);
}

static void additional_records(void **state)
{
	struct tz_arena *arena = tz_arena_new();
	struct pair pair = pair_of(arena, TZ_DNS_LABELS_MAX, TZ_LINK_RAW);
	struct message m = query(1);

	(void)state;
	PUT(&m, "\0\0\x29\x10\0\0\0\0\0\0\4abc");
	assert_false(check(&pair, &m, TZ_DNS_LABELS_MAX));
	PUT(&m, "d");
	assert_true(check(&pair, &m, TZ_DNS_LABELS_MAX));
	PUT(&m, "more of it");
	assert_true(check(&pair, &m, TZ_DNS_LABELS_MAX));
	/* A signature has a name. */
	m = query(2);
	PUT(&m, "\3key\0\0\xfa\0\xff\0\0\0\0\xff\xff");
	assert_true(check(&pair, &m, TZ_DNS_LABELS_MAX));
	m.len = query(2).len + 10;
	assert_false(check(&pair, &m, TZ_DNS_LABELS_MAX));
	tz_arena_free(arena);
}

/* Names of @n labels of @label_len bytes. */
static struct message long_name(size_t n, size_t label_len)
{
	struct message m = { 0 };

	PUT(&m, "\x12\x34\1\0\0\1\0\0\0\0\0\0");
	while (n--) {
		m.bytes[m.len++] = (uint8_t)label_len;
		memset(m.bytes + m.len, 'a', label_len);
		m.len += label_len;
	}
	PUT(&m, "\0\0\1\0\1");
	return m;
}

static void long_names(void **state)
{
	static const unsigned int limits[] = { 1, 4, 40, 126, 127 };
	struct tz_arena *arena = tz_arena_new();

	(void)state;
	for (size_t i = 0; i < sizeof(limits) / sizeof(*limits); i++) {
		struct pair pair = pair_of(arena, limits[i], TZ_LINK_RAW);

		for (size_t n = 0; n < 130; n++) {
			struct message m = long_name(n, 1);
			bool sane = check(&pair, &m, limits[i]);

			if (n <= 127)
				assert_true(sane);
			if (n > 127 && limits[i] == 127)
				assert_false(sane);
		}
		for (size_t n = 0; n < 6; n++) {
			struct message m = long_name(n, 63);

			check(&pair, &m, limits[i]);
		}
	}
	tz_arena_free(arena);
}

/* The UDP header may promise less than there is, or more. */
static void lengths(void **state)
{
	struct tz_arena *arena = tz_arena_new();
	struct pair pair = pair_of(arena, 40, TZ_LINK_EN10MB);
	struct message m = query(0);
	struct gen_packet p =
		gen_udp(&(struct gen_ip){ .protocol = 17 }, 53, m.bytes, m.len);
	uint8_t *told = p.bytes + p.transport + 4;

	(void)state;
	for (uint32_t len = 0; len < 0x10000; len += len < 90 ? 1 : 997) {
		told[0] = (uint8_t)(len >> 8);
		told[1] = (uint8_t)len;
		assert_int_equal(judge(&pair, &p, p.len), len == 8 + m.len);
	}
	told[0] = 0;
	told[1] = (uint8_t)(8 + m.len);
	for (size_t len = p.transport + 8; len < p.len; len++)
		assert_false(judge(&pair, &p, len));
	/* What is to no port, or another, is none of ours. */
	for (size_t len = GEN_ETH; len < p.transport + 4; len++) {
		assert_false(gen_matches_cut(&pair.sane, &p, len));
		assert_false(gen_matches_cut(&pair.insane, &p, len));
	}
	p.bytes[p.transport + 3] = 54;
	assert_false(gen_matches(&pair.insane, &p));
	assert_false(gen_matches(&pair.sane, &p));
	tz_arena_free(arena);
}

static void at_random(void **state)
{
	struct tz_arena *arena = tz_arena_new();
	struct pair pair = pair_of(arena, 40, TZ_LINK_EN10MB);
	size_t n_sane = 0;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		struct message m = query((uint8_t)gen_random(3));

		if (m.bytes[11])
			PUT(&m, "\0\0\x29\x10\0\0\0\0\0\0\3abc");
		for (uint32_t n = gen_random(3); n--;)
			m.bytes[gen_random((uint32_t)m.len)] =
				gen_random(2) ? (uint8_t)gen_random(256)
					      : (uint8_t)gen_random(4);
		if (gen_random(4) == 0)
			m.len -= gen_random(8);
		n_sane += check(&pair, &m, 40);
	}
	print_message("%zu of 20000 are sane\n", n_sane);
	assert_in_range(n_sane, 4000, 16000);
	tz_arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_rule_at_a_time),
		cmocka_unit_test(additional_records),
		cmocka_unit_test(long_names),
		cmocka_unit_test(lengths),
		cmocka_unit_test(at_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
