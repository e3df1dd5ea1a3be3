/* SPDX-License-Identifier: GPL-2.0-only */
/* An engine of iptables in this network namespace, and packets for it. */
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/diag.h"
#include "lib/spawn.h"
#include "lower/pcap.h"
#include "xt_test.h"

struct tz_flow *xt_read_flow(const char *text)
{
	struct tz_sources *sources = tz_sources_new(test.arena);
	struct tz_diags *diags = tz_diags_new(test.arena, sources);
	struct tz_pcap_options options = { .link = TZ_LINK_RAW };
	const struct tz_source *source =
		tz_sources_add(sources, "-e", text, strlen(text));
	struct tz_span span = { source->base,
				source->base + (uint32_t)source->len };

	return tz_pcap_lower(test.arena, diags, span, source->text, source->len,
			     &options);
}

int xt_open_tun(void)
{
	struct ifreq request = { .ifr_flags = IFF_TUN | IFF_NO_PI };
	int tun = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	strcpy(request.ifr_name, "tz0");
	if (tun < 0 || fd < 0 || ioctl(tun, TUNSETIFF, &request) < 0) {
		perror("tun");
		exit(1);
	}
	request.ifr_flags = IFF_UP;
	if (ioctl(fd, SIOCSIFFLAGS, &request) < 0) {
		perror("tun up");
		exit(1);
	}
	close(fd);
	return tun;
}

const char *xt_program(unsigned int version, const char *what)
{
	static char name[64];

	snprintf(name, sizeof(name), "ip%stables-%s%s", version == 6 ? "6" : "",
		 test.engine, what);
	return name;
}

void xt_must_run(const char *const argv[], const char *input, char **output)
{
	char *errors = NULL;
	int status = tz_spawn(argv, input, input ? strlen(input) : 0, output,
			      &errors);

	if (status) {
		printf("%s: %d: %.500s\n", argv[0], status,
		       errors ? errors : "");
		exit(1);
	}
	free(errors);
}

void xt_restore(unsigned int version, const char *rules)
{
	const char *argv[] = { xt_program(version, "-restore"), NULL };
	char *output = NULL;

	xt_must_run(argv, rules, &output);
	free(output);
}

void xt_run_commands(const char *commands)
{
	const char *argv[] = { "sh", "-e", NULL };
	char *output = NULL, *script;

	if (asprintf(&script,
		     "iptables() { iptables-%s \"$@\"; }\n"
		     "ip6tables() { ip6tables-%s \"$@\"; }\n%s",
		     test.engine, test.engine, commands) < 0)
		exit(1);
	xt_must_run(argv, script, &output);
	free(script);
	free(output);
}

size_t xt_read_counts(unsigned int version, const char *word,
		      unsigned long long *counts, size_t most)
{
	const char *argv[] = { xt_program(version, "-save"), "-c", "-t", "raw",
			       NULL };
	char *output = NULL, *save, *line;
	size_t n = 0;

	xt_must_run(argv, NULL, &output);
	for (line = strtok_r(output, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save))
		if (*line == '[' && strstr(line, word) && n < most)
			counts[n++] = strtoull(line + 1, NULL, 10);
	free(output);
	return n;
}

void xt_inject(void)
{
	for (size_t i = 0; i < test.packets.n; i++) {
		const struct xt_packet *p = &test.packets.at[i];

		if (write(test.tun, p->bytes, p->len) != (ssize_t)p->len) {
			perror("tun: write");
			exit(1);
		}
	}
}

void xt_fail(const struct xt_expression *e, const char *what,
	     unsigned long long got, unsigned long long wanted)
{
	printf("FAILED: %s, %s: counted %llu, not %llu: %.200s\n", test.engine,
	       what, got, wanted, e->text);
	test.failed++;
}
