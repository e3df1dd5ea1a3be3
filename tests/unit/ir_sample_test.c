/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The sampler: that its packets are what sample.h says, hit every rule, touch
 * the bounds of every interval, and are the same for the same seed.
 */
#include "ir_help.h"

#include "ir/sample.h"

static const char rules4[] =
	"chain v4 raw \"PREROUTING\" policy accept {"
	"rule \"\" ip.src in {127.0.0.0-127.255.255.255} => drop "
	"rule \"\" ip.src in {192.0.2.0-192.0.2.255} => jump \"tcp\" }"
	"chain v4 raw \"tcp\" {"
	"rule \"\" ip.proto in {6} header 6 20 offset_one native "
	"tcp.flags & 23 = 2 => jump \"ports\" "
	"rule \"\" ip.proto in {1} header 1 8 icmp.type in {13} => drop }"
	"chain v4 raw \"ports\" {"
	"rule \"\" ip.proto in {6} header 6 4 any (l4.sport in {7-9}, "
	"l4.dport in {1000-2000}) not ip.dst in {0.0.0.0-198.51.100.6, "
	"198.51.100.8-255.255.255.255} => drop "
	"rule \"\" header 6 4 l4.dport in {65535} mac.src in "
	"{0a:00:00:00:00:01} => drop }"
	"chain v4 filter \"INPUT\" policy accept {"
	"rule \"\" ip.proto in {17} header 17 8 native l4.dport in {53, 123} "
	"ip.src & 255.0.0.255 = 10.0.0.1 => accept }";

static const char rules6[] =
	"chain v6 filter \"INPUT\" policy accept {"
	"rule \"\" ip.src in {2001:db8::-2001:db8::ffff} ip.proto in {58} "
	"header 58 8 icmp.type in {128} icmp.code in {0} => accept "
	"rule \"\" ip.proto in {17} header 17 8 native "
	"l4.sport in {500-600} => jump \"x\" }"
	"chain v6 filter \"x\" { rule \"\" ip.dst in {2001:db8:ffff::7} "
	"=> drop }";

static struct tz_sample_options plain(enum tz_family family)
{
	return (struct tz_sample_options){
		.seed = 7,
		.family = family,
		.src_mac = { 2, 0, 0, 0, 0, 1 },
		.dst_mac = { 2, 0, 0, 0, 0, 2 },
	};
}

static uint32_t sum_words(uint32_t sum, const uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		sum += (uint32_t)p[i] << (i % 2 ? 0 : 8);
	return sum;
}

/* Whether the checksum of TCP, UDP or ICMP holds; true for others. */
static bool l4_checksum_holds(const struct tz_packet *p)
{
	const uint8_t *ip = p->frame + p->l3;
	uint32_t sum = sum_words(0, p->frame + p->l4, p->l4_len);

	if (p->proto != 1 && p->proto != 6 && p->proto != 17 && p->proto != 58)
		return true;
	if (p->proto == 58 && p->family == TZ_IPV4)
		return true;
	if (p->proto != 1) {
		sum += p->proto + (uint32_t)p->l4_len;
		sum = p->family == TZ_IPV4 ? sum_words(sum, ip + 12, 8)
					   : sum_words(sum, ip + 8, 32);
	}
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum == 0xffff;
}

static void check_plain(const char *text, enum tz_family family)
{
	const struct tz_sample_options options = plain(family);
	struct tz_sampler *sampler =
		tz_sampler_new(help_arena, help_ir(text), &options);
	struct tz_sample_frame frame;

	for (int i = 0; i < 5000; i++) {
		struct tz_packet p;

		tz_sampler_next(sampler, &frame);
		assert_int_equal(frame.kind, TZ_SAMPLE_PLAIN);
		assert_int_equal(frame.train, 0);
		if (tz_packet_parse(frame.bytes, frame.len, options.dst_mac,
				    &p) == TZ_PACKET_UNFILTERED) {
			/* only what IPv6 forbids (1.7): pools make no ::1 */
			assert_int_equal(family, TZ_IPV6);
			continue;
		}
		assert_int_equal(p.frame_len, p.l3 + p.ip_len);
		assert_false(p.is_fragment);
		assert_true(l4_checksum_holds(&p));
	}
}

