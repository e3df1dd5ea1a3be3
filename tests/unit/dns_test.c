/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * DNS patterns against a matcher of the test's own, which takes names apart
 * and compares label by label, over names made of few letters so that many
 * match; and what is found of the headers before them.
 */
#include "lower/dns.h"
#include "tests/unit/gen_help.h"

#include <ctype.h>

struct message {
	uint8_t bytes[512];
	size_t len;
	size_t question_end;
};

static void put_name(struct message *m, const char *labels[], size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t len = strlen(labels[i]);

		m->bytes[m->len++] = (uint8_t)len;
		memcpy(m->bytes + m->len, labels[i], len);
		m->len += len;
	}
	m->bytes[m->len++] = 0;
}

/* A query for A of the name; names come as "www.example.com". */
static struct message query(const char *name)
{
	struct message m = { .len = 12 };
	char copy[256];
	const char *labels[128];
	size_t n = 0;

	snprintf(copy, sizeof(copy), "%s", name);
	for (char *s = strtok(copy, "."); s; s = strtok(NULL, "."))
		labels[n++] = s;
	m.bytes[2] = 1; /* RD */
	m.bytes[5] = 1;
	put_name(&m, labels, n);
	memcpy(m.bytes + m.len, "\0\1\0\1", 4);
	m.len += 4;
	m.question_end = m.len;
	return m;
}

/* The reference: globs of one label, by trying. */
static bool label_matches(const char *p, size_t p_len, const uint8_t *s,
			  size_t s_len, bool icase)
{
	unsigned int min = 0, max = 63;
	size_t used = 1;

	if (!p_len)
		return !s_len;
	if (*p != '*') {
		bool same = s_len &&
			    (*p == '?' || (uint8_t)*p == *s ||
			     (icase && tolower((uint8_t)*p) == tolower(*s)));

		return same &&
		       label_matches(p + 1, p_len - 1, s + 1, s_len - 1, icase);
	}
	if (p_len > 1 && p[1] == '{') {
		int n = 0;

		if (sscanf(p, "*{%u-%u}%n", &min, &max, &n) < 2 || !n) {
			sscanf(p, "*{%u}%n", &min, &n);
			max = min;
		}
		used = (size_t)n;
	}
	for (size_t i = min; i <= max && i <= s_len; i++)
		if (label_matches(p + used, p_len - used, s + i, s_len - i,
				  icase))
			return true;
	return false;
}

/* Whether the name at the @len bytes of @s matches; it may be cut. */
static bool name_matches(const char *pattern, const uint8_t *s, size_t len,
			 bool icase)
{
	for (;;) {
		size_t label_len = strcspn(pattern, ".");

		if (strcmp(pattern, "**") == 0)
			return len >= 5;
		if (!*pattern || strcmp(pattern, ".") == 0)
			return len >= 5 && s[0] == 0;
		if (!len || s[0] == 0 || s[0] > 63 || len < s[0] + 1u ||
		    !label_matches(pattern, label_len, s + 1, s[0], icase))
			return false;
		len -= s[0] + 1u;
		s += s[0] + 1;
		pattern += label_len;
		if (*pattern == '.' && pattern[1])
			pattern++;
	}
}

static const struct tz_dns_options any_link = {
	.link = TZ_LINK_EN10MB,
	.ipv4 = true,
	.ipv6 = true,
	.port = TZ_DNS_PORT,
	.n_headers = 4,
};

static struct gen_filter lower(struct tz_arena *arena, const char *patterns[],
			       size_t n, const struct tz_dns_options *options)
{
	struct tz_dns_name names[8];

	for (size_t i = 0; i < n; i++) {
		struct gen_text t =
			gen_text(arena, patterns[i], strlen(patterns[i]));

		if (!tz_dns_parse(arena, t.diags, t.span, t.text, t.len,
				  &names[i]))
			fail_msg("%s", gen_said(&t));
	}
	return gen_filter(arena, tz_dns_lower(arena, names, n, options),
			  options->link);
}

static bool matches(struct tz_arena *arena, const char *pattern,
		    const struct tz_dns_options *options,
		    const struct gen_packet *packet)
{
	struct gen_filter filter = lower(arena, &pattern, 1, options);

	return gen_matches(&filter, packet);
}

