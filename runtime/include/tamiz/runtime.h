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

#ifdef __cplusplus
extern "C" {
#endif

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

/*
 * Loads what was built from TAMIZ_EMIT_SOCKET_C: a program for SO_ATTACH_BPF,
 * or to be pinned. The descriptor is the caller's.
 */
int tamiz_filter_load(const struct tamiz_object *object, int *fd,
		      struct tamiz_message *message);
/* Whether a file at @path would be a pin: its directory is in a bpffs. */
bool tamiz_filter_is_pin(const char *path);
/*
 * In place of what is there. Rules of iptables that are loaded keep the
 * program that they found.
 */
int tamiz_filter_pin(int fd, const char *path, struct tamiz_message *message);

/*
 * Where a device runs a program. Names of devices say it too: "eth0" is XDP,
 * "eth0:ingress" and "eth0:egress" are tc.
 */
enum tamiz_hook { TAMIZ_HOOK_XDP, TAMIZ_HOOK_INGRESS, TAMIZ_HOOK_EGRESS };

/* The device that a root program is made for. */
struct tamiz_device {
	unsigned int ifindex;
	enum tamiz_hook hook;
	bool has_no_link_header; /* tc: frames begin with the IP header */
	uint8_t mac[6]; /* frames to other unicast addresses are passed */
	/* several UDP datagrams may reach the kernel's rules as one */
	bool udp_merges;
	uint32_t hides_routes; /* as in tamiz_options */
};

enum tamiz_handle {
	TAMIZ_ROOT,    /* program: parses, then calls the stages */
	TAMIZ_RULES,   /* program: the rules stage */
	TAMIZ_STAGES,  /* PROG_ARRAY */
	TAMIZ_SCRATCH, /* per-CPU: struct tz_scratch */
	/*
	 * Per-CPU: struct tz_counter by tamiz_rule() index; behind as many
	 * again, those of monitor mode.
	 */
	TAMIZ_COUNTERS,
	TAMIZ_OUTCOMES, /* per-CPU: struct tz_counter by enum tz_outcome */
	TAMIZ_CONTROL,  /* one struct tz_control */
	/* -1 unless the program logs (tamiz_options.log_ring, samples) */
	TAMIZ_LOG,        /* ring buffer of struct tz_log_event */
	TAMIZ_LOG_COUNTS, /* per-CPU: one struct tz_log_counts */
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
/*
 * Puts the members of the sets of @rules, which the program was made of, into
 * its maps. A set that was not filled is one of which nothing is known:
 * offload leaves to the kernel what depends on it.
 */
int tamiz_fill(const struct tamiz_program *program, const struct tamiz *rules,
	       struct tamiz_message *message);
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

#define TAMIZ_TRACE_MAX 32

struct tamiz_trace {
	uint32_t verdict; /* enum xdp_action */
	/* A drop in offload: what counted it, in order (tamiz_rule()). */
	uint32_t rules[TAMIZ_TRACE_MAX];
	size_t n_rules;
};

/*
 * Runs root over one frame, once, and says what counted it. The thread must
 * stay on one CPU.
 */
int tamiz_program_trace(const struct tamiz_program *program, const void *frame,
			size_t len, struct tamiz_trace *trace);
/*
 * Leaves this network namespace for a new one that has loopback only, where
 * test runs take every packet for local, or, with @forwards, to be forwarded.
 */
int tamiz_enter_trial_netns(bool forwards, struct tamiz_message *message);

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

/* What a person should know although nothing failed. Start with {0}. */
struct tamiz_notes {
	char **at; /* owned, as the texts: one line each */
	size_t n;
};

void tamiz_notes_clear(struct tamiz_notes *notes);

/* Jiffies of this kernel in a second, for tamiz_options. */
unsigned int tamiz_kernel_hz(void);
/*
 * Parameters of its xt_recent, for tamiz_options; 0 what it does not say, as
 * long as the module is not loaded.
 */
void tamiz_kernel_recent(unsigned int *entries, unsigned int *stamps);

/*
 * 0, or -EPERM and a message that names which of CAP_BPF, CAP_NET_ADMIN and
 * CAP_PERFMON are missing. All that touches programs asks it by itself.
 */
int tamiz_check_caps(struct tamiz_message *message);

/* A rule file. */
struct tamiz_text {
	const char *name;
	const char *text; /* terminated by a NUL that len does not count */
	size_t len;
};

/*
 * The rules that the kernel of this namespace enforces now: what the
 * *-save commands of iptables print for its two backends, compiled.
 */
struct tamiz_live;

/*
 * Reads them. A backend whose tables cannot be read is left out, with a note.
 * Tables that do not exist yet are not created by looking.
 */
int tamiz_live_read(struct tamiz_live **live, struct tamiz_notes *notes,
		    struct tamiz_message *message);
void tamiz_live_free(struct tamiz_live *live);
/*
 * The texts that were read of this backend, IPv4 and IPv6: up to two, into
 * @texts. They live as long as @live.
 */
size_t tamiz_live_texts(const struct tamiz_live *live,
			enum tamiz_backend backend, struct tamiz_text texts[2]);
/*
 * What the host tells of NAT and of connection tracking beside @rules, which
 * were compiled with @options, goes there; with notes for a person. 0 or
 * -ENOMEM.
 */
int tamiz_live_teach(const struct tamiz_live *live, const struct tamiz *rules,
		     struct tamiz_options *options, struct tamiz_notes *notes);
/*
 * The same for rules that are restored: what was known when they were saved
 * stays, for live rules may not be there yet, and what may harm comes to it.
 */
int tamiz_live_remind(const struct tamiz_live *live, const struct tamiz *rules,
		      struct tamiz_options *options, struct tamiz_notes *notes);

/*
 * The sets of ipset that the kernel of this namespace holds, as a text for
 * tamiz_add (TAMIZ_LANGUAGE_IPSET), owned by the caller: "" when it has none.
 */
int tamiz_live_sets(char **text, size_t *len, struct tamiz_message *message);
/* Notes how the sets of @rules differ from those. */
void tamiz_compare_sets(const struct tamiz *rules, struct tamiz_notes *notes);

struct tamiz_drift {
	/* Who holds the compared rules; BOTH when both do, or nobody does. */
	enum tamiz_backend backend;
	size_t n_live, n_compared; /* ingress rules, without policies */
	size_t *missing;  /* owned: tamiz_rule() indexes that are not live */
	size_t n_missing; /* policies too, but for ACCEPT */
	/*
	 * Live rules that the files do not have, of the tables that they
	 * share: what these accept, XDP might drop. The array is owned, its
	 * texts are of the tamiz_live.
	 */
	struct tamiz_rule *extra;
	size_t n_extra;
	bool is_reordered; /* common rules of a chain are in another order */
	/* What live rules that the files do not have write of packets. */
	uint32_t writes;
};

/* Compares by family, table, chain, text and how often the same text came. */
int tamiz_live_compare(const struct tamiz_live *live, const struct tamiz *rules,
		       struct tamiz_drift *drift);
void tamiz_drift_clear(struct tamiz_drift *drift);

/*
 * Finds a device of this namespace and refuses it when the rules cannot speak
 * of its frames: enslaved to a device other than @upper (NULL: none), below a
 * macvlan or ipvlan, without Ethernet header. With @upper, the address is
 * that device's.
 */
int tamiz_device_find(const char *ifname, const char *upper,
		      struct tamiz_device *device, struct tamiz_notes *notes,
		      struct tamiz_message *message);

/*
 * With TAMIZ_ANSWERS_XDP: what the host's own answers by that device would
 * have (TTL, hop limit), and how many errors of ICMP it sends in a second,
 * unless @options says that.
 */
void tamiz_answers_teach(const char *ifname, struct tamiz_options *options);

/* One device's part of a change. The caller owns all. */
struct tamiz_change {
	const char *ifname;
	const char *upper;                   /* as in tamiz_device_find */
	const struct tamiz *rules;           /* compiled for this device */
	const struct tamiz_options *options; /* that it was compiled with */
	const char *text;                    /* C */
	const struct tamiz_object *object;   /* built from it */
	/* What the rules were compiled from; none: tamiz_save lacks them. */
	const struct tamiz_text *files;
	size_t n_files;
	const char *memory; /* of a tamiz_saved_device, or NULL */
	/*
	 * When tamiz_live_sets began that their sets are of, by CLOCK_BOOTTIME;
	 * 0: the timeouts of members run from now.
	 */
	uint64_t sets_read_ns;
};

#define TAMIZ_BPFFS "/sys/fs/bpf"

struct tamiz_attach_options {
	const char *bpffs; /* NULL: TAMIZ_BPFFS */
	bool force;        /* displace another XDP program */
	bool native_only;  /* rather fail than use generic XDP */
	bool dry_run; /* load and verify, then stop; notes say what would be */
	bool monitor; /* count what would be dropped, drop nothing */
	/*
	 * Seconds after which the kernel goes back to what was before, unless
	 * tamiz_confirm was called; 0: never. Needs no process.
	 */
	unsigned int confirm_s;
	const struct tamiz_live *live; /* what drift is told by, or NULL */
};
#define TAMIZ_CONFIRM_MAX_S 86400

/*
 * One change of several devices: all of them, or, on failure, none. Attach
 * needs devices without rules, replace devices that have some; packets meet
 * the old or the new rules, never none, and rules that stay (same family,
 * table, chain, text) keep their counts. Needs the capabilities of
 * tamiz_load, and CAP_SYS_ADMIN when bpffs must be mounted first.
 */
int tamiz_attach(const struct tamiz_change *changes, size_t n,
		 const struct tamiz_attach_options *options,
		 struct tamiz_notes *notes, struct tamiz_message *message);
int tamiz_replace(const struct tamiz_change *changes, size_t n,
		  const struct tamiz_attach_options *options,
		  struct tamiz_notes *notes, struct tamiz_message *message);

/*
 * Takes the rules off @ifname, or off all devices of this namespace when it
 * is NULL, and removes everything that was pinned for them. *n counts them.
 * -ENOENT: @ifname has none.
 */
int tamiz_detach(const char *ifname, const char *bpffs, size_t *n,
		 struct tamiz_message *message);

/*
 * Of @ifname, or of all devices of this namespace when it is NULL; *n counts
 * those that it was done to. -ENOENT: @ifname has no rules.
 *	confirm   the rules that are on trial stay. -EALREADY: none are
 *	rollback  the generation before the one in force comes back, with its
 *		  monitor mode and its counts; one is kept. Rules on trial go as
 *		  they would at their deadline: an attach is undone. A second
 *		  rollback finds nothing older: -ENODATA
 *	enforce   ends monitor mode. -EALREADY: it is not in it
 */
int tamiz_confirm(const char *ifname, const char *bpffs, size_t *n,
		  struct tamiz_notes *notes, struct tamiz_message *message);
int tamiz_rollback(const char *ifname, const char *bpffs, size_t *n,
		   struct tamiz_notes *notes, struct tamiz_message *message);
int tamiz_enforce(const char *ifname, const char *bpffs, size_t *n,
		  struct tamiz_notes *notes, struct tamiz_message *message);

/* Rules that were attached with tamiz_attach_options.confirm_s. */
enum tamiz_trial {
	TAMIZ_TRIAL_NONE,
	TAMIZ_TRIAL_WAITING, /* the new rules are in force */
	TAMIZ_TRIAL_OVER,    /* what was before is, since the deadline */
};

struct tamiz_status_rule {
	int family;
	const char *table, *chain;
	unsigned int number; /* 0: the policy */
	const char *file;
	unsigned int line;
	const char *text, *target, *comment; /* comment: NULL for none */
	bool is_own; /* no kernel can have it: tamiz_rule.is_own */
	bool is_ingress;
	const char *fit; /* "exact", "partial", "impossible" in its mode */
	bool is_live;    /* the kernel has it too; then `kernel` is its count */
	struct tamiz_count xdp, kernel;
	/*
	 * What the kernel alone would have counted: in offload both together,
	 * in replace what XDP counted, which judged everything.
	 */
	struct tamiz_count sum;
	/*
	 * Counted in monitor mode: those packets went on to the kernel, which
	 * counts them itself, so they are no part of the sum.
	 */
	struct tamiz_count would;
};

struct tamiz_status_device {
	const char *ifname; /* its present name */
	/*
	 * Its state cannot be read: notes say why, nothing else is known.
	 */
	bool is_damaged;
	struct tamiz_notes notes; /* what is not as when it was attached */
	unsigned int ifindex;
	const char *mode, *backend, *version; /* as attached */
	const char *xdp; /* "native", "generic"; "tc": it is not at XDP */
	/*
	 * "lookup": rules go by connections, which are looked up; "unknown":
	 * they do, and nobody knows; "": they do not.
	 */
	const char *connections;
	unsigned int generation;
	unsigned int before; /* the generation that a rollback finds, or 0 */
	bool is_monitor;
	enum tamiz_trial trial;
	/*
	 * A trial that is over, of an attach: nothing is in force, and what is
	 * told are the rules that were tried.
	 */
	bool is_void;
	unsigned int tried; /* the generation on trial, or 0 */
	int64_t left_ms;    /* until the deadline; below 0: since then */
	/* How the live rules differ from those of the attach; "": they do not,
	 * or nothing is known. */
	const char *drift;
	uint64_t attached_at;       /* seconds since 1970, of this generation */
	uint32_t root_id, rules_id; /* kernel's program ids */
	struct tamiz_count passed, dropped, unjudged;
	struct tamiz_count would_drop;   /* passed, in monitor mode */
	struct tamiz_status_rule *rules; /* chain by chain */
	size_t n_rules;
};

struct tamiz_status {
	struct tamiz_status_device *devices;
	size_t n_devices;
};

/*
 * What is attached in this namespace: @ifname, or all when it is NULL; none
 * is no error. @live (NULL: nothing known) gives the kernel's counts; texts
 * live until tamiz_status_free.
 */
int tamiz_status_read(const char *ifname, const char *bpffs,
		      const struct tamiz_live *live,
		      struct tamiz_status **status,
		      struct tamiz_message *message);
void tamiz_status_free(struct tamiz_status *status);

/*
 * Everything that is attached in this namespace, with its rule files, options
 * and objects: a text (JSON, owned) for tamiz_saved_read. Rules on trial are
 * refused: -EBUSY. -ENODATA: rules that were too large to be kept, or attached
 * without files.
 */
int tamiz_save(const char *bpffs, char **text, size_t *len,
	       struct tamiz_message *message);

struct tamiz_saved_device {
	const char *ifname, *upper; /* upper: NULL for none */
	bool monitor;
	struct tamiz_options options;
	struct tamiz_text *files;
	size_t n_files;
	const char *memory; /* what it was compared with: for tamiz_change */
	struct tamiz_object object;
	const char *c_digest; /* of the C that the object was built from */
};

struct tamiz_saved {
	struct tamiz_saved_device *devices;
	size_t n_devices;
};

/* All is owned by the result. -EPROTO and a message: not such a text. */
int tamiz_saved_read(const char *text, size_t len, struct tamiz_saved **saved,
		     struct tamiz_message *message);
void tamiz_saved_free(struct tamiz_saved *saved);
/* NULL when the compiler makes other C of the rules now: build it. */
const struct tamiz_object *
tamiz_saved_object(const struct tamiz_saved_device *device, const char *c);

/* Enters another network namespace: a name of `ip netns`, or a path. */
int tamiz_enter_netns(const char *name, struct tamiz_message *message);

#ifdef __cplusplus
}
#endif

#endif
