/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * p0f signatures: ten systems against packets made for them, each quirk on and
 * off in the packet and in the signature, and signatures of random segments on
 * segments that differ a little. What is right says p0f_help.c.
 */
#include "tests/unit/p0f_systems.h"

struct filter {
	struct tz_arena *arena;
	struct tz_p0f signature;
	struct gen_filter filter[2]; /* of SYN and of SYN+ACK, frames */
};

static struct gen_filter lower_for(const struct filter *f, enum tz_link link,
				   bool is_reply)
{
	struct tz_p0f_options options = { .link = link, .is_reply = is_reply };

	return gen_filter(f->arena,
			  tz_p0f_lower(f->arena, &f->signature, &options),
			  link);
}

static void lower(struct filter *f)
{
	for (int i = 0; i < 2; i++)
		f->filter[i] = lower_for(f, TZ_LINK_EN10MB, i);
}

static struct filter filter_of(const char *signature)
{
	struct filter f = { .arena = tz_arena_new() };
	struct gen_text t = gen_text(f.arena, signature, strlen(signature));

	if (!tz_p0f_parse(f.arena, t.diags, t.span, t.text, t.len,
			  &f.signature))
		fail_msg("%s", gen_said(&t));
	lower(&f);
	return f;
}

/* The filter's verdict, which must be that of p0f_help.c. */
static bool check(const struct filter *f, const struct gen_packet *p,
		  const char *text)
{
	struct p0f_seen seen;
	bool is_seen = p0f_see(p, &seen), matches = false;

	for (int i = 0; i < 2; i++) {
		bool expected = is_seen && seen.is_reply == i &&
				p0f_fits(&f->signature, &seen);

		if (gen_matches(&f->filter[i], p) != expected)
			fail_msg("%s, SYN%s: %s match", text, i ? "+ACK" : "",
				 expected ? "must" : "must not");
		matches |= expected;
	}
	return matches;
}

static void ten_systems(void **state)
{
	(void)state;
	for (size_t i = 0; i < P0F_SYSTEMS; i++) {
		struct filter f = filter_of(p0f_systems[i].signature);

		for (size_t j = 0; j < P0F_SYSTEMS; j++) {
			struct gen_packet p =
				p0f_packet(&p0f_systems[j].segment);

			if (check(&f, &p, p0f_systems[i].signature) != (i == j))
				fail_msg("%s on packet %zu",
					 p0f_systems[i].signature, j);
		}
		tz_arena_free(f.arena);
	}
	for (size_t i = 0; i < 2; i++) {
		struct filter f = filter_of(p0f_replies[i].signature);
		struct gen_packet p = p0f_packet(&p0f_replies[i].segment);

		assert_true(check(&f, &p, p0f_replies[i].signature));
		tz_arena_free(f.arena);
	}
}

static void each_quirk_of_packets(void **state)
{
	(void)state;
	for (size_t i = 0; i < P0F_SYSTEMS; i++) {
		struct filter f = filter_of(p0f_systems[i].signature);

		for (int a = 0; a < P0F_TOGGLES; a++)
			for (int b = a; b < P0F_TOGGLES; b++) {
				struct p0f_segment s = p0f_systems[i].segment;
				struct gen_packet p;

				p0f_toggle(&s, a);
				if (b != a)
					p0f_toggle(&s, b);
				p = p0f_packet(&s);
				check(&f, &p, p0f_systems[i].signature);
			}
		tz_arena_free(f.arena);
	}
}

/* What no signature of that version may say. */
static bool is_refused(const struct tz_p0f *p, uint32_t quirk)
{
	uint32_t of_ipv4 =
		TZ_P0F_DF | TZ_P0F_ID_SET | TZ_P0F_ID_ZERO | TZ_P0F_RESERVED;

	return (!p->ipv4 && quirk & of_ipv4) ||
	       (!p->ipv6 && quirk & TZ_P0F_FLOW);
}

/* Every quirk turned round in the signature, on packets of all kinds. */
static void each_quirk_of_signatures(void **state)
{
	size_t n_matches = 0;

	(void)state;
	for (size_t i = 0; i < P0F_SYSTEMS; i++)
		for (int quirk = 0; quirk < 17; quirk++) {
			struct filter f = filter_of(p0f_systems[i].signature);

			if (is_refused(&f.signature, 1u << quirk)) {
				tz_arena_free(f.arena);
				continue;
			}
			f.signature.quirks ^= 1u << quirk;
			lower(&f);
			for (int a = -1; a < P0F_TOGGLES; a++) {
				struct p0f_segment s = p0f_systems[i].segment;
				struct gen_packet p;

				p0f_toggle(&s, a);
				p = p0f_packet(&s);
				n_matches +=
					check(&f, &p, p0f_systems[i].signature);
			}
			tz_arena_free(f.arena);
		}
	print_message("%zu match\n", n_matches);
	assert_in_range(n_matches, 60, 10000);
}

static size_t random_option(uint8_t *at, size_t left)
{
	static const uint8_t lens[] = { 1, 1, 4, 3, 2, 10, 0, 0, 10, 6 };
	uint8_t kind = (uint8_t) "\1\1\2\2\3\4\4\5\10\10\11\0"[gen_random(12)];
	size_t len = lens[kind];

	for (size_t i = 0; i < left; i++)
		at[i] = gen_random(2) ? 0 : (uint8_t)gen_random(256);
	at[0] = kind;
	if (kind == 0)
		return left;
	if (kind == 9)
		len += gen_random(6);
	if (left > 1 && len > 1)
		at[1] = (uint8_t)len;
	if (left > 1 && gen_random(24) == 0)
		at[1] = (uint8_t)gen_random(48);
	if (kind == 2 && left > 3)
		memcpy(at + 2, "\5\xb4", 2);
	return len > left ? left : len;
}

