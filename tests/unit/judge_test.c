/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tamiz/judge.h: verdicts and the rules that give them, what is unknown and
 * why, assumptions, and that a cut frame never gets another verdict than the
 * whole one.
 */
#include "ir_help.h"

#include <tamiz/judge.h>

#include "ir/sample.h"

static struct tamiz *compile(const char *rules, enum tamiz_backend backend)
{
	struct tamiz_options options = { .backend = backend, .family = 4 };
	struct tamiz *tamiz = tamiz_new();

	assert_int_equal(tamiz_add_text(tamiz, "rules", rules, strlen(rules)),
			 0);
	for (size_t i = 0;
	     tamiz_compile(tamiz, &options) && i < tamiz_n_diagnostics(tamiz);
	     i++)
		fail_msg("%s", tamiz_diagnostic(tamiz, i).printed);
	return tamiz;
}

/* One question: the verdict, the line of the rule, the match in doubt. */
static char *ask_frame(const char *rules, const struct tamiz_frame *frame,
		       const struct tamiz_judge_options *options)
{
	struct tamiz *tamiz = compile(rules, TAMIZ_BACKEND_BOTH);
	size_t bad;
	struct tamiz_judge *judge = tamiz_judge_new(tamiz, options, &bad);
	static const char *const names[] = {
		[TAMIZ_ACCEPT] = "accept",         [TAMIZ_DROP] = "drop",
		[TAMIZ_REJECT] = "reject",         [TAMIZ_UNKNOWN] = "unknown",
		[TAMIZ_UNFILTERED] = "unfiltered",
	};
	struct tamiz_judgement j;
	static char answer[128];

	assert_non_null(judge);
	tamiz_judge_frame(judge, frame, &j);

	size_t rule = j.rule != TAMIZ_NO_RULE ? j.rule : j.depends_on;

	snprintf(answer, sizeof(answer), "%s %u%s%s%s", names[j.verdict],
		 rule == TAMIZ_NO_RULE ? 0 : tamiz_rule(tamiz, rule).line,
		 j.is_hotdrop ? " short" : "", j.match ? " " : "",
		 j.match ? j.match : "");
	tamiz_judge_free(judge);
	tamiz_free(tamiz);
	return answer;
}

static const struct tamiz_judge_options input;

static struct tamiz_frame whole(const struct frame *frame)
{
	return (struct tamiz_frame){ .bytes = frame->bytes,
				     .len = frame->len,
				     .wire_len = frame->len,
				     .time_ns = -1 };
}

static const char *ask(const char *rules, const struct frame *frame)
{
	struct tamiz_frame f = whole(frame);

	return ask_frame(rules, &f, &input);
}

/* Lines: 1 *filter, 2 INPUT, 3 FORWARD, 4 a chain, then rules. */
#define RULES(text)                                                            \
	"*filter\n:INPUT ACCEPT [0:0]\n:FORWARD DROP [0:0]\n:c - [0:0]\n" text \
	"COMMIT\n"

static void names_the_rule_that_decides(void **state)
{
	struct frame udp = help_ports(TZ_IPV4, 17, 7, 53, 0, 20);

	(void)state;
	assert_string_equal(ask(RULES("-A INPUT -p udp -j DROP\n"), &udp),
			    "drop 5");
	assert_string_equal(ask(RULES("-A INPUT -p tcp -j DROP\n"), &udp),
			    "accept 2");
	assert_string_equal(ask(RULES("-A INPUT -p udp -j REJECT\n"), &udp),
			    "reject 5");
	assert_string_equal(ask(RULES("-A INPUT -j c\n"
				      "-A c -p udp --dport 53 -j ACCEPT\n"
				      "-A INPUT -j DROP\n"),
				&udp),
			    "accept 6");
	assert_string_equal(ask(RULES("-A INPUT -j c\n"
				      "-A c -p udp --dport 53 -j RETURN\n"
				      "-A c -j ACCEPT\n"
				      "-A INPUT -j DROP\n"),
				&udp),
			    "drop 8");
	/* The end of a goto is the end of the caller. */
	assert_string_equal(ask(RULES("-A INPUT -g c\n"
				      "-A c -p tcp -j DROP\n"
				      "-A INPUT -j DROP\n"),
				&udp),
			    "accept 2");
}

