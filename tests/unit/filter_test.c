/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Filters put together and cut in pieces: rules of expressions as one program,
 * and a filter as several rules of iptables, answer as their parts do, for
 * packets of every length.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "compile.h"
#include "filter.h"
#include "lib/flow_random.h"

#define PACKETS 10000
#define LEN_MAX 80

/* IPv4 or IPv6 with a short header of UDP or TCP, and cut anywhere. */
static size_t draw(unsigned int *seed, uint8_t bytes[LEN_MAX])
{
	static const uint8_t protocols[] = { 6, 17, 17, 1, 58 };
	bool is_v6 = rand_r(seed) & 1;
	uint8_t protocol = protocols[rand_r(seed) % 5];
	size_t l4 = is_v6 ? 40 : 20 + 4 * (size_t)(rand_r(seed) % 3);

	for (size_t i = 0; i < LEN_MAX; i++)
		bytes[i] = (uint8_t)(rand_r(seed) % 4);
	if (is_v6) {
		bytes[0] = 0x60;
		bytes[6] = protocol;
	} else {
		bytes[0] = (uint8_t)(0x40 | l4 / 4);
		bytes[6] = 0;
		bytes[7] = rand_r(seed) % 4 == 0;
		bytes[9] = protocol;
	}
	return l4 + (size_t)rand_r(seed) % (LEN_MAX - l4);
}

/* A socket of UDP: its packets begin with the header of UDP. */
static struct tz_filter_packet view(const uint8_t *bytes, size_t len,
				    enum tamiz_target target)
{
	size_t l4 = bytes[0] >> 4 == 6 ? 40 : (size_t)(bytes[0] & 15) * 4;
	size_t data = target == TAMIZ_TARGET_SOCKET ? l4 : 0;

	return (struct tz_filter_packet){
		.frame = bytes,
		.frame_len = len,
		.data = data,
		.len = (uint32_t)(len - data),
	};
}

static struct tamiz *compile(enum tamiz_language language, const char *text,
			     struct tamiz_options options)
{
	struct tamiz *t = tamiz_new();

	assert_int_equal(tamiz_add(t, language, "text", text, strlen(text)), 0);
	if (tamiz_compile(t, &options))
		fail_msg("%s", tamiz_diagnostic(t, 0).printed);
	return t;
}

/* What the lines say, asked one after the other. */
static bool ask_lines(const struct tamiz *t,
		      const struct tz_filter_packet *packet)
{
	for (size_t i = 0; i < t->lines->rules.n; i++) {
		const struct tz_pcapf_rule *rule = &t->lines->rules.at[i];

		if (rule->action != TZ_PCAPF_COUNT &&
		    tz_flow_eval(rule->flow, packet))
			return rule->action == TZ_PCAPF_ACCEPT;
	}
	return true;
}

static const char rules[] = "drop udp[8:4] = 0x01010101 or udp[20] = 3\n"
			    "accept udp src port 1 or tcp[20 + tcp[0]] = 1\n"
			    "count ip\n"
			    "drop udp[9] / udp[10] > 1\n"
			    "drop tcp[13] & 1 = 1 and len > 50\n"
			    "accept ip6[41] = 2 or ip[21] = 1\n"
			    "drop udp\n";

static void check_rules(struct tamiz_options options)
{
	struct tamiz *t = compile(TAMIZ_LANGUAGE_PCAP, rules, options);
	bool is_inverted = options.target == TAMIZ_TARGET_XT_BPF;
	size_t n_kept = 0;
	unsigned int seed = 1;

	for (int i = 0; i < PACKETS; i++) {
		uint8_t bytes[LEN_MAX];
		size_t len = draw(&seed, bytes);
		struct tz_filter_packet packet =
			view(bytes, len, options.target);
		bool wanted, got;

		/* The kernel has looked at the header of UDP before. */
		if (packet.data && len < packet.data + 8)
			continue;
		wanted = ask_lines(t, &packet);
		got = tz_cbpf_run(&t->program, &packet);
		n_kept += wanted;
		if ((got != is_inverted) != wanted)
			fail_msg("packet %d of %zu bytes: lines %d, filter %d",
				 i, len, wanted, got);
	}
	print_message("%zu of %d packets are kept, %zu instructions\n", n_kept,
		      PACKETS, t->program.n);
	assert_in_range(n_kept, PACKETS / 10, PACKETS * 9 / 10);
	tamiz_free(t);
}

static void rules_are_asked_in_order(void **state)
{
	struct tamiz_options options = { .target = TAMIZ_TARGET_CBPF,
					 .link = TAMIZ_LINK_RAW };

	(void)state;
	check_rules(options);
	options.unoptimized = true;
	check_rules(options);
	options.target = TAMIZ_TARGET_SOCKET;
	options.link = TAMIZ_LINK_DEFAULT;
	check_rules(options);
	options.unoptimized = false;
	check_rules(options);
}

