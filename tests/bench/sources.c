/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What rules cost that keep something for each of a million sources, over the
 * same set without them: an entry for each is there, and none is in a cache.
 */
#include "bench.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <err.h>
#include <linux/bpf.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/lab.h"

#define RULES(match, target)                                         \
	"*raw\n:PREROUTING ACCEPT [0:0]\n"                           \
	"-A PREROUTING -p udp -m udp --dport 53" match " -j " target \
	"\n-A PREROUTING -p udp -m udp --dport 53 -j DROP\nCOMMIT\n"

#define LIMIT                                                                \
	" -m hashlimit --hashlimit-upto 1000/second --hashlimit-burst 1000 " \
	"--hashlimit-mode srcip --hashlimit-name sources "                   \
	"--hashlimit-htable-size 1048576 --hashlimit-htable-max 1048576 "    \
	"--hashlimit-htable-expire 600000"

enum { MOST = 120, TALKERS = 500, LIVE_FILLS = 30 };

/* @path: sources.bpf.o. A program that calls @program for each source. */
static struct bpf_object *wrap(const char *path, struct tamiz_program *program,
			       int *fd)
{
	struct bpf_object *object = bpf_object__open_file(path, NULL);
	uint32_t zero = 0;
	int root = tamiz_program_fd(program, TAMIZ_ROOT);

	if (!object || bpf_object__load(object))
		err(3, "%s", path);
	*fd = bpf_program__fd(
		bpf_object__find_program_by_name(object, "tz_sources"));
	if (bpf_map_update_elem(
		    bpf_object__find_map_fd_by_name(object, "tz_next"), &zero,
		    &root, BPF_ANY))
		err(3, "%s: the program behind it", path);
	return object;
}

/* Of @n sources among the million; of nobody, when it is one. */
static struct bench_frames make_frames(size_t n)
{
	struct bench_frames frames = { calloc(n, sizeof(struct tz_frame)), n };

	if (!frames.frame)
		err(3, "memory");
	for (size_t i = 0; i < n; i++) {
		char src[32] = "0.0.0.0";
		struct tz_frame_spec spec = { .src = src,
					      .dst = "198.51.100.1",
					      .protocol = IPPROTO_UDP,
					      .sport = 4000,
					      .dport = 53,
					      .payload_len = 18 };

		if (n > 1)
			snprintf(src, sizeof(src), "10.%zu.%zu.%zu", i % 16,
				 i * 7 % 256, i * 131 % 256);
		memcpy(spec.src_mac, tz_lab_sender_mac, 6);
		memcpy(spec.dst_mac, tz_lab_mac, 6);
		tz_frame_build(&frames.frame[i], &spec);
	}
	return frames;
}

static void print(const struct bench_row *row, const struct bench_row *base)
{
	printf("%-42s %6.1f ns", row->name,
	       bench_median(row->ns, BENCH_ROUNDS));
	if (base)
		printf("  %+.1f over the same without it, at most +%d: %s",
		       bench_extra(row, base), MOST,
		       bench_extra(row, base) <= MOST ? "met" : "MISSED");
	putchar('\n');
}

/* ---- beside the kernel's ---- */

/* What @rules of the kernel take of a live frame of any source. */
static double measure_kernel(const char *rules, int fd,
			     const struct tz_lab *lab)
{
	struct bench_frames frames = make_frames(1);
	double ns;

	bench_restore("iptables-legacy-restore", rules);
	for (int i = 0; i < LIVE_FILLS; i++)
		bench_live_run(fd, frames.frame, lab->ifindex);
	ns = bench_live_median(fd, &frames, lab);
	bench_frames_free(&frames);
	return ns;
}

/* All of these drop, so that nothing but the rules differs. */
static void measure_live(const char *path)
{
	struct tamiz_program *pass = bench_load_own(RULES("", "ACCEPT"));
	int empty = bench_load_empty(), fd;
	struct bpf_object *object = wrap(path, pass, &fd);
	struct tz_lab lab;
	double without, with;

	bench_lab_open(&lab, empty);
	without = measure_kernel(RULES("", "DROP"), fd, &lab);
	with = measure_kernel(RULES(LIMIT, "DROP"), fd, &lab);
	tz_lab_close(&lab);
	close(empty);
	bpf_object__close(object);
	tamiz_program_free(pass);
	printf("iptables-legacy, live frames of a million sources: hashlimit "
	       "%+.0f ns\n",
	       with - without);
}

void bench_sources(const char *path)
{
	struct tamiz_program *without = bench_load_own(RULES("", "ACCEPT")),
			     *with = bench_load_own(RULES(LIMIT, "ACCEPT"));
	struct bench_row rows[4] = {
		{ "a million sources in turn",
		  -1,
		  make_frames(1),
		  XDP_PASS,
		  { 0 },
		  false },
		{ "a million sources in turn, hashlimit",
		  -1,
		  make_frames(1),
		  XDP_PASS,
		  { 0 },
		  false },
		{ "500 of a million sources",
		  tamiz_program_fd(without, TAMIZ_ROOT),
		  make_frames(TALKERS),
		  XDP_PASS,
		  { 0 },
		  false },
		{ "500 of a million sources, hashlimit",
		  tamiz_program_fd(with, TAMIZ_ROOT),
		  make_frames(TALKERS),
		  BENCH_ANY,
		  { 0 },
		  false },
	};
	struct bpf_object *objects[2] = {
		wrap(path, without, &rows[0].fd),
		wrap(path, with, &rows[1].fd),
	};

	bench_measure(rows, 4);
	for (int i = 0; i < 4; i++)
		print(&rows[i], i % 2 ? &rows[i - 1] : NULL);
	measure_live(path);
	for (int i = 0; i < 2; i++)
		bpf_object__close(objects[i]);
	for (int i = 0; i < 4; i++)
		bench_frames_free(&rows[i].frames);
	tamiz_program_free(without);
	tamiz_program_free(with);
}
