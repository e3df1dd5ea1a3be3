/* SPDX-License-Identifier: GPL-2.0-only */
/* tamiz(8): the table of subcommands, help, version. */
#include "runtime/cli/cli.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

enum devices { NO_DEVICE, MAY_NAME_ONE, MAY_NAME, MUST_NAME, NAME_OR_ALL };

static int help(const struct cli *cli);
static int version(const struct cli *cli);

static const struct subcommand {
	const char *name;
	const char *group; /* the heading that it is the first below, or NULL */
	int (*run)(const struct cli *cli);
	const char *operands; /* "": takes none */
	enum devices devices;
	const char *summary;
} subcommands[CLI_N_COMMANDS] = {
	[CLI_CHECK] = { "check", "Rules, anywhere and without rights",
			cli_check, "FILE...", MAY_NAME_ONE,
			"diagnostics, and what XDP can do for each rule" },
	[CLI_RUN] = { "run", NULL, cli_run, "FILE... --pcap CAPTURE",
		      MAY_NAME_ONE,
		      "what the rules do with the packets of a capture" },
	[CLI_FMT] = { "fmt", NULL, cli_fmt, "FILE...", NO_DEVICE,
		      "print the rules in the form of iptables-save" },
	[CLI_COMPILE] = { "compile", NULL, cli_compile, "FILE...|-e EXPR",
			  MAY_NAME_ONE,
			  "write the program that the rules become" },
	[CLI_GEN] = { "gen", NULL, cli_gen, "dns|p0f|... PATTERN...", NO_DEVICE,
		      "a filter of DNS names, of a system's SYN, ..." },
	[CLI_ATTACH] = { "attach", "Rules on devices", cli_attach,
			 "FILE... --dev DEV...", MUST_NAME,
			 "put rules on devices, or a filter on sockets" },
	[CLI_REPLACE] = { "replace", NULL, cli_replace, "FILE... --dev DEV...",
			  MUST_NAME, "change the rules of devices at once" },
	[CLI_DETACH] = { "detach", NULL, cli_detach, "", NAME_OR_ALL,
			 "take rules off, leaving nothing behind" },
	[CLI_ENFORCE] = { "enforce", NULL, cli_enforce, "", NAME_OR_ALL,
			  "end monitor mode (--monitor): drop from now on" },
	[CLI_CONFIRM] = { "confirm", NULL, cli_confirm, "", NAME_OR_ALL,
			  "keep rules that are on trial (--confirm)" },
	[CLI_ROLLBACK] = { "rollback", NULL, cli_rollback, "", NAME_OR_ALL,
			   "go back to the rules before" },
	[CLI_STATUS] = { "status", "What they do", cli_status, "", MAY_NAME,
			 "what is attached, and what it counted" },
	[CLI_SET] = { "set", NULL, cli_set, "list|add|del|swap|sync [NAME...]",
		      MAY_NAME, "members of the sets that rules ask" },
	[CLI_LOG] = { "log", NULL, cli_log, "", MAY_NAME,
		      "packets that were logged at XDP, as they come" },
	[CLI_SAVE] = { "save", "Over a boot", cli_save, "", NO_DEVICE,
		       "write down what is attached" },
	[CLI_RESTORE] = { "restore", NULL, cli_restore, "", MAY_NAME,
			  "attach what was written down" },
	[CLI_VERSION] = { "version", "tamiz", version, "", NO_DEVICE,
			  "print the version" },
	[CLI_HELP] = { "help", NULL, help, "", NO_DEVICE,
		       "print this text, or that of a command" },
};

static int help(const struct cli *cli)
{
	(void)cli;
	printf("usage: tamiz COMMAND [OPTION...] [FILE...]\n");
	for (int i = 0; i < CLI_N_COMMANDS; i++) {
		if (subcommands[i].group)
			printf("\n%s:\n", subcommands[i].group);
		printf("  %-10s %s\n", subcommands[i].name,
		       subcommands[i].summary);
	}
	puts("\nFILE is what iptables-save or ip6tables-save prints, or "
	     "iptables command\nlines; \"-\" is standard input. "
	     "\"tamiz COMMAND -h\" lists the options of a\ncommand, "
	     "\"man tamiz-COMMAND\" explains them.\n\n"
	     "Exit status: 0 done, 1 the rules are at fault, 2 usage, "
	     "3 the system.");
	return EXIT_DONE;
}

static int version(const struct cli *cli)
{
	(void)cli;
	printf("tamiz %s\n", PACKAGE_VERSION);
	return EXIT_DONE;
}

static const struct subcommand *find(const char *name)
{
	if (!strcmp(name, "-h") || !strcmp(name, "--help"))
		name = "help";
	if (!strcmp(name, "-V") || !strcmp(name, "--version"))
		name = "version";
	for (int i = 0; i < CLI_N_COMMANDS; i++) {
		if (!strcmp(subcommands[i].name, name))
			return &subcommands[i];
	}
	return NULL;
}

