/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Random rule sets and packets from them: tz_eval_possible must say what brute
 * force says, and the text form must come back the same; tz_verdicts_find must
 * say what tz_eval_verdict says, and of what is unknown, both ways.
 */
#include "ir_help.h"

#include "ir/ct.h"
#include "ir/heads.h"
#include "ir/sample.h"
#include "ir/verdicts.h"

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
		"test ct (0, 1, 1, 0, 0) ", /* NEW */
		"test ct (0, 6, 6, 0, 0) ", /* ESTABLISHED,RELATED */
		"not test ct (0, 8, 8, 0, 0) ",
		"test ct (1, 2, 7, 1, 0) ", /* DNAT, and what that may be */
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
	else if (!below(8))
		tz_buf_printf(buf, "=> reject answered %u ", below(3));
	else if (!below(20))
		tz_buf_puts(buf, "=> other target \"CONNMARK\" ");
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

/* Rules of which some translate: what meets these may not be dropped. */
static void random_nat(struct tz_buf *buf, enum tz_family family)
{
	tz_buf_printf(buf, "chain v%d nat \"PREROUTING\" policy accept {",
		      (int)family);
	for (unsigned int n = 1 + below(3); n; n--)
		tz_buf_printf(buf, "rule \"\" %s%s => %s ", match(family),
			      match(family),
			      below(2) ? "other target \"DNAT\" nat"
				       : "accept");
	tz_buf_puts(buf, "}\n");
}

static struct tz_ir *random_rules(enum tz_family family, char **text)
{
	struct tz_buf buf = { 0 };

	random_table(&buf, family, "raw", "PREROUTING");
	if (below(2))
		random_nat(&buf, family);
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
		.ct = { .is_on = below(2),
			.is_loose = below(2),
			.expects = !below(4),
			.notracks = !below(4),
			.tells_sums = below(2),
			.walks_nat = below(2),
			.is_found = !below(8) },
	};

	return options;
}

/* What unknown matches are: a bit by where they were allocated. */
static unsigned int assignment;

static enum tz_truth assigned(void *arg, const struct tz_ir_match *match)
{
	(void)arg;
	return assignment >> ((uintptr_t)match / sizeof(*match) % 8) & 1
		       ? TZ_TRUE
		       : TZ_FALSE;
}

static int n_of_states;

/*
 * What may be dropped is dropped in each of the states that it may be in, by
 * rules that know which, and has the answer.
 */
static void try_states(const struct tz_ir *ir, const char *text,
		       const struct tz_packet *packet,
		       const struct tz_possible_options *options,
		       uint32_t answer)
{
	struct tz_ct ct = tz_ct_of(packet, &options->ct);

	for (unsigned int i = 0; i < 20 * 5; i++) {
		struct tz_eval_options known = {
			.backend = (enum tz_backend)(i & 1),
			.ifname = options->ifname,
			.context.ct_states = 1u << i / 4 % 5,
			.opaque = assigned,
		};
		enum tz_route route = (enum tz_route)(i >> 1 & 1);
		struct tz_eval_result result = { 0 };

		if (!(ct.states & known.context.ct_states) ||
		    !options->backends[known.backend] ||
		    !(options->routes[route] ||
		      (options->has_nat && !options->ct.walks_nat)))
			continue;
		assignment = below(256);
		tz_eval_verdict(ir, packet, route, &known, &result);
		n_of_states++;
		if (!result.is_dropped || result.is_answered_above ||
		    answer != 1u << result.answer)
			fail_msg("\n%sstate %u", text, 1u << i / 4 % 5);
	}
}

/* With them nothing may be judged differently; brute force has none. */
static const struct tz_heads *heads_of(const struct tz_ir *ir)
{
	static const struct tz_heads *heads;
	static const struct tz_ir *last;

	if (ir != last)
		heads = tz_heads_new(help_arena, ir);
	last = ir;
	return heads;
}

static int n_decided[3], n_answered;

static void compare(const struct tz_ir *ir, const char *text,
		    const struct tz_packet *packet)
{
	struct tz_possible_options options = random_options();
	enum tz_possible brute = tz_eval_brute(ir, packet, &options);
	bool has_too_many;
	uint32_t brutes = tz_brute_answer(ir, packet, &options, &has_too_many);

	options.context.heads = heads_of(ir);

	enum tz_possible possible = tz_eval_possible(ir, packet, &options);
	uint32_t answer = tz_possible_answer(ir, packet, &options);

	n_decided[brute]++;
	if (possible == TZ_MAY_DROP && options.ct.is_on &&
	    !options.fragments_drop)
		try_states(ir, text, packet, &options, answer);
	n_answered += answer > 1u << TZ_ANSWER_NONE;
	if (brute == TZ_TOO_MANY || (brute == possible && brutes == answer))
		return;
	for (size_t i = 0; i < packet->frame_len; i++)
		fprintf(stderr, "%02x", packet->frame[i]);
	fail_msg("\n%sbrute %d 0x%x, possible %d 0x%x", text, (int)brute,
		 brutes, (int)possible, answer);
}

static struct tz_verdicts concrete, open_ended;

static void find_verdicts(struct tz_verdicts *verdicts, const struct tz_ir *ir,
			  const struct tz_packet *packet,
			  enum tz_backend backend, bool is_concrete)
{
	struct tz_verdicts_options options = {
		.assume = is_concrete ? assigned : NULL,
	};
	struct tz_way way = tz_way_find(ir, packet->family, TZ_ROUTE_INPUT);
	struct tz_view view;