static struct p0f_segment random_segment(void)
{
	static const uint16_t flags[] = { 2, 2, 2, 0x12, 0x0a, 0x22, 0x42 };
	struct p0f_segment s = {
		.is_ipv6 = gen_random(2),
		.ttl = (uint8_t)(20 + gen_random(100)),
		.tos = gen_random(4) ? 0 : (uint8_t)gen_random(256),
		.id = gen_random(2) ? 0 : 7,
		.fragment = gen_random(2) ? 0 : 0x4000,
		.flow_label = gen_random(2) ? 0 : gen_random(1 << 20),
		.ip_option_words = gen_random(4) ? 0 : (uint8_t)gen_random(11),
		.n_headers = gen_random(4) ? 0 : gen_random(4),
		.seq = gen_random(4),
		.ack = gen_random(2),
		.flags = flags[gen_random(7)],
		.window = (uint16_t)(1460 * gen_random(5) + 40 * gen_random(2)),
		.urgent = gen_random(3) ? 0 : 1,
		.payload_len = gen_random(2) * 5,
	};
	size_t n = gen_random(11) * 4;

	while (s.options_len < n)
		s.options_len += random_option(s.options + s.options_len,
					       n - s.options_len);
	if (gen_random(2))
		s.window = (uint16_t)(1460 + 40 * gen_random(2)) * 3;
	return s;
}

static void change(struct p0f_segment *s)
{
	uint32_t which = gen_random(P0F_TOGGLES + 6);

	if (which < P0F_TOGGLES)
		p0f_toggle(s, (int)which);
	else if (s->options_len)
		s->options[gen_random((uint32_t)s->options_len)] ^=
			(uint8_t)(1 << gen_random(4));
}

static void at_random(void **state)
{
	size_t n_matches = 0, n_bad = 0, n = 0;

	(void)state;
	for (int round = 0; round < 4000; round++) {
		struct p0f_segment s = random_segment(), other;
		struct gen_packet p = p0f_packet(&s);
		struct p0f_seen seen;
		struct filter f;
		char text[512];

		if (!p0f_see(&p, &seen))
			continue;
		p0f_describe(&seen, text, sizeof(text));
		/* Of any version, and a quirk that one of them has not. */
		if (text[0] != '*' && seen.is_ipv6 != (text[0] == '6'))
			continue;
		f = filter_of(text);
		if (!check(&f, &p, text) &&
		    !(f.signature.ipv4 && f.signature.ipv6))
			fail_msg("%s must match", text);
		n_bad += (seen.quirks & TZ_P0F_BAD) != 0;
		for (int i = 0; i < 24; i++) {
			other = s;
			for (uint32_t j = gen_random(3); j--;)
				change(&other);
			p = p0f_packet(&other);
			n_matches += check(&f, &p, text);
			n++;
		}
		tz_arena_free(f.arena);
	}
	print_message("%zu of %zu match; %zu malformed\n", n_matches, n, n_bad);
	assert_in_range(n_matches * 5, n, n * 4);
	assert_in_range(n_bad, 200, 4000);
}

/* A segment may end anywhere; what the IP header promises must be there. */
static void cut_short(void **state)
{
	(void)state;
	for (size_t i = 0; i < P0F_SYSTEMS; i++) {
		struct filter f = filter_of(p0f_systems[i].signature);
		struct gen_packet p = p0f_packet(&p0f_systems[i].segment);

		for (size_t len = GEN_ETH; len < p.len; len++)
			assert_false(gen_matches_cut(&f.filter[0], &p, len));
		/* Padding of Ethernet is not of the packet. */
		p.len += 8;
		assert_true(check(&f, &p, p0f_systems[i].signature));
		tz_arena_free(f.arena);
	}
}

static void links(void **state)
{
	static const enum tz_link all[] = { TZ_LINK_RAW, TZ_LINK_IPV4,
					    TZ_LINK_IPV6, TZ_LINK_NET };

	(void)state;
	for (size_t i = 0; i < P0F_SYSTEMS * 4; i++) {
		const struct p0f_system *system = &p0f_systems[i / 4];
		enum tz_link link = all[i % 4];
		struct filter f = filter_of(system->signature);
		struct p0f_segment s = system->segment;
		struct gen_packet p = p0f_packet(&s);
		bool is_there =
			link != (s.is_ipv6 ? TZ_LINK_IPV4 : TZ_LINK_IPV6);
		struct gen_filter filter = lower_for(&f, link, false);

		if (is_there)
			assert_true(gen_matches(&filter, &p));
		s.flags = 0x10;
		p = p0f_packet(&s);
		if (is_there)
			assert_false(gen_matches(&filter, &p));
		tz_arena_free(f.arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ten_systems),
		cmocka_unit_test(each_quirk_of_packets),
		cmocka_unit_test(each_quirk_of_signatures),
		cmocka_unit_test(at_random),
		cmocka_unit_test(cut_short),
		cmocka_unit_test(links),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
