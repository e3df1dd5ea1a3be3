/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The intermediate representation: tables of chains of rules, with names
 * resolved and every match in terms of fields. It says what the kernel's
 * netfilter would do with a packet, and is the same for every target.
 * Everything lives in the arena of the compilation.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <tamiz/abi.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/vec.h"
#include "model/field.h"
#include "model/state.h"
#include "model/test.h"
#include "model/value.h"

enum tz_ir_match_kind {
	TZ_IR_IN,     /* field IN set */
	TZ_IR_MASKED, /* (field & mask) == value */
	TZ_IR_IFACE,  /* the name of the input interface */
	/*
	 * The packet has at least `bytes` of the header that follows IP. A
	 * fragment that is not the first: false. A shorter packet: hotdrop
	 * (SEMANTICS 2). Stands in front of the matches that read the header,
	 * outside of any negation.
	 */
	TZ_IR_HEADER,
	TZ_IR_TEST, /* more than a comparison: model/test.def */
	TZ_IR_NOT,
	TZ_IR_AND,
	TZ_IR_OR,
	TZ_IR_OPAQUE, /* understood, not decidable here: unknown */
};

/* What evaluating an opaque match does besides answering. */
enum tz_ir_effect {
	TZ_IR_PURE,   /* nothing */
	TZ_IR_WRITES, /* changes state that a rule can read (limit, recent) */
};

struct tz_ir_match {
	struct tz_ir_match *next; /* among the rule's, or the parent's */
	struct tz_span span;
	enum tz_ir_match_kind kind;
	/* it reads what an earlier rule may have changed: unknown (stale.c) */
	bool is_stale;
	union {
		struct {
			enum tz_field field;
			struct tz_set set;
		} in;
		struct {
			enum tz_field field;
			tz_value mask, value;
		} masked;
		struct {
			const char *name; /* without a final '+' */
			bool is_prefix;   /* it ended in '+' */
		} iface;
		struct {
			uint8_t proto; /* as the rule's -p says */
			uint8_t bytes;
			/*
			 * TCP: a fragment with offset 1 (8 bytes) is a hotdrop
			 * (SEMANTICS 2.5).
			 */
			bool offset_one_drops;
			/*
			 * iptables-nft has it as native expressions, which
			 * load without this check (SEMANTICS 2.10, 11.2, 11.3):
			 * there the header match is true, and a load past the
			 * end of the packet makes the whole rule fail.
			 */
			bool is_native_in_nft;
			/*
			 * A shorter packet is no match, and fragments are
			 * read like packets: xt_ecn.c.
			 */
			bool is_lenient;
		} header;
		struct tz_test test;
		struct tz_ir_match *operands; /* NOT has one */
		struct {
			const char *name;   /* of the extension: "state" */
			const char *reason; /* why it is not decidable */
			enum tz_ir_effect effect;
			/*
			 * What it asks of its state, for who keeps that; NULL:
			 * only the kernel can.
			 */
			const struct tz_state *state;
		} opaque;
	};
};

enum tz_ir_verdict {
	TZ_IR_CONTINUE, /* no target, or one that only counts */
	TZ_IR_ACCEPT,
	TZ_IR_DROP,
	TZ_IR_REJECT,
	TZ_IR_RETURN,
	TZ_IR_JUMP,
	TZ_IR_GOTO,
	TZ_IR_LOG, /* an effect that a person sees; continues */
	/*
	 * Changes the packet or its mark only, and continues: harmless when
	 * the packet is dropped later (MARK, DSCP, TTL, NOTRACK).
	 */
	TZ_IR_MODIFY,
	/* Anything else: its verdict and effects are unknown (NFQUEUE, SET). */
	TZ_IR_OTHER,
};

struct tz_ir_chain;

struct tz_ir_rule {
	struct tz_span span;
	struct tz_ir_match *matches; /* all must hold; order is the kernel's */
	enum tz_ir_verdict verdict;
	struct tz_ir_chain *chain; /* of JUMP and GOTO */
	const char *target; /* its name as written, "" when there is none */
	bool is_nat;        /* a target that translates addresses (DNAT, ...) */
	/* it was a LOG: what is dropped behind it is logged at XDP */
	bool is_logged;
	/* REJECT: not the kernel's: XDP drops what it takes, and answers */
	bool answers_here;
	uint8_t answer;   /* with TZ_ANSWER_* (abi.h) */
	/* the target SET: what it does to sets, for who keeps them */
	const struct tz_state *puts;
	const char *text; /* canonical iptables-save form, without -A CHAIN */
	const char *comment; /* of -m comment; NULL: none */
	bool is_own;         /* iptables does not know one of its matches */
	struct tz_ir_chain *owner;
	size_t index; /* in owner->rules */
	/*
	 * Its number in tz_ir.counted; policies have one too. The number of a
	 * counter in the kernel program's map.
	 */
	uint32_t id;
	uint64_t packets, bytes; /* counters given in the file */
};