static void plain_packets_are_well_formed(void **state)
{
	(void)state;
	check_plain(rules4, TZ_IPV4);
	check_plain(rules6, TZ_IPV6);
}

/* Counts, by rule, the packets that it took. */
static void count_hits(const struct tz_ir *ir, enum tz_family family,
		       bool avoids_martians, unsigned int *hits)
{
	struct tz_sample_options options = plain(family);
	struct tz_sampler *sampler;
	struct tz_sample_frame frame;

	options.avoids_martians = avoids_martians;
	sampler = tz_sampler_new(help_arena, ir, &options);
	for (int i = 0; i < 4000; i++) {
		const struct tz_eval_options eval = { .ifname = "eth0" };
		uint32_t ids[16];
		struct tz_eval_result result = { .counted = ids,
						 .counted_max = 16 };
		struct tz_packet packet;

		tz_sampler_next(sampler, &frame);
		if (tz_packet_parse(frame.bytes, frame.len, NULL, &packet) ==
		    TZ_PACKET_UNFILTERED)
			continue;
		tz_eval_verdict(ir, &packet, TZ_ROUTE_INPUT, &eval, &result);
		for (size_t j = 0; j < result.n_counted; j++)
			hits[ids[j]]++;
	}
}

static void every_rule_is_hit(void **state)
{
	static const struct {
		const char *text;
		enum tz_family family;
	} cases[] = { { rules4, TZ_IPV4 }, { rules6, TZ_IPV6 } };

	(void)state;
	for (int i = 0; i < 4; i++) {
		const struct tz_ir *ir = help_ir(cases[i / 2].text);
		unsigned int hits[32] = { 0 };

		count_hits(ir, cases[i / 2].family, i % 2, hits);
		for (size_t id = 0; id < ir->counted.n; id++)
			if (hits[id] < 50)
				fail_msg("case %d: %zu is hit %u times", i, id,
					 hits[id]);
	}
}

/* Ports 999, 1000, 2000, 2001 and the like all occur. */
static void bounds_are_touched(void **state)
{
	static const uint16_t dports[] = { 999, 1000, 2000, 2001, 52,
					   53,  54,   122,  124,  65534 };
	const struct tz_sample_options options = plain(TZ_IPV4);
	struct tz_sampler *sampler =
		tz_sampler_new(help_arena, help_ir(rules4), &options);
	struct tz_sample_frame frame;
	static unsigned int seen[65536];

	(void)state;
	for (int i = 0; i < 20000; i++) {
		tz_sampler_next(sampler, &frame);
		seen[frame.bytes[36] << 8 | frame.bytes[37]]++;
	}
	for (size_t i = 0; i < sizeof(dports) / sizeof(dports[0]); i++)
		if (seen[dports[i]] < 5)
			fail_msg("port %u is seen %u times", dports[i],
				 seen[dports[i]]);
}

static bool is_martian(const uint8_t *address)
{
	return address[0] == 0 || address[0] == 127 || address[0] >= 224;
}

/* But a rule of raw is hit by them. */
static void martians_are_avoided(void **state)
{
	struct tz_sample_options options = plain(TZ_IPV4);
	struct tz_sampler *sampler;
	struct tz_sample_frame frame;
	const struct tz_ir *ir = help_ir(rules4);
	int n = 0;

	(void)state;
	options.avoids_martians = true;
	sampler = tz_sampler_new(help_arena, ir, &options);
	for (int i = 0; i < 5000; i++) {
		tz_sampler_next(sampler, &frame);
		assert_false(is_martian(frame.bytes + 30));
		if (!is_martian(frame.bytes + 26))
			continue;
		assert_ptr_equal(frame.rule, ir->chains.at[0]->rules.at[0]);
		n++;
	}
	assert_true(n > 100);
}

