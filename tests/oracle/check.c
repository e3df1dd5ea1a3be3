/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Three comparisons: the kernel alone with the interpreter, station by
 * station; the kernel alone with XDP, which must never drop what the kernel
 * accepts; and the counters of the kernel alone with those of the kernel and
 * XDP together.
 */
#include "check.h"

#include <inttypes.h>
#include <linux/bpf.h>
#include <stdio.h>

#include "belief.h"
#include "fate.h"
#include "fib.h"
#include "lib/lab.h"
#include "paths.h"
#include "socks.h"
#include "train.h"

/* What is known of one frame while it is judged. */
struct frame_case {
	size_t i;
	const struct tz_probe *probe;
	enum tz_packet_kind kind;
	struct tz_packet packet;
	struct tz_watch_seen seen; /* by the kernel alone */
	enum tz_fate fate;
	bool is_fragment;
};

static bool show(struct tz_check *check, const struct frame_case *c,
		 const char *what)
{
	if (check->n_shown++ >= check->shown_max)
		return false;
	fprintf(stderr, "%s: frame %zu: kernel: %s (stages %#x)\n", what, c->i,
		tz_fate_name(c->fate), c->seen.stages);
	if (c->probe->rule)
		fprintf(stderr, "  made for: -A %s %s\n",
			c->probe->rule->owner->name,
			c->probe->rule->text ? c->probe->rule->text : "");
	fputs("  ", stderr);
	for (size_t i = 0; i < c->probe->frame.len; i++)
		fprintf(stderr, "%02x", c->probe->frame.bytes[i]);
	fputc('\n', stderr);
	return true;
}

static struct frame_case open_case(const struct tz_check *check, size_t i)
{
	struct frame_case c = { .i = i, .probe = &check->probes->all.at[i] };

	c.kind = tz_packet_parse(c.probe->frame.bytes, c.probe->frame.len,
				 tz_lab_mac, &c.packet);
	c.is_fragment = c.kind == TZ_PACKET_FILTERED && c.packet.is_fragment;
	c.seen = check->alone->seen[i];
	c.fate = tz_fate_of(c.seen, c.is_fragment);
	return c;
}

/*
 * The packet that the rules of a station saw: of a fragment that arrived
 * there as a datagram, the datagram. False when it cannot be told.
 */
static bool packet_at(const struct tz_check *check, const struct frame_case *c,
		      bool is_whole, struct tz_packet *packet)
{
	struct tz_frame_ref whole;

	*packet = c->packet;
	if (!c->is_fragment || !is_whole)
		return true;
	return tz_train_join(check->probes, c->i, &whole) &&
	       tz_packet_parse(whole.bytes, whole.len, tz_lab_mac, packet) ==
		       TZ_PACKET_FILTERED;
}

/* Compares at one station; adds to @result. */
static void compare_station(struct tz_check *check, const struct frame_case *c,
			    const struct tz_ir *ir,
			    const struct tz_packet *packet, bool was_dropped,
			    struct tz_result *result)
{
	enum tz_route route = c->seen.stages & TZ_WATCH_FORWARD
				      ? TZ_ROUTE_FORWARD
				      : TZ_ROUTE_INPUT;
	struct tz_context context = {
		.fib = tz_fib_of_kernel(check->is_router),
		.sockets = check->has_sockets ? tz_socks_in_kernel() : NULL,
	};
	struct tz_belief belief =
		tz_believe(ir, packet, route, check->backend,
			   check->subject->dev, &context, check->clock_ns);

	if (belief.is_open || (belief.may_drop && belief.may_pass)) {
		result->open++;
		return;
	}
	result->compared++;
	if (was_dropped ? belief.may_drop : belief.may_pass)
		return;
	result->mismatches++;
	if (show(check, c, "mismatch"))
		fprintf(stderr, "  the interpreter: %s in %s\n",
			belief.may_drop ? "dropped" : "accepted",
			ir == &check->subject->prerouting ? "PREROUTING"
			: route == TZ_ROUTE_FORWARD       ? "FORWARD"
							  : "INPUT");
}

/*
 * Whether conntrack or its like is in use: no rule of PREROUTING then meets a
 * fragment (SEMANTICS 3.4).
 */
static bool defragments(const struct tz_check *check)
{
	for (size_t i = 0; i < check->probes->all.n; i++)
		if ((check->alone->seen[i].stages &
		     (TZ_WATCH_ARRIVED | TZ_WATCH_DEFRAGMENTED)) ==
		    TZ_WATCH_ARRIVED)
			return true;
	return false;
}

static void compare_interpreter(struct tz_check *check,
				const struct frame_case *c, bool is_defragged,
				struct tz_result *result)
{
	const struct tz_subject *subject = check->subject;
	struct tz_packet packet;

