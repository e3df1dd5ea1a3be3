/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The plan: what a program at one hook does with a rule set. Every rule of the
 * IR becomes decisions -- what is known of its matches there, and what follows
 * when that holds -- and every chain a list of segments, each searched by a
 * table or compared one by one. Back ends print it; they decide nothing.
 *
 * chains.c collects what ingress reaches, narrow.c says what is known of a
 * rule's matches and decide.c what follows from it, calls.c settles how chains
 * call each other, segment.c chooses tables, box.c and tree.c build them,
 * report.c says how well a rule fits.
 */
#pragma once

#include <tamiz/abi.h>
#include <tamiz/tree.h>

#include "ir/eval.h"
#include "ir/ir.h"

/* Kinds of packets for which different things are known: a bit each. */
enum tz_situation {
	TZ_SIT_WHOLE = 1,
	TZ_SIT_SHORT = 2, /* L4 header not whole, but the ports are there */
	TZ_SIT_FRAGMENT = 4,
	TZ_SIT_STUB = 8,   /* not even the ports */
	TZ_SIT_OTHER = 14, /* all but whole */
	TZ_SIT_ALL = 15,
};

/* A match whose value is known: the field is in the set, or masked equal. */
struct tz_plan_term {
	struct tz_plan_term *next; /* of the same conjunction, or alternative */
	enum {
		TZ_TERM_IN,
		TZ_TERM_MASKED,
		TZ_TERM_ANY,
		TZ_TERM_TEST,
		TZ_TERM_STATE,
	} kind;
	enum tz_field field; /* IN, MASKED */
	union {              /* by kind: a large file has a million terms */
		struct tz_set set; /* IN */
		struct {           /* MASKED */
			tz_value mask, value;
		};
		struct tz_plan_term *alternatives; /* ANY: one of them holds */
		struct { /* TEST: what its result is (test.bpf.h) */
			const struct tz_test *test;
			enum tz_test_result result;
		};
		struct { /* STATE: the same, asked once for a rule */
			const struct tz_state *state;
			enum tz_test_result state_result;
		};
	};
	bool is_negated; /* MASKED */
};

struct tz_plan_chain;

/* What follows when all terms hold for a packet in one of the situations. */
struct tz_decision {
	const struct tz_ir_rule *rule;
	unsigned int situations; /* TZ_SIT_* */
	struct tz_plan_term *terms;
	/* More of the key's l4 word: (l4 & l4_mask) == l4. */
	uint64_t l4_mask, l4;
	enum tz_action action;
	uint8_t answer;               /* of ANSWER and MAYBE_DROP */
	struct tz_plan_chain *target; /* of jumps and gotos */
};

/* Consecutive decisions that are searched in one way. */
struct tz_segment {
	size_t first, n; /* decisions of the chain */
	bool is_table;
	uint32_t table; /* index in tz_plan.tables */
	/* Decisions of a table after which the chain goes on. */
	uint32_t n_continuing;
};

struct tz_plan_chain {
	const struct tz_ir_chain *ir;
	bool is_after_nat;  /* dst and dport may be translated */
	uint32_t index;     /* in tz_plan.chains */
	unsigned int level; /* of calls, from the program's own frame, 0 */
	bool is_inline;     /* part of its caller's code */
	unsigned int inline_depth;
	bool can_drop;  /* some packet may end in DROP here or below */
	bool can_pass;  /* some packet may be accepted, or passed up */
	bool can_log;   /* a rule of it, or of a chain below, logs at XDP */
	bool can_end;   /* or drops, where it matters what the sender is told */
	bool is_called; /* from a base chain, directly or not */
	/*
	 * A base chain whose drops are left to the kernel, planned for its
	 * effects: of the nat table, or not chosen by --chain.
	 */
	bool leaves_drops;
	/*
	 * Its table has effects and others follow it: a way that goes on after
	 * an uncertain accept may meet them, so such an accept is a pass.
	 */
	bool accepts_only_surely;
	TZ_VEC(struct tz_decision) decisions;
	TZ_VEC(struct tz_segment) segments;
};

/* The chains of one hook in the order in which the kernel calls them. */
struct tz_plan_hook {
	struct tz_plan_chain *chains[TZ_N_TABLES];
	size_t n;
	bool can_drop;
};

/* What a table's entry compares; a rule may need several. */
struct tz_box {
	tz_value src_mask, src, dst_mask, dst;
	uint64_t l4_mask, l4; /* without the ports */
	uint16_t sport_lo, sport_hi, dport_lo, dport_hi;
	uint64_t mac; /* as tz_entry4.mac */
	uint64_t hit;
};

