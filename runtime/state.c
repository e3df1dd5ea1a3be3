/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The state of a device. In force is the generation whose program is in the
 * rules slot, on a device whose link is alive. When a trial is in the slot, the
 * clock says which: the tried generation, or, past the deadline, the one
 * before. All else that is pinned was left by a run that did not reach its end,
 * or by a device that is gone.
 */
#include "runtime/state.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>
#include <tamiz/abi.h>
#include <unistd.h>

#include "runtime/load.h"
#include "runtime/message.h"
#include "runtime/meta.h"
#include "runtime/scope.h"
#include "runtime/trial.h"

#define GENERATIONS_MAX 16

void tz_state_close(struct tz_state *state)
{
	tz_scope_close(&state->link);
	tz_scope_close(&state->root);
	tz_scope_close(&state->stages);
	tz_scope_close(&state->scratch);
	tz_scope_close(&state->outcomes);
	tz_scope_close(&state->control);
	tz_scope_close(&state->counters.fd);
	tz_scope_close(&state->old_counters.fd);
	json_decref(state->meta);
}

/* Whether we lack what looking takes: nothing is known of what is there. */
static bool is_lack(int error)
{
	return error == -ENOMEM || error == -ENOBUFS || error == -EMFILE ||
	       error == -ENFILE || error == -EAGAIN || error == -EINTR;
}

/*
 * The link, and the device that it holds a program on. -ENOENT: there is none,
 * or the device is gone; what was pinned may be removed then.
 */
static int open_link(const struct tz_pins *pins, const char *ifname,
		     struct tz_state *state)
{
	struct tz_hook_link link = { 0 };
	int error = 0;

	state->link = tz_pin_get(pins, ifname, "link", 0);
	if (state->link < 0)
		error = state->link;
	else
		error = tz_hook_read_link(state->link, &link);
	if (is_lack(error))
		return error;
	if (error || !link.ifindex)
		return -ENOENT;
	state->root_id = link.prog_id;
	state->ifindex = link.ifindex;
	state->hook = link.hook;
	return 0;
}

/* An ifindex is of a namespace: the program tells whether it is of ours. */
static void name_now(struct tz_state *state)
{
	const struct tz_hook_link link = { state->hook, state->ifindex,
					   state->root_id };
	char ifname[IF_NAMESIZE];

	*state->ifname = '\0';
	if (tz_hook_runs(&link) && if_indextoname(state->ifindex, ifname))
		tz_hook_place(state->hook, ifname, state->ifname);
}

static uint32_t pinned_id(const struct tz_pins *pins, const char *ifname,
			  const char *what, unsigned int gen)
{
	struct bpf_prog_info info = { 0 };
	uint32_t len = sizeof(info);
	_cleanup_close_ int fd = tz_pin_get(pins, ifname, what, gen);

	if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &len))
		return 0;
	return info.id;
}

/* Finds what is in the slot: the rules of a generation, or its trial. */
static int find_generation(const struct tz_pins *pins, const char *ifname,
			   struct tz_state *state)
{
	uint32_t key = TZ_STAGE_RULES, id = 0;
	unsigned int gens[GENERATIONS_MAX];

	if (bpf_map_lookup_elem(state->stages, &key, &id) || !id)
		return -EIO;

	size_t n = tz_pin_generations(pins, ifname, gens, GENERATIONS_MAX);

	for (size_t i = 0; i < n; i++) {
		if (pinned_id(pins, ifname, "rules", gens[i]) == id) {
			state->gen = gens[i];
			return 0;
		}
		if (pinned_id(pins, ifname, "trial", gens[i]) == id) {
			state->gen = state->tried = gens[i];
			state->trial = TAMIZ_TRIAL_WAITING;
			return 0;
		}
	}
	return -EIO;
}

