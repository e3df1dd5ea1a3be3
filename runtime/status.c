/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is attached: pins and metadata say what, the maps say how often. The
 * texts of the result are those of the metadata, which it owns.
 */
#include <tamiz/runtime.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <tamiz/abi.h>

#include "runtime/attach_xdp.h"
#include "runtime/ethtool.h"
#include "runtime/json.h"
#include "runtime/live.h"
#include "runtime/load.h"
#include "runtime/lock.h"
#include "runtime/message.h"
#include "runtime/meta.h"
#include "runtime/netdev.h"
#include "runtime/routes.h"
#include "runtime/scope.h"
#include "runtime/state.h"

/* The public part first: a tamiz_status is a tz_report. */
struct report {
	struct tamiz_status status;
	json_t **metas; /* one per device: owns its texts */
};

/* A name for texts of ours among those of the metadata. */
#define NAME_NOW "name_now"
#define DRIFT_NOW "drift_now"

struct reading {
	struct report *report;
	const char *ifname; /* NULL: all */
	const struct tamiz_live *live;
	struct tamiz_message *message;
};

static struct tamiz_status_rule describe_rule(const json_t *rule)
{
	const json_t *comment = json_object_get(rule, "comment");

	return (struct tamiz_status_rule){
		.family = (int)tz_meta_number(rule, "family"),
		.table = tz_meta_text(rule, "table"),
		.chain = tz_meta_text(rule, "chain"),
		.number = (unsigned int)tz_meta_number(rule, "number"),
		.file = tz_meta_text(rule, "file"),
		.line = (unsigned int)tz_meta_number(rule, "line"),
		.text = tz_meta_text(rule, "text"),
		.target = tz_meta_text(rule, "target"),
		.comment = json_string_value(comment),
		.is_own = json_is_true(json_object_get(rule, "own")),
		.is_ingress = json_is_true(json_object_get(rule, "ingress")),
		.fit = tz_meta_text(rule, "fit"),
	};
}

static void add_kernel_counts(struct tamiz_status_device *device,
			      const struct tamiz_live *live,
			      const struct tz_live_place *places)
{
	for (size_t i = 0; i < device->n_rules; i++) {
		struct tamiz_status_rule *rule = &device->rules[i];

		if (places[i].set < 0)
			continue;
		rule->is_live = true;
		rule->kernel = live->sets[places[i].set].counts[places[i].rule];
	}
}

static void add_sums(struct tamiz_status_device *device)
{
	bool is_offload = strcmp(device->mode, "replace");

	for (size_t i = 0; i < device->n_rules; i++) {
		struct tamiz_status_rule *rule = &device->rules[i];

		rule->sum = rule->xdp;
		if (!is_offload)
			continue;
		rule->sum.packets += rule->kernel.packets;
		rule->sum.bytes += rule->kernel.bytes;
	}
}

static int count_rule(const struct tz_state *state, size_t i,
		      struct tamiz_status_rule *rule)
{
	struct tz_tally tally;
	int error = tz_state_count(state, i, &tally);

	if (error)
		return error;
	rule->xdp = tally.xdp;
	rule->would = tally.would;
	return 0;
}

static int read_rules(struct tamiz_status_device *device,
		      const struct tz_state *state,
		      const struct tamiz_live *live)
{
	const json_t *rules = json_object_get(state->meta, "rules");
	size_t n = json_array_size(rules);
	int error = 0;

	device->rules = calloc(n + 1, sizeof(*device->rules));
	if (!device->rules)
		return -ENOMEM;
	device->n_rules = n;
	for (size_t i = 0; i < n && !error; i++) {
		device->rules[i] = describe_rule(json_array_get(rules, i));
		error = count_rule(state, i, &device->rules[i]);
	}
	if (error || !live)
		return error;

	_cleanup_free_ struct tz_live_place *places = tz_live_find(live, rules);

	if (!places)
		return -ENOMEM;
	add_kernel_counts(device, live, places);
	return 0;
}

static int read_outcomes(struct tamiz_status_device *device, int fd)
{
	int error = tz_load_count(fd, TZ_OUTCOME_PASSED, &device->passed);

	if (!error)
		error = tz_load_count(fd, TZ_OUTCOME_DROPPED, &device->dropped);
	if (!error)
		error = tz_load_count(fd, TZ_OUTCOME_UNJUDGED,
				      &device->unjudged);
	if (!error)
		error = tz_load_count(fd, TZ_OUTCOME_WOULD_DROP,
				      &device->would_drop);
	return error;
}

static void clear_device(struct tamiz_status_device *device)
{
	free(device->rules);
	tamiz_notes_clear(&device->notes);
}