static int refuse(const struct subcommand *sub, const char *why)
{
	cli_error("%s: %s (see tamiz %s -h)", sub->name, why, sub->name);
	return EXIT_USAGE;
}

static int refuse_name(const char *name)
{
	const char *near = cli_nearest(name, &subcommands[0].name,
				       CLI_N_COMMANDS, sizeof(subcommands[0]));

	if (near)
		cli_error("no command \"%s\"; did you mean %s? (see tamiz -h)",
			  name, near);
	else
		cli_error("no command \"%s\" (see tamiz -h)", name);
	return EXIT_USAGE;
}

/* Options for devices and those for sockets do not mix. */
static int check_sockets(const struct subcommand *sub, const struct cli *cli)
{
	if (cli->sockets.n && cli->device_option)
		cli_error("%s: --%s does not go with --socket (see tamiz %s "
			  "-h)",
			  sub->name, cli->device_option, sub->name);
	else if (!cli->sockets.n && cli->socket_option)
		cli_error("%s: --%s goes with --socket (see tamiz %s -h)",
			  sub->name, cli->socket_option, sub->name);
	else
		return EXIT_DONE;
	return EXIT_USAGE;
}

static int check_devices(const struct subcommand *sub, const struct cli *cli)
{
	switch (sub->devices) {
	case MAY_NAME_ONE:
		if (cli->devices.n > 1)
			return refuse(sub, "one --dev only");
		break;
	case MUST_NAME:
		if (!cli->devices.n)
			return refuse(sub, "which device? (--dev)");
		break;
	case NAME_OR_ALL:
		if (!cli->devices.n == !cli->all)
			return refuse(sub, "either --dev or --all");
		break;
	case NO_DEVICE:
	case MAY_NAME:
		break;
	}
	return EXIT_DONE;
}

/* What the table says of operands and devices. */
static int check_usage(const struct subcommand *sub, const struct cli *cli)
{
	if (*sub->operands && !cli->files.n && !cli->from_kernel &&
	    !cli->expressions.n)
		return refuse(sub, "which file?");
	if (cli->files.n && cli->from_kernel)
		return refuse(sub, "either files or --from-kernel");
	if (!*sub->operands && cli->files.n)
		return refuse(sub, "takes no file");
	if (check_sockets(sub, cli))
		return EXIT_USAGE;
	return cli->sockets.n ? EXIT_DONE : check_devices(sub, cli);
}

static int enter(const struct cli *cli)
{
	struct tamiz_message message = { 0 };

	if (!cli->netns || tamiz_enter_netns(cli->netns, &message) == 0)
		return EXIT_DONE;
	return cli_fail(cli, &message, 0);
}

static int run(const struct subcommand *sub, int argc, char **argv)
{
	struct cli cli = { .options.hz = tamiz_kernel_hz() };
	enum cli_command command = (enum cli_command)(sub - subcommands);

	tamiz_kernel_recent(&cli.options.recent_entries,
			    &cli.options.recent_stamps);
	if (command == CLI_GEN)
		cli.options.target = TAMIZ_TARGET_XT_BPF;

	int parsed = cli_options_parse(&cli, command, sub->name, argc, argv);
	int status = parsed < 0 ? EXIT_USAGE : EXIT_DONE;

	if (parsed > 0) {
		printf("usage: tamiz %s [OPTION...]%s%s\n%s\n\n", sub->name,
		       *sub->operands ? " " : "", sub->operands, sub->summary);
		cli_options_describe(command);
	} else if (!parsed) {
		status = check_usage(sub, &cli);
		if (!status)
			status = enter(&cli);
		if (!status)
			status = sub->run(&cli);
	}
	cli_options_free(&cli);
	return status;
}

/* Descriptors 0 to 2 are never somebody else's: not a lock, not a map. */
static bool hold_standard_streams(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

int main(int argc, char **argv)
{
	if (!hold_standard_streams())
		return EXIT_SYSTEM;
	/* Whoever ignores it has children that cannot be waited for. */
	signal(SIGCHLD, SIG_DFL);
	if (argc < 2) {
		help(NULL);
		return EXIT_USAGE;
	}

	const struct subcommand *sub = find(argv[1]);

	if (!sub)
		return refuse_name(argv[1]);

	/* "help COMMAND" is "COMMAND -h". */
	bool is_about =
		sub == &subcommands[CLI_HELP] && argc == 3 && *argv[2] != '-';

	if (is_about && !find(argv[2]))
		return refuse_name(argv[2]);

	char *about[] = { argv[2], (char *)"-h", NULL };
	int status = is_about ? run(find(argv[2]), 2, about)
			      : run(sub, argc - 1, argv + 1);

	if (fflush(stdout) == EOF || ferror(stdout)) {
		cli_error("cannot write standard output");
		return EXIT_SYSTEM;
	}
	return status;
}