/* A map of another shape would be read past the end of our buffers. */
static int check_map(int fd, uint32_t type, uint32_t value_size,
		     uint32_t min_entries, uint32_t *n_entries)
{
	struct bpf_map_info info = { 0 };
	uint32_t len = sizeof(info);
	int error = fd < 0 ? fd : bpf_obj_get_info_by_fd(fd, &info, &len);

	if (error)
		return error;
	if (n_entries)
		*n_entries = info.max_entries;
	return info.type == type && info.key_size == sizeof(uint32_t) &&
			       info.value_size == value_size &&
			       info.max_entries >= min_entries
		       ? 0
		       : -EMEDIUMTYPE;
}

static int open_counters(const struct tz_pins *pins, const char *ifname,
			 unsigned int gen, struct tz_counters *counters)
{
	uint32_t n = 0;

	counters->fd = tz_pin_get(pins, ifname, "counters", gen);

	int error = check_map(counters->fd, BPF_MAP_TYPE_PERCPU_ARRAY,
			      sizeof(struct tz_counter), 2, &n);

	counters->n_rules = n / 2;
	return error;
}

int tz_state_generation(const struct tz_pins *pins, const char *ifname,
			unsigned int gen, json_t **meta,
			struct tz_counters *counters)
{
	struct tz_counters c = TZ_COUNTERS_NONE;
	_cleanup_close_ int fd = tz_pin_get(pins, ifname, "meta", gen);
	_cleanup_json_ json_t *json = NULL;
	int error = fd < 0 ? fd : tz_meta_read(fd, &json);

	if (!error && tz_meta_number(json, "generation") != gen)
		error = -EPROTO;
	if (!error)
		error = open_counters(pins, ifname, gen, &c);
	if (error) {
		tz_scope_close(&c.fd);
		return error;
	}
	*meta = TAKE_PTR(json);
	*counters = c;
	return 0;
}

static int open_control(const struct tz_pins *pins, const char *ifname,
			struct tz_state *state)
{
	state->control = tz_pin_get(pins, ifname, "control", state->gen);
	return check_map(state->control, BPF_MAP_TYPE_ARRAY,
			 sizeof(struct tz_control), 1, NULL);
}

static int open_generation(const struct tz_pins *pins, const char *ifname,
			   struct tz_state *state)
{
	int error = tz_state_generation(pins, ifname, state->gen, &state->meta,
					&state->counters);

	if (error)
		return error;
	error = open_control(pins, ifname, state);

	uint64_t from = tz_meta_number(state->meta, "from_generation");

	if (error || !from)
		return error;
	return open_counters(pins, ifname, (unsigned int)from,
			     &state->old_counters);
}

/* Past the deadline the generation before is in force again. */
static int open_before(const struct tz_pins *pins, const char *ifname,
		       struct tz_state *state)
{
	uint64_t before = tz_meta_number(state->meta, "before");
	_cleanup_json_ json_t *tried = TAKE_PTR(state->meta);

	state->trial = TAMIZ_TRIAL_OVER;
	if (!before) {
		state->is_void = true;
		state->meta = TAKE_PTR(tried);
		return 0;
	}
	tz_scope_close(&state->control);
	tz_scope_close(&state->old_counters.fd);
	state->control = -1;
	state->old_counters = state->counters;
	state->counters = TZ_COUNTERS_NONE;
	state->gen = (unsigned int)before;

	int error = tz_state_generation(pins, ifname, state->gen, &state->meta,
					&state->counters);

	if (!error)
		error = open_control(pins, ifname, state);
	return error ? error
		     : tz_count_return(state->meta, tried, &state->counters);
}

static int open_shared(const struct tz_pins *pins, const char *ifname,
		       struct tz_state *state)
{
	struct {
		const char *name;
		int *fd;
	} pinned[] = {
		{ "root", &state->root },
		{ "stages", &state->stages },
		{ "scratch", &state->scratch },
		{ "outcomes", &state->outcomes },
	};

	for (size_t i = 0; i < sizeof(pinned) / sizeof(pinned[0]); i++) {
		*pinned[i].fd = tz_pin_get(pins, ifname, pinned[i].name, 0);
		if (*pinned[i].fd < 0)
			return *pinned[i].fd;
	}

