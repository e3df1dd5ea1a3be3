/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Random rule sets through plan, C, clang and verifier, packets drawn from
 * them through the loaded program; beside it the interpreter. In offload XDP
 * may drop only what tz_eval_possible lets it (and drops nearly all of that);
 * in replace the verdict is tz_eval_verdict's, and so is every counter.
 *
 *     plan_random [RULE-SETS [SEED]]     or TZ_PLAN_RANDOM in the environment
 *
 * SANITIZE, when it is not empty, makes it fewer. TZ_SHOW_RULES prints a rule
 * set that fails, TZ_SHOW_MISSED packets that XDP could have dropped,
 * TZ_COUNT_EACH compares the counters after every packet.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <inttypes.h>
#include <linux/if_link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <tamiz/runtime.h>

#include "backend/backend.h"
#include "ir/sample.h"
#include "ir/states.h"
#include "lib/lab.h"
#include "lib/words.h"
#include "plan_answers.h"
#include "plan_rules.h"
#include "plan_spend.h"

enum {
	N_PACKETS = 2500,
	SHOWN = 3,
	HZ = 250,
	DEV_NAME_LEN = 16,
	RULE_SETS = 32,
	/* which are 20,000 packets: the code that they meet is the same */
	RULE_SETS_SANITIZED = 8,
};

static const char dev[DEV_NAME_LEN] = "tz-rx";

static struct {
	unsigned int packets, drops, possible, missed, wrong, refused;
	uint64_t spent;
} total;

struct trial {
	struct tz_arena *arena;
	uint64_t seed;
	struct tz_buf rules, text;
	struct tz_ir *ir;
	struct tz_plan_options options;
	struct tz_plan *plan;
	const struct tz_lab *lab;
	bool is_router;
	struct tamiz_program *program;
	struct tz_states *states; /* of the interpreter */
	struct tz_spend spend;    /* offload: what the program keeps */
	int words;                /* a map */
	uint64_t *counted;        /* by the interpreter; by id */
	unsigned int n_wrong;
};

/* ---- what should be ---- */

/* Where the laboratory sends the packet; false: it dies of its TTL. */
static bool route_of(const struct trial *t, const struct tz_packet *p,
		     enum tz_route *route)
{
	const uint8_t *ip = p->frame + p->l3;

	*route = TZ_ROUTE_INPUT;
	if (!t->is_router || tz_plan_is_for_all(p))
		return true;
	/* The laboratory's own addresses. */
	if (p->family == TZ_IPV4 &&
	    (p->dst == 0xc613fffe || p->dst >> 24 == 127))
		return true;
	*route = TZ_ROUTE_FORWARD;
	return (p->family == TZ_IPV4 ? ip[8] : ip[7]) > 1;
}

struct asked {
	const struct trial *trial;
	const struct tz_packet *packet;
};

/* What is opaque in replace keeps a state. */
static enum tz_truth ask_state(void *arg, const struct tz_ir_match *m)
{
	const struct asked *asked = arg;

	return tz_states_ask(asked->trial->states, m, asked->packet,
			     TZ_BACKEND_LEGACY, (struct tz_moment){ 0 });
}

/* Whether all rules drop the packet; counts what they count. */
static bool must_drop(struct trial *t, const struct tz_packet *p)
{
	uint32_t ids[4096];
	struct asked asked = { t, p };
	struct tz_eval_options options = {
		.backend = TZ_BACKEND_LEGACY,
		.ifname = t->options.ifname,
		.context = { .is_wire = true },
		.opaque = ask_state,
		.arg = &asked,
	};
	struct tz_eval_result result = {
		.counted = ids,
		.counted_max = sizeof(ids) / sizeof(ids[0]),
	};
	enum tz_route route;

	(void)route_of(t, p, &route);
	tz_eval_verdict(t->ir, p, route, &options, &result);
	for (size_t i = 0; i < result.n_counted; i++)
		t->counted[ids[i]]++;
	return result.is_dropped;
}

static struct tz_possible_options possible(const struct trial *t,
					   const struct tz_packet *p)
{
	enum tz_route route;
	bool arrives = route_of(t, p, &route);
	struct tz_possible_options options = {
		.backends = { t->options.backends[0], t->options.backends[1] },
		.ifname = t->options.ifname,
		.ct = t->options.ct[tz_family_index(p->family)],
		.has_nat = t->options.has_nat[tz_family_index(p->family)],
		.may_merge = true,
		.fragments_drop = t->options.fragments_drop,
		.udp_merges = t->options.udp_merges,
	};

	options.routes[TZ_ROUTE_INPUT] = !arrives || route == TZ_ROUTE_INPUT;
	options.routes[TZ_ROUTE_FORWARD] =
		!arrives || route == TZ_ROUTE_FORWARD;
	return options;
}