	tz_view_init(&view, packet, backend, NULL);
	tz_verdicts_find(verdicts, help_arena, &way, &view, &view, &options);
}

static enum tz_ending ending_of(const struct tz_eval_result *result)
{
	if (!result->is_dropped)
		return TZ_ENDS_ACCEPT;
	return result->is_rejected ? TZ_ENDS_REJECT : TZ_ENDS_DROP;
}

/* One way when all is known, and this one among all ways when not. */
static enum tz_ending compare_backend(const struct tz_ir *ir,
				      const struct tz_packet *packet,
				      enum tz_backend backend)
{
	uint32_t counted[256];
	struct tz_eval_options options = { .backend = backend,
					   .context.heads = heads_of(ir),
					   .opaque = assigned };
	struct tz_eval_result result = { .counted = counted,
					 .counted_max = 256 };

	tz_eval_verdict(ir, packet, TZ_ROUTE_INPUT, &options, &result);

	enum tz_ending ending = ending_of(&result);

	find_verdicts(&concrete, ir, packet, backend, true);
	for (int i = 0; i < TZ_N_ENDINGS; i++)
		assert_int_equal(concrete.may[i], i == (int)ending);
	assert_int_equal(concrete.maybe.n, 0);
	assert_int_equal(concrete.counted.n, result.n_counted);
	assert_memory_equal(concrete.counted.at, counted,
			    result.n_counted * sizeof(counted[0]));
	if (result.decider)
		assert_ptr_equal(&ir->counted.at[concrete.deciders[ending]],
				 result.decider);
	assert_true(concrete.may_hotdrop ==
		    (result.is_dropped && !result.decider));

	find_verdicts(&open_ended, ir, packet, backend, false);
	assert_true(open_ended.may[ending]);
	/* In order, and between them what only may count. */
	for (size_t i = 0, j = 0; i < open_ended.counted.n; i++, j++) {
		while (j < result.n_counted &&
		       counted[j] != open_ended.counted.at[i])
			j++;
		assert_true(j < result.n_counted);
	}
	return ending;
}

static int n_ended[TZ_N_ENDINGS], n_open;

static void compare_verdicts(const struct tz_ir *ir, const char *text,
			     const struct tz_packet *packet)
{
	(void)text;
	for (assignment = 0; assignment < 256; assignment += 51) {
		enum tz_ending legacy =
			compare_backend(ir, packet, TZ_BACKEND_LEGACY);
		enum tz_ending nft =
			compare_backend(ir, packet, TZ_BACKEND_NFT);

		if (tz_view_backends_agree(packet))
			assert_int_equal(legacy, nft);
		n_ended[nft]++;
		n_open += open_ended.parting != NULL;
	}
}

/* The frame is copied to the end of a block: AddressSanitizer sees past it. */
static void sample_and(void (*check)(const struct tz_ir *ir, const char *text,
				     const struct tz_packet *packet),
		       const struct tz_ir *ir, const char *text,
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
		check(ir, text, &packet);
	free(bytes);
}

static struct tz_sampler *random_sampler(int seed, const struct tz_ir **ir,
					 char **text)
{
	enum tz_family family = seed % 2 ? TZ_IPV4 : TZ_IPV6;
	const struct tz_sample_options options = {
		.seed = (uint64_t)seed,
		.family = family,
		.src_mac = { 2, 0, 0, 0, 0, 1 },
		.fragments = 40,
		.short_ones = 30,
		.odd = 60,
		.random = 20,
	};

	*ir = random_rules(family, text);
	return tz_sampler_new(help_arena, *ir, &options);
}

static void possible_says_what_brute_force_says(void **state)
{
	(void)state;
	random_state = 1;
	for (int i = 0; i < 3000; i++) {
		const struct tz_ir *ir;
		char *text;
		struct tz_sampler *sampler = random_sampler(i, &ir, &text);
		const char *printed = help_print(ir);

		assert_string_equal(help_print(help_ir(printed)), printed);
		for (int j = 0; j < 60; j++)
			sample_and(compare, ir, text, sampler);
	}
	print_message("passed %d, dropped %d, undecided %d\n", n_decided[0],
		      n_decided[1], n_decided[2]);
	print_message("in %d states, answered %d\n", n_of_states, n_answered);
	assert_true(n_of_states > 10000);
	assert_true(n_answered > 1000);
	/* both conclusions must be common, or the comparison is idle */
	assert_true(n_decided[TZ_MUST_PASS] > 10000);
	assert_true(n_decided[TZ_MAY_DROP] > 10000);
}

static void verdicts_are_those_of_eval(void **state)
{
	(void)state;
	random_state = 2;
	for (int i = 0; i < 1500; i++) {
		const struct tz_ir *ir;
		char *text;
		struct tz_sampler *sampler = random_sampler(i, &ir, &text);

		for (int j = 0; j < 20; j++)
			sample_and(compare_verdicts, ir, text, sampler);
	}
	print_message("accepted %d, dropped %d, rejected %d, open %d\n",
		      n_ended[0], n_ended[1], n_ended[2], n_open);
	for (int i = 0; i < TZ_N_ENDINGS; i++)
		assert_true(n_ended[i] > 1000);
	assert_true(n_open > 10000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(possible_says_what_brute_force_says),
		cmocka_unit_test(verdicts_are_those_of_eval),
	};

	return cmocka_run_group_tests(tests, help_setup, help_teardown);
}