static bool one(const char *pattern, const char *name, bool icase)
{
	struct tz_arena *arena = tz_arena_new();
	struct tz_dns_options options = any_link;
	struct message m = query(name);
	struct gen_packet p =
		gen_udp(&(struct gen_ip){ .protocol = 17 }, 53, m.bytes, m.len);
	bool is_match;

	options.ignores_case = icase;
	is_match = matches(arena, pattern, &options, &p);
	tz_arena_free(arena);
	return is_match;
}

static void forms(void **state)
{
	(void)state;
	assert_true(one("example.com", "example.com", false));
	assert_true(one("example.com.", "example.com", false));
	assert_false(one("example.com", "www.example.com", false));
	assert_false(one("example.com", "example.co", false));
	assert_false(one("example.com", "eXample.com", false));
	assert_true(one("example.com", "eXaMPLE.cOm", true));
	assert_true(one("EXAMPLE.com", "exaMPLE.cOm", true));
	assert_true(one(".", "", false));
	assert_false(one(".", "com", false));
	assert_true(one("*.example.com", "a.example.com", false));
	assert_false(one("*.example.com", "example.com", false));
	assert_false(one("*.example.com", "a.b.example.com", false));
	assert_true(one("ex*{3-8}.test", "exabc.test", false));
	assert_false(one("ex*{3-8}.test", "exab.test", false));
	assert_true(one("ex*{3-8}.test", "exabcdefgh.test", false));
	assert_false(one("ex*{3-8}.test", "exabcdefghi.test", false));
	assert_true(one("ex*", "ex", false));
	assert_true(one("*{3}.com", "abc.com", false));
	assert_false(one("*{3}.com", "abcd.com", false));
	assert_true(one("fin?.me", "fint.me", false));
	assert_false(one("fin?.me", "fin.me", false));
	assert_true(one("example.**", "example", false));
	assert_true(one("example.**", "example.co.uk", false));
	assert_false(one("example.**", "examples.co.uk", false));
	assert_true(one("**", "any.thing", false));
	assert_true(one("**", "", false));
	assert_true(one("a\\*\\066", "a*B", false));
	assert_false(one("a\\*\\066", "aBB", false));
	/* Letters fold, and nothing else. */
	assert_false(one("a@1", "a`1", true));
	assert_false(one("[", "{", true));
	assert_false(one("1.", "\x11", true));
}

/* A long tail before a short head: offsets stay in the packet. */
static void tails(void **state)
{
	const char *tail =
		"*aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeee";

	(void)state;
	assert_true(one(tail, tail + 1, false));
	assert_true(one(tail,
			"xyaaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeee"
			"eeeeee",
			false));
	assert_false(one(tail, tail + 2, false));
	assert_true(one("*.*.*.*.*.*.c", "a.bb.ccc.dddd.eeeee.f.c", false));
	assert_false(one("*.*.*.*.*.*.c", "a.bb.ccc.dddd.eeeee.c", false));
}

static void random_label(char *out, const char *letters)
{
	size_t n = 1 + gen_random(5);

	for (size_t i = 0; i < n; i++)
		*out++ = letters[gen_random((uint32_t)strlen(letters))];
	*out = 0;
}

/* At most one star in each label; a name may end in a label of **. */
static void random_pattern(char *out)
{
	static const char *const stars[] = { "*", "*", "*{1}", "*{0-2}",
					     "*{2-9}" };
	size_t n = gen_random(4);

	*out = 0;
	for (size_t i = 0; i < n; i++) {
		char label[16], end[8];

		if (i)
			strcat(out, ".");
		random_label(label, "aabB?");
		if (gen_random(3) == 0) {
			label[gen_random(3)] = 0;
			strcat(label, stars[gen_random(5)]);
			if (gen_random(2)) {
				random_label(end, "ab");
				strcat(label, end);
			}
		}
		strcat(out, label);
	}
	if (!n)
		strcpy(out, gen_random(2) ? "." : "**");
	else if (gen_random(4) == 0)
		strcat(out, ".**");
}

