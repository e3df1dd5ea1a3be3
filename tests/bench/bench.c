/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * `make bench`: what a packet costs, in one run on one machine, as medians of
 * rounds and as ratios; absolute figures are the machine's. Never a timed
 * test: a missed limit is printed, the exit status stays 0.
 *
 *   bench HAND-WRITTEN-OBJECT TAMIZ
 */
#include "bench.h"

#include <err.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "lib/lab.h"

#define MAX_ROWS 16

/* What a row may cost, against another row of the table. */
struct limit {
	size_t base;            /* row */
	double extra_ns, ratio; /* one of them, the other is 0 */
};

struct table {
	struct bench_row rows[MAX_ROWS];
	struct limit limits[MAX_ROWS]; /* all zero: none */
	struct tamiz_program *programs[MAX_ROWS];
	size_t n;
};

enum { ROW_EMPTY, ROW_HAND };

static void print_machine(void)
{
	struct utsname name;
	char line[256], cpu[200] = "unknown CPU";
	FILE *info = fopen("/proc/cpuinfo", "r");

	while (info && fgets(line, sizeof(line), info))
		if (sscanf(line, "model name : %199[^\n]", cpu) == 1)
			break;
	if (info)
		fclose(info);
	uname(&name);
	printf("Machine: %s, %ld cores, %s %s\n", cpu,
	       sysconf(_SC_NPROCESSORS_ONLN), name.sysname, name.release);
}

static struct bench_row *add_row(struct table *table, const char *name, int fd,
				 struct bench_frames frames, uint32_t verdict,
				 struct limit limit)
{
	struct bench_row *row = &table->rows[table->n];

	if (table->n == MAX_ROWS)
		errx(3, "too many rows");
	*row = (struct bench_row){
		.name = name, .fd = fd, .frames = frames, .verdict = verdict
	};
	table->limits[table->n++] = limit;
	return row;
}

/* Takes over the texts and the frames. */
static void add_rules(struct table *table, const char *name, char *rules,
		      struct bench_frames frames, uint32_t verdict,
		      struct limit limit)
{
	struct tamiz_program *program = bench_load_rules(rules, NULL);

	table->programs[table->n] = program;
	add_row(table, name, tamiz_program_fd(program, TAMIZ_ROOT), frames,
		verdict, limit);
	free(rules);
}

static void add_genrules(struct table *table, const char *style,
			 const char *miss, const char *trace)
{
	if (!bench_has_genrules()) {
		printf("%s: no row, ../shared/genrules.py is absent\n", style);
		return;
	}
	add_rules(table, miss, bench_genrules(style, 100, false),
		  bench_trace(style, 100, true), XDP_PASS,
		  (struct limit){ .base = ROW_EMPTY, .extra_ns = 120 });

	int fd = table->rows[table->n - 1].fd;

	add_row(table, trace, fd, bench_trace(style, 100, false), BENCH_ANY,
		(struct limit){ 0 });
}

static void fill(struct table *table, const char *hand)
{
	const struct limit none = { 0 };
	int empty = bench_load_empty();

	add_row(table, "empty program", empty, bench_udp_frame(53), XDP_PASS,
		none);
	table->programs[table->n] = bench_load_hand(hand);
	add_row(table, "1 rule by hand, drops",
		tamiz_program_fd(table->programs[table->n], TAMIZ_ROOT),
		bench_udp_frame(53), XDP_DROP,
		(struct limit){ .base = ROW_EMPTY, .extra_ns = 15 });
	add_rules(table, "1 rule, drops", bench_port_rule(),
		  bench_udp_frame(53), XDP_DROP,
		  (struct limit){ .base = ROW_HAND, .ratio = 1.15 });

	size_t hand_miss = table->n;

	add_row(table, "1 rule by hand, no match", table->rows[ROW_HAND].fd,
		bench_udp_frame(54), XDP_PASS, none);
	add_rules(table, "1 rule, no match", bench_port_rule(),
		  bench_udp_frame(54), XDP_PASS,
		  (struct limit){ .base = hand_miss, .ratio = 1.15 });
	add_rules(table, "100 rules, one destination each, no match",
		  bench_one_destination_rules(100),
		  bench_one_destination_frame(100), XDP_PASS,
		  (struct limit){ .base = ROW_EMPTY, .extra_ns = 60 });
	add_genrules(table, "acl", "genrules acl 100, no match",
		     "genrules acl 100, its trace");
	add_genrules(table, "fw", "genrules fw 100, no match",
		     "genrules fw 100, its trace");
	add_rules(table, "1,000 rules of one shape, no match",
		  bench_one_shape_rules(1000),
		  bench_one_destination_frame(1000), XDP_PASS,
		  (struct limit){ .base = ROW_EMPTY, .extra_ns = 100 });
	add_rules(table, "1,000 rules, one destination each, last",
		  bench_one_destination_rules(1000),
		  bench_one_destination_frame(999), XDP_DROP, none);
}

static void print_limit(const struct table *table, size_t i)
{
	const struct limit *limit = &table->limits[i];
	const struct bench_row *row = &table->rows[i];
	const struct bench_row *base = &table->rows[limit->base];

	if (limit->extra_ns)
		printf("  at most +%.0f ns: %s", limit->extra_ns,
		       bench_extra(row, base) <= limit->extra_ns ? "met"
								 : "MISSED");
	else if (limit->ratio)
		printf("  %.2fx by hand, at most %.2fx: %s",
		       bench_ratio(row, base), limit->ratio,
		       bench_ratio(row, base) <= limit->ratio ? "met"
							      : "MISSED");
}

static void print_table(const struct table *table)
{
	const struct bench_row *empty = &table->rows[ROW_EMPTY];

	printf("\nBPF_PROG_TEST_RUN, medians of %d rounds\n", BENCH_ROUNDS);
	printf("%-42s %6s %9s %7s\n", "", "ns", "over", "ratio");
	for (size_t i = 0; i < table->n; i++) {
		const struct bench_row *row = &table->rows[i];

		printf("%-42s %6.1f %+9.1f %6.2fx", row->name,
		       bench_median(row->ns, BENCH_ROUNDS),
		       bench_extra(row, empty), bench_ratio(row, empty));
		print_limit(table, i);
		putchar('\n');
	}
}

int main(int argc, char **argv)
{
	static struct table table;

	if (argc != 3)
		errx(2, "usage: bench HAND-WRITTEN-OBJECT TAMIZ");
	if (geteuid())
		errx(77, "needs root: it loads programs");
	setvbuf(stdout, NULL, _IOLBF, 0);
	tz_lab_pin();
	print_machine();
	fill(&table, argv[1]);
	bench_measure(table.rows, table.n);
	print_table(&table);
	bench_live();
	bench_string();
	bench_attach(argv[2]);
	bench_large(argv[2]);
	if (bench_has_genrules())
		bench_run(argv[2]);
	for (size_t i = 0; i < table.n; i++) {
		bench_frames_free(&table.rows[i].frames);
		tamiz_program_free(table.programs[i]);
	}
	return 0;
}