static void goes_the_way_that_is_asked_for(void **state)
{
	struct tamiz_judge_options forward = { .route = TAMIZ_ROUTE_FORWARD };
	struct frame udp = help_ports(TZ_IPV4, 17, 7, 53, 0, 20);
	struct tamiz_frame frame = whole(&udp);

	(void)state;
	assert_string_equal(ask_frame(RULES(""), &frame, &input), "accept 2");
	assert_string_equal(ask_frame(RULES(""), &frame, &forward), "drop 3");
	assert_string_equal(ask_frame("*raw\n:PREROUTING ACCEPT [0:0]\n"
				      "-A PREROUTING -p udp -j DROP\nCOMMIT\n",
				      &frame, &forward),
			    "drop 3");
	assert_string_equal(ask_frame("*filter\n:OUTPUT DROP [0:0]\nCOMMIT\n",
				      &frame, &forward),
			    "accept 0");
}

static void is_unknown_only_where_the_ways_differ(void **state)
{
	struct frame udp = help_ports(TZ_IPV4, 17, 7, 53, 0, 20);

	(void)state;
	assert_string_equal(
		ask(RULES("-A INPUT -m conntrack --ctstate NEW -j DROP\n"),
		    &udp),
		"unknown 5 conntrack");
	/* Either way it is dropped, but by different rules. */
	assert_string_equal(
		ask(RULES("-A INPUT -m conntrack --ctstate NEW -j DROP\n"
			  "-A INPUT -j DROP\n"),
		    &udp),
		"drop 5 conntrack");
	assert_string_equal(
		ask(RULES("-A INPUT -m conntrack --ctstate NEW -j LOG\n"
			  "-A INPUT -j DROP\n"),
		    &udp),
		"drop 6");
	assert_string_equal(ask(RULES("-A INPUT -i eth0 -j DROP\n"), &udp),
			    "unknown 5 iface");
	assert_string_equal(
		ask(RULES("-A INPUT -j NFQUEUE --queue-num 1\n"), &udp),
		"unknown 5");
	/* An unknown match that is met by other packets only. */
	assert_string_equal(ask(RULES("-A INPUT -p tcp -m conntrack "
				      "--ctstate NEW -j DROP\n"),
				&udp),
			    "accept 2");
	/* What raw leaves open is settled where its ways meet again. */
	assert_string_equal(
		ask("*raw\n:PREROUTING ACCEPT [0:0]\n"
		    "-A PREROUTING -m limit --limit 1/s -j ACCEPT\nCOMMIT\n"
		    "*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -j DROP\nCOMMIT\n",
		    &udp),
		"drop 7");
}

static void takes_assumptions(void **state)
{
	static const char rules[] =
		RULES("-A INPUT -m conntrack --ctstate NEW -j DROP\n"
		      "-A INPUT -i eth0 -j DROP\n");
	struct tamiz_assumption none = { "conntrack", false };
	struct tamiz_assumption all[] = { { "iface", true }, { "all", false } };
	struct tamiz_judge_options options = { .assumptions = &none,
					       .n_assumptions = 1 };
	struct frame udp = help_ports(TZ_IPV4, 17, 7, 53, 0, 20);
	struct tamiz_frame frame = whole(&udp);
	struct tamiz *tamiz = compile(rules, TAMIZ_BACKEND_BOTH);
	size_t bad = 9;

	(void)state;
	assert_string_equal(ask_frame(rules, &frame, &options),
			    "unknown 6 iface");
	options.assumptions = all;
	options.n_assumptions = 2;
	assert_string_equal(ask_frame(rules, &frame, &options), "drop 6");
	all[0].value = false;
	assert_string_equal(ask_frame(rules, &frame, &options), "accept 2");
	all[1].name = "contrack";
	assert_null(tamiz_judge_new(tamiz, &options, &bad));
	assert_int_equal(bad, 1);
	tamiz_free(tamiz);
}

static void knows_what_rules_never_see(void **state)
{
	struct frame udp = help_ports(TZ_IPV4, 17, 7, 53, 0, 20);

	(void)state;
	udp.bytes[14 + 10] ^= 1; /* the checksum */
	assert_string_equal(ask(RULES("-A INPUT -j DROP\n"), &udp),
			    "unfiltered 0");
	udp.bytes[12] = 0x81;
	udp.bytes[13] = 0;
	assert_string_equal(ask(RULES("-A INPUT -j DROP\n"), &udp),
			    "unfiltered 0");
	udp.len = 3;
	assert_string_equal(ask(RULES("-A INPUT -j DROP\n"), &udp),
			    "unfiltered 0");
}

