/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads the asm of Documentation/networking/filter.rst, as bpf_asm takes it,
 * and the listing of tcpdump -d: there each instruction has its number in front
 * and jumps say jt and jf.
 */
#include <string.h>

#include "cbpf/read.h"

struct word {
	size_t begin, len;
};

/* A label that is used before it is known where it is. */
struct use {
	struct word label;
	size_t insn;
	enum { TO_JT, TO_JF, TO_K } part;
};

struct label {
	struct word name;
	size_t insn;
};

struct asm_reader {
	struct tz_cbpf_reader *r;
	TZ_VEC(struct label) labels;
	TZ_VEC(struct use) uses;
};

/* What an instruction is written with. */
struct written {
	enum tz_cbpf_operand operand;
	uint32_t k;
};

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static struct word accept_word(struct tz_cbpf_reader *r)
{
	struct word word = { 0 };

	tz_cbpf_skip(r);
	word.begin = r->at;
	if (!is_letter(tz_cbpf_here(r)))
		return word;
	while (is_letter(tz_cbpf_here(r)) ||
	       (tz_cbpf_here(r) >= '0' && tz_cbpf_here(r) <= '9'))
		r->at++;
	word.len = r->at - word.begin;
	return word;
}

static bool is_word(const struct tz_cbpf_reader *r, struct word word,
		    const char *text)
{
	return word.len == strlen(text) &&
	       strncasecmp(r->text + word.begin, text, word.len) == 0;
}

/* Takes the word @text if it is here. */
static bool accept_text(struct tz_cbpf_reader *r, const char *text)
{
	size_t at;

	tz_cbpf_skip(r);
	at = r->at;
	if (is_word(r, accept_word(r), text))
		return true;
	r->at = at;
	return false;
}

static bool want(struct tz_cbpf_reader *r, char sign)
{
	return tz_cbpf_accept(r, sign) ||
	       tz_cbpf_fail(r, r->at, "expected '%c' here", sign);
}

/* k ']' behind a '['. */
static bool read_offset(struct tz_cbpf_reader *r, uint32_t *k)
{
	return tz_cbpf_number(r, "an offset", UINT32_MAX, true, k) &&
	       want(r, ']');
}

/* 4 * ( [ k ] & 0xf ), from the * on. */
static bool read_msh(struct tz_cbpf_reader *r, uint32_t *k)
{
	uint32_t mask;
	size_t begin = r->at;

	if (!want(r, '*') || !want(r, '(') || !want(r, '[') ||
	    !read_offset(r, k) || !want(r, '&') ||
	    !tz_cbpf_number(r, "a mask", UINT32_MAX, false, &mask) ||
	    !want(r, ')'))
		return false;
	if (mask != 0xf)
		return tz_cbpf_fail(r, begin,
				    "the machine has 4*([k]&0xf), "
				    "and no other of this kind");
	return true;
}

static bool read_number_or_msh(struct tz_cbpf_reader *r, struct written *w)
{
	size_t begin = r->at;

	if (!tz_cbpf_number(r, "a number", UINT32_MAX, true, &w->k))
		return false;
	w->operand = TZ_CBPF_K;
	tz_cbpf_skip(r);
	if (tz_cbpf_here(r) != '*')
		return true;
	if (w->k != 4)
		return tz_cbpf_fail(r, begin, "expected 4*([k]&0xf) here");
	w->operand = TZ_CBPF_MSH;
	return read_msh(r, &w->k);
}

/* Behind a '['. */
static bool read_brackets(struct tz_cbpf_reader *r, struct written *w)
{
	bool is_marked = tz_cbpf_accept(r, '%');

	if (accept_text(r, "x")) {
		w->operand = TZ_CBPF_IND;
		return want(r, '+') && read_offset(r, &w->k);
	}
	if (is_marked)
		return tz_cbpf_fail(r, r->at, "expected x here");
	w->operand = TZ_CBPF_ABS;
	return read_offset(r, &w->k);
}

/* A name of what the kernel knows, or of a register. */
static bool read_name(struct tz_cbpf_reader *r, struct written *w)
{
	struct word word = accept_word(r);
	uint32_t number;

	if (is_word(r, word, "x")) {
		w->operand = TZ_CBPF_X;
	} else if (is_word(r, word, "a")) {
		w->operand = TZ_CBPF_A;
	} else if (is_word(r, word, "M")) {
		w->operand = TZ_CBPF_MEM;
		return want(r, '[') && read_offset(r, &w->k);
	} else if (is_word(r, word, "len") || is_word(r, word, "pktlen")) {
		w->operand = TZ_CBPF_LEN;
	} else if (tz_cbpf_ad_find(r->text + word.begin, word.len, &number)) {
		w->operand = TZ_CBPF_ABS;
		w->k = (uint32_t)SKF_AD_OFF + number;
	} else {
		return tz_cbpf_fail(r, word.begin, "expected an operand here");
	}
	return true;
}