/* A name; every other one follows @pattern. */
static void random_name(char *out, const char *pattern)
{
	size_t n = gen_random(4);

	*out = 0;
	if (gen_random(2)) {
		while (*pattern) {
			size_t stands_for = gen_random(4);

			if (*pattern == '{')
				pattern += strcspn(pattern, "}");
			else if (*pattern == '?')
				*out++ = "abA"[gen_random(3)];
			else if (*pattern != '*')
				*out++ = gen_random(12) ? *pattern : 'b';
			else
				while (stands_for--)
					*out++ = "abB"[gen_random(3)];
			pattern++;
		}
		*out = 0;
		return;
	}
	for (size_t i = 0; i < n; i++) {
		random_label(out, "aabAB");
		out += strlen(out);
		strcpy(out, ".");
		out++;
	}
}

static bool reference(const char *patterns[], size_t n, const struct message *m,
		      size_t cut, bool icase)
{
	for (size_t i = 0; i < n; i++)
		if (name_matches(patterns[i], m->bytes + 12, m->len - 12 - cut,
				 icase))
			return true;
	return false;
}

static void at_random(void **state)
{
	size_t n_matches = 0, n_all = 0;

	(void)state;
	for (int round = 0; round < 1500; round++) {
		struct tz_arena *arena = tz_arena_new();
		char text[3][128], name[256];
		const char *patterns[3] = { text[0], text[1], text[2] };
		size_t n = 1 + gen_random(3);
		struct tz_dns_options options = any_link;
		struct gen_filter filter;

		for (size_t i = 0; i < n; i++)
			random_pattern(text[i]);
		options.ignores_case = gen_random(2);
		filter = lower(arena, patterns, n, &options);
		for (int i = 0; i < 40; i++) {
			struct message m;
			struct gen_packet p;
			bool is_match, expected;

			random_name(name, text[gen_random((uint32_t)n)]);
			m = query(name);
			p = gen_udp(&(struct gen_ip){ .protocol = 17 }, 53,
				    m.bytes, m.len);
			is_match = gen_matches(&filter, &p);
			expected = reference(patterns, n, &m, 0,
					     options.ignores_case);
			if (is_match != expected)
				fail_msg("%s of %zu (icase %d) on %s: %d",
					 text[0], n, options.ignores_case, name,
					 is_match);
			n_matches += is_match;
			n_all++;
		}
		tz_arena_free(arena);
	}
	print_message("%zu of %zu match\n", n_matches, n_all);
	assert_in_range(n_matches * 10, n_all, n_all * 9);
}

/* One pattern: a packet may end anywhere. */
static void cut_short(void **state)
{
	static const char *const patterns[] = { "aab.ba", "*.ba",  "a*b.**",
						"**",     "a?b.*", "*{3}a.ba" };
	static const char *const names[] = { "aab.ba", "aaba.ba", "", "abb.c" };

	(void)state;
	for (size_t i = 0; i < sizeof(patterns) / sizeof(*patterns); i++) {
		struct tz_arena *arena = tz_arena_new();
		const char *pattern = patterns[i];
		struct gen_filter filter = lower(arena, &pattern, 1, &any_link);

		for (size_t j = 0; j < sizeof(names) / sizeof(*names); j++) {
			struct message m = query(names[j]);
			struct gen_packet p =
				gen_udp(&(struct gen_ip){ .protocol = 17 }, 53,
					m.bytes, m.len);

			for (size_t cut = 0; cut <= m.len - 12; cut++)
				assert_int_equal(
					gen_matches_cut(&filter, &p,
							p.len - cut),
					reference(&pattern, 1, &m, cut, false));
			for (size_t len = GEN_ETH; len < p.len - m.len + 12;
			     len++)
				assert_false(gen_matches_cut(&filter, &p, len));
		}
		tz_arena_free(arena);
	}
}

struct header_case {
	uint16_t port;
	bool is_found;
	struct gen_ip ip;
};

#define IPV6(...)                                            \
	{                                                    \
		.is_ipv6 = true, .protocol = 17, __VA_ARGS__ \
	}
#define HEADERS(n, ...) .n_headers = (n), .headers = { __VA_ARGS__ }