	int error = check_map(state->stages, BPF_MAP_TYPE_PROG_ARRAY,
			      sizeof(uint32_t), TZ_N_STAGES, NULL);

	return error ? error
		     : check_map(state->outcomes, BPF_MAP_TYPE_PERCPU_ARRAY,
				 sizeof(struct tz_counter), TZ_N_OUTCOMES,
				 NULL);
}

static int open_rules(const struct tz_pins *pins, const char *ifname,
		      struct tz_state *state)
{
	int error = find_generation(pins, ifname, state);

	if (!error)
		error = open_generation(pins, ifname, state);
	if (!error && state->trial) {
		state->left_ms = tz_trial_left_ms(
			tz_meta_number(state->meta, "confirm_until"));
		if (state->left_ms <= 0)
			error = open_before(pins, ifname, state);
	}
	if (!error)
		state->rules_id = pinned_id(pins, ifname, "rules", state->gen);
	return error;
}

int tz_state_open(const struct tz_pins *pins, const char *ifname,
		  struct tz_state *state, struct tamiz_message *message)
{
	_cleanup_state_ struct tz_state s = TZ_STATE_NONE;

	int error = open_link(pins, ifname, &s);

	if (error == -ENOENT)
		return error;
	if (!error) {
		name_now(&s);
		error = open_shared(pins, ifname, &s);
	}
	if (!error)
		error = open_rules(pins, ifname, &s);
	if (is_lack(error))
		return tz_message_fail(message, error,
				       "cannot look at the rules of %s: %s",
				       ifname, strerror(-error));
	if (error == -EPROTO)
		return tz_message_fail(message, error,
				       "the state of %s is of another version "
				       "of tamiz: detach it first",
				       ifname);
	if (error)
		return tz_message_fail(message, -EIO,
				       "the state of %s is damaged (%s): "
				       "detach it",
				       ifname, strerror(-error));
	*state = s;
	s = TZ_STATE_NONE;
	return 0;
}

int tz_state_count(const struct tz_state *state, size_t i,
		   struct tz_tally *tally)
{
	const json_t *rule =
		json_array_get(json_object_get(state->meta, "rules"), i);
	struct tz_tally sum = tz_count_base(rule), more;
	int error = tz_count_read(&state->counters, i, &more);

	if (error)
		return error;
	tz_count_add(&sum, more);
	if (state->old_counters.fd >= 0 && json_object_get(rule, "from")) {
		error = tz_count_read(&state->old_counters,
				      tz_meta_number(rule, "from"), &more);
		if (error)
			return error;
		tz_count_add(&sum, more);
	}
	*tally = sum;
	return 0;
}

int tz_state_flags(const struct tz_state *state, uint32_t *flags)
{
	const uint32_t zero = 0;
	struct tz_control control;
	int error = bpf_map_lookup_elem(state->control, &zero, &control);

	if (!error)
		*flags = control.flags;
	return error;
}

/* Under the exclusive lock: nobody else writes the other members. */
int tz_state_set_flags(const struct tz_state *state, uint32_t flags)
{
	const uint32_t zero = 0;
	struct tz_control control;
	int error = bpf_map_lookup_elem(state->control, &zero, &control);

	if (error)
		return error;
	control.flags = flags;
	return bpf_map_update_elem(state->control, &zero, &control, BPF_ANY);
}

int tz_state_doubt_requests(const struct tz_pins *pins, const char *ifname,
			    unsigned int gen)
{
	_cleanup_close_ int control = tz_pin_get(pins, ifname, "control", gen);
	struct tz_state state = TZ_STATE_NONE;
	uint32_t flags;

	if (control < 0)
		return control;
	state.control = control;

	int error = tz_state_flags(&state, &flags);

	return error ? error
		     : tz_state_set_flags(&state, flags | TZ_CONTROL_REQUESTS);
}
