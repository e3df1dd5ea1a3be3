/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the host tells of NAT and of connection tracking, for the options that
 * rules are compiled with, and later for `status`: whether it still is so.
 * What the files have themselves the compiler sees.
 */
#include "runtime/live.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/count.h"
#include "runtime/message.h"
#include "runtime/meta.h"
#include "runtime/scope.h"
#include "runtime/tracking.h"

static bool is_nat(const json_t *rule)
{
	return tz_meta_number(rule, "number") &&
	       !strcmp(tz_meta_text(rule, "table"), "nat");
}

static bool is_same_chain(const json_t *a, const json_t *b)
{
	return tz_meta_number(a, "family") == tz_meta_number(b, "family") &&
	       !strcmp(tz_meta_text(a, "chain"), tz_meta_text(b, "chain"));
}

/* Whether common rules of a chain of nat are in another order in a set. */
static bool is_reordered(const json_t *rules, const int *match)
{
	const json_t *before = NULL;
	int place = -1;

	for (size_t i = 0; i < json_array_size(rules); i++) {
		const json_t *rule = json_array_get(rules, i);

		if (match[i] < 0 || !is_nat(rule))
			continue;
		if (before && is_same_chain(before, rule) && match[i] < place)
			return true;
		before = rule;
		place = match[i];
	}
	return false;
}

/* Rules of nat in @set that @rules do not have; *n counts those of nat. */
static bool set_differs(const struct tz_live_set *set, const json_t *rules,
			size_t *n)
{
	size_t n_live = tamiz_n_rules(set->compiled);
	_cleanup_free_ int *match = tz_count_match(rules, set->index);
	_cleanup_free_ bool *is_matched = calloc(n_live + 1, 1);

	if (!match || !is_matched || is_reordered(rules, match))
		return true;
	for (size_t i = 0; i < json_array_size(rules); i++) {
		if (match[i] >= 0)
			is_matched[match[i]] = true;
	}
	for (size_t i = 0; i < n_live; i++) {
		struct tamiz_rule rule = tamiz_rule(set->compiled, i);

		if (!rule.number || strcmp(rule.table, "nat"))
			continue;
		if (!is_matched[i])
			return true;
		++*n;
	}
	return false;
}

bool tz_live_translates_besides(const struct tamiz_live *live,
				const json_t *rules)
{
	size_t n_of[2] = { 0, 0 }; /* rules of nat: legacy, nft */
	_cleanup_free_ struct tz_live_place *places = NULL;

	if (!live->has_nat)
		return false;
	if (live->has_nat_of_others)
		return true;
	for (size_t k = 0; k < live->n; k++) {
		const struct tz_live_set *set = &live->sets[k];
		bool is_nft = set->backend == TAMIZ_BACKEND_NFT;

		if (set_differs(set, rules, &n_of[is_nft]))
			return true;
	}
	/* A table that iptables-nft does not understand is not listed. */
	if (live->has_nat_of_nft && !n_of[1])
		return true;
	places = tz_live_find(live, rules);
	for (size_t i = 0; places && i < json_array_size(rules); i++) {
		if (is_nat(json_array_get(rules, i)) && places[i].set < 0)
			return true;
	}
	return !places;
}

static void say_unknown(struct tamiz_notes *notes, const char *why)
{
	tz_note(notes,
		"%s: what state packets have is unknown, and rules that ask "
		"for it are left to the kernel",
		why);
}

/* Whether entries can be trusted to be found; notes why not. */
static enum tamiz_conntrack judge(unsigned int now, unsigned int asked,
				  const char *ifname, struct tamiz_notes *notes)
{
	const unsigned int on = TZ_TRACKING_ON4 | TZ_TRACKING_ON6;

	/* translated, it is in no table as it comes in; or NOTRACK sent it */
	if (ifname && !strcmp(ifname, "lo"))
		say_unknown(notes, "what a host sends to itself comes with the "
				   "state that it was sent with");
	else if (asked & ~now & on)
		say_unknown(notes, "no rule that is live has the kernel track "
				   "connections");
	else if (now & TZ_TRACKING_ZONES)
		say_unknown(notes, "rules put connections into zones");
	else if (!tz_tracking_can_ask())
		say_unknown(notes, "this kernel lets no program look "
				   "connections up (Linux 5.18, "
				   "CONFIG_DEBUG_INFO_BTF)");
	else
		return TAMIZ_CONNTRACK_LOOKUP;
	return TAMIZ_CONNTRACK_NONE;
}

