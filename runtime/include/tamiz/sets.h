/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sets of rules that are attached: their members change, the rules are not
 * built again. All take the lock of the network namespace, need the
 * capabilities of tamiz_load and CAP_SYS_ADMIN (maps are opened by their
 * numbers), and speak of one device or, with @ifname NULL, of all of this
 * namespace. -ENOENT: no device has such a set.
 */
#ifndef TAMIZ_SETS_H
#define TAMIZ_SETS_H

#include <tamiz/runtime.h>

#ifdef __cplusplus
extern "C" {
#endif

struct tamiz_set_target {
	const char *ifname; /* NULL: all */
	const char *bpffs;  /* NULL: TAMIZ_BPFFS */
	const char *name;   /* of the set; NULL: all, where that is allowed */
};

struct tamiz_set_done {
	size_t n_devices;
	size_t n_members; /* that were asked for, or are in the sets now */
};

enum tamiz_set_action { TAMIZ_SET_ADD, TAMIZ_SET_DELETE };

/*
 * @members: a member a line, as behind `ipset add NAME`. One that is there, or
 * is not, is no error; all of a device's go, or none is tried after the first
 * that cannot.
 */
int tamiz_set_change(const struct tamiz_set_target *target,
		     enum tamiz_set_action action, const char *members,
		     struct tamiz_set_done *done,
		     struct tamiz_message *message);
/* The members of the set and of @other, of the same kind, change places. */
int tamiz_set_swap(const struct tamiz_set_target *target, const char *other,
		   struct tamiz_set_done *done, struct tamiz_message *message);
/*
 * Puts what the kernel's sets of the same names hold in the place of the
 * members, each set at once.
 */
int tamiz_set_sync(const struct tamiz_set_target *target,
		   struct tamiz_set_done *done, struct tamiz_notes *notes,
		   struct tamiz_message *message);

struct tamiz_set_shown {
	const char *ifname, *name;
	const char *create; /* as in tamiz_set */
	uint64_t read_at; /* seconds since 1970: when it was read as a whole */
	const char *const *members; /* as behind `ipset add NAME` */
	size_t n;
};

/* Calls @each, which may end it with an error, for every set. */
int tamiz_set_list(const struct tamiz_set_target *target,
		   int (*each)(const struct tamiz_set_shown *set, void *arg),
		   void *arg, struct tamiz_message *message);

#ifdef __cplusplus
}
#endif

#endif
