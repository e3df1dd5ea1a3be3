/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tamiz attach and replace: the files are compiled for each device, once to
 * compare them with the host's live rules, and again when these tell more
 * about how to judge them (who holds them, whether there is NAT).
 */
#include "runtime/cli/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "runtime/scope.h"

/* What is made for one device; all is owned but the object, see build(). */
struct target {
	struct tamiz *tamiz;
	struct tamiz_options options;
	const char *text;
	size_t len;
	struct tamiz_object object;
};

struct session {
	const struct cli *cli;
	struct cli_input input; /* of files, or: */
	struct tamiz_text *texts;
	size_t n_texts;
	struct tamiz_text sets; /* --ipset=live */
	uint64_t sets_read_ns;
	struct tamiz_live *live;
	struct target *targets;
	struct tamiz_change *changes;
	size_t n;
};

typedef int change_function(const struct tamiz_change *changes, size_t n,
			    const struct tamiz_attach_options *options,
			    struct tamiz_notes *notes,
			    struct tamiz_message *message);

static int read_live(struct session *s)
{
	struct tamiz_message message = { 0 };
	struct tamiz_notes notes = { 0 };
	int error = tamiz_live_read(&s->live, &notes, &message);

	cli_print_notes(&notes);
	return error ? cli_fail(s->cli, &message, error) : EXIT_DONE;
}

static int find_devices(const struct session *s)
{
	const struct cli *cli = s->cli;

	for (size_t i = 0; i < s->n; i++) {
		struct tamiz_message message = { 0 };
		struct tamiz_device device;
		int error = tamiz_device_find(cli->devices.at[i], cli->upper,
					      &device, NULL, &message);

		if (error)
			return cli_fail(cli, &message, error);
	}
	return EXIT_DONE;
}

/* Of connections and NAT; notes are of the first device, as all others. */
static bool learn_tracking(const struct session *s, struct target *target,
			   bool is_first)
{
	struct tamiz_options before = target->options;
	struct tamiz_notes notes = { 0 };
	int error = tamiz_live_teach(s->live, target->tamiz, &target->options,
				     &notes);

	if (is_first)
		cli_print_notes(&notes);
	else
		tamiz_notes_clear(&notes);
	/* without memory: as nobody knows */
	if (error)
		target->options.conntrack = TAMIZ_CONNTRACK_NONE;
	return memcmp(&before, &target->options, sizeof(before)) != 0;
}

/* Whether the host tells more than the options that @target was made with. */
static bool learn(const struct session *s, struct target *target,
		  const struct tamiz_drift *drift)
{
	struct tamiz_options *options = &target->options;
	bool is_more = false;

	if (!s->cli->backend_is_given && drift->backend != options->backend) {
		options->backend = drift->backend;
		is_more = true;
	}
	if (drift->writes & ~options->host_writes) {
		options->host_writes |= drift->writes;
		is_more = true;
	}
	return is_more;
}

static const char *backend_name(enum tamiz_backend backend)
{
	static const char *const names[] = {
		[TAMIZ_BACKEND_BOTH] = "legacy and nft alike",
		[TAMIZ_BACKEND_LEGACY] = "iptables-legacy",
		[TAMIZ_BACKEND_NFT] = "iptables-nft",
	};

	return names[backend];
}

/* Those that were just read from the kernel are the kernel's. */
static void compare_sets(const struct session *s, const struct tamiz *tamiz)
{
	struct tamiz_notes notes = { 0 };

	if (s->cli->sets_live)
		return;
	tamiz_compare_sets(tamiz, &notes);
	cli_print_notes(&notes);
}

