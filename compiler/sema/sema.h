/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The meaning of a rule file: its chains, and for every rule the extensions
 * that it uses, with arguments checked and typed. What iptables-restore 1.8.9
 * refuses is an error here; what it takes is not. Everything lives in the
 * arena of the tree and dies with it, when the file is lowered: the IR may
 * keep strings (base/arena.h) and copies, nothing else.
 */
#pragma once

#include "ast/ast.h"
#include "base/diag.h"
#include "base/vec.h"
#include "model/field.h"
#include "model/value.h"
#include "sema/ext.h"
#include "sema/map.h"

/* One address[/mask] of a list. */
struct tz_sema_address {
	tz_value value, mask; /* value has no bits outside of the mask */
};

/* From the first to the last port as written: lo > hi never matches. */
struct tz_sema_ports {
	uint16_t lo, hi;
	bool is_range; /* it was written with a colon */
};

/* One option of a rule or of an extension that it uses. */
struct tz_sema_option {
	struct tz_sema_option *next;
	const struct tz_ext_option *row;     /* as written */
	const struct tz_ext_option *meaning; /* aliases resolved */
	struct tz_span span; /* the option and its arguments, with a '!' */
	bool is_inverted;
	const struct tz_ast_word *args[2]; /* NULL: not given */
	union {                            /* by row->arg */
		struct {
			struct tz_sema_address *at;
			size_t n; /* at least 1 */
		} addresses;
		struct {
			struct tz_sema_ports *at;
			size_t n; /* at least 1 */
		} ports;          /* TZ_ARG_PORT has one */
		struct {
			uint8_t mask, value;
		} flags;
		struct {
			bool is_any;
			uint8_t type, code_lo, code_hi;
		} icmp;
		struct {
			tz_value lo, hi; /* lo > hi never matches */
		} range;
		uint8_t proto; /* 0: all */
		struct {
			const char *name; /* without a final '+' */
			bool is_prefix;
		} iface;
		uint64_t mac;
		const struct tz_sema_pattern *pattern; /* bytes.h */
		const struct tz_sema_u32 *u32;
		const struct tz_sema_chunks *chunks;
		const struct tz_cbpf *program;
		const struct tz_dns_name *dns_name;
		const struct tz_p0f *p0f;
		uint64_t number; /* the first, of those in forms.def */
		struct {
			uint64_t first, second; /* as forms.def says */
		} pair;
		struct {
			uint64_t packets, bytes;
		} counters; /* of -c */
	};
};

/* One use of an extension, with its options in the order of the text. */
struct tz_sema_use {
	struct tz_sema_use *next;
	const struct tz_ext *ext;
	struct tz_span span; /* its name, or the option that implied it */
	struct tz_sema_option *options, *last_option;
};

struct tz_sema_chain;

struct tz_sema_rule {
	const struct tz_ast_line *line;
	struct tz_ast_counters counters;
	/* Of the rule itself; NULL: not given. */
	struct tz_sema_option *src, *dst, *in, *out, *proto, *fragment;
	/* Of their lists the one that this rule is for; NULL: not given. */
	const struct tz_sema_address *src_address, *dst_address;
	struct tz_sema_use *matches; /* in the kernel's order */
	/* One of them at most; both NULL: no target. */
	struct tz_sema_use *target;
	struct tz_sema_chain *chain;
	struct tz_span target_span;
	bool is_goto;
	const char *text; /* tz_sema_rule_text's; NULL: not made yet */
};

/* What a line asks for. */
struct tz_sema_command {
	char letter; /* 'A' of -A, ...; 'h': nothing to do */
	/* Its first argument is the chain; NULL for 'h'. */
	const struct tz_sema_option *option;
	struct tz_sema_table *table;
	struct tz_sema_rule *rule; /* what was said of one; never NULL */
	bool is_other_family;      /* -4 or -6 says that it is not for us */
};

struct tz_sema_chain {
	const char *name;
	struct tz_span span; /* of its declaration, or of its first use */
	enum tz_hook hook;   /* TZ_HOOK_NONE: a user chain */
	bool drops;          /* policy of a base chain */
	uint64_t packets, bytes;
	size_t n_jumps; /* rules that jump here */
	TZ_VEC(struct tz_sema_rule *) rules;
	/* How often each text is among them; NULL: nobody has asked yet. */
	struct tz_map *by_text;
	/* While reading: what stands before them, the last one first. */
	TZ_VEC(struct tz_sema_rule *) top;
	/* While looking for loops; height: jumps in a row from here. */
	enum { TZ_SEMA_NEW, TZ_SEMA_OPEN, TZ_SEMA_DONE } state;
	size_t next_rule, height;
	struct tz_sema_chain *from;
};

struct tz_sema_table {
	enum tz_table table;
	struct tz_span span; /* of its name */
	TZ_VEC(struct tz_sema_chain *) chains;
	struct tz_map *by_name; /* of struct tz_sema_chain */
};

/* What all of sema/ needs; made by tz_sema_file. */
/* As many rules of one family in one file; in hits they have 22 bits. */
#define TZ_SEMA_RULES_MAX (1u << 21)

struct tz_sema {
	struct tz_arena *arena;
	struct tz_diags *diags;
	enum tz_family family;
	size_t n_rules;   /* that were ever added */
	uint64_t n_steps; /* of finding and moving them, see rules.c */
	/* What the system's files say, remembered by value.c. */
	struct tz_map *names;
	const char *protocol_names[256];
};

struct tz_sema_file {
	struct tz_sema *sema;
	TZ_VEC(struct tz_sema_table *) tables;
};