/* Whose frames the device's are was looked at when it was attached. */
static void note_master(struct tamiz_status_device *device, const char *upper)
{
	const char *ifname = device->ifname;
	struct tz_netdev dev;

	if (tz_netdev_get(ifname, &dev))
		return;
	if (strcmp(dev.master_name, upper))
		tz_note(&device->notes,
			*dev.master_name
				? "%s is enslaved to %s now, whose frames are "
				  "judged as its own: detach it"
				: "%s is not enslaved to %s any more: detach "
				  "it",
			ifname, *dev.master_name ? dev.master_name : upper);
	if (*dev.upper_name)
		tz_note(&device->notes,
			"%s is below %s now, whose frames are judged as its "
			"own: detach it",
			ifname, dev.upper_name);
}

/* Frames to an address that the program does not know are not judged. */
static void note_address(struct tamiz_status_device *device, const json_t *meta)
{
	const char *upper = tz_meta_text(meta, "as");
	const char *ifname = *upper ? upper : device->ifname;
	const char *known = tz_meta_text(meta, "mac");
	char mac[TZ_META_MAC_LEN];
	struct tz_netdev dev;

	if (tz_netdev_get(ifname, &dev))
		return;
	tz_meta_mac(dev.mac, mac);
	if (strcmp(mac, known))
		tz_note(&device->notes,
			"%s had the address %s when it was attached: frames "
			"to %s are left to the kernel until replace",
			ifname, known, mac);
}

/* Nor whether it merges datagrams, whose length rules then see. */
static void note_merging(struct tamiz_status_device *device, const json_t *meta)
{
	if (json_is_true(json_object_get(meta, "merging_matters")) &&
	    tz_ethtool_merges_udp(device->ifname))
		tz_note(&device->notes,
			"%s merges UDP datagrams, and did not when it was "
			"attached: rules on their length may drop what the "
			"kernel accepts until replace",
			device->ifname);
}

static void note_hidden(struct tamiz_status_device *device, const json_t *meta,
			const char *matters, const char *(*why)(void))
{
	const char *reason =
		json_is_true(json_object_get(meta, matters)) ? why() : NULL;

	if (reason)
		tz_note(&device->notes,
			"%s, and had none when %s was attached: rules with "
			"rpfilter may drop what the kernel accepts until "
			"replace",
			reason, device->ifname);
}

/* Nor which routes a lookup leaves out, by which rpfilter is judged. */
static void note_routes(struct tamiz_status_device *device, const json_t *meta)
{
	if (json_is_true(json_object_get(meta, "routes_matter")) &&
	    tz_routes_are_ignored())
		tz_note(&device->notes,
			"ignore_routes_with_linkdown is on, and was not when "
			"%s was attached: rules with rpfilter may drop what "
			"the kernel accepts until replace",
			device->ifname);
	note_hidden(device, meta, "rules4_matter", tz_routes_hidden4);
	note_hidden(device, meta, "rules6_matter", tz_routes_hidden6);
}

static void note_name(struct tamiz_status_device *device,
		      const struct tz_state *state)
{
	const char *before = tz_meta_text(state->meta, "ifname");

	if (!*state->ifname)
		tz_note(&device->notes,
			"%s is in another network namespace now: detach it",
			device->ifname);
	else if (strcmp(before, state->ifname))
		tz_note(&device->notes,
			"%s was called %s when it was attached, and that is "
			"what -i is compared with until replace",
			state->ifname, before);
}

/* Offload leans on the live rules; in replace nothing is remembered. */
static int note_drift(struct tamiz_status_device *device, json_t *meta,
		      const struct tamiz_live *live)
{
	_cleanup_free_ char *drift = live ? tz_live_changed(live, meta) : NULL;

	device->drift = "";
	if (!live)
		return 0;
	if (!drift || json_object_set_new(meta, DRIFT_NOW, tz_json_text(drift)))
		return -ENOMEM;
	device->drift = tz_meta_text(meta, DRIFT_NOW);
	return 0;
}

static int describe_state(struct tamiz_status_device *device,
			  const char *ifname, const struct tz_state *state)
{
	uint32_t flags;
	int error = tz_state_flags(state, &flags);

	if (error)
		return error;
	*device = (struct tamiz_status_device){
		.ifname = ifname,
		.ifindex = state->ifindex,
		.mode = tz_meta_text(state->meta, "mode"),
		.backend = tz_meta_text(state->meta, "backend"),
		.version = tz_meta_text(state->meta, "version"),
		.connections = tz_meta_text(state->meta, "connections"),
		.xdp = state->hook != TAMIZ_HOOK_XDP ? "tc"
		       : *state->ifname ? tz_xdp_mode(state->ifindex)
					: "none",
		.generation = state->gen,
		.before = (unsigned int)tz_meta_number(state->meta, "before"),
		.is_monitor = flags & TZ_CONTROL_MONITOR,
		.trial = state->trial,
		.is_void = state->is_void,
		.tried = state->tried,
		.left_ms = state->left_ms,
		.attached_at = tz_meta_number(state->meta, "attached_at"),
		.root_id = state->root_id,
		.rules_id = state->rules_id,
	};
	return 0;
}

