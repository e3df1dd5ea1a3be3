/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How many packets a second `tamiz run` judges: 100 rules, a capture of 1 GB
 * that repeats 20,000 packets of the generator, the summary alone and a line
 * for each packet. In CPU time, of user and system: it uses one CPU only.
 */
#include "bench.h"

#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define STYLE "fw"
#define N_RULES 100
#define N_PACKETS 20000
#define CAPTURE_LEN (1000 * 1000 * 1000)
#define PCAP_HEAD 24
#define LIMIT_PER_S 1e6

#define TEXT_OF_(x) #x
#define TEXT_OF(x) TEXT_OF_(x)

/* Appends what is behind the header of @path until it is long enough. */
static size_t repeat(const char *path)
{
	FILE *file = fopen(path, "r+");
	static char body[8 << 20];
	size_t len, n = 1;

	if (!file || fseek(file, PCAP_HEAD, SEEK_SET))
		err(3, "%s", path);
	len = fread(body, 1, sizeof(body), file);
	if (!len || len == sizeof(body))
		errx(3, "%s: %zu bytes of packets", path, len);
	fseek(file, 0, SEEK_END);
	for (; (n + 1) * len <= CAPTURE_LEN; n++)
		if (fwrite(body, 1, len, file) != len)
			err(3, "%s", path);
	if (fclose(file))
		err(3, "%s", path);
	return n * N_PACKETS;
}

static double seconds(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

/*
 * The CPU time that the command took. The output goes nowhere: a pipe would
 * be measured too.
 */
static double run(const char *const argv[])
{
	struct rusage usage;
	pid_t pid = fork();
	int status;

	if (pid < 0)
		err(3, "fork");
	if (!pid) {
		int fd = open("/dev/null", O_WRONLY);

		if (fd < 0 || dup2(fd, STDOUT_FILENO) < 0)
			_exit(3);
		execv(argv[0], (char *const *)argv);
		_exit(3);
	}
	if (wait4(pid, &status, 0, &usage) < 0 || !WIFEXITED(status) ||
	    WEXITSTATUS(status))
		errx(1, "%s %s failed", argv[0], argv[1]);
	return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

static void measure(const char *what, const char *const argv[], size_t packets)
{
	double per_s = (double)packets / run(argv);

	printf("  %-28s %5.2f million packets a second (at least %.0f: %s)\n",
	       what, per_s / 1e6, LIMIT_PER_S / 1e6,
	       per_s >= LIMIT_PER_S ? "met" : "MISSED");
}

void bench_run(const char *tamiz)
{
	char dir[] = "/tmp/tz-bench-XXXXXX", rules[64], capture[64];
	const char *const quiet[] = { tamiz,    "run",   "-q", rules,
				      "--pcap", capture, NULL };
	const char *const text[] = { tamiz,    "run",   rules,
				     "--pcap", capture, NULL };

	if (!mkdtemp(dir))
		err(3, "a folder");
	snprintf(rules, sizeof(rules), "%s/rules", dir);
	snprintf(capture, sizeof(capture), "%s/capture", dir);

	char *generated = bench_genrules(STYLE, N_RULES, false);

	bench_write_file(rules, generated);
	free(generated);
	bench_write_trace(capture, STYLE, TEXT_OF(N_RULES), TEXT_OF(N_PACKETS));

	size_t packets = repeat(capture);

	printf("\ntamiz run over %d MB, %zu packets, %d rules:\n",
	       CAPTURE_LEN / 1000000, packets, N_RULES);
	measure("the summary alone", quiet, packets);
	measure("a line for each packet", text, packets);
	unlink(capture);
	unlink(rules);
	rmdir(dir);
}
