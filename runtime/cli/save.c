/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tamiz save and restore: what is attached, in a file that only root can read,
 * and attached again from there, device by device: one that is missing keeps
 * nobody from the others.
 */
#include "runtime/cli/cli.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "runtime/scope.h"

#define SAVED_DIR "/var/lib/tamiz"
#define SAVED_FILE SAVED_DIR "/saved.json"
#define PAUSE_NS 100000000l

/* The default is of the namespace that the machine boots into. */
static int check_path(const struct cli *cli)
{
	if (cli->output || !cli->netns)
		return EXIT_DONE;
	cli_error("with --netns, name the --file");
	return EXIT_USAGE;
}

int cli_save(const struct cli *cli)
{
	const char *path = cli->output ? cli->output : SAVED_FILE;
	struct tamiz_message message = { 0 };
	_cleanup_free_ char *text = NULL;
	size_t len;

	if (check_path(cli) != EXIT_DONE)
		return EXIT_USAGE;

	int error = tamiz_save(NULL, &text, &len, &message);

	if (error)
		return cli_fail(cli, &message, error);
	/* Rules tell what a host hides: 0600, whatever was there before. */
	if (!cli->output && mkdir(SAVED_DIR, 0700) < 0 && errno != EEXIST)
		error = -errno;
	if (!error)
		error = cli_write(path, text, len, 0600);
	if (!error)
		return EXIT_DONE;
	cli_error("cannot write %s: %s", path, strerror(-error));
	return EXIT_SYSTEM;
}

struct restore {
	const struct cli *cli;
	const struct tamiz_saved_device *device;
	struct tamiz_options options; /* saved, and what the host tells now */
	struct tamiz *tamiz;
	struct tamiz_object built;
};

static bool is_there(const struct tamiz_saved_device *device)
{
	struct tamiz_message message = { 0 };
	struct tamiz_device found;
	int error = tamiz_device_find(device->ifname, device->upper, &found,
				      NULL, &message);

	tamiz_message_clear(&message);
	return error != -ENODEV;
}

static int attach(struct restore *r, struct tamiz_change *change)
{
	struct tamiz_attach_options options = r->cli->attach;
	struct tamiz_message message = { 0 };
	struct tamiz_notes notes = { 0 };

	options.monitor = r->device->monitor;

	int error = tamiz_attach(change, 1, &options, &notes, &message);

	cli_print_notes(&notes);
	if (error == -EEXIST) {
		cli_note("%s", message.text);
		tamiz_message_clear(&message);
		return EXIT_DONE;
	}
	if (error)
		return cli_fail(r->cli, &message, error);
	printf("%s: restored (%zu rules and policies%s)\n", change->ifname,
	       tamiz_n_rules(r->tamiz),
	       r->device->monitor ? ", monitor: nothing is dropped" : "");
	return EXIT_DONE;
}

/* The saved object serves as long as the rules become the same C. */
static int build_and_attach(struct restore *r)
{
	const struct tamiz_saved_device *device = r->device;
	struct tamiz_message message = { 0 };
	size_t len;
	struct tamiz_change change = {
		.ifname = device->ifname,
		.upper = device->upper,
		.rules = r->tamiz,
		.options = &r->options,
		.text = tamiz_emit(r->tamiz, TAMIZ_EMIT_C, &len),
		.files = device->files,
		.n_files = device->n_files,
		.memory = device->memory,
	};

	if (!change.text) {
		cli_error("the rules of %s make no program", device->ifname);
		return EXIT_SYSTEM;
	}
	change.object = tamiz_saved_object(device, change.text);
	if (!change.object) {
		int error = tamiz_build(change.text, len, r->cli->clang,
					&r->built, &message);

		if (error)
			return cli_fail(r->cli, &message, error);
		change.object = &r->built;
	}
	return attach(r, &change);
}

/*
 * What makes rules unsound that are judged as they were: the host translates
 * addresses now or tracks connections in another way, the device merges
 * datagrams.
 */
static int learn(struct restore *r)
{
	const struct tamiz_saved_device *device = r->device;
	struct tamiz_message message = { 0 };
	struct tamiz_notes notes = { 0 };
	struct tamiz_device found;
	struct tamiz_live *live;
	int error = tamiz_device_find(device->ifname, device->upper, &found,
				      NULL, &message);

	if (!error)
		error = tamiz_live_read(&live, &notes, &message);
	cli_print_notes(&notes);
	if (error)
		return cli_fail(r->cli, &message, error);
	r->options.udp_merges |= found.udp_merges;
	r->options.hides_routes |= found.hides_routes;
	tamiz_answers_teach(device->ifname, &r->options);

	int status = cli_texts_compile(device->files, device->n_files,
				       &r->options, &r->tamiz);

	if (status == EXIT_DONE &&
	    tamiz_live_remind(live, r->tamiz, &r->options, &notes))
		status = EXIT_SYSTEM;
	cli_print_notes(&notes);
	tamiz_live_free(live);
	return status;
}

