/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Files of `ipset save` and `ipset restore`: commands that make sets and fill
 * them, carried out in their order (ipset(8)).
 */
#pragma once

#include "base/buf.h"
#include "base/diag.h"
#include "model/ipset.h"
#include "model/value.h"
#include "sema/map.h"

/* All sets of a compilation; several files may add to them. */
struct tz_ipsets {
	struct tz_arena *arena;
	TZ_VEC(struct tz_ipset *) all; /* by number; NULL: destroyed */
	size_t n_changes;              /* of members, whatever became of it */
	struct tz_map *by_name;
};

struct tz_ipsets *tz_ipsets_new(struct tz_arena *arena);
/* NULL: there is none of that name. */
struct tz_ipset *tz_ipsets_find(const struct tz_ipsets *sets, const char *name);

/* Carries out the commands of @source; diagnostics say what is wrong. */
void tz_ipset_read(struct tz_ipsets *sets, struct tz_diags *diags,
		   const struct tz_source *source);
struct tz_ipset_reader;
struct tz_ipset_reader *tz_ipset_reader_new(struct tz_arena *arena,
					    struct tz_ipsets *sets,
					    struct tz_diags *diags);
/* One line, which begins at @base among all sources. */
void tz_ipset_read_line(struct tz_ipset_reader *r, const char *text, size_t len,
			uint32_t base);
/* When all is read: numbers have no gaps. */
void tz_ipsets_settle(struct tz_ipsets *sets);

/* ipset_text.c: as `ipset save` prints them, with newlines. */
void tz_ipset_print_create(const struct tz_ipset *set, struct tz_buf *out);
/* One member, without "add NAME" and without a newline. */
void tz_ipset_print_member(const struct tz_ipset *set, const uint8_t *key,
			   const struct tz_ipset_member *member,
			   struct tz_buf *out);
/* The set, whole. */
void tz_ipset_print(const struct tz_ipset *set, struct tz_buf *out);

/* ---- between the files of the reader ---- */

struct tz_ipset_word {
	const char *text; /* terminated; without quotes */
	struct tz_span span;
};

#define TZ_IPSET_WORDS_MAX 64

struct tz_ipset_reader {
	struct tz_ipsets *sets;
	struct tz_diags *diags;
	char *line; /* the words' text */
	struct tz_ipset_word words[TZ_IPSET_WORDS_MAX];
	size_t n;
};

/* Records that @word is not @wanted. Returns false. */
bool tz_ipset_fail(struct tz_ipset_reader *r, const struct tz_ipset_word *word,
		   const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* ---- ipset_create.c ---- */

void tz_ipset_create(struct tz_ipset_reader *r, bool exists_is_fine);
/* Word @i as a number up to @max; false after an error. */
bool tz_ipset_number(struct tz_ipset_reader *r, size_t i, uint64_t max,
		     uint64_t *number);
bool tz_ipset_has_word(const struct tz_ipset_reader *r, size_t i,
		       const char *word);
/* False, after an error: word @i is the last. */
bool tz_ipset_needs_value(struct tz_ipset_reader *r, size_t i);
/* Options that change nothing of what a set holds. */
struct tz_ipset_option {
	const char *name;
	bool has_value;
};
bool tz_ipset_is_harmless(const struct tz_ipset_option *list, size_t n,
			  const char *word, bool *has_value);
#define TZ_IPSET_IS_HARMLESS(list, word, has_value)                      \
	tz_ipset_is_harmless(list, sizeof(list) / sizeof(*(list)), word, \
			     has_value)

enum tz_ipset_action { TZ_IPSET_ADD, TZ_IPSET_DELETE };
/*
 * ipset_element.c: does it with all that @word stands for, a range of them,
 * too. @member says the rest of what is added.
 */
bool tz_ipset_element(struct tz_ipset_reader *r, struct tz_ipset *set,
		      const struct tz_ipset_word *word,
		      enum tz_ipset_action action,
		      struct tz_ipset_member member);
/* ipset_port.c: [PROTOCOL:]PORT[-PORT], without a protocol TCP. */
struct tz_ipset_ports {
	uint8_t proto;
	uint16_t lo, hi;
};
bool tz_ipset_ports(struct tz_ipset_reader *r, const struct tz_ipset *set,
		    const struct tz_ipset_word *word, const char *text,
		    struct tz_ipset_ports *ports);
/* PORT[-PORT]; ports->proto says whose names are meant. */
bool tz_ipset_port_range(const char *text, struct tz_ipset_ports *ports);
/* ADDRESS or ADDRESS/BITS or, of IPv4, ADDRESS-ADDRESS; the family is known. */
struct tz_ipset_range {
	tz_value lo, hi;
	unsigned int prefix_bits; /* all of them: a single address */
	bool is_range;            /* written with '-' */
};
bool tz_ipset_range(enum tz_family family, const char *text,
		    struct tz_ipset_range *range);
