/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What sets hold, read from their maps. The kernel's cursor is a key: one that
 * is removed meanwhile would begin again from the first, so a set is read no
 * longer than it can be large.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tamiz/set.h>

#include "runtime/message.h"
#include "runtime/scope.h"
#include "runtime/set.h"
#include "runtime/set_visit.h"

#define MEMBER_LEN 256

struct list {
	int (*each)(const struct tamiz_set_shown *set, void *arg);
	void *arg;
	struct tamiz_message *message;
};

struct members {
	char **at; /* owned, as the texts */
	size_t n, cap;
};

static void free_members(struct members *members)
{
	for (size_t i = 0; i < members->n; i++)
		free(members->at[i]);
	free(members->at);
}

static int add_member(struct members *members, const char *text)
{
	if (members->n == members->cap) {
		size_t cap = members->cap ? 2 * members->cap : 64;
		char **at = reallocarray(members->at, cap, sizeof(*at));

		if (!at)
			return -ENOMEM;
		members->at = at;
		members->cap = cap;
	}
	members->at[members->n] = strdup(text);
	return members->at[members->n++] ? 0 : -ENOMEM;
}

static uint32_t seconds_left(const struct tz_set_value *value, uint64_t now)
{
	return value->expires_ns > now
		       ? (uint32_t)((value->expires_ns - now + 999999999) /
				    1000000000)
		       : 0;
}

static int add_entry(const struct tamiz *tamiz, const void *key,
		     const struct tz_set_value *value, struct members *members)
{
	uint64_t now = tz_set_now_ns();
	struct tamiz_set_entry entry = {
		.flags = value->flags,
		.key_bits = value->key_bits,
		.timeout_s = seconds_left(value, now),
	};
	char text[MEMBER_LEN];

	if (value->expires_ns && !entry.timeout_s)
		return 0; /* it has gone */
	if (value->flags & TZ_SET_SHADOW)
		return 0;
	tamiz_set_print(tamiz, 0, key, &entry, text, sizeof(text));
	return add_member(members, text);
}

/* The map may be that of another set, or the kernel's, and larger. */
static int read_members(const struct tz_set_here *here,
			const struct tamiz *tamiz, struct members *members)
{
	struct bpf_map_info info = { 0 };
	uint32_t len = sizeof(info);
	char key[4 + 4 * TZ_SET_WORDS_MAX];
	bool is_first = true;

	if (bpf_obj_get_info_by_fd(here->inner, &info, &len))
		return -errno;
	for (uint64_t i = 0; i <= info.max_entries; i++) {
		struct tz_set_value value;
		int error = bpf_map_get_next_key(here->inner,
						 is_first ? NULL : key, key);

		is_first = false;
		if (error == -ENOENT)
			return 0;
		if (!error && bpf_map_lookup_elem(here->inner, key, &value))
			continue;
		if (!error)
			error = add_entry(tamiz, key, &value, members);
		if (error)
			return error;
	}
	return 0;
}

static int list_here(const struct tz_set_here *here, void *arg)
{
	struct list *list = arg;
	struct members members = { 0 };
	struct tamiz *tamiz;
	int error = tz_set_compile(here->create, here->name, "", &tamiz,
				   list->message);

	if (error)
		return error;
	error = tz_set_has_layout(here->inner, tamiz_set(tamiz, 0).key_len)
			? read_members(here, tamiz, &members)
			: tz_message_fail(list->message, -EINVAL,
					  "what is pinned for the set %s of %s "
					  "is no such set",
					  here->name, here->ifname);
	if (!error) {
		struct tamiz_set_shown shown = {
			.ifname = here->ifname,
			.name = here->name,
			.create = here->create,
			.read_at = tz_set_read_at(here->inner),
			.members = (const char *const *)members.at,
			.n = members.n,
		};

		error = list->each(&shown, list->arg);
	}
	free_members(&members);
	tamiz_free(tamiz);
	return error;
}

int tamiz_set_list(const struct tamiz_set_target *target,
		   int (*each)(const struct tamiz_set_shown *set, void *arg),
		   void *arg, struct tamiz_message *message)
{
	struct list list = { each, arg, message };
	struct tz_set_visit visit = { .target = target,
				      .one = list_here,
				      .arg = &list,
				      .is_shared = true,
				      .message = message };

	return tz_set_visit(&visit);
}