static int compile(struct session *s, struct target *target, bool is_first)
{
	struct tamiz_drift drift;
	int status = cli_texts_compile(s->texts, s->n_texts, &target->options,
				       &target->tamiz);

	if (target->tamiz && is_first)
		cli_print_diagnostics(target->tamiz);
	if (status != EXIT_DONE)
		return status;
	if (tamiz_judges_frames(target->tamiz)) {
		target->options.mode = TAMIZ_MODE_REPLACE;
		return EXIT_DONE;
	}
	if (tamiz_live_compare(s->live, target->tamiz, &drift)) {
		cli_error("no memory");
		return EXIT_SYSTEM;
	}
	if (is_first && target->options.mode == TAMIZ_MODE_OFFLOAD) {
		cli_print_drift(target->tamiz, &drift);
		compare_sets(s, target->tamiz);
	}
	if (is_first && target->options.mode == TAMIZ_MODE_OFFLOAD &&
	    target->options.owns_state)
		cli_print_own(target->tamiz, &drift);

	bool is_more = learn(s, target, &drift);

	tamiz_drift_clear(&drift);
	is_more |= learn_tracking(s, target, is_first);
	if (is_first) {
		cli_note("judged as %s would",
			 backend_name(target->options.backend));
		if (target->options.host_writes)
			cli_note(
				"rules of this host that are not in the files "
				"change packets (TTL, TOS, MARK, TCP options): "
				"what later rules see of these is unknown");
	}
	if (!is_more)
		return EXIT_DONE;
	tamiz_free(target->tamiz);
	target->tamiz = NULL;
	return cli_texts_compile(s->texts, s->n_texts, &target->options,
				 &target->tamiz);
}

/* Equal text is built once: only -i makes it differ between devices. */
static int build(struct session *s, size_t i)
{
	struct target *target = &s->targets[i];
	struct tamiz_message message = { 0 };

	target->text = tamiz_emit(target->tamiz, TAMIZ_EMIT_C, &target->len);
	if (!target->text) {
		cli_error("the rules make no program");
		return EXIT_SYSTEM;
	}
	s->changes[i] = (struct tamiz_change){
		.ifname = s->cli->devices.at[i],
		.upper = s->cli->upper,
		.rules = target->tamiz,
		.options = &target->options,
		.text = target->text,
		.object = &target->object,
		.files = s->texts,
		.n_files = s->n_texts,
		.sets_read_ns = s->sets_read_ns,
	};
	for (size_t k = 0; k < i; k++) {
		const struct target *other = &s->targets[k];

		if (!other->object.data || other->len != target->len ||
		    memcmp(other->text, target->text, target->len))
			continue;
		s->changes[i].object = &other->object;
		return EXIT_DONE;
	}

	int error = tamiz_build(target->text, target->len, s->cli->clang,
				&target->object, &message);

	return error ? cli_fail(s->cli, &message, error) : EXIT_DONE;
}

static int make(struct session *s, size_t i)
{
	const struct cli *cli = s->cli;
	struct target *target = &s->targets[i];
	struct tamiz_message message = { 0 };
	struct tamiz_device device;
	int error = tamiz_device_find(cli->devices.at[i], cli->upper, &device,
				      NULL, &message);

	if (error)
		return cli_fail(cli, &message, error);
	target->options = cli->options;
	target->options.udp_merges |= device.udp_merges;
	target->options.hides_routes |= device.hides_routes;
	tamiz_answers_teach(cli->devices.at[i], &target->options);
	target->options.standalone = true;
	if (device.hook != TAMIZ_HOOK_XDP)
		target->options.target = TAMIZ_TARGET_TC;
	if (device.has_no_link_header)
		target->options.link = TAMIZ_LINK_RAW;
	target->options.ifname = cli->upper ? cli->upper : cli->devices.at[i];

	int status = compile(s, target, i == 0);

	return status == EXIT_DONE ? build(s, i) : status;
}

static void say_device(const struct tamiz_status_device *device)
{
	char hook[CLI_HOOK_LEN];

	printf("%s: %zu rules and policies in force (%s%s, generation %u, "
	       "%s)\n",
	       device->ifname, device->n_rules, device->mode,
	       device->is_monitor ? ", monitor: nothing is dropped" : "",
	       device->generation, cli_hook_words(device, hook));
	if (device->trial == TAMIZ_TRIAL_WAITING)
		printf("%s: unconfirmed: what was before comes back in %u s "
		       "unless you run: tamiz confirm --dev %s\n",
		       device->ifname, cli_seconds(device->left_ms),
		       device->ifname);
}

static void say_done(const struct session *s)
{
	for (size_t i = 0; i < s->n; i++) {
		struct tamiz_message message = { 0 };
		struct tamiz_status *status;

		if (tamiz_status_read(s->cli->devices.at[i], NULL, NULL,
				      &status, &message)) {
			tamiz_message_clear(&message);
			continue;
		}
		for (size_t k = 0; k < status->n_devices; k++)
			say_device(&status->devices[k]);
		tamiz_status_free(status);
	}
}

