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
#include "runtime/live.h"
#include "runtime/load.h"
#include "runtime/message.h"
#include "runtime/meta.h"
#include "runtime/scope.h"
#include "runtime/state.h"
#include "runtime/sys.h"

/* The public part first: a tamiz_status is a tz_report. */
struct report {
	struct tamiz_status status;
	json_t **metas; /* one per device */
};

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
		error = tz_state_count(state, i, &device->rules[i].xdp);
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
	return error;
}

static int describe_device(struct tamiz_status_device *device,
			   const struct tz_state *state,
			   const struct tamiz_live *live)
{
	*device = (struct tamiz_status_device){
		.ifname = tz_meta_text(state->meta, "ifname"),
		.ifindex = state->ifindex,
		.mode = tz_meta_text(state->meta, "mode"),
		.backend = tz_meta_text(state->meta, "backend"),
		.version = tz_meta_text(state->meta, "version"),
		.xdp = tz_xdp_mode(state->ifindex),
		.generation = state->gen,
		.attached_at = tz_meta_number(state->meta, "attached_at"),
		.root_id = state->root_id,
		.rules_id = state->rules_id,
	};

	int error = read_outcomes(device, state->outcomes);

	return error ? error : read_rules(device, state, live);
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

static int read_device(const struct tz_pins *pins, const char *ifname,
		       void *arg)
{
	struct reading *reading = arg;
	struct report *report = reading->report;
	_cleanup_state_ struct tz_state state = TZ_STATE_NONE;

	if (reading->ifname && strcmp(reading->ifname, ifname))
		return 0;

	int error = tz_state_open(pins, ifname, &state, reading->message);

	if (error)
		return error == -ENOENT ? 0 : error;
	error = grow(report);
	if (error)
		return error;

	size_t i = report->status.n_devices++;

	error = describe_device(&report->status.devices[i], &state,
				reading->live);
	report->metas[i] = TAKE_PTR(state.meta);
	if (error)
		return tz_message_fail(reading->message, error,
				       "cannot read the counters of %s: %s",
				       ifname, strerror(-error));
	return 0;
}

static int read_pins(const char *bpffs, struct reading *reading)
{
	struct tz_pins pins;
	int error = tz_pin_open(&pins, bpffs ? bpffs : TAMIZ_BPFFS, false,
				reading->message);

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
	int error = tz_sys_check_caps(message);

	if (!error)
		error = tz_sys_netns(&netns);
	if (error)
		return error;

	_cleanup_close_ int lock = tz_sys_lock(netns, true, message);
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
		free(status->devices[i].rules);
		json_decref(report->metas[i]);
	}
	free(status->devices);
	free(report->metas);
	free(report);
}
