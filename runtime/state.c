/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The state of a device. In force is the generation whose program is in the
 * rules slot, on a device whose link is alive; all else that is pinned was
 * left by a run that did not reach its end, or by a device that is gone.
 *
 * A replaced program may still be counting a packet on another CPU. Its
 * counters are final after a grace period of RCU, which membarrier(2) waits
 * for; only then are they folded into the metadata, which takes the place of
 * the old metadata by one rename(2).
 */
#include "runtime/state.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/membarrier.h>
#include <string.h>
#include <sys/syscall.h>
#include <tamiz/abi.h>
#include <unistd.h>

#include "runtime/load.h"
#include "runtime/message.h"
#include "runtime/meta.h"
#include "runtime/scope.h"

#define GENERATIONS_MAX 16

void tz_state_close(struct tz_state *state)
{
	tz_scope_close(&state->link);
	tz_scope_close(&state->root);
	tz_scope_close(&state->stages);
	tz_scope_close(&state->scratch);
	tz_scope_close(&state->outcomes);
	tz_scope_close(&state->counters);
	tz_scope_close(&state->old_counters);
	json_decref(state->meta);
}

/* The device that the link holds a program on; 0: it is gone. */
static uint32_t link_ifindex(int fd, uint32_t *prog_id)
{
	struct bpf_link_info info = { 0 };
	uint32_t len = sizeof(info);

	if (bpf_obj_get_info_by_fd(fd, &info, &len) ||
	    info.type != BPF_LINK_TYPE_XDP)
		return 0;
	*prog_id = info.prog_id;
	return info.xdp.ifindex;
}

static uint32_t pinned_rules_id(const struct tz_pins *pins, const char *ifname,
				unsigned int gen)
{
	struct bpf_prog_info info = { 0 };
	uint32_t len = sizeof(info);
	_cleanup_close_ int fd = tz_pin_get(pins, ifname, "rules", gen);

	if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &len))
		return 0;
	return info.id;
}

/* The generation whose program has the id in the slot; 0: none. */
static unsigned int generation_in_force(const struct tz_pins *pins,
					const char *ifname, int stages_fd,
					uint32_t *rules_id)
{
	uint32_t key = TZ_STAGE_RULES, id = 0;
	unsigned int gens[GENERATIONS_MAX];

	if (bpf_map_lookup_elem(stages_fd, &key, &id))
		return 0;

	size_t n = tz_pin_generations(pins, ifname, gens, GENERATIONS_MAX);

	for (size_t i = 0; i < n; i++) {
		if (pinned_rules_id(pins, ifname, gens[i]) != id)
			continue;
		*rules_id = id;
		return gens[i];
	}
	return 0;
}

static int open_generation(const struct tz_pins *pins, const char *ifname,
			   struct tz_state *state)
{
	_cleanup_close_ int meta = tz_pin_get(pins, ifname, "meta", state->gen);

	if (meta < 0)
		return meta;

	int error = tz_meta_read(meta, &state->meta);

	if (error)
		return error;
	state->counters = tz_pin_get(pins, ifname, "counters", state->gen);
	if (state->counters < 0)
		return state->counters;

	uint64_t from = tz_meta_number(state->meta, "from_generation");

	if (from)
		state->old_counters = tz_pin_get(pins, ifname, "counters",
						 (unsigned int)from);
	return from && state->old_counters < 0 ? state->old_counters : 0;
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
	return 0;
}

int tz_state_open(const struct tz_pins *pins, const char *ifname,
		  struct tz_state *state, struct tamiz_message *message)
{
	_cleanup_state_ struct tz_state s = TZ_STATE_NONE;

	s.link = tz_pin_get(pins, ifname, "link", 0);
	s.ifindex = s.link < 0 ? 0 : link_ifindex(s.link, &s.root_id);
	if (!s.ifindex)
		return -ENOENT;

	int error = open_shared(pins, ifname, &s);

	if (!error) {
		s.gen = generation_in_force(pins, ifname, s.stages,
					    &s.rules_id);
		error = s.gen ? open_generation(pins, ifname, &s) : -EIO;
	}
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
		   struct tamiz_count *count)
{
	const json_t *rule =
		json_array_get(json_object_get(state->meta, "rules"), i);
	struct tamiz_count sum = tz_meta_base(rule), more;
	int error = tz_load_count(state->counters, (uint32_t)i, &more);

	if (error)
		return error;
	sum.packets += more.packets;
	sum.bytes += more.bytes;
	if (state->old_counters >= 0 && json_object_get(rule, "from")) {
		error = tz_load_count(state->old_counters,
				      (uint32_t)tz_meta_number(rule, "from"),
				      &more);
		if (error)
			return error;
		sum.packets += more.packets;
		sum.bytes += more.bytes;
	}
	*count = sum;
	return 0;
}

/* Every program that was running when this is called has ended after it. */
static int wait_for_programs(void)
{
	if (syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0) == 0)
		return 0;
	return -errno;
}

static int fold(const struct tz_pins *pins, const char *ifname,
		struct tz_state *state)
{
	int error = wait_for_programs();

	/* Without a grace period the old counters stay, and are added lazily.
	 */
	if (error)
		return error;
	error = tz_meta_fold(state->meta, state->old_counters);
	if (error)
		return error;

	_cleanup_close_ int fd = tz_meta_store(state->meta);

	return fd < 0 ? fd : tz_pin_swap(pins, ifname, "meta", state->gen, fd);
}

int tz_state_settle(const struct tz_pins *pins, const char *ifname,
		    struct tamiz_message *message)
{
	_cleanup_state_ struct tz_state state = TZ_STATE_NONE;
	int error = tz_state_open(pins, ifname, &state, message);

	if (error == -ENOENT)
		return tz_pin_remove_device(pins, ifname);
	if (error)
		return error;
	if (state.old_counters >= 0) {
		error = fold(pins, ifname, &state);
		if (error)
			return tz_message_fail(message, error,
					       "cannot add the old counters of "
					       "%s: %s",
					       ifname, strerror(-error));
	}
	return tz_pin_remove_others(pins, ifname, state.gen);
}
