/* SPDX-License-Identifier: GPL-2.0-only */
/* Pins and metadata tell which sets there are; the rules run all the while. */
#include "runtime/set_visit.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/lock.h"
#include "runtime/message.h"
#include "runtime/meta.h"
#include "runtime/scope.h"
#include "runtime/set.h"
#include "runtime/sweep.h"

static int open_maps(struct tz_set_here *here, const json_t *set)
{
	char pin[32];

	snprintf(pin, sizeof(pin), "set%u",
		 (unsigned int)tz_meta_number(set, "number"));
	here->name = tz_meta_text(set, "name");
	here->create = tz_meta_text(set, "create");
	here->inner = -1;
	here->outer =
		tz_pin_get(here->pins, here->ifname, pin, here->state->gen);
	if (here->outer < 0)
		return here->outer;
	here->inner = tz_set_open(here->outer);
	return here->inner < 0 ? here->inner : 0;
}

void tz_set_close_here(struct tz_set_here *here)
{
	tz_scope_close(&here->outer);
	tz_scope_close(&here->inner);
}

int tz_set_open_here(const struct tz_set_here *here, const char *name,
		     struct tz_set_here *other)
{
	const json_t *sets = json_object_get(here->state->meta, "sets");

	*other = *here;
	other->outer = other->inner = -1;
	for (size_t i = 0; i < json_array_size(sets); i++) {
		const json_t *set = json_array_get(sets, i);

		if (!strcmp(tz_meta_text(set, "name"), name))
			return open_maps(other, set);
	}
	return -ENOENT;
}

/* 1: another device has the same one, and it was changed there. */
static int is_changed(struct tz_set_visit *visit, int outer)
{
	struct bpf_map_info info = { 0 };
	uint32_t len = sizeof(info), *larger;

	if (visit->is_shared)
		return 0;
	if (bpf_obj_get_info_by_fd(outer, &info, &len))
		return -errno;
	for (size_t i = 0; i < visit->n_changed; i++)
		if (visit->changed[i] == info.id)
			return 1;
	larger = reallocarray(visit->changed, visit->n_changed + 1,
			      sizeof(*larger));
	if (!larger)
		return -ENOMEM;
	larger[visit->n_changed++] = info.id;
	visit->changed = larger;
	return 0;
}

static int visit_set(struct tz_set_visit *visit, const struct tz_pins *pins,
		     const struct tz_state *state, const char *ifname,
		     const json_t *set)
{
	struct tz_set_here here = { .pins = pins,
				    .state = state,
				    .ifname = ifname,
				    .outer = -1,
				    .inner = -1 };
	int error = open_maps(&here, set);
	int is_done = error ? 0 : is_changed(visit, here.outer);

	if (is_done < 0)
		error = is_done;
	/* one that no rule asks has no map */
	if (!error && !is_done)
		error = visit->one(&here, visit->arg);
	else if (error && error != -ENOENT)
		error = tz_message_fail(visit->message, error,
					"cannot open the set %s of %s: %s",
					here.name, ifname, strerror(-error));
	tz_set_close_here(&here);
	return error;
}

static int visit_device(const struct tz_pins *pins, const char *ifname,
			void *arg)
{
	struct tz_set_visit *visit = arg;
	const char *name = visit->target->name;
	_cleanup_state_ struct tz_state state = TZ_STATE_NONE;
	const json_t *sets;
	bool is_there = false;
	int error;

	if (visit->target->ifname && strcmp(visit->target->ifname, ifname))
		return 0;
	error = tz_state_open(pins, ifname, &state, visit->message);
	if (error == -ENOENT || (!error && state.is_void))
		return 0;
	sets = error ? NULL : json_object_get(state.meta, "sets");
	for (size_t i = 0; i < json_array_size(sets) && !error; i++) {
		const json_t *set = json_array_get(sets, i);

		if (json_is_true(json_object_get(set, "list")) ||
		    (name && strcmp(tz_meta_text(set, "name"), name)))
			continue;
		error = visit_set(visit, pins, &state, ifname, set);
		is_there |= !error;
		if (error == -ENOENT)
			error = 0;
	}
	visit->n_devices += is_there;
	return error;
}

int tz_set_visit(struct tz_set_visit *visit)
{
	const struct tamiz_set_target *target = visit->target;
	struct tz_pins pins;
	uint64_t netns;
	_cleanup_close_ int lock =
		tz_lock_here(visit->is_shared, &netns, visit->message);
	int error =
		lock < 0 && !(visit->is_shared && lock == -ENOENT) ? lock : 0;

	if (!error)
		error = tz_pin_open(&pins, target->bpffs, false,
				    visit->message);
	if (!error)
		error = tz_pin_each(&pins, visit_device, visit);
	free(visit->changed);
	visit->changed = NULL;
	if (error && error != -ENOENT)
		return error;
	if (visit->n_devices)
		return 0;
	return tz_message_fail(visit->message, -ENOENT,
			       "no rules %s%s ask %s%s",
			       target->ifname ? "of " : "here",
			       target->ifname ? target->ifname : "",
			       target->name ? "a set " : "sets",
			       target->name ? target->name : "");
}

/* "add NAME MEMBER" for each line. */
static char *commands_for(const char *create, const char *name,
			  const char *members)
{
	size_t len = 0;
	char *text = NULL;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return NULL;
	/* how many there may be, the map itself knows */
	fprintf(out, "%.*s maxelem %u\n", (int)strcspn(create, "\n"), create,
		UINT32_MAX);
	while (*members) {
		size_t n = strcspn(members, "\n");

		if (n)
			fprintf(out, "add %s %.*s\n", name, (int)n, members);
		members += n + (members[n] == '\n');
	}
	if (fclose(out)) {
		free(text);
		return NULL;
	}
	return text;
}

int tz_set_compile(const char *create, const char *name, const char *members,
		   struct tamiz **tamiz, struct tamiz_message *message)
{
	const struct tamiz_options options = { .target = TAMIZ_TARGET_XDP,
					       .rules_only = true };
	_cleanup_free_ char *text = commands_for(create, name, members);
	struct tamiz *t = text ? tamiz_new() : NULL;
	int error = t ? tamiz_add(t, TAMIZ_LANGUAGE_IPSET, "members", text,
				  strlen(text))
		      : -ENOMEM;

	if (!error)
		error = tamiz_compile(t, &options);
	if (error && t && tamiz_n_diagnostics(t))
		tz_message_fail(message, error, "%s",
				tamiz_diagnostic(t, 0).text);
	if (error) {
		tamiz_free(t);
		return error;
	}
	*tamiz = t;
	return 0;
}