/* Legacy drops a short header at once, native nft goes to the next rule. */
static void says_where_backends_differ(void **state)
{
	static const uint8_t ports[4] = { 0, 7, 0, 53 };
	struct frame cut = help_frame4(17, 0, ports, 4);

	(void)state;
	assert_string_equal(
		ask(RULES("-A INPUT -p udp --dport 99 -j DROP\n"), &cut),
		"unknown 0");
	assert_string_equal(ask(RULES("-A INPUT -p udp -m multiport --dports "
				      "99,98 -j ACCEPT\n"),
				&cut),
			    "accept 2");
	assert_string_equal(
		ask(RULES("-A INPUT -p icmp --icmp-type 3 -j ACCEPT\n"), &cut),
		"accept 2");
}

static void does_not_guess_about_fragments(void **state)
{
	uint8_t l4[32] = { 0, 7, 0, 53 };
	struct frame first = help_frame4(17, 0x2000, l4, sizeof(l4));

	(void)state;
	assert_string_equal(
		ask(RULES("-A INPUT -p udp --dport 53 -j DROP\n"), &first),
		"unknown 5 header");
	assert_string_equal(ask(RULES("-A INPUT -p udp -j DROP\n"), &first),
			    "drop 5");
}

static void knows_no_address_that_was_made_up(void **state)
{
	struct frame udp = help_ports(TZ_IPV4, 17, 7, 53, 0, 20);
	struct tamiz_frame frame = whole(&udp);

	(void)state;
	frame.has_no_link = true;
	assert_string_equal(ask_frame(RULES("-A INPUT -m mac --mac-source "
					    "00:00:00:00:00:01 -j DROP\n"),
				      &frame, &input),
			    "unknown 5 mac.src");
}

static void counts_what_counts_for_certain(void **state)
{
	struct tamiz *tamiz =
		compile(RULES("-A INPUT -p udp\n"
			      "-A INPUT -m conntrack --ctstate NEW\n"
			      "-A INPUT -m conntrack --ctstate NEW -j ACCEPT\n"
			      "-A INPUT -p udp -j DROP\n"),
			TAMIZ_BACKEND_LEGACY);
	struct frame udp = help_ports(TZ_IPV4, 17, 7, 53, 0, 20);
	struct tamiz_frame frame = whole(&udp);
	struct tamiz_judgement j;
	size_t bad;
	struct tamiz_judge *judge = tamiz_judge_new(tamiz, &input, &bad);

	(void)state;
	for (int i = 0; i < 2; i++)
		tamiz_judge_frame(judge, &frame, &j);
	assert_int_equal(j.n_counted, 1);
	assert_int_equal(tamiz_rule(tamiz, j.counted[0]).line, 5);
	assert_int_equal(j.n_maybe, 3);
	assert_int_equal(tamiz_rule(tamiz, j.maybe[2]).line, 8);
	assert_int_equal(j.ip_len, 48);
	assert_int_equal(j.sport, 7);
	assert_int_equal(j.dport, 53);
	tamiz_judge_free(judge);
	tamiz_free(tamiz);
}

/* Rules of all that can be known, and random packets made from them. */
static const char property_rules[] =
	RULES("-A INPUT -s 10.0.0.0/9 -p tcp --dport 80:90 -j DROP\n"
	      "-A INPUT -p tcp --syn -j ACCEPT\n"
	      "-A INPUT -p udp --sport 53 -j c\n"
	      "-A INPUT -p icmp --icmp-type 8 -j DROP\n"
	      "-A INPUT -p tcp --tcp-option 2 -j DROP\n"
	      "-A INPUT -f -j DROP\n"
	      "-A INPUT -p tcp -m length --length 0:50 -j DROP\n"
	      "-A INPUT -m ttl --ttl-lt 9 -j DROP\n"
	      "-A INPUT -p tcp -m ecn --ecn-tcp-ece -j DROP\n"
	      "-A INPUT -m string --algo bm --string abc -j DROP\n"
	      "-A INPUT -p udp -m u32 --u32 \"40=0:99999\" -j DROP\n"
	      "-A INPUT -p sctp --dport 1:30000 -j DROP\n"
	      "-A INPUT -p esp -m esp --espspi 0:99999 -j DROP\n"
	      "-A INPUT -p udp -m multiport --dports 1,2,3 -j DROP\n"
	      "-A c -d 10.1.0.0/16 -j DROP\n");