static bool read_operand(struct tz_cbpf_reader *r, bool needs_no_hash,
			 struct written *w)
{
	bool has_hash = tz_cbpf_accept(r, '#');
	size_t begin;

	tz_cbpf_skip(r);
	begin = r->at;
	if (is_letter(tz_cbpf_here(r)))
		return read_name(r, w);
	if (!has_hash && tz_cbpf_accept(r, '['))
		return read_brackets(r, w);
	if (!has_hash && tz_cbpf_accept(r, '%'))
		return read_name(r, w);
	if (!read_number_or_msh(r, w))
		return false;
	if (has_hash || needs_no_hash || w->operand == TZ_CBPF_MSH)
		return true;
	return tz_cbpf_fail(r, begin,
			    "a number as such is written #k, a byte [k]");
}

/* A number of a listing: decimal, though it begin with 0. */
static bool read_decimal(struct tz_cbpf_reader *r, size_t *number)
{
	size_t begin;

	tz_cbpf_skip(r);
	begin = r->at;
	*number = 0;
	for (; tz_cbpf_here(r) >= '0' && tz_cbpf_here(r) <= '9'; r->at++)
		if (*number <= TZ_CBPF_MAX)
			*number =
				*number * 10 + (size_t)(tz_cbpf_here(r) - '0');
	return r->at > begin || tz_cbpf_fail(r, begin, "expected a label here");
}

/* The label of a way, or in a listing the number of an instruction. */
static bool read_target(struct asm_reader *a, int part)
{
	struct tz_cbpf_reader *r = a->r;
	struct use use = { .insn = r->insns.n, .part = part };
	size_t number;

	use.label = accept_word(r);
	if (!use.label.len) {
		if (!read_decimal(r, &number))
			return false;
		use.label.len = r->at - use.label.begin;
	}
	tz_vec_push(r->arena, &a->uses, use);
	return true;
}

/* ", label", ", label, label" or "jt N jf N". */
static bool read_ways(struct asm_reader *a, bool is_inverted)
{
	if (accept_text(a->r, "jt"))
		return read_target(a, TO_JT) &&
		       (accept_text(a->r, "jf") ||
			tz_cbpf_fail(a->r, a->r->at, "expected jf here")) &&
		       read_target(a, TO_JF);
	if (!want(a->r, ',') || !read_target(a, is_inverted ? TO_JF : TO_JT))
		return false;
	return is_inverted || !tz_cbpf_accept(a->r, ',') ||
	       read_target(a, TO_JF);
}

/* The instruction of that name and operand; NULL: none. */
static const struct tz_cbpf_code *find_code(const char *name,
					    enum tz_cbpf_operand operand)
{
	for (size_t i = 0; i < TZ_CBPF_N_CODES; i++) {
		const struct tz_cbpf_code *code = &tz_cbpf_codes[i];

		if (!code->name || strcmp(code->name, name) != 0)
			continue;
		if (code->operand == operand ||
		    (code->operand == TZ_CBPF_K_TO && operand == TZ_CBPF_K) ||
		    (code->operand == TZ_CBPF_X_TO && operand == TZ_CBPF_X))
			return code;
	}
	return NULL;
}

/* The name in the table for what is written; NULL: there is no such name. */
static const char *find_name(const struct tz_cbpf_reader *r, struct word word,
			     bool *is_inverted)
{
	*is_inverted = false;
	for (size_t i = 0; i < tz_cbpf_n_aliases; i++) {
		if (!is_word(r, word, tz_cbpf_aliases[i].name))
			continue;
		*is_inverted = tz_cbpf_aliases[i].is_inverted;
		return tz_cbpf_aliases[i].means;
	}
	for (size_t i = 0; i < TZ_CBPF_N_CODES; i++)
		if (tz_cbpf_codes[i].name &&
		    is_word(r, word, tz_cbpf_codes[i].name))
			return tz_cbpf_codes[i].name;
	return NULL;
}

/* "#k, x" ...: what the instruction @name may be written with. */
static const char *operands_of(const struct tz_cbpf_reader *r, const char *name)
{
	static const char *const texts[] = {
		[TZ_CBPF_NONE] = "nothing", [TZ_CBPF_A] = "a",
		[TZ_CBPF_X] = "x",          [TZ_CBPF_K] = "#k",
		[TZ_CBPF_ABS] = "[k]",      [TZ_CBPF_IND] = "[x + k]",
		[TZ_CBPF_MEM] = "M[k]",     [TZ_CBPF_LEN] = "#len",
		[TZ_CBPF_TO] = "a label",   [TZ_CBPF_MSH] = "4*([k]&0xf)",
		[TZ_CBPF_K_TO] = "#k",      [TZ_CBPF_X_TO] = "x",
	};
	const char *list = NULL;

	for (size_t i = 0; i < TZ_CBPF_N_CODES; i++) {
		const struct tz_cbpf_code *code = &tz_cbpf_codes[i];

		if (!code->name || strcmp(code->name, name) != 0)
			continue;
		list = list ? tz_arena_printf(r->arena, "%s, %s", list,
					      texts[code->operand])
			    : texts[code->operand];
	}
	return list;
}