struct tz_ir_chain {
	struct tz_span span; /* of its declaration */
	const char *name;
	enum tz_family family;
	enum tz_table table;
	enum tz_hook hook;         /* TZ_HOOK_NONE: a user chain */
	enum tz_ir_verdict policy; /* ACCEPT or DROP; of a base chain */
	uint32_t policy_id;        /* as rule->id; base chains only */
	uint64_t packets, bytes;   /* the policy's, given in the file */
	size_t index;              /* in tz_ir.chains */
	TZ_VEC(struct tz_ir_rule *) rules;
};

/* One thing that counts: a rule, or the policy of a base chain. */
struct tz_ir_counted {
	struct tz_ir_chain *chain;
	struct tz_ir_rule *rule; /* NULL: the chain's policy */
};

struct tz_ipsets;

struct tz_ir {
	struct tz_arena *arena;
	const struct tz_sources *sources;    /* NULL when parsed from IR text */
	TZ_VEC(struct tz_ir_chain *) chains; /* in the order of the files */
	TZ_VEC(struct tz_ir_counted) counted;
	struct tz_ipsets *sets; /* sema/ipset.h: what rules may ask */
	/* IPv4, IPv6: which tables the files speak of. */
	bool has_table[2][TZ_N_TABLES];
	/* Base chains of IPv4 and of IPv6; NULL: there is none. */
	struct tz_ir_chain *base[2][TZ_N_TABLES][TZ_N_HOOKS];
};

struct tz_ir *tz_ir_new(struct tz_arena *arena,
			const struct tz_sources *sources);
/* A chain without rules; policy ACCEPT. A base chain gets a policy_id. */
struct tz_ir_chain *tz_ir_add_chain(struct tz_ir *ir, enum tz_family family,
				    enum tz_table table, const char *name);
struct tz_ir_chain *tz_ir_find_chain(const struct tz_ir *ir,
				     enum tz_family family, enum tz_table table,
				     const char *name);
/* Appends a rule, verdict CONTINUE, and numbers it. */
struct tz_ir_rule *tz_ir_add_rule(struct tz_ir *ir, struct tz_ir_chain *chain);
struct tz_ir_match *tz_ir_new_match(struct tz_ir *ir,
				    enum tz_ir_match_kind kind,
				    struct tz_span span);
/* Whether @match is NOT, AND or OR; what is not is a leaf. */
static inline bool tz_ir_has_operands(const struct tz_ir_match *match)
{
	return match->kind == TZ_IR_NOT || match->kind == TZ_IR_AND ||
	       match->kind == TZ_IR_OR;
}
/* Whether @holds for a leaf of @first or of what follows it. */
bool tz_ir_any_leaf(const struct tz_ir_match *first,
		    bool (*holds)(const struct tz_ir_match *leaf,
				  const void *arg),
		    const void *arg);
/* Whether @rule is a REJECT that only the kernel answers. */
static inline bool tz_ir_rejects_above(const struct tz_ir_rule *rule)
{
	return rule->verdict == TZ_IR_REJECT && !rule->answers_here;
}
/* Whether the sender is told anything by @rule. */
static inline bool tz_ir_answers(const struct tz_ir_rule *rule)
{
	return rule->verdict == TZ_IR_REJECT &&
	       (!rule->answers_here || rule->answer);
}
/* Whether any rule of @family translates addresses. */
bool tz_ir_has_nat(const struct tz_ir *ir, enum tz_family family);

/* ir/verify.c: NULL when @ir keeps its rules, else what it breaks. */
const char *tz_ir_verify(const struct tz_ir *ir);
/* ir/save.c: the rules as iptables-save prints them, IPv4 first. */
void tz_ir_save(const struct tz_ir *ir, struct tz_buf *out);
/*
 * ir/stale.c: marks the matches of @ir, which is verified, and returns how many
 * it has. @host_writes: what rules that are not in @ir may write behind the raw
 * table, as tz_ir_rule_writes says it; TZ_IR_HAS_ENTRIES: packets may come with
 * an entry, so that even in raw their state is not known. tz_ir_parse has done
 * it.
 */
#define TZ_IR_HAS_ENTRIES (UINT32_C(1) << 31)
size_t tz_ir_mark_stale(struct tz_ir *ir, uint32_t host_writes);
/*
 * Whether the target of @rule writes to the packet's connection, and that
 * alone: of one that begins with the packet nothing is left when that is
 * dropped.
 */
bool tz_ir_writes_connection(const struct tz_ir_rule *rule);
/* What the target of @rule may write of a packet: a mask, 0 for nothing. */
uint32_t tz_ir_rule_writes(const struct tz_ir_rule *rule);
/* Whether what such a mask says are bytes of the packet; its addresses. */
bool tz_ir_writes_bytes(uint32_t writes);
bool tz_ir_writes_addresses(uint32_t writes);
/* ir/print.c, ir/parse.c: the text form, the same both ways. */
void tz_ir_print(const struct tz_ir *ir, struct tz_buf *out);
/* NULL after recording diagnostics when @source is not IR text. */
struct tz_ir *tz_ir_parse(struct tz_arena *arena, struct tz_diags *diags,
			  const struct tz_source *source);