/* A command of a script that is for iptables. */
struct tz_sema_call {
	const struct tz_ast_line *line;
	const struct tz_ast_word *words; /* what follows the program */
	unsigned int families;           /* TZ_FOR_* */
	bool is_faulty;                  /* an error was recorded for it */
};

struct tz_sema_script {
	TZ_VEC(struct tz_sema_call) calls;
};

/* script.c: what of a script is for iptables; of other files nothing. */
struct tz_sema_script *tz_sema_script(struct tz_arena *arena,
				      struct tz_diags *diags,
				      const struct tz_ast_file *file);
/*
 * family.c: the families (TZ_FOR_*) that the file speaks of. A script says it
 * by its programs, other files by their comments if these name both, else by
 * content, then by name. @family is what the user says; 0: nothing.
 */
unsigned int tz_sema_families(const struct tz_ast_file *file,
			      const struct tz_sema_script *script,
			      enum tz_family family);
/* Whether @table is of @family, in a file that may have both. */
bool tz_sema_takes(const struct tz_ast_file *file,
		   const struct tz_ast_table *table, enum tz_family family);
/* Never NULL; not to be used when errors were recorded. */
struct tz_sema_file *tz_sema_file(struct tz_arena *arena,
				  struct tz_diags *diags,
				  const struct tz_ast_file *file,
				  struct tz_sema_script *script,
				  enum tz_family family);

/* table.c: TZ_N_TABLES after an error. */
enum tz_table tz_sema_table_by_name(struct tz_sema *sema,
				    const struct tz_ast_word *word);
/* The table of @file; made, with @span, if it is not there yet. */
struct tz_sema_table *tz_sema_table(struct tz_sema *sema,
				    struct tz_sema_file *file,
				    enum tz_table table, struct tz_span span);
/* The chain of that name; base chains are always there. NULL after an error. */
struct tz_sema_chain *tz_sema_find_chain(struct tz_sema *sema,
					 struct tz_sema_table *table,
					 const struct tz_ast_word *word);
/* `:NAME` and -N NAME, -X [NAME], -E OLD NEW, -P and `:NAME POLICY`. */
void tz_sema_declare_chain(struct tz_sema *sema, struct tz_sema_table *table,
			   const struct tz_ast_word *name);
void tz_sema_new_chain(struct tz_sema *sema, struct tz_sema_table *table,
		       const struct tz_ast_word *name);
void tz_sema_delete_chain(struct tz_sema *sema, struct tz_sema_table *table,
			  const struct tz_ast_word *name, struct tz_span span);
void tz_sema_rename_chain(struct tz_sema *sema, struct tz_sema_table *table,
			  const struct tz_ast_word *from,
			  const struct tz_ast_word *to);
void tz_sema_set_policy(struct tz_sema *sema, struct tz_sema_chain *chain,
			const struct tz_ast_word *policy,
			struct tz_ast_counters counters);

/* rules.c: the rules of a chain while commands change them. */
size_t tz_sema_n_rules(const struct tz_sema_chain *chain);
/* The rule number @i, from 0. */
struct tz_sema_rule *tz_sema_rule(const struct tz_sema_chain *chain, size_t i);
/*
 * For each pair of the rule's addresses; all at @i, so the last is first.
 * False, after an error: there are too many.
 */
bool tz_sema_insert(struct tz_sema *sema, struct tz_sema_chain *chain,
		    struct tz_sema_rule *rule, size_t i);
/* At the end, in their order. */
void tz_sema_append(struct tz_sema *sema, struct tz_sema_chain *chain,
		    struct tz_sema_rule *rule);
void tz_sema_remove(struct tz_sema *sema, struct tz_sema_chain *chain,
		    size_t i);
/* The first of all that @rule, with its pairs, is equal to; false: none. */
bool tz_sema_remove_equal(struct tz_sema *sema, struct tz_sema_chain *chain,
			  struct tz_sema_rule *rule);
bool tz_sema_has_equal(struct tz_sema *sema, struct tz_sema_chain *chain,
		       struct tz_sema_rule *rule);
void tz_sema_flush(struct tz_sema_chain *chain);
/* The end of all changes: the rules are in chain->rules. */
void tz_sema_settle(struct tz_sema *sema, struct tz_sema_chain *chain);

/* bind.c: understands the words of a command; false after an error. */
bool tz_sema_bind(struct tz_sema *sema, struct tz_sema_file *file,
		  struct tz_sema_table *table, const struct tz_ast_line *line,
		  const struct tz_ast_word *words,
		  struct tz_sema_command *command);
/* The option of that meaning in @use, the last one; NULL: not given. */
struct tz_sema_option *tz_sema_option(const struct tz_sema_use *use,
				      const char *meaning);
/* args.c: types the arguments of @option; false after an error. */
bool tz_sema_type(struct tz_sema *sema, const struct tz_sema_rule *rule,
		  const struct tz_sema_use *use, struct tz_sema_option *option);
/* forms.c: checks the text of @option by forms.def; false after an error. */
bool tz_sema_check_form(struct tz_sema *sema, const struct tz_sema_use *use,
			struct tz_sema_option *option);
/* The names that forms.def has for the option; it has some. */
const char *tz_sema_form_names(const char *ext, const char *option);
/* check.c: what must stand together, or must not; false after an error. */
bool tz_sema_check_use(struct tz_sema *sema, const struct tz_sema_use *use);
bool tz_sema_check_rule(struct tz_sema *sema, const struct tz_sema_table *table,
			const struct tz_sema_chain *chain,
			const struct tz_sema_rule *rule);
/* loops.c: jumps that come back. */
void tz_sema_check_loops(struct tz_sema *sema, struct tz_sema_table *table);
/* text.c: the rule as iptables-save prints it. */
const char *tz_sema_rule_text(struct tz_sema *sema, struct tz_sema_rule *rule);