	if ((c->kind == TZ_PACKET_UNFILTERED) !=
	    (c->fate == TZ_FATE_UNFILTERED)) {
		result->mismatches++;
		if (show(check, c, "mismatch"))
			fputs("  the interpreter: the other way\n", stderr);
		return;
	}
	if (c->fate == TZ_FATE_UNFILTERED ||
	    !(c->seen.stages & TZ_WATCH_DEFRAGMENTED))
		return;
	if (packet_at(check, c, is_defragged, &packet))
		compare_station(check, c, &subject->prerouting, &packet,
				!(c->seen.stages & TZ_WATCH_PREROUTED), result);
	else
		result->open++;
	if (!(c->seen.stages & TZ_WATCH_ROUTED))
		return;
	bool is_joined = is_defragged || (subject->family == TZ_IPV4 &&
					  c->seen.stages & TZ_WATCH_INPUT);

	if (!subject->has_nat && packet_at(check, c, is_joined, &packet))
		compare_station(check, c, &subject->routed, &packet,
				!(c->seen.stages & TZ_WATCH_SURVIVED), result);
	else
		result->open++;
}

static void count_fate(const struct frame_case *c, struct tz_result *result)
{
	switch (c->fate) {
	case TZ_FATE_UNFILTERED:
		result->unfiltered++;
		break;
	case TZ_FATE_HELD:
		result->held++;
		break;
	case TZ_FATE_LOST:
		result->excluded++;
		break;
	case TZ_FATE_DROPPED_EARLY:
	case TZ_FATE_DROPPED:
		result->dropped++;
		break;
	case TZ_FATE_SURVIVED:
		break;
	}
}

/* Whether the datagram of this frame was accepted by the kernel alone. */
static bool was_accepted(const struct tz_check *check,
			 const struct frame_case *c)
{
	if (c->seen.stages & TZ_WATCH_SURVIVED)
		return true;
	for (size_t i = 0; c->probe->train && i < check->probes->all.n; i++)
		if (check->probes->all.at[i].train == c->probe->train &&
		    check->alone->seen[i].stages & TZ_WATCH_SURVIVED)
			return true;
	return false;
}

/* Whether the frame is forwarded, or would be if no rule dropped it. */
static bool is_forwarded(const struct tz_check *check,
			 const struct frame_case *c)
{
	if (c->seen.stages & TZ_WATCH_ROUTED)
		return c->seen.stages & TZ_WATCH_FORWARD;
	return check->is_router && tz_fib_forwards(&c->packet);
}

/* XDP may know the route: the reference is asked for that one only. */
static struct tz_possible_options offload_options(const struct tz_check *check,
						  const struct frame_case *c)
{
	bool goes_on = is_forwarded(check, c);
	struct tz_possible_options options = {
		.ifname = check->subject->dev,
		.context = { .fib = tz_fib_of_xdp(check->is_router),
			     .sockets = check->has_sockets ? tz_socks_at_xdp()
							   : NULL },
		.ct = check->subject->ct,
		.has_nat = check->subject->has_nat,
		.may_merge = true,
		.routes = { [TZ_ROUTE_INPUT] = !goes_on,
			    [TZ_ROUTE_FORWARD] = goes_on },
	};

	options.backends[check->backend] = true;
	return options;
}

static bool reference_passes(const struct tz_check *check,
			     const struct frame_case *c)
{
	struct tz_possible_options options = offload_options(check, c);

	return c->kind == TZ_PACKET_UNFILTERED ||
	       tz_eval_possible(check->subject->ir, &c->packet, &options) ==
		       TZ_MUST_PASS;
}

static bool is_droppable(const struct tz_check *check,
			 const struct frame_case *c)
{
	struct tz_possible_options options = offload_options(check, c);

	if (c->kind == TZ_PACKET_UNFILTERED)
		return false;
	enum tz_possible brute =
		tz_eval_brute(check->subject->ir, &c->packet, &options);

	if (brute == TZ_TOO_MANY)
		brute = tz_eval_possible(check->subject->ir, &c->packet,
					 &options);
	return brute == TZ_MAY_DROP;
}

static void compare_xdp(struct tz_check *check, const struct frame_case *c,
			struct tz_result *result)
{
	bool drops = check->behind->verdicts[c->i] == XDP_DROP;
	/* A frame that netfilter saw alone and does not see now. */
	bool is_gone = c->seen.stages & TZ_WATCH_ARRIVED &&
		       !(check->behind->seen[c->i].stages & TZ_WATCH_ARRIVED);
	bool may_drop = is_droppable(check, c);