static bool may_drop(const struct trial *t, const struct tz_packet *p)
{
	const struct tz_possible_options options = possible(t, p);

	return tz_eval_possible(t->ir, p, &options) == TZ_MAY_DROP;
}

/* ---- what is ---- */

static bool tells_another(const struct trial *t, const struct tz_packet *p)
{
	const struct tz_possible_options options = possible(t, p);

	return !tz_plan_answer_fits(t->program, t->ir, p, &options);
}

static bool is_dropped(const struct trial *t, const uint8_t *frame, size_t len)
{
	struct xdp_md context = {
		.data_end = (uint32_t)len,
		.ingress_ifindex = t->lab->ifindex,
	};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame,
		    .data_size_in = (uint32_t)len, .ctx_in = &context,
		    .ctx_size_in = sizeof(context), .repeat = 1);

	if (bpf_prog_test_run_opts(tamiz_program_fd(t->program, TAMIZ_ROOT),
				   &opts)) {
		perror("test run");
		exit(1);
	}
	return opts.retval == XDP_DROP;
}

static void show(struct trial *t, const struct tz_packet *p, const char *what)
{
	total.wrong++;
	if (t->n_wrong++ >= SHOWN + 1)
		return;
	printf("seed %" PRIu64 "%s%s: %s: ", t->seed,
	       t->is_router ? ", router" : "",
	       t->options.is_replace ? ", replace" : "", what);
	for (size_t i = 0; i < p->frame_len && i < 120; i++)
		printf("%02x", p->frame[i]);
	printf("\n");
}

static void check_counters(struct trial *t)
{
	for (size_t i = 0; i < t->ir->counted.n; i++) {
		struct tamiz_count count;

		if (tamiz_program_count(t->program, TAMIZ_COUNTERS, (uint32_t)i,
					&count) ||
		    count.packets == t->counted[i])
			continue;
		total.wrong++;
		if (t->n_wrong++ < SHOWN - 1)
			printf("seed %" PRIu64 ": #%zu counts %" PRIu64
			       ", not %" PRIu64 "\n",
			       t->seed, i, count.packets, t->counted[i]);
	}
}

/* No route leads on from a link: the packet dies outside of the rules. */
static bool dies_on_link(const struct trial *t, const struct tz_packet *p)
{
	return t->is_router && p->family == TZ_IPV6 &&
	       (p->dst >> 118 == 0xfe80 >> 6 || p->src >> 118 == 0xfe80 >> 6);
}

/* In offload, where the program keeps what the rules spend. */
static void judge_spending(struct trial *t, const struct tz_packet *p)
{
	const struct tz_possible_options options = possible(t, p);
	const char *wrong;
	bool dropped;

	tz_spend_read(&t->spend, t->words, t->spend.before);
	dropped = is_dropped(t, p->frame, p->frame_len);
	tz_spend_read(&t->spend, t->words, t->spend.after);
	wrong = tz_spend_judge(&t->spend, p, &options, dropped);
	if (wrong)
		show(t, p, wrong);
	total.packets++;
	total.drops += dropped;
}

static void judge(struct trial *t, const struct tz_packet *p)
{
	bool dropped, should;

	if (dies_on_link(t, p))
		return;
	if (t->spend.n) {
		judge_spending(t, p);
		return;
	}
	if (t->options.is_replace) {
		enum tz_route route;

		if (tz_plan_is_exempt(p) || !route_of(t, p, &route))
			return;
		dropped = is_dropped(t, p->frame, p->frame_len);
		should = must_drop(t, p);
		if (dropped != should)
			show(t, p, dropped ? "drops" : "does not drop");
		if (getenv("TZ_COUNT_EACH") && !t->n_wrong) {
			check_counters(t);
			if (t->n_wrong)
				show(t, p, "counts");
		}
	} else {
		dropped = is_dropped(t, p->frame, p->frame_len);
		should = may_drop(t, p);
		total.possible += should && tz_plan_is_whole(p);
		total.missed += should && tz_plan_is_whole(p) && !dropped;
		if (dropped && !should)
			show(t, p, "drops what may be accepted");
		else if (dropped && tells_another(t, p))
			show(t, p, "tells another");
		if (should && tz_plan_is_whole(p) && !dropped &&
		    getenv("TZ_SHOW_MISSED"))
			show(t, p, "missed");
	}
	total.packets++;
	total.drops += dropped;
}