static void check_cuts(struct tamiz_judge *judge, const struct frame *packet)
{
	struct tamiz_frame frame = whole(packet);
	struct tamiz_judgement all, cut;

	tamiz_judge_frame(judge, &frame, &all);
	for (size_t len = 0; len < packet->len; len++) {
		/* A copy, so that reading on is seen by the sanitizer. */
		uint8_t *bytes = malloc(len ? len : 1);

		memcpy(bytes, packet->bytes, len);
		frame.bytes = bytes;
		frame.len = len;
		tamiz_judge_frame(judge, &frame, &cut);
		if (cut.verdict != TAMIZ_UNKNOWN &&
		    (cut.verdict != all.verdict ||
		     (cut.rule != all.rule && cut.rule != TAMIZ_NO_RULE)))
			fail_msg("%zu of %zu bytes: verdict %d, of all %d", len,
				 packet->len, cut.verdict, all.verdict);
		free(bytes);
	}
}

static void a_cut_frame_is_judged_alike_or_not(void **state)
{
	struct tamiz *tamiz = compile(property_rules, TAMIZ_BACKEND_BOTH);
	size_t len, bad, n_known = 0;
	const char *text = tamiz_emit(tamiz, TAMIZ_EMIT_IR, &len);
	struct tz_ir *ir = help_ir(text);
	struct tz_sample_options options = { .seed = 3, .family = TZ_IPV4 };
	struct tz_sampler *sampler = tz_sampler_new(help_arena, ir, &options);
	struct tamiz_judge *judge = tamiz_judge_new(tamiz, &input, &bad);
	struct tz_sample_frame *sample =
		tz_new(help_arena, struct tz_sample_frame);

	(void)state;
	for (int i = 0; i < 300; i++) {
		struct frame packet;

		tz_sampler_next(sampler, sample);
		packet.len = sample->len < 120 ? sample->len : 120;
		memcpy(packet.bytes, sample->bytes, packet.len);
		check_cuts(judge, &packet);
		n_known += packet.len == sample->len;
	}
	assert_in_range(n_known, 100, 300);
	tamiz_judge_free(judge);
	tamiz_free(tamiz);
}

static void packets_lose_a_hop_before_forward(void **state)
{
	static const char rules[] =
		RULES("-A INPUT -m ttl --ttl-eq 64 -j DROP\n"
		      "-A FORWARD -m ttl --ttl-eq 63 -j ACCEPT\n");
	struct tamiz_judge_options forward = { .route = TAMIZ_ROUTE_FORWARD };
	struct frame udp = help_ports(TZ_IPV4, 17, 7, 53, 0, 20);
	struct tamiz_frame frame = whole(&udp);

	(void)state;
	assert_int_equal(udp.bytes[14 + 8], 64);
	assert_string_equal(ask_frame(rules, &frame, &input), "drop 5");
	assert_string_equal(ask_frame(rules, &frame, &forward), "accept 6");
}

/* What a target has written is not what the packet says. */
static void knows_that_targets_write(void **state)
{
	static const char rules[] =
		"*mangle\n:PREROUTING ACCEPT [0:0]\n"
		"-A PREROUTING -j TTL --ttl-set 9\nCOMMIT\n"
		"*filter\n:INPUT ACCEPT [0:0]\n"
		"-A INPUT -m ttl --ttl-eq 64 -j DROP\nCOMMIT\n";
	struct frame udp = help_ports(TZ_IPV4, 17, 7, 53, 0, 20);

	(void)state;
	assert_string_equal(ask(rules, &udp), "unknown 7 ip.ttl");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_the_rule_that_decides),
		cmocka_unit_test(goes_the_way_that_is_asked_for),
		cmocka_unit_test(is_unknown_only_where_the_ways_differ),
		cmocka_unit_test(takes_assumptions),
		cmocka_unit_test(knows_what_rules_never_see),
		cmocka_unit_test(says_where_backends_differ),
		cmocka_unit_test(does_not_guess_about_fragments),
		cmocka_unit_test(knows_no_address_that_was_made_up),
		cmocka_unit_test(counts_what_counts_for_certain),
		cmocka_unit_test(packets_lose_a_hop_before_forward),
		cmocka_unit_test(knows_that_targets_write),
		cmocka_unit_test(a_cut_frame_is_judged_alike_or_not),
	};

	return cmocka_run_group_tests(tests, help_setup, help_teardown);
}