	result->xdp_dropped += drops;
	result->droppable += may_drop;
	result->covered += may_drop && drops;
	if (check->shows_missed && may_drop && !drops)
		show(check, c, "XDP could drop");
	if ((drops || is_gone) && was_accepted(check, c)) {
		result->unsound++;
		show(check, c, "UNSOUND: XDP drops");
	} else if (drops && reference_passes(check, c)) {
		result->mismatches++;
		show(check, c, "mismatch: XDP drops, the interpreter passes");
	} else if (drops != is_gone && c->fate != TZ_FATE_UNFILTERED) {
		result->mismatches++;
		show(check, c,
		     drops ? "mismatch: XDP drops in a test run only"
			   : "mismatch: XDP drops when attached only");
	}
}

static void compare_counters(struct tz_check *check, struct tz_result *result)
{
	const struct tamiz *tamiz = check->subject->tamiz;

	result->counters_compared = true;
	for (size_t i = 0; i < tamiz_n_rules(tamiz); i++) {
		struct tz_tally alone = check->alone->kernel[i],
				kernel = check->behind->kernel[i],
				xdp = check->behind->xdp[i];
		struct tamiz_rule rule = tamiz_rule(tamiz, i);

		if (!rule.is_ingress ||
		    (alone.packets == kernel.packets + xdp.packets &&
		     alone.bytes == kernel.bytes + xdp.bytes))
			continue;
		result->counters++;
		if (check->n_shown++ >= check->shown_max)
			continue;
		fprintf(stderr,
			"counter: %s:%u %s/%s %u: kernel alone %" PRIu64
			":%" PRIu64 ", behind XDP %" PRIu64 ":%" PRIu64
			", XDP %" PRIu64 ":%" PRIu64 "\n",
			rule.file, rule.line, rule.table, rule.chain,
			rule.number, alone.packets, alone.bytes, kernel.packets,
			kernel.bytes, xdp.packets, xdp.bytes);
	}
}

/* A byte that the kernel alone accepts must come through behind XDP too. */
static void compare_bursts(struct tz_check *check, struct tz_result *result)
{
	result->bursts = check->bursts->all.n;
	for (size_t i = 0; i < check->bursts->all.n; i++) {
		const struct tz_burst *burst = &check->bursts->all.at[i];
		struct tz_watch_seen alone = check->alone->bursts[i];

		result->merged +=
			alone.n_survivors && alone.n_survivors < TZ_BURST_LEN;
		if (!check->behind)
			continue;
		uint32_t wanted = tz_burst_payload(burst, alone);
		uint32_t got =
			tz_burst_payload(burst, check->behind->bursts[i]);

		if (got >= wanted)
			continue;
		result->unsound++;
		if (check->n_shown++ >= check->shown_max)
			continue;
		fprintf(stderr,
			"UNSOUND: of burst %zu the kernel accepts %u bytes, "
			"behind XDP %u come through\n",
			i, wanted, got);
		if (burst->rule)
			fprintf(stderr, "  made for: %s\n",
				burst->rule->text ? burst->rule->text : "");
	}
}

bool tz_check_exclude(struct tz_probes *probes, const struct tz_pass *alone,
		      size_t *n_excluded)
{
	size_t n_kept = 0;

	for (size_t i = 0; i < probes->all.n; i++) {
		const struct tz_probe *probe = &probes->all.at[i];
		struct tz_packet packet;
		bool is_fragment =
			tz_packet_parse(probe->frame.bytes, probe->frame.len,
					tz_lab_mac,
					&packet) == TZ_PACKET_FILTERED &&
			packet.is_fragment;

		if (tz_fate_of(alone->seen[i], is_fragment) != TZ_FATE_LOST)
			probes->all.at[n_kept++] = *probe;
	}
	bool was_any = n_kept < probes->all.n;

	*n_excluded += probes->all.n - n_kept;
	probes->all.n = n_kept;
	return was_any;
}

void tz_check_run(struct tz_check *check, struct tz_result *result)
{
	bool is_defragged = defragments(check);

	*result = (struct tz_result){ .packets = check->probes->all.n };
	for (size_t i = 0; i < check->probes->all.n; i++) {
		struct frame_case c = open_case(check, i);

		count_fate(&c, result);
		compare_interpreter(check, &c, is_defragged, result);
		if (check->behind)
			compare_xdp(check, &c, result);
	}
	compare_bursts(check, result);
	/* A datagram counts once where its fragments are put together first. */
	if (check->behind && check->subject->is_exact && !check->is_foreign &&
	    !check->merges && !check->subject->has_nat && !is_defragged)
		compare_counters(check, result);
	if (result->counters)
		tz_paths_explain(check, check->shown_max);
}