static int describe_device(struct tamiz_status_device *device,
			   const char *ifname, const struct tz_state *state,
			   const struct tamiz_live *live)
{
	int error = describe_state(device, ifname, state);

	if (error)
		return error;
	note_name(device, state);
	if (*state->ifname && state->hook == TAMIZ_HOOK_XDP) {
		note_master(device, tz_meta_text(state->meta, "as"));
		note_address(device, state->meta);
		note_merging(device, state->meta);
		note_routes(device, state->meta);
	}
	error = read_outcomes(device, state->outcomes);
	if (!error)
		error = note_drift(device, state->meta, live);
	if (!error)
		error = read_rules(device, state, live);
	if (error)
		clear_device(device);
	else
		add_sums(device);
	return error;
}

static int grow(struct report *report)
{
	size_t n = report->status.n_devices + 1;
	struct tamiz_status_device *devices =
		reallocarray(report->status.devices, n, sizeof(*devices));

	if (!devices)
		return -ENOMEM;
	report->status.devices = devices;

	json_t **metas = reallocarray(report->metas, n, sizeof(json_t *));

	if (!metas)
		return -ENOMEM;
	report->metas = metas;
	return 0;
}

/* What cannot be read is told, and hides nothing of the other devices. */
static void describe_damage(struct tamiz_status_device *device,
			    const char *ifname, int error,
			    struct tamiz_message *message)
{
	*device = (struct tamiz_status_device){
		.ifname = ifname,
		.is_damaged = true,
		.mode = "",
		.backend = "",
		.version = "",
		.xdp = "",
		.connections = "",
		.drift = "",
	};
	if (message->text)
		tz_note(&device->notes, "%s", message->text);
	else
		tz_note(&device->notes, "cannot read the counters of %s: %s",
			ifname, strerror(-error));
}

static int read_device(const struct tz_pins *pins, const char *pinned_as,
		       void *arg)
{
	struct reading *reading = arg;
	struct report *report = reading->report;
	struct tamiz_message message = { 0 };
	_cleanup_state_ struct tz_state state = TZ_STATE_NONE;
	int error = tz_state_open(pins, pinned_as, &state, &message);
	const char *name = *state.ifname ? state.ifname : pinned_as;

	if (error == -ENOENT ||
	    (reading->ifname && strcmp(reading->ifname, name))) {
		tamiz_message_clear(&message);
		return 0;
	}
	if (grow(report)) {
		tamiz_message_clear(&message);
		return -ENOMEM;
	}

	size_t i = report->status.n_devices++;
	struct tamiz_status_device *device = &report->status.devices[i];
	json_t *meta = state.meta ? json_incref(state.meta) : json_object();

	/* The name goes where the other texts are. */
	json_object_set_new(meta, NAME_NOW, tz_json_text(name));
	report->metas[i] = meta;
	name = tz_meta_text(meta, NAME_NOW);
	if (!error)
		error = describe_device(device, name, &state, reading->live);
	if (error)
		describe_damage(device, name, error, &message);
	tamiz_message_clear(&message);
	return error == -ENOMEM ? error : 0;
}

static int read_pins(const char *bpffs, struct reading *reading)
{
	struct tz_pins pins;
	int error = tz_pin_open(&pins, bpffs, false, reading->message);

	if (!error)
		error = tz_pin_each(&pins, read_device, reading);
	return error == -ENOENT ? 0 : error;
}

int tamiz_status_read(const char *ifname, const char *bpffs,
		      const struct tamiz_live *live,
		      struct tamiz_status **status,
		      struct tamiz_message *message)
{
	uint64_t netns;
	int error;
	_cleanup_close_ int lock = tz_lock_here(true, &netns, message);
	struct report *report = calloc(1, sizeof(*report));

	if (lock < 0 || !report) {
		free(report);
		return lock < 0 ? lock : -ENOMEM;
	}
	error = read_pins(bpffs,
			  &(struct reading){ report, ifname, live, message });
	if (error) {
		tamiz_status_free(&report->status);
		return error;
	}
	*status = &report->status;
	return 0;
}

void tamiz_status_free(struct tamiz_status *status)
{
	/* The public part is the first member. */
	struct report *report = (struct report *)status;

	if (!report)
		return;
	for (size_t i = 0; i < status->n_devices; i++) {
		clear_device(&status->devices[i]);
		json_decref(report->metas[i]);
	}
	free(status->devices);
	free(report->metas);
	free(report);
}