struct tz_plan_family {
	bool is_planned;               /* some chain may drop */
	bool has_effects[TZ_N_TABLES]; /* some rule's way must not be cut */
	bool has_logs[TZ_N_TABLES];    /* some rule logs at XDP */
	bool has_security;             /* the table that follows filter */
	bool answers;                  /* XDP tells senders what REJECT says */
	/* NAT, or a mark or TOS set before routing, may decide about it */
	bool hides_route;
	/* NAT may, of packets whose connection the kernel is not asked for */
	bool hides_some_routes;
	struct tz_plan_hook prerouting, input, forward;
	TZ_VEC(const struct tz_box *)
	entries; /* of all tables, in leaf order */
};

/* Of the packets that counter @id counts, every @every-th is logged. */
struct tz_plan_sample {
	uint32_t id, every;
};
#define TZ_PLAN_SAMPLES_MAX 32

struct tz_plan_options {
	bool is_replace;
	bool backends[2];   /* TZ_BACKEND_*: which must agree */
	const char *ifname; /* NULL: unknown */
	bool has_nat[2];    /* for IPv4, IPv6 */
	struct tz_ct_options ct[2];
	bool fragments_drop;
	uint32_t answer_rate; /* errors of ICMP a second */
	uint8_t answer_ttl, answer_hops;
	bool udp_merges; /* the device hands over several datagrams as one */
	/* the program keeps rates and counts, and nobody else does */
	bool owns_state;
	struct tz_state_kernel kernel;
	/* for IPv4, IPv6: rpfilter follows others than a lookup shows */
	bool hides_routes[2];
	bool hides_sockets; /* a lookup tells those of another device */
	const char *const *chains; /* TABLE/CHAIN or CHAIN; NULL: all */
	size_t n_chains;
	uint32_t sample_every; /* of all drops; 0: none */
	const struct tz_plan_sample *samples;
	size_t n_samples;
	uint32_t snaplen;
};

/* A test that the program makes. */
struct tz_plan_test {
	const struct tz_test *test;
	size_t number;    /* from 0, in the order of the rules */
	uint32_t of_kind; /* among those with its id */
};

/* What the program keeps for a match. */
struct tz_plan_state {
	const struct tz_state *state;
	uint32_t number;  /* from 0, in the order of the rules */
	uint32_t of_rule; /* among those of its rule */
	uint32_t table;   /* of named ones: in tz_plan.state_tables */
};

/* What rules share by a name: as the first of them says (SEMANTICS 6.5). */
struct tz_plan_state_table {
	enum tz_family family;
	const struct tz_state *first;
	uint32_t number; /* of the first */
	uint32_t stamps; /* of recent: the most that a rule wants */
};

struct tz_report;

struct tz_plan {
	struct tz_arena *arena;
	struct tz_report *reports; /* by number of the rule (report.h) */
	const struct tz_ir *ir;
	const struct tz_plan_options *options;
	TZ_VEC(struct tz_plan_chain *) chains; /* callees after callers */
	/* of IR chain i: at [2 * i] before, at [2 * i + 1] after NAT */
	struct tz_plan_chain **of_ir_chain;
	struct tz_plan_family families[2]; /* IPv4, IPv6 */
	/* A jump that lies too deep for the program; NULL: none does. */
	const struct tz_ir_rule *too_deep;
	bool is_segmented;                   /* what follows is made */
	TZ_VEC(struct tz_plan_test) tests;   /* of called chains, by address */
	TZ_VEC(struct tz_plan_state) states; /* by address */
	TZ_VEC(struct tz_plan_state_table) state_tables;
	uint32_t states_of_rule; /* the most that one has */
	TZ_VEC(struct tz_roots) tables;
	TZ_VEC(uint64_t) nodes;
};

/*
 * Chains below this level of calls are left to the kernel: the verifier allows
 * eight frames, of which the program's and the two of a search are taken.
 */
#define TZ_PLAN_LEVELS 5
/* Runs of as many decisions are searched by a table. */
#define TZ_PLAN_TABLE_MIN 16

/* Fewer where states are asked, for what that asks before it spends. */
static inline unsigned int tz_plan_levels(const struct tz_plan *plan)
{
	const struct tz_ct_options *ct = plan->options->ct;

	if (!plan->states.n)
		return TZ_PLAN_LEVELS;
	return TZ_PLAN_LEVELS - (ct[0].is_on || ct[1].is_on ? 2 : 1);
}

