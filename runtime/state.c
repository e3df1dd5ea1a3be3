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

#include "runtime/attach_xdp.h"
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

/* An ifindex is of a namespace: the program tells whether it is of ours. */
static void name_now(struct tz_state *state)
{
	if (!tz_xdp_runs(state->ifindex, state->root_id) ||
	    !if_indextoname(state->ifindex, state->ifname))
		*state->ifname = '\0';
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

/* A map of another shape would be read past the end of our buffers. */
static int check_map(int fd, uint32_t type, uint32_t value_size)
{
	struct bpf_map_info info = { 0 };
	uint32_t len = sizeof(info);
	int error = bpf_obj_get_info_by_fd(fd, &info, &len);

	if (error)
		return error;
	return info.type == type && info.key_size == sizeof(uint32_t) &&
			       info.value_size == value_size
		       ? 0
		       : -EMEDIUMTYPE;
}

static int open_counters(const struct tz_pins *pins, const char *ifname,
			 const char *what, unsigned int gen, int *fd)
{
	*fd = tz_pin_get(pins, ifname, what, gen);
	return *fd < 0 ? *fd
		       : check_map(*fd, BPF_MAP_TYPE_PERCPU_ARRAY,
				   sizeof(struct tz_counter));
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
	error = open_counters(pins, ifname, "counters", state->gen,
			      &state->counters);

	uint64_t from = tz_meta_number(state->meta, "from_generation");

	if (error || !from)
		return error;
	return open_counters(pins, ifname, "counters", (unsigned int)from,
			     &state->old_counters);
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
	};

	for (size_t i = 0; i < sizeof(pinned) / sizeof(pinned[0]); i++) {
		*pinned[i].fd = tz_pin_get(pins, ifname, pinned[i].name, 0);
		if (*pinned[i].fd < 0)
			return *pinned[i].fd;
	}

	int error = check_map(state->stages, BPF_MAP_TYPE_PROG_ARRAY,
			      sizeof(uint32_t));

	return error ? error
		     : open_counters(pins, ifname, "outcomes", 0,
				     &state->outcomes);
}

int tz_state_open(const struct tz_pins *pins, const char *ifname,
		  struct tz_state *state, struct tamiz_message *message)
{
	_cleanup_state_ struct tz_state s = TZ_STATE_NONE;

	s.link = tz_pin_get(pins, ifname, "link", 0);
	s.ifindex = s.link < 0 ? 0 : link_ifindex(s.link, &s.root_id);
	if (!s.ifindex)
		return -ENOENT;
	name_now(&s);

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

/*
 * A change of a map in a map waits for running programs, too: kernel/bpf/
 * syscall.c:maybe_wait_bpf_programs.
 */
static int wait_by_map(void)
{
	const uint32_t key = 0;
	_cleanup_close_ int inner = bpf_map_create(
		BPF_MAP_TYPE_ARRAY, "tz_inner", sizeof(key), 8, 1, NULL);
	LIBBPF_OPTS(bpf_map_create_opts, opts, .inner_map_fd = (uint32_t)inner);

	if (inner < 0)
		return inner;

	_cleanup_close_ int outer =
		bpf_map_create(BPF_MAP_TYPE_ARRAY_OF_MAPS, "tz_outer",
			       sizeof(key), sizeof(key), 1, &opts);

	return outer < 0 ? outer
			 : bpf_map_update_elem(outer, &key, &inner, BPF_ANY);
}

/*
 * Every program that was running when this is called has ended after it.
 * membarrier(2) is refused where nohz_full is in use, and in some sandboxes.
 */
static int wait_for_programs(void)
{
	if (syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0) == 0)
		return 0;
	return wait_by_map();
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

struct follow {
	bool has_renamed;
	int error;
};

/* One at a time: what is listed changes under our hands. */
static int follow_name(const struct tz_pins *pins, const char *ifname,
		       void *arg)
{
	struct follow *follow = arg;
	_cleanup_state_ struct tz_state state = TZ_STATE_NONE;

	if (tz_state_open(pins, ifname, &state, NULL) || !*state.ifname ||
	    !strcmp(state.ifname, ifname))
		return 0;
	follow->error = tz_pin_rename_device(pins, ifname, state.ifname);
	follow->has_renamed = !follow->error;
	return 1;
}

/* Each step puts at least one into its place for good. */
int tz_state_follow_names(const struct tz_pins *pins)
{
	struct follow follow;
	int error;

	do {
		follow = (struct follow){ 0 };
		error = tz_pin_each(pins, follow_name, &follow);
	} while (follow.has_renamed);
	return error < 0 ? error : follow.error;
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