static void run_packets(struct trial *t, enum tz_family family)
{
	struct tz_sample_options options = {
		.seed = t->seed,
		.family = family,
		.ifname = dev,
		.fragments = 30,
		.short_ones = 16,
		.odd = 30,
		.random = 5,
	};

	memcpy(options.src_mac, tz_lab_sender_mac, 6);
	memcpy(options.dst_mac, tz_lab_mac, 6);

	struct tz_sampler *sampler = tz_sampler_new(t->arena, t->ir, &options);
	struct tz_sample_frame *frame =
		tz_new(t->arena, struct tz_sample_frame);

	for (int i = 0; i < N_PACKETS; i++) {
		struct tz_packet packet;

		tz_sampler_next(sampler, frame);
		/* test runs take no frame without room for its headers */
		if (frame->len < 14 + 20)
			continue;
		if (tz_packet_parse(frame->bytes, frame->len, tz_lab_mac,
				    &packet) == TZ_PACKET_FILTERED)
			judge(t, &packet);
		else if (!t->options.is_replace &&
			 is_dropped(t, frame->bytes, frame->len))
			show(t, &packet, "drops what rules do not see");
	}
}

/* ---- one rule set ---- */

/* A program is one for both families, but for who asks at all. */
static void ask_some(struct tz_dice *dice, struct tz_plan_options *o,
		     uint64_t seed)
{
	struct tz_ct_options ct = {
		.is_on = !o->is_replace && tz_dice_below(dice, 3),
		.is_loose = tz_dice_below(dice, 2),
		.expects = !tz_dice_below(dice, 4),
		.notracks = !tz_dice_below(dice, 4),
		.tells_sums = tz_dice_below(dice, 2),
		.knows_requests = seed % 2,
	};

	for (int i = 0; i < 2; i++) {
		o->ct[i] = ct;
		o->ct[i].walks_nat =
			ct.is_on && o->has_nat[i] && tz_dice_below(dice, 2);
	}
}

static void make_rules(struct trial *t)
{
	static const unsigned int sizes[] = { 4, 4, 10, 40, 160 };
	struct tz_dice dice = { t->seed * 7919 + 1 };
	struct tz_plan_options *o = &t->options;
	unsigned int size = sizes[tz_dice_below(&dice, 5)];
	/* where it goes on behind more rules, a large table is too complex */
	const unsigned int most = 40;

	o->is_replace = !tz_dice_below(&dice, 3);
	o->kernel.hz = HZ;
	o->owns_state = !o->is_replace && t->seed % 2;
	tz_random_rules(&dice, o->is_replace, o->owns_state,
			o->owns_state && size > most ? most : size, &t->rules);
	do {
		o->backends[0] = tz_dice_below(&dice, 3);
		o->backends[1] = tz_dice_below(&dice, 3);
	} while (!o->backends[0] && !o->backends[1]);
	o->ifname = o->is_replace || tz_dice_below(&dice, 3) ? dev : NULL;
	o->has_nat[0] = !o->is_replace && !tz_dice_below(&dice, 4);
	o->has_nat[1] = !o->is_replace && !tz_dice_below(&dice, 4);
	ask_some(&dice, o, t->seed);
	o->fragments_drop = !o->is_replace && !tz_dice_below(&dice, 8);
	o->udp_merges = !o->is_replace && !tz_dice_below(&dice, 6);
	o->snaplen = 1 + tz_dice_below(&dice, TAMIZ_SNAPLEN_MAX);
	o->sample_every = tz_dice_below(&dice, 4);
	o->answer_rate = 1;
}

static bool logs(const struct trial *t)
{
	return t->seed % 3;
}

/* What is logged at XDP, and how much of it, is nothing to judge by. */
static void log_some(struct trial *t)
{
	static struct tz_plan_sample samples[TZ_PLAN_SAMPLES_MAX];
	size_t n = t->seed % 4 ? t->seed % 4 : TZ_PLAN_SAMPLES_MAX;

	if (logs(t))
		tz_effects_of_logs(t->ir);
	for (size_t i = 0; i < n; i++)
		samples[i] = (struct tz_plan_sample){
			(uint32_t)(i % t->ir->counted.n), (uint32_t)i + 1
		};
	t->options.samples = samples;
	t->options.n_samples = t->seed % 2 ? n : 0;
}