static void each_of_several_stands_alone(void **state)
{
	static const char *const texts[] = { "udp[30] = 1", "tcp[0] = 1",
					     "ip6[50] / ip6[51] = 1" };
	struct tamiz_options options = { .target = TAMIZ_TARGET_CBPF,
					 .link = TAMIZ_LINK_RAW };
	struct tamiz *all = tamiz_new(), *one[3];
	size_t n_kept = 0;
	unsigned int seed = 2;

	(void)state;
	for (int i = 0; i < 3; i++) {
		one[i] = compile(TAMIZ_LANGUAGE_EXPRESSION, texts[i], options);
		tamiz_add(all, TAMIZ_LANGUAGE_EXPRESSION, "text", texts[i],
			  strlen(texts[i]));
	}
	assert_int_equal(tamiz_compile(all, &options), 0);
	for (int i = 0; i < PACKETS; i++) {
		uint8_t bytes[LEN_MAX];
		size_t len = draw(&seed, bytes);
		struct tz_filter_packet packet =
			view(bytes, len, options.target);
		bool wanted = false;

		for (int j = 0; j < 3; j++)
			wanted |= !!tz_flow_eval(one[j]->whole, &packet);
		n_kept += wanted;
		assert_int_equal(!!tz_cbpf_run(&all->program, &packet), wanted);
	}
	assert_in_range(n_kept, 50, PACKETS / 2);
	for (int i = 0; i < 3; i++)
		tamiz_free(one[i]);
	tamiz_free(all);
}

enum fate { GOES_ON, RETURNS, IS_HIT };

/* As the kernel walks the rules of @chain (ip_tables.c, ipt_do_table). */
static enum fate walk(const struct tamiz *t, const char *chain,
		      const struct tz_filter_packet *packet, size_t *n_hits)
{
	for (size_t i = 0; i < t->xt_rules.n; i++) {
		const struct tz_xt_rule *rule = &t->xt_rules.at[i];
		enum fate fate;
		bool is_chain = false;

		if (rule->chain ? !chain || strcmp(rule->chain, chain)
				: !!chain)
			continue;
		if (rule->program.n && !tz_cbpf_run(&rule->program, packet))
			continue;
		for (size_t j = 0; rule->target && j < t->xt_chains.n; j++)
			is_chain |= !strcmp(t->xt_chains.at[j], rule->target);
		if (!is_chain) {
			++*n_hits;
			if (strcmp(t->options.xt.jump, "DROP") == 0)
				return IS_HIT;
			continue;
		}
		fate = walk(t, rule->target, packet, n_hits);
		if (fate == IS_HIT)
			return fate;
		if (rule->is_goto)
			return RETURNS;
	}
	return GOES_ON;
}

/* Returns whether there was something to split. */
static bool check_split(const char *text, unsigned int max_insns,
			const char *jump)
{
	struct tamiz_options options = {
		.target = TAMIZ_TARGET_XT_BPF,
		.max_insns = max_insns,
		.xt = { .split = true, .jump = jump },
	};
	struct tamiz *t = compile(TAMIZ_LANGUAGE_EXPRESSION, text, options);
	struct tamiz *one;
	size_t n_hit = 0;
	unsigned int seed = 3;

	if (t->program.n) {
		tamiz_free(t);
		return false;
	}
	options.target = TAMIZ_TARGET_CBPF;
	options.link = TAMIZ_LINK_RAW;
	options.max_insns = 0;
	one = compile(TAMIZ_LANGUAGE_EXPRESSION, text, options);
	for (size_t i = 0; i < t->xt_rules.n; i++)
		assert_in_range(t->xt_rules.at[i].program.n, 0, max_insns);
	for (int i = 0; i < PACKETS / 4; i++) {
		uint8_t bytes[LEN_MAX];
		size_t len = draw(&seed, bytes), n_hits = 0;
		struct tz_filter_packet packet =
			view(bytes, len, TAMIZ_TARGET_XT_BPF);
		size_t wanted = tz_cbpf_run(&one->program, &packet) != 0;

		walk(t, NULL, &packet, &n_hits);
		n_hit += wanted;
		if (n_hits != wanted)
			fail_msg("%s at %u, %s: packet %d is hit %zu times, "
				 "not %zu",
				 text, max_insns, jump, i, n_hits, wanted);
	}
	assert_in_range(n_hit, 10, PACKETS / 4 - 10);
	tamiz_free(one);
	tamiz_free(t);
	return true;
}