static int restore_device(const struct cli *cli,
			  const struct tamiz_saved_device *device)
{
	struct restore r = { .cli = cli,
			     .device = device,
			     .options = device->options };
	int status = learn(&r);

	if (status == EXIT_DONE &&
	    memcmp(&r.options, &device->options, sizeof(r.options))) {
		tamiz_free(r.tamiz);
		r.tamiz = NULL;
		status = cli_texts_compile(device->files, device->n_files,
					   &r.options, &r.tamiz);
	}
	if (r.tamiz && status != EXIT_DONE)
		cli_print_diagnostics(r.tamiz);
	if (status == EXIT_DONE)
		status = build_and_attach(&r);
	tamiz_free(r.tamiz);
	tamiz_object_clear(&r.built);
	return status;
}

static bool is_asked_for(const struct cli *cli, const char *ifname)
{
	for (size_t i = 0; i < cli->devices.n; i++) {
		if (!strcmp(cli->devices.at[i], ifname))
			return true;
	}
	return !cli->devices.n;
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Those that are there at once; the others as they come, until the deadline. */
static int restore_all(const struct cli *cli, const struct tamiz_saved *saved)
{
	int64_t deadline_ms = now_ms() + (int64_t)cli->wait_s * 1000;
	_cleanup_free_ bool *is_done = calloc(saved->n_devices + 1, 1);
	int status = is_done ? EXIT_DONE : EXIT_SYSTEM;
	bool is_late = false;

	for (size_t n_left = is_done ? 1 : 0; n_left && !is_late;) {
		is_late = now_ms() >= deadline_ms;
		n_left = 0;
		for (size_t i = 0; i < saved->n_devices; i++) {
			const struct tamiz_saved_device *device =
				&saved->devices[i];

			if (is_done[i] || !is_asked_for(cli, device->ifname))
				continue;
			is_done[i] = is_there(device) || is_late;
			n_left += !is_done[i];
			if (is_done[i] && restore_device(cli, device))
				status = EXIT_SYSTEM;
		}
		if (n_left)
			nanosleep(&(struct timespec){ .tv_nsec = PAUSE_NS },
				  NULL);
	}
	return status;
}

/* What anybody could write to is not what we saved. */
static int check_private(const char *path)
{
	struct stat st;

	if (!strcmp(path, "-") || stat(path, &st) < 0 ||
	    ((st.st_uid == 0 || st.st_uid == geteuid()) && !(st.st_mode & 022)))
		return EXIT_DONE;
	cli_error("%s can be written by others: not restored", path);
	return EXIT_SYSTEM;
}

static int check_asked(const struct cli *cli, const struct tamiz_saved *saved)
{
	int status = EXIT_DONE;

	for (size_t i = 0; i < cli->devices.n; i++) {
		bool is_saved = false;

		for (size_t k = 0; k < saved->n_devices; k++)
			is_saved |= !strcmp(saved->devices[k].ifname,
					    cli->devices.at[i]);
		if (is_saved)
			continue;
		cli_error("nothing was saved of %s", cli->devices.at[i]);
		status = EXIT_SYSTEM;
	}
	return status;
}

int cli_restore(const struct cli *cli)
{
	const char *path = cli->output ? cli->output : SAVED_FILE;
	const struct cli_list files = { &path, 1 };
	struct tamiz_message message = { 0 };
	struct cli_input input = { 0 };
	struct tamiz_saved *saved;

	if (check_path(cli) != EXIT_DONE)
		return EXIT_USAGE;

	int error = tamiz_check_caps(&message);
	int status =
		error ? cli_fail(cli, &message, error) : check_private(path);

	if (status == EXIT_DONE)
		status = cli_input_read(&input, &files);
	if (status != EXIT_DONE)
		return status;
	error = tamiz_saved_read(input.at[0].text, input.at[0].len, &saved,
				 &message);
	cli_input_free(&input);
	if (error) {
		cli_error("%s: %s", path, message.text);
		tamiz_message_clear(&message);
		return EXIT_FAULT;
	}
	status = check_asked(cli, saved);
	error = restore_all(cli, saved);
	tamiz_saved_free(saved);
	return error ? error : status;
}
