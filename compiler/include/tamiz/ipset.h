/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The sets of a compilation (TAMIZ_LANGUAGE_IPSET): what programs look up in
 * maps, and so need not be compiled again for. <tamiz/set.h> has the layout of
 * keys and values.
 */
#ifndef TAMIZ_IPSET_H
#define TAMIZ_IPSET_H

#include <tamiz/compile.h>

#ifdef __cplusplus
extern "C" {
#endif

struct tamiz_set {
	const char *name, *type; /* as ipset has them: "hash:ip" */
	int family;              /* 4, 6; 0: of both */
	/* The command that makes it, with a newline: for tamiz_add. */
	const char *create;
	bool is_list; /* of other sets: it has no map */
	/* Its members are what the files say; else only the kernel knows. */
	bool is_told;
	bool is_trie;     /* of its map; else a hash */
	size_t key_len;   /* bytes of a key in the map, multiples of 4 */
	size_t n;         /* entries; of a list, sets */
	size_t n_shadows; /* of them, those that are no members */
	size_t maxelem;   /* entries at most */
	bool has_timeout;
	bool has_shadows; /* entries that are no members: TZ_SET_SHADOW */
	unsigned int netmask_bits; /* of addresses that count; 0: all */
};

/* In the order of the files. Set i is in the map "tz_set_<i>" of a program. */
size_t tamiz_n_sets(const struct tamiz *tamiz);
struct tamiz_set tamiz_set(const struct tamiz *tamiz, size_t i);

struct tamiz_set_entry {
	uint32_t flags;     /* of struct tz_set_value */
	uint32_t key_bits;  /* the same */
	uint32_t timeout_s; /* 0: it stays */
};

/* Entry @k of set @i; @key has room for key_len bytes. */
void tamiz_set_entry(const struct tamiz *tamiz, size_t i, size_t k, void *key,
		     struct tamiz_set_entry *entry);
/*
 * Whether set @i has that entry, of a set of the same kind; timeouts are not
 * compared.
 */
bool tamiz_set_has(const struct tamiz *tamiz, size_t i, const void *key,
		   const struct tamiz_set_entry *entry);
/* The name of the @kth set of list @i. */
const char *tamiz_set_of_list(const struct tamiz *tamiz, size_t i, size_t k);
/*
 * An entry of set @i as ipset writes it, without a newline, into @text, cut to
 * @size. Returns its length, as snprintf does.
 */
size_t tamiz_set_print(const struct tamiz *tamiz, size_t i, const void *key,
		       const struct tamiz_set_entry *entry, char *text,
		       size_t size);

#ifdef __cplusplus
}
#endif

#endif
