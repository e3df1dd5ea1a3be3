/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where state lives: <bpffs>/tamiz/v2/<netns>/<device>/, directories 0700,
 * <netns> the inode number of the network namespace. A device's directory
 * holds
 *	root link stages scratch outcomes	as long as it is attached
 *	log logcounts				since rules of it log
 *	rules_<gen> counters_<gen> control_<gen> meta_<gen> source_<gen>
 *						a generation each
 *	set<n>_<gen>				sets that its rules ask
 *	trial_<gen>				while it is unconfirmed
 * bpffs refuses dots in names (kernel/bpf/inode.c:bpf_lookup): hence the
 * underscore, and a dot in a device's name is written %2e.
 *
 * Which generation is in force is said by one place only, the rules slot of
 * `stages`: a change is whole or has not happened, whenever it is killed.
 */
#pragma once

#include <limits.h>

#include <tamiz/runtime.h>

struct tz_pins {
	char netns_dir[PATH_MAX / 2]; /* <bpffs>/tamiz/v2/<netns> */
};

/*
 * Finds the directory of this namespace in @bpffs; NULL: where it is on every
 * system. With @create it is made, and bpffs
 * is mounted when it is not. Without: -ENOENT when nothing is pinned, and
 * @pins can still be asked.
 */
int tz_pin_open(struct tz_pins *pins, const char *bpffs, bool create,
		struct tamiz_message *message);
/* Removes the directories that have become empty, up to bpffs. */
void tz_pin_close(const struct tz_pins *pins);

/* Calls @each with the name of every device that has a directory. */
int tz_pin_each(const struct tz_pins *pins,
		int (*each)(const struct tz_pins *pins, const char *ifname,
			    void *arg),
		void *arg);

/* A descriptor of what is pinned as @what (or what_<gen> for @gen > 0). */
int tz_pin_get(const struct tz_pins *pins, const char *ifname, const char *what,
	       unsigned int gen);
int tz_pin_put(const struct tz_pins *pins, const char *ifname, const char *what,
	       unsigned int gen, int fd);
/* Puts @fd in the place of another object, in one step. */
int tz_pin_swap(const struct tz_pins *pins, const char *ifname,
		const char *what, unsigned int gen, int fd);
/* Not an error when it is not there. */
int tz_pin_remove(const struct tz_pins *pins, const char *ifname,
		  const char *what, unsigned int gen);

/* The generations that have rules pinned, in no order: at most @max of them. */
size_t tz_pin_generations(const struct tz_pins *pins, const char *ifname,
			  unsigned int *gens, size_t max);

/* When the new name is taken, the two change places. */
int tz_pin_rename_device(const struct tz_pins *pins, const char *ifname,
			 const char *new_ifname);
/* A descriptor of its directory, for a lock. */
int tz_pin_open_device(const struct tz_pins *pins, const char *ifname);
int tz_pin_make_device(const struct tz_pins *pins, const char *ifname);
/*
 * All pins of a device and its directory; the link last, so that a directory
 * without one is of an attach that did not get that far.
 */
int tz_pin_remove_device(const struct tz_pins *pins, const char *ifname);
/*
 * All pins of generations other than @kept, what a killed tz_pin_swap left,
 * and trials unless @has_trial.
 */
int tz_pin_remove_others(const struct tz_pins *pins, const char *ifname,
			 const unsigned int *kept, size_t n_kept,
			 bool has_trial);