static void shares_are_kept(void **state)
{
	struct tz_sample_options options = plain(TZ_IPV4);
	struct tz_sampler *sampler;
	struct tz_sample_frame frame;
	uint32_t last_train = 0;
	int n[5] = { 0 };

	(void)state;
	options.fragments = 16;
	options.short_ones = 64;
	options.odd = 64;
	options.random = 64;
	sampler = tz_sampler_new(help_arena, help_ir(rules4), &options);
	for (int i = 0; i < 10000; i++) {
		tz_sampler_next(sampler, &frame);
		assert_in_range(frame.len, 14, TZ_SAMPLE_FRAME_MAX);
		if (frame.kind != TZ_SAMPLE_FRAGMENT) {
			n[frame.kind]++;
			assert_int_equal(frame.train, 0);
			continue;
		}
		n[TZ_SAMPLE_FRAGMENT] += frame.train != last_train;
		assert_in_range(frame.train, 1, last_train + 1);
		last_train = frame.train;
	}
	assert_in_range(n[TZ_SAMPLE_SHORT], 1500, 3000);
	assert_in_range(n[TZ_SAMPLE_ODD], 1500, 3000);
	assert_in_range(n[TZ_SAMPLE_RANDOM], 1500, 3000);
	assert_in_range(n[TZ_SAMPLE_FRAGMENT], 250, 900);
}

/* What the variations are for: each kind of packet is there. */
static void odd_forms_occur(void **state)
{
	enum {
		OPTIONS,
		EXTENSION,
		LONG_CHAIN,
		UNPARSED,
		ODD_LENGTH,
		TAG,
		UNFILTERED,
		SHORT,
		LATER,
		OVERLONG,
		N_FORMS
	};
	unsigned int n[N_FORMS] = { 0 };

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct tz_sample_options options = plain(i ? TZ_IPV6 : TZ_IPV4);
		struct tz_sampler *sampler;
		struct tz_sample_frame frame;

		options.fragments = options.short_ones = options.odd = 80;
		sampler = tz_sampler_new(
			help_arena, help_ir(i ? rules6 : rules4), &options);
		for (int j = 0; j < 20000; j++) {
			struct tz_packet p;

			tz_sampler_next(sampler, &frame);
			n[TAG] += frame.bytes[12] == 0x81;
			if (tz_packet_parse(frame.bytes, frame.len,
					    options.dst_mac,
					    &p) == TZ_PACKET_UNFILTERED) {
				n[UNFILTERED]++;
				continue;
			}
			n[OPTIONS] += !i && p.l4 - p.l3 > 20;
			n[EXTENSION] += i && p.l4 - p.l3 > 40;
			n[LONG_CHAIN] += i && p.l4 - p.l3 > 200;
			n[UNPARSED] += !p.has_proto;
			n[ODD_LENGTH] += p.has_odd_extensions;
			n[SHORT] += p.l4_len < 8;
			n[LATER] += p.fragment_offset != 0;
			n[OVERLONG] += p.l3 + p.ip_len < p.frame_len;
		}
	}
	for (int i = 0; i < N_FORMS; i++)
		if (n[i] < 20)
			fail_msg("form %d occurs %u times", i, n[i]);
}

static void a_seed_gives_the_same_packets(void **state)
{
	struct tz_sample_options options = plain(TZ_IPV6);
	static struct tz_sample_frame a, b;
	int n_different = 0;

	(void)state;
	options.fragments = options.odd = options.random = 60;

	const struct tz_ir *ir = help_ir(rules6);
	struct tz_sampler *one = tz_sampler_new(help_arena, ir, &options);
	struct tz_sampler *same = tz_sampler_new(help_arena, ir, &options);

	options.seed++;

	struct tz_sampler *other = tz_sampler_new(help_arena, ir, &options);

	for (int i = 0; i < 1000; i++) {
		tz_sampler_next(one, &a);
		tz_sampler_next(same, &b);
		assert_int_equal(a.len, b.len);
		assert_memory_equal(a.bytes, b.bytes, a.len);
		tz_sampler_next(other, &b);
		n_different +=
			a.len != b.len || memcmp(a.bytes, b.bytes, a.len);
	}
	assert_true(n_different > 900);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_packets_are_well_formed),
		cmocka_unit_test(every_rule_is_hit),
		cmocka_unit_test(bounds_are_touched),
		cmocka_unit_test(martians_are_avoided),
		cmocka_unit_test(shares_are_kept),
		cmocka_unit_test(odd_forms_occur),
		cmocka_unit_test(a_seed_gives_the_same_packets),
	};

	return cmocka_run_group_tests(tests, help_setup, help_teardown);
}
