/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * libtamiz-runtime: what libtamiz compiles, put to work in the kernel. Builds
 * generated C with clang, loads it, pins and attaches it, replaces it, and
 * reads its counters.
 *
 * The library never prints and never exits. Functions return 0 or -errno and,
 * where a struct tamiz_message is passed (NULL is allowed), say the cause in
 * one line. Out-parameters are written only on success. Nothing here is
 * thread-safe: libbpf's log hook is one per process.
 */
#ifndef TAMIZ_RUNTIME_H
#define TAMIZ_RUNTIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tamiz/compile.h>

/* What went wrong. Start with {0}; later messages replace earlier ones. */
struct tamiz_message {
	char *text; /* owned, one line without its newline; NULL: nothing */
	char *log;  /* owned: clang's or the verifier's, whole; or NULL */
};

void tamiz_message_clear(struct tamiz_message *message);

/* A BPF object file in memory. */
struct tamiz_object {
	void *data; /* owned */
	size_t len;
};

void tamiz_object_clear(struct tamiz_object *object);

/*
 * Compiles the text of TAMIZ_EMIT_C (standalone) with clang: no shell, no
 * temporary file. @clang is an absolute path; NULL: looked up in PATH.
 * -ENOENT: there is no clang; -EINVAL: clang refused the text.
 */
int tamiz_build(const char *text, size_t len, const char *clang,
		struct tamiz_object *object, struct tamiz_message *message);

/* The device that a root program is made for. */
struct tamiz_device {
	unsigned int ifindex;
	uint8_t mac[6]; /* frames to other unicast addresses are passed */
};

enum tamiz_handle {
	TAMIZ_ROOT,     /* program: parses, then calls the stages */
	TAMIZ_RULES,    /* program: the rules stage */
	TAMIZ_STAGES,   /* PROG_ARRAY */
	TAMIZ_SCRATCH,  /* per-CPU: struct tz_scratch */
	TAMIZ_COUNTERS, /* per-CPU: struct tz_counter by tamiz_rule() index */
	TAMIZ_OUTCOMES, /* per-CPU: struct tz_counter by enum tz_outcome */
	TAMIZ_N_HANDLES
};

struct tamiz_program;

/*
 * Loads root and rules with the rules in their slot, attached to nothing:
 * for tests and measurements. Needs CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON.
 * @text is the C that @object was built from, for naming the rule that the
 * verifier refuses; NULL is allowed.
 */
int tamiz_load(const struct tamiz_object *object, const char *text,
	       const struct tamiz_device *device,
	       struct tamiz_program **program, struct tamiz_message *message);
void tamiz_program_free(struct tamiz_program *program);
/* File descriptor, owned by @program. */
int tamiz_program_fd(const struct tamiz_program *program,
		     enum tamiz_handle handle);

struct tamiz_run {
	uint32_t verdict;     /* enum xdp_action */
	uint32_t duration_ns; /* mean of all repetitions */
};

/*
 * Runs root over one frame (14 bytes to 3 KiB) @repeat times on this CPU
 * (BPF_PROG_TEST_RUN). The program counts as it does on real frames.
 */
int tamiz_program_run(const struct tamiz_program *program, const void *frame,
		      size_t len, uint32_t repeat, struct tamiz_run *run);

struct tamiz_count {
	uint64_t packets, bytes; /* bytes from the IP header */
};

/* Sum over CPUs of entry @key of TAMIZ_COUNTERS or TAMIZ_OUTCOMES. */
int tamiz_program_count(const struct tamiz_program *program,
			enum tamiz_handle map, uint32_t key,
			struct tamiz_count *count);
/* Sets all entries of that map to zero. */
int tamiz_program_zero(const struct tamiz_program *program,
		       enum tamiz_handle map);

#endif