/* Whether there is a rule at all: a table may exist empty. */
static bool has_rules(const struct tamiz_text *texts, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (strstr(texts[i].text, "] -A "))
			return true;
	}
	return false;
}

/* --from-kernel: the texts of the backend that holds rules. */
static int take_live(struct session *s)
{
	const enum tamiz_backend backends[] = { TAMIZ_BACKEND_LEGACY,
						TAMIZ_BACKEND_NFT };
	size_t n_holders = 0;

	for (size_t i = 0; i < 2; i++) {
		struct tamiz_text texts[2];
		size_t n = tamiz_live_texts(s->live, backends[i], texts);

		if (!has_rules(texts, n) ||
		    (s->cli->backend_is_given &&
		     s->cli->options.backend != backends[i]))
			continue;
		n_holders++;
		memcpy(s->texts, texts, n * sizeof(*texts));
		s->n_texts = n;
	}
	if (n_holders == 1)
		return EXIT_DONE;
	cli_error(n_holders ? "both backends of iptables hold rules: name one "
			      "with --backend"
			    : "the kernel has no rules of iptables here");
	return n_holders ? EXIT_USAGE : EXIT_SYSTEM;
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static int take_texts(struct session *s)
{
	int status = EXIT_DONE;

	if (s->cli->from_kernel)
		status = take_live(s);
	for (size_t i = 0; i < s->input.n; i++)
		s->texts[s->n_texts++] = s->input.at[i];
	if (status == EXIT_DONE && s->cli->sets_live) {
		s->sets_read_ns = now_ns();
		status = cli_live_sets(s->cli, &s->sets);
	}
	if (status == EXIT_DONE && s->sets.len)
		s->texts[s->n_texts++] = s->sets;
	return status;
}

static int run(struct session *s, change_function *change)
{
	struct tamiz_attach_options options = s->cli->attach;
	struct tamiz_message message = { 0 };
	struct tamiz_notes notes = { 0 };
	/* first of all: without them what is read of the host misleads */
	int error = tamiz_check_caps(&message);
	int status =
		error ? cli_fail(s->cli, &message, error) : find_devices(s);

	if (status == EXIT_DONE)
		status = read_live(s);
	if (status == EXIT_DONE)
		status = take_texts(s);
	for (size_t i = 0; i < s->n && status == EXIT_DONE; i++)
		status = make(s, i);
	if (status != EXIT_DONE)
		return status;
	options.live = s->live;
	error = change(s->changes, s->n, &options, &notes, &message);
	cli_print_notes(&notes);
	if (error)
		return cli_fail(s->cli, &message, error);
	if (options.dry_run)
		puts("loaded and verified; nothing was changed");
	else
		say_done(s);
	return EXIT_DONE;
}

static int open_session(const struct cli *cli, change_function *change)
{
	size_t n = cli->devices.n;
	struct session s = {
		.cli = cli,
		.targets = calloc(n, sizeof(*s.targets)),
		.changes = calloc(n, sizeof(*s.changes)),
		.texts = calloc(cli->files.n + 3, sizeof(*s.texts)),
		.n = n,
	};
	int status = s.targets && s.changes && s.texts
			     ? cli_input_read(&s.input, &cli->files)
			     : EXIT_SYSTEM;

	if (status == EXIT_DONE)
		status = run(&s, change);
	for (size_t i = 0; s.targets && i < n; i++) {
		tamiz_free(s.targets[i].tamiz);
		tamiz_object_clear(&s.targets[i].object);
	}
	tamiz_live_free(s.live);
	cli_input_free(&s.input);
	free((char *)(uintptr_t)s.sets.text);
	free(s.texts);
	free(s.targets);
	free(s.changes);
	return status;
}

int cli_attach(const struct cli *cli)
{
	if (cli->sockets.n)
		return cli_attach_sockets(cli);
	return open_session(cli, tamiz_attach);
}

int cli_replace(const struct cli *cli)
{
	return open_session(cli, tamiz_replace);
}