static bool load(struct trial *t)
{
	log_some(t);
	t->plan = tz_plan_build(t->arena, t->ir, &t->options);
	tz_plan_segment(t->plan);
	tz_ebpf_emit(t->plan, true, &t->text);
	tz_plan_keep_answers(&t->text);
	t->program = tz_plan_load(&t->text, t->lab->ifindex, t->seed);
	return t->program;
}

/* Attached natively, test runs need not wait for the XDP dispatcher. */
static int attach(const struct trial *t)
{
	return bpf_xdp_attach((int)t->lab->ifindex,
			      tamiz_program_fd(t->program, TAMIZ_ROOT),
			      XDP_FLAGS_DRV_MODE, NULL);
}

static void run_trial(const struct tz_lab *lab, bool is_router, uint64_t seed)
{
	struct trial t = {
		.arena = tz_arena_new(),
		.seed = seed,
		.lab = lab,
		.is_router = is_router,
		.words = -1,
	};

	make_rules(&t);
	t.ir = tz_plan_parse(t.arena, &t.rules);
	if (!t.ir || !load(&t) || attach(&t)) {
		total.wrong++;
	} else if (t.options.is_replace && t.plan->too_deep) {
		total.refused++; /* as tamiz_compile does */
	} else {
		t.counted = tz_new_array(t.arena, uint64_t, t.ir->counted.n);
		t.states = tz_states_new(t.arena, t.ir, &t.options.kernel,
					 (struct tz_moment){ 0 });
		if (t.options.owns_state)
			tz_spend_open(&t.spend, t.arena, t.rules.text,
				      t.rules.len, logs(&t));
		t.words = t.plan->states.n ? tz_words_open(t.program) : -1;
		run_packets(&t, TZ_IPV4);
		run_packets(&t, TZ_IPV6);
		if (t.options.is_replace)
			check_counters(&t);
	}
	if ((t.n_wrong || !t.program || getenv("TZ_SHOW_MISSED")) &&
	    getenv("TZ_SHOW_RULES")) {
		struct tz_buf plan = { 0 };

		tz_plan_print(t.plan, &plan);
		printf("%s\n%s\n%s\n", t.rules.text, plan.text, t.text.text);
		tz_buf_free(&plan);
	}
	total.spent += t.spend.n_spent;
	if (t.words >= 0)
		close(t.words);
	if (t.program)
		tamiz_program_free(t.program);
	tz_buf_free(&t.rules);
	tz_buf_free(&t.text);
	tz_arena_free(t.arena);
}

/* Returns how many rule sets were tried, or -1. */
static int run_lab(bool is_router, uint64_t seed, unsigned int n)
{
	const struct tz_lab_options options = { .dev = dev,
						.is_router = is_router };
	struct tz_lab lab;

	if (tz_lab_open(&lab, &options))
		return -1;
	int error = tz_lab_start(&lab, &options);
	unsigned int i = 0;

	for (; i < n && !error; i++)
		run_trial(&lab, is_router, seed + i);
	tz_lab_close(&lab);
	return error ? -1 : (int)i;
}

int main(int argc, char **argv)
{
	const char *wanted = argc > 1 ? argv[1] : getenv("TZ_PLAN_RANDOM");
	const char *sanitize = getenv("SANITIZE");
	unsigned int n = RULE_SETS;
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 0) : 1;

	if (wanted)
		n = (unsigned int)atoi(wanted);
	else if (sanitize && *sanitize)
		n = RULE_SETS_SANITIZED;
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (geteuid() != 0) {
		printf("plan_random: needs root\n");
		return 77;
	}
	int host = run_lab(false, seed, (n + 1) / 2);
	int router = run_lab(true, seed + 1000000, n / 2);

	if (host < 0 || router < 0)
		return 1;
	n = (unsigned int)(host + router);
	printf("%u rule sets, %u too deep, %u packets, %u dropped; offload: %u "
	       "may be dropped, %u of them are not; counts asked %" PRIu64
	       " times\n",
	       n, total.refused, total.packets, total.drops, total.possible,
	       total.missed, total.spent);
	/* an idle comparison proves nothing */
	if (n >= RULE_SETS_SANITIZED && total.drops < total.packets / 10)
		return 1;
	return total.wrong || total.refused > n / 4 ||
	       total.missed > total.possible / 20;
}