static bool read_insn(struct asm_reader *a)
{
	struct tz_cbpf_reader *r = a->r;
	struct word word = accept_word(r);
	struct written w = { .operand = TZ_CBPF_NONE };
	bool is_inverted;
	const char *name = find_name(r, word, &is_inverted);

	if (!name)
		return tz_cbpf_fail(r, word.begin,
				    "expected an instruction here");
	if (find_code(name, TZ_CBPF_TO)) {
		w.operand = TZ_CBPF_TO;
		if (!read_target(a, TO_K))
			return false;
	} else if (!find_code(name, TZ_CBPF_NONE) &&
		   !read_operand(r,
				 is_word(r, word, "ldi") ||
					 is_word(r, word, "ldxi"),
				 &w)) {
		return false;
	}
	if (w.operand == TZ_CBPF_MSH && !strcmp(name, "ldx"))
		name = "ldxb";

	const struct tz_cbpf_code *code = find_code(name, w.operand);

	if (!code)
		return tz_cbpf_fail(r, word.begin, "%s is written with %s",
				    name, operands_of(r, name));
	if (BPF_CLASS(code->code) == BPF_JMP && code->operand != TZ_CBPF_TO &&
	    !read_ways(a, is_inverted))
		return false;
	return tz_cbpf_push(
		r, word.begin,
		(struct sock_filter){ .code = code->code, .k = w.k });
}

/* "name:" of asm, or "(number)" of a listing, in front of an instruction. */
static bool read_label(struct asm_reader *a)
{
	struct tz_cbpf_reader *r = a->r;
	struct label label = { .insn = r->insns.n };
	size_t at, number;

	if (tz_cbpf_accept(r, '(')) {
		at = r->at;
		if (!read_decimal(r, &number) || !want(r, ')'))
			return false;
		return number == label.insn ||
		       tz_cbpf_fail(r, at, "this is instruction %zu",
				    label.insn);
	}
	at = r->at;
	label.name = accept_word(r);
	if (!label.name.len || !tz_cbpf_accept(r, ':')) {
		r->at = at;
		return true;
	}
	tz_vec_push(r->arena, &a->labels, label);
	return true;
}

static bool is_same(const struct tz_cbpf_reader *r, struct word x,
		    struct word y)
{
	return x.len == y.len &&
	       memcmp(r->text + x.begin, r->text + y.begin, x.len) == 0;
}

/* Where @name is; SIZE_MAX: nowhere. */
static size_t find_label(const struct asm_reader *a, struct word name)
{
	struct tz_cbpf_reader at_number = *a->r;
	size_t number;

	for (size_t i = 0; i < a->labels.n; i++)
		if (is_same(a->r, a->labels.at[i].name, name))
			return a->labels.at[i].insn;
	at_number.at = name.begin;
	if (is_letter(tz_cbpf_here(&at_number)) ||
	    !read_decimal(&at_number, &number))
		return SIZE_MAX;
	return number < a->r->insns.n ? number : SIZE_MAX;
}

static bool resolve(struct asm_reader *a, const struct use *use)
{
	struct tz_cbpf_reader *r = a->r;
	struct sock_filter *insn = &r->insns.at[use->insn];
	size_t to = find_label(a, use->label), begin = use->label.begin;
	size_t far = to - use->insn - 1;

	r->at = begin + use->label.len;
	if (to == SIZE_MAX)
		return tz_cbpf_fail(r, begin, "there is no such label");
	if (to <= use->insn)
		return tz_cbpf_fail(r, begin, "programs jump forward only");
	if (use->part == TO_K)
		insn->k = (uint32_t)far;
	else if (far > UINT8_MAX)
		return tz_cbpf_fail(r, begin,
				    "this is %zu instructions away; tests jump "
				    "over 255 at most, jmp over more",
				    far);
	else if (use->part == TO_JT)
		insn->jt = (uint8_t)far;
	else
		insn->jf = (uint8_t)far;
	return true;
}

static bool check_labels(struct asm_reader *a)
{
	for (size_t i = 0; i < a->labels.n; i++) {
		struct word name = a->labels.at[i].name;

		a->r->at = name.begin + name.len;
		if (find_label(a, name) != a->labels.at[i].insn)
			return tz_cbpf_fail(a->r, name.begin,
					    "this label is used twice");
	}
	return true;
}

bool tz_cbpf_read_asm(struct tz_cbpf_reader *r)
{
	struct asm_reader a = { .r = r };

	for (tz_cbpf_skip(r); r->at < r->len; tz_cbpf_skip(r))
		if (!read_label(&a) || !read_insn(&a))
			return false;
	if (!check_labels(&a))
		return false;
	for (size_t i = 0; i < a.uses.n; i++)
		if (!resolve(&a, &a.uses.at[i]))
			return false;
	return true;
}
