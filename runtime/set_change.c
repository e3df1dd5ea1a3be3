/* SPDX-License-Identifier: GPL-2.0-only */
/* Members that come and go, by the thousand; sets that change places. */
#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>
#include <tamiz/set.h>

#include "runtime/message.h"
#include "runtime/scope.h"
#include "runtime/set.h"
#include "runtime/set_visit.h"

struct change {
	enum tamiz_set_action action;
	const char *members;
	struct tamiz_set_done *done;
	struct tamiz_message *message;
};

/* Members that only the kernel could compare; and those that go together. */
static int check_kind(const struct tamiz *tamiz, const struct change *change)
{
	struct tamiz_set set = tamiz_set(tamiz, 0);

	if (!set.is_told)
		return tz_message_fail(change->message, -EINVAL,
				       "only the kernel can compare such a "
				       "member of the set %s",
				       set.name);
	if (set.has_shadows && change->action == TAMIZ_SET_DELETE)
		return tz_message_fail(change->message, -EINVAL,
				       "members of the set %s, of the type %s, "
				       "go by sync or replace",
				       set.name, set.type);
	return 0;
}

static bool is_full(int error)
{
	/* of a hash, of a trie */
	return error == -E2BIG || error == -ENOSPC;
}

/* Takes out what has gone by the clock, the kernel's of it, too. */
static int purge(int map, size_t key_len)
{
	char key[4 + 4 * TZ_SET_WORDS_MAX], next[sizeof(key)];
	uint64_t now = tz_set_now_ns();
	int error = bpf_map_get_next_key(map, NULL, key);

	while (!error) {
		struct tz_set_value value;
		bool has_gone = bpf_map_lookup_elem(map, key, &value) == 0 &&
				value.expires_ns &&
				value.expires_ns + TZ_SET_GRACE_NS < now;

		error = bpf_map_get_next_key(map, key, next);
		if (has_gone)
			bpf_map_delete_elem(map, key);
		memcpy(key, next, key_len);
	}
	return error == -ENOENT ? 0 : error;
}

static int add_members(int map, const struct tz_set_batch *batch)
{
	int error = tz_set_batch_write(map, batch);

	if (is_full(error) && purge(map, batch->key_len) == 0)
		error = tz_set_batch_write(map, batch);
	return error;
}

static int change_here(const struct tz_set_here *here, void *arg)
{
	struct change *change = arg;
	_cleanup_set_batch_ struct tz_set_batch batch = { 0 };
	struct tamiz *tamiz;
	int error = tz_set_compile(here->create, here->name, change->members,
				   &tamiz, change->message);

	if (error)
		return error;
	error = check_kind(tamiz, change);
	if (!error &&
	    !tz_set_has_layout(here->inner, tamiz_set(tamiz, 0).key_len))
		error = tz_message_fail(change->message, -EINVAL,
					"what is pinned for the set %s of %s "
					"is no such set",
					here->name, here->ifname);
	if (error) {
		tamiz_free(tamiz);
		return error;
	}
	error = tz_set_batch_make(tamiz, 0, 0, &batch);
	change->done->n_members = batch.n - tamiz_set(tamiz, 0).n_shadows;
	tamiz_free(tamiz);
	if (!error && change->action == TAMIZ_SET_ADD)
		error = add_members(here->inner, &batch);
	else if (!error)
		error = tz_set_batch_remove(here->inner, &batch);
	return error ? tz_message_fail(change->message, error,
				       "cannot change the set %s of %s: %s",
				       here->name, here->ifname,
				       is_full(error) ? "it is full (maxelem)"
						      : strerror(-error))
		     : 0;
}

int tamiz_set_change(const struct tamiz_set_target *target,
		     enum tamiz_set_action action, const char *members,
		     struct tamiz_set_done *done, struct tamiz_message *message)
{
	struct tamiz_set_done counts = { 0 };
	struct change change = { action, members, &counts, message };
	struct tz_set_visit visit = { .target = target,
				      .one = change_here,
				      .arg = &change,
				      .message = message };
	int error = tz_set_visit(&visit);

	if (error)
		return error;
	counts.n_devices = visit.n_devices;
	*done = counts;
	return 0;
}

struct swap {
	const char *other;
	struct tamiz_message *message;
};

/* What a program looks up is laid out as it was compiled. */
static bool is_alike(const struct tz_set_here *a, const struct tz_set_here *b)
{
	struct tamiz *tamiz[2] = { NULL, NULL };
	bool is = !tz_set_compile(a->create, a->name, "", &tamiz[0], NULL) &&
		  !tz_set_compile(b->create, b->name, "", &tamiz[1], NULL);

	if (is) {
		struct tamiz_set one = tamiz_set(tamiz[0], 0);
		struct tamiz_set other = tamiz_set(tamiz[1], 0);

		is = tz_set_is_alike(&one, &other);
	}
	tamiz_free(tamiz[0]);
	tamiz_free(tamiz[1]);
	return is;
}

/*
 * The one after the other: in between a packet may find the members of one in
 * both.
 */
static int swap_here(const struct tz_set_here *here, void *arg)
{
	const struct swap *swap = arg;
	struct tz_set_here other;
	int error = tz_set_open_here(here, swap->other, &other);

	if (!error && !is_alike(here, &other))
		error = -EINVAL;
	if (!error)
		error = tz_set_put(here->outer, other.inner);
	if (!error)
		error = tz_set_put(other.outer, here->inner);
	tz_set_close_here(&other);
	if (error == -ENOENT)
		return tz_message_fail(swap->message, -ESRCH,
				       "no rules of %s ask a set %s",
				       here->ifname, swap->other);
	return error ? tz_message_fail(
			       swap->message, error,
			       "cannot swap the sets %s and %s of %s: %s",
			       here->name, swap->other, here->ifname,
			       error == -EINVAL ? "they are of two kinds"
						: strerror(-error))
		     : 0;
}

int tamiz_set_swap(const struct tamiz_set_target *target, const char *other,
		   struct tamiz_set_done *done, struct tamiz_message *message)
{
	struct swap swap = { other, message };
	struct tz_set_visit visit = { .target = target,
				      .one = swap_here,
				      .arg = &swap,
				      .message = message };
	int error = tz_set_visit(&visit);

	if (error)
		return error;
	*done = (struct tamiz_set_done){ .n_devices = visit.n_devices };
	return 0;
}
