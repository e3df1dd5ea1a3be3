/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What goes out: diagnostics and messages to standard error, results to
 * standard output or, whole or not at all, to a file.
 */
#include "runtime/cli/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/scope.h"

#define BOLD_RED "\033[1;31m"
#define BOLD_YELLOW "\033[1;33m"
#define PLAIN "\033[0m"

static bool may_colour(void)
{
	return isatty(STDERR_FILENO) && !getenv("NO_COLOR");
}

static void say(const char *what, const char *colour, const char *fmt,
		va_list ap)
{
	bool is_coloured = colour && may_colour();

	fprintf(stderr, "tamiz: %s%s%s: ", is_coloured ? colour : "", what,
		is_coloured ? PLAIN : "");
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
}

void cli_error(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say("error", BOLD_RED, fmt, ap);
	va_end(ap);
}

void cli_note(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say("note", NULL, fmt, ap);
	va_end(ap);
}

int cli_fail(const struct cli *cli, struct tamiz_message *message, int error)
{
	cli_error("%s", message->text ? message->text : strerror(-error));
	if (message->log && cli->verbose)
		fprintf(stderr, "%s\n", message->log);
	else if (message->log)
		cli_note("-v shows the whole log");
	tamiz_message_clear(message);
	return EXIT_SYSTEM;
}

void cli_print_notes(struct tamiz_notes *notes)
{
	for (size_t i = 0; i < notes->n; i++)
		cli_note("%s", notes->at[i]);
	tamiz_notes_clear(notes);
}

/* On a terminal the word for the severity is coloured. */
static void print_diagnostic(const struct tamiz_diagnostic *diagnostic)
{
	static const struct {
		const char *word, *colour;
	} looks[] = {
		[TAMIZ_ERROR] = { "error:", BOLD_RED },
		[TAMIZ_WARNING] = { "warning:", BOLD_YELLOW },
		[TAMIZ_NOTE] = { "note:", "" },
	};
	const char *word = looks[diagnostic->severity].word;
	const char *text = diagnostic->printed;
	const char *at = may_colour() ? strstr(text, word) : NULL;

	if (at)
		fprintf(stderr, "%.*s%s%s" PLAIN "%s", (int)(at - text), text,
			looks[diagnostic->severity].colour, word,
			at + strlen(word));
	else
		fputs(text, stderr);
}

size_t cli_print_diagnostics(const struct tamiz *tamiz)
{
	size_t n_warnings = 0;

	for (size_t i = 0; i < tamiz_n_diagnostics(tamiz); i++) {
		struct tamiz_diagnostic diagnostic = tamiz_diagnostic(tamiz, i);

		print_diagnostic(&diagnostic);
		n_warnings += diagnostic.severity == TAMIZ_WARNING;
	}
	return n_warnings;
}

const char *cli_fit_name(enum tamiz_fit fit)
{
	static const char *const names[] = {
		[TAMIZ_EXACT] = "exact",
		[TAMIZ_PARTIAL] = "partial",
		[TAMIZ_IMPOSSIBLE] = "impossible",
	};

	return names[fit];
}

static int write_all(int fd, const char *data, size_t len)
{
	for (size_t done = 0; done < len;) {
		ssize_t n = write(fd, data + done, len - done);

		if (n < 0 && errno != EINTR)
			return -errno;
		done += n > 0 ? (size_t)n : 0;
	}
	return 0;
}

/* The mode that a new file gets: the old one's, or by the umask. */
static mode_t mode_for(const char *path)
{
	struct stat st;
	mode_t mask = umask(0);

	umask(mask);
	if (lstat(path, &st) == 0 && S_ISREG(st.st_mode))
		return st.st_mode & 0777;
	return 0666 & ~mask;
}

static int write_temp(int fd, const char *temp, const char *path,
		      const void *data, size_t len, mode_t most)
{
	int error = write_all(fd, data, len);

	if (!error && fchmod(fd, mode_for(path) & most) < 0)
		error = -errno;
	if (!error && fsync(fd) < 0)
		error = -errno;
	if (!error && rename(temp, path) < 0)
		error = -errno;
	return error;
}

/*
 * A device or a pipe is written to; only files are replaced. /dev/stdout and
 * the like are never: what they lead to may be a file, but the name is not.
 */
static bool is_written_to(const char *path)
{
	struct stat st;

	return !strncmp(path, "/dev/", 5) || !strncmp(path, "/proc/", 6) ||
	       (stat(path, &st) == 0 && !S_ISREG(st.st_mode));
}

int cli_write(const char *path, const void *data, size_t len, unsigned int most)
{
	_cleanup_free_ char *temp = NULL;

	if (!path || !strcmp(path, "-"))
		return fwrite(data, 1, len, stdout) == len ? 0 : -EIO;
	if (is_written_to(path)) {
		_cleanup_close_ int fd =
			open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);

		return fd < 0 ? -errno : write_all(fd, data, len);
	}
	/* rename(2) replaces a symbolic link itself, never what it names. */
	if (asprintf(&temp, "%s.XXXXXX", path) < 0)
		return -ENOMEM;

	_cleanup_close_ int fd = mkostemp(temp, O_CLOEXEC);

	if (fd < 0)
		return -errno;

	int error = write_temp(fd, temp, path, data, len, most);

	if (error)
		unlink(temp);
	return error;
}

int cli_put(const char *path, const void *data, size_t len)
{
	int error = cli_write(path, data, len, 0777);

	if (!error)
		return EXIT_DONE;
	cli_error("cannot write %s: %s", path ? path : "standard output",
		  strerror(-error));
	return EXIT_SYSTEM;
}
