/* SPDX-License-Identifier: GPL-2.0-only */
/* From rule text, or hand-written C, to loaded programs. */
#include "bench.h"

#include <bpf/bpf.h>
#include <err.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/lab.h"

int bench_load_empty(void)
{
	const struct bpf_insn code[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = XDP_PASS },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	int fd = bpf_prog_load(BPF_PROG_TYPE_XDP, "tz_empty", "GPL", code,
			       sizeof(code) / sizeof(code[0]), NULL);

	if (fd < 0)
		err(3, "loading the empty program");
	return fd;
}

static _Noreturn void fail(const char *what, struct tamiz_message *message)
{
	errx(3, "%s: %s", what, message->text ? message->text : "no cause");
}

static struct tamiz_program *load(const struct tamiz_object *object,
				  const char *text)
{
	struct tamiz_device device = { 0 };
	struct tamiz_message message = { 0 };
	struct tamiz_program *program;

	memcpy(device.mac, tz_lab_mac, sizeof(device.mac));
	if (tamiz_load(object, text, &device, &program, &message))
		fail("load", &message);
	tamiz_message_clear(&message);
	return program;
}

static struct tamiz_program *load_rules(const char *rules, bool owns_state,
					struct bench_times *times)
{
	struct tamiz_options options = { .standalone = true,
					 .ifname = BENCH_DEV,
					 .owns_state = owns_state,
					 .hz = tamiz_kernel_hz() };
	struct tamiz *tamiz = tamiz_new();
	struct tamiz_message message = { 0 };
	struct tamiz_object object = { 0 };
	double start = bench_wall_ms();
	size_t len;

	if (!tamiz)
		err(3, "memory");
	if (tamiz_add_text(tamiz, "bench.rules", rules, strlen(rules)) ||
	    tamiz_compile(tamiz, &options))
		errx(1, "bench.rules: %s",
		     tamiz_n_diagnostics(tamiz)
			     ? tamiz_diagnostic(tamiz, 0).printed
			     : "not compiled");

	const char *text = tamiz_emit(tamiz, TAMIZ_EMIT_C, &len);
	double compiled = bench_wall_ms();

	if (!text || tamiz_build(text, len, NULL, &object, &message))
		fail("build", &message);

	double built = bench_wall_ms();
	struct tamiz_program *program = load(&object, text);

	if (times)
		*times = (struct bench_times){ compiled - start,
					       built - compiled,
					       bench_wall_ms() - built };
	tamiz_object_clear(&object);
	tamiz_message_clear(&message);
	tamiz_free(tamiz);
	return program;
}

struct tamiz_program *bench_load_rules(const char *rules,
				       struct bench_times *times)
{
	return load_rules(rules, false, times);
}

struct tamiz_program *bench_load_own(const char *rules)
{
	return load_rules(rules, true, NULL);
}

struct tamiz_program *bench_load_hand(const char *path)
{
	static char bytes[1 << 20];
	FILE *file = fopen(path, "r");

	if (!file)
		err(3, "%s", path);

	struct tamiz_object object = {
		.data = bytes,
		.len = fread(bytes, 1, sizeof(bytes), file),
	};

	fclose(file);
	return load(&object, NULL);
}