/* What is known of requests of ICMP, which have entries like all others. */
static void teach_requests(unsigned int now, const struct tamiz *rules,
			   struct tamiz_options *options,
			   struct tamiz_notes *notes)
{
	options->host_has_one_device = !(now & TZ_TRACKING_DEVICES) &&
				       tz_tracking_tells_devices(rules);
	options->host_has_requests = tz_tracking_has_requests();
	if (options->host_has_requests)
		tz_note(notes, "others are pinging now, or that cannot be "
			       "read: echo requests that the rules refuse are "
			       "left to the kernel, until they are replaced");
}

static void teach_tracking(unsigned int now, unsigned int asked,
			   const struct tamiz *rules,
			   struct tamiz_options *options,
			   struct tamiz_notes *notes)
{
	options->conntrack = judge(now, asked, options->ifname, notes);
	options->host_is_loose = now & TZ_TRACKING_LOOSE;
	options->host_has_zones = now & TZ_TRACKING_ZONES;
	options->host_has_expectations = now & TZ_TRACKING_EXPECTS;
	options->host_has_notrack = now & TZ_TRACKING_NOTRACK;
	if (options->conntrack == TAMIZ_CONNTRACK_NONE)
		return;
	teach_requests(now, rules, options, notes);
	if (options->host_has_expectations)
		tz_note(notes, "helpers of this host may expect connections: "
			       "whatever is NEW may be RELATED");
	if (options->host_has_notrack)
		tz_note(notes, "rules of this host leave packets untracked: "
			       "any may be");
}

/* @now: what connection tracking does, TZ_TRACKING_*. */
static int teach(const struct tamiz_live *live, const struct tamiz *rules,
		 unsigned int asked, unsigned int now,
		 struct tamiz_options *options, struct tamiz_notes *notes)
{
	_cleanup_json_ json_t *array = tz_meta_rules(rules, options->mode);

	if (!array)
		return -ENOMEM;
	if (asked && options->mode == TAMIZ_MODE_OFFLOAD)
		teach_tracking(now, asked, rules, options, notes);
	if (!options->assume_no_nat && !options->host_has_nat &&
	    tz_live_translates_besides(live, array)) {
		options->host_has_nat = true;
		tz_note(notes,
			"this host translates addresses (NAT) by rules that "
			"are not in the files: what filter chains see of the "
			"destination is unknown (--assume-no-nat)");
	}
	return 0;
}

int tamiz_live_teach(const struct tamiz_live *live, const struct tamiz *rules,
		     struct tamiz_options *options, struct tamiz_notes *notes)
{
	return teach(live, rules, tz_tracking_asked(rules), live->tracking,
		     options, notes);
}

int tamiz_live_remind(const struct tamiz_live *live, const struct tamiz *rules,
		      struct tamiz_options *options, struct tamiz_notes *notes)
{
	struct tamiz_options saved = *options;
	unsigned int asked = tz_tracking_asked(rules);
	/* whether connections are tracked is for the rules that may come */
	int error = teach(live, rules, asked, live->tracking | asked, options,
			  notes);

	if (error)
		return error;
	options->host_has_nat |= saved.host_has_nat;
	options->host_is_loose &= saved.host_is_loose;
	options->host_has_zones |= saved.host_has_zones;
	options->host_has_expectations |= saved.host_has_expectations;
	options->host_has_notrack |= saved.host_has_notrack;
	options->host_has_requests |= saved.host_has_requests;
	options->host_has_one_device &= saved.host_has_one_device;
	if (saved.conntrack == TAMIZ_CONNTRACK_NONE)
		options->conntrack = TAMIZ_CONNTRACK_NONE;
	if (asked & ~live->tracking && options->mode == TAMIZ_MODE_OFFLOAD &&
	    options->conntrack == TAMIZ_CONNTRACK_LOOKUP)
		tz_note(notes, "no live rule has the kernel track connections: "
			       "until one does, XDP may drop what belongs to "
			       "one");
	return 0;
}

const char *tz_live_tracks_otherwise(const struct tamiz_live *live,
				     const json_t *meta)
{
	const unsigned int harms =
		TZ_TRACKING_EXPECTS | TZ_TRACKING_ZONES | TZ_TRACKING_NOTRACK |
		TZ_TRACKING_DEVICES;
	unsigned int asked = (unsigned int)tz_meta_number(meta, "asked");
	unsigned int known = (unsigned int)tz_meta_number(meta, "tracking");

	if (!asked)
		return "";
	if (asked & ~live->tracking)
		return "since attach no live rule has the kernel track "
		       "connections, and XDP may drop what belongs to one: "
		       "replace the rules";
	if (live->tracking & ~known & harms ||
	    known & ~live->tracking & TZ_TRACKING_LOOSE)
		return "since attach this host tracks connections in another "
		       "way (helpers, zones, NOTRACK, tcp_loose, devices), and "
		       "XDP may drop what the kernel accepts: replace the rules";
	return "";
}