static inline size_t tz_family_index(enum tz_family family)
{
	return family == TZ_IPV6;
}

/*
 * Passes over @ir before it is planned (effects.c): they return how much they
 * changed.
 */
size_t tz_effects_of_sets(struct tz_ir *ir);
/* Whether @rule asks what a set has counted. */
bool tz_effects_reads_counters(const struct tz_ir_rule *rule);
size_t tz_effects_of_logs(struct tz_ir *ir);
/*
 * puts.c: sets that rules change and others of them ask become the program's
 * where they may (tz_ipset.is_own), and the target SET a match behind the
 * others. Returns how many rules change. Before tz_effects_of_sets.
 */
size_t tz_effects_of_puts(struct tz_ir *ir,
			  const struct tz_plan_options *options);
/*
 * lists.c: lists of recent that no program may keep are the kernel's. Returns
 * how many matches change.
 */
size_t tz_effects_of_lists(struct tz_ir *ir,
			   const struct tz_plan_options *options);
/* @host_writes: what other rules of the host may, as in tz_ir_mark_stale. */
size_t tz_effects_of_rejects(struct tz_ir *ir, bool gives_answers,
			     uint32_t host_writes);

/* The plan of @ir; @ir and @options must live as long as it. */
struct tz_plan *tz_plan_build(struct tz_arena *arena, const struct tz_ir *ir,
			      const struct tz_plan_options *options);
/*
 * Cuts the chains of @plan into segments and builds their tables, once: before
 * it is printed or goes to a back end. It takes longer than all before it.
 */
void tz_plan_segment(struct tz_plan *plan);
void tz_plan_print(const struct tz_plan *plan, struct tz_buf *out);
/* Whether the program logs anything. */
bool tz_plan_logs(const struct tz_plan *plan);
/* Whether it tells senders what REJECT says. */
bool tz_plan_answers(const struct tz_plan *plan);

/* The row of @test, which is one of the plan's; once it is segmented. */
const struct tz_plan_test *tz_plan_find_test(const struct tz_plan *plan,
					     const struct tz_test *test);

/* The row of @state, which the program keeps. */
const struct tz_plan_state *tz_plan_find_state(const struct tz_plan *plan,
					       const struct tz_state *state);

/* ---- between the files of opt/ ---- */

/* states.c: fills plan->states, before any decision is made. */
void tz_plan_number_states(struct tz_plan *plan);

/* tests.c: fills plan->tests. */
void tz_plan_number_tests(struct tz_plan *plan);

/*
 * Appends to @chain the decisions that @rule becomes; none when it cannot
 * matter. Jumps name no target yet.
 */
void tz_decide(struct tz_plan *plan, struct tz_plan_chain *chain,
	       const struct tz_ir_rule *rule);
/* Whether a drop before @rule could lose something (DESIGN 5, effects). */
bool tz_decide_has_effect(const struct tz_ir_rule *rule);
/* What keeps the value of @rule's matches from being known; NULL: nothing. */
const char *tz_narrow_obstacle(const struct tz_plan_options *options,
			       const struct tz_ir_rule *rule, bool is_after_nat,
			       bool *knows_something);
/* The same of packets of known connections (opt/ct.h). */
const char *tz_narrow_tracked(const struct tz_plan_options *options,
			      const struct tz_ir_rule *rule, bool is_after_nat);

/*
 * With all decisions made and linked: which chains stand in line, what each
 * may do to a packet, what lies too deep and what cannot matter.
 */
void tz_calls_settle(struct tz_plan *plan);

/* The most boxes that one decision may become in a table. */
#define TZ_BOXES_MAX 64
typedef TZ_VEC(struct tz_box) tz_box_vec;
/* False when @decision does not fit a table; then nothing was appended. */
bool tz_box_decision(struct tz_arena *arena, enum tz_family family,
		     const struct tz_decision *decision, uint64_t hit,
		     tz_box_vec *out);

/*
 * Builds the trees of @boxes, sorted by hit: appends nodes to the plan and
 * entries to its family, which point into @boxes, and sets the roots. False
 * when no tree can hold them within its limits.
 */
bool tz_tree_build(struct tz_plan *plan, enum tz_family family,
		   const tz_box_vec *boxes, __u64 roots[TZ_TREE_PARTS]);

static inline bool tz_action_goes_on(enum tz_action action)
{
	return (action >= TZ_ACT_COUNT && action <= TZ_ACT_JUMP) ||
	       action >= TZ_ACT_MAYBE_DROP;
}