static const struct header_case header_cases[] = {
	{ 53, true, { .protocol = 17 } },
	{ 54, false, { .protocol = 17 } },
	{ 53, false, { .protocol = 6 } },
	{ 53, true, { .protocol = 17, .option_words = 3 } },
	{ 53, true, { .protocol = 17, .option_words = 10 } },
	{ 53, true, { .protocol = 17, .fragment = 0x4000 } },
	{ 53, false, { .protocol = 17, .fragment = 0x2000 } },
	{ 53, false, { .protocol = 17, .fragment = 0x0001 } },
	{ 53, true, IPV6() },
	{ 5353, false, IPV6() },
	{ 53, false, { .is_ipv6 = true, .protocol = 6 } },
	{ 53, true, IPV6(HEADERS(1, 0)) },
	{ 53, true, IPV6(HEADERS(4, 60, 43, 51, 0)) },
	{ 53, false, IPV6(HEADERS(5, 60, 60, 60, 60, 60)) },
	{ 53, false, IPV6(HEADERS(1, 44)) },
	{ 53, false, IPV6(HEADERS(1, 50)) },
};

static void headers(void **state)
{
	static const enum tz_link links[] = { TZ_LINK_EN10MB, TZ_LINK_RAW,
					      TZ_LINK_IPV4, TZ_LINK_IPV6 };
	const char *pattern = "*.b";
	struct message m = query("aa.b");
	struct tz_arena *arena = tz_arena_new();

	(void)state;
	for (size_t i = 0; i < sizeof(header_cases) / sizeof(*header_cases);
	     i++) {
		const struct header_case *c = &header_cases[i];
		struct gen_packet p = gen_udp(&c->ip, c->port, m.bytes, m.len);

		for (size_t j = 0; j < 4 * 3; j++) {
			struct tz_dns_options options = {
				.link = links[j / 3],
				.ipv4 = j % 3 != 1,
				.ipv6 = j % 3 != 2,
				.port = 53,
				.n_headers = 4,
			};
			enum tz_link link = options.link;
			bool is_asked =
				c->ip.is_ipv6 ? options.ipv6 : options.ipv4;
			bool is_linked =
				link < TZ_LINK_IPV4 ||
				(link == TZ_LINK_IPV6) == c->ip.is_ipv6;
			struct gen_filter filter =
				lower(arena, &pattern, 1, &options);

			/* Another link type would not have this packet. */
			if (is_linked)
				assert_int_equal(gen_matches(&filter, &p),
						 c->is_found && is_asked);
		}
	}
	tz_arena_free(arena);
}

/* Bare: the headers are as the rule before says, and only they are skipped. */
static void bare(void **state)
{
	const char *pattern = "*.b";
	struct message m = query("aa.b");
	struct tz_arena *arena = tz_arena_new();

	(void)state;
	for (int is_ipv6 = 0; is_ipv6 < 2; is_ipv6++) {
		struct gen_ip ip = { .is_ipv6 = is_ipv6, .protocol = 17 };
		struct gen_packet p = gen_udp(&ip, 1000, m.bytes, m.len);

		for (int both = 0; both < 2; both++) {
			struct tz_dns_options options = {
				.link = TZ_LINK_RAW,
				.ipv4 = both || !is_ipv6,
				.ipv6 = both || is_ipv6,
				.is_bare = true,
			};

			assert_true(matches(arena, pattern, &options, &p));
		}
	}
	tz_arena_free(arena);
}

static void sockets(void **state)
{
	const char *pattern = "*.b";
	struct message m = query("aa.b");
	struct tz_arena *arena = tz_arena_new();
	struct tz_dns_options options = any_link;
	struct gen_packet p;

	(void)state;
	options.link = TZ_LINK_NET;
	for (int is_ipv6 = 0; is_ipv6 < 2; is_ipv6++) {
		p = gen_udp(&(struct gen_ip){ .is_ipv6 = is_ipv6,
					      .protocol = 17,
					      .option_words = 2 },
			    53, m.bytes, m.len);
		options.ipv6 = true;
		assert_true(matches(arena, pattern, &options, &p));
		options.ipv6 = false;
		assert_int_equal(matches(arena, pattern, &options, &p),
				 !is_ipv6);
	}
	tz_arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forms),     cmocka_unit_test(tails),
		cmocka_unit_test(at_random), cmocka_unit_test(cut_short),
		cmocka_unit_test(headers),   cmocka_unit_test(bare),
		cmocka_unit_test(sockets)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