static void pieces_match_what_the_whole_does(void **state)
{
	static const char *const texts[] = {
		"udp dst port 257 or udp dst port 258 or tcp src port 259 or "
		"ip[24] = 1 or ip6[44] = 2 or udp[12:2] = 0x0101",
		"(ip[12] = 1 or ip[13] = 2 or ip6[8] = 3 or ip6[9] = 1) and "
		"(udp[0] = 1 or udp[1] = 2 or tcp[2] = 3 or tcp[3] = 0)",
		"not (ip[12] = 1 or ip[13] = 2 or ip6[8] = 3 or udp[9] = 1 or "
		"tcp[14] = 2 or (ip[15] = 1 and ip[16] = 2))",
		"udp[8] = 1 and udp[9] != 2 and udp[10] & 1 = 0 and "
		"(udp[11] = 1 or udp[12] > 1 or udp[13] / udp[14] = 1)",
		/* What is of no use is loaded by neither. */
		"((ip[50] = 2 or ip[50] != 2) and udp) or (tcp and (tcp[4] = 0 "
		"or tcp[5] & 0 = 0)) or icmp[8] = 2",
		"src port (80 or domain or not 80) or (ip[60] * 0 = 0 and "
		"udp[9] = 1) or ip6[44] & 0 = ip6[45] or udp[10] > 1",
	};
	static const unsigned int sizes[] = { 12, 14, 17, 20 };
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		for (size_t j = 0; j < sizeof(sizes) / sizeof(sizes[0]); j++) {
			n += check_split(texts[i], sizes[j], "DROP");
			n += check_split(texts[i], sizes[j], "LOG");
		}
	}
	print_message("%zu splits\n", n);
	assert_true(n > 20);
}

#define GRAPHS 1500
#define PACKETS_EACH 40

/* One graph in pieces; 0: it fits, or cannot be cut so small. */
static size_t split_random(unsigned int seed, const char *jump)
{
	struct tamiz *t = tamiz_new();
	struct tz_flow *flow = tz_flow_random(t->arena, &seed);
	bool is_final = !strcmp(jump, "DROP");
	struct tz_xt_rule like = { .is_goto = !is_final }, hit = { 0 };
	size_t n_rules;
	bool is_split;

	t->options = (struct tamiz_options){
		.target = TAMIZ_TARGET_XT_BPF,
		.max_insns = 4 + seed % 8,
		.xt = { .jump = jump },
	};
	like.chain = tz_xt_new_chain(t);
	if (!is_final) {
		like.target = hit.chain = tz_xt_new_chain(t);
		tz_xt_add(t, hit);
	}
	is_split = tz_xt_split(t, flow, &like, true);
	for (int i = 0; is_split && i < PACKETS_EACH; i++) {
		struct tz_filter_packet packet;
		uint8_t frame[12];
		size_t n_hits = 0;

		tz_flow_random_packet(&seed, frame, sizeof(frame), &packet);
		walk(t, like.chain, &packet, &n_hits);
		if (n_hits != (tz_flow_eval(flow, &packet) != 0))
			fail_msg("graph %u, %s: packet %d is hit %zu times",
				 seed, jump, i, n_hits);
	}
	n_rules = is_split ? t->xt_rules.n - !is_final : 0;
	tamiz_free(t);
	return n_rules > 1 ? n_rules : 0;
}

static void pieces_of_random_graphs_match_as_these_do(void **state)
{
	size_t n = 0, n_rules = 0;

	(void)state;
	for (unsigned int i = 0; i < GRAPHS; i++) {
		size_t rules_of_it = split_random(i, i % 2 ? "DROP" : "LOG");

		n += rules_of_it > 0;
		n_rules += rules_of_it;
	}
	print_message("%zu of %d graphs are %zu rules\n", n, GRAPHS, n_rules);
	assert_true(n > GRAPHS / 20);
}

static void any_of_random_graphs_matches_as_one_does(void **state)
{
	size_t n_matches = 0;

	(void)state;
	for (unsigned int i = 0; i < GRAPHS; i++) {
		unsigned int seed = i;
		struct tz_arena *arena = tz_arena_new();
		const struct tz_flow *flows[2] = {
			tz_flow_random(arena, &seed),
			tz_flow_random(arena, &seed),
		};
		const struct tz_flow *any = tz_filter_any(arena, flows, 2);

		for (int j = 0; j < PACKETS_EACH; j++) {
			struct tz_filter_packet packet;
			uint8_t frame[12];
			bool wanted;

			tz_flow_random_packet(&seed, frame, sizeof(frame),
					      &packet);
			packet.len = (uint32_t)packet.frame_len;
			wanted = tz_flow_eval(flows[0], &packet) ||
				 tz_flow_eval(flows[1], &packet);
			n_matches += wanted;
			if (!tz_flow_eval(any, &packet) == wanted)
				fail_msg("graph %u: packet %d of %zu bytes", i,
					 j, packet.frame_len);
		}
		tz_arena_free(arena);
	}
	assert_in_range(n_matches, GRAPHS, (GRAPHS * PACKETS_EACH) - GRAPHS);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules_are_asked_in_order),
		cmocka_unit_test(each_of_several_stands_alone),
		cmocka_unit_test(any_of_random_graphs_matches_as_one_does),
		cmocka_unit_test(pieces_match_what_the_whole_does),
		cmocka_unit_test(pieces_of_random_graphs_match_as_these_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
