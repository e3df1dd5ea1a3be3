/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Random rule sets and packets from them: tz_eval_possible must say what brute
 * force says, and the text form must come back the same.
 */
#include "ir_help.h"

#include "ir/sample.h"

#define UNKNOWN "opaque \"state\" pure \"\" "
#define LIMIT "opaque \"limit\" writes \"\" "

static uint64_t random_state;

static unsigned int below(unsigned int n)
{
	random_state =
		random_state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned int)(random_state >> 33) % n;
}

static const char *pick(const char *const *list, unsigned int n)
{
	return list[below(n)];
}

#define PICK(list) pick(list, sizeof(list) / sizeof((list)[0]))

static const char *address(enum tz_family family)
{
	static const char *const v4[] = {
		"ip.src in {0.0.0.0-127.255.255.255} ",
		"ip.dst in {128.0.0.0-255.255.255.255} ",
		"not ip.src in {10.0.0.0-200.0.0.0} ",
	};
	static const char *const v6[] = {
		"ip.src in {::-7fff::} ",
		"ip.dst in {8000::-ffff::} ",
		"not ip.src in {2000::-c000::} ",
	};

	return family == TZ_IPV4 ? PICK(v4) : PICK(v6);
}

static const char *match(enum tz_family family)
{
	static const char *const matches[] = {
		"ip.proto in {17} header 17 8 native l4.dport in {0-30000} ",
		"ip.proto in {6} header 6 20 offset_one native "
		"tcp.flags & 9 = 0 ",
		"ip.proto in {6} header 6 20 offset_one native "
		"tcp.flags & 2 = 2 not l4.sport in {7-9000} ",
		"ip.proto in {6, 17} header 17 4 "
		"any (l4.sport in {1000-60000}, l4.dport in {1000-60000}) ",
		"header 17 4 not any (l4.sport in {1000-60000}, "
		"all (" UNKNOWN ", l4.dport in {1-60000})) ",
		"ip.proto in {6} ",
		"not ip.proto in {17} ",
		"ip.proto in {0-255} ",
		"ip.later_fragment in {1} ",
		"not ip.later_fragment in {1} ",
		"iface \"eth\" prefix ",
		"not iface \"eth0\" ",
		"mac.src in {02:00:00:00:00:01} ",
		UNKNOWN,
		UNKNOWN,
		"not " UNKNOWN,
	};

	if (!below(24))
		return LIMIT;
	return below(4) ? PICK(matches) : address(family);
}

static void random_rule(struct tz_buf *buf, enum tz_family family,
			const char *callee)
{
	static const char *const verdicts[] = {
		"drop", "drop",   "drop",     "drop",   "drop", "accept",
		"drop", "return", "continue", "modify", "drop", "return",
	};

	tz_buf_puts(buf, "rule \"\" ");
	for (unsigned int n = below(3); n; n--)
		tz_buf_puts(buf, match(family));
	if (callee && below(2))
		tz_buf_printf(buf, "=> %s \"%s\"", below(3) ? "jump" : "goto",
			      callee);
	else if (!below(40))
		tz_buf_puts(buf, below(2) ? "=> log " : "=> reject ");
	else
		tz_buf_printf(buf, "=> %s ", PICK(verdicts));
}

/* A base chain and two user chains, which may be called more than once. */
static void random_table(struct tz_buf *buf, enum tz_family family,
			 const char *table, const char *hook)
{
	const char *const suffixes[] = { "", "a", "b" };

	for (unsigned int i = 0; i < 3; i++) {
		tz_buf_printf(buf, "chain v%d %s \"%s%s\" %s {", (int)family,
			      table, hook, suffixes[i],
			      i          ? ""
			      : below(3) ? "policy drop"
					 : "policy accept");
		for (unsigned int n = below(5); n; n--) {
			char callee[32];

			snprintf(callee, sizeof(callee), "%s%s", hook,
				 suffixes[i < 2 ? i + 1 + below(2 - i) : 0]);
			random_rule(buf, family,
				    i < 2 && below(2) ? callee : NULL);
		}
		tz_buf_puts(buf, "}\n");
	}
}

static struct tz_ir *random_rules(enum tz_family family, char **text)
{
	struct tz_buf buf = { 0 };

	random_table(&buf, family, "raw", "PREROUTING");
	random_table(&buf, family, "filter", "INPUT");
	random_table(&buf, family, "filter", "FORWARD");
	*text = tz_arena_strndup(help_arena, buf.text, buf.len);
	tz_buf_free(&buf);
	return help_ir(*text);
}

static struct tz_possible_options random_options(void)
{
	struct tz_possible_options options = {
		.backends = { below(4) != 0, below(4) != 0 },
		.ifname = below(4) ? "eth0" : NULL,
		.has_nat = !below(4),
		.may_merge = below(2),
		.fragments_drop = !below(8),
		.routes = { below(4) != 0, below(4) != 0 },
	};

	return options;
}

static int n_decided[3];

static void compare(const struct tz_ir *ir, const char *text,
		    const struct tz_packet *packet)
{
	struct tz_possible_options options = random_options();
	enum tz_possible brute = tz_eval_brute(ir, packet, &options);
	enum tz_possible possible = tz_eval_possible(ir, packet, &options);

	n_decided[brute]++;
	if (brute == TZ_TOO_MANY || brute == possible)
		return;
	for (size_t i = 0; i < packet->frame_len; i++)
		fprintf(stderr, "%02x", packet->frame[i]);
	fail_msg("\n%sbrute %d, possible %d", text, (int)brute, (int)possible);
}

/* The frame is copied to the end of a block: AddressSanitizer sees past it. */
static void sample_and_compare(const struct tz_ir *ir, const char *text,
			       struct tz_sampler *sampler)
{
	struct tz_sample_frame frame;
	struct tz_packet packet;

	tz_sampler_next(sampler, &frame);

	uint8_t *bytes = malloc(frame.len);

	assert_non_null(bytes);
	memcpy(bytes, frame.bytes, frame.len);
	if (tz_packet_parse(bytes, frame.len, NULL, &packet) ==
	    TZ_PACKET_FILTERED)
		compare(ir, text, &packet);
	free(bytes);
}

static void possible_says_what_brute_force_says(void **state)
{
	(void)state;
	random_state = 1;
	for (int i = 0; i < 3000; i++) {
		enum tz_family family = i % 2 ? TZ_IPV4 : TZ_IPV6;
		const struct tz_sample_options options = {
			.seed = (uint64_t)i,
			.family = family,
			.src_mac = { 2, 0, 0, 0, 0, 1 },
			.fragments = 40,
			.short_ones = 30,
			.odd = 60,
			.random = 20,
		};
		char *text;
		const struct tz_ir *ir = random_rules(family, &text);
		struct tz_sampler *sampler =
			tz_sampler_new(help_arena, ir, &options);
		const char *printed = help_print(ir);

		assert_string_equal(help_print(help_ir(printed)), printed);
		for (int j = 0; j < 60; j++)
			sample_and_compare(ir, text, sampler);
	}
	print_message("passed %d, dropped %d, undecided %d\n", n_decided[0],
		      n_decided[1], n_decided[2]);
	/* both conclusions must be common, or the comparison is idle */
	assert_true(n_decided[TZ_MUST_PASS] > 10000);
	assert_true(n_decided[TZ_MAY_DROP] > 10000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(possible_says_what_brute_force_says),
	};

	return cmocka_run_group_tests(tests, help_setup, help_teardown);
}
